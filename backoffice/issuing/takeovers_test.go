package issuing_test

import (
	"slices"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/issuing"
	"keyhall/backoffice/password"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
)

// interrupted is a holder whose extension was reserved at the hall's kiosk and goes on nowhere.
func interrupted(t *testing.T) (holder, ra.Order, ra.Release) {
	t.Helper()
	h := holding(t)
	order := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	return h, order, h.reserved(t, order, ra.PlanExtend, "")
}

// signed is a resumption at a kiosk with the signature of a key over a fresh challenge.
func (h holder) signed(t *testing.T, kiosk ra.Kiosk, operationID string, key *servicetest.Key) ra.Resumption {
	t.Helper()
	asked, err := h.Takeover(t.Context(), kiosk, h.member, operationID)
	servicetest.Must(t, err)
	return ra.Resumption{OperationID: operationID, Challenge: asked.Challenge,
		Signature: key.SignText(t, ra.TakeoverMessage(kiosk.ID, operationID, asked.Challenge))}
}

// takeoverCode has a takeover code sent and reads it.
func (h holder) takeoverCode(t *testing.T, order ra.Order, operationID string) string {
	t.Helper()
	servicetest.Must(t, h.SendTakeoverCode(t.Context(), h.Other, h.member, operationID))
	_, err := h.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	code, err := h.Sender.Code(order.Number)
	servicetest.Must(t, err)
	return code
}

// TestStrangersDoNotTakeOver: every other way than the holder's is refused, leaves one line in the trail, and the operation where it is.
func TestStrangersDoNotTakeOver(t *testing.T) {
	t.Parallel()
	h, order, release := interrupted(t)
	ctx, id, nobody, stranger := t.Context(), release.Operation.ID, ra.Membership{}, h.Registered(t)
	good := func() ra.Resumption { return h.signed(t, h.Other, id, h.key) }
	used := h.signed(t, h.Other, id, servicetest.NewKey(t))
	_, err := h.Resume(ctx, h.Other, h.member, used)
	servicetest.WantCode(t, "another key", err, ra.CodeProofBad, "signature")
	used.Signature = h.key.SignText(t, ra.TakeoverMessage(h.Other.ID, id, used.Challenge))
	old := good()
	h.Clock.Advance(issuing.TakeoverLifetime)
	bare, proof, here := good(), good(), good()
	bare.Signature = h.key.SignText(t, bare.Challenge)
	proof.Signature = h.key.Sign(t, proof.Challenge)
	here.Signature = h.key.SignText(t, ra.TakeoverMessage(h.Kiosk.ID, id, here.Challenge))
	others := good()
	foreign, _, theirs := interruptedIn(t, h)
	others.Challenge = foreign.signed(t, h.Other, theirs.Operation.ID, h.key).Challenge
	others.Signature = h.key.SignText(t, ra.TakeoverMessage(h.Other.ID, id, others.Challenge))
	said := h.NewLines(t, order.ID)
	for _, c := range []struct {
		what   string
		member ra.Membership
		r      ra.Resumption
		code   ra.Code
		line   string
	}{
		{"nobody", nobody, good(), ra.CodeSessionOver, "operation.refuse session_over"},
		{"nobody with a copied ticket", nobody, ra.Resumption{OperationID: id, Ticket: release.Ticket}, ra.CodeTicketDead, "ticket.refuse ticket_dead"},
		{"another membership", stranger, good(), ra.CodeNotFound, "operation.refuse not_found"},
		{"a login alone", h.member, ra.Resumption{OperationID: id}, ra.CodeRequired, "operation.refuse required"},
		{"a login and a copied ticket", h.member, ra.Resumption{OperationID: id, Ticket: release.Ticket}, ra.CodeRequired, "operation.refuse required"},
		{"a code that nobody asked for", h.member, ra.Resumption{OperationID: id, AuthCode: "12345678"}, ra.CodeAuthCodeExpired, "code.refuse auth_code_expired"},
		{"a challenge that another key tried", h.member, used, ra.CodeChallengeStale, "operation.refuse challenge_stale"},
		{"an old challenge", h.member, old, ra.CodeChallengeStale, "operation.refuse challenge_stale"},
		{"another operation's challenge", h.member, others, ra.CodeChallengeStale, "operation.refuse challenge_stale"},
		{"bare bytes", h.member, bare, ra.CodeProofBad, "operation.refuse proof_bad"},
		{"a proof", h.member, proof, ra.CodeProofBad, "operation.refuse proof_bad"},
		{"a signature for another kiosk", h.member, here, ra.CodeProofBad, "operation.refuse proof_bad"},
	} {
		_, err := h.Resume(ctx, h.Other, c.member, c.r)
		servicetest.WantRefused(t, c.what, err, c.code, said(), c.line)
	}
	again := h.reservation(t, order, ra.PlanExtend, "")
	again.OperationID = id
	_, err = h.Reserve(ctx, h.Other, h.member, again)
	servicetest.WantRefused(t, "the same reservation elsewhere", err, ra.CodeTicketDead, said(), "ticket.refuse ticket_dead")
	_, err = h.Takeover(ctx, h.Other, stranger, id)
	servicetest.WantRefused(t, "a stranger's challenge", err, ra.CodeNotFound, said(), "operation.refuse not_found")
	servicetest.WantRefused(t, "a stranger's code", h.SendTakeoverCode(ctx, h.Other, stranger, id), ra.CodeNotFound, said(), "operation.refuse not_found")
	if op, err := h.Operation(ctx, h.Kiosk, release.Hold()); err != nil || op.KioskID != h.Kiosk.ID {
		t.Errorf("the operation is at kiosk %s, %v, want it where it was", op.KioskID, err)
	}
	h.Sound(t)
}

