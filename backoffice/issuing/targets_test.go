package issuing_test

import (
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// extending is a holder whose extension was reserved.
func extending(t *testing.T) (h holder, order ra.Order, release ra.Release) {
	t.Helper()
	h = holding(t)
	h.Passed(t, h.member, h.On(t, ra.KindRenew, ra.ReasonNone, h.certificate))
	order = h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	return h, order, h.reserved(t, order, ra.PlanExtend, "")
}

// certified issues a fresh pair's certificate for the holder's key.
func (h holder) certified(t *testing.T, release ra.Release) (*servicetest.Key, ra.Issued) {
	t.Helper()
	fresh := servicetest.NewKey(t)
	fresh.Identity = h.key.Identity
	issued, err := h.Certify(t.Context(), h.Kiosk, release.Hold(), fresh.Request(t, release.Subject), 0)
	servicetest.Must(t, err)
	fresh.Certificate = issued.Certificate
	return fresh, issued
}

// code is that of an order's latest text message.
func (h holder) code(t *testing.T, order ra.Order) string {
	t.Helper()
	_, err := h.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	code, err := h.Sender.Code(order.Number)
	servicetest.Must(t, err)
	return code
}

// pastItsEnd lets the clock go on to some days after the end of the holder's certificate.
func (h holder) pastItsEnd(t *testing.T, days int) {
	t.Helper()
	h.Clock.Advance(h.CertificateEnd(t, h.certificate).Sub(h.Clock.Now()) + time.Duration(days)*24*time.Hour)
}

// wantEnded: the order's only unit was given up, and what it held given back.
func (h holder) wantEnded(t *testing.T, what string, order ra.Order, terms string) {
	t.Helper()
	if got := h.OrderOf(t, h.member, order.ID); got.State != ra.OrderCancelled || got.Units[0].State != ra.UnitReleased {
		t.Errorf("%s: the order is %s, its unit %s, want cancelled and released", what, got.State, got.Units[0].State)
	}
	var got string
	servicetest.Must(t, h.Store.Pool().QueryRow(t.Context(), `SELECT COALESCE(string_agg(state, ' ' ORDER BY created_at), '') FROM terms`).Scan(&got))
	if got != terms {
		t.Errorf("%s: the terms are %q, want %q", what, got, terms)
	}
}

// TestReissue makes a key in the place of one that was lost; its certificate ends with the old one, and what waited passes on.
func TestReissue(t *testing.T) {
	t.Parallel()
	h := holding(t)
	h.Passed(t, h.member, h.On(t, ra.KindRenew, ra.ReasonNone, h.certificate))
	order := h.Passed(t, h.member, h.On(t, ra.KindReissue, ra.ReasonLost, h.certificate))
	h.wants(t, "approved", h.certificate, ra.CertificateRevoked, ra.RevokedKeyCompromise)
	done, _, key := h.Made(t, h.member, order, h.code(t, order))
	if done.Order.State != ra.OrderDone || done.Unit.State != ra.UnitDone {
		t.Errorf("the order is %s, its unit %s", done.Order.State, done.Unit.State)
	}
	made := certificateOf(t, h.Hall, done.Unit.OperationID)
	if end := h.CertificateEnd(t, h.certificate); made.Supersedes != h.certificate || made.Key != key.Identity || !made.NotAfter.Equal(end) {
		t.Errorf("made on %s until %s in place of %q, want until %s", made.Key.Serial, made.NotAfter, made.Supersedes, end)
	}
	var on string
	servicetest.Must(t, h.Store.Pool().QueryRow(t.Context(), `SELECT certificate_id FROM terms WHERE state = 'open'`).Scan(&on))
	if on != made.ID {
		t.Errorf("the term is on %s, want %s", on, made.ID)
	}
	wantKey(t, h.Hall, "lost", h.key, ra.KeyLost, ra.TokenPINOK, ra.CustodyPerson)
	h.Sound(t)
}

// TestReissueAfterTheOldEnd binds nothing: its certificate would end before it begins.
func TestReissueAfterTheOldEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ begun bool }{"before it is reserved": {false}, "before it is certified": {true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := holding(t)
			order := h.Passed(t, h.member, h.On(t, ra.KindReissue, ra.ReasonDamaged, h.certificate))
			key := servicetest.NewKey(t)
			h.pastItsEnd(t, 0)
			h.Clock.Advance(-time.Hour)
			order, err := h.NewCode(t.Context(), h.Supervisor, order.ID, order.Version)
			servicetest.Must(t, err)
			code := h.code(t, order)
			if !c.begun {
				h.Clock.Advance(2 * time.Hour)
				_, err := h.Reserve(t.Context(), h.Kiosk, h.member, servicetest.Reservation(t, order, code, key))
				servicetest.WantCode(t, "reserved", err, ra.CodeWindowOver, "certificate_id")
				h.wantEnded(t, "reserved", order, "")
				h.Sound(t)
				return
			}
			release := h.Reserved(t, h.member, order, code, key)
			h.Clock.Advance(2 * time.Hour)
			_, err = h.Certify(t.Context(), h.Kiosk, release.Hold(), key.Request(t, release.Subject), release.Opening.Set.Version)
			servicetest.WantCode(t, "certified", err, ra.CodeWindowOver, "certificate_id")
			if n := len(h.Issuer.Issued()); n != 1 {
				t.Errorf("the CA was asked for %d certificates, want the holder's alone", n)
			}
			servicetest.Must(t, h.ReleaseUnit(t.Context(), h.Supervisor, release.Operation.ID, "too late"))
			h.wantEnded(t, "released", order, "")
			h.Sound(t)
		})
	}
}

