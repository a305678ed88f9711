package intake_test

import (
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/intake"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// keyed is a hall in which a confirmed member holds two keys.
type keyed struct {
	*servicetest.Hall
	member      ra.Membership
	key, second *servicetest.Key
	mine, other string // ids of their certificates
}

func withKeys(t *testing.T) keyed {
	t.Helper()
	h := keyed{Hall: servicetest.New(t)}
	h.member = h.Registered(t)
	order, code := h.Approved(t, h.member, 2)
	var done ra.Completion
	done, _, h.key = h.Made(t, h.member, order, code)
	h.mine = done.Unit.CertificateID
	done, _, h.second = h.Made(t, h.member, order, code)
	h.other = done.Unit.CertificateID
	h.member = h.MemberAgain(t, h.member)
	return h
}

func nobody() intake.Caller { return intake.Caller{} }

// TestKeyLogsIn: a key that signed what the office gave it acts for itself, in a session that tells of no person, and ends.
func TestKeyLogsIn(t *testing.T) {
	t.Parallel()
	h := withKeys(t)
	ctx := t.Context()
	session, err := h.LogInByKey(ctx, h.Kiosk, h.Answer(t, h.Kiosk, nobody(), ra.KeyPurposeLogin, h.key))
	servicetest.Must(t, err)
	if session.Key == nil || session.Key.Key != h.key.Identity || session.Key.CertificateID != h.mine || session.Key.Late {
		t.Errorf("the session is of %+v, want the key", session.Key)
	}
	m := session.Membership
	if m == nil || m.ID != h.member.ID || m.Organisation.Name != h.member.Organisation.Name || m.Handler != (ra.Person{}) || m.Login != "" || m.PersonID != "" {
		t.Errorf("it is in %+v, want the organisation and no person", m)
	}
	if session.Login != "" || session.Mandate.SessionID != "" {
		t.Errorf("it has login %q and mandates of %q, want none", session.Login, session.Mandate.SessionID)
	}
	caller, err := h.Session(ctx, h.Kiosk, session.Token)
	servicetest.Must(t, err)
	servicetest.WantCode(t, "a person behind it", caller.Person(), ra.CodeKeySession, "")
	again, err := h.CurrentSession(ctx, h.Kiosk, caller)
	if err != nil || again.Key == nil || again.Membership.Handler != (ra.Person{}) {
		t.Errorf("asked again it is %+v, %v", again.Key, err)
	}
	if _, err := h.Session(ctx, h.Other, session.Token); ra.CodeOf(err) != ra.CodeSessionOver {
		t.Errorf("at another kiosk: %v, want it over", err)
	}
	if n := h.Lines(t, h.key.Identity.String()); n != 1 {
		t.Errorf("%d lines tell of the key, want 1", n)
	}
	servicetest.Must(t, h.LogOut(ctx, h.Kiosk, session.Token))
	_, err = h.Session(ctx, h.Kiosk, session.Token)
	servicetest.WantCode(t, "after logging out", err, ra.CodeSessionOver, "")
	if n := h.Lines(t, h.key.Identity.String()); n != 2 {
		t.Errorf("%d lines tell of the key, want 2", n)
	}
	h.Sound(t)
}

// TestKeySessionsEnd: when they are idle, after an hour in any case, and with what ends the key's use; what is restored later opens none of
// them again.
func TestKeySessionsEnd(t *testing.T) {
	t.Parallel()
	h := withKeys(t)
	ctx := t.Context()
	over := func(what, token string) {
		t.Helper()
		_, err := h.Session(ctx, h.Kiosk, token)
		servicetest.WantCode(t, what, err, ra.CodeSessionOver, "")
	}
	idle := h.KeySession(t, h.Kiosk, h.key)
	h.Clock.Advance(intake.SessionIdle)
	over("idle", idle)
	used := h.KeySession(t, h.Kiosk, h.key)
	for range 2 {
		h.Clock.Advance(intake.SessionIdle - time.Minute)
		if _, err := h.Session(ctx, h.Kiosk, used); err != nil {
			t.Errorf("used: %v, want it to go on", err)
		}
	}
	h.Clock.Advance(2 * time.Minute)
	over("used for an hour", used)

	suspended, other := h.KeySession(t, h.Kiosk, h.key), h.KeySession(t, h.Kiosk, h.second)
	servicetest.Must(t, h.Suspend(ctx, h.Supervisor, h.mine, "x"))
	over("suspended", suspended)
	servicetest.Must(t, h.Restore(ctx, h.Supervisor, h.mine, "x"))
	over("restored", suspended)
	if _, err := h.Session(ctx, h.Kiosk, other); err != nil {
		t.Errorf("another key's session: %v, want it to go on", err)
	}
	revoked := h.KeySession(t, h.Kiosk, h.key)
	servicetest.Must(t, h.Revoke(ctx, h.Supervisor, h.mine, ra.GroundKeyCompromise, "x"))
	over("revoked", revoked)
	blocked := h.KeySession(t, h.Kiosk, h.second)
	servicetest.Must(t, h.BlockKiosk(ctx, h.Admin, h.Kiosk.ID, "x"))
	servicetest.Must(t, h.UnblockKiosk(ctx, h.Admin, h.Kiosk.ID))
	over("the kiosk was blocked", blocked)
	h.Sound(t)
}

// TestStrangersDoNotLogInByKey: whatever else a key signs, or somebody else's key, or the right thing at the wrong place or time, opens
// nothing, and the same nonce is good for one try.
func TestStrangersDoNotLogInByKey(t *testing.T) {
	t.Parallel()
	h := withKeys(t)
	ctx := t.Context()
	fresh := func() ra.KeyAnswer { return h.Answer(t, h.Kiosk, nobody(), ra.KeyPurposeLogin, h.key) }
	signing := func(key *servicetest.Key, text func(nonce []byte) []byte) ra.KeyAnswer {
		a := fresh()
		a.Signature = key.SignText(t, text(a.Nonce))
		return a
	}
	login := func(nonce []byte) []byte { return ra.LoginMessage(ra.KeyPurposeLogin, h.Kiosk.ID, nonce) }
	used := fresh()
	_, err := h.LogInByKey(ctx, h.Kiosk, used)
	servicetest.Must(t, err)
	late := fresh()
	h.Clock.Advance(ra.KeyNonceLife)
	person := intake.Caller{PersonID: h.member.PersonID, Membership: h.member}
	for _, c := range []struct {
		what   string
		answer ra.KeyAnswer
		code   ra.Code
	}{
		{"no signature", ra.KeyAnswer{Nonce: fresh().Nonce}, ra.CodeProofBad},
		{"a nonce of their own", ra.KeyAnswer{Nonce: make([]byte, 32), Signature: h.key.SignText(t, login(make([]byte, 32)))}, ra.CodeChallengeStale},
		{"no nonce", ra.KeyAnswer{Signature: h.key.SignText(t, login(nil))}, ra.CodeChallengeStale},
		{"the same again", used, ra.CodeChallengeStale},
		{"too late", late, ra.CodeChallengeStale},
		{"somebody else's key", signing(servicetest.NewKey(t), login), ra.CodeProofBad},
		{"another key of the organisation", signing(h.second, login), ra.CodeProofBad},
		{"the bare nonce", signing(h.key, func(n []byte) []byte { return n }), ra.CodeProofBad},
		{"a proof of a write", signing(h.key, ra.ProofMessage), ra.CodeProofBad},
		{"a takeover", signing(h.key, func(n []byte) []byte { return ra.TakeoverMessage(h.Kiosk.ID, "", n) }), ra.CodeProofBad},
		{"another purpose", signing(h.key, func(n []byte) []byte { return ra.LoginMessage(ra.KeyPurposeMember, h.Kiosk.ID, n) }), ra.CodeProofBad},
		{"signed for another kiosk", signing(h.key, func(n []byte) []byte { return ra.LoginMessage(ra.KeyPurposeLogin, h.Other.ID, n) }), ra.CodeProofBad},
		{"what confirms a member", h.Answer(t, h.Kiosk, person, ra.KeyPurposeMember, h.key), ra.CodeChallengeStale},
		{"given to another kiosk", h.Answer(t, h.Other, nobody(), ra.KeyPurposeLogin, h.key), ra.CodeChallengeStale},
	} {
		_, err := h.LogInByKey(ctx, h.Kiosk, c.answer)
		servicetest.WantCode(t, c.what, err, c.code, "")
		_, err = h.LogInByKey(ctx, h.Kiosk, ra.KeyAnswer{Nonce: c.answer.Nonce, Signature: h.key.SignText(t, login(c.answer.Nonce))})
		servicetest.WantCode(t, "signed right after "+c.what, err, ra.CodeChallengeStale, "")
	}
	h.Sound(t)
}

// TestLoginSignsNothingElse: what a key signs to log in is no proof of a write. The challenge of one is no nonce either.
func TestLoginSignsNothingElse(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	_, release, key := h.Begun(t)
	h.Certified(t, release, key)
	proof := h.Proof(t, release, key)
	for what, purpose := range map[string]ra.KeyPurpose{"login": ra.KeyPurposeLogin, "member": ra.KeyPurposeMember} {
		bad := proof
		bad.Signature = key.SignText(t, ra.LoginMessage(purpose, h.Kiosk.ID, proof.Challenge))
		_, err := h.Confirm(ctx, h.Kiosk, release.Hold(), bad)
		servicetest.WantCode(t, what, err, ra.CodeProofBad, "")
	}
	_, err := h.LogInByKey(ctx, h.Kiosk, ra.KeyAnswer{Nonce: proof.Challenge, Signature: proof.Signature})
	servicetest.WantCode(t, "a proof", err, ra.CodeChallengeStale, "")
	_, err = h.KeyChallenge(ctx, h.Kiosk, nobody(), key.Asked(ra.KeyPurposeLogin))
	servicetest.WantCode(t, "a key that is not proven yet", err, ra.CodeKeyNoCertificate, "")
	_, err = h.Confirm(ctx, h.Kiosk, release.Hold(), proof)
	servicetest.Must(t, err)
	h.KeySession(t, h.Kiosk, key)
	h.Sound(t)
}

// TestKeysThatDoNotLogIn are told why, before they sign and after.
func TestKeysThatDoNotLogIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what string
		end  func(t *testing.T, h *keyed)
		code ra.Code
	}{
		{"unknown", func(_ *testing.T, h *keyed) { h.key.Certificate = h.second.Certificate }, ra.CodeKeyNoCertificate},
		{"a copy on another key", func(t *testing.T, h *keyed) { h.key.Identity = servicetest.NewKey(t).Identity }, ra.CodeKeyNoCertificate},
		{"suspended", func(t *testing.T, h *keyed) {
			servicetest.Must(t, h.Suspend(t.Context(), h.Supervisor, h.mine, "x"))
		}, ra.CodeKeySuspended},
		{"revoked", func(t *testing.T, h *keyed) {
			servicetest.Must(t, h.Revoke(t.Context(), h.Supervisor, h.mine, ra.GroundCessation, "x"))
		}, ra.CodeKeyRevoked},
		{"lost", func(t *testing.T, h *keyed) {
			h.Passed(t, h.member, h.On(t, ra.KindReissue, ra.ReasonLost, h.mine))
		}, ra.CodeKeyLost},
		{"damaged", func(t *testing.T, h *keyed) {
			h.Passed(t, h.member, h.On(t, ra.KindReissue, ra.ReasonDamaged, h.mine))
		}, ra.CodeKeyRetired},
		{"expired, past its window", func(t *testing.T, h *keyed) {
			h.Clock.Advance(h.CertificateEnd(t, h.mine).Sub(h.Clock.Now()) + time.Duration(h.Project.Window.AfterDays+2)*24*time.Hour)
		}, ra.CodeKeyExpired},
		{"of a project that is not here", func(t *testing.T, h *keyed) {
			h.Elsewhere(t)
			h.Kiosk = h.IdentityAt(t, "BJ01", servicetest.OtherHallID, servicetest.OtherProjectID).Kiosk
		}, ra.CodeKeyOtherProject},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			h := withKeys(t)
			before, early := h.Kiosk, h.Answer(t, h.Kiosk, nobody(), ra.KeyPurposeLogin, h.key)
			c.end(t, &h)
			_, err := h.KeyChallenge(t.Context(), h.Kiosk, nobody(), h.key.Asked(ra.KeyPurposeLogin))
			servicetest.WantCode(t, "asked", err, c.code, "")
			if c.code == ra.CodeKeyExpired && servicetest.Argument(err, "until") == "" {
				t.Error("nobody is told until when it was good")
			}
			if c.code != ra.CodeKeyNoCertificate && c.code != ra.CodeKeyExpired && h.Kiosk == before {
				_, err = h.LogInByKey(t.Context(), h.Kiosk, early)
				servicetest.WantCode(t, "signed before", err, c.code, "")
			}
			h.Sound(t)
		})
	}
}

