package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/keys"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// keyCheck tells what a key is that is plugged in, and what is the matter with it.
type keyCheck struct {
	sheet
	Body     *gtk.Box `ui:"body"`
	Facts    *gtk.Box `ui:"facts"`
	Findings *gtk.Box `ui:"findings"`
	Choices  *gtk.Box `ui:"choices"`
	port     *gtk.DrawingArea
	facts    *facts
	state    *banner
	all      *widget.Rows[*banner]
	choices  *keyChoices
}

// gradeClasses are the looks of findings: drawing and words say the same as the colour.
var gradeClasses = map[keys.Grade]struct{ class, icon string }{
	keys.GradeGood: {"calm", "seal-check"}, keys.GradeNote: {"hint", "info"}, keys.GradeBad: {"banner", "alert"},
}

func newKeyCheck(k *kit) view {
	c := &keyCheck{port: widget.NewPort(), facts: newFacts(k), state: newBanner("calm", "usb")}
	bind("keycheck", c)
	c.dress(k)
	widget.AddClass(c.Facts, "drawing")
	c.Facts.PackStart(c.port, true, true, 0)
	c.Facts.PackStart(c.facts, false, false, 0)
	c.Findings.PackStart(c.state, false, false, 0)
	list := widget.VBox(16)
	c.Findings.PackStart(list, false, false, 0)
	c.all = widget.NewRows(list, func() *banner { return newBanner("calm", "info") })
	c.choices = newKeyChoices(k, true)
	c.Choices.PackStart(c.choices, true, true, 0)
	return c
}

func (c *keyCheck) show(page workflow.Page) bar {
	m := page.(workflow.KeyCheckPage)
	k := c.kit
	about, choosing := k.t("key_check.about"), len(m.Keys) > 0 && !m.Plugged
	switch {
	case choosing:
		about = ""
	case m.Plugged && !m.Looking:
		about = k.t("key_check.seen")
	}
	c.head(k.t("key_check.title"), about, m.Fault)
	c.Body.SetVisible(!choosing)
	k.beside(c.Body)
	c.port.SetVisible(len(m.Facts) == 0)
	c.facts.show(m.Facts)
	c.state.say(c.says(m))
	c.choices.show(m.Keys)
	c.all.Sync(len(m.Findings), func(i int, b *banner) { c.find(b, m.Findings[i]) })
	return c.bar(m)
}

// says is the line above the findings.
func (c *keyCheck) says(m workflow.KeyCheckPage) string {
	switch {
	case m.Looking:
		return c.kit.t("key.looking")
	case m.Repaired:
		return c.kit.t("key_check.repaired")
	case !m.Plugged && m.Fault == nil && len(m.Keys) == 0:
		return c.kit.t("key.none")
	}
	return ""
}

func (c *keyCheck) find(b *banner, f keys.Finding) {
	for grade, look := range gradeClasses {
		widget.SetClass(b.Box, look.class, grade == f.Grade)
	}
	b.icon.Change(gradeClasses[f.Grade].icon)
	b.say(c.kit.words.with("find."+f.ID, f.Args))
}

func (c *keyCheck) bar(m workflow.KeyCheckPage) bar {
	b := bar{}
	if m.ChangePIN {
		b.right = append(b.right, c.kit.offer(workflow.ChangePIN{}, "lock"))
	}
	if m.Main != nil {
		b.main = c.kit.forward(m.Main.Name(), true)
	}
	return b
}

func (pages) KeyCheckPage() row { return row{newKeyCheck, keyCheckScenes} }

// checkedKey is a made-up key as the workflow would tell of it: what the key says of its PIN stands among its facts and, where that is
// something to be told, among the findings.
func checkedKey(pin string, main workflow.Named, findings ...keys.Finding) workflow.KeyCheckPage {
	p := workflow.KeyCheckPage{Plugged: true, Main: main, ChangePIN: pin != "locked", Findings: findings,
		Facts: []workflow.Row{{ID: "model", Text: galleryModel}, {ID: "serial", Value: galleryKey().Serial}, {ID: "label", Value: "XH03-000127-8/1"},
			{ID: "project", Text: galleryFrame(-1).Title}, {ID: "subject", Value: "杭州西湖某某数字科技有限公司"}, {ID: "valid_until", Value: "2027-11-23"},
			{ID: "pin_left", Key: "pin_state." + pin}}}
	if grade, told := pinGrades[pin]; told {
		p.Findings = append(p.Findings, keys.Finding{ID: "pin_" + pin, Grade: grade})
	}
	return p
}

var pinGrades = map[string]keys.Grade{"low": keys.GradeNote, "final": keys.GradeBad, "locked": keys.GradeBad}

func keyCheckScenes() []scene {
	f, member := galleryFrame(-1), galleryFrame(-1)
	f.Customer, f.Back, f.Title = "", false, f.Hall
	member.Back, member.Title = false, member.Hall
	find := func(id string, g keys.Grade) keys.Finding {
		return keys.Finding{ID: id, Grade: g, Args: map[string]string{"count": "2", "days": "41"}}
	}
	good := checkedKey("ok", workflow.CompareKey{}, find("good_alone", keys.GradeGood))
	broken := checkedKey("low", workflow.RepairKey{}, find("missing", keys.GradeBad), find("left_overs", keys.GradeNote))
	repaired := checkedKey("ok", nil, find("good", keys.GradeGood), find("ends_soon", keys.GradeNote))
	repaired.Repaired = true
	lost, foreign, chosen := checkedKey("ok", nil, find("lost", keys.GradeBad)), checkedKey("unknown", nil, find("other_model", keys.GradeNote)), good
	lost.ChangePIN, foreign.ChangePIN = false, false
	foreign.Facts = []workflow.Row{{ID: "model", Text: ra.Text{ZH: "GM3000", EN: "GM3000"}}, {ID: "serial", Value: "3000-778812"},
		{ID: "subject", Value: "某某市公共资源交易中心"}, {ID: "issuer", Value: "Another CA"}, {ID: "valid_until", Value: "2027-02-01"}, {ID: "pin_left", Key: "pin_state.unknown"}}
	chosen.Keys = galleryChoice(0)
	choose := workflow.KeyCheckPage{Fault: &workflow.Fault{Code: ra.CodeKeyChoose}, Keys: galleryChoice(-1)}
	return []scene{
		{name: "key-check-none", frame: f, page: workflow.KeyCheckPage{}},
		{name: "key-check-looking", frame: f, page: workflow.KeyCheckPage{Plugged: true, Looking: true}},
		{name: "key-check", frame: f, page: good},
		{name: "key-check-broken", frame: member, page: broken},
		{name: "key-check-repaired", frame: member, page: repaired},
		{name: "key-check-final", frame: f, page: checkedKey("final", workflow.CompareKey{})},
		{name: "key-check-locked", frame: f, page: checkedKey("locked", workflow.UnlockKey{})},
		{name: "key-check-foreign", frame: f, page: foreign},
		{name: "key-check-lost", frame: f, page: lost},
		{name: "key-check-several", frame: f, page: choose},
		{name: "key-check-chosen", frame: f, page: chosen},
	}
}
