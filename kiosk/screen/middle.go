package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
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
	icon  *icon
}

func (m *middle) dress(k *kit, sign string) {
	m.kit = k
	m.icon = newIcon(sign, "i64")
	well := inWell(m.icon)
	addClass(well, "round-well")
	m.Sign.PackStart(well, false, false, 0)
	for _, l := range []*gtk.Label{m.Title, m.About} {
		wrap(l)
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
	setText(b.Title, title)
	setText(b.About, b.kit.t("busy.about"))
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

var noticeIcons = map[string]string{"staff": "person-call", "pull_key": "pull", "delivered_later": "wifi-off"}

func (n *notice) show(page workflow.Page) bar {
	m := page.(workflow.NoticePage)
	sign, ok := noticeIcons[m.ID]
	if !ok {
		sign = "info"
	}
	n.icon.set(sign)
	args := make(map[string]string, len(m.Args))
	for k, v := range m.Args {
		args[k] = v
		if k == "kind" {
			args[k] = n.kit.t("kind." + v)
		}
	}
	setText(n.Title, n.kit.words.with("notice."+m.ID+".title", args))
	setText(n.About, n.kit.words.with("notice."+m.ID+".text", args))
	main := n.kit.forward("close", true)
	main.icon = ""
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
	addClass(f.Sign, "red")
	f.code = newLabel("faint", "small-text")
	f.code.SetXAlign(0.5)
	f.Card.PackStart(f.code, false, false, 0)
	return f
}

func (f *fault) show(page workflow.Page) bar {
	m := page.(workflow.FaultPage)
	k := f.kit
	setText(f.Title, k.t("fault.title"))
	setText(f.About, k.words.fault(&m.Fault))
	setText(f.code, k.t("fault.code", "code", string(m.Fault.Code)))
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
		{name: "notice", frame: galleryFrame(-1), page: workflow.NoticePage{ID: "not_built", Args: map[string]string{"kind": "renew"}}},
		{name: "notice-staff", frame: galleryFrame(-1), page: workflow.NoticePage{ID: "staff"}},
	}
}