// TestLateKeyRenews: past its end and inside the window a certificate opens renewal and nothing else that is ordered.
func TestLateKeyRenews(t *testing.T) {
	t.Parallel()
	h := withKeys(t)
	ctx := t.Context()
	h.Clock.Advance(h.CertificateEnd(t, h.mine).Sub(h.Clock.Now()) - time.Minute)
	token := h.KeySession(t, h.Kiosk, h.key)
	h.Clock.Advance(2 * time.Minute)
	caller, err := h.Session(ctx, h.Kiosk, token)
	if err != nil || !caller.Membership.Key.Late {
		t.Errorf("a session over its certificate's end: late %v, %v", caller.Membership.Key, err)
	}
	acting := h.ActingKey(t, h.Kiosk, h.key)
	if !acting.Key.Late {
		t.Error("the session is not limited")
	}
	_, err = h.Place(ctx, h.Kiosk, acting, h.On(t, ra.KindExtend, ra.ReasonNone, h.mine))
	servicetest.WantCode(t, "extension", err, ra.CodeKeySession, "kind")
	order, err := h.Place(ctx, h.Kiosk, acting, h.On(t, ra.KindRenew, ra.ReasonNone, h.mine))
	if err != nil || len(order.Units) != 1 {
		t.Errorf("renewal: %v, %v", order.Units, err)
	}
	person := intake.Caller{PersonID: h.member.PersonID, Membership: h.member}
	_, err = h.KeyChallenge(ctx, h.Kiosk, person, h.key.Asked(ra.KeyPurposeMember))
	servicetest.WantCode(t, "confirming a member", err, ra.CodeKeyExpired, "")
	h.Sound(t)
}

