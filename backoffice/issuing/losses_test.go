package issuing_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/intake"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
)

// mate is another confirmed member of the holder's organisation.
func (h holder) mate(t *testing.T) ra.Membership {
	t.Helper()
	r := h.Registration(t)
	r.Organisation = h.member.Organisation
	m, err := h.Register(t.Context(), h.Kiosk, r)
	servicetest.Must(t, err)
	h.Approved(t, m, 1)
	return h.MemberAgain(t, m)
}

// lost reads whether a key counts as lost at any kiosk.
func (h holder) lost(t *testing.T) bool {
	t.Helper()
	status, err := h.KeyStatus(t.Context(), h.Other, ra.Membership{}, h.key.Identity)
	servicetest.Must(t, err)
	return status.Lost
}

// TestLostKeyIsSuspendedAtOnce: at our responder and in the list with the next answer, told to every confirmed member and known at every
// kiosk; reported again nothing more happens.
func TestLostKeyIsSuspendedAtOnce(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	mate := h.mate(t)
	if h.lost(t) {
		t.Fatal("the key counts as lost before anybody said so")
	}
	for range 2 {
		servicetest.Must(t, h.ReportLost(ctx, h.Kiosk, h.member, h.certificate))
	}
	h.wantStatus(t, "reported", "6 6")
	h.wants(t, "reported", h.certificate, ra.CertificateSuspended, 0)
	if !h.lost(t) {
		t.Error("another kiosk does not know that the key is lost")
	}
	_, err := h.DeliverMessages(ctx)
	servicetest.Must(t, err)
	var told []string
	for _, m := range h.Sender.Sent() {
		if m.Template == "key_lost" {
			told = append(told, m.Mobile)
		}
	}
	slices.Sort(told)
	if want := slices.Sorted(slices.Values([]string{h.member.Handler.Mobile, mate.Handler.Mobile})); !slices.Equal(told, want) {
		t.Errorf("told %v, want each of %v once", told, want)
	}
	page, err := h.Holdings(ctx, h.Kiosk, h.member, ra.HoldingQuery{Serial: h.key.Identity.Serial})
	servicetest.Must(t, err)
	if one := page.Holdings[0]; one.LostAt == nil || !one.LostAt.Equal(h.Clock.Now()) || ra.CodeOf(one.MayReport()) != ra.CodeKeyLost {
		t.Errorf("holding %+v, want it reported now", one)
	}
	h.Sound(t)
}

// TestLostKeyOpensNothing: no order is placed on it but a reissue, no work is begun, and what was begun gets no certificate.
func TestLostKeyOpensNothing(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	order := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	release := h.reserved(t, order, ra.PlanExtend, "")
	servicetest.Must(t, h.ReportLost(ctx, h.Kiosk, h.member, h.certificate))
	fresh := servicetest.NewKey(t)
	_, err := h.Certify(ctx, h.Kiosk, release.Hold(), fresh.Request(t, release.Subject), 0)
	servicetest.WantCode(t, "certified", err, ra.CodeCertificateSuspended, "")
	_, err = h.Reserve(ctx, h.Kiosk, h.member, h.reservation(t, ra.Order{}, ra.PlanRotate, ""))
	servicetest.WantCode(t, "reserved", err, ra.CodeCertificateSuspended, "certificate_id")
	_, err = h.Place(ctx, h.Kiosk, h.member, h.On(t, ra.KindUnlock, ra.ReasonNone, h.certificate))
	servicetest.WantCode(t, "unlock", err, ra.CodeCertificateSuspended, "targets")
	_, err = h.Place(ctx, h.Kiosk, h.member, h.On(t, ra.KindReissue, ra.ReasonLost, h.certificate))
	servicetest.WantCode(t, "reissue", err, "", "")
	h.Sound(t)
}

