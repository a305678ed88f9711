package workflow

import (
	"context"
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/intake"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

const keyPIN = "13579246"

func (d *direct) KeyChallenge(ctx context.Context, session string, a ra.KeyAsked) (ra.KeyChallenge, error) {
	if a.Purpose == ra.KeyPurposeStaff {
		return d.Hall.StaffKeyChallenge(ctx, d.kiosk, a)
	}
	var caller intake.Caller
	if session != "" {
		var err error
		if caller, err = d.Hall.Session(ctx, d.kiosk, session); err != nil {
			return ra.KeyChallenge{}, err
		}
	}
	return d.Hall.KeyChallenge(ctx, d.kiosk, caller, a)
}

func (d *direct) LogInByKey(ctx context.Context, a ra.KeyAnswer) (ra.Session, error) {
	return d.Hall.LogInByKey(ctx, d.kiosk, a)
}

func (d *direct) ConfirmByKey(ctx context.Context, session string, a ra.KeyAnswer) (ra.Membership, error) {
	return with(ctx, d, session, func(x ra.Membership) (ra.Membership, error) { return d.Hall.ConfirmByKey(ctx, d.kiosk, x, a) })
}

func (d *direct) RestoreLost(ctx context.Context, session, id string, a ra.KeyAnswer) error {
	_, err := with(ctx, d, session, func(x ra.Membership) (ra.Order, error) { return ra.Order{}, d.Hall.RestoreLost(ctx, d.kiosk, x, id, a) })
	return err
}

// holdsKey makes key 0 for a new member at the hall's kiosk and goes home with it, and returns them and the id of its certificate.
func (d *direct) holdsKey(t *testing.T, h *hall) (ra.Membership, string) {
	t.Helper()
	r := d.Registration(t)
	member, err := d.Hall.Register(t.Context(), d.kiosk, r)
	servicetest.Must(t, err)
	order, code := d.Approved(t, member, 1)
	see(h, func(p HomePage) bool { return len(p.Services) == 6 })
	h.makesKey(0, r.Login, r.Password, order.ID, code)
	return d.MemberAgain(t, member), d.OrderOf(t, member, order.ID).Units[0].CertificateID
}

// makesKey makes the i-th key for an order, from home and back.
func (h *hall) makesKey(i int, login, password, order, code string) {
	h.t.Helper()
	h.do(SeeOrders{})
	h.form(FormLogIn, "login", login, "password", password)
	see(h, func(p OrdersPage) bool { return len(p.Orders) > 0 })
	h.do(OpenOrder{order})
	h.hub.Plug(h.t, i)
	see(h, func(p KeyPage) bool { return p.Ready })
	h.do(Go{})
	h.form(FormCode, "auth_code", code)
	h.form(FormPIN, "pin", keyPIN, "pin_again", keyPIN)
	see(h, func(p DonePage) bool { return p.Remaining == 0 })
	h.do(Home{})
	see(h, func(p NoticePage) bool { return p.ID == noticePullKey })
	h.do(Home{})
	see[HomePage](h, nil)
}

// toKeyPIN goes from home to where the PIN of a key that logs in is asked for.
func (h *hall) toKeyPIN() {
	h.t.Helper()
	see[HomePage](h, nil)
	h.do(SeeOrders{})
	see(h, func(p FormPage) bool { return p.ID == FormLogIn && slices.Contains(p.Secondary, Named(LogInByKey{})) })
	h.do(LogInByKey{})
	see(h, func(p FormPage) bool { return p.ID == FormKeyLogIn && p.Fault == nil })
}

// TestKeyLogsInAtTheKiosk: a key that is plugged in offers to log in; its PIN is all that is typed, and its own work all that is seen.
func TestKeyLogsInAtTheKiosk(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 1)
	member, certificate := d.holdsKey(t, h)
	serial := h.hub.Identity(0).Serial
	h.toKeyPIN()
	h.form(FormKeyLogIn, "key_pin", "00000000")
	h.problem("key_pin", ra.CodePINWrong)
	see(h, func(p FormPage) bool {
		return p.Fields[0].Hint == "hint.key_pin_low" && slices.ContainsFunc(p.Facts, func(r Row) bool { return r.ID == "serial" && r.Value == serial })
	})
	h.form(FormKeyLogIn, "key_pin", keyPIN)
	see(h, func(p WorkPage) bool { return len(p.Work) == 0 && p.Member.ID == member.ID })
	if f := h.now(); f.Customer != "UKey "+serial {
		t.Errorf("%q is logged in, want the key", f.Customer)
	}
	h.do(Back{})
	see(h, func(p OrdersPage) bool { return p.ByKey && len(p.Orders) == 0 })
	h.do(SeeMembers{}, NewApplication{}, SeeCertificates{})
	see(h, func(p CertificatesPage) bool { return len(p.Cards) == 1 && p.Cards[0].Plugged })
	h.do(Home{})

	d.Clock.Advance(d.CertificateEnd(t, certificate).Sub(d.Clock.Now()) - 40*24*time.Hour)
	order := d.Passed(t, member, d.On(t, ra.KindExtend, ra.ReasonNone, certificate))
	h.toKeyPIN()
	h.form(FormKeyLogIn, "key_pin", keyPIN)
	see(h, func(p WorkPage) bool {
		return len(p.Work) == 1 && p.Work[0].OrderID == order.ID && p.Work[0].Serial == serial
	})
	h.do(OpenOrder{order.ID})
	see(h, func(p KeyPage) bool { return p.Ready && !p.NeedsCode && slices.Equal(p.Wanted, []string{serial}) })
	h.do(Go{})
	h.form(FormConsent, "held_pin", "00000000")
	h.problem("held_pin", ra.CodePINWrong)
	h.form(FormConsent, "held_pin", keyPIN)
	see(h, func(p DonePage) bool { return p.Remaining == 0 && p.Order.State == "done" })
	h.do(Home{})
	see(h, func(p NoticePage) bool { return p.ID == noticePullKey })
	h.do(Home{})
	h.toKeyPIN() // with the certificate that took the place of the first
	h.form(FormKeyLogIn, "key_pin", keyPIN)
	see(h, func(p WorkPage) bool { return len(p.Work) == 0 })
	h.end()
	d.Sound(t)
}