// TestKeySeesItself: of all orders those on the key, without what is on others, whoever of the organisation placed them; and orders
// renewal and extension for itself alone.
func TestKeySeesItself(t *testing.T) {
	t.Parallel()
	h := withKeys(t)
	ctx := t.Context()
	h.Clock.Advance(h.CertificateEnd(t, h.mine).Sub(h.Clock.Now()) - 40*24*time.Hour)
	colleague := h.Registered(t)
	h.Approved(t, colleague, 1)
	both, err := h.Place(ctx, h.Kiosk, h.MemberAgain(t, colleague), h.On(t, ra.KindExtend, ra.ReasonNone, h.mine, h.other))
	servicetest.Must(t, err)
	theirs, err := h.Place(ctx, h.Kiosk, h.member, h.On(t, ra.KindRenew, ra.ReasonNone, h.other))
	servicetest.Must(t, err)
	acting := h.ActingKey(t, h.Kiosk, h.key)
	own, err := h.Place(ctx, h.Kiosk, acting, h.On(t, ra.KindRenew, ra.ReasonNone, h.mine))
	servicetest.Must(t, err)
	orders, err := h.Orders(ctx, acting)
	servicetest.Must(t, err)
	if len(orders) != 2 || orders[0].ID != own.ID || orders[1].ID != both.ID {
		t.Fatalf("%d orders, want the key's two, the newest first", len(orders))
	}
	for _, o := range append(orders, h.OrderOf(t, acting, both.ID)) {
		if len(o.Units) != 1 || o.Units[0].Target.Key != h.key.Identity {
			t.Errorf("order %s shows %v, want the key's unit alone", o.Number, o.Units)
		}
	}
	made := h.member.ID
	for _, o := range h.ordersOf(t) {
		if o.Kind == ra.KindNew && o.MembershipID == made {
			_, err := h.Order(ctx, acting, o.ID)
			servicetest.WantCode(t, "the order that the keys were made for", err, ra.CodeNotFound, "")
		}
	}
	_, err = h.Order(ctx, acting, theirs.ID)
	servicetest.WantCode(t, "an order on another key", err, ra.CodeNotFound, "")
	_, err = h.Submit(ctx, acting, both.ID)
	servicetest.WantCode(t, "handing in what is for two keys", err, ra.CodeNotFound, "")
	_, err = h.Cancel(ctx, acting, both.ID, both.Version)
	servicetest.WantCode(t, "cancelling what is for two keys", err, ra.CodeNotFound, "")
	_, err = h.Cancel(ctx, acting, own.ID, own.Version)
	servicetest.Must(t, err)
	for what, a := range map[string]ra.Application{
		"a new key": h.Application(t, 1), "lost": h.On(t, ra.KindReissue, ra.ReasonLost, h.mine), "unlock": h.On(t, ra.KindUnlock, ra.ReasonNone, h.mine),
		"a change": h.Change(t, h.member, ra.ReasonData, func(a *ra.Applicant) { a.Handler.Email = "x@example.org" }),
	} {
		_, err := h.Place(ctx, h.Kiosk, acting, a)
		servicetest.WantCode(t, what, err, ra.CodeKeySession, "kind")
	}
	_, err = h.Place(ctx, h.Kiosk, acting, h.On(t, ra.KindRenew, ra.ReasonNone, h.other))
	servicetest.WantCode(t, "another key's renewal", err, ra.CodeNotFound, "targets")
	h.Sound(t)
}

