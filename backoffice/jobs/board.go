package jobs

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// messagesShown is how many failed messages a page has at most.
const messagesShown = 50

// BoardStore is where the queue and the outbox are (backoffice/store).
type BoardStore interface {
	book.Looks
	Works(ctx context.Context) ([]book.Work, error)
	FailedMessages(ctx context.Context, q book.MessageQuery) ([]book.FailedMessage, error)
	CountFailedMessages(ctx context.Context) (int, error)
	FailLostMessages(ctx context.Context, at time.Time) (int, error)
	Do(ctx context.Context, f func(tx BoardTx) error) error
}

// BoardTx is what trying again takes of a transaction.
type BoardTx interface {
	book.Trail
	book.OwnersTx
	Enqueue(ctx context.Context, j book.Job) error
	DropGivenUp(ctx context.Context, name string) (int, error)
	HurryJobs(ctx context.Context, name string) (int, error)
	LockMessage(ctx context.Context, id string, now time.Time) (book.FailedMessage, error)
	MessageAgain(ctx context.Context, id string) error
}

// BoardPeople know who may do what (backoffice/people).
type BoardPeople interface {
	Acting(ctx context.Context, tx book.Officers, staff ra.Staff) (ra.Staff, error)
	MayAct(ctx context.Context, tx book.OwnersTx, staff ra.Staff, act ra.Act, o ra.Order) error
}

// Board is what staff see of background work, and how they have it tried again. It is safe for concurrent use.
type Board struct {
	Clerk  book.Clerk
	Store  BoardStore
	People BoardPeople
	Tasks  []string // the names of all upkeep
}

// Works lists every kind of background work, those that somebody has to look at first.
func (b Board) Works(ctx context.Context, staff ra.Staff) ([]book.Work, error) {
	if !staff.MayAnywhere(ra.ActJobs) {
		return nil, ra.E(ra.CodeForbidden)
	}
	return b.works(ctx)
}

func (b Board) works(ctx context.Context) ([]book.Work, error) {
	found, err := b.Store.Works(ctx)
	if err != nil {
		return nil, err
	}
	var all []book.Work
	for _, name := range b.names() {
		w := book.Work{Name: name}
		if i := slices.IndexFunc(found, func(w book.Work) bool { return w.Name == name }); i >= 0 {
			w = found[i]
			w.Trouble = readTrouble(string(w.Trouble))
		}
		if name == (book.SendMessage{}).Kind() { // a message outlives its job, and goes on with another one
			if w.GivenUp, err = b.Store.CountFailedMessages(ctx); err != nil {
				return nil, err
			}
		}
		all = append(all, w)
	}
	slices.SortStableFunc(all, func(x, y book.Work) int {
		return cmp.Or(cmp.Compare(min(y.GivenUp, 1), min(x.GivenUp, 1)), cmp.Compare(min(y.Retrying, 1), min(x.Retrying, 1)))
	})
	return all, nil
}

// names are the works of the board, messages first.
func (b Board) names() []string { return append([]string{book.SendMessage{}.Kind()}, b.Tasks...) }

// FailedMessages lists the messages that were not sent and that the member of staff may see, newest first, the mobile masked, and writes
// down who looked; before is the id of the last one of the page before. More tells that there are older ones.
func (b Board) FailedMessages(ctx context.Context, staff ra.Staff, before string) (all []book.FailedMessage, more bool, err error) {
	if before != "" && ra.CheckID(before) != nil {
		return nil, false, ra.E(ra.CodeNotFound)
	}
	all, err = b.Store.FailedMessages(ctx, book.MessageQuery{Viewer: staff.For(ra.ActSee), Now: b.Clerk.Now(), Before: before, Limit: messagesShown + 1})
	if len(all) > messagesShown {
		all, more = all[:messagesShown], true
	}
	for i := range all {
		all[i].Mobile = ra.MaskMobile(all[i].Mobile)
	}
	if err == nil {
		err = b.Clerk.LookAtList(ctx, b.Store, book.StaffActor(staff), "messages", len(all), "before", before)
	}
	if err != nil {
		return nil, false, err
	}
	return all, more, nil
}

