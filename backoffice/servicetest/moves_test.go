package servicetest_test

import (
	"context"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/jobs"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
)

// TestEveryMoveIsReached takes orders, what they are made of and who places them through everything that the services do with them: a
// state or a move of the tables that nothing reaches fails.
func TestEveryMoveIsReached(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	h.WatchMoves(t)
	member, certificates := h.Holder(t, 3)
	order, code := h.Approved(t, member, 1)
	done, _, key := h.Made(t, member, order, code)
	own, err := h.Store.CertificateOfOperation(t.Context(), done.Unit.OperationID)
	servicetest.Must(t, err)
	h.Clock.Advance(h.CertificateEnd(t, certificates[0]).Sub(h.Clock.Now()) - 40*24*time.Hour)
	toAndFro(t, h, member)
	givenUp(t, h, member)
	onKeys(t, h, member, certificates)
	suspended(t, h, certificates[1])
	extended := written(t, h, member, key, own.ID)
	h.Passed(t, member, h.On(t, ra.KindReissue, ra.ReasonLost, extended))
	h.Passed(t, member, h.On(t, ra.KindReissue, ra.ReasonDamaged, certificates[1]))
	servicetest.Must(t, h.Suspend(t.Context(), h.Supervisor, certificates[2], "x"))
	ruledByTwo(t, h, certificates[2])
	servicetest.Must(t, h.Suspend(t.Context(), h.Supervisor, certificates[2], "x"))
	servicetest.Must(t, h.Revoke(t.Context(), h.Supervisor, certificates[2], ra.GroundCessation, "x"))
	expired(t, h)
	var states []string
	states = add(states, "order", ra.OrderStates())
	states = add(states, "payment", ra.PaymentStates())
	states = add(states, "materials", ra.MaterialsStates())
	states = add(states, "unit", ra.UnitStates())
	states = add(states, "term", ra.TermStates())
	states = add(states, "membership", ra.MembershipStates())
	states = add(states, "operation", ra.OperationStates())
	states = add(states, "ukey", ra.KeyLives())
	states = add(states, "custody", ra.Custodies())
	states = add(states, "certificate", ra.CertificateStates())
	states = add(states, "ruling", ra.RulingStates())
	h.WantMoves(t, []string{"order", "payment", "materials", "unit", "term", "membership", "operation", "ukey", "custody", "certificate", "ruling"}, states)
}

// ruledByTwo: a second person drops one ruling, and confirms another.
func ruledByTwo(t *testing.T, h *servicetest.Hall, certificate string) {
	t.Helper()
	h.WantSecond(t, ra.ActRestore)
	second := h.Hired(t, "second@hall.example", "钱主管", servicetest.Grants(ra.RoleSupervisor)...)
	r := book.Ruling{CertificateID: certificate, Act: ra.ActRestore, Ground: ra.GroundCleared, Note: "x"}
	for _, settle := range []func(context.Context, ra.Staff, string) error{h.DropRuling, h.ConfirmRuling} {
		r.ID = servicetest.ID(t)
		_, err := h.Rule(t.Context(), h.Supervisor, r)
		servicetest.Must(t, err)
		servicetest.Must(t, settle(t.Context(), second, r.ID))
	}
	h.WantSecond(t)
}

// expired: the time of certificates is over, of one in use, of one on hold, and of those that others took the place of.
func expired(t *testing.T, h *servicetest.Hall) {
	t.Helper()
	_, certificates := h.Holder(t, 2)
	servicetest.Must(t, h.Suspend(t.Context(), h.Supervisor, certificates[1], "x"))
	h.Clock.Advance(3 * 366 * 24 * time.Hour)
	upkeep := jobs.Expiry{Clerk: book.NewClerk(h.Clock.Now, nil), Messages: h.Outbox, Store: store.For(h.Store, func(tx *store.Tx) jobs.ExpiryTx { return tx })}
	_, err := upkeep.Expire(t.Context())
	servicetest.Must(t, err)
}

func add[S ~string](all []string, what string, states []S) []string {
	for _, s := range states {
		all = append(all, what+" "+string(s))
	}
	return all
}

// toAndFro: papers and slip are sent back and come again, a transfer is found without a slip.
func toAndFro(t *testing.T, h *servicetest.Hall, member ra.Membership) {
	t.Helper()
	ctx := t.Context()
	bad := []ra.Reason{{Kind: ra.ReasonUnreadable}}
	order := h.Submitted(t, member, 1)
	order, err := h.Judge(ctx, h.Supervisor, order.ID, ra.MaterialForm, ra.VerdictReturned, bad, order.Version)
	servicetest.Must(t, err)
	order, err = h.Return(ctx, h.Supervisor, order.ID, order.Version)
	servicetest.Must(t, err)
	order, err = h.RefusePayment(ctx, h.Supervisor, order.ID, bad, order.Version)
	servicetest.Must(t, err)
	h.Page(t, member, order.ID, ra.MaterialForm)
	order, err = h.Submit(ctx, member, order.ID)
	servicetest.Must(t, err)
	h.Paid(t, order)
}