// TestKeyIsToldOfItself: of the organisation's certificates its own, with what it may order for it, and of approved work what waits for it.
func TestKeyIsToldOfItself(t *testing.T) {
	t.Parallel()
	h := withKeys(t)
	ctx := t.Context()
	h.Clock.Advance(h.CertificateEnd(t, h.mine).Sub(h.Clock.Now()) - 40*24*time.Hour)
	colleague := h.Registered(t)
	h.Approved(t, colleague, 1)
	order := h.Passed(t, h.MemberAgain(t, colleague), h.On(t, ra.KindExtend, ra.ReasonNone, h.mine, h.other))
	acting := h.ActingKey(t, h.Kiosk, h.key)
	page, err := h.Holdings(ctx, h.Kiosk, acting, ra.HoldingQuery{})
	servicetest.Must(t, err)
	if len(page.Holdings) != 1 || page.Holdings[0].ID != h.mine {
		t.Fatalf("it is told of %v, want its own certificate", page.Holdings)
	}
	for _, o := range page.Holdings[0].Offers {
		want := ra.CodeKeySession
		switch o.Kind {
		case ra.KindRenew:
			want = ""
		case ra.KindExtend:
			want = ra.CodeOrderOpen
		}
		if o.Refused != want {
			t.Errorf("%s %s: %q, want %q", o.Kind, o.Reason, o.Refused, want)
		}
	}
	if page, err = h.Holdings(ctx, h.Kiosk, acting, ra.HoldingQuery{Serial: h.second.Identity.Serial}); err != nil || len(page.Holdings) != 0 {
		t.Errorf("looking for another key it finds %v, %v", page.Holdings, err)
	}
	work, err := h.Work(ctx, h.Kiosk, acting)
	if err != nil || len(work) != 1 || work[0].OrderID != order.ID || work[0].Target.Key != h.key.Identity {
		t.Errorf("for it waits %v, %v, want its part of the colleague's order", work, err)
	}
	h.Sound(t)
}

