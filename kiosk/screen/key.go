package screen

import (
	"slices"
	"strconv"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// keyPage asks for a key and shows what is plugged in.
type keyPage struct {
	sheet
	Body      *gtk.Box   `ui:"body"`
	Drawing   *gtk.Box   `ui:"drawing"`
	ListTitle *gtk.Label `ui:"list_title"`
	List      *gtk.Box   `ui:"list"`
	Hints     *gtk.Box   `ui:"hints"`
	all       *widget.Rows[*keyCard]
	choices   *keyChoices
	order     *facts
	waiting   *banner
	code      *banner
}

// keyCard is one key that is plugged in, and whether it can be used.
type keyCard struct {
	*gtk.Box
	model   *gtk.Label
	serial  *gtk.Label
	line    *gtk.Box // sign and verdict
	verdict *gtk.Label
	sign    *widget.Icon
}

func newKeyPage(k *kit) view {
	p := &keyPage{order: newFacts(k), waiting: newBanner("calm", "usb"), code: newBanner("hint", "info")}
	bind("key", p)
	p.dress(k)
	widget.Wrap(p.ListTitle)
	p.Drawing.PackStart(widget.NewPort(), true, true, 0)
	p.Drawing.PackStart(p.order, false, false, 0)
	p.all = widget.NewRows(p.List, func() *keyCard {
		c := newKeyCard()
		widget.AddClass(c.Box, "surface")
		return c
	})
	p.choices = newKeyChoices(k, false)
	p.List.PackStart(p.choices, false, false, 0)
	p.Hints.PackStart(p.waiting, false, false, 0)
	p.Hints.PackStart(p.code, false, false, 0)
	return p
}

func newKeyCard() *keyCard {
	c := &keyCard{Box: widget.HBox(28), model: widget.NewLabel("h1"), serial: widget.NewLabel("muted"), verdict: widget.NewLabel(), sign: widget.NewIcon("seal-check", "i28")}
	words := widget.VBox(6, c.model, c.serial)
	c.line = widget.HBox(8, c.sign)
	c.line.PackStart(c.verdict, true, true, 0)
	words.PackStart(c.line, false, false, 0)
	words.SetVAlign(gtk.ALIGN_CENTER)
	well := widget.InWell(widget.NewIcon("usb", "i88"))
	widget.AddClass(well, "big")
	c.PackStart(well, false, false, 0)
	c.PackStart(words, true, true, 0)
	return widget.ShowAll(c)
}

// named says which key it is and nothing else: while it is written to it is neither blank nor in use.
func (c *keyCard) named(k *kit, key workflow.KeyCard) {
	widget.SetText(c.model, k.words.text(key.Model))
	widget.SetText(c.serial, k.t("key.serial", "serial", key.Serial))
	c.serial.SetVisible(key.Serial != "")
	widget.SetName(c.serial, key.Serial)
	c.line.Hide()
}

func (c *keyCard) show(k *kit, key workflow.KeyCard) {
	c.named(k, key)
	c.line.Show()
	words, sign := k.t("key.blank"), "seal-check"
	switch {
	case key.Fault != nil:
		words, sign = k.words.fault(key.Fault), "alert"
	case key.Looking:
		words, sign = k.t("key.looking"), "usb"
	case key.Waits:
		words = k.t("key.waits")
	case key.Wanted:
		words = k.t("key.wanted")
	case !key.Blank:
		words, sign = k.t("key.carries"), "info"
	}
	widget.SetText(c.verdict, words)
	c.sign.Change(sign)
	for _, w := range []gtk.IWidget{c.verdict, c.sign} {
		good := key.Fault == nil && !key.Looking && (key.Blank || key.Wanted || key.Waits)
		widget.SetClass(w, "green", good)
		widget.SetClass(w, "red", key.Fault != nil)
		widget.SetClass(w, "muted", key.Fault == nil && !good)
	}
}

func (p *keyPage) show(page workflow.Page) bar {
	m := page.(workflow.KeyPage)
	k := p.kit
	index := []string{"index", strconv.Itoa(m.Index), "of", strconv.Itoa(m.Of)}
	title, about := k.t("key.title"), k.t("key.about", index...)
	if len(m.Wanted) > 0 {
		title = k.t("key.title.wanted")
	}
	if m.Going {
		title, about = k.t("key.title.going"), k.t("key.going")
	}
	p.head(title, about, m.Fault)
	k.beside(p.Body)
	widget.SetText(p.ListTitle, k.t("key.plugged"))
	p.ListTitle.SetVisible(len(m.Keys) > 0)
	chosen, shown := m.Keys, m.Keys
	if choose := slices.ContainsFunc(m.Keys, func(c workflow.KeyCard) bool { return c.Offered }); choose {
		shown = nil
	} else {
		chosen = nil
	}
	p.choices.show(chosen)
	p.all.Sync(len(shown), func(i int, c *keyCard) { c.show(k, shown[i]) })
	p.order.show(nil) // of an interrupted write nothing is told before its person is proven
	if !m.Going {
		rows := []workflow.Row{{ID: "number", Value: m.Order.Number}, {ID: "unit", Value: k.t("progress.unit", index...)}}
		for _, serial := range m.Wanted {
			rows = append(rows, workflow.Row{ID: "serial", Value: serial})
		}
		p.order.show(rows)
	}
	p.waiting.say("")
	if len(m.Keys) == 0 {
		p.waiting.say(k.t("key.none"))
	}
	p.code.say("")
	if m.NeedsCode {
		p.code.say(k.t("key.code"))
	}
	return bar{main: k.forward("next", m.Ready)}
}

func (pages) KeyPage() row { return row{newKeyPage, keyScenes} }

func keyScenes() []scene {
	blank := galleryKey()
	used := workflow.KeyCard{Serial: "2104 0091 7801", Model: galleryModel, Fault: &workflow.Fault{Code: ra.CodeKeyNotBlank}}
	key := workflow.KeyPage{Order: galleryOrder("making", "make"), Index: 2, Of: 3, NeedsCode: true}
	plugged, wrong, unseen, known := key, key, key, key
	known.Wanted, known.Index, known.Of, known.Ready, known.NeedsCode = []string{blank.Serial, used.Serial}, 1, 2, true, false
	known.Keys = []workflow.KeyCard{{Serial: blank.Serial, Model: galleryModel, Wanted: true}}
	going := workflow.KeyPage{Going: true, Ready: true, Keys: []workflow.KeyCard{{Serial: blank.Serial, Model: galleryModel, Waits: true}}}
	other := workflow.KeyPage{Going: true, Keys: []workflow.KeyCard{{Serial: used.Serial, Model: galleryModel, Fault: &workflow.Fault{Code: ra.CodeKeyNothingWaits}}}}
	looking := key
	looking.Keys = []workflow.KeyCard{{Serial: blank.Serial, Model: galleryModel, Looking: true}}
	plugged.Keys, plugged.Ready = []workflow.KeyCard{blank}, true
	wrong.Keys = []workflow.KeyCard{used}
	wrong.Fault = used.Fault
	unseen.Keys = []workflow.KeyCard{{Model: ra.Text{ZH: "Feitian ePass2003", EN: "Feitian ePass2003"},
		Fault: &workflow.Fault{Code: ra.CodeKeyNoDriver, Args: map[string]string{"model": "Feitian ePass2003", "port": "1-3.1"}}}}
	return []scene{
		{name: "key-none", frame: galleryFrame(8), page: key},
		{name: "key-looking", frame: galleryFrame(8), page: looking},
		{name: "key", frame: galleryFrame(8), page: plugged},
		{name: "key-wanted", frame: galleryFrame(8), page: known},
		{name: "key-choose", frame: galleryFrame(-1), page: workflow.KeyPage{Going: true, Fault: &workflow.Fault{Code: ra.CodeKeyChoose}, Keys: galleryChoice(-1)}},
		{name: "key-wrong", frame: galleryFrame(8), page: wrong},
		{name: "key-no-driver", frame: galleryFrame(8), page: unseen},
		{name: "key-going", frame: galleryFrame(-1), page: going},
		{name: "key-going-other", frame: galleryFrame(-1), page: other},
	}
}
