package issuing_test

import (
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
)

// holder is a hall in which a confirmed member holds a key whose certificate ends in 40 days.
type holder struct {
	*servicetest.Hall
	member      ra.Membership
	key         *servicetest.Key
	certificate string // id
}

func holding(t *testing.T) holder {
	t.Helper()
	h := holder{Hall: servicetest.New(t)}
	h.member = h.Registered(t)
	order, code := h.Approved(t, h.member, 1)
	done, _, key := h.Made(t, h.member, order, code)
	h.key, h.certificate, h.member = key, certificateOf(t, h.Hall, done.Unit.OperationID).ID, h.MemberAgain(t, h.member)
	h.Clock.Advance(h.CertificateEnd(t, h.certificate).Sub(h.Clock.Now()) - 40*24*time.Hour)
	return h
}

func certificateOf(t *testing.T, h *servicetest.Hall, operationID string) ra.Certificate {
	t.Helper()
	c, err := h.Store.CertificateOfOperation(t.Context(), operationID)
	servicetest.Must(t, err)
	return c
}

// reservation is one for the holder's key.
func (h holder) reservation(t *testing.T, order ra.Order, plan ra.Plan, code string) ra.Reservation {
	t.Helper()
	r := ra.Reservation{OperationID: servicetest.ID(t), OrderID: order.ID, Key: h.key.Identity, AuthCode: code, Plan: plan, CertificateID: h.certificate,
		Attempt: ra.AdminAttempt{Initialized: true, State: ra.TokenPINOK, CustomerPINSet: true, CustomerPIN: ra.TokenPINOK}}
	if plan.Has(ra.StepAdministrator) {
		r.Attempt.ID = r.OperationID
	}
	return r
}

func (h holder) reserved(t *testing.T, order ra.Order, plan ra.Plan, code string) ra.Release {
	t.Helper()
	release, err := h.Reserve(t.Context(), h.Kiosk, h.member, h.reservation(t, order, plan, code))
	servicetest.Must(t, err)
	return release
}

// proof answers a challenge with the pair of a key.
func (h holder) proof(t *testing.T, release ra.Release, key *servicetest.Key) ra.Proof {
	t.Helper()
	challenge, err := h.Challenge(t.Context(), h.Kiosk, release.Hold())
	servicetest.Must(t, err)
	p := ra.Proof{OperationID: release.Operation.ID, Challenge: challenge, Signature: key.Sign(t, challenge), Certificate: key.Certificate, Inside: true}
	if release.Opening != nil {
		p.AdminPIN = release.Opening.Set.Version
	}
	return p
}

func (h holder) confirmed(t *testing.T, release ra.Release, p ra.Proof) ra.Completion {
	t.Helper()
	var done ra.Completion
	for range 2 {
		var err error
		done, err = h.Confirm(t.Context(), h.Kiosk, release.Hold(), p)
		servicetest.Must(t, err)
	}
	return done
}

// wants compares the states of a certificate.
func (h holder) wants(t *testing.T, what, id string, state ra.CertificateState, reason int) {
	t.Helper()
	c, err := h.Store.CertificateByID(t.Context(), id)
	servicetest.Must(t, err)
	if c.State != state || c.RevocationReason != reason {
		t.Errorf("%s: the certificate is %s for %d, want %s for %d", what, c.State, c.RevocationReason, state, reason)
	}
}

