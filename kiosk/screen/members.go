package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// members lists the organisations that a person is here for.
type members struct {
	sheet
	List *gtk.Box `ui:"list"`
	More *gtk.Box `ui:"more"`
	all  *widget.Rows[*memberRow]
	read *widget.Button
}

// memberRow is one organisation in one project, a button as a whole.
type memberRow struct {
	*widget.Button
	name  *gtk.Label
	about *gtk.Label
	state *gtk.Label
}

func newMembers(k *kit) view {
	m := &members{}
	bind("members", m)
	m.dress(k)
	m.all = widget.NewRows(m.List, newMemberRow)
	m.read = widget.NewButton("small", "file-check")
	m.More.PackStart(widget.ShowAll(m.read), false, false, 0)
	return m
}

func newMemberRow() *memberRow {
	r := &memberRow{Button: widget.NewCard(), name: widget.NewLabel("h2"), about: widget.NewLabel("about"), state: widget.NewPill()}
	r.state.SetHAlign(gtk.ALIGN_START)
	words := widget.VBox(8, r.name, r.about, r.state)
	words.SetVAlign(gtk.ALIGN_CENTER)
	row := widget.HBox(24, widget.InWell(widget.NewIcon("building", "i40")))
	row.PackStart(words, true, true, 0)
	row.PackStart(widget.NewIcon("chevron", "i28", "muted"), false, false, 0)
	r.Add(row)
	return widget.ShowAll(r)
}

func (m *members) show(page workflow.Page) bar {
	p := page.(workflow.MembersPage)
	k := m.kit
	about := "members.about"
	if len(p.Members) == 0 {
		about = "members.none"
	}
	m.head(k.t("members.title"), k.t(about), nil)
	m.all.Sync(len(p.Members), func(i int, r *memberRow) { r.show(k, p.Members[i]) })
	m.read.Word(k.t("action.agreed"), true, func() { k.do(workflow.SeeAgreed{}) })
	m.More.SetVisible(p.Agreed)
	password, add := k.offer(workflow.ChangePassword{}, "lock"), k.offer(workflow.AddOrganisation{}, "plus")
	if len(p.Members) == 0 { // all that goes on
		return bar{right: []choice{password}, main: &add}
	}
	if p.Claimed {
		return bar{right: []choice{password, k.offer(workflow.ConfirmByKey{}, "ukey"), add}}
	}
	return bar{right: []choice{password, add}}
}

func (r *memberRow) show(k *kit, c workflow.MemberCard) {
	widget.SetText(r.name, c.Organisation)
	widget.SetText(r.about, k.words.text(c.Project))
	state := "claimed"
	switch {
	case c.Current:
		state = "current"
	case c.Confirmed:
		state = "confirmed"
	}
	widget.SetText(r.state, k.t("member."+state))
	widget.SetClass(r.state, "good", state != "claimed")
	r.Button.Name(c.Organisation)
	r.Act = func() { k.do(workflow.ChooseMember{ID: c.ID}) }
}

func (pages) MembersPage() row { return row{newMembers, membersScenes} }

func membersScenes() []scene {
	return []scene{
		{name: "members", frame: memberFrame(), page: workflow.MembersPage{Members: galleryMembers(), Agreed: true}},
		{name: "members-claimed", frame: memberFrame(), page: workflow.MembersPage{Members: galleryMembers()[2:], Claimed: true, Agreed: true}},
		{name: "members-none", frame: memberFrame(), page: workflow.MembersPage{}},
	}
}

func galleryMembers() []workflow.MemberCard {
	return []workflow.MemberCard{
		{ID: "1", Organisation: "杭州示例科技有限公司", Project: galleryProject, Confirmed: true, Current: true},
		{ID: "2", Organisation: "杭州示例科技有限公司", Project: ra.Text{ZH: "示例产权交易所", EN: "Example Equity Exchange"}, Confirmed: true},
		{ID: "3", Organisation: "长三角生态绿色一体化发展示范区样本建设工程咨询有限责任公司", Project: galleryProject},
	}
}