// TestWhoReportsALostKey: a confirmed member of the organisation in the project, of what is in use, and at the desk the second time.
func TestWhoReportsALostKey(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	r := h.Registration(t)
	r.Organisation = h.member.Organisation
	claimed, err := h.Register(ctx, h.Kiosk, r)
	servicetest.Must(t, err)
	stranger, others := h.Holder(t, 1)
	h.Elsewhere(t)
	there := h.EnrolledAt(t, "BJ01", servicetest.OtherHallID, servicetest.OtherProjectID)
	for name, c := range map[string]struct {
		kiosk ra.Kiosk
		who   ra.Membership
		id    string
		code  ra.Code
	}{
		"only claimed":            {h.Kiosk, claimed, h.certificate, ra.CodeNotFound},
		"another organisation's":  {h.Kiosk, stranger, h.certificate, ra.CodeNotFound},
		"of another organisation": {h.Kiosk, h.member, others[0], ra.CodeNotFound},
		"unknown":                 {h.Kiosk, h.member, servicetest.ID(t), ra.CodeNotFound},
		"no id":                   {h.Kiosk, h.member, "7", ra.CodeNotFound},
		"at another project's":    {there, h.member, h.certificate, ra.CodeForbidden},
	} {
		servicetest.WantCode(t, name, h.ReportLost(ctx, c.kiosk, c.who, c.id), c.code, "")
	}
	h.wantStatus(t, "after all that", "good")
	servicetest.Must(t, h.ReportLost(ctx, h.Kiosk, h.member, h.certificate))
	second, code := h.Approved(t, h.member, 1)
	made, _, _ := h.Made(t, h.member, second, code)
	id := certificateOf(t, h.Hall, made.Unit.OperationID).ID
	servicetest.WantCode(t, "the next one", h.ReportLost(ctx, h.Kiosk, h.member, id), ra.CodeReportAtDesk, "")
	mate := h.mate(t)
	servicetest.Must(t, h.ReportLost(ctx, h.Kiosk, mate, id))
	servicetest.Must(t, h.ReportLost(ctx, h.Kiosk, h.member, id)) // it is lost already
	h.Sound(t)
}

// TestNextReportOfALostKey goes to the desk while the last one is open, and for good once a key was restored, by whomever; one that was
// true, since the key was replaced, bars nothing.
func TestNextReportOfALostKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ends func(t *testing.T, h *holder)
		code ra.Code
	}{
		"open": {func(*testing.T, *holder) {}, ra.CodeReportAtDesk},
		"restored by who reported it": {func(t *testing.T, h *holder) {
			servicetest.Must(t, h.RestoreLost(t.Context(), h.Kiosk, h.member, h.certificate, h.answer(t, h.Kiosk, h.member)))
		}, ra.CodeReportAtDesk},
		"restored at the desk": {func(t *testing.T, h *holder) { servicetest.Must(t, h.found(t)) }, ra.CodeReportAtDesk},
		"restored, and replaced later": {func(t *testing.T, h *holder) {
			servicetest.Must(t, h.found(t))
			h.Passed(t, h.member, h.On(t, ra.KindReissue, ra.ReasonDamaged, h.certificate))
		}, ra.CodeReportAtDesk},
		"replaced": {func(t *testing.T, h *holder) {
			h.Passed(t, h.member, h.On(t, ra.KindReissue, ra.ReasonLost, h.certificate))
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := holding(t)
			order, code := h.Approved(t, h.member, 1)
			made, _, _ := h.Made(t, h.member, order, code)
			next := certificateOf(t, h.Hall, made.Unit.OperationID).ID
			h.Clock.Advance(time.Second)
			servicetest.Must(t, h.ReportLost(t.Context(), h.Kiosk, h.member, h.certificate))
			c.ends(t, &h)
			servicetest.WantCode(t, name, h.ReportLost(t.Context(), h.Kiosk, h.member, next), c.code, "")
			h.Sound(t)
		})
	}
}

// TestLostKeyOverAlready: what was revoked, replaced or has expired for good is not reported.
func TestLostKeyOverAlready(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *holder){
		"revoked": func(t *testing.T, h *holder) {
			servicetest.Must(t, h.Revoke(t.Context(), h.Supervisor, h.certificate, ra.GroundCessation, "x"))
		},
		"replaced": func(t *testing.T, h *holder) {
			h.Passed(t, h.member, h.On(t, ra.KindReissue, ra.ReasonDamaged, h.certificate))
		},
		"expired": func(t *testing.T, h *holder) {
			h.Clock.Advance(200 * 24 * time.Hour)
			h.Furnish(t, func(tx *store.Tx) error {
				c, err := tx.CertificateByID(t.Context(), h.certificate)
				if err != nil {
					return err
				}
				return tx.SetCertificateState(t.Context(), c, ra.CertificateExpired)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := holding(t)
			end(t, &h)
			servicetest.WantCode(t, name, h.ReportLost(t.Context(), h.Kiosk, h.member, h.certificate), ra.CodeCertificateOver, "")
			h.Sound(t)
		})
	}
}