// Resend puts a message that failed into the queue again; one that waits or was sent stays as it is. CodeMessageStale for one that says what
// is so no more, CodeNotFound, CodeForbidden, CodeSelfReview.
func (b Board) Resend(ctx context.Context, staff ra.Staff, id string) error {
	if ra.CheckID(id) != nil {
		return ra.E(ra.CodeNotFound)
	}
	return b.Store.Do(ctx, func(tx BoardTx) error { return b.resend(ctx, tx, staff, id) })
}

func (b Board) resend(ctx context.Context, tx BoardTx, staff ra.Staff, id string) error {
	m, err := tx.LockMessage(ctx, id, b.Clerk.Now())
	if err != nil {
		return err
	}
	if err := b.People.MayAct(ctx, tx, staff, ra.ActResend, ra.Order{ID: m.OrderID, ProjectID: m.ProjectID, HallID: m.HallID}); err != nil {
		return err
	}
	switch m.State {
	case book.MessageWaiting, book.MessageSent:
		return nil
	}
	if m.State != book.MessageFailed || !m.Kept || !m.Worth {
		return ra.E(ra.CodeMessageStale)
	}
	if err := tx.MessageAgain(ctx, id); err != nil {
		return err
	}
	if err := tx.Enqueue(ctx, book.SendMessage{MessageID: id}); err != nil {
		return err
	}
	return b.Clerk.Write(ctx, tx, book.StaffActor(staff), "message.retry", m.OrderID, id, "template", m.Template)
}

// Retry has a work tried again now: what was given up, and what waits for its next try. Of messages those go again that the member of
// staff may send again and that are worth it. Nothing to try is fine. CodeNotFound for a work that is not there, CodeForbidden for who has no
// grant for all projects and halls, which upkeep is for.
func (b Board) Retry(ctx context.Context, staff ra.Staff, name string) error {
	if !slices.Contains(b.names(), name) {
		return ra.E(ra.CodeNotFound)
	}
	err := b.Store.Do(ctx, func(tx BoardTx) error {
		acting, err := b.People.Acting(ctx, tx, staff)
		if err != nil {
			return err
		}
		if !book.ByCommand(acting) && !acting.May(ra.ActRetry, "", "") {
			return ra.E(ra.CodeForbidden)
		}
		n, err := tx.HurryJobs(ctx, name)
		if err == nil && slices.Contains(b.Tasks, name) {
			n, err = b.begin(ctx, tx, name, n)
		}
		if err != nil || n == 0 {
			return err
		}
		return b.Clerk.Write(ctx, tx, book.StaffActor(staff), "work.retry", "", name, "count", strconv.Itoa(n))
	})
	if err != nil || name != (book.SendMessage{}).Kind() {
		return err
	}
	return b.resendAll(ctx, staff)
}

// begin puts a task by anew for those that were given up.
func (b Board) begin(ctx context.Context, tx BoardTx, name string, hurried int) (n int, err error) {
	dropped, err := tx.DropGivenUp(ctx, name)
	if err != nil || dropped == 0 {
		return hurried, err
	}
	return hurried + dropped, tx.Enqueue(ctx, upkeep{name})
}

// resendAll sends again what the member of staff may, each in a transaction of its own.
func (b Board) resendAll(ctx context.Context, staff ra.Staff) error {
	for before := ""; ; {
		all, more, err := b.FailedMessages(ctx, staff, before)
		if err != nil {
			return err
		}
		for _, m := range all {
			before = m.ID
			if !m.Worth {
				continue
			}
			switch err := b.Resend(ctx, staff, m.ID); ra.CodeOf(err) {
			case "", ra.CodeNotFound, ra.CodeForbidden, ra.CodeSelfReview, ra.CodeMessageStale: // somebody else was faster, or it is not theirs
			default:
				return err
			}
		}
		if !more {
			return nil
		}
	}
}

// FailLost fails the messages whose jobs are gone, so that somebody sees them, and returns how many.
func (b Board) FailLost(ctx context.Context) (int, error) {
	return b.Store.FailLostMessages(ctx, b.Clerk.Now())
}

// GivenUp counts for each work what was given up; of messages those that failed and were not sent again.
func (b Board) GivenUp(ctx context.Context) (map[string]int, error) {
	works, err := b.works(ctx)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, w := range works {
		counts[w.Name] = w.GivenUp
	}
	return counts, nil
}