// givenUp: orders end before anything is made, and after some of it is; keys that never came back.
func givenUp(t *testing.T, h *servicetest.Hall, member ra.Membership) {
	t.Helper()
	ctx := t.Context()
	no := []ra.Reason{{Kind: ra.ReasonExpired}}
	open := h.Placed(t, member, 1)
	_, err := h.Intake.Cancel(ctx, member, open.ID, open.Version)
	servicetest.Must(t, err)
	approved, _ := h.Approved(t, member, 1)
	_, err = h.CancelOrder(ctx, h.Supervisor, approved.ID, no, approved.Version)
	servicetest.Must(t, err)
	order, code := h.Approved(t, member, 1)
	key := servicetest.NewKey(t)
	release := h.Reserved(t, member, order, code, key)
	order = h.OrderOf(t, member, order.ID)
	_, err = h.CancelOrder(ctx, h.Supervisor, order.ID, no, order.Version)
	servicetest.WantCode(t, "with a key in somebody's hand", err, ra.CodeUnitTaken, "")
	servicetest.Must(t, h.ReleaseUnit(ctx, h.Supervisor, release.Operation.ID, "lost"))
	release = h.Reserved(t, member, order, code, servicetest.NewKey(t))
	h.Certified(t, release, servicetest.NewKey(t))
	servicetest.Must(t, h.ReleaseUnit(ctx, h.Supervisor, release.Operation.ID, "lost"))
	order = h.OrderOf(t, member, order.ID)
	order, err = h.CancelOrder(ctx, h.Supervisor, order.ID, no, order.Version)
	if err != nil || order.State != ra.OrderCancelled {
		t.Errorf("begun, and nothing done: %s, %v, want cancelled", order.State, err)
	}
	order, code = h.Approved(t, member, 2)
	done, _, _ := h.Made(t, member, order, code)
	order, err = h.CancelOrder(ctx, h.Supervisor, order.ID, no, done.Order.Version)
	if err != nil || order.State != ra.OrderDone {
		t.Errorf("one done, one given up: %s, %v, want done", order.State, err)
	}
}

// onKeys: what is in force with its approval, terms that are held and given back, and a verdict that a change makes worth nothing.
func onKeys(t *testing.T, h *servicetest.Hall, member ra.Membership, certificates []string) {
	t.Helper()
	h.Passed(t, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates...))
	h.Passed(t, member, h.On(t, ra.KindExtend, ra.ReasonNone, certificates[0]))
	h.Passed(t, member, h.On(t, ra.KindReissue, ra.ReasonLost, certificates[0]))
	accepted := h.Judged(t, h.Submitted(t, member, 1))
	accepted, err := h.Approve(t.Context(), h.Supervisor, accepted.ID, accepted.Version)
	servicetest.Must(t, err)
	h.Passed(t, member, h.Change(t, member, ra.ReasonLegal, func(a *ra.Applicant) { a.Legal.Name = "王五" }))
	h.Paid(t, accepted)
}

// suspended: a certificate is put on hold and restored, and put on hold again.
func suspended(t *testing.T, h *servicetest.Hall, certificate string) {
	t.Helper()
	ctx := t.Context()
	servicetest.Must(t, h.Suspend(ctx, h.Supervisor, certificate, "x"))
	servicetest.Must(t, h.Restore(ctx, h.Supervisor, certificate, "x"))
	servicetest.Must(t, h.Suspend(ctx, h.Supervisor, certificate, "x"))
}

// written: a key is unlocked, and extended by a term.
func written(t *testing.T, h *servicetest.Hall, member ra.Membership, key *servicetest.Key, certificate string) (extended string) {
	t.Helper()
	ctx := t.Context()
	unlock := h.Passed(t, member, h.On(t, ra.KindUnlock, ra.ReasonNone, certificate))
	_, err := h.DeliverMessages(ctx)
	servicetest.Must(t, err)
	code, err := h.Sender.Code(unlock.Number)
	servicetest.Must(t, err)
	r := servicetest.Reservation(t, unlock, code, key)
	r.CertificateID = certificate
	release, err := h.Reserve(ctx, h.Kiosk, member, r)
	servicetest.Must(t, err)
	proof := h.Proof(t, release, key)
	proof.PINOpens = true
	_, err = h.Confirm(ctx, h.Kiosk, release.Hold(), proof)
	servicetest.Must(t, err)

	h.Passed(t, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificate))
	extension := h.Passed(t, member, h.On(t, ra.KindExtend, ra.ReasonNone, certificate))
	r = servicetest.Reservation(t, extension, "", key)
	r.CertificateID, r.Attempt = certificate, ra.AdminAttempt{}
	release, err = h.Reserve(ctx, h.Kiosk, member, r)
	servicetest.Must(t, err)
	fresh := servicetest.NewKey(t)
	fresh.Identity = key.Identity
	issued, err := h.Certify(ctx, h.Kiosk, release.Hold(), fresh.Request(t, release.Subject), 0)
	servicetest.Must(t, err)
	fresh.Certificate = issued.Certificate
	challenge, err := h.Challenge(ctx, h.Kiosk, release.Hold())
	servicetest.Must(t, err)
	done, err := h.Confirm(ctx, h.Kiosk, release.Hold(), ra.Proof{OperationID: release.Operation.ID, Challenge: challenge,
		Signature: fresh.Sign(t, challenge), Certificate: fresh.Certificate, Inside: true})
	if err != nil || done.Order.State != ra.OrderDone {
		t.Errorf("the extension is %s, %v", done.Order.State, err)
	}
	h.Sound(t)
	return issued.CertificateID
}