// TestDeadTakeoverCodeIsNotSent: a message whose code expired, or whose operation ended, while it was on its way is withdrawn, and stands so in
// the case.
func TestDeadTakeoverCodeIsNotSent(t *testing.T) {
	t.Parallel()
	h, order, release := interrupted(t)
	for what, die := range map[string]func(){
		"expired": func() { h.Clock.Advance(review.TakeoverCodeLifetime) },
		"used": func() {
			h.Furnish(t, func(tx *store.Tx) error { return tx.DropAuthorizationCode(t.Context(), release.Operation.ID) })
		},
	} {
		servicetest.Must(t, h.SendTakeoverCode(t.Context(), h.Other, h.member, release.Operation.ID))
		die()
		h.wantNoCode(t, what, order)
	}
	servicetest.Must(t, h.SendTakeoverCode(t.Context(), h.Other, h.member, release.Operation.ID))
	servicetest.Must(t, h.ReleaseUnit(t.Context(), h.Supervisor, release.Operation.ID, "lost"))
	h.wantNoCode(t, "the operation is over", order)
	h.Sound(t)
}

// wantNoCode wants the last takeover message of an order withdrawn when it is to be sent.
func (h holder) wantNoCode(t *testing.T, what string, order ra.Order) {
	t.Helper()
	_, err := h.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	for _, m := range h.Sender.Sent() {
		if m.Template == "takeover" {
			t.Errorf("%s: a dead code was sent", what)
		}
	}
	all, err := h.Store.MessagesOfOrder(t.Context(), order.ID)
	servicetest.Must(t, err)
	all = slices.DeleteFunc(all, func(m book.SentMessage) bool { return m.Template != "takeover" })
	if n := len(all); n == 0 || all[n-1].State != book.MessageWithdrawn || all[n-1].EndedAt == nil {
		t.Errorf("%s: messages %+v, want the last withdrawn", what, all)
	}
}

// interruptedIn is another operation of the same member in the same hall: on another certificate and key.
func interruptedIn(t *testing.T, in holder) (holder, ra.Order, ra.Release) {
	t.Helper()
	h := in
	h.Project.Window.BeforeDays = 5000
	h.PutProject(t, 1, h.Project)
	order, code := h.Approved(t, h.member, 1)
	done, _, key := h.Made(t, h.member, order, code)
	h.key, h.certificate = key, certificateOf(t, h.Hall, done.Unit.OperationID).ID
	extend := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	return h, extend, h.reserved(t, extend, ra.PlanExtend, "")
}

