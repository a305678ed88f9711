package issuing_test

import (
	"testing"
	"time"

	"keyhall/backoffice/issuing"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// TestKeyDoesItsWork: in its own session a key gets its approved extension, whoever of the organisation ordered it, also past its end, and
// while that one may not work themselves; the session lives on with the certificate that took the place of its own.
func TestKeyDoesItsWork(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	colleague := h.Registered(t)
	h.Approved(t, colleague, 1)
	order := h.Passed(t, h.MemberAgain(t, colleague), h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	h.Clock.Advance(h.CertificateEnd(t, h.certificate).Sub(h.Clock.Now()) + 24*time.Hour)
	token := h.KeySession(t, h.Kiosk, h.key)
	caller, err := h.Session(ctx, h.Kiosk, token)
	servicetest.Must(t, err)
	acting := caller.Membership
	release, err := h.Reserve(ctx, h.Kiosk, acting, h.reservation(t, order, ra.PlanExtend, ""))
	servicetest.Must(t, err)
	record, err := h.Store.Operation(ctx, release.Operation.ID)
	if err != nil || record.MembershipID != colleague.ID {
		t.Errorf("the operation is of %s, %v, want who ordered it", record.MembershipID, err)
	}
	if status, err := h.KeyStatus(ctx, h.Kiosk, acting, h.key.Identity); err != nil || status.Operation == nil || status.Operation.ID != record.ID {
		t.Errorf("the key is told of %v, %v", status.Operation, err)
	}
	resumed, err := h.Resume(ctx, h.Kiosk, acting, ra.Resumption{OperationID: record.ID, Ticket: release.Ticket})
	servicetest.Must(t, err)
	fresh := servicetest.NewKey(t)
	fresh.Identity = h.key.Identity
	issued, err := h.Certify(ctx, h.Kiosk, resumed.Hold(), fresh.Request(t, release.Subject), 0)
	servicetest.Must(t, err)
	fresh.Certificate = issued.Certificate
	h.confirmed(t, resumed, h.proof(t, release, fresh))
	h.wants(t, "the old one", h.certificate, ra.CertificateSuperseded, 0)
	after, err := h.Session(ctx, h.Kiosk, token)
	if err != nil || after.Membership.Key.CertificateID != issued.CertificateID || after.Membership.Key.Late {
		t.Errorf("afterwards the session is of %+v, %v, want the new certificate", after.Membership.Key, err)
	}
	h.KeySession(t, h.Kiosk, fresh)
	_, err = h.KeyChallenge(ctx, h.Kiosk, caller, h.key.Asked(ra.KeyPurposeLogin))
	servicetest.WantCode(t, "the old certificate", err, ra.CodeKeyRevoked, "")
	h.Sound(t)
}

// TestKeyDoesNoOtherWork: neither another key's, nor what is ordered for several keys but for itself, nor what a code opens.
func TestKeyDoesNoOtherWork(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	h.Project.Window.BeforeDays = 5000
	h.PutProject(t, 0, h.Project)
	order, code := h.Approved(t, h.member, 2)
	done, _, other := h.Made(t, h.member, order, code)
	acting := h.ActingKey(t, h.Kiosk, h.key)
	blank := servicetest.Reservation(t, order, code, servicetest.NewKey(t))
	said := h.NewLines(t, order.ID)
	_, err := h.Reserve(ctx, h.Kiosk, acting, blank)
	servicetest.WantRefused(t, "a new key", err, ra.CodeKeyWrong, said(), "operation.refuse key_wrong")
	blank.Key = h.key.Identity
	_, err = h.Reserve(ctx, h.Kiosk, acting, blank)
	servicetest.WantRefused(t, "an order that is not on the key", err, ra.CodeNotFound, said(), "operation.refuse not_found")

	both := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate, done.Unit.CertificateID))
	r := h.reservation(t, both, ra.PlanExtend, "")
	r.CertificateID = done.Unit.CertificateID
	_, err = h.Reserve(ctx, h.Kiosk, acting, r)
	servicetest.WantCode(t, "another certificate on the key", err, ra.CodeKeyWrong, "")
	r.Key = other.Identity
	theirs, err := h.Reserve(ctx, h.Kiosk, h.member, r)
	servicetest.Must(t, err)
	if status, err := h.KeyStatus(ctx, h.Kiosk, acting, other.Identity); err != nil || status.Operation != nil {
		t.Errorf("it is told of another key's %v, %v", status.Operation, err)
	}
	_, err = h.Resume(ctx, h.Kiosk, acting, ra.Resumption{OperationID: theirs.Operation.ID, Ticket: theirs.Ticket})
	servicetest.WantCode(t, "another key's work", err, ra.CodeNotFound, "")
	_, err = h.Takeover(ctx, h.Other, acting, theirs.Operation.ID)
	servicetest.WantCode(t, "taking another key's work over", err, ra.CodeNotFound, "")
	if _, err := h.Reserve(ctx, h.Kiosk, acting, h.reservation(t, both, ra.PlanExtend, "")); err != nil {
		t.Errorf("its own part of the order: %v", err)
	}

	unlock := h.Passed(t, h.member, h.On(t, ra.KindUnlock, ra.ReasonNone, h.certificate))
	_, err = h.Reserve(ctx, h.Kiosk, acting, h.reservation(t, unlock, ra.PlanUnlock, h.code(t, unlock)))
	servicetest.WantCode(t, "what a code opens", err, ra.CodeKeySession, "")
	h.Sound(t)
}

// TestKeyWorksAfterAReset: whoever set a forgotten password anew does no work for a day; the key, which shows that it is there, does.
func TestKeyWorksAfterAReset(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	order := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	servicetest.Must(t, h.ForgotPassword(ctx, h.Kiosk, h.member.Login))
	_, err := h.DeliverMessages(ctx)
	servicetest.Must(t, err)
	sent := h.Sender.Sent()
	servicetest.Must(t, h.RecoverPassword(ctx, h.Kiosk, h.member.Login, sent[len(sent)-1].Parameters["code"], "Weihai2027a"))
	_, err = h.Reserve(ctx, h.Kiosk, h.member, h.reservation(t, order, ra.PlanExtend, ""))
	servicetest.WantCode(t, "the login", err, ra.CodePasswordFresh, "")
	acting := h.ActingKey(t, h.Kiosk, h.key)
	if _, err := h.Reserve(ctx, h.Kiosk, acting, h.reservation(t, order, ra.PlanExtend, "")); err != nil {
		t.Errorf("the key within %s: %v", issuing.FreshPassword, err)
	}
	h.Sound(t)
}