// TestPlansThatReplaceACertificate: the old one is touched when the new one is proven, as the table of services says, and not before.
func TestPlansThatReplaceACertificate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plan   ra.Plan
		apply  func(t *testing.T, h holder) ra.Application
		months int // after the old end
		state  ra.CertificateState
		reason int
	}{
		"extend": {ra.PlanExtend, func(t *testing.T, h holder) ra.Application {
			return h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate)
		}, 12, ra.CertificateSuperseded, 0},
		"change": {ra.PlanChange, func(t *testing.T, h holder) ra.Application {
			return h.Change(t, h.member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = "杭州更名科技有限公司" })
		}, 0, ra.CertificateRevoked, ra.RevokedAffiliationChanged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := holding(t)
			release := h.reserved(t, h.Passed(t, h.member, c.apply(t, h)), c.plan, "")
			if release.Opening != nil || release.Target == nil || release.Target.CertificateID != h.certificate || release.Target.Label == "" {
				t.Fatalf("released %v with target %+v", release.Opening, release.Target)
			}
			fresh := servicetest.NewKey(t)
			fresh.Identity = h.key.Identity
			_, err := h.Challenge(t.Context(), h.Kiosk, release.Hold())
			servicetest.WantCode(t, "a challenge before the certificate", err, ra.CodeState, "")
			issued, err := h.Certify(t.Context(), h.Kiosk, release.Hold(), fresh.Request(t, release.Subject), 0)
			servicetest.Must(t, err)
			fresh.Certificate = issued.Certificate
			h.wants(t, "issued", h.certificate, ra.CertificateActive, 0)
			h.Sound(t)
			_, err = h.Confirm(t.Context(), h.Kiosk, release.Hold(), h.proof(t, release, h.key))
			servicetest.WantCode(t, "the old pair's proof", err, ra.CodeProofBad, "")
			h.wants(t, "not proven", h.certificate, ra.CertificateActive, 0)
			done := h.confirmed(t, release, h.proof(t, release, fresh))
			if done.Order.State != ra.OrderDone || done.Unit.State != ra.UnitDone {
				t.Errorf("the order is %s, its unit %s", done.Order.State, done.Unit.State)
			}
			h.wants(t, "proven", h.certificate, c.state, c.reason)
			made, err := h.Store.CertificateByID(t.Context(), issued.CertificateID)
			servicetest.Must(t, err)
			local := h.CertificateEnd(t, h.certificate).In(ra.HallTime)
			if made.State != ra.CertificateActive || made.Supersedes != h.certificate || made.Key != h.key.Identity ||
				!made.NotAfter.Equal(local.AddDate(0, c.months, 0)) {
				t.Errorf("made %s until %s in place of %q", made.State, made.NotAfter, made.Supersedes)
			}
			h.Sound(t)
		})
	}
}

// TestUnlock: a key whose PIN is locked gets a new one, which is proven with the pair that is on it.
func TestUnlock(t *testing.T) {
	t.Parallel()
	h := holding(t)
	order := h.Passed(t, h.member, h.On(t, ra.KindUnlock, ra.ReasonNone, h.certificate))
	_, err := h.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	code, err := h.Sender.Code(order.Number)
	servicetest.Must(t, err)
	r := h.reservation(t, order, ra.PlanUnlock, "00000000")
	r.Attempt.CustomerPIN = ra.TokenPINLocked
	_, err = h.Reserve(t.Context(), h.Kiosk, h.member, r)
	servicetest.WantCode(t, "another code", err, ra.CodeAuthCodeWrong, "auth_code")
	r.AuthCode = code
	release, err := h.Reserve(t.Context(), h.Kiosk, h.member, r)
	servicetest.Must(t, err)
	if o := release.Opening; o == nil || o.Set.Version != 2 || o.Try == nil || o.Try.Version != 1 || o.Customer != nil {
		t.Fatalf("opening %+v", o)
	}
	wantKey(t, h.Hall, "locked", h.key, ra.KeyActive, ra.TokenPINLocked, ra.CustodyPerson)
	_, err = h.Certify(t.Context(), h.Kiosk, release.Hold(), h.key.Request(t, release.Subject), 2)
	servicetest.WantCode(t, "a certificate", err, ra.CodeState, "")
	p := h.proof(t, release, h.key)
	_, err = h.Confirm(t.Context(), h.Kiosk, release.Hold(), p)
	servicetest.WantCode(t, "a PIN that was not seen to open it", err, ra.CodeProofBad, "pin_opens")
	p.PINOpens = true
	done := h.confirmed(t, release, p)
	if done.Order.State != ra.OrderDone || done.Unit.State != ra.UnitDone {
		t.Errorf("the order is %s, its unit %s", done.Order.State, done.Unit.State)
	}
	wantKey(t, h.Hall, "unlocked", h.key, ra.KeyActive, ra.TokenPINOK, ra.CustodyPerson)
	h.wants(t, "unlocked", h.certificate, ra.CertificateActive, 0)
	h.Sound(t)
}

