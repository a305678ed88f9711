package issuing_test

import (
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

func TestFullLifeOfAnOrder(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	session, err := h.LogIn(ctx, h.Kiosk, account.Login, servicetest.Password)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := h.Session(ctx, h.Kiosk, session.Token); err != nil || again.Membership.ID != account.ID {
		t.Fatalf("Session = %v, %v", again.Membership.ID, err)
	}
	order, code := h.Approved(t, account, 2)
	if order.State != ra.OrderApproved || order.Materials != ra.MaterialsAccepted || order.Payment != ra.PaymentPaid || order.AmountFen != 40000 {
		t.Fatalf("approved order is %s, %s, %s, %d fen", order.State, order.Materials, order.Payment, order.AmountFen)
	}

	first, release, _ := h.Made(t, account, order, code)
	if first.Order.State != ra.OrderInProgress || first.Remaining != 1 || first.Unit.State != ra.UnitDone {
		t.Errorf("after the first key: %s, %d remaining, unit %s", first.Order.State, first.Remaining, first.Unit.State)
	}
	if o := release.Opening; o.Set.Version != 1 || len(o.Set.Value) != 8 || o.Try == nil || o.Try.Version != 0 || string(o.Try.Value) != "12345678" || o.Customer != nil {
		t.Errorf("released version %d to set, %v to try", o.Set.Version, o.Try)
	}
	last, _, _ := h.Made(t, account, order, code)
	if last.Order.State != ra.OrderDone || last.Remaining != 0 {
		t.Errorf("after the last key: %s, %d remaining", last.Order.State, last.Remaining)
	}
	if _, err := h.Reserve(ctx, h.Kiosk, account, servicetest.ReservationFor(t, order, code, "third")); ra.CodeOf(err) != ra.CodeState {
		t.Errorf("a third key: %v, want CodeState", err)
	}
	c, err := h.Case(ctx, h.Supervisor, order.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Certificates) != 2 || len(c.Proofs) != 2 || len(c.Operations) != 2 || len(c.Messages) != 2 || c.Reference == "" {
		t.Errorf("case with %d certificates, %d proofs, %d operations, %d messages, reference %q", len(c.Certificates), len(c.Proofs), len(c.Operations), len(c.Messages), c.Reference)
	}
	h.Sound(t)
}
