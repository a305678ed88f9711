package workflow

import (
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

// TestKeyLoginRefused: why a key does not log in is told where its PIN was typed, and nothing is opened; the one past its end that may still
// be extended is let in.
func TestKeyLoginRefused(t *testing.T) {
	t.Parallel()
	past := func(t *testing.T, d *direct, certificate string, days int) {
		d.Clock.Advance(d.CertificateEnd(t, certificate).Sub(d.Clock.Now()) + time.Duration(days)*24*time.Hour)
	}
	for name, c := range map[string]struct {
		spoil func(t *testing.T, h *hall, d *direct, member ra.Membership, certificate string)
		want  ra.Code // "": it logs in
	}{
		"revoked": {func(t *testing.T, _ *hall, d *direct, _ ra.Membership, certificate string) {
			servicetest.Must(t, d.Revoke(t.Context(), d.Supervisor, certificate, ra.GroundCessation, "x"))
		}, ra.CodeKeyRevoked},
		"damaged": {func(t *testing.T, _ *hall, d *direct, m ra.Membership, certificate string) {
			d.Passed(t, m, d.On(t, ra.KindReissue, ra.ReasonDamaged, certificate))
		}, ra.CodeKeyRetired},
		"expired in the window": {func(t *testing.T, _ *hall, d *direct, _ ra.Membership, certificate string) {
			past(t, d, certificate, 2)
		}, ""},
		"expired after it": {func(t *testing.T, _ *hall, d *direct, _ ra.Membership, certificate string) {
			past(t, d, certificate, d.Project.Window.AfterDays+2)
		}, ra.CodeKeyExpired},
		"of another project": {func(t *testing.T, h *hall, d *direct, _ ra.Membership, _ string) {
			h.stop()
			d.Elsewhere(t)
			d.kiosk = d.IdentityAt(t, "BJ01", servicetest.OtherHallID, servicetest.OtherProjectID).Kiosk
			h.kiosk = d.kiosk
			h.restart()
		}, ra.CodeKeyOtherProject},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, d := realHall(t, 1)
			member, certificate := d.holdsKey(t, h)
			c.spoil(t, h, d, member, certificate)
			see(h, func(p HomePage) bool { return p.Plugged })
			h.toKeyPIN()
			h.form(FormKeyLogIn, "key_pin", keyPIN)
			if c.want == "" {
				see[WorkPage](h, nil)
			} else {
				see(h, func(p FormPage) bool { return p.ID == FormKeyLogIn && isFault(p.Fault, c.want) && !p.Ready })
				if f := h.now(); f.Customer != "" {
					t.Errorf("%q is logged in", f.Customer)
				}
			}
			h.end()
			d.Sound(t)
		})
	}
}

// TestKeyOfAnotherOrganisation confirms nobody, and of what the register says of it nobody else is told.
func TestKeyOfAnotherOrganisation(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 1)
	d.holdsKey(t, h)
	r := d.Registration(t)
	number := "91110000MA0000777"
	r.Organisation.CreditCode = number + string(ra.CreditCheck(number))
	claim, err := d.Hall.Register(t.Context(), d.kiosk, r)
	servicetest.Must(t, err)
	h.do(SeeOrders{})
	h.form(FormLogIn, "login", r.Login, "password", r.Password)
	see[OrdersPage](h, nil)
	h.do(SeeMembers{})
	see(h, func(p MembersPage) bool { return p.Claimed })
	h.do(ConfirmByKey{})
	h.form(FormKeyConfirm, "key_pin", keyPIN)
	see(h, func(p FormPage) bool { return p.ID == FormKeyConfirm && isFault(p.Fault, ra.CodeKeyOtherOrganisation) })
	if m := d.MemberAgain(t, claim); m.State != ra.MembershipClaimed {
		t.Errorf("the membership is %s", m.State)
	}
	h.do(Home{})
	h.checks(func(p KeyCheckPage) bool { return p.Main != nil })
	h.do(Go{})
	h.form(FormLogIn, "login", r.Login, "password", r.Password)
	see(h, func(p KeyCheckPage) bool { return found(p, "not_shown") && p.Main == nil && !found(p, "good") })
	h.end()
	d.Sound(t)
}

// TestKeyLoginUntilLocked: what the key tells of the attempts is told, the last one is asked for, and a locked key is tried no more.
func TestKeyLoginUntilLocked(t *testing.T) {
	t.Parallel()
	h, module, _ := finalHall(t)
	h.toKeyPIN()
	see(h, func(p FormPage) bool { return p.Fields[0].Hint == "hint.key_pin_final" })
	before := h.attempts()
	h.form(FormKeyLogIn, "key_pin", "00000000")
	see(h, asksLast)
	if h.attempts() != before {
		t.Error("an attempt was made that nobody wanted")
	}
	h.locksAt(module, 1)
	h.do(TryLast{})
	see(h, func(p FormPage) bool {
		return isFault(p.Fault, ra.CodePINLocked) && p.Fields[0].Hint == "hint.key_pin_locked" && len(p.Secondary) == 0
	})
	before = h.attempts()
	h.do(Type{"key_pin", heldKeyPIN}, Go{})
	see(h, func(p FormPage) bool { return isFault(p.Fault, ra.CodePINLocked) })
	if h.attempts() != before {
		t.Error("a locked key was tried")
	}
	h.end()
}

// TestKeyPulledWhileItSigns: a key that is pulled in the middle of a login, or of confirming a member, is asked for again, and nothing was opened.
func TestKeyPulledWhileItSigns(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 1)
	d.holdsKey(t, h)
	pulled := func(form string) {
		for _, method := range []string{"Sign", "Objects", "Login"} {
			h.keys.StrikeAt(method, 1, ukeytest.Before, func() error {
				h.hub.Pull(t, 0)
				return ukey.ErrRemoved
			})
			h.form(form, "key_pin", keyPIN)
			see(h, func(p FormPage) bool { return isFault(p.Fault, ra.CodeKeyAway) && !p.Ready })
			h.hub.Plug(t, 0)
			see(h, func(p FormPage) bool { return len(p.Facts) > 0 && p.Facts[len(p.Facts)-1].ID == "serial" })
		}
	}
	h.toKeyPIN()
	pulled(FormKeyLogIn)
	h.form(FormKeyLogIn, "key_pin", keyPIN)
	see[WorkPage](h, nil)
	h.do(Home{})
	r := d.Registration(t)
	claim, err := d.Hall.Register(t.Context(), d.kiosk, r)
	servicetest.Must(t, err)
	see[HomePage](h, nil)
	h.do(SeeOrders{})
	h.form(FormLogIn, "login", r.Login, "password", r.Password)
	see[OrdersPage](h, nil)
	h.do(SeeMembers{})
	see(h, func(p MembersPage) bool { return p.Claimed })
	h.do(ConfirmByKey{})
	see(h, func(p FormPage) bool { return p.ID == FormKeyConfirm })
	pulled(FormKeyConfirm)
	if m := d.MemberAgain(t, claim); m.State != ra.MembershipClaimed {
		t.Errorf("the membership is %s", m.State)
	}
	h.form(FormKeyConfirm, "key_pin", keyPIN)
	see(h, func(p NoticePage) bool { return p.ID == "member_confirmed" })
	h.end()
	d.Sound(t)
}
