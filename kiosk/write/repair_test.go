package write

import (
	"errors"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// TestRepairWritesAMissingCertificate: under the id of the pair that is there, with the chain.
func TestRepairWritesAMissingCertificate(t *testing.T) {
	t.Parallel()
	b := setupFor(t, repairing, 1)
	own(t, b, ukey.Customer, string(firstPIN), func(k ukey.Token) error {
		return errors.Join(k.Delete(t.Context(), ukey.KindCertificate, foreignID), k.Delete(t.Context(), ukey.KindCertificate, []byte("issuer")))
	})
	made, err := b.attempt(t.Context(), b.executor(nil))
	must(t, err)
	if made.Completion.Unit.ID != "" || b.office.Units[0].State != ra.UnitWaiting {
		t.Errorf("a repair took a unit: %+v", made.Completion)
	}
	own(t, b, ukey.Customer, string(firstPIN), func(k ukey.Token) error {
		objects, err := k.Objects(t.Context())
		if len(objects) != 4 || objects[0].Kind != ukey.KindCertificate || objects[1].Kind != ukey.KindCertificate {
			t.Errorf("on the key: %v, want the pair, its certificate and the issuer's", objects)
		}
		return errors.Join(err, signs(t.Context(), k, b.old.DER, foreignID))
	})
	must(t, b.office.Audit())
}

// TestRepairConfirmsWhatWasNeverConfirmed: the kiosk that wrote is gone with its journal. The certificate becomes active, the unit
// done, and the certificate before it gives way only now.
func TestRepairConfirmsWhatWasNeverConfirmed(t *testing.T) {
	t.Parallel()
	for _, x := range []trial{making, extending} {
		t.Run(string(x.plan), func(t *testing.T) {
			t.Parallel()
			b := setupFor(t, x, 1)
			_, err := b.attempt(t.Context(), b.executor(func(point string) error {
				if point == string(ra.StepProve) {
					return errStruck
				}
				return nil
			}))
			if !errors.Is(err, errStruck) {
				t.Fatalf("got %v", err)
			}
			must(t, b.journal.DropWrite(t.Context(), b.write.ID))
			unproven := b.office.Register[len(b.office.Register)-1]
			if b.old != nil && b.old.State != ra.CertificateActive {
				t.Errorf("the old certificate is %s before the new one is proven", b.old.State)
			}
			first, old := *b, b.old
			b.trial, b.old = repairing, unproven
			b.order(b.write.Key)
			b.pin = first.pin
			succeeds(t)(b.attempt(t.Context(), b.executor(nil)))
			if unproven.State != ra.CertificateActive || b.office.Units[0].State != ra.UnitDone || b.office.Issued != 1 {
				t.Errorf("certificate %s, unit %s, %d issued", unproven.State, b.office.Units[0].State, b.office.Issued)
			}
			if old != nil && old.State != ra.CertificateSuperseded {
				t.Errorf("the old certificate is %s", old.State)
			}
			must(t, b.office.Audit())
		})
	}
}

// TestReservationWithoutAnAnswerIsAskedForAgain: where no code opens the work the kiosk that lost the answer gets it with a login alone.
func TestReservationWithoutAnAnswerIsAskedForAgain(t *testing.T) {
	t.Parallel()
	for _, x := range []trial{repairing, rotating, extending} {
		t.Run(string(x.plan), func(t *testing.T) {
			t.Parallel()
			b := setupFor(t, x, 1)
			b.office.StrikeAt("Reserve", 1, true, ra.E(ra.CodeOfficeAway))
			if _, err := b.attempt(t.Context(), b.executor(nil)); ra.CodeOf(err) != ra.CodeOfficeAway {
				t.Fatalf("got %v, want office_away", err)
			}
			m := b.executor(nil)
			job, err := m.Adopt(t.Context(), "session", "", b.office.Operations[b.write.ID].Op)
			must(t, err)
			succeeds(t)(m.Run(t.Context(), job, b.pin, nil))
			b.check(t)
		})
	}
}