// TestHolderTakesOver: login and the old pair, or a code where that is gone; then the first kiosk's ticket is dead, and the new one ends it.
func TestHolderTakesOver(t *testing.T) {
	t.Parallel()
	for name, proof := range map[string]func(h holder, t *testing.T, order ra.Order, id string) ra.Resumption{
		"by the old pair": func(h holder, t *testing.T, _ ra.Order, id string) ra.Resumption {
			return h.signed(t, h.Other, id, h.key)
		},
		"by a code": func(h holder, t *testing.T, order ra.Order, id string) ra.Resumption {
			return ra.Resumption{OperationID: id, AuthCode: h.takeoverCode(t, order, id)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, order, release := interrupted(t)
			r := proof(h, t, order, release.Operation.ID)
			taken, err := h.Resume(t.Context(), h.Other, h.member, r)
			servicetest.Must(t, err)
			h.Texted(t, order.Number, "已改在")
			_, err = h.Operation(t.Context(), h.Kiosk, release.Hold())
			servicetest.WantCode(t, "the first kiosk's ticket", err, ra.CodeTicketDead, "")
			_, err = h.Resume(t.Context(), h.Kiosk, h.member, r)
			if code := ra.CodeOf(err); code != ra.CodeChallengeStale && code != ra.CodeAuthCodeExpired {
				t.Errorf("used twice: %v, want it refused", err)
			}
			next := servicetest.NewKey(t)
			issued, err := h.Certify(t.Context(), h.Other, taken.Hold(), next.Request(t, taken.Subject), 0)
			servicetest.Must(t, err)
			next.Certificate, h.Kiosk = issued.Certificate, h.Other
			h.confirmed(t, taken, h.proof(t, taken, next))
			h.wants(t, "the old one", h.certificate, ra.CertificateSuperseded, 0)
			h.Sound(t)
		})
	}
}

// TestTakeoverCodeIsLimited: five wrong ones end it, so do time and a newer one, and only a few are sent.
func TestTakeoverCodeIsLimited(t *testing.T) {
	t.Parallel()
	h, order, release := interrupted(t)
	id := release.Operation.ID
	try := func(what, code string, want ra.Code) {
		t.Helper()
		_, err := h.Resume(t.Context(), h.Other, h.member, ra.Resumption{OperationID: id, AuthCode: code})
		servicetest.WantCode(t, what, err, want, "auth_code")
	}
	first := h.takeoverCode(t, order, id)
	second := h.takeoverCode(t, order, id)
	try("one that a newer one replaced", first, ra.CodeAuthCodeWrong)
	h.Clock.Advance(review.TakeoverCodeLifetime)
	try("one that is over", second, ra.CodeAuthCodeExpired)
	third := h.takeoverCode(t, order, id)
	for _, wrong := range []string{"a", "b", "b", "c", "d"} {
		try("wrong "+wrong, wrong, ra.CodeAuthCodeWrong)
	}
	try("the fifth wrong one", "e", ra.CodeAuthCodeUsedUp)
	try("the right one after that", third, ra.CodeAuthCodeUsedUp)
	h.takeoverCode(t, order, id)
	h.takeoverCode(t, order, id)
	err := h.SendTakeoverCode(t.Context(), h.Other, h.member, id)
	servicetest.WantCode(t, "one too many", err, ra.CodeAuthCodePaused, "auth_code")
	h.Clock.Advance(password.Pause)
	taken, err := h.Resume(t.Context(), h.Other, h.member, ra.Resumption{OperationID: id, AuthCode: h.takeoverCode(t, order, id)})
	if err != nil || taken.Operation.KioskID != h.Other.ID {
		t.Errorf("after the pause: at kiosk %s, %v", taken.Operation.KioskID, err)
	}
	h.Sound(t)
}

