package screen

import (
	"time"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// header is the bar on top: whose hall this is, who is logged in, and how the person wants to see it.
type header struct {
	*gtk.Box
	w        *Window
	title    *gtk.Label
	place    *gtk.Label
	tools    *gtk.Box
	person   *gtk.Box
	away     *gtk.Box
	awayText *gtk.Label
	customer *widget.Button
	logout   *widget.Button
	large    *widget.Button
	contrast *widget.Button
	language *widget.Button
	clock    *gtk.Label
	hall     string
	window   string
}

func newHeader(w *Window) *header {
	var ui struct {
		Header *gtk.Box   `ui:"header"`
		Mark   *gtk.Box   `ui:"mark"`
		Title  *gtk.Label `ui:"title"`
		Place  *gtk.Label `ui:"place"`
		Tools  *gtk.Box   `ui:"tools"`
		Person *gtk.Box   `ui:"person"`
	}
	bind("header", &ui)
	h := &header{Box: ui.Header, w: w, title: ui.Title, place: ui.Place, tools: ui.Tools, person: ui.Person}
	ui.Mark.SetCenterWidget(h.staffDoor(widget.NewIcon("stamp", "i32")))
	h.away = widget.HBox(8, widget.NewIcon("wifi-off", "i24"))
	widget.AddClass(h.away, "away")
	h.awayText = widget.Ellipsized()
	h.away.PackStart(h.awayText, false, false, 0)
	h.logout = widget.NewButton("tool", "logout")
	h.large = widget.NewButton("tool", "text-size")
	h.contrast = widget.NewButton("tool", "contrast")
	h.language = widget.NewButton("tool", "translate")
	h.clock = widget.Must(gtk.LabelNew(""))
	widget.AddClass(h.clock, "clock")
	h.customer = widget.NewButton("who", "user")
	h.customer.SetCanFocus(false)
	for _, part := range []gtk.IWidget{h.away, h.customer, h.logout} {
		ui.Person.PackStart(part, false, false, 0)
		part.ToWidget().ShowAll()
		part.ToWidget().SetNoShowAll(true)
	}
	for _, part := range []gtk.IWidget{h.large, h.contrast, h.language, h.clock} {
		ui.Tools.PackStart(part, false, false, 0)
	}
	h.away.Hide()
	h.customer.Hide()
	h.logout.Hide()
	h.reword()
	h.tick(w.opts.Date())
	return h
}

// How staff open the page about the kiosk's devices, which asks for their PIN: customers are not shown that the mark can be touched.
const (
	doorPresses = 5
	doorPause   = time.Second // between two of them at most
)

// staffDoor makes a drawing that opens that page.
func (h *header) staffDoor(icon gtk.IWidget) *gtk.EventBox {
	door := widget.Must(gtk.EventBoxNew())
	door.SetVisibleWindow(false)
	door.Add(icon)
	presses, last := 0, time.Time{}
	door.Connect("button-press-event", func() bool {
		now := h.w.opts.Now()
		if now.Sub(last) > doorPause {
			presses = 0
		}
		presses, last = presses+1, now
		if presses == doorPresses {
			presses = 0
			h.w.kit.do(workflow.OpenHealth{})
		}
		return false
	})
	return door
}

// reword puts the buttons into the language of now.
func (h *header) reword() {
	k := h.w.kit
	h.large.Word(k.t("look.large"), true, func() { h.turn(true, false) })
	h.contrast.Word(k.t("look.contrast"), true, func() { h.turn(false, true) })
	other := "en"
	if k.words.language == "en" {
		other = "zh_CN"
	}
	h.language.Word(k.t("language."+other), true, func() { h.w.setLanguage(other) })
	h.logout.Word(k.t("action.logout"), true, func() { k.do(workflow.LogOut{}) })
	widget.SetText(h.awayText, k.t("header.office_away"))
	h.mark()
}

func (h *header) turn(large, contrast bool) {
	l := h.w.look
	h.w.setLook(l.large != large, l.contrast != contrast)
	h.mark()
}

func (h *header) mark() {
	widget.SetClass(h.large.Button, "on", h.w.look.large)
	widget.SetClass(h.contrast.Button, "on", h.w.look.contrast)
}

func (h *header) show(f workflow.Frame) {
	words := h.w.kit.words
	widget.SetText(h.title, words.text(f.Title))
	h.hall, h.window = "", words.text(f.Window)
	if f.Title != f.Hall && (f.Hall != ra.Text{}) {
		h.hall = words.text(f.Hall)
	}
	h.away.SetVisible(!f.OfficeUp)
	h.customer.SetVisible(f.Customer != "")
	h.logout.SetVisible(f.Customer != "")
	widget.SetText(h.customer.Label, f.Customer)
	h.customer.Name(words.t("header.customer", "login", f.Customer))
	h.mark()
}

func (h *header) tick(now time.Time) { widget.SetText(h.clock, h.w.kit.words.clock(now)) }

// fit puts the tools below the name where both do not stand in one line.
func (h *header) fit(width int) {
	const margins, name = 2*48 + 2*24, 420
	if naturalWidth(h.tools)+naturalWidth(h.person)+name+margins > width {
		h.SetOrientation(gtk.ORIENTATION_VERTICAL)
		h.SetSpacing(16)
		h.say(width - naturalWidth(h.person) - margins)
		return
	}
	h.say(width - naturalWidth(h.tools) - naturalWidth(h.person) - margins)
	h.SetOrientation(gtk.ORIENTATION_HORIZONTAL)
	h.SetSpacing(24)
}

// say tells where this is in the room there is, px; the hall's name gives way to the window's.
func (h *header) say(room int) {
	const mark = 52 + 24
	place := h.window
	if h.hall != "" {
		place = h.w.kit.t("header.place", "hall", h.hall, "window", h.window)
	}
	widget.SetTextOrHide(h.place, place)
	if h.hall != "" && naturalWidth(h.place)+mark > room {
		widget.SetTextOrHide(h.place, h.window)
	}
}
