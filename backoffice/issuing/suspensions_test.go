package issuing_test

import (
	"crypto/x509"
	"fmt"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// status is what OCSP and the revocation list say of the holder's certificate: "good", or the reason twice.
func (h holder) status(t *testing.T) string {
	t.Helper()
	ca, err := x509.ParseCertificate(h.CA())
	servicetest.Must(t, err)
	own, err := h.Store.CertificateByID(t.Context(), h.certificate)
	servicetest.Must(t, err)
	x, err := x509.ParseCertificate(own.DER)
	servicetest.Must(t, err)
	request, err := ocsp.CreateRequest(x, ca, nil)
	servicetest.Must(t, err)
	told, err := h.OCSP(t.Context(), request)
	servicetest.Must(t, err)
	answer, err := ocsp.ParseResponse(told.DER, ca)
	servicetest.Must(t, err)
	made, err := h.CRL(t.Context(), "")
	servicetest.Must(t, err)
	list, err := x509.ParseRevocationList(made.DER)
	servicetest.Must(t, err)
	said := "good"
	if answer.Status == ocsp.Revoked {
		said = fmt.Sprint(answer.RevocationReason)
	}
	for _, e := range list.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(x.SerialNumber) == 0 {
			said += fmt.Sprintf(" %d", e.ReasonCode)
		}
	}
	return said
}

func (h holder) wantStatus(t *testing.T, when, want string) {
	t.Helper()
	if got := h.status(t); got != want {
		t.Errorf("%s: OCSP and list say %q, want %q", when, got, want)
	}
}

// state is the holder's certificate's.
func (h holder) state(t *testing.T, id string) ra.CertificateState {
	t.Helper()
	c, err := h.Store.CertificateByID(t.Context(), id)
	servicetest.Must(t, err)
	return c.State
}

// number is that of the order that the holder's certificate came from.
func (h holder) number(t *testing.T) string {
	t.Helper()
	c, err := h.Store.CertificateByID(t.Context(), h.certificate)
	servicetest.Must(t, err)
	return h.OrderOf(t, h.member, c.OrderID).Number
}

// TestSuspendedUntilRestored: a hold shows at once and is simply gone with the restoration; each is told once, however often it is sent.
func TestSuspendedUntilRestored(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	h.wantStatus(t, "before", "good")
	for range 2 {
		servicetest.Must(t, h.Suspend(ctx, h.Supervisor, h.certificate, "a query of the police"))
	}
	h.wantStatus(t, "suspended", "6 6")
	h.Sound(t)
	h.Clock.Advance(time.Second)
	for range 2 {
		servicetest.Must(t, h.Restore(ctx, h.Supervisor, h.certificate, "answered"))
	}
	h.wantStatus(t, "restored", "good")
	if got := h.state(t, h.certificate); got != ra.CertificateActive {
		t.Errorf("it is %s, want active", got)
	}
	h.Texted(t, h.number(t), "暂停使用")
	h.Texted(t, h.number(t), "恢复使用")
	h.Sound(t)
}

// TestRevokedForGood: nothing brings it back, and what was ordered for it ends with what is in somebody's hand.
func TestRevokedForGood(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	order := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	release := h.reserved(t, order, ra.PlanExtend, "")
	servicetest.Must(t, h.Suspend(ctx, h.Supervisor, h.certificate, "x"))
	for range 2 {
		servicetest.Must(t, h.Revoke(ctx, h.Supervisor, h.certificate, ra.GroundPrivilegeWithdrawn, "closed"))
	}
	h.wantStatus(t, "revoked", "9 9")
	servicetest.WantCode(t, "restored", h.Restore(ctx, h.Supervisor, h.certificate, "x"), ra.CodeState, "")
	if got := h.OrderOf(t, h.member, order.ID); got.State != ra.OrderCancelled || got.Units[0].State != ra.UnitReleased {
		t.Errorf("the order is %s, its unit %s, want cancelled and released", got.State, got.Units[0].State)
	}
	if op, err := h.Operation(ctx, h.Kiosk, release.Hold()); err != nil || op.State != ra.OperationReleased {
		t.Errorf("the operation is %s, %v, want released", op.State, err)
	}
	h.Texted(t, h.number(t), "已吊销")
	h.Texted(t, order.Number, "已吊销")
	h.Sound(t)
}

