package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/write"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/maker"
)

// Wrong codes without a session pause a key and a kiosk after so many.
const (
	mostOfKey   = 5
	mostOfKiosk = 20
)

// codesAlone: whoever stands at the ticket's kiosk may guess at codes, five for a key and twenty in all; then right ones are turned
// away there too. The order does not notice.
func (s *strangers) codesAlone(ctx context.Context, t *testing.T) {
	s.others = s.begun(ctx, t)
	s.trail.news(t)
	guess, keys := s.guesses(), append([]ra.Write{s.write}, s.others...)
	for _, w := range keys[:mostOfKiosk/mostOfKey] {
		for range mostOfKey - 1 {
			s.refused(t, "a wrong code", s.guess(ctx, w, guess()), ra.CodeAuthCodeWrong, "code.wrong_alone")
		}
		s.refused(t, "the last wrong code of a key", s.guess(ctx, w, guess()), ra.CodeAuthCodePaused, "code.wrong_alone")
	}
	s.refused(t, "the right code for a key that nobody guessed at", s.guess(ctx, keys[mostOfKiosk/mostOfKey], s.order.Code),
		ra.CodeAuthCodePaused, "code.refuse auth_code_paused")
	s.refused(t, "the right code for the first key", s.guess(ctx, s.write, s.order.Code), ra.CodeAuthCodePaused, "code.refuse auth_code_paused")
	var wrong int
	must(t, s.trail.conn.QueryRow(ctx, `SELECT wrong FROM authorization_codes WHERE order_id = $1`, s.order.ID).Scan(&wrong))
	if wrong != 0 {
		t.Errorf("%d wrong codes count against the order, want none", wrong)
	}
	s.unharmed(ctx, t, ra.OperationIssued)
}

// guess tries a code with nothing but the kiosk's ticket.
func (s *strangers) guess(ctx context.Context, w ra.Write, code string) error {
	_, err := s.first.Resume(ctx, "", ra.Resumption{OperationID: w.ID, Ticket: w.Ticket, AuthCode: code})
	return err
}

// guesses returns another wrong code with each call.
func (s *strangers) guesses() func() string {
	n := 0
	return func() string {
		for n++; fmt.Sprintf("%08d", n) == s.order.Code; n++ {
		}
		return fmt.Sprintf("%08d", n)
	}
}

// begun has the customer reserve the order's other keys at the first kiosk.
func (s *strangers) begun(ctx context.Context, t *testing.T) (all []ra.Write) {
	t.Helper()
	for n := 2; n <= units; n++ {
		must(t, s.Hub.Plug(n))
	}
	parts, m := s.openMaker(ctx, t, s.Line(), "first")
	defer parts.Close()
	infos, err := parts.Keys.List(ctx)
	must(t, err)
	for _, info := range infos {
		key := ra.KeyIdentity(info.Identity())
		if key == s.write.Key {
			continue
		}
		job, err := m.Reserve(ctx, s.desk.Session, s.order.Code, ra.Write{ID: newID(), Plan: ra.PlanMake, OrderID: s.order.ID, OrderNumber: s.order.Number,
			ProjectID: s.order.ProjectID, Model: s.write.Model, Key: key})
		must(t, err)
		all = append(all, job.Write)
	}
	if len(all) != units-1 {
		t.Fatalf("%d other keys are reserved, want %d", len(all), units-1)
	}
	return all
}

// openMaker is a kiosk without a window, with a journal of its own.
func (s *strangers) openMaker(ctx context.Context, t *testing.T, line house.Line, name string) (*maker.Parts, *write.Executor) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	parts, err := maker.Open(ctx, maker.Of(s.House, line, filepath.Join(s.Dir, "maker", name)), log, nil)
	must(t, err)
	return parts, write.New(write.Config{Office: parts.Office, Journal: parts.Journal, Keys: parts.Keys, Log: log})
}
