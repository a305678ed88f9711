package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/ra"
)

// interruptedAgain: the customer goes on at the first kiosk, on the true key, and is interrupted when the proof that the key signed
// lies in the journal and was not sent yet.
func (s *strangers) interruptedAgain(ctx context.Context, t *testing.T) {
	s.Kiosk.Args = []string{"--kill-at", string(ra.StepConfirm)}
	must(t, s.StartKiosk(ctx))
	s.Kiosk.Args = nil
	must(t, s.customer.BeginResume(ctx, s.order.Code, ownPIN))
	s.waitKilled(t, ra.StepConfirm)
	s.write = s.onDisk(ctx, t)
	if s.write.Proof == nil {
		t.Fatal("no proof lies in the journal")
	}
	if got := s.trail.news(t); !slices.Contains(got, "certificate.issue") {
		t.Errorf("the trail says %q, want that the certificate was issued", got)
	}
	s.unharmed(ctx, t, ra.OperationIssued)
}

// takenOver: with a login and the code the customer goes on at another kiosk, whatever others tried before, and is told of it.
func (s *strangers) takenOver(ctx context.Context, t *testing.T) {
	var err error
	s.session, err = s.desk.LogInAt(ctx, s.line)
	must(t, err)
	s.trail.news(t)
	_, err = s.second.Resume(ctx, s.session, ra.Resumption{OperationID: s.write.ID})
	s.refused(t, "a login alone", err, ra.CodeRequired, "operation.refuse required")
	_, err = s.second.Resume(ctx, s.session, ra.Resumption{OperationID: s.write.ID, AuthCode: s.order.Code})
	if got, want := strings.Join(s.trail.news(t), ", "), "operation.take_over, operation.resume"; err != nil || got != want {
		t.Fatalf("login and code: %v, and the trail says %q, want %q", err, got, want)
	}
	s.told(t, "改在")
	s.unharmed(ctx, t, ra.OperationIssued)
}

// told waits for a text message about the order with these words.
func (s *strangers) told(t *testing.T, words string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		for _, m := range s.Messages.All() {
			if strings.Contains(m.Text, s.order.Number) && strings.Contains(m.Text, words) {
				return
			}
		}
	}
	t.Errorf("no text message tells %q of %s", words, s.order.Number)
}

// deadTicket: the proof in the first kiosk's journal is good, and comes too late. The kiosk is turned away with it, whoever sends
// it, and forgets the write; the kiosk that has the ticket now proves the key.
func (s *strangers) deadTicket(ctx context.Context, t *testing.T) {
	_, err := s.first.Confirm(ctx, s.ticket(), *s.write.Proof)
	s.refused(t, "a good proof", err, ra.CodeTicketDead, "ticket.refuse ticket_dead")
	s.forgets(ctx, t)
	s.unharmed(ctx, t, ra.OperationIssued)
	s.finish(ctx, t, s.write)
	s.unharmed(ctx, t, ra.OperationDone)
}

// forgets starts the first kiosk until it has dropped the write that another one has: it may be stopped just before it does.
func (s *strangers) forgets(ctx context.Context, t *testing.T) {
	t.Helper()
	for range 5 {
		must(t, s.StartKiosk(ctx))
		s.waitRefused(t)
		s.StopKiosk()
		if len(s.openWrites(ctx, t)) == 0 {
			return
		}
	}
	t.Error("the kiosk keeps a write that another one has")
}

// waitRefused waits until the kiosk was turned away twice: with its proof, and when it asked whether the write is still its own.
func (s *strangers) waitRefused(t *testing.T) {
	t.Helper()
	var all []string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if all = append(all, s.trail.news(t)...); len(all) >= 2 {
			break
		}
	}
	if got, want := strings.Join(all, ", "), "ticket.refuse ticket_dead, ticket.refuse ticket_dead"; got != want {
		t.Fatalf("the trail says %q of the kiosk that was started again, want %q", got, want)
	}
}

// finish lets the customer make the key at the second kiosk: by login and code.
func (s *strangers) finish(ctx context.Context, t *testing.T, w ra.Write) {
	t.Helper()
	parts, m := s.openMaker(ctx, t, s.line, "second")
	defer parts.Close()
	status, err := s.second.KeyStatus(ctx, s.session, w.Key)
	must(t, err)
	if status.Operation == nil || status.Operation.ID != w.ID {
		t.Fatalf("the customer learns %+v of the key, want the write that waits", status)
	}
	job, err := m.Adopt(ctx, s.session, s.order.Code, *status.Operation)
	must(t, err)
	_, err = m.Run(ctx, job, []byte(ownPIN), nil)
	must(t, err)
	if got := s.trail.news(t); !slices.Contains(got, "unit.done") {
		t.Errorf("the trail says %q, want that the key was proven", got)
	}
}

// finished: the customer makes the other keys at the second kiosk too, which ends the order.
func (s *strangers) finished(ctx context.Context, t *testing.T) {
	for _, w := range s.others {
		s.finish(ctx, t, w)
	}
	o, err := s.second.Order(ctx, s.session, s.order.ID)
	must(t, err)
	if o.State != ra.OrderDone || o.Remaining() != 0 {
		t.Errorf("the order is %s and %d keys remain, want it done", o.State, o.Remaining())
	}
	s.waitDone(ctx, t, units)
	s.checkKeys(t, units)
	s.checkAudit(t)
}
