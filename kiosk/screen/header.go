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
	time     *widget.Button
	speech   *widget.Button
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
	h.time = widget.NewButton("tool", "hourglass")
	h.speech = widget.NewButton("tool", "speech")
	h.speech.SetNoShowAll(true)
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
	for _, part := range []gtk.IWidget{h.large, h.contrast, h.time, h.speech, h.language, h.clock} {
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
	h.time.Word(k.t("look.time"), true, func() { k.do(workflow.Unhurry{On: !h.w.frame.Unhurried}) })
	h.speech.Word(k.t("look.speech"), true, func() { h.w.herald.turn(!h.w.herald.aloud); h.mark() })
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
	on := h.w.kit.t("state.on")
	h.large.Choose(h.w.look.large, on)
	h.contrast.Choose(h.w.look.contrast, on)
	h.time.Choose(h.w.frame.Unhurried, on)
	h.speech.Choose(h.w.herald.aloud, on)
	h.speech.SetVisible(h.w.herald.can() || h.w.herald.aloud)
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

func (h *header) tick(now time.Time) {
	widget.SetText(h.clock, h.w.kit.words.clock(now))
	h.mark()
}

// markRoom is the room of the drawing before the name, px.
const markRoom = 52 + 24

// fit puts the tools below the name where both do not stand in one line. In one line their words give way to it up to the longest
// name that is waited for: longer ones end in dots.
func (h *header) fit(width int) {
	const margins, name, longest = 2*48 + 2*24, 420, 640
	h.shorten(width - 2*48)
	if naturalWidth(h.tools)+naturalWidth(h.person)+name+margins > width {
		h.SetOrientation(gtk.ORIENTATION_VERTICAL)
		h.SetSpacing(16)
		h.say(width - naturalWidth(h.person) - margins)
		return
	}
	h.shorten(width - naturalWidth(h.person) - margins - min(naturalWidth(h.title)+markRoom, longest))
	h.say(width - naturalWidth(h.tools) - naturalWidth(h.person) - margins)
	h.SetOrientation(gtk.ORIENTATION_HORIZONTAL)
	h.SetSpacing(24)
}

// shorten leaves the tools their drawings alone where their words do not stand in one line; who hears them hears their names.
func (h *header) shorten(room int) {
	tools := h.worded()
	for _, b := range tools {
		b.Label.Show()
	}
	for _, b := range tools {
		if naturalWidth(h.tools) <= room {
			return
		}
		b.Label.Hide()
	}
}

// worded are the tools whose words may go, the first first.
func (h *header) worded() []*widget.Button {
	return []*widget.Button{h.contrast, h.time, h.speech, h.language}
}

// brief leaves them their drawings until fit knows how long their words are now: the window must not grow by them.
func (h *header) brief() {
	for _, b := range h.worded() {
		b.Label.Hide()
	}
}

// say tells where this is in the room there is, px; the hall's name gives way to the window's.
func (h *header) say(room int) {
	place := h.window
	if h.hall != "" {
		place = h.w.kit.t("header.place", "hall", h.hall, "window", h.window)
	}
	widget.SetTextOrHide(h.place, place)
	if h.hall != "" && naturalWidth(h.place)+markRoom > room {
		widget.SetTextOrHide(h.place, h.window)
	}
}