// TestTwoReportOneKey at once: it is suspended once, and the report is one of the two's.
func TestTwoReportOneKey(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	mate := h.mate(t)
	var all sync.WaitGroup
	for _, who := range []ra.Membership{h.member, mate, h.member, mate} {
		all.Go(func() {
			if err := h.ReportLost(ctx, h.Kiosk, who, h.certificate); err != nil {
				t.Errorf("%s: %v", who.Login, err)
			}
		})
	}
	all.Wait()
	held, err := h.Store.AllSuspensions(ctx, h.certificate)
	servicetest.Must(t, err)
	if len(held) != 1 || held[0].Reason != ra.SuspendedAsLost || held[0].Person != h.member.PersonID && held[0].Person != mate.PersonID {
		t.Errorf("suspensions %+v, want one", held)
	}
	h.Sound(t)
}

// TestLostAndHeldByStaff: each reason is lifted by its own rule alone, and the certificate is in use again with the last one.
func TestLostAndHeldByStaff(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	servicetest.Must(t, h.ReportLost(ctx, h.Kiosk, h.member, h.certificate))
	servicetest.Must(t, h.Suspend(ctx, h.Supervisor, h.certificate, "x"))
	servicetest.Must(t, h.Restore(ctx, h.Supervisor, h.certificate, "x"))
	h.wantStatus(t, "restored by staff", "6 6")
	servicetest.Must(t, h.found(t))
	h.wantStatus(t, "found", "good")
	if h.lost(t) {
		t.Error("the key counts as lost still")
	}
	h.Sound(t)
}

// found lifts the loss at the desk: a supervisor asks, another one confirms.
func (h holder) found(t *testing.T) error {
	t.Helper()
	second := h.Hired(t, "officer"+servicetest.ID(t)[:8]+"@hall.example", "钱主管", servicetest.Grants(ra.RoleSupervisor)...)
	r := book.Ruling{ID: servicetest.ID(t), CertificateID: h.certificate, Act: ra.ActFound, Ground: ra.GroundBack, Note: "身份证与公函"}
	waits, err := h.Rule(t.Context(), h.Supervisor, r)
	servicetest.Must(t, err)
	if !waits {
		t.Error("one person alone restored a lost key")
	}
	h.wantStatus(t, "asked", "6 6")
	servicetest.WantCode(t, "by who asked", h.ConfirmRuling(t.Context(), h.Supervisor, r.ID), ra.CodeRulingSecond, "")
	return h.ConfirmRuling(t.Context(), second, r.ID)
}

// TestDeskReportsAndRestores a lost key: staff suspend it as lost, and only a second person lets it go, whatever the project wants.
func TestDeskReportsAndRestores(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	_, err := h.Rule(ctx, h.Supervisor, book.Ruling{CertificateID: h.certificate, Act: ra.ActSuspend, Ground: ra.GroundLost, Note: "身份证与公函"})
	servicetest.Must(t, err)
	if !h.lost(t) {
		t.Error("the key is not lost")
	}
	servicetest.Must(t, h.Restore(ctx, h.Supervisor, h.certificate, "x")) // nothing of the hall's own is there
	h.wantStatus(t, "restored by the other rule", "6 6")
	_, err = h.Rule(ctx, book.Command(), book.Ruling{CertificateID: h.certificate, Act: ra.ActFound, Ground: ra.GroundBack, Note: "x"})
	servicetest.WantCode(t, "by a command", err, ra.CodeSecondPerson, "")
	servicetest.Must(t, h.found(t))
	h.wantStatus(t, "found", "good")
	h.Texted(t, h.number(t), "UKey 已找回")
	h.Sound(t)
}

// TestReissueOfALostKey revokes it: nothing brings it back then.
func TestReissueOfALostKey(t *testing.T) {
	t.Parallel()
	h := holding(t)
	servicetest.Must(t, h.ReportLost(t.Context(), h.Kiosk, h.member, h.certificate))
	h.Passed(t, h.member, h.On(t, ra.KindReissue, ra.ReasonLost, h.certificate))
	h.wants(t, "reissued", h.certificate, ra.CertificateRevoked, ra.RevokedKeyCompromise)
	h.wantStatus(t, "reissued", "1 1")
	if !h.lost(t) {
		t.Error("the key does not count as lost any more")
	}
	_, err := h.Rule(t.Context(), h.Supervisor, book.Ruling{ID: servicetest.ID(t), CertificateID: h.certificate, Act: ra.ActFound, Ground: ra.GroundBack, Note: "x"})
	servicetest.WantCode(t, "found", err, ra.CodeState, "")
	h.Sound(t)
}

