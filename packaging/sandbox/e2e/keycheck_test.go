package e2e

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/visit"
)

// oneKey plays a whole order up to a key that is made and plugged in, and leaves.
func (h *hall) oneKey(ctx context.Context, t *testing.T, want visit.Application) {
	t.Helper()
	must(t, h.customer.Register(ctx, want))
	must(t, h.customer.Order(ctx, want))
	must(t, h.customer.Scan(ctx, h))
	h.approve(t, 1)
	must(t, h.customer.Press(ctx, "action.make"))
	must(t, h.Hub.Plug(1))
	must(t, h.customer.Make(ctx, h.code(t), ownPIN))
	must(t, h.Hub.Pull(1))
	must(t, visit.Do(ctx, h.customer.Pressing("action.logout"), h.customer.Seeing("home.title")))
	must(t, h.Hub.Plug(1))
}

// TestCheckKey: a key is held against the register; among several keys the one is looked at that is touched, and its certificate, which is
// gone, written again.
func TestCheckKey(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), visitLimit)
	defer cancel()
	h, want := startHall(t), wish(1)
	c := h.customer
	h.oneKey(ctx, t, want)
	must(t, c.CheckKey(ctx, "good_alone"))
	must(t, c.CompareKey(ctx, want, "good"))
	must(t, h.Hub.Pull(1))
	must(t, visit.Do(ctx, c.Seeing("key.none"), c.NotOffered("action.change_pin", "action.repair_key"), c.GoingHome()))
	must(t, h.Agrees(ctx, 1))
	must(t, h.Hub.EraseCertificates(ctx, 1, ownPIN))
	h.choosesAmong(ctx, t, want)
	h.checkAudit(t)
}

// choosesAmong has a stranger's key plugged in beside the customer's.
func (h *hall) choosesAmong(ctx context.Context, t *testing.T, want visit.Application) {
	t.Helper()
	c := h.customer
	must(t, h.Hub.CertifyElsewhere(ctx, 2, house.FactoryCustomerPIN))
	must(t, h.Hub.Plug(1))
	must(t, h.Hub.Plug(2))
	must(t, visit.Do(ctx, c.Seeing("home.title"), c.Pressing("action.check_key"), c.BeingTold(ra.CodeKeyChoose)))
	serial := h.serial(ctx, t)
	must(t, c.PressNamed(ctx, c.Word("key.serial")+" "+serial))
	must(t, visit.Do(ctx, c.Seeing("find.uncertified")))
	must(t, c.CompareKey(ctx, want, "missing"))
	must(t, c.RepairKey(ctx, ownPIN))
	must(t, h.Hub.Pull(1))
	must(t, h.Hub.Pull(2))
	must(t, h.Agrees(ctx, 1))
}

// serial is that of the only key of a customer.
func (h *hall) serial(ctx context.Context, t *testing.T) (serial string) {
	t.Helper()
	db, err := pgx.Connect(ctx, h.DSN())
	must(t, err)
	defer db.Close(ctx)
	must(t, db.QueryRow(ctx, `SELECT serial FROM certificates`).Scan(&serial))
	return serial
}

// TestChangePIN: wrong, easy and printed PINs are told; a key that is pulled in the middle, and a kiosk that is killed around the change, lose
// nothing, and the new PIN opens the key.
func TestChangePIN(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), visitLimit)
	defer cancel()
	h, want := startHall(t), wish(1)
	c := h.customer
	h.oneKey(ctx, t, want)
	const second, third = "73915208", "60482917"
	toForm := func() {
		t.Helper()
		must(t, visit.Do(ctx, c.Seeing("home.title"), c.Pressing("action.check_key"), c.Pressing("action.change_pin"), c.Seeing("form.change_pin.title")))
	}
	toForm()
	serial := h.serial(ctx, t)
	for pin, code := range map[string]ra.Code{"123456": ra.CodePINTrivial, "888888": ra.CodePINTrivial, serial[:8]: ra.CodePINSerial, ownPIN: ra.CodePINSame, "12": ra.CodePINTooShort} {
		must(t, visit.Do(ctx, c.Filling("held_pin", ownPIN), c.Filling("pin", pin)))
		must(t, c.GoTo(ctx, "pin"))
		must(t, c.GoTo(ctx, "pin_again"))
		if code == ra.CodePINTooShort {
			must(t, c.Told(ctx, code, "min", "6"))
		} else {
			must(t, c.Told(ctx, code))
		}
	}
	must(t, c.ChangePIN(ctx, "000000", second))
	must(t, visit.Do(ctx, c.Seeing("error.pin_wrong.plain"), c.Seeing("pin_state.low")))
	must(t, h.Hub.Pull(1))
	must(t, visit.Do(ctx, c.BeingTold(ra.CodeKeyPulled)))
	must(t, h.Hub.Plug(1))
	must(t, visit.Do(ctx, c.NoLongerTold(ra.CodeKeyPulled)))
	must(t, c.ChangePIN(ctx, ownPIN, second))
	must(t, visit.Do(ctx, c.Seeing("notice.pin_changed.title"), c.Pressing("action.close"), c.GoingHome()))

	for point, holds := range map[string]string{"change_pin": second, "change_pin.done": third} {
		h.StopKiosk()
		h.Kiosk.Args = []string{"--kill-at", point}
		must(t, h.StartKiosk(ctx))
		h.Kiosk.Args = nil
		toForm()
		must(t, c.ChangePIN(ctx, second, third))
		h.waitKilled(t, ra.Step(point))
		must(t, h.StartKiosk(ctx))
		if holds == third { // back to where the next round begins
			toForm()
			must(t, c.ChangePIN(ctx, third, second))
			must(t, visit.Do(ctx, c.Seeing("notice.pin_changed.title"), c.Pressing("action.close"), c.GoingHome()))
		}
	}
	must(t, visit.Do(ctx, c.Seeing("home.title"), c.Pressing("action.orders"), c.Pressing("action.login_key"), c.Filling("key_pin", second),
		c.Pressing("action.login"), c.Seeing("work.title")))
	h.checkAudit(t)
}
