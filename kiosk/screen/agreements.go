package screen

import (
	"strconv"
	"time"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// agreements lists what a customer must open and agree to.
type agreements struct {
	sheet
	List *gtk.Box `ui:"list"`
	all  *widget.Rows[*agreementRow]
}

type agreementRow struct {
	*gtk.Box
	icon  *widget.Icon
	title *gtk.Label
	state *gtk.Label
	open  *widget.Button
	agree *widget.Button
}

func newAgreements(k *kit) view {
	a := &agreements{}
	bind("agreements", a)
	a.dress(k)
	a.all = widget.NewRows(a.List, newAgreementRow)
	return a
}

func newAgreementRow() *agreementRow {
	r := &agreementRow{Box: widget.HBox(20), icon: widget.NewIcon("file", "i40"), title: widget.NewLabel("h2"), state: widget.NewLabel("about"),
		open: widget.NewButton("small", "read"), agree: widget.NewButton("small", "box")}
	widget.AddClass(r.Box, "surface", "item")
	words := widget.VBox(4, r.title, r.state)
	words.SetVAlign(gtk.ALIGN_CENTER)
	head, buttons := widget.HBox(24, widget.InWell(r.icon)), widget.HBox(16)
	head.PackStart(words, true, true, 0)
	buttons.SetHAlign(gtk.ALIGN_END)
	for _, b := range []*widget.Button{r.open, r.agree} {
		b.SetVAlign(gtk.ALIGN_CENTER)
		buttons.PackStart(b, false, false, 0)
	}
	r.PackStart(head, true, true, 0)
	r.PackStart(buttons, false, false, 0)
	return widget.ShowAll(r)
}

func (a *agreements) show(page workflow.Page) bar {
	m := page.(workflow.AgreementsPage)
	a.head(a.kit.t("agreements.title"), a.kit.t("agreements.about"), m.Fault)
	a.all.Sync(len(m.Items), func(i int, r *agreementRow) { a.row(r, m.Items[i]) })
	return bar{main: a.kit.forward("next", m.Ready)}
}

func (a *agreements) row(r *agreementRow, item workflow.AgreementItem) {
	k, id := a.kit, item.Agreement.ID
	k.beside(r.Box)
	title := k.words.text(item.Agreement.Title)
	state := "agreement.unread"
	switch {
	case item.Agreed:
		state = "agreement.agreed"
	case item.Opened:
		state = "agreement.opened"
	}
	widget.SetText(r.title, title)
	widget.SetText(r.state, k.t("agreement.version", "version", strconv.Itoa(item.Agreement.Version))+" · "+k.t(state))
	widget.SetClass(r.state, "green", item.Agreed)
	r.icon.Change(map[bool]string{false: "file", true: "file-check"}[item.Agreed])
	r.open.Word(k.t("action.open"), true, func() { k.do(workflow.OpenAgreement{ID: id}) })
	r.open.Name(k.t("action.open") + " " + title)
	r.agree.Word(k.t("action.agree"), item.Opened, func() { k.do(workflow.Agree{ID: id, On: !item.Agreed}) })
	r.agree.Name(k.t("action.agree") + " " + title)
	r.agree.Icon.Change(map[bool]string{false: "box", true: "box-check"}[item.Agreed])
	r.agree.Choose(item.Agreed, k.t("agreement.agreed"))
}

// agreement is one agreement opened for reading.
type agreement struct {
	sheet
	Text *gtk.Label `ui:"text"`
}

func newAgreement(k *kit) view {
	a := &agreement{}
	bind("agreement", a)
	a.dress(k)
	widget.Wrap(a.Text)
	widget.LineHeight(a.Text, 1.35)
	a.Text.SetVAlign(gtk.ALIGN_START)
	return a
}

func (a *agreement) show(page workflow.Page) bar {
	p := page.(workflow.AgreementPage)
	m, k := p.Agreement, a.kit
	a.head(k.words.text(m.Title), k.agreedAt(m.Version, p.AgreedAt), nil)
	widget.SetText(a.Text, k.words.text(m.Body))
	if !p.AgreedAt.IsZero() {
		return bar{}
	}
	main := k.forward("agree", true)
	main.icon, main.after = "check", false
	return bar{main: main}
}

func (pages) AgreementsPage() row { return row{newAgreements, agreementsScenes} }

func agreementsScenes() []scene {
	var items []workflow.AgreementItem
	for i, a := range galleryProjects()[0].Agreements {
		items = append(items, workflow.AgreementItem{Agreement: a, Opened: i < 2, Agreed: i == 0})
	}
	return []scene{{name: "agreements", frame: galleryFrame(0), page: workflow.AgreementsPage{Items: items}}}
}

func (pages) AgreementPage() row { return row{newAgreement, agreementScenes} }

func agreementScenes() []scene {
	text := galleryProjects()[0].Agreements[0]
	return []scene{
		{name: "agreement", frame: galleryFrame(0), page: workflow.AgreementPage{Agreement: text}},
		{name: "agreement-agreed", frame: memberFrame(), page: workflow.AgreementPage{Agreement: text, AgreedAt: galleryAgreedAt}},
	}
}

// agreedAt tells the version of an agreement and, unless that is yet to come, when it was agreed to.
func (k *kit) agreedAt(version int, at time.Time) string {
	words := k.t("agreement.version", "version", strconv.Itoa(version))
	if at.IsZero() {
		return words
	}
	return words + " · " + k.t("agreement.at", "at", k.words.stamp(at))
}

// agreed lists what a member agreed to.
type agreed struct {
	sheet
	List *gtk.Box `ui:"list"`
	all  *widget.Rows[*agreedRow]
}

// agreedRow is one agreement, a button as a whole.
type agreedRow struct {
	*widget.Button
	title *gtk.Label
	state *gtk.Label
}

func newAgreed(k *kit) view {
	a := &agreed{}
	bind("agreements", a)
	a.dress(k)
	a.all = widget.NewRows(a.List, newAgreedRow)
	return a
}

func newAgreedRow() *agreedRow {
	r := &agreedRow{Button: widget.NewCard(), title: widget.NewLabel("h2"), state: widget.NewLabel("about")}
	widget.Wrap(r.title)
	widget.Wrap(r.state)
	words := widget.VBox(8, r.title, r.state)
	words.SetVAlign(gtk.ALIGN_CENTER)
	row := widget.HBox(24, widget.InWell(widget.NewIcon("file-check", "i40")))
	row.PackStart(words, true, true, 0)
	row.PackStart(widget.NewIcon("chevron", "i28", "muted"), false, false, 0)
	r.Add(row)
	return widget.ShowAll(r)
}

func (a *agreed) show(page workflow.Page) bar {
	m := page.(workflow.AgreedPage)
	k := a.kit
	about := m.Member.Organisation
	if project := k.words.text(m.Member.Project); project != "" {
		about += " · " + project
	}
	a.head(k.t("agreed.title"), about, m.Fault)
	a.all.Sync(len(m.Items), func(i int, r *agreedRow) {
		item := m.Items[i]
		title := k.words.text(item.Title)
		widget.SetText(r.title, title)
		widget.SetText(r.state, k.agreedAt(item.Version, item.At))
		r.Button.Name(k.t("action.open") + " " + title)
		r.Act = func() { k.do(workflow.OpenAgreed{ID: item.ID, Version: item.Version}) }
	})
	return bar{}
}

func (pages) AgreedPage() row { return row{newAgreed, agreedScenes} }

// galleryAgreedAt is when everything in the gallery was agreed to.
var galleryAgreedAt = time.Date(2026, 3, 2, 6, 21, 0, 0, time.UTC)

func agreedScenes() []scene {
	var items []workflow.AgreedItem
	for _, a := range galleryProjects()[0].Agreements {
		items = append(items, workflow.AgreedItem{ID: a.ID, Version: a.Version, Title: a.Title, At: galleryAgreedAt})
	}
	return []scene{{name: "agreed", frame: memberFrame(), page: workflow.AgreedPage{Member: galleryMembers()[0], Items: items}}}
}
