package screen

import (
	"strconv"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// done says that a key is made and proven.
type done struct {
	sheet
	Sign       *gtk.Box   `ui:"sign"`
	Body       *gtk.Box   `ui:"body"`
	ProofTitle *gtk.Label `ui:"proof_title"`
	Marks      *gtk.Box   `ui:"marks"`
	Hints      *gtk.Box   `ui:"hints"`
	FactsTitle *gtk.Label `ui:"facts_title"`
	Facts      *gtk.Box   `ui:"facts"`
	Slip       *gtk.Box   `ui:"slip"`
	marks      *marks
	facts      *facts
	pull       *banner
	slip       *banner
	slipFault  *banner
}

func newDone(k *kit) view {
	d := &done{marks: newMarks(k), facts: newFacts(k), pull: newBanner("hint", "pull"), slip: newBanner("calm", "printer"),
		slipFault: newBanner("banner", "alert")}
	bind("done", d)
	d.dress(k)
	widget.AddClass(d.Sign, "success")
	d.Sign.PackStart(widget.InWell(widget.NewIcon("seal-check", "i44")), false, false, 0)
	widget.Wrap(d.ProofTitle, d.FactsTitle)
	d.Marks.PackStart(d.marks, false, false, 0)
	d.Facts.PackStart(d.facts, false, false, 0)
	d.Hints.PackStart(d.pull, false, false, 0)
	d.Slip.PackStart(d.slip, false, false, 0)
	d.Slip.PackStart(d.slipFault, false, false, 0)
	return d
}

func (d *done) show(page workflow.Page) bar {
	m := page.(workflow.DonePage)
	k := d.kit
	title, about := k.t("done.title."+m.Plan), k.t("done.about."+m.Plan)
	if m.Remaining > 0 {
		title, about = k.t("done.title.more", "remaining", strconv.Itoa(m.Remaining)), k.t("done.about.more")
	}
	d.head(title, about, nil)
	k.beside(d.Body)
	widget.SetText(d.ProofTitle, k.t("done.proof"))
	d.marks.show(m.Proof)
	facts := "done.facts." + m.Plan
	if !k.words.has(facts) {
		facts = "done.facts"
	}
	widget.SetText(d.FactsTitle, k.t(facts))
	d.facts.show(m.Facts)
	d.pull.say(k.t(map[bool]string{false: "done.pull", true: "done.pulled"}[m.Pulled]))
	d.pull.icon.Change(map[bool]string{false: "pull", true: "done"}[m.Pulled])
	widget.SetClass(d.pull.Box, "hint", !m.Pulled)
	widget.SetClass(d.pull.Box, "calm", m.Pulled)
	d.showSlip(m)
	return d.bar(m)
}

func (d *done) showSlip(m workflow.DonePage) {
	d.slip.say("")
	if m.Slip != "" {
		d.slip.say(d.kit.t("slip." + string(m.Slip)))
	}
	if m.Slip == workflow.PrintFailed && m.SlipFault != nil {
		d.slip.say("")
	}
	d.slipFault.fault(d.kit, m.SlipFault)
}

func (d *done) bar(m workflow.DonePage) bar {
	k := d.kit
	b := bar{right: []choice{k.offer(workflow.Reprint{}, "printer")}}
	b.right[0].off = m.Slip == workflow.PrintRunning || m.Slip == ""
	if m.Remaining > 0 {
		b.main = k.forward("make_next", m.Pulled)
		return b
	}
	b.main = k.forward("finish", true)
	b.main.icon, b.main.after = "check", false
	return b
}

func (pages) DonePage() row { return row{newDone, doneScenes} }

func doneScenes() []scene {
	order := galleryOrder("making", "make")
	facts := []workflow.Row{{ID: "serial", Value: galleryKey().Serial}, {ID: "certificate_number", Value: "3f8a21c09d17e44b"}, {ID: "subject", Value: "CN=杭州示例科技有限公司, O=杭州示例科技有限公司, C=CN"},
		{ID: "valid_from", Value: "2026-11-23"}, {ID: "valid_until", Value: "2027-11-23"}}
	var proven []workflow.Mark
	for _, id := range []string{"prove.read", "prove.match", "prove.sign", "prove.left_overs"} {
		proven = append(proven, workflow.Mark{ID: id, State: workflow.MarkDone})
	}
	return []scene{
		{name: "done-more", frame: galleryFrame(8), page: workflow.DonePage{Plan: "make", Facts: facts, Proof: proven, Remaining: 2, Slip: workflow.PrintRunning, Order: order}},
		{name: "done-unlock", frame: galleryFrame(8), page: workflow.DonePage{Plan: "unlock", Facts: facts[:1], Proof: []workflow.Mark{{ID: "prove.pin", State: workflow.MarkDone}}, Slip: workflow.PrintDone, Order: order}},
		{name: "done", frame: galleryFrame(8), page: workflow.DonePage{Plan: "make", Facts: facts, Proof: proven, Pulled: true, Slip: workflow.PrintFailed,
			SlipFault: &workflow.Fault{Code: ra.CodePrinterNoPaper}, Order: order}},
	}
}
