package screen

import (
	"strconv"

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
	widget.SetClass(r.agree.Button, "on", item.Agreed)
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
	m := page.(workflow.AgreementPage).Agreement
	k := a.kit
	a.head(k.words.text(m.Title), k.t("agreement.version", "version", strconv.Itoa(m.Version)), nil)
	widget.SetText(a.Text, k.words.text(m.Body))
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
	return []scene{{name: "agreement", frame: galleryFrame(0), page: workflow.AgreementPage{Agreement: galleryProjects()[0].Agreements[0]}}}
}
