package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// cards is a page that is a list of things to open: certificates, or what waits to be done.
// Its buttons have short words: three of them stand beside each other in large text, too.
type cards struct {
	sheet
	List *gtk.Box `ui:"list"`
	None *gtk.Box `ui:"none"`
	all  *widget.Rows[*cardRow]
	none *gtk.Label
	hint *gtk.Label
	body func(c *cards, page workflow.Page) bar
}

// cardRow is one of them, a button as a whole.
type cardRow struct {
	*widget.Button
	name  *gtk.Label
	about *gtk.Label
	plug  *gtk.Label
	state *gtk.Label
	row   *gtk.Box
}

// newCards builds such a page; body puts a page into it.
func newCards(body func(c *cards, page workflow.Page) bar) func(*kit) view {
	return func(k *kit) view {
		c := &cards{none: widget.NewLabel("h2"), hint: widget.NewLabel("about"), body: body}
		bind("certificates", c)
		c.dress(k)
		c.all = widget.NewRows(c.List, newCardRow)
		for _, part := range []gtk.IWidget{widget.NewIcon("empty", "i64", "muted"), c.none, c.hint} {
			part.ToWidget().SetHAlign(gtk.ALIGN_CENTER)
			c.None.PackStart(part, false, false, 0)
			part.ToWidget().ShowAll()
		}
		c.None.SetNoShowAll(true)
		return c
	}
}

func newCardRow() *cardRow {
	r := &cardRow{Button: widget.NewCard(), name: widget.NewLabel("h2"), about: widget.NewLabel("about"), plug: widget.NewPill(), state: widget.NewPill()}
	for _, l := range []*gtk.Label{r.plug, r.state} {
		l.SetHAlign(gtk.ALIGN_START)
		l.SetVAlign(gtk.ALIGN_CENTER)
	}
	r.plug.SetNoShowAll(true)
	words := widget.VBox(4, r.name, r.about)
	words.SetVAlign(gtk.ALIGN_CENTER)
	pills := widget.HBox(16, r.plug, r.state)
	pills.PackEnd(widget.NewIcon("chevron", "i28", "muted"), false, false, 0)
	r.row = widget.HBox(16)
	r.row.PackStart(words, true, true, 0)
	r.row.PackStart(pills, false, false, 0)
	r.Add(r.row)
	return widget.ShowAll(r)
}

func (c *cards) show(page workflow.Page) bar { return c.body(c, page) }

// empty says what stands where the list has nothing.
func (c *cards) empty(is bool, title, about string) {
	c.None.SetVisible(is)
	widget.SetText(c.none, title)
	widget.SetText(c.hint, about)
}

func (c *cards) member(m workflow.MemberCard) string {
	if m.ID == "" {
		return ""
	}
	return m.Organisation + " · " + c.kit.words.text(m.Project)
}

func showCertificates(c *cards, page workflow.Page) bar {
	p := page.(workflow.CertificatesPage)
	k := c.kit
	about := c.member(p.Member)
	if p.Found != "" {
		about = k.t("certificates.found", "text", p.Found)
	}
	c.head(k.t("certificates.title"), about, p.Fault)
	c.all.Sync(len(p.Cards), func(i int, r *cardRow) { r.certificate(k, p.Cards[i]) })
	none := "certificates.none"
	if p.Found != "" {
		none = "certificates.nothing_found"
	} else if !p.Member.Confirmed {
		none = "certificates.none_claimed"
	}
	c.empty(len(p.Cards) == 0, k.t(none), k.t(none+".about"))
	b := bar{right: []choice{k.offer(workflow.SeeWork{}, "list-check"), k.offer(workflow.FindKey{}, "search")}}
	if p.Found != "" {
		b.right[1] = k.offer(workflow.SeeAll{}, "retake")
	}
	if p.More {
		b.right = append(b.right, k.offer(workflow.SeeMore{}, "plus"))
	}
	if len(p.Cards) > 0 && p.Cards[0].Plugged {
		b.main = k.forward("open_plugged", true)
	}
	return b
}

