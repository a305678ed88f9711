package workflow

import (
	"context"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/device/ukey"
)

func (d *direct) KeyRecord(ctx context.Context, session string, key ra.KeyIdentity) (ra.KeyRecord, error) {
	return with(ctx, d, session, func(x ra.Membership) (ra.KeyRecord, error) { return d.Hall.KeyRecord(ctx, d.kiosk, x, key) })
}

func (d *direct) PINChange(ctx context.Context, session string, c ra.PINChange) error {
	member, err := d.may(ctx, session)
	if err != nil {
		return err
	}
	return d.Hall.PINChange(ctx, d.kiosk, member, c)
}

// uncertified is a hall on the real rules with a key that lost its certificate.
func uncertified(t *testing.T) (*hall, *direct, ra.Membership) {
	t.Helper()
	h, d := realHall(t, 1)
	member, _ := d.holdsKey(t, h)
	h.loses(t)
	return h, d, member
}

// loses takes the certificates off the key while the kiosk is off: it looks once at what is on a key.
func (h *hall) loses(t *testing.T) {
	t.Helper()
	h.stop()
	h.on(func(k ukey.Token) {
		must(t, k.Login(t.Context(), ukey.Customer, []byte(keyPIN)))
		all, err := k.Certificates(t.Context())
		must(t, err)
		for _, o := range all {
			must(t, k.Delete(t.Context(), ukey.KindCertificate, o.ID))
		}
	})
	h.restart()
}

// repairs goes from home to the repair of the key, and types its PIN.
func (h *hall) repairs(m ra.Membership) {
	h.t.Helper()
	h.checks(func(p KeyCheckPage) bool { return p.Main == Named(CompareKey{}) })
	h.do(Go{})
	h.form(FormLogIn, "login", m.Login, "password", servicetest.Password)
	see(h, func(p KeyCheckPage) bool { return p.Main == Named(RepairKey{}) })
	h.do(Go{})
	h.form(FormAskPIN, "held_pin", keyPIN)
}

// goesOn goes from home to the repair that was interrupted here, and has it carried out.
func (h *hall) goesOn(m ra.Membership) {
	h.t.Helper()
	h.toInterrupted(m)
	see(h, func(p KeyPage) bool { return p.Going && p.Ready })
	h.do(Go{})
	h.form(FormConsent, "held_pin", keyPIN)
	p := see[DonePage](h, nil)
	if p.Slip != "" {
		h.t.Errorf("a slip of no order is %s", p.Slip)
	}
}

// toInterrupted goes from home to the interrupted write, and logs in for it.
func (h *hall) toInterrupted(m ra.Membership) {
	h.t.Helper()
	see(h, func(p HomePage) bool { return p.Unfinished })
	h.do(ResumeWrite{})
	see(h, func(p KeyPage) bool { return p.Going && p.Ready })
	h.do(Go{})
	h.form(FormLogIn, "login", m.Login, "password", servicetest.Password)
}

// certified finds the key's certificate where it should be.
func (h *hall) certified() {
	h.t.Helper()
	h.checks(func(p KeyCheckPage) bool { return found(p, "good_alone") })
	h.do(Home{})
}

// TestInterruptedRepairGoesOn: at whichever side of a step the kiosk died, it goes on there with a login and the PIN; what was proven
// needs neither.
func TestInterruptedRepairGoesOn(t *testing.T) {
	t.Parallel()
	h, d, member := uncertified(t)
	for _, step := range ra.PlanRepair.Steps()[2:] {
		for _, at := range []string{string(step), string(step) + ".done"} {
			h.hook = func(p string) error {
				if p == at {
					return errPowerCut
				}
				return nil
			}
			t.Log(at)
			h.repairs(member)
			see(h, func(p ProgressPage) bool { return p.Fault != nil })
			h.stop()
			h.hook = nil
			h.restart()
			if at == "prove.done" || step == ra.StepConfirm {
				eventually(t, "the proof arrives", func() bool {
					open, err := h.journal.OpenWrites(t.Context())
					return err == nil && len(open) == 0
				})
			} else {
				h.goesOn(member)
			}
			h.stop()
			h.restart()
			h.certified()
			h.loses(t)
		}
	}
	h.end()
	d.Sound(t)
}

// TestRepairWhoseReservationWasNotAnswered: the office has it and the kiosk no ticket; a login gets the same answer again.
func TestRepairWhoseReservationWasNotAnswered(t *testing.T) {
	t.Parallel()
	h, d, member := uncertified(t)
	d.lose = func(m string, after bool) error {
		if m == "Reserve" && after {
			return errLine
		}
		return nil
	}
	h.checks(func(p KeyCheckPage) bool { return p.Main == Named(CompareKey{}) })
	h.do(Go{})
	h.form(FormLogIn, "login", member.Login, "password", servicetest.Password)
	see(h, func(p KeyCheckPage) bool { return p.Main == Named(RepairKey{}) })
	h.do(Go{})
	see(h, func(p KeyCheckPage) bool { return isFault(p.Fault, ra.CodeOfficeAway) })
	h.stop()
	d.lose = nil
	h.restart()
	h.goesOn(member)
	h.end()
	d.Sound(t)
}

// TestRepairIsNobodyElsesToGoOnWith: a stranger's login gets nowhere, and does not end it.
func TestRepairIsNobodyElsesToGoOnWith(t *testing.T) {
	t.Parallel()
	h, d, member := uncertified(t)
	r := d.Registration(t)
	stranger, err := d.Hall.Register(t.Context(), d.kiosk, r)
	servicetest.Must(t, err)
	h.hook = func(p string) error {
		if p == "write" {
			return errPowerCut
		}
		return nil
	}
	h.repairs(member)
	see(h, func(p ProgressPage) bool { return p.Fault != nil })
	h.stop()
	h.hook = nil
	h.restart()
	h.toInterrupted(d.MemberAgain(t, stranger))
	see(h, func(p KeyPage) bool {
		return len(p.Keys) == 1 && isFault(p.Keys[0].Fault, ra.CodeResumeElsewhere) && !p.Ready
	})
	h.do(Go{}, Home{})
	h.goesOn(member)
	h.end()
	d.Sound(t)
}

// TestRepairOfAnotherKioskIsBegunAnew: as if there were none, and that one's ticket is dead then.
func TestRepairOfAnotherKioskIsBegunAnew(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 1)
	member, certificate := d.holdsKey(t, h)
	first, err := d.Hall.Reserve(t.Context(), d.Other, member, ra.Reservation{OperationID: newID(), Key: ra.KeyIdentity(h.hub.Identity(0)),
		Plan: ra.PlanRepair, CertificateID: certificate,
		Attempt: ra.AdminAttempt{Initialized: true, State: ra.TokenPINOK, CustomerPINSet: true, CustomerPIN: ra.TokenPINOK}})
	servicetest.Must(t, err)
	h.loses(t)
	h.repairs(member)
	see(h, func(p KeyCheckPage) bool { return p.Repaired && found(p, "good") })
	if op, err := d.Hall.Operation(t.Context(), d.Other, first.Hold()); err != nil || op.State != ra.OperationReleased {
		t.Errorf("the other kiosk's is %s, %v, want it released", op.State, err)
	}
	h.end()
	d.Sound(t)
}
