package console

import (
	"net/http"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
)

type queuePage struct {
	frame
	Rows []queueRow
	Free bool // somebody may take the next one
}

// queueRow is an order with something to judge; it shows no person.
type queueRow struct {
	ID, Number   string
	Kind         ra.Kind
	Reason       ra.ServiceReason
	Units        int
	Organisation string
	Hall, Window ra.Text
	Since        time.Time
	Waiting      int // minutes
	Long         bool
	Payment      ra.PaymentState
	Materials    ra.MaterialsState
	Judged, Of   int // materials
	AmountFen    int64
	ClaimedBy    string // "": nobody
	Mine         bool
	Take         bool // who looks may judge it
	Files        bool // its customer says that files are still encrypted with the key
}

// longWait is from when a waiting customer is shown as waiting long.
const longWait = 15 * time.Minute

func (c *console) queueRows(queue []review.QueueEntry, v visit) []queueRow {
	rows := make([]queueRow, 0, len(queue))
	for _, e := range queue {
		waiting := max(0, c.now().Sub(e.WaitingSince))
		row := queueRow{
			ID: e.Order.ID, Number: e.Order.Number, Kind: e.Order.Kind, Reason: e.Order.Reason, Units: len(e.Order.Units),
			Organisation: e.Order.Applicant.Organisation.Name, Hall: e.Hall, Window: e.Window,
			Since: e.WaitingSince, Waiting: int(waiting.Minutes()), Long: waiting >= longWait,
			Payment: e.Order.Payment, Materials: e.Order.Materials, AmountFen: e.Order.AmountFen,
			Take: v.staff.May(ra.ActJudge, e.Order.ProjectID, e.Order.HallID), Files: e.Order.Files == ra.FilesSome,
		}
		for _, m := range judgeable(e.Order) {
			row.Of++
			if m.Verdict != ra.VerdictNone {
				row.Judged++
			}
		}
		if e.Claim != nil && e.Claim.Until.After(c.now()) {
			row.ClaimedBy, row.Mine = e.Claim.Name, e.Claim.StaffID == v.staff.ID
		}
		rows = append(rows, row)
	}
	return rows
}

func (c *console) queuePage(r *http.Request, v visit) (queuePage, error) {
	queue, err := c.review.Queue(r.Context(), v.staff)
	if err != nil {
		return queuePage{}, err
	}
	p := queuePage{frame: c.frame(r, v, "queue", "queue.title"), Rows: c.queueRows(reviews(queue), v)}
	for _, row := range p.Rows {
		p.Free = p.Free || row.Take && (row.ClaimedBy == "" || row.Mine)
	}
	return p, nil
}

func (c *console) showQueue(w http.ResponseWriter, r *http.Request, v visit) error {
	p, err := c.queuePage(r, v)
	if err != nil {
		return err
	}
	return c.render(w, v, http.StatusOK, "queue", "layout", p)
}

// takeOver frees an order from a colleague's claim and opens it.
func (c *console) takeOver(w http.ResponseWriter, r *http.Request, v visit) error {
	id := r.PathValue("id")
	if err := c.review.TakeOver(r.Context(), v.staff, id); err != nil {
		return err
	}
	redirect(w, r, "/orders/"+id)
	return nil
}

// claim takes an order to look at and opens it.
func (c *console) claim(w http.ResponseWriter, r *http.Request, v visit) error {
	id := r.PathValue("id")
	if err := c.review.Claim(r.Context(), v.staff, id); err != nil {
		return err
	}
	redirect(w, r, "/orders/"+id)
	return nil
}

// renewClaim keeps the order while the reviewer works on it.
func (c *console) renewClaim(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := c.review.Claim(r.Context(), v.staff, r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (c *console) unclaim(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := c.review.Unclaim(r.Context(), v.staff, r.PathValue("id")); err != nil {
		return err
	}
	redirect(w, r, "/queue")
	return nil
}

// claimNext takes the longest waiting order that nobody has and that was not put off just now; when others were faster, or
// when it is the reviewer's own, it tries the next one.
func (c *console) claimNext(w http.ResponseWriter, r *http.Request, v visit) error {
	queue, err := c.review.Queue(r.Context(), v.staff)
	if err != nil {
		return err
	}
	after := r.FormValue("after")
	for _, row := range c.queueRows(reviews(queue), v) {
		if row.ID == after || !row.Take || (row.ClaimedBy != "" && !row.Mine) {
			continue
		}
		err := c.review.Claim(r.Context(), v.staff, row.ID)
		switch ra.CodeOf(err) {
		case ra.CodeConflict, ra.CodeState, ra.CodeSelfReview, ra.CodeForbidden, ra.CodeNotFound:
			continue
		}
		if err != nil {
			return err
		}
		redirect(w, r, "/orders/"+row.ID)
		return nil
	}
	redirect(w, r, "/queue")
	return nil
}
