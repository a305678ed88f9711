package console

import "net/http"

type paymentsPage struct {
	frame
	Rows []queueRow
}

// showPayments lists the bank transfers that wait for a person's word.
func (c *console) showPayments(w http.ResponseWriter, r *http.Request, v visit) error {
	queue, err := c.review.Queue(r.Context(), v.staff)
	if err != nil {
		return err
	}
	p := paymentsPage{c.frame(r, v, "payments", "payments.title"), c.queueRows(payments(queue), v)}
	return c.render(w, v, http.StatusOK, "payments", "layout", p)
}