// TestTooLateIsGivenUp: what may not be done any more gives its term back instead of waiting for ever.
func TestTooLateIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plan  ra.Plan
		apply func(t *testing.T, h holder) ra.Application
		days  int // after the end
	}{
		"an extension past its window": {ra.PlanExtend, func(t *testing.T, h holder) ra.Application {
			return h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate)
		}, 31},
		"a change past the end": {ra.PlanChange, func(t *testing.T, h holder) ra.Application {
			return h.Change(t, h.member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = "杭州更名科技有限公司" })
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := holding(t)
			h.Passed(t, h.member, h.On(t, ra.KindRenew, ra.ReasonNone, h.certificate))
			order := h.Passed(t, h.member, c.apply(t, h))
			h.pastItsEnd(t, c.days)
			_, err := h.Reserve(t.Context(), h.Kiosk, h.member, h.reservation(t, order, c.plan, ""))
			servicetest.WantCode(t, "reserved", err, ra.CodeWindowOver, "certificate_id")
			h.wantEnded(t, "reserved", order, "open")
			h.Sound(t)
		})
	}
}

// TestWindowEndsWithAKeyInHand: nothing is bound, and the unit that staff release does not wait again.
func TestWindowEndsWithAKeyInHand(t *testing.T) {
	t.Parallel()
	h, order, release := extending(t)
	h.pastItsEnd(t, 30)
	h.Clock.Advance(-time.Hour)
	release, err := h.Resume(t.Context(), h.Kiosk, h.member, ra.Resumption{OperationID: release.Operation.ID, Ticket: release.Ticket})
	servicetest.Must(t, err)
	h.Clock.Advance(25 * time.Hour) // the last day is a whole one
	release, err = h.Resume(t.Context(), h.Kiosk, h.member, ra.Resumption{OperationID: release.Operation.ID, Ticket: release.Ticket})
	servicetest.Must(t, err)
	_, err = h.Certify(t.Context(), h.Kiosk, release.Hold(), h.key.Request(t, release.Subject), 0)
	servicetest.WantCode(t, "certified", err, ra.CodeWindowOver, "certificate_id")
	servicetest.Must(t, h.ReleaseUnit(t.Context(), h.Supervisor, release.Operation.ID, "too late"))
	h.wantEnded(t, "released", order, "open")
	h.Sound(t)
}

// TestLostKeyWithACertificateInHand: what was handed out for it and not proven is revoked with it, for the same reason, and stays so.
func TestLostKeyWithACertificateInHand(t *testing.T) {
	t.Parallel()
	h, order, release := extending(t)
	fresh, issued := h.certified(t, release)
	proof := h.proof(t, release, fresh)
	h.Passed(t, h.member, h.On(t, ra.KindReissue, ra.ReasonLost, h.certificate))
	h.wants(t, "lost", issued.CertificateID, ra.CertificateRevoked, ra.RevokedKeyCompromise)
	_, err := h.Confirm(t.Context(), h.Kiosk, release.Hold(), proof)
	servicetest.WantCode(t, "proven all the same", err, ra.CodeState, "")
	h.Sound(t)
	servicetest.Must(t, h.ReleaseUnit(t.Context(), h.Supervisor, release.Operation.ID, "lost"))
	h.wants(t, "released", issued.CertificateID, ra.CertificateRevoked, ra.RevokedKeyCompromise)
	h.wantEnded(t, "released", order, "open")
	h.Sound(t)
}