// TestKeyThatDoesNotLogIn: why stands where the PIN was typed; a key that is pulled there is asked for again, and nothing of it stays.
func TestKeyThatDoesNotLogIn(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 1)
	_, certificate := d.holdsKey(t, h)
	h.toKeyPIN()
	h.do(Type{"key_pin", keyPIN})
	see(h, func(p FormPage) bool { return p.Ready })
	h.hub.Pull(t, 0)
	see(h, func(p NoticePage) bool { return p.ID == "key_away" })
	h.do(Go{})
	see(h, func(p FormPage) bool { return p.ID == FormKeyLogIn && isFault(p.Fault, ra.CodeKeyAway) && !p.Ready })
	h.do(Go{})
	h.hub.Plug(t, 0)
	see(h, func(p FormPage) bool { return p.Fault == nil && !p.Ready })
	servicetest.Must(t, d.Suspend(t.Context(), d.Supervisor, certificate, "x"))
	h.form(FormKeyLogIn, "key_pin", keyPIN)
	see(h, func(p FormPage) bool { return isFault(p.Fault, ra.CodeKeySuspended) })
	servicetest.Must(t, d.Restore(t.Context(), d.Supervisor, certificate, "x"))
	h.form(FormKeyLogIn, "key_pin", keyPIN)
	see[WorkPage](h, nil)
	servicetest.Must(t, d.Suspend(t.Context(), d.Supervisor, certificate, "x"))
	h.do(Back{})
	see(h, func(p FormPage) bool { return p.ID == FormLogIn && isFault(p.Fault, ra.CodeSessionOver) })
	h.do(Home{})
	h.end()
	d.Sound(t)
}

