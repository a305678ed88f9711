package console

import (
	"context"
	"net/http"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
)

// frame is what stands around every page.
type frame struct {
	Title  string // id of a translation, or plain text
	Here   string // entry of the navigation
	Path   string // of this page, to come back to
	Staff  ra.Staff
	Counts counts

	queue []review.QueueEntry // what the counts were made of
}

// counts stand beside the navigation's entries.
type counts struct {
	Queue      int // orders to judge
	Payments   int // slips to confirm
	Operations int // keys begun and not done
	Rulings    int // on certificates, waiting for a second person
	Accesses   int // of the desk, likewise
}

func (c *console) frame(r *http.Request, v visit, here, title string) frame {
	f := frame{Title: title, Here: here, Path: "/", Staff: v.staff}
	if r.Method == http.MethodGet {
		f.Path = r.URL.RequestURI()
	}
	if v.staff.MayAnywhere(ra.ActSee) && !v.staff.Temporary {
		f.Counts, f.queue = c.counts(r.Context(), v.staff)
	}
	return f
}

// counts counts what waits; a count that cannot be had is shown as none, the page itself tells more.
func (c *console) counts(ctx context.Context, staff ra.Staff) (counts, []review.QueueEntry) {
	queue, err := c.review.Queue(ctx, staff)
	if err != nil {
		c.log.WarnContext(ctx, "count the queue", "err", err)
	}
	overview, err := c.review.Overview(ctx, staff)
	if err != nil {
		c.log.WarnContext(ctx, "count operations", "err", err)
	}
	return counts{Queue: len(reviews(queue)), Payments: len(payments(queue)), Operations: overview.UnfinishedUnits, Rulings: overview.WaitingRulings, Accesses: overview.WaitingAccesses}, queue
}

// May reports whether who looks has a grant for the act anywhere.
func (f frame) May(a ra.Act) bool { return f.Staff.MayAnywhere(a) }

// reviews are the entries whose materials wait for a reviewer.
func reviews(queue []review.QueueEntry) []review.QueueEntry {
	var waiting []review.QueueEntry
	for _, e := range queue {
		if e.Order.Materials == ra.MaterialsSubmitted && e.Order.State == ra.OrderOpen {
			waiting = append(waiting, e)
		}
	}
	return waiting
}

// payments are the entries whose bank transfer waits for confirmation.
func payments(queue []review.QueueEntry) []review.QueueEntry {
	var waiting []review.QueueEntry
	for _, e := range queue {
		if e.Order.Payment == ra.PaymentAwaitingConfirmation {
			waiting = append(waiting, e)
		}
	}
	return waiting
}