// TestLostKeyWhileTheCASigns: what it signs is not handed out any more, and its unit is given up by itself.
func TestLostKeyWhileTheCASigns(t *testing.T) {
	t.Parallel()
	h, order, release := extending(t)
	fresh := servicetest.NewKey(t)
	request := fresh.Request(t, release.Subject)
	h.Issuer.Around(nil, func() error {
		h.Issuer.Around(nil, nil)
		h.Passed(t, h.member, h.On(t, ra.KindReissue, ra.ReasonLost, h.certificate))
		return nil
	})
	for _, what := range []string{"the first time", "asked for again"} {
		_, err := h.Certify(t.Context(), h.Kiosk, release.Hold(), request, 0)
		servicetest.WantCode(t, what, err, ra.CodeKeyLost, "")
	}
	if n := len(h.Issuer.Issued()); n != 2 {
		t.Errorf("the CA was asked for %d certificates, want the holder's and one more", n)
	}
	h.wantEnded(t, "given back", order, "open")
	h.Sound(t)
}

// TestReservationOfAnotherIsNotAnswered: an operation's id alone gets nobody its ticket and its PINs.
func TestReservationOfAnotherIsNotAnswered(t *testing.T) {
	t.Parallel()
	h := holding(t)
	stranger, theirs := h.Holder(t, 1)
	for _, plan := range []ra.Plan{ra.PlanRotate, ra.PlanRepair} {
		r := h.reservation(t, ra.Order{}, plan, "")
		first, err := h.Reserve(t.Context(), h.Kiosk, h.member, r)
		servicetest.Must(t, err)
		said := h.NewLines(t, "")
		again, err := h.Reserve(t.Context(), h.Kiosk, stranger, r)
		servicetest.WantRefused(t, "another organisation's member", err, ra.CodeNotFound, said(), "operation.refuse not_found")
		if again.Ticket != "" || again.Presence != "" || again.Opening != nil {
			t.Errorf("%s: a stranger got %+v", plan, again)
		}
		other := r
		other.CertificateID = theirs[0]
		_, err = h.Reserve(t.Context(), h.Kiosk, h.member, other)
		servicetest.WantCode(t, "another certificate", err, ra.CodeConflict, "operation_id")
		_, err = h.Reserve(t.Context(), h.Other, h.member, r)
		servicetest.WantCode(t, "another kiosk", err, ra.CodeTicketDead, "")
		if got, err := h.Reserve(t.Context(), h.Kiosk, h.member, r); err != nil || got.Ticket != first.Ticket {
			t.Errorf("%s: the same again: another ticket, %v", plan, err)
		}
		servicetest.Must(t, h.BlockKiosk(t.Context(), h.Admin, h.Kiosk.ID, "stolen"))
		servicetest.Must(t, h.UnblockKiosk(t.Context(), h.Admin, h.Kiosk.ID))
		_, err = h.Reserve(t.Context(), h.Kiosk, h.member, r)
		servicetest.WantCode(t, "let in again", err, ra.CodeTicketDead, "")
	}
	h.Sound(t)
}

// TestWhatWaitsPassesOn: an order on a certificate that was replaced meanwhile is about the new one, and says so.
func TestWhatWaitsPassesOn(t *testing.T) {
	t.Parallel()
	h, _, release := extending(t)
	unlock := h.Passed(t, h.member, h.On(t, ra.KindUnlock, ra.ReasonNone, h.certificate))
	code := h.code(t, unlock)
	fresh, issued := h.certified(t, release)
	h.confirmed(t, release, h.proof(t, release, fresh))
	r := h.reservation(t, unlock, ra.PlanUnlock, code)
	_, err := h.Reserve(t.Context(), h.Kiosk, h.member, r)
	servicetest.WantCode(t, "on the old certificate", err, ra.CodeConflict, "certificate_id")
	now := h.OrderOf(t, h.member, unlock.ID)
	if now.Version <= unlock.Version || now.Targets()[0] != issued.CertificateID {
		t.Errorf("version %d is on %v, want one after %d on %s", now.Version, now.Targets(), unlock.Version, issued.CertificateID)
	}
	var told int
	servicetest.Must(t, h.Store.Pool().QueryRow(t.Context(), `SELECT count(*) FROM changes WHERE entity_id = $1 AND version = $2`, now.ID, now.Version).Scan(&told))
	if told != 1 {
		t.Errorf("the feed tells of version %d %d times, want once", now.Version, told)
	}
	r.CertificateID = issued.CertificateID
	_, err = h.Reserve(t.Context(), h.Kiosk, h.member, r)
	servicetest.Must(t, err)
	h.Sound(t)
}