// TestRotate: the administrator PIN that was set counts once it was seen to open the key.
func TestRotate(t *testing.T) {
	t.Parallel()
	h := holding(t)
	release := h.reserved(t, ra.Order{}, ra.PlanRotate, "")
	p := h.proof(t, release, h.key)
	p.Signature, p.Certificate, p.Inside = nil, nil, false
	_, err := h.Confirm(t.Context(), h.Kiosk, release.Hold(), p)
	servicetest.WantCode(t, "never opened", err, ra.CodeProofBad, "admin_pin")
	again := h.reservation(t, ra.Order{}, ra.PlanRotate, "").Attempt
	again.ID, again.Last = servicetest.ID(t), &ra.AttemptResult{ID: release.Operation.ID, Outcome: ra.AttemptRight, Begun: true}
	opening, err := h.Administrator(t.Context(), h.Kiosk, release.Hold(), again)
	if err != nil || opening.Try == nil || opening.Try.Version != 2 {
		t.Fatalf("opening %+v, %v, want version 2 to be tried", opening.Try, err)
	}
	outcome := func(o ra.AttemptOutcome) {
		_, err := h.Store.Pool().Exec(t.Context(), `UPDATE admin_attempts SET outcome = $2 WHERE id = $1`, again.ID, string(o))
		servicetest.Must(t, err)
	}
	outcome(ra.AttemptVoid)
	_, err = h.Confirm(t.Context(), h.Kiosk, release.Hold(), p)
	servicetest.WantCode(t, "an attempt that was never made", err, ra.CodeProofBad, "admin_pin")
	outcome(ra.AttemptUnknown)
	h.confirmed(t, release, p)
	if k, err := h.Store.UKey(t.Context(), h.key.Identity); err != nil || k.AdminPIN != 2 || k.Pending != 0 {
		t.Errorf("version %d is known, %d pending, %v, want 2 and none", k.AdminPIN, k.Pending, err)
	}
	h.Sound(t)
}

// TestRepair proves an active certificate again, and one that never was: then the write that made it is done.
func TestRepair(t *testing.T) {
	t.Parallel()
	h := holding(t)
	h.repaired(t, h.certificate, h.key)
	h.wants(t, "proven again", h.certificate, ra.CertificateActive, 0)
	h.Sound(t)

	order := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	release := h.reserved(t, order, ra.PlanExtend, "")
	fresh := servicetest.NewKey(t)
	fresh.Identity = h.key.Identity
	issued, err := h.Certify(t.Context(), h.Kiosk, release.Hold(), fresh.Request(t, release.Subject), 0)
	servicetest.Must(t, err)
	fresh.Certificate = issued.Certificate
	done := h.repaired(t, issued.CertificateID, fresh)
	if done.Order.ID != order.ID || done.Order.State != ra.OrderDone || done.Unit.State != ra.UnitDone {
		t.Errorf("the order is %s, its unit %s", done.Order.State, done.Unit.State)
	}
	found, err := h.Case(t.Context(), h.Supervisor, order.ID)
	servicetest.Must(t, err)
	if len(found.Operations) != 2 || len(found.Proofs) != 1 || found.Proofs[0].Served != release.Operation.ID {
		t.Errorf("the case has %d operations and the proofs %+v, want two and that of %s", len(found.Operations), found.Proofs, release.Operation.ID)
	}
	if counts, err := h.Overview(t.Context(), h.Supervisor); err != nil || counts.DoneToday != 1 {
		t.Errorf("%d were done today, %v, want the one that was finished", counts.DoneToday, err)
	}
	h.wants(t, "the new one", issued.CertificateID, ra.CertificateActive, 0)
	h.wants(t, "the old one", h.certificate, ra.CertificateSuperseded, 0)
	_, err = h.Challenge(t.Context(), h.Kiosk, release.Hold())
	servicetest.WantCode(t, "the write that was finished", err, ra.CodeTicketDead, "")
	h.Sound(t)
}

// repaired repairs a certificate of the holder's key.
func (h holder) repaired(t *testing.T, certificateID string, key *servicetest.Key) ra.Completion {
	t.Helper()
	r := h.reservation(t, ra.Order{}, ra.PlanRepair, "")
	r.CertificateID = certificateID
	release, err := h.Reserve(t.Context(), h.Kiosk, h.member, r)
	servicetest.Must(t, err)
	return h.confirmed(t, release, h.proof(t, release, key))
}

