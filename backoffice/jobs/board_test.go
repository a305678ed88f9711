package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/jobs"
	"keyhall/backoffice/notify"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
	"keyhall/backoffice/servicetest"
)

// board is a hall with messages that wait, in the queue as its jobs.
type board struct {
	*servicetest.Hall
	t *testing.T
}

func newBoard(t *testing.T) board {
	t.Helper()
	h := servicetest.New(t)
	member := h.Registered(t)
	var orders []ra.Order
	for range 2 {
		order, _ := h.Approved(t, member, 1)
		orders = append(orders, order)
	}
	for _, order := range orders { // codes that are still on their way
		_, err := h.NewCode(t.Context(), h.Supervisor, order.ID, order.Version)
		servicetest.Must(t, err)
	}
	return board{h, t}
}

// sql runs a statement that brings the queue to where a test begins.
func (b board) sql(sql string, args ...any) {
	b.t.Helper()
	_, err := b.Store.Pool().Exec(b.t.Context(), sql, args...)
	servicetest.Must(b.t, err)
}

// refused has every message refused for good with that answer, as its job does it.
func (b board) refused(answer int) []book.FailedMessage {
	b.t.Helper()
	ids, err := b.Store.WaitingMessages(b.t.Context())
	servicetest.Must(b.t, err)
	for _, id := range ids {
		servicetest.Must(b.t, b.Store.MessageFailed(b.t.Context(), id, answer, b.Clock.Now()))
	}
	b.sql(`UPDATE river.river_job SET state = 'cancelled', finalized_at = now(), attempt = 1 WHERE kind = 'send_message'`)
	return b.failed(b.Supervisor)
}

func (b board) failed(staff ra.Staff) []book.FailedMessage {
	b.t.Helper()
	all, more, err := b.Board.FailedMessages(b.t.Context(), staff, "")
	if err != nil || more {
		b.t.Fatal(more, err)
	}
	return all
}

func (b board) work(name string) book.Work {
	b.t.Helper()
	all, err := b.Board.Works(b.t.Context(), b.Supervisor)
	servicetest.Must(b.t, err)
	for _, w := range all {
		if w.Name == name {
			return w
		}
	}
	b.t.Fatalf("no work %s", name)
	return book.Work{}
}

