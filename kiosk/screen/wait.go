package screen

import (
	"time"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/workflow"
)

// wait shows the live state of an order while people work on it.
type wait struct {
	sheet
	Body     *gtk.Box `ui:"body"`
	Progress *gtk.Box `ui:"progress"`
	Order    *gtk.Box `ui:"order"`
	Hints    *gtk.Box `ui:"hints"`
	marks    *marks
	facts    *facts
	since    *banner
	leave    *banner
	page     workflow.WaitPage
}

func newWait(k *kit) view {
	w := &wait{marks: newMarks(k), facts: newFacts(k), since: newBanner("calm", "clock"), leave: newBanner("hint", "info")}
	bind("wait", w)
	w.dress(k)
	w.Progress.PackStart(w.marks, false, false, 0)
	w.Order.PackStart(w.facts, false, false, 0)
	w.Hints.PackStart(w.since, false, false, 0)
	w.Hints.PackStart(w.leave, false, false, 0)
	return w
}

func (w *wait) show(page workflow.Page) bar {
	m := page.(workflow.WaitPage)
	k := w.kit
	w.page = m
	key := ""
	switch {
	case m.Make:
		key = ".approved"
	case m.Mend:
		key = ".sent_back"
	}
	w.head(k.t("wait.title"+key), k.t("wait.about"+key), m.Fault)
	k.beside(w.Body)
	w.marks.show(m.Marks)
	w.facts.show(k.orderRows(m.Order))
	w.leave.say("")
	if key == "" {
		w.leave.say(k.t("wait.leave"))
	}
	w.tick()
	b := bar{right: []choice{k.offer(workflow.SeeOrders{}, "list-check")}}
	if m.Make || m.Mend {
		b.main = k.forward("", true)
		b.main.label = k.t("next." + m.Order.Next)
	}
	return b
}

// tick keeps the time waited.
func (w *wait) tick() {
	k := w.kit
	if w.page.Make || w.page.Mend || w.page.Since.IsZero() {
		w.since.say("")
		return
	}
	words := k.t("wait.since", "time", k.words.span(k.now().Sub(w.page.Since)))
	words += " · " + k.t("wait.typical", "time", k.words.row(w.page.Span))
	w.since.say(words)
}

// orderRows are the facts of an order.
func (k *kit) orderRows(o workflow.OrderCard) []workflow.Row {
	return []workflow.Row{{ID: "number", Value: o.Number}, {ID: "kind", Key: "kind." + string(o.Kind)},
		{ID: "state", Key: "state." + o.State}, {ID: "amount", Value: k.words.money(o.AmountFen)},
		{ID: "created", Value: k.words.stamp(o.CreatedAt)}, {ID: "quantity", Value: k.units(o)}}
}

func (pages) WaitPage() row { return row{newWait, waitScenes} }

func waitScenes() []scene {
	marks := []workflow.Mark{{ID: "business_licence", State: workflow.MarkDone}, {ID: "handler_identity", State: workflow.MarkRunning},
		{ID: "registration_form", State: workflow.MarkRunning}, {ID: "payment", State: workflow.MarkTodo}, {ID: "approval", State: workflow.MarkTodo}}
	bad := append([]workflow.Mark(nil), marks...)
	bad[1] = workflow.Mark{ID: "handler_identity", State: workflow.MarkFailed, Reasons: []ra.Reason{{Kind: ra.ReasonUnreadable, Note: "背面反光"}, {Kind: ra.ReasonIncomplete}}}
	var good []workflow.Mark
	for _, m := range marks {
		good = append(good, workflow.Mark{ID: m.ID, State: workflow.MarkDone})
	}
	since := galleryNow().Add(-6 * time.Minute)
	return []scene{
		{name: "wait", frame: galleryFrame(7), page: workflow.WaitPage{Order: galleryOrder("under_review", "wait"), Marks: marks, Since: since, Span: gallerySpan("minutes")}},
		{name: "wait-returned", frame: galleryFrame(7), page: workflow.WaitPage{Order: galleryOrder("sent_back", "materials"), Marks: bad, Since: since, Mend: true}},
		{name: "wait-approved", frame: galleryFrame(7), page: workflow.WaitPage{Order: galleryOrder("approved", "make"), Marks: good, Since: since, Make: true}},
	}
}