// TestTargetIsCheckedAgain: what a certificate, its key and its owner turned out to be since it was ordered counts.
func TestTargetIsCheckedAgain(t *testing.T) {
	t.Parallel()
	h := holding(t)
	order := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	stranger := h.Registered(t)
	for name, c := range map[string]struct {
		member ra.Membership
		change func(*ra.Reservation)
		code   ra.Code
		field  string
	}{
		"another key":               {h.member, func(r *ra.Reservation) { r.Key.Serial = "other" }, ra.CodeKeyWrong, "key"},
		"another plan":              {h.member, func(r *ra.Reservation) { r.Plan = ra.PlanChange }, ra.CodeConflict, "plan"},
		"another certificate":       {h.member, func(r *ra.Reservation) { r.CertificateID = servicetest.ID(t) }, ra.CodeConflict, "certificate_id"},
		"extend, and no order":      {h.member, func(r *ra.Reservation) { r.OrderID = "" }, ra.CodeRequired, "order_id"},
		"no plan, and no order":     {h.member, func(r *ra.Reservation) { r.OrderID, r.Plan = "", "" }, ra.CodeRequired, "order_id"},
		"repair by a stranger":      {stranger, func(r *ra.Reservation) { r.OrderID, r.Plan = "", ra.PlanRepair }, ra.CodeNotFound, "certificate_id"},
		"repair of nothing":         {h.member, func(r *ra.Reservation) { r.OrderID, r.Plan, r.CertificateID = "", ra.PlanRepair, "" }, ra.CodeNotFound, "certificate_id"},
		"rotate without an attempt": {h.member, func(r *ra.Reservation) { r.OrderID, r.Plan = "", ra.PlanRotate }, ra.CodeInvalid, "attempt.id"},
	} {
		r := h.reservation(t, order, ra.PlanExtend, "")
		c.change(&r)
		_, err := h.Reserve(t.Context(), h.Kiosk, c.member, r)
		servicetest.WantCode(t, name, err, c.code, c.field)
	}
	h.Clock.Advance(60 * 24 * time.Hour) // past its end, and inside the window
	release := h.reserved(t, order, ra.PlanExtend, "")
	_, err := h.Reserve(t.Context(), h.Kiosk, h.member, h.reservation(t, ra.Order{}, ra.PlanRepair, ""))
	servicetest.WantCode(t, "a key in hand", err, ra.CodeKeyInUse, "")
	h.Clock.Advance(30 * 24 * time.Hour)
	_, err = h.Certify(t.Context(), h.Kiosk, release.Hold(), h.key.Request(t, release.Subject), 0)
	servicetest.WantCode(t, "the window is over, and who was there", err, ra.CodePresenceOver, "")
	h.Sound(t)
}

// TestOperationWithoutOrderEndsWithTheNext: nobody takes one over, and none stands in the way.
func TestOperationWithoutOrderEndsWithTheNext(t *testing.T) {
	t.Parallel()
	h := holding(t)
	first := h.reserved(t, ra.Order{}, ra.PlanRotate, "")
	_, err := h.Resume(t.Context(), h.Other, h.member, ra.Resumption{OperationID: first.Operation.ID, AuthCode: "12345678"})
	servicetest.WantCode(t, "another kiosk", err, ra.CodeTicketDead, "")
	servicetest.WantCode(t, "given up by staff", h.ReleaseUnit(t.Context(), h.Supervisor, first.Operation.ID, "x"), ra.CodeNotFound, "")
	status, err := h.KeyStatus(t.Context(), h.Kiosk, h.member, h.key.Identity)
	if err != nil || status.Operation == nil || status.Operation.ID != first.Operation.ID {
		t.Errorf("status %+v, %v", status, err)
	}
	if elsewhere, err := h.KeyStatus(t.Context(), h.Other, h.member, h.key.Identity); err != nil || !elsewhere.Known || elsewhere.Waiting || elsewhere.Operation != nil {
		t.Errorf("at another kiosk: status %+v, %v, want nothing to wait", elsewhere, err)
	}
	second, err := h.Reserve(t.Context(), h.Other, h.member, h.reservation(t, ra.Order{}, ra.PlanRotate, ""))
	if err != nil || second.Opening.Set.Version != first.Opening.Set.Version {
		t.Fatalf("begun anew: %v, want the same version to be set", err)
	}
	if op, err := h.Operation(t.Context(), h.Kiosk, first.Hold()); err != nil || op.State != ra.OperationReleased {
		t.Errorf("the first is %s, %v, want released", op.State, err)
	}
	h.Sound(t)
}

// TestUnitOfARevokedCertificateIsGivenUp: nothing can be done for it any more, and the order ends with it.
func TestUnitOfARevokedCertificateIsGivenUp(t *testing.T) {
	t.Parallel()
	h := holding(t)
	h.Passed(t, h.member, h.On(t, ra.KindRenew, ra.ReasonNone, h.certificate))
	order := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	h.Furnish(t, func(tx *store.Tx) error { return tx.RevokeCertificate(t.Context(), h.certificate, 0, h.Clock.Now()) })
	_, err := h.Reserve(t.Context(), h.Kiosk, h.member, h.reservation(t, order, ra.PlanExtend, ""))
	servicetest.WantCode(t, "reserved", err, ra.CodeCertificateOver, "certificate_id")
	h.wantEnded(t, "reserved", order, "open")
	h.Sound(t)
}