// TestUnlockOfAKeyThatNobodyManages: where no administrator PIN of the key is known any more nothing is released, and nothing bound.
func TestUnlockOfAKeyThatNobodyManages(t *testing.T) {
	t.Parallel()
	h := holding(t)
	order := h.Passed(t, h.member, h.On(t, ra.KindUnlock, ra.ReasonNone, h.certificate))
	r := h.reservation(t, order, ra.PlanUnlock, h.code(t, order))
	_, err := h.Store.Pool().Exec(t.Context(), `UPDATE ukeys SET admin_pin = 0`)
	servicetest.Must(t, err)
	release, err := h.Reserve(t.Context(), h.Kiosk, h.member, r)
	servicetest.WantCode(t, "reserved", err, ra.CodeKeyUnmanaged, "")
	if got := h.OrderOf(t, h.member, order.ID); release.Opening != nil || got.State != ra.OrderApproved || got.Units[0].State != ra.UnitWaiting {
		t.Errorf("released %v, the order is %s, its unit %s", release.Opening, got.State, got.Units[0].State)
	}
}

// TestSeveralRenewedInOneCase: certificates are renewed and extended by one order, each by the months chosen for it: one payment, one review, one
// message and no code; a term that was paid for before is used, at no cost.
func TestSeveralRenewedInOneCase(t *testing.T) {
	t.Parallel()
	h := holder{Hall: servicetest.New(t)}
	h.Project.Services = append(h.Project.Services,
		ra.Service{ID: "extend-2y", Kind: ra.KindExtend, Name: ra.Text{ZH: "延期两年", EN: "Extension, two years"}, PriceFen: 35000, TermMonths: 24})
	h.PutProject(t, 2, h.Project)
	h.member = h.Registered(t)
	order, code := h.Approved(t, h.member, 3)
	held := map[string]*servicetest.Key{} // by certificate
	var certificates []string
	for range 3 {
		done, _, key := h.Made(t, h.member, order, code)
		id := certificateOf(t, h.Hall, done.Unit.OperationID).ID
		held[id], certificates = key, append(certificates, id)
	}
	h.member = h.MemberAgain(t, h.member)
	h.Clock.Advance(h.CertificateEnd(t, certificates[0]).Sub(h.Clock.Now()) - 40*24*time.Hour)
	h.Passed(t, h.member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates[2]))

	a := h.On(t, ra.KindExtend, ra.ReasonNone, certificates[0], certificates[2])
	a.Lines = append(a.Lines, ra.ChosenLine{ServiceID: "extend-2y", Targets: certificates[1:2]})
	seen := int64(19000 + 35000)
	a.SeenFen = &seen
	order = h.Passed(t, h.member, a)
	if order.State != ra.OrderApproved || order.AmountFen != seen || len(order.Units) != 3 {
		t.Fatalf("the case is %s for %d fen with %d units, want approved for %d with 3", order.State, order.AmountFen, len(order.Units), seen)
	}
	h.Texted(t, order.Number, "请携带相应的 UKey 到服务大厅任一终端办理延期")
	months := map[string]int{certificates[0]: 12, certificates[1]: 24, certificates[2]: 12}
	for i, id := range certificates {
		h.key, h.certificate = held[id], id
		end := h.CertificateEnd(t, id).In(ra.HallTime)
		release := h.reserved(t, order, ra.PlanExtend, "")
		fresh, issued := h.certified(t, release)
		done := h.confirmed(t, release, h.proof(t, release, fresh))
		if want := end.AddDate(0, months[id], 0); !h.CertificateEnd(t, issued.CertificateID).Equal(want) {
			t.Errorf("certificate %d ends at %s, want %s", i, h.CertificateEnd(t, issued.CertificateID), want)
		}
		h.wants(t, "the old one", id, ra.CertificateSuperseded, 0)
		if last := i == 2; done.Remaining != 2-i || (done.Order.State == ra.OrderDone) != last {
			t.Errorf("after key %d the order is %s with %d left", i, done.Order.State, done.Remaining)
		}
		h.Sound(t)
	}
	var terms string
	servicetest.Must(t, h.Store.Pool().QueryRow(t.Context(), `SELECT string_agg(state, ' ') FROM terms`).Scan(&terms))
	if terms != "used" {
		t.Errorf("the terms are %q, want the one that was paid for used", terms)
	}
}
