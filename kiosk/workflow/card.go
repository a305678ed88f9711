package workflow

import (
	"slices"
	"time"

	"keyhall/backoffice/ra"
)

// OrderCard is one order in a list.
type OrderCard struct {
	ID        string
	Number    string
	Kind      ra.Kind
	State     string // customer's words: "state.<State>": unpaid, paid, awaiting_confirmation, materials_missing, under_review, sent_back, approved, making, done, cancelled
	Done      int    // units done
	Of        int
	AmountFen int64
	CreatedAt time.Time
	Next      string // what can be done now: "next.<Next>": materials, pay, wait, make, none
}

// cardOf puts an order into the customer's words.
func cardOf(o ra.Order) OrderCard {
	state, next := progressOf(o)
	done := 0
	for _, u := range o.Units {
		if u.State == ra.UnitDone {
			done++
		}
	}
	return OrderCard{
		ID: o.ID, Number: o.Number, Kind: o.Kind, State: state, Next: next, Done: done, Of: len(o.Units),
		AmountFen: o.AmountFen, CreatedAt: o.CreatedAt,
	}
}

// progressOf is the state in the customer's words and what the customer can do now. What was sent back comes before what
// is missing, and that before what has to be paid.
func progressOf(o ra.Order) (state, next string) {
	switch o.State {
	case ra.OrderDone:
		return "done", "none"
	case ra.OrderCancelled:
		return "cancelled", "none"
	case ra.OrderInProgress:
		return "making", "make"
	case ra.OrderApproved:
		return "approved", "make"
	}
	slipReturned := o.Payment == ra.PaymentUnpaid && o.Paper(ra.MaterialRemittance).Verdict == ra.VerdictReturned
	switch {
	case o.Materials == ra.MaterialsReturned:
		return "sent_back", "materials"
	case slipReturned:
		return "sent_back", "pay"
	case o.Materials == ra.MaterialsMissing:
		return "materials_missing", "materials"
	case o.Payment == ra.PaymentUnpaid:
		return "unpaid", "pay"
	case judgedWell(o) && o.Payment == ra.PaymentAwaitingConfirmation:
		return "awaiting_confirmation", "wait"
	}
	return "under_review", "wait"
}

// judgedWell tells whether every material was accepted; the materials as a whole are only with the approval.
func judgedWell(o ra.Order) bool {
	return o.Materials == ra.MaterialsAccepted || !slices.ContainsFunc(o.Papers, func(m ra.Material) bool {
		return m.Kind != ra.MaterialRemittance && m.Verdict != ra.VerdictAccepted
	})
}

// marksOf is what people are doing with an order, as a list.
func marksOf(o ra.Order) []Mark {
	var marks []Mark
	for _, m := range o.Papers {
		if m.Kind != ra.MaterialRemittance {
			marks = append(marks, Mark{ID: string(m.Kind), State: materialMark(o, m), Reasons: m.Reasons})
		}
	}
	marks = append(marks, paymentMark(o))
	return append(marks, approvalMark(o))
}

func materialMark(o ra.Order, m ra.Material) MarkState {
	switch {
	case m.Verdict == ra.VerdictAccepted || o.Materials == ra.MaterialsAccepted:
		return MarkDone
	case m.Verdict == ra.VerdictReturned:
		return MarkFailed
	case o.Materials == ra.MaterialsSubmitted:
		return MarkRunning
	}
	return MarkTodo
}

func paymentMark(o ra.Order) Mark {
	slip := o.Paper(ra.MaterialRemittance)
	switch {
	case o.Payment.Settled():
		return Mark{ID: "payment", State: MarkDone}
	case o.Payment == ra.PaymentAwaitingConfirmation:
		return Mark{ID: "payment", State: MarkRunning}
	case slip.Verdict == ra.VerdictReturned:
		return Mark{ID: "payment", State: MarkFailed, Reasons: slip.Reasons}
	}
	return Mark{ID: "payment", State: MarkTodo}
}

func approvalMark(o ra.Order) Mark {
	m := Mark{ID: "approval", State: MarkTodo}
	switch {
	case o.State == ra.OrderApproved || o.State == ra.OrderInProgress || o.State == ra.OrderDone:
		m.State = MarkDone
	case o.State == ra.OrderCancelled:
		m.State, m.Reasons = MarkFailed, o.Returned
	case judgedWell(o) && o.Payment.Settled():
		m.State = MarkRunning
	}
	return m
}