// TestOrdersWaitForASuspendedCertificate: nothing is begun and nothing bound on it until it is restored; what was written meanwhile is
// suspended with it.
func TestOrdersWaitForASuspendedCertificate(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	order := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	servicetest.Must(t, h.Suspend(ctx, h.Supervisor, h.certificate, "x"))
	_, err := h.Reserve(ctx, h.Kiosk, h.member, h.reservation(t, order, ra.PlanExtend, ""))
	servicetest.WantCode(t, "reserved", err, ra.CodeCertificateSuspended, "certificate_id")
	_, err = h.Reserve(ctx, h.Kiosk, h.member, h.reservation(t, ra.Order{}, ra.PlanRotate, ""))
	servicetest.WantCode(t, "without an order", err, ra.CodeCertificateSuspended, "certificate_id")
	if got := h.OrderOf(t, h.member, order.ID); got.State != ra.OrderApproved || got.Units[0].State != ra.UnitWaiting {
		t.Errorf("the order is %s, its unit %s, want approved and waiting", got.State, got.Units[0].State)
	}
	servicetest.Must(t, h.Restore(ctx, h.Supervisor, h.certificate, "x"))
	release := h.reserved(t, order, ra.PlanExtend, "")
	servicetest.Must(t, h.Suspend(ctx, h.Supervisor, h.certificate, "x"))
	fresh := servicetest.NewKey(t)
	fresh.Identity = h.key.Identity
	request := fresh.Request(t, release.Subject)
	_, err = h.Certify(ctx, h.Kiosk, release.Hold(), request, 0)
	servicetest.WantCode(t, "certified", err, ra.CodeCertificateSuspended, "")
	servicetest.Must(t, h.Restore(ctx, h.Supervisor, h.certificate, "x"))
	issued, err := h.Certify(ctx, h.Kiosk, release.Hold(), request, 0)
	servicetest.Must(t, err)
	servicetest.Must(t, h.Suspend(ctx, h.Supervisor, h.certificate, "x"))
	fresh.Certificate = issued.Certificate
	h.confirmed(t, release, h.proof(t, release, fresh))
	h.wants(t, "the old one", h.certificate, ra.CertificateSuperseded, 0)
	h.wantStatus(t, "the old one", "6 6")
	h.certificate = issued.CertificateID
	h.wants(t, "the new one", h.certificate, ra.CertificateSuspended, 0)
	h.wantStatus(t, "the new one", "6 6")
	servicetest.Must(t, h.Restore(ctx, h.Supervisor, h.certificate, "x"))
	h.wantStatus(t, "the new one restored", "good")
	h.Sound(t)
}

// TestReissueOfASuspendedCertificate: another key may be ordered, nothing else; the old certificate stays on hold when it is superseded,
// and its revocation leaves the order alone.
func TestReissueOfASuspendedCertificate(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	servicetest.Must(t, h.Suspend(ctx, h.Supervisor, h.certificate, "x"))
	for _, kind := range []ra.Kind{ra.KindRenew, ra.KindExtend, ra.KindUnlock} {
		_, err := h.Place(ctx, h.Kiosk, h.member, h.On(t, kind, ra.ReasonNone, h.certificate))
		servicetest.WantCode(t, string(kind), err, ra.CodeCertificateSuspended, "targets")
	}
	order := h.Passed(t, h.member, h.On(t, ra.KindReissue, ra.ReasonDamaged, h.certificate))
	h.wants(t, "reissued", h.certificate, ra.CertificateSuperseded, 0)
	h.wantStatus(t, "reissued", "6 6")
	servicetest.WantCode(t, "suspended", h.Suspend(ctx, h.Supervisor, h.certificate, "x"), "", "")
	servicetest.Must(t, h.Revoke(ctx, h.Supervisor, h.certificate, ra.GroundKeyCompromise, "x"))
	if got := h.OrderOf(t, h.member, order.ID); got.State != ra.OrderApproved {
		t.Errorf("the reissue is %s, want approved", got.State)
	}
	h.Sound(t)
}

// TestWhoEndsCertificates: a supervisor of the project and hall, for a reason, and nobody for their own.
func TestWhoEndsCertificates(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	own := h.Hired(t, h.member.Login, "李四", servicetest.Grants(ra.RoleSupervisor)...)
	elsewhere := h.Hired(t, "sun@hall.example", "孙主管", ra.Grant{Role: ra.RoleSupervisor, HallID: servicetest.HallID, ProjectID: servicetest.ProjectID})
	servicetest.Must(t, h.WithdrawGrant(ctx, h.Admin, elsewhere.Grants[0].ID))
	acts := map[string]func(who ra.Staff, note string) error{
		"suspend": func(who ra.Staff, note string) error { return h.Suspend(ctx, who, h.certificate, note) },
		"restore": func(who ra.Staff, note string) error { return h.Restore(ctx, who, h.certificate, note) },
		"revoke": func(who ra.Staff, note string) error {
			return h.Revoke(ctx, who, h.certificate, ra.GroundCessation, note)
		},
	}
	for name, act := range acts {
		servicetest.WantCode(t, name+" at the counter", act(h.Counter, "x"), ra.CodeForbidden, "")
		servicetest.WantCode(t, name+" of their own", act(own, "x"), ra.CodeSelfReview, "")
		servicetest.WantCode(t, name+" without a grant", act(elsewhere, "x"), ra.CodeNotFound, "")
		servicetest.WantCode(t, name+" without a reason", act(h.Supervisor, " "), ra.CodeReasonMissing, "note")
	}
	servicetest.WantCode(t, "for a hold", h.Revoke(ctx, h.Supervisor, h.certificate, ra.GroundHolder, "x"), ra.CodeInvalid, "reason")
	h.wants(t, "after all that", h.certificate, ra.CertificateActive, 0)
}
