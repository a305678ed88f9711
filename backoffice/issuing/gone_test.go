package issuing_test

import (
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// judged places a reissue of the holder's certificate, which only has to be approved.
func (h holder) judged(t *testing.T, reason ra.ServiceReason) ra.Order {
	t.Helper()
	order, err := h.Place(t.Context(), h.Kiosk, h.member, h.On(t, ra.KindReissue, reason, h.certificate))
	servicetest.Must(t, err)
	return h.Judged(t, h.Paid(t, h.HandIn(t, h.member, order)))
}

// TestKeyGoneWhileTheCASigns: what was signed for it is registered as revoked, and nobody gets it.
func TestKeyGoneWhileTheCASigns(t *testing.T) {
	t.Parallel()
	for reason, code := range map[ra.ServiceReason]ra.Code{ra.ReasonLost: ra.CodeKeyLost, ra.ReasonDamaged: ra.CodeKeyRetired} {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()
			h := holding(t)
			extend := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
			reissue := h.judged(t, reason)
			release := h.reserved(t, extend, ra.PlanExtend, "")
			request := servicetest.NewKey(t).Request(t, release.Subject)
			h.Issuer.Around(nil, func() error {
				_, err := h.Approve(t.Context(), h.Supervisor, reissue.ID, reissue.Version)
				return err
			})
			for _, when := range []string{"signed meanwhile", "asked again"} {
				issued, err := h.Certify(t.Context(), h.Kiosk, release.Hold(), request, 0)
				servicetest.WantCode(t, when, err, code, "")
				if issued.Certificate != nil {
					t.Errorf("%s: the certificate was handed out", when)
				}
			}
			h.Issuer.Around(nil, nil)
			serial := h.Issuer.Issued()[len(h.Issuer.Issued())-1].SerialNumber.Text(16)
			found, err := h.SearchCertificates(t.Context(), h.Supervisor, book.CertificateQuery{Text: serial})
			if err != nil || len(found) != 1 || found[0].State != ra.CertificateRevoked {
				t.Errorf("the register has %+v of it, %v, want it revoked", found, err)
			}
			h.Sound(t)
		})
	}
}

// TestNothingIsReleasedForAKeyThatIsGone: neither by the attempt nor by the same reservation again, and not while its certificate is
// suspended.
func TestNothingIsReleasedForAKeyThatIsGone(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		h := holding(t)
		order := h.Passed(t, h.member, h.On(t, ra.KindUnlock, ra.ReasonNone, h.certificate))
		_, err := h.DeliverMessages(t.Context())
		servicetest.Must(t, err)
		code, err := h.Sender.Code(order.Number)
		servicetest.Must(t, err)
		r := h.reservation(t, order, ra.PlanUnlock, code)
		release, err := h.Reserve(t.Context(), h.Kiosk, h.member, r)
		servicetest.Must(t, err)
		ask := func() error {
			if again {
				_, err := h.Reserve(t.Context(), h.Kiosk, h.member, r)
				return err
			}
			next := r.Attempt
			next.ID = servicetest.ID(t)
			_, err := h.Administrator(t.Context(), h.Kiosk, release.Hold(), next)
			return err
		}
		servicetest.Must(t, h.Suspend(t.Context(), h.Supervisor, h.certificate, "x"))
		lines := h.NewLines(t, order.ID)
		servicetest.WantCode(t, "suspended", ask(), ra.CodeCertificateSuspended, "certificate_id")
		if got := lines(); len(got) > 0 {
			t.Errorf("suspended: %q", got)
		}
		servicetest.Must(t, h.Restore(t.Context(), h.Supervisor, h.certificate, "x"))
		servicetest.Must(t, ask())
		reissue := h.judged(t, ra.ReasonLost)
		_, err = h.Approve(t.Context(), h.Supervisor, reissue.ID, reissue.Version)
		servicetest.Must(t, err)
		servicetest.WantCode(t, "lost", ask(), ra.CodeKeyLost, "")
		p, err := h.Store.Operation(t.Context(), release.Operation.ID)
		if err != nil || p.State != ra.OperationReleased || p.GivenBack != ra.CodeKeyLost {
			t.Errorf("lost: the operation is %s for %q, %v, want it given back", p.State, p.GivenBack, err)
		}
		h.Sound(t)
	}
}

// TestWriteToAKeyThatIsGoneIsNotBegunAgain: also where the plan releases no PIN.
func TestWriteToAKeyThatIsGoneIsNotBegunAgain(t *testing.T) {
	t.Parallel()
	h := holding(t)
	order := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	r := h.reservation(t, order, ra.PlanExtend, "")
	_, err := h.Reserve(t.Context(), h.Kiosk, h.member, r)
	servicetest.Must(t, err)
	reissue := h.judged(t, ra.ReasonDamaged)
	_, err = h.Approve(t.Context(), h.Supervisor, reissue.ID, reissue.Version)
	servicetest.Must(t, err)
	_, err = h.Reserve(t.Context(), h.Kiosk, h.member, r)
	servicetest.WantCode(t, "the same reservation again", err, ra.CodeKeyRetired, "")
	h.Sound(t)
}