// TestFailedMessagesGoAgain: a message that the gateway refused for good is shown without its mobile and goes out once it is sent again,
// with a line in the trail; the same asked again changes nothing.
func TestFailedMessagesGoAgain(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	failed := b.refused(400)
	if len(failed) != 2 {
		t.Fatal(len(failed), "messages failed, want 2")
	}
	m := failed[0]
	if !strings.Contains(m.Mobile, "****") || m.Answer != 400 || m.Number == "" || !m.Worth {
		t.Errorf("shown as %+v", m)
	}
	before, lines := len(b.Sender.Sent()), b.Lines(t, "")
	for range 2 {
		servicetest.Must(t, b.Board.Resend(t.Context(), b.Supervisor, m.ID))
	}
	if got := b.Lines(t, "") - lines; got != 1 {
		t.Errorf("%d lines, want 1", got)
	}
	if got := len(b.failed(b.Supervisor)); got != len(failed)-1 {
		t.Errorf("%d messages failed still, want %d", got, len(failed)-1)
	}
	var live, all int
	servicetest.Must(t, b.Store.Pool().QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE state = 'available'), count(*) FROM river.river_job
		WHERE args->>'message_id' = $1`, m.ID).Scan(&live, &all))
	if live != 1 || all != 1 {
		t.Errorf("%d jobs that send it, %d in all, want one", live, all)
	}
	_, err := b.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	if got := len(b.Sender.Sent()) - before; got != 1 {
		t.Errorf("%d messages went out, want 1", got)
	}
	servicetest.Must(t, b.Board.Resend(t.Context(), b.Supervisor, m.ID))
	b.Sound(t)
}

// TestAllMessagesGoAgain: all of them at once, each with its line.
func TestAllMessagesGoAgain(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	n, lines := len(b.refused(503)), b.Lines(t, "")
	servicetest.Must(t, b.Board.Retry(t.Context(), b.Supervisor, "send_message"))
	if got := len(b.failed(b.Supervisor)); got != 0 || b.Lines(t, "")-lines != n {
		t.Errorf("%d failed still, %d lines for %d messages", got, b.Lines(t, "")-lines, n)
	}
}

// TestWhoSendsAgain: a supervisor of the order's hall does; nobody else, and what is not theirs to see is not shown.
func TestWhoSendsAgain(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	m := b.refused(400)[0]
	b.Elsewhere(t)
	grants := servicetest.Grants(ra.RoleSupervisor)
	grants[0].HallID = servicetest.OtherHallID
	far := b.Hired(t, "far@hall.example", "远处", grants...)
	for _, c := range []struct {
		name string
		who  ra.Staff
		want ra.Code
	}{{"counter", b.Counter, ra.CodeForbidden}, {"administrator", b.Admin, ra.CodeNotFound}, {"another hall's", far, ra.CodeNotFound}, {"supervisor", b.Supervisor, ""}} {
		servicetest.WantCode(t, c.name, b.Board.Resend(t.Context(), c.who, m.ID), c.want, "")
	}
	for name, who := range map[string]ra.Staff{"administrator": b.Admin, "another hall's supervisor": far} {
		if got := b.failed(who); len(got) != 0 {
			t.Errorf("%s sees %d messages of the hall's cases", name, len(got))
		}
	}
	servicetest.WantCode(t, "another hall's retry", b.Board.Retry(t.Context(), far, "prune"), ra.CodeForbidden, "")
	servicetest.WantCode(t, "no such message", b.Board.Resend(t.Context(), b.Supervisor, servicetest.ID(t)), ra.CodeNotFound, "")
	servicetest.WantCode(t, "counter's retry", b.Board.Retry(t.Context(), b.Counter, "prune"), ra.CodeForbidden, "")
	servicetest.WantCode(t, "no such work", b.Board.Retry(t.Context(), b.Supervisor, "nothing"), ra.CodeNotFound, "")
}

// TestStaleMessagesStay: a code that has expired opens nothing, and withdrawn messages have no text.
func TestStaleMessagesStay(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	m := b.refused(400)[0]
	b.Clock.Advance(review.AuthCodeLifetime)
	servicetest.WantCode(t, "a dead code", b.Board.Resend(t.Context(), b.Supervisor, m.ID), ra.CodeMessageStale, "")
	b.sql(`UPDATE outbox SET order_id = NULL WHERE id = $1`, m.ID)
	servicetest.WantCode(t, "a dead code of a person's", b.Board.Resend(t.Context(), b.Supervisor, m.ID), ra.CodeMessageStale, "")
	servicetest.Must(t, b.Board.Retry(t.Context(), b.Supervisor, "send_message"))
	if got := b.failed(b.Supervisor); !slices.ContainsFunc(got, func(f book.FailedMessage) bool { return f.ID == m.ID && !f.Worth }) {
		t.Errorf("after all were sent again: %+v", got)
	}
	b.sql(`UPDATE outbox SET template = 'returned', body = NULL, state = 'withdrawn' WHERE id = $1`, m.ID)
	servicetest.WantCode(t, "withdrawn", b.Board.Resend(t.Context(), b.Supervisor, m.ID), ra.CodeMessageStale, "")
}

// TestLostMessagesFail: a message whose job River gave up by itself waits no more; one that is tried again does.
func TestLostMessagesFail(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	ids, err := b.Store.WaitingMessages(t.Context())
	servicetest.Must(t, err)
	if n, err := b.Board.FailLost(t.Context()); n != 0 || err != nil {
		t.Fatalf("%d lost before anything was: %v", n, err)
	}
	b.sql(`UPDATE river.river_job SET state = 'discarded', finalized_at = now(), attempt = 60,
		errors = ARRAY[jsonb_build_object('error', 'Stuck job rescued by JobRescuer')] WHERE args->>'message_id' = $1`, ids[0])
	if n, err := b.Board.FailLost(t.Context()); n != 1 || err != nil {
		t.Errorf("%d lost, %v, want 1", n, err)
	}
	failed := b.failed(b.Supervisor)
	if len(failed) != 1 || failed[0].ID != ids[0] {
		t.Errorf("shown as failed: %+v", failed)
	}
	if w := b.work("send_message"); w.Trouble != book.TroubleLost || w.GivenUp != 1 {
		t.Errorf("the work is %+v", w)
	}
	given, err := b.Board.GivenUp(t.Context())
	if err != nil || given["send_message"] != 1 {
		t.Errorf("the alarm counts %v, %v", given, err)
	}
}

// TestTasksAreTriedAgain: upkeep that was given up is put by once more, once.
func TestTasksAreTriedAgain(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	for range 2 {
		b.sql(`INSERT INTO river.river_job (kind, queue, args, state, max_attempts, attempt, finalized_at, attempted_at, errors)
			VALUES ('upkeep', 'upkeep', '{"task": "crl"}', 'discarded', 3, 3, now(), now(), ARRAY[jsonb_build_object('error', 'issuer_away')])`)
	}
	if w := b.work("crl"); w.GivenUp != 2 || w.Trouble != book.Trouble(ra.CodeIssuerAway) {
		t.Errorf("before it is %+v", w)
	}
	lines := b.Lines(t, "")
	for range 2 {
		servicetest.Must(t, b.Board.Retry(t.Context(), b.Admin, "crl"))
	}
	if w := b.work("crl"); w.GivenUp != 0 || w.Waiting != 1 || b.Lines(t, "")-lines != 1 {
		t.Errorf("after it is %+v, %d lines", w, b.Lines(t, "")-lines)
	}
	b.Sound(t)
}

// TestTheQueueKeepsNoWords: what a library says goes to the log; the queue keeps a code.
func TestTheQueueKeepsNoWords(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	for _, err := range []error{errors.New("13800138000: code 123456"), fmt.Errorf("m: %w", &notify.RefusedError{Status: 500}),
		ra.E(ra.CodeIssuerAway, "x", "13800138000"), context.DeadlineExceeded} {
		g := newGateway(slices.Repeat([]error{err}, 50)...)
		stop := start(t, b.Store, g, jobs.Task{Name: "crl", Every: time.Hour, Do: func(context.Context) (int, error) { return 0, nil }})
		wait(t, g.received, 1)
		stop()
		var kept string
		servicetest.Must(t, b.Store.Pool().QueryRow(t.Context(), `SELECT string_agg(errors::text, '') FROM river.river_job WHERE kind = 'send_message'`).Scan(&kept))
		if strings.Contains(kept, "138") || strings.Contains(kept, "123456") {
			t.Errorf("the queue keeps %s", kept)
		}
		b.sql(`UPDATE river.river_job SET state = 'available', attempt = 0, scheduled_at = now() WHERE kind = 'send_message'`)
	}
	if w := b.work("send_message"); w.Trouble != book.TroubleAway {
		t.Errorf("the newest trouble is %q, want %q", w.Trouble, book.TroubleAway)
	}
}
