package console

import (
	"net/http"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
)

type overviewPage struct {
	frame
	review.Overview
	States []stateCount
	Next   []queueRow // the longest waiting
	Second []book.WaitingRuling
	Desk   []book.WaitingAccess
	Sick   bool // somebody should look after the audit trail
	Ending []book.AuthorityEnd
}

type stateCount struct {
	State ra.OrderState
	Count int
}

// WaitingSecond is how much waits for a second person.
func (p overviewPage) WaitingSecond() int { return p.WaitingRulings + p.WaitingAccesses }

// overviewStates are the states in the order in which an order goes through them.
var overviewStates = []ra.OrderState{ra.OrderOpen, ra.OrderApproved, ra.OrderInProgress, ra.OrderDone, ra.OrderCancelled}

const overviewNext = 6

func (c *console) showOverview(w http.ResponseWriter, r *http.Request, v visit) error {
	if !v.staff.MayAnywhere(ra.ActSee) && v.staff.MayAnywhere(ra.ActStaff) {
		redirect(w, r, "/staff")
		return nil
	}
	overview, err := c.review.Overview(r.Context(), v.staff)
	if err != nil {
		return err
	}
	queue, err := c.review.Queue(r.Context(), v.staff)
	if err != nil {
		return err
	}
	second, err := c.issuing.WaitingRulings(r.Context(), v.staff)
	if err != nil {
		return err
	}
	desk, err := c.access.WaitingAccesses(r.Context(), v.staff)
	if err != nil {
		return err
	}
	health, err := c.issuing.TrailHealth(r.Context())
	if err != nil {
		return err
	}
	p := overviewPage{Second: second, Desk: desk, Sick: health.Sick(), frame: c.frame(r, v, "overview", "overview.title"), Overview: overview, Ending: c.issuing.EndingCAs(), Next: c.queueRows(reviews(queue), v)}
	p.Next = p.Next[:min(len(p.Next), overviewNext)]
	for _, s := range overviewStates {
		p.States = append(p.States, stateCount{s, overview.Orders[s]})
	}
	return c.render(w, v, http.StatusOK, "overview", "layout", p)
}
