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

// usual is how long an order that is handed in usually takes: as its payment does while that is not confirmed, then as a review does.
func (w *Workflow) usual(o ra.Order) Row {
	if o.Payment == ra.PaymentUnpaid || o.Payment == ra.PaymentAwaitingConfirmation {
		return methodSpans[ra.MethodTransfer]
	}
	return Row{ID: "usual", Key: "span.minutes", Args: map[string]string{"minutes": strconv.Itoa(int(w.cfg.Typical / time.Minute))}}
}
