package screen

import (
	"strconv"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// scan scans the materials page by page.
type scan struct {
	sheet
	Body      *gtk.Box   `ui:"body"`
	Materials *gtk.Box   `ui:"materials"`
	Preview   *gtk.Box   `ui:"preview"`
	Caption   *gtk.Label `ui:"caption"`
	Picture   *gtk.Box   `ui:"picture"`
	Pages     *gtk.Box   `ui:"pages"`
	Actions   *gtk.Box   `ui:"actions"`
	picture   *widget.Picture
	list      *widget.Rows[*materialCard]
	dots      *widget.Rows[*widget.Button]
	tools     *scanTools
}

// materialCard is one material of the list.
type materialCard struct {
	*widget.Button
	title *gtk.Label
	state *gtk.Label
}

func newScan(k *kit) view {
	s := &scan{picture: widget.NewPicture("scan")}
	bind("scan", s)
	s.dress(k)
	widget.Wrap(s.Caption)
	s.Picture.PackStart(s.picture, true, true, 0)
	s.list = widget.NewRows(s.Materials, newMaterialCard)
	s.dots = widget.NewRows(s.Pages, func() *widget.Button {
		b := widget.NewButton("dot-button", "")
		return b
	})
	s.tools = newScanTools(k, s.Actions)
	return s
}

func newMaterialCard() *materialCard {
	c := &materialCard{Button: widget.NewCard(), title: widget.NewLabel("strong"), state: widget.NewLabel("small-text", "muted")}
	c.Icon = widget.NewIcon("todo", "i32")
	c.Icon.SetVAlign(gtk.ALIGN_CENTER)
	words := widget.VBox(2, c.title, c.state)
	words.SetVAlign(gtk.ALIGN_CENTER)
	row := widget.HBox(16, c.Icon)
	row.PackStart(words, true, true, 0)
	c.Add(row)
	widget.AddClass(c.Button, "slim")
	return widget.ShowAll(c)
}

// forget drops the picture: what comes next may be another order's.
func (s *scan) forget() { s.picture.Drop() }

func (s *scan) show(page workflow.Page) bar {
	m := page.(workflow.ScanPage)
	k := s.kit
	if len(m.Materials) == 0 {
		s.head(k.t("scan.title"), "", m.Fault)
		return bar{}
	}
	material := m.Materials[min(m.Current, len(m.Materials)-1)]
	showing := m.Materials[min(m.Showing, len(m.Materials)-1)]
	s.head(k.t("scan.title"), s.about(m, material), m.Fault)
	k.beside(s.Body)
	s.list.Sync(len(m.Materials), func(i int, c *materialCard) { s.card(c, m.Materials[i], i == m.Current) })
	picture, caption := m.Image, k.t(showing.Name)
	if len(picture) == 0 && len(m.Sample) > 0 {
		picture, caption = m.Sample, k.t("scan.sample", "material", caption)
	}
	widget.SetText(s.Caption, caption)
	s.picture.Load(picture, k.t("scan.empty"))
	s.showPages(m, showing)
	s.tools.show(m.Sources, m.Busy, material, showing, m.Shown >= 0 && len(m.Image) > 0)
	b := bar{main: k.forward("submit", m.Ready && !m.Busy)}
	if m.Amend {
		b.right = append(b.right, k.offer(workflow.Amend{}, ""))
	}
	if m.Form {
		again := k.action("print", "printer", workflow.Reprint{})
		again.off = m.Busy
		b.right = append(b.right, again)
	}
	return b
}

// about says what is laid on the glass next, or that nothing is wanted any more.
func (s *scan) about(m workflow.ScanPage, next workflow.ScanMaterial) string {
	k := s.kit
	if m.Ready {
		return k.t("scan.ready")
	}
	name := k.t(next.Name)
	if m.Side != "" {
		return k.t("scan.side."+string(m.Side), "material", name)
	}
	return k.t("scan.place.flatbed", "material", name)
}

func (s *scan) card(c *materialCard, m workflow.ScanMaterial, current bool) {
	k := s.kit
	name := k.t(m.Name)
	widget.SetText(c.title, name)
	widget.SetText(c.state, k.materialState(m))
	enough := m.Pages >= m.MinPages
	returned := m.Verdict == ra.VerdictReturned
	c.Icon.Change(map[bool]string{true: "done", false: "todo"}[enough])
	if returned {
		c.Icon.Change("alert")
	}
	widget.SetClass(c.Button, "current", current)
	widget.SetClass(c.Button, "complete", enough && !returned)
	widget.SetClass(c.Button, "wrong", returned)
	c.Button.Name(name)
	widget.Describe(c.Button, k.materialState(m))
	c.Act = func() { k.do(workflow.ChooseMaterial{Kind: m.Kind}) }
}

// materialState tells how far a material is.
func (k *kit) materialState(m workflow.ScanMaterial) string {
	pages := k.t("scan.pages", "pages", strconv.Itoa(m.Pages))
	switch {
	case m.Verdict == ra.VerdictAccepted:
		return pages + " · " + k.t("scan.accepted")
	case m.Verdict == ra.VerdictReturned:
		return k.t("scan.returned", "reasons", k.words.reasons(m.Reasons))
	case m.Pages < m.MinPages:
		return k.t("scan.need", "pages", strconv.Itoa(m.MinPages-m.Pages))
	}
	return pages + " · " + k.t("scan.enough")
}

func (s *scan) showPages(m workflow.ScanPage, material workflow.ScanMaterial) {
	k := s.kit
	s.dots.Sync(material.Pages, func(i int, b *widget.Button) {
		number := strconv.Itoa(i + 1)
		b.Word(number, true, func() { k.do(workflow.ShowPage{Index: i}) })
		b.Name(k.t("scan.show_page", "page", number))
		b.Choose(i == m.Shown, k.t("state.chosen"))
	})
	s.Pages.SetVisible(material.Pages > 1)
}

func (pages) ScanPage() row { return row{newScan, scanScenes} }

func scanScenes() []scene {
	form, page := galleryPaper(600, 848), galleryPaper(900, 640)
	materials := []workflow.ScanMaterial{
		{Kind: ra.MaterialLicence, Name: "material.business_licence", Pages: 1, MinPages: 1, MaxPages: 3},
		{Kind: ra.MaterialIdentity, Name: "material.handler_identity", Pages: 2, MinPages: 2, MaxPages: 4},
		{Kind: ra.MaterialForm, Name: "paper.FORM", MinPages: 1, MaxPages: 3},
	}
	returned := append([]workflow.ScanMaterial(nil), materials...)
	returned[0].Verdict = ra.VerdictAccepted
	returned[1].Verdict, returned[1].Reasons = ra.VerdictReturned, []ra.Reason{{Kind: ra.ReasonUnreadable, Note: "背面反光"}}
	half := append([]workflow.ScanMaterial(nil), materials...)
	half[1].Pages = 1
	whole := append([]workflow.ScanMaterial(nil), materials...)
	whole[2].Pages = 1
	both := []string{"flatbed", "feeder"}
	return []scene{
		{name: "scan", frame: galleryFrame(5), page: workflow.ScanPage{Materials: materials, Current: 1, Showing: 1, Shown: 1, Image: page, Sources: both, Form: true}},
		{name: "scan-back", frame: galleryFrame(5), page: workflow.ScanPage{Materials: half, Current: 1, Showing: 1, Shown: 0, Image: page, Sources: both, Form: true,
			Side: workflow.SideBack}},
		{name: "scan-moved", frame: galleryFrame(5), page: workflow.ScanPage{Materials: materials, Current: 2, Showing: 1, Shown: 1, Image: page, Sources: both, Form: true}},
		{name: "scan-empty", frame: galleryFrame(5), page: workflow.ScanPage{Materials: materials, Current: 2, Showing: 2, Shown: -1, Sources: both, Busy: true}},
		{name: "scan-sample", frame: galleryFrame(5), page: workflow.ScanPage{Materials: materials, Current: 2, Showing: 2, Shown: -1, Sources: both, Form: true, Sample: form}},
		{name: "scan-fault", frame: galleryFrame(5), page: workflow.ScanPage{Materials: returned, Current: 1, Showing: 1, Shown: 0, Image: page, Sources: both[:1], Form: true, Amend: true,
			Fault: &workflow.Fault{Code: ra.CodeScannerJam}}},
		{name: "scan-kept", frame: cutOff(5), page: workflow.ScanPage{Materials: whole, Current: 2, Showing: 2, Shown: 0, Image: form, Sources: both[:1], Ready: true,
			Fault: kept("papers")}},
	}
}
