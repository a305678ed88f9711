package workflow

import (
	"strconv"
	"time"

	"keyhall/backoffice/ra"
)

// methodSpans are how long it usually takes until a payment is confirmed, by method. One that is not here is confirmed at once.
var methodSpans = map[ra.PaymentMethod]Row{
	ra.MethodTransfer: {ID: "usual", Key: "span.working_days", Args: map[string]string{"from": "1", "to": "2"}},
}

// told is for how long somebody may stand and wait for an order, as the page tells them; 0 where it takes days.
func (w *Workflow) told(o ra.Order) time.Duration {
	if paymentOpen(o) {
		return 0
	}
	return w.cfg.Typical
}

func paymentOpen(o ra.Order) bool {
	return o.Payment == ra.PaymentUnpaid || o.Payment == ra.PaymentAwaitingConfirmation
}

// usual is how long an order that is handed in usually takes: as its payment does while that is not confirmed, then as a review does.
func (w *Workflow) usual(o ra.Order) Row {
	if paymentOpen(o) {
		return methodSpans[ra.MethodTransfer]
	}
	return Row{ID: "usual", Key: "span.minutes", Args: map[string]string{"minutes": strconv.Itoa(int(w.cfg.Typical / time.Minute))}}
}