// TestNothingToTakeOver: what a code opens, what is begun anew elsewhere, and what is over.
func TestNothingToTakeOver(t *testing.T) {
	t.Parallel()
	h := holding(t)
	release := h.reserved(t, ra.Order{}, ra.PlanRotate, "")
	_, err := h.Takeover(t.Context(), h.Other, h.member, release.Operation.ID)
	servicetest.WantCode(t, "what no order asked for", err, ra.CodeTicketDead, "")
	_, err = h.Resume(t.Context(), h.Kiosk, ra.Membership{}, ra.Resumption{OperationID: release.Operation.ID, Ticket: release.Ticket, AuthCode: "1"})
	servicetest.WantCode(t, "without a login, where no code opens it", err, ra.CodeSessionOver, "")
	order, code := h.Approved(t, h.member, 1)
	made := h.Reserved(t, h.member, order, code, servicetest.NewKey(t))
	_, err = h.Takeover(t.Context(), h.Other, h.member, made.Operation.ID)
	servicetest.WantCode(t, "what a code opens", err, ra.CodeConflict, "operation_id")
	servicetest.WantCode(t, "a code for it", h.SendTakeoverCode(t.Context(), h.Other, h.member, made.Operation.ID), ra.CodeConflict, "operation_id")
	order = h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	extend := h.reserved(t, order, ra.PlanExtend, "")
	r := h.signed(t, h.Other, extend.Operation.ID, h.key)
	_, err = h.Store.Pool().Exec(t.Context(), `UPDATE certificates SET state = 'revoked', revoked_at = now() WHERE id = $1`, h.certificate)
	servicetest.Must(t, err)
	_, err = h.Resume(t.Context(), h.Other, h.member, r)
	servicetest.WantCode(t, "a pair whose certificate was revoked", err, ra.CodeCertificateOver, "")
	servicetest.Must(t, h.ReleaseUnit(t.Context(), h.Supervisor, extend.Operation.ID, "x"))
	_, err = h.Takeover(t.Context(), h.Other, h.member, extend.Operation.ID)
	servicetest.WantCode(t, "what was released", err, ra.CodeState, "")
}

// TestOperationWithoutOrderGoesOn: at its own kiosk, with the ticket and a login of its member's, again and again; with nothing less, and
// with nobody else's.
func TestOperationWithoutOrderGoesOn(t *testing.T) {
	t.Parallel()
	h := holding(t)
	stranger := h.Registered(t)
	for _, plan := range []ra.Plan{ra.PlanRepair, ra.PlanRotate} {
		first := h.reserved(t, ra.Order{}, plan, "")
		r := ra.Resumption{OperationID: first.Operation.ID, Ticket: first.Ticket}
		for name, c := range map[string]struct {
			kiosk  ra.Kiosk
			member ra.Membership
			ticket string
			code   ra.Code
		}{
			"a stranger":       {h.Kiosk, stranger, r.Ticket, ra.CodeNotFound},
			"nobody":           {h.Kiosk, ra.Membership{}, r.Ticket, ra.CodeSessionOver},
			"without a ticket": {h.Kiosk, h.member, "", ra.CodeTicketDead},
			"at another kiosk": {h.Other, h.member, r.Ticket, ra.CodeTicketDead},
		} {
			_, err := h.Resume(t.Context(), c.kiosk, c.member, ra.Resumption{OperationID: r.OperationID, Ticket: c.ticket})
			servicetest.WantCode(t, string(plan)+", "+name, err, c.code, "")
		}
		status, err := h.KeyStatus(t.Context(), h.Kiosk, stranger, h.key.Identity)
		if err != nil || !status.Waiting || status.Operation != nil {
			t.Errorf("%s: a stranger is told %+v, %v, want only that something waits", plan, status, err)
		}
		for range 2 {
			again, err := h.Resume(t.Context(), h.Kiosk, h.member, r)
			if err != nil || again.Ticket != first.Ticket || again.Presence == "" || again.Target == nil {
				t.Errorf("%s: got %+v, %v", plan, again, err)
			}
		}
	}
	h.Sound(t)
}