// TestClaimIsConfirmedAtTheKiosk: who claims the organisation plugs one of its keys in, and is a confirmed member.
func TestClaimIsConfirmedAtTheKiosk(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 1)
	d.holdsKey(t, h)
	r := d.Registration(t)
	claim, err := d.Hall.Register(t.Context(), d.kiosk, r)
	servicetest.Must(t, err)
	h.do(SeeOrders{})
	h.form(FormLogIn, "login", r.Login, "password", r.Password)
	see[OrdersPage](h, nil)
	h.do(SeeMembers{})
	see(h, func(p MembersPage) bool { return p.Claimed })
	h.do(ConfirmByKey{})
	h.form(FormKeyConfirm, "key_pin", keyPIN)
	see(h, func(p NoticePage) bool { return p.ID == "member_confirmed" })
	h.do(Go{})
	see(h, func(p OrdersPage) bool { return p.Member.Confirmed })
	if m := d.MemberAgain(t, claim); m.State != ra.MembershipConfirmed {
		t.Errorf("the membership is %s", m.State)
	}
	h.end()
	d.Sound(t)
}

// TestLostKeyIsReportedAndRestoredAtTheKiosk: by its holder, who reports it among their certificates; plugged in it opens nothing and is known,
// another key is told apart, and its PIN and signature bring it back.
func TestLostKeyIsReportedAndRestoredAtTheKiosk(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 2)
	member, certificate := d.holdsKey(t, h)
	d.Clock.Advance(time.Second)
	h.hub.Pull(t, 0)
	open := func() {
		h.do(SeeOrders{})
		h.form(FormLogIn, "login", member.Login, "password", servicetest.Password)
		see[OrdersPage](h, nil)
		h.do(SeeCertificates{})
		see(h, func(p CertificatesPage) bool { return len(p.Cards) == 1 })
		h.do(OpenCertificate{certificate})
	}
	open()
	see(h, func(p CertificatePage) bool { return p.Report && !p.Restore })
	h.do(RestoreLost{}, ReportLost{})
	h.form(FormLost)
	h.form(FormLostSure)
	see(h, func(p NoticePage) bool { return p.ID == "reported_lost" })
	h.do(Go{})
	see(h, func(p CertificatesPage) bool { return p.Cards[0].State == "suspended" })
	h.do(Home{})
	see[HomePage](h, nil)

	h.hub.Plug(t, 0)
	h.do(SeeOrders{})
	see(h, func(p FormPage) bool { return p.ID == FormLogIn && slices.Contains(p.Secondary, Named(LogInByKey{})) })
	h.do(LogInByKey{})
	see(h, func(p FormPage) bool { return p.ID == FormKeyLogIn && isFault(p.Fault, ra.CodeKeyLost) && !p.Ready })
	h.do(Home{})
	see[HomePage](h, nil)

	open()
	see(h, func(p CertificatePage) bool { return p.Lost && p.Restore && !p.Report })
	h.do(RestoreLost{})
	see(h, func(p FormPage) bool { return p.ID == FormFound && p.Fault == nil })
	h.do(Back{})
	see[CertificatePage](h, nil)
	h.do(RestoreLost{})
	h.form(FormFound, "key_pin", "00000000")
	h.problem("key_pin", ra.CodePINWrong)
	h.form(FormFound, "key_pin", keyPIN)
	see(h, func(p NoticePage) bool {
		return p.ID == "restored_lost" && p.Args["serial"] == h.hub.Identity(0).Serial
	})
	h.do(Go{})
	see(h, func(p CertificatesPage) bool { return p.Cards[0].State == "active" && p.Cards[0].Plugged })
	h.end()
	d.Sound(t)
}
