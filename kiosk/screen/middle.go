package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// middle is a page with one message in the middle: a moment's wait, a notice, a fault that stands alone.
type middle struct {
	Page  *gtk.Box   `ui:"page"`
	Card  *gtk.Box   `ui:"card"`
	Sign  *gtk.Box   `ui:"sign"`
	Title *gtk.Label `ui:"title"`
	About *gtk.Label `ui:"about"`
	kit   *kit
	icon  *widget.Icon
}

func (m *middle) dress(k *kit, sign string) {
	m.kit = k
	m.icon = widget.NewIcon(sign, "i64")
	well := widget.InWell(m.icon)
	widget.AddClass(well, "round-well")
	m.Sign.PackStart(well, false, false, 0)
	for _, l := range []*gtk.Label{m.Title, m.About} {
		widget.Wrap(l)
		l.SetXAlign(0.5)
		l.SetJustify(gtk.JUSTIFY_CENTER)
		l.SetMaxWidthChars(36)
		l.SetHAlign(gtk.ALIGN_CENTER)
	}
}

func (m *middle) root() gtk.IWidget { return m.Page }

// busy says that something takes a moment.
type busy struct{ middle }

func newBusy(k *kit) view {
	b := &busy{}
	bind("busy", &b.middle)
	b.dress(k, "running")
	return b
}

func (b *busy) show(page workflow.Page) bar {
	m := page.(workflow.BusyPage)
	title := b.kit.words.optional("busy."+m.ID, nil)
	if title == "" {
		title = b.kit.t("busy.default")
	}
	widget.SetText(b.Title, title)
	widget.SetText(b.About, b.kit.t("busy.about"))
	return bar{}
}

// notice tells something calmly.
type notice struct{ middle }

func newNotice(k *kit) view {
	n := &notice{}
	bind("notice", &n.middle)
	n.dress(k, "info")
	return n
}

var noticeIcons = map[string]string{"staff": "person-call", "staff_locked": "lock", "pull_key": "pull", "delivered_later": "wifi-off", "lose_typed": "alert", "forgot_password": "person-call",
	"rest": "clock", "rest_approved": "seal-check", "rest_returned": "alert"}

func (n *notice) show(page workflow.Page) bar {
	m := page.(workflow.NoticePage)
	sign, ok := noticeIcons[m.ID]
	if !ok {
		sign = "info"
	}
	n.icon.Change(sign)
	args := make(map[string]string, len(m.Args))
	for k, v := range m.Args {
		args[k] = v
		if k == "kind" {
			args[k] = n.kit.t("kind." + v)
		}
	}
	widget.SetText(n.Title, n.kit.words.with("notice."+m.ID+".title", args))
	widget.SetText(n.About, n.kit.words.with("notice."+m.ID+".text", args))
	main := n.kit.forward("close", true)
	main.icon = ""
	if m.Asks {
		main.label = n.kit.t("notice." + m.ID + ".stay")
		leave := choice{label: n.kit.t("notice." + m.ID + ".leave"), icon: "home", do: workflow.GiveUp{}}
		return bar{right: []choice{leave}, main: main}
	}
	return bar{main: main}
}

// fault is a fault that stands alone, with what may be done.
type fault struct {
	middle
	code *gtk.Label
}

func newFault(k *kit) view {
	f := &fault{}
	bind("fault", &f.middle)
	f.dress(k, "alert")
	widget.AddClass(f.Sign, "red")
	f.code = widget.NewLabel("faint", "small-text")
	f.code.SetXAlign(0.5)
	f.Card.PackStart(f.code, false, false, 0)
	return f
}

func (f *fault) show(page workflow.Page) bar {
	m := page.(workflow.FaultPage)
	k := f.kit
	widget.SetText(f.Title, k.t("fault.title"))
	widget.SetText(f.About, k.words.fault(&m.Fault))
	widget.SetText(f.code, k.t("fault.code", "code", string(m.Fault.Code)))
	b := bar{}
	for i, offered := range m.Actions {
		c := k.offer(offered, actionIcons[offered.Name()])
		if i == 0 {
			b.main = &c
			continue
		}
		b.right = append(b.right, c)
	}
	return b
}

// actionIcons are the drawings of actions that have one.
var actionIcons = map[string]string{"retry": "retake", "home": "home", "staff": "person-call", "orders": "list-check"}

func (pages) BusyPage() row { return row{newBusy, busyScenes} }

func busyScenes() []scene {
	return []scene{
		{name: "busy", frame: galleryFrame(0), page: workflow.BusyPage{ID: "login"}},
		{name: "busy-pin-pad", frame: galleryFrame(0), page: workflow.BusyPage{ID: "pin_pad"}},
	}
}

func (pages) FaultPage() row { return row{newFault, faultScenes} }

func faultScenes() []scene {
	return []scene{
		{name: "fault", frame: galleryFrame(-1), page: workflow.FaultPage{Fault: workflow.Fault{Code: ra.CodeOfficeAway}, Actions: []workflow.Named{workflow.Retry{}}}},
	}
}

func (pages) NoticePage() row { return row{newNotice, noticeScenes} }

func noticeScenes() []scene {
	return []scene{
		{name: "notice", frame: galleryFrame(-1), page: workflow.NoticePage{ID: "not_offered", Args: map[string]string{"kind": "renew"}}},
		{name: "notice-forgot", frame: galleryFrame(0), page: workflow.NoticePage{ID: "forgot_password"}},
		{name: "notice-lose", frame: galleryFrame(0), page: workflow.NoticePage{ID: "lose_typed", Asks: true}},
		{name: "notice-pull", frame: memberFrame(), page: workflow.NoticePage{ID: "pull_key", Asks: true}},
		{name: "notice-rest", frame: restFrame(), page: workflow.NoticePage{ID: "rest"}},
		{name: "notice-rest-approved", frame: restFrame(), page: workflow.NoticePage{ID: "rest_approved"}},
		{name: "notice-staff", frame: galleryFrame(-1), page: workflow.NoticePage{ID: "staff"}},
	}
}

// restFrame tells of nobody.
func restFrame() workflow.Frame {
	f := galleryFrame(7)
	f.Customer, f.Back, f.Staff = "", false, false
	return f
}
