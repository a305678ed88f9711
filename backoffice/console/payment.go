package console

import (
	"net/http"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

type paymentsPage struct {
	frame
	Rows []queueRow
	Owed []book.OwedRow // for who may see it
	More string         // id of the last of them, where there are more
}

// showPayments lists the bank transfers that wait for a person's word, and what is to be refunded or credited.
func (c *console) showPayments(w http.ResponseWriter, r *http.Request, v visit) error {
	queue, err := c.review.Queue(r.Context(), v.staff)
	if err != nil {
		return err
	}
	p := paymentsPage{frame: c.frame(r, v, "payments", "payments.title"), Rows: c.queueRows(payments(queue), v)}
	if !v.staff.MayAnywhere(ra.ActOwed) {
		return c.render(w, v, http.StatusOK, "payments", "layout", p)
	}
	owed, more, err := c.cashier.Owed(r.Context(), v.staff, r.FormValue("after"))
	if err != nil {
		return err
	}
	if p.Owed = owed; more {
		p.More = owed[len(owed)-1].ID
	}
	return c.render(w, v, http.StatusOK, "payments", "layout", p)
}