func (h keyed) ordersOf(t *testing.T) []ra.Order {
	t.Helper()
	all, err := h.Orders(t.Context(), h.member)
	servicetest.Must(t, err)
	return all
}

// TestClaimIsConfirmedByKey: who claims an organisation sees none of its keys, and is confirmed by a signature of one, once; they and the
// others are told.
func TestClaimIsConfirmedByKey(t *testing.T) {
	t.Parallel()
	h := withKeys(t)
	ctx := t.Context()
	claim := h.Registered(t)
	caller := intake.Caller{PersonID: claim.PersonID, Membership: claim}
	_, err := h.Place(ctx, h.Kiosk, claim, h.On(t, ra.KindReissue, ra.ReasonLost, h.mine))
	servicetest.WantCode(t, "the organisation's key", err, ra.CodeNotFound, "targets")
	answer := h.Answer(t, h.Kiosk, caller, ra.KeyPurposeMember, h.key)
	m, err := h.ConfirmByKey(ctx, h.Kiosk, claim, answer)
	if err != nil || m.State != ra.MembershipConfirmed {
		t.Fatalf("the claim is %s, %v", m.State, err)
	}
	_, err = h.ConfirmByKey(ctx, h.Kiosk, claim, answer)
	servicetest.WantCode(t, "the same again", err, ra.CodeChallengeStale, "")
	if _, err := h.ConfirmByKey(ctx, h.Kiosk, m, h.Answer(t, h.Kiosk, caller, ra.KeyPurposeMember, h.second)); err != nil {
		t.Errorf("with another key: %v, want what is so already", err)
	}
	for mobile, template := range map[string]string{claim.Handler.Mobile: "member_by_key", h.member.Handler.Mobile: "colleague_by_key"} {
		if told, _ := texts(t, h.Hall, template, mobile); len(told) != 1 || !strings.Contains(told[0], h.key.Identity.Serial) {
			t.Errorf("%s to %s: told %q, want it once, with the key", template, mobile, told)
		}
	}
	if _, err := h.Place(ctx, h.Kiosk, m, h.On(t, ra.KindReissue, ra.ReasonLost, h.other)); err != nil {
		t.Errorf("confirmed, the organisation's key: %v", err)
	}
	h.Sound(t)
}

