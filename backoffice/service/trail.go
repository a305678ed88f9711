package service

import (
	"context"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// actor is who does something, for the audit trail.
type actor struct {
	kind  string // "kiosk", "customer", "staff", "system"
	id    string
	kiosk string
}

func kioskActor(k ra.Kiosk) actor                  { return actor{"kiosk", k.ID, k.ID} }
func customerActor(m ra.Membership) actor          { return actor{"customer", m.ID, ""} }
func customerAt(k ra.Kiosk, m ra.Membership) actor { return actor{"customer", m.ID, k.ID} }
func staffActor(m ra.Staff) actor {
	if byCommand(m) {
		return actor{"system", m.ID, ""}
	}
	return actor{"staff", m.ID, ""}
}

func (s *Service) audit(ctx context.Context, tx Tx, who actor, action, orderID, subject string, facts ...string) error {
	row := book.AuditRow{
		At: s.time(), ActorKind: who.kind, ActorID: who.id, KioskID: who.kiosk,
		Action: action, OrderID: orderID, Subject: subject, Facts: map[string]string{},
	}
	for i := 0; i+1 < len(facts); i += 2 {
		row.Facts[facts[i]] = facts[i+1]
	}
	return tx.InsertAudit(ctx, row)
}

// save stores an order's states as the next version together with the line that tells of it.
func (s *Service) save(ctx context.Context, tx Tx, o *ra.Order, who actor, action, subject string, facts ...string) error {
	if err := tx.SaveOrder(ctx, o, s.time()); err != nil {
		return err
	}
	return s.audit(ctx, tx, who, action, o.ID, subject, facts...)
}
