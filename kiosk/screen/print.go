package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// printing prints the papers that are sealed.
type printing struct {
	sheet
	Body    *gtk.Box `ui:"body"`
	Papers  *gtk.Box `ui:"papers"`
	Preview *gtk.Box `ui:"preview"`
	Side    *gtk.Box `ui:"side"`
	State   *gtk.Box `ui:"state"`
	Facts   *gtk.Box `ui:"facts"`
	Hints   *gtk.Box `ui:"hints"`
	picture *widget.Picture
	sign    *widget.Icon
	words   *gtk.Label
	facts   *facts
	stamp   *banner
	list    *widget.Rows[*materialCard]
}

func newPrinting(k *kit) view {
	p := &printing{picture: widget.NewPicture("file"), sign: widget.NewIcon("printer", "i44"), words: widget.NewLabel("h2"), facts: newFacts(k),
		stamp: newBanner("hint", "stamp")}
	bind("print", p)
	p.dress(k)
	p.list = widget.NewRows(p.Papers, newMaterialCard)
	p.Preview.PackStart(p.picture, true, true, 0)
	p.State.PackStart(widget.InWell(p.sign), false, false, 0)
	p.State.PackStart(p.words, true, true, 0)
	p.Facts.PackStart(p.facts, true, true, 0)
	p.Hints.PackStart(p.stamp, false, false, 0)
	return p
}

var printSigns = map[workflow.PrintState]string{workflow.PrintReady: "printer", workflow.PrintRunning: "running",
	workflow.PrintDone: "done", workflow.PrintFailed: "alert"}

// forget drops the picture: what comes next may be another order's.
func (p *printing) forget() { p.picture.Drop() }

func (p *printing) show(page workflow.Page) bar {
	m := page.(workflow.PrintPage)
	k := p.kit
	p.head(k.t("print.title"), k.t("print.about"), m.Fault)
	k.beside(p.Body)
	missing := "print.drawing"
	if m.State == workflow.PrintFailed {
		missing = "print.preview"
	}
	p.list.Sync(len(m.Papers), func(i int, c *materialCard) { p.card(c, m, i) })
	p.Papers.SetVisible(len(m.Papers) > 1)
	p.picture.Load(m.Preview, k.t(missing))
	p.sign.Change(printSigns[m.State])
	widget.SetText(p.words, k.t("print."+string(m.State)))
	p.Facts.SetVisible(len(m.Papers) <= 1) // several papers need the room
	p.facts.show([]workflow.Row{{ID: "number", Value: m.Number}, {ID: "printer", Value: m.Printer}})
	p.stamp.say(k.t("print.stamp"))
	return p.bar(m)
}

// paperSigns are the icons of papers.
var paperSigns = map[workflow.PrintState]string{workflow.PrintReady: "todo", workflow.PrintRunning: "running", workflow.PrintDone: "done",
	workflow.PrintHad: "done", workflow.PrintFailed: "alert"}

// card is one of several papers.
func (p *printing) card(c *materialCard, m workflow.PrintPage, i int) {
	k, paper := p.kit, m.Papers[i]
	name, state := k.t(paper.Name), k.t("print.paper."+string(paper.State))
	there := paper.State == workflow.PrintDone || paper.State == workflow.PrintHad
	widget.SetText(c.title, name)
	widget.SetText(c.state, state)
	c.Icon.Change(paperSigns[paper.State])
	widget.SetClass(c.Button, "current", i == m.Current)
	widget.SetClass(c.Button, "complete", there)
	widget.SetClass(c.Button, "wrong", paper.State == workflow.PrintFailed)
	c.Button.Name(name)
	widget.Describe(c.Button, state)
	c.Act = func() { k.do(workflow.ChoosePaper{Index: i}) }
}

func (p *printing) bar(m workflow.PrintPage) bar {
	k := p.kit
	again := &choice{label: k.t("action.print_again"), icon: "printer", do: workflow.Print{}}
	skip := k.offer(workflow.Skip{}, "")
	if one := m.State != workflow.PrintRunning && len(m.Papers) > 1; one {
		this := k.offer(workflow.PrintOne{}, "printer")
		switch m.State {
		case workflow.PrintDone:
			return bar{right: []choice{this}, main: k.forward("next", true)}
		case workflow.PrintFailed:
			return bar{right: []choice{skip, this}, main: again}
		}
		return bar{right: []choice{skip, this}, main: &choice{label: k.t("action.print"), icon: "printer", do: workflow.Print{}}}
	}
	switch m.State {
	case workflow.PrintDone:
		return bar{right: []choice{*again}, main: k.forward("next", true)}
	case workflow.PrintFailed:
		return bar{right: []choice{skip}, main: again}
	}
	main := &choice{label: k.t("action.print"), icon: "printer", do: workflow.Print{}, off: m.State == workflow.PrintRunning}
	return bar{right: []choice{skip}, main: main}
}

func (pages) PrintPage() row { return row{newPrinting, printScenes} }

func printScenes() []scene {
	form := galleryPaper(600, 848)
	several := func(states ...workflow.PrintState) (all []workflow.PrintPaper) {
		for i, name := range []string{"paper.RISK", "paper.FORM"} {
			all = append(all, workflow.PrintPaper{Name: name, State: states[i]})
		}
		return all
	}
	return []scene{
		{name: "print-several", frame: galleryFrame(4), page: workflow.PrintPage{Number: "XH03-000127-8", Preview: form, State: workflow.PrintReady, Printer: "Hall Printer",
			Papers: several(workflow.PrintHad, workflow.PrintReady), Current: 1}},
		{name: "print-several-failed", frame: galleryFrame(4), page: workflow.PrintPage{Number: "XH03-000127-8", Preview: form, State: workflow.PrintFailed, Printer: "Hall Printer",
			Papers: several(workflow.PrintDone, workflow.PrintFailed), Current: 1, Fault: &workflow.Fault{Code: ra.CodePrinterNoPaper}}},
		{name: "print", frame: galleryFrame(4), page: workflow.PrintPage{Number: "XH03-000127-8", Preview: form, State: workflow.PrintReady, Printer: "Hall Printer"}},
		{name: "print-done", frame: galleryFrame(4), page: workflow.PrintPage{Number: "XH03-000127-8", Preview: form, State: workflow.PrintDone, Printer: "Hall Printer"}},
		{name: "print-failed", frame: galleryFrame(4), page: workflow.PrintPage{Number: "XH03-000127-8", State: workflow.PrintFailed, Printer: "Hall Printer",
			Fault: &workflow.Fault{Code: ra.CodePrinterNoPaper}}},
	}
}
