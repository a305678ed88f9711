package screen

import (
	"strconv"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// needs tells what a service needs before it begins.
type needs struct {
	sheet
	Body   *gtk.Box `ui:"body"`
	Facts  *gtk.Box `ui:"facts"`
	Offers *gtk.Box `ui:"offers"`
	facts  *facts
	title  *gtk.Label
	other  *gtk.Label
	papers *widget.Rows[*paperRow]
}

// paperRow is a paper to bring, with its sample behind a touch.
type paperRow struct {
	*gtk.Box
	name   *gtk.Label
	about  *gtk.Label
	sample *widget.Button
}

func newNeeds(k *kit) view {
	n := &needs{facts: newFacts(k), title: widget.NewLabel("h2"), other: widget.NewLabel("h2")}
	bind("certificate", n)
	n.dress(k)
	n.Facts.SetSpacing(24)
	n.Facts.PackStart(n.title, false, false, 0)
	list := widget.VBox(24)
	n.papers = widget.NewRows(list, newPaperRow)
	n.Facts.PackStart(widget.ShowAll(list), false, false, 0)
	n.Offers.PackStart(n.other, false, false, 0)
	n.Offers.PackStart(n.facts, false, false, 0)
	n.title.ShowAll()
	n.other.ShowAll()
	n.facts.ShowAll()
	return n
}

func newPaperRow() *paperRow {
	r := &paperRow{Box: widget.HBox(16), name: widget.NewLabel(), about: widget.NewLabel("about"), sample: widget.NewButton("outline", "file")}
	words := widget.VBox(2, r.name, r.about)
	words.SetVAlign(gtk.ALIGN_CENTER)
	r.sample.SetVAlign(gtk.ALIGN_CENTER)
	r.PackStart(words, true, true, 0)
	r.PackStart(r.sample, false, false, 0)
	return widget.ShowAll(r)
}

func (n *needs) show(page workflow.Page) bar {
	p := page.(workflow.NeedsPage)
	k := n.kit
	n.head(k.t("needs.title", "service", k.t("offer."+p.Offer)), k.t("needs.about."+p.Offer), nil)
	k.beside(n.Body)
	widget.SetText(n.title, k.t("needs.papers"))
	if len(p.Papers) == 0 {
		widget.SetText(n.title, k.t("needs.papers.none"))
	}
	n.papers.Sync(len(p.Papers), func(i int, r *paperRow) { r.show(k, p.Papers[i]) })
	widget.SetText(n.other, k.t("needs.other"))
	n.facts.show(p.Facts)
	return bar{main: k.forward("begin", true)}
}

func (r *paperRow) show(k *kit, p workflow.NeedsPaper) {
	name := k.t(p.Name)
	widget.SetText(r.name, name)
	about := k.t("needs.paper." + string(p.Material))
	switch {
	case p.Printed:
		about += k.t("needs.printed")
	case p.Pages > 1:
		about += k.t("needs.pages", "pages", strconv.Itoa(p.Pages))
	}
	widget.SetText(r.about, about)
	r.sample.Word(k.t("action.sample"), true, func() { k.do(workflow.SeeSample{Material: p.Material}) })
	r.sample.Name(k.t("action.sample") + " " + name)
}

func (pages) NeedsPage() row { return row{newNeeds, needsScenes} }

func needsScenes() []scene {
	fact := func(id, key string, args ...string) workflow.Row {
		r := workflow.Row{ID: id, Key: key, Args: map[string]string{}}
		for i := 0; i+1 < len(args); i += 2 {
			r.Args[args[i]] = args[i+1]
		}
		return r
	}
	change := workflow.NeedsPage{Offer: "change_name", Papers: []workflow.NeedsPaper{{Material: ra.MaterialRiskNotice, Name: "paper.RISK", Printed: true}, {Material: ra.MaterialForm, Name: "paper.FORM", Printed: true},
		{Material: ra.MaterialProof, Name: "material.proof_of_change", Pages: 1}, {Material: ra.MaterialLicence, Name: "material.business_licence", Pages: 1}},
		Facts: []workflow.Row{fact("needs_seal", "needs.seal"), fact("needs_key", "needs.key.pin"), fact("needs_who", "needs.who"),
			fact("needs_cost", "needs.cost", "from_fen", "6000"), fact("needs_time", "needs.time", "minutes", "10")}}
	first := workflow.NeedsPage{Offer: "new", Papers: []workflow.NeedsPaper{{Material: ra.MaterialLicence, Name: "material.business_licence", Pages: 1}, {Material: ra.MaterialIdentity, Name: "material.handler_identity", Pages: 2}, {Material: ra.MaterialForm, Name: "paper.FORM", Printed: true}},
		Facts: []workflow.Row{fact("needs_seal", "needs.seal"), fact("needs_key", "needs.key.new"), fact("needs_phone", "needs.phone"),
			fact("needs_cost", "needs.cost.range", "from_fen", "20000", "to_fen", "128000"), fact("needs_time", "needs.time", "minutes", "10")}}
	renew := workflow.NeedsPage{Offer: "renew", Facts: []workflow.Row{fact("needs_key", "needs.key.none"), fact("needs_who", "needs.who"),
		fact("needs_cost", "needs.cost.range", "from_fen", "15000", "to_fen", "36000"), fact("needs_time", "needs.time.paid")}}
	return []scene{{name: "needs", frame: galleryFrame(-1), page: first}, {name: "needs-change", frame: galleryFrame(-1), page: change},
		{name: "needs-renew", frame: galleryFrame(-1), page: renew}}
}

// sample shows what a good paper looks like.
type sample struct {
	sheet
	Body    *gtk.Box `ui:"body"`
	Preview *gtk.Box `ui:"preview"`
	State   *gtk.Box `ui:"state"`
	Facts   *gtk.Box `ui:"facts"`
	picture *widget.Picture
	words   *gtk.Label
}

func newSample(k *kit) view {
	s := &sample{picture: widget.NewPicture("file"), words: widget.NewLabel()}
	bind("print", s)
	s.dress(k)
	s.Preview.PackStart(s.picture, true, true, 0)
	s.State.PackStart(s.words, true, true, 0)
	s.Facts.SetNoShowAll(true)
	s.Facts.Hide()
	return s
}

func (s *sample) show(page workflow.Page) bar {
	p := page.(workflow.SamplePage)
	k := s.kit
	name := p.Name
	s.head(k.t("sample.title", "material", k.t(name)), k.t("sample.about"), p.Fault)
	k.beside(s.Body)
	s.picture.Load(p.Picture, k.t("print.drawing"))
	widget.SetText(s.words, k.t("needs.paper."+string(p.Material)))
	return bar{main: k.forward("understood", true)}
}

func (pages) SamplePage() row { return row{newSample, sampleScenes} }

func sampleScenes() []scene {
	return []scene{{name: "sample", frame: galleryFrame(-1), page: workflow.SamplePage{Material: ra.MaterialLicence, Name: "material.business_licence", Picture: galleryPaper(600, 848)}}}
}