// answer is what the holder's key signs for a person who wants to restore it at a kiosk.
func (h holder) answer(t *testing.T, kiosk ra.Kiosk, who ra.Membership) ra.KeyAnswer {
	t.Helper()
	return h.Answer(t, kiosk, intake.Caller{PersonID: who.PersonID}, ra.KeyPurposeRestore, h.key)
}

// TestLostKeyIsRestoredByItsSignature: by a member who was confirmed before the report, whoever reported it; everybody is told, and it is in use
// at once. Sent again, it stays so.
func TestLostKeyIsRestoredByItsSignature(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	mate := h.mate(t)
	h.Clock.Advance(time.Second)
	servicetest.Must(t, h.ReportLost(ctx, h.Kiosk, mate, h.certificate))
	_, err := h.LogInByKey(ctx, h.Kiosk, ra.KeyAnswer{})
	servicetest.WantCode(t, "login without a nonce", err, ra.CodeChallengeStale, "")
	_, err = h.KeyChallenge(ctx, h.Kiosk, intake.Caller{}, h.key.Asked(ra.KeyPurposeLogin))
	servicetest.WantCode(t, "login of a lost key", err, ra.CodeKeyLost, "")
	answer := h.answer(t, h.Other, h.member)
	for range 2 {
		servicetest.Must(t, h.RestoreLost(ctx, h.Other, h.member, h.certificate, answer))
	}
	h.wantStatus(t, "restored", "good")
	if h.lost(t) {
		t.Error("the key counts as lost still")
	}
	_, err = h.DeliverMessages(ctx)
	servicetest.Must(t, err)
	told := 0
	for _, m := range h.Sender.Sent() {
		if m.Template == "key_found" {
			told++
		}
	}
	if told != 2 {
		t.Errorf("%d messages tell that it is back, want one to each of the two", told)
	}
	held, err := h.Store.AllSuspensions(ctx, h.certificate)
	servicetest.Must(t, err)
	if len(held) != 1 || held[0].Person != mate.PersonID || held[0].LiftedPerson != h.member.PersonID || held[0].LiftedAt == nil {
		t.Errorf("suspensions %+v", held)
	}
	servicetest.WantCode(t, "the reporter's next report", h.ReportLost(ctx, h.Kiosk, mate, h.certificate), ra.CodeReportAtDesk, "")
	h.Sound(t)
}

// TestWhoRestoresALostKey: nobody without its signature, for somebody else, at another kiosk, later than a minute, twice, or made for
// something else; and another key's opens nothing of this one.
func TestWhoRestoresALostKey(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	mate := h.mate(t)
	order, code := h.Approved(t, h.member, 1)
	_, _, other := h.Made(t, h.member, order, code)
	h.Clock.Advance(time.Second)
	servicetest.Must(t, h.ReportLost(ctx, h.Kiosk, h.member, h.certificate))
	late := h.answer(t, h.Kiosk, h.member)
	h.Clock.Advance(61 * time.Second)
	forged := h.answer(t, h.Kiosk, h.member)
	forged.Signature = other.SignText(t, ra.LoginMessage(ra.KeyPurposeRestore, h.Kiosk.ID, forged.Nonce))
	bare := h.answer(t, h.Kiosk, h.member)
	bare.Signature = h.key.SignText(t, bare.Nonce)
	member := h.Answer(t, h.Kiosk, intake.Caller{PersonID: h.member.PersonID}, ra.KeyPurposeMember, other)
	for name, c := range map[string]struct {
		answer ra.KeyAnswer
		code   ra.Code
		field  string
	}{
		"without a signature": {ra.KeyAnswer{}, ra.CodeChallengeStale, ""},
		"too late":            {late, ra.CodeChallengeStale, ""},
		"a colleague's":       {h.answer(t, h.Kiosk, mate), ra.CodeChallengeStale, ""},
		"another kiosk's":     {h.answer(t, h.Other, h.member), ra.CodeChallengeStale, ""},
		"for something else":  {member, ra.CodeChallengeStale, ""},
		"by another key":      {forged, ra.CodeProofBad, "signature"},
		"of bare bytes":       {bare, ra.CodeProofBad, "signature"},
		"of another key":      {h.Answer(t, h.Kiosk, intake.Caller{PersonID: h.member.PersonID}, ra.KeyPurposeRestore, other), ra.CodeKeyWrong, ""},
	} {
		servicetest.WantCode(t, name, h.RestoreLost(ctx, h.Kiosk, h.member, h.certificate, c.answer), c.code, c.field)
	}
	servicetest.WantCode(t, "used up", h.RestoreLost(ctx, h.Kiosk, h.member, h.certificate, forged), ra.CodeChallengeStale, "")
	h.wantStatus(t, "after all that", "6 6")
	stranger, _ := h.Holder(t, 1)
	servicetest.WantCode(t, "by a stranger", h.RestoreLost(ctx, h.Kiosk, stranger, h.certificate, ra.KeyAnswer{}), ra.CodeNotFound, "")
	servicetest.Must(t, h.RestoreLost(ctx, h.Kiosk, h.member, h.certificate, h.answer(t, h.Kiosk, h.member)))
	h.wantStatus(t, "restored", "good")
	h.Sound(t)
}

