package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/desk"
)

// blockedKiosk: an administrator blocks the first kiosk, whose disk and client certificate somebody has. Nothing is answered any more,
// and what it held stays dead when it is let in again.
func (s *strangers) blockedKiosk(ctx context.Context, t *testing.T) {
	held := ra.Hold{OperationID: s.others[0].ID, Ticket: s.others[0].Ticket}
	if _, err := s.first.Operation(ctx, held); err != nil {
		t.Fatalf("before the block: %v", err)
	}
	_, err := s.Office(ctx, "kiosk", "block", "XH03", "--reason", "stolen")
	must(t, err)
	line := "kiosk.refuse kiosk_blocked" // once for each block
	for _, c := range append(s.withHold(t), s.withoutHold(t)...) {
		s.refused(t, c.name+" at the blocked kiosk", c.do(ctx, s.first, held), ra.CodeKioskBlocked, line)
		line = ""
	}
	s.checkAudit(t)
	_, err = s.Office(ctx, "kiosk", "unblock", "XH03")
	must(t, err)
	for _, c := range s.withHold(t) {
		s.refused(t, c.name+" after the block", c.do(ctx, s.first, held), ra.CodeTicketDead, "ticket.refuse ticket_dead")
	}
	_, err = s.first.Order(ctx, s.desk.Session, s.order.ID)
	s.refused(t, "the session from before the block", err, ra.CodeSessionOver, "")
	s.checkAudit(t)
}

// withoutHold is everything else that a kiosk asks for, with the customer's own session and the right code.
func (s *strangers) withoutHold(t *testing.T) []call {
	t.Helper()
	session, login := s.desk.Session, s.desk.Member.Login
	request := s.forged.request(t, nil)
	return []call{
		{"who it is", func(ctx context.Context, c *api.Client, _ ra.Hold) error { _, err := c.Kiosk(ctx); return err }},
		{"a new client certificate", func(ctx context.Context, c *api.Client, _ ra.Hold) error { _, err := c.Renew(ctx, request); return err }},
		{"the catalogue", func(ctx context.Context, c *api.Client, _ ra.Hold) error { _, err := c.Projects(ctx); return err }},
		{"a login", func(ctx context.Context, c *api.Client, _ ra.Hold) error {
			_, err := c.LogIn(ctx, login, desk.Password)
			return err
		}},
		{"the session", func(ctx context.Context, c *api.Client, _ ra.Hold) error {
			_, err := c.Session(ctx, session)
			return err
		}},
		{"the orders", func(ctx context.Context, c *api.Client, _ ra.Hold) error {
			_, err := c.Orders(ctx, session)
			return err
		}},
		{"changes", func(ctx context.Context, c *api.Client, _ ra.Hold) error {
			_, _, err := c.Changes(ctx, "", 0)
			return err
		}},
		{"the key", func(ctx context.Context, c *api.Client, _ ra.Hold) error {
			_, err := c.KeyStatus(ctx, session, s.others[0].Key)
			return err
		}},
		{"a scan", func(ctx context.Context, c *api.Client, _ ra.Hold) error {
			scan := []byte("a scan")
			sum := sha256.Sum256(scan)
			page := ra.Page{ID: newID(), SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(scan))}
			_, err := c.UploadPage(ctx, session, s.order.ID, ra.MaterialForm, page, scan)
			return err
		}},
		{"a reservation", func(ctx context.Context, c *api.Client, _ ra.Hold) error {
			_, err := c.Reserve(ctx, session, s.reservation(newID()))
			return err
		}},
		{"going on", func(ctx context.Context, c *api.Client, h ra.Hold) error {
			_, err := c.Resume(ctx, session, ra.Resumption{OperationID: h.OperationID, Ticket: h.Ticket, AuthCode: s.order.Code})
			return err
		}},
	}
}