func (r *cardRow) certificate(k *kit, c workflow.CertificateCard) {
	k.beside(r.row)
	widget.SetText(r.name, k.words.text(c.Service))
	widget.SetText(r.about, k.t("certificates.line", "model", k.words.text(c.Model), "serial", c.Serial, "from", c.From, "until", c.Until))
	r.plug.SetVisible(c.Plugged)
	widget.SetText(r.plug, k.t("certificates.plugged"))
	widget.SetClass(r.plug, "good", true)
	r.pill(k, c.State)
	widget.SetClass(r.Button, "chosen", c.Plugged)
	r.Button.Name(k.words.text(c.Service) + " " + c.Serial + " " + k.t("certificate."+c.State))
	r.Act = func() { k.do(workflow.OpenCertificate{ID: c.ID}) }
}

// pill words the state of a certificate.
func (r *cardRow) pill(k *kit, state string) {
	widget.SetText(r.state, k.t("certificate."+state))
	for class, states := range certificatePills {
		widget.SetClass(r.state, class, states[state])
	}
}

// certificatePills says which states stand on which ground.
var certificatePills = map[string]map[string]bool{
	"good": {string(ra.CertificateActive): true},
	"bad":  {string(ra.CertificateRevoked): true},
	"todo": {string(ra.CertificateSuspended): true, string(ra.CertificateExpired): true},
}

func (pages) CertificatesPage() row { return row{newCards(showCertificates), certificatesScenes} }

func showWork(c *cards, page workflow.Page) bar {
	p := page.(workflow.WorkPage)
	k := c.kit
	c.head(k.t("work.title"), c.member(p.Member), nil)
	c.all.Sync(len(p.Work), func(i int, r *cardRow) { r.work(k, p.Work[i]) })
	c.empty(len(p.Work) == 0, k.t("work.none"), k.t("work.none.about"))
	return bar{}
}

func (r *cardRow) work(k *kit, w workflow.WorkCard) {
	k.beside(r.row)
	widget.SetText(r.name, k.t("offer."+w.Offer)+" · "+k.words.text(w.Service))
	on := k.t("work.new_key")
	if w.Serial != "" {
		on = k.t("work.key", "serial", w.Serial)
	}
	widget.SetText(r.about, k.t("work.line", "number", w.Number, "key", on))
	r.plug.Hide()
	state := "work.waits"
	if w.Begun {
		state = "work.begun"
	}
	widget.SetText(r.state, k.t(state))
	widget.SetClass(r.state, "good", !w.Begun)
	widget.SetClass(r.state, "todo", w.Begun)
	r.Button.Name(w.Number)
	r.Act = func() { k.do(workflow.OpenOrder{ID: w.OrderID}) }
}

func (pages) WorkPage() row { return row{newCards(showWork), workScenes} }

func galleryCertificates() []workflow.CertificateCard {
	service := galleryProjects()[0].Services
	return []workflow.CertificateCard{
		{ID: "1", Service: service[0].Name, Model: galleryModel, Serial: galleryKey().Serial, From: "2026-01-09", Until: "2027-01-09", State: "active", Plugged: true},
		{ID: "2", Service: service[2].Name, Model: galleryModel, Serial: "2104 0091 80A1", From: "2025-12-30", Until: "2026-12-30", State: "suspended"},
		{ID: "3", Service: service[1].Name, Model: galleryModel, Serial: "2104 0091 80B7", From: "2022-11-02", Until: "2025-11-02", State: "expired"},
		{ID: "4", Service: service[0].Name, Model: galleryModel, Serial: "2104 0090 1177", From: "2022-11-02", Until: "2023-11-02", State: "revoked"},
	}
}

func certificatesScenes() []scene {
	member := galleryMembers()
	return []scene{
		{name: "certificates", frame: memberFrame(), page: workflow.CertificatesPage{Member: member[0], Cards: galleryCertificates(), More: true}},
		{name: "certificates-found", frame: memberFrame(), page: workflow.CertificatesPage{Member: member[0], Cards: galleryCertificates()[1:2], Found: "80A1"}},
		{name: "certificates-none", frame: memberFrame(), page: workflow.CertificatesPage{Member: member[2]}},
	}
}

func workScenes() []scene {
	service := galleryProjects()[0].Services[0].Name
	return []scene{
		{name: "work", frame: memberFrame(), page: workflow.WorkPage{Member: galleryMembers()[0], Work: []workflow.WorkCard{
			{OrderID: "1", Number: "XH03-000127-8", Offer: "new", Service: service},
			{OrderID: "2", Number: "XH03-000131-6", Offer: "extend", Service: service, Serial: galleryKey().Serial, Begun: true},
		}}},
		{name: "work-none", frame: memberFrame(), page: workflow.WorkPage{Member: galleryMembers()[0]}},
	}
}
