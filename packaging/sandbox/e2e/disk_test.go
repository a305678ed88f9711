package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"keyhall/backoffice/ra"
)

// onDisk reads the one write that the first kiosk's journal keeps open, while the kiosk is stopped.
func (s *strangers) onDisk(ctx context.Context, t *testing.T) ra.Write {
	t.Helper()
	all := s.openWrites(ctx, t)
	if len(all) != 1 {
		t.Fatalf("%d writes lie open in the journal, want 1", len(all))
	}
	return all[0]
}

func (s *strangers) openWrites(ctx context.Context, t *testing.T) []ra.Write {
	t.Helper()
	j, err := s.Journal(ctx)
	must(t, err)
	defer j.Close()
	all, err := j.OpenWrites(ctx)
	must(t, err)
	return all
}

// stolenDisk: what lies on the disk of the first kiosk names no person, and certifies nothing.
func (s *strangers) stolenDisk(ctx context.Context, t *testing.T) {
	text, err := json.Marshal(s.write)
	must(t, err)
	for what, secret := range map[string]string{"authorization code": s.order.Code, "customer's PIN": ownPIN, "session": s.desk.Session} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the %s lies on the disk", what)
		}
	}
	operation, err := s.first.Operation(ctx, s.ticket())
	if err != nil || operation.State != ra.OperationReserved || operation.Key != s.write.Key {
		t.Errorf("the ticket tells %+v, %v, want how far the write is", operation, err)
	}
	request := s.forged.request(t, s.subject)
	for _, presence := range []string{"", strings.Repeat("A", 43), s.write.Ticket, s.desk.Session} {
		hold := s.ticket()
		hold.Presence = presence
		_, err := s.first.Certify(ctx, hold, request, 1)
		s.refused(t, "a first certificate", err, ra.CodePresenceOver, "ticket.refuse presence_over")
		_, err = s.first.Administrator(ctx, hold, s.attempt())
		s.refused(t, "an administrator PIN", err, ra.CodePresenceOver, "ticket.refuse presence_over")
	}
	s.unharmed(ctx, t, ra.OperationReserved)
}