// TestNoNewcomerRestoresALostKey: who was confirmed after the report, or has another password since, changed or set anew, cannot, though they have
// the key; the desk can.
func TestNoNewcomerRestoresALostKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(t *testing.T, h *holder, who ra.Membership) ra.Membership
		code   ra.Code
	}{
		"confirmed later": {func(t *testing.T, h *holder, _ ra.Membership) ra.Membership { return h.mate(t) }, ra.CodeFoundMember},
		"another password": {func(t *testing.T, h *holder, who ra.Membership) ra.Membership {
			servicetest.Must(t, h.ChangePassword(t.Context(), h.Kiosk, intake.Caller{PersonID: who.PersonID}, servicetest.Password, "hangzhou2028"))
			return who
		}, ra.CodeFoundChanged},
		"another mobile": {func(t *testing.T, h *holder, who ra.Membership) ra.Membership {
			h.Passed(t, who, h.Change(t, who, ra.ReasonData, func(a *ra.Applicant) { a.Handler.Mobile = "13900009999" }))
			return h.MemberAgain(t, who)
		}, ra.CodeFoundChanged},
		"set anew": {func(t *testing.T, h *holder, who ra.Membership) ra.Membership {
			servicetest.Must(t, h.ForgotPassword(t.Context(), h.Kiosk, who.Login))
			_, err := h.DeliverMessages(t.Context())
			servicetest.Must(t, err)
			sent := h.Sender.Sent()
			servicetest.Must(t, h.RecoverPassword(t.Context(), h.Kiosk, who.Login, sent[len(sent)-1].Parameters["code"], "hangzhou2028"))
			return who
		}, ra.CodeFoundChanged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := holding(t)
			ctx := t.Context()
			h.Clock.Advance(time.Second)
			servicetest.Must(t, h.ReportLost(ctx, h.Kiosk, h.member, h.certificate))
			h.Clock.Advance(time.Second)
			who := c.before(t, &h, h.member)
			servicetest.WantCode(t, name, h.RestoreLost(ctx, h.Kiosk, who, h.certificate, h.answer(t, h.Kiosk, who)), c.code, "")
			h.wantStatus(t, name, "6 6")
			servicetest.Must(t, h.found(t))
			h.wantStatus(t, "at the desk", "good")
			h.Sound(t)
		})
	}
}

// TestTwoRestoreOneKey at once, while a third reports it: it is in use or lost in the end, and the register is sound.
func TestTwoRestoreOneKey(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	mate, third := h.mate(t), h.mate(t)
	h.Clock.Advance(time.Second)
	servicetest.Must(t, h.ReportLost(ctx, h.Kiosk, h.member, h.certificate))
	answers := map[string]ra.KeyAnswer{h.member.ID: h.answer(t, h.Kiosk, h.member), mate.ID: h.answer(t, h.Kiosk, mate)}
	var all sync.WaitGroup
	for _, who := range []ra.Membership{h.member, mate} {
		all.Go(func() { // the second one finds it restored, or, reported anew at the same moment, was confirmed before that, too
			if err := h.RestoreLost(ctx, h.Kiosk, who, h.certificate, answers[who.ID]); err != nil {
				t.Errorf("%s: %v", who.Login, err)
			}
		})
	}
	all.Go(func() {
		if err := h.ReportLost(ctx, h.Kiosk, third, h.certificate); err != nil {
			t.Errorf("reported again: %v", err)
		}
	})
	all.Wait()
	if held := h.lost(t); held != (h.state(t, h.certificate) == ra.CertificateSuspended) {
		t.Errorf("lost %v, and the certificate is %s", held, h.state(t, h.certificate))
	}
	h.Sound(t)
}
