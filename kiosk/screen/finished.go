package screen

import (
	"strconv"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// finished tells what became of an order that is over.
type finished struct {
	sheet
	Body      *gtk.Box `ui:"body"`
	Keys      *gtk.Box `ui:"keys"`
	Order     *gtk.Box `ui:"order"`
	Slip      *gtk.Box `ui:"slip"`
	keys      *widget.Rows[*madeKey]
	order     *facts
	reasons   *banner
	slip      *banner
	slipFault *banner
}

// madeKey is one key that was made for it.
type madeKey struct {
	*gtk.Box
	title *gtk.Label
	facts *facts
}

func newFinishedPage(k *kit) view {
	f := &finished{order: newFacts(k), reasons: newBanner("calm", "info"), slip: newBanner("calm", "printer"), slipFault: newBanner("banner", "alert")}
	bind("finished", f)
	f.dress(k)
	f.keys = widget.NewRows(f.Keys, func() *madeKey {
		m := &madeKey{Box: widget.VBox(12), title: widget.NewLabel("h2"), facts: newFacts(k)}
		m.PackStart(m.title, false, false, 0)
		m.PackStart(m.facts, false, false, 0)
		return widget.ShowAll(m)
	})
	f.Order.PackStart(f.order, false, false, 0)
	for _, b := range []*banner{f.reasons, f.slip, f.slipFault} {
		f.Slip.PackStart(b, false, false, 0)
	}
	return f
}

func (f *finished) show(page workflow.Page) bar {
	m := page.(workflow.FinishedPage)
	k := f.kit
	about := "finished.about." + m.Order.State
	if own := about + "." + string(m.Order.Kind); k.words.has(own) {
		about = own
	}
	if m.Looking {
		about = "busy.default"
	}
	f.head(k.t("finished.title."+m.Order.State), k.t(about), m.Fault)
	k.beside(f.Body)
	f.keys.Sync(len(m.Keys), func(i int, row *madeKey) {
		widget.SetText(row.title, k.t("finished.key", "number", strconv.Itoa(m.Keys[i].Number)))
		row.facts.show(m.Keys[i].Facts)
	})
	f.Keys.SetVisible(len(m.Keys) > 0)
	f.order.show(k.orderRows(m.Order))
	f.reasons.say(k.words.reasons(m.Reasons))
	f.showSlip(m)
	return f.bar(m)
}

func (f *finished) showSlip(m workflow.FinishedPage) {
	f.slip.say("")
	if m.Slip != "" && m.Slip != workflow.PrintFailed {
		f.slip.say(f.kit.t("slip." + string(m.Slip)))
	}
	f.slipFault.fault(f.kit, m.SlipFault)
}

func (f *finished) bar(m workflow.FinishedPage) bar {
	k := f.kit
	b := bar{right: []choice{k.offer(workflow.SeeOrders{}, "list-check")}, main: k.forward("finish", true)}
	b.main.icon, b.main.after = "check", false
	if m.Extend {
		b.main = k.forward("extend_now", true)
		b.main.do = workflow.ExtendNow{}
	}
	switch {
	case m.Fault != nil:
		b.right = append(b.right, k.offer(workflow.Retry{}, "retake"))
	case len(m.Keys) > 0:
		again := k.offer(workflow.Reprint{}, "printer")
		again.off = m.Slip == workflow.PrintRunning
		b.right = append(b.right, again)
	}
	return b
}

func (pages) FinishedPage() row { return row{newFinishedPage, finishedScenes} }

func finishedScenes() []scene {
	var keys []workflow.FinishedKey
	for i, state := range []string{"active", "superseded"} {
		keys = append(keys, workflow.FinishedKey{Number: i + 1, Facts: []workflow.Row{{ID: "model", Text: galleryModel}, {ID: "serial", Value: galleryKey().Serial},
			{ID: "certificate_number", Value: "3f8a21c09d17e44b3f8a21c09d17e44b"}, {ID: "valid_from", Value: "2026-11-23"}, {ID: "valid_until", Value: "2027-11-23"},
			{ID: "certificate_state", Key: "certificate." + state}}})
	}
	done := galleryOrder("done", "none")
	done.Done, done.Of = 2, 2
	renewed := done
	renewed.Kind = ra.KindRenew
	return []scene{
		{name: "finished-renewed", frame: memberFrame(), page: workflow.FinishedPage{Order: renewed, Extend: true}},
		{name: "finished", frame: memberFrame(), page: workflow.FinishedPage{Order: done, Keys: keys, Slip: workflow.PrintDone}},
		{name: "finished-fault", frame: memberFrame(), page: workflow.FinishedPage{Order: done, Keys: keys[:1], Slip: workflow.PrintFailed,
			SlipFault: &workflow.Fault{Code: ra.CodePrinterNoPaper}}},
		{name: "finished-cancelled", frame: memberFrame(), page: workflow.FinishedPage{Order: galleryOrder("cancelled", "none"),
			Reasons: []ra.Reason{{Kind: ra.ReasonDiffers, Note: "单位名称"}}}},
	}
}