// TestStrangersConfirmNobody: neither another organisation's key, nor one that is suspended, nor what a key signed for something or
// somebody else.
func TestStrangersConfirmNobody(t *testing.T) {
	t.Parallel()
	h := withKeys(t)
	ctx := t.Context()
	claim, other := h.Registered(t), h.Registered(t)
	caller := intake.Caller{PersonID: claim.PersonID, Membership: claim}
	refused := func(what string, a ra.KeyAnswer, code ra.Code) {
		t.Helper()
		_, err := h.ConfirmByKey(ctx, h.Kiosk, claim, a)
		servicetest.WantCode(t, what, err, code, "")
	}
	r := h.Registration(t)
	number := "91110000MA0000777"
	r.Organisation.CreditCode = number + string(ra.CreditCheck(number))
	stranger, err := h.Register(ctx, h.Kiosk, r)
	servicetest.Must(t, err)
	order, code := h.Approved(t, stranger, 1)
	_, _, foreign := h.Made(t, stranger, order, code)
	refused("another organisation's key", h.Answer(t, h.Kiosk, caller, ra.KeyPurposeMember, foreign), ra.CodeKeyOtherOrganisation)
	refused("a login", h.Answer(t, h.Kiosk, nobody(), ra.KeyPurposeLogin, h.key), ra.CodeChallengeStale)
	refused("signed for somebody else", h.Answer(t, h.Kiosk, intake.Caller{PersonID: other.PersonID, Membership: other}, ra.KeyPurposeMember, h.key), ra.CodeChallengeStale)
	refused("at another kiosk", h.Answer(t, h.Other, caller, ra.KeyPurposeMember, h.key), ra.CodeChallengeStale)
	bare := h.Answer(t, h.Kiosk, caller, ra.KeyPurposeMember, h.key)
	bare.Signature = h.key.SignText(t, bare.Nonce)
	refused("bare", bare, ra.CodeProofBad)
	early := h.Answer(t, h.Kiosk, caller, ra.KeyPurposeMember, h.key)
	servicetest.Must(t, h.Suspend(ctx, h.Supervisor, h.mine, "x"))
	refused("suspended since", early, ra.CodeKeySuspended)
	_, err = h.KeyChallenge(ctx, h.Kiosk, nobody(), h.second.Asked(ra.KeyPurposeMember))
	servicetest.WantCode(t, "nobody logged in", err, ra.CodeSessionOver, "")
	if m := h.MemberAgain(t, claim); m.State != ra.MembershipClaimed {
		t.Errorf("the claim is %s", m.State)
	}
	h.Sound(t)
}
