package issuing_test

import (
	"slices"
	"sync"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
)

// atOnce makes n calls at the same moment and returns their errors.
func atOnce(n int, call func(i int) error) []error {
	errs := make([]error, n)
	begin := make(chan struct{})
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			<-begin
			errs[i] = call(i)
		})
	}
	close(begin)
	wait.Wait()
	return errs
}

// wantOnly wants each call to go through, or to be refused with one of these codes, and returns how many went through.
func wantOnly(t *testing.T, what string, errs []error, codes ...ra.Code) (through int) {
	t.Helper()
	for _, err := range errs {
		switch {
		case err == nil:
			through++
		case !slices.Contains(codes, ra.CodeOf(err)):
			t.Errorf("%s: got %v, want one of %q", what, err, codes)
		}
	}
	return through
}

// TestEveryPlanAtOnce: whatever is begun on a key from two kiosks at the same moment, one operation has it in the end.
func TestEveryPlanAtOnce(t *testing.T) {
	t.Parallel()
	h := holding(t)
	unlock := h.Passed(t, h.member, h.On(t, ra.KindUnlock, ra.ReasonNone, h.certificate))
	extend := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	_, err := h.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	code, err := h.Sender.Code(unlock.Number)
	servicetest.Must(t, err)
	var wanted []ra.Reservation
	for range 2 {
		wanted = append(wanted, h.reservation(t, unlock, ra.PlanUnlock, code), h.reservation(t, extend, ra.PlanExtend, ""),
			h.reservation(t, ra.Order{}, ra.PlanRotate, ""), h.reservation(t, ra.Order{}, ra.PlanRepair, ""))
	}
	errs := atOnce(len(wanted), func(i int) error {
		kiosk := []ra.Kiosk{h.Kiosk, h.Other}[i/4]
		_, err := h.Reserve(t.Context(), kiosk, h.member, wanted[i])
		return err
	})
	if wantOnly(t, "reserve", errs, ra.CodeKeyInUse, ra.CodeUnitTaken) == 0 {
		t.Error("none had the key")
	}
	live, err := h.Store.LiveOperations(t.Context(), h.key.Identity)
	if err != nil || len(live) != 1 {
		t.Errorf("operations in hand: %d, %v, want 1", len(live), err)
	}
	h.Sound(t)
}

// TestProofAndReleaseAtOnce: a key is proven while the staff give its unit up and the order; certificates and the term follow whoever was
// first.
func TestProofAndReleaseAtOnce(t *testing.T) {
	t.Parallel()
	h := holding(t)
	h.Passed(t, h.member, h.On(t, ra.KindRenew, ra.ReasonNone, h.certificate))
	extend := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	release := h.reserved(t, extend, ra.PlanExtend, "")
	fresh := servicetest.NewKey(t)
	fresh.Identity = h.key.Identity
	issued, err := h.Certify(t.Context(), h.Kiosk, release.Hold(), fresh.Request(t, release.Subject), 0)
	servicetest.Must(t, err)
	fresh.Certificate = issued.Certificate
	proof := h.proof(t, release, fresh)
	reasons := []ra.Reason{{Kind: ra.ReasonOther, Note: "x"}}
	acts := []func() error{
		func() error { return h.ReleaseUnit(t.Context(), h.Supervisor, release.Operation.ID, "x") },
		func() error { _, err := h.Confirm(t.Context(), h.Kiosk, release.Hold(), proof); return err },
		func() error {
			o, err := h.Order(t.Context(), h.member, extend.ID)
			if err == nil {
				_, err = h.CancelOrder(t.Context(), h.Supervisor, o.ID, reasons, o.Version)
			}
			return err
		},
	}
	errs := atOnce(6, func(i int) error { return acts[i%3]() })
	wantOnly(t, "release, proof, cancellation", errs, ra.CodeState, ra.CodeConflict, ra.CodeUnitTaken)
	before, after := ra.CertificateActive, ra.CertificateRevoked
	if h.OrderOf(t, h.member, extend.ID).State == ra.OrderDone {
		before, after = ra.CertificateSuperseded, ra.CertificateActive
	}
	for id, want := range map[string]ra.CertificateState{h.certificate: before, issued.CertificateID: after} {
		c, err := h.Store.CertificateByID(t.Context(), id)
		servicetest.Must(t, err)
		if c.State != want {
			t.Errorf("the certificate until %s is %s, want %s", c.NotAfter, c.State, want)
		}
	}
	h.Sound(t)
}

// TestTakenOverAtOnce: two kiosks go on with the same operation at the same moment; the ticket of only one of them is good then.
func TestTakenOverAtOnce(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	kiosks := []ra.Kiosk{h.Other, h.Enrolled(t, "XH03")}
	member := h.Registered(t)
	order, code := h.Approved(t, member, 1)
	first := h.Reserved(t, member, order, code, servicetest.NewKey(t))
	releases := make([]ra.Release, 6)
	errs := atOnce(len(releases), func(i int) (err error) {
		releases[i], err = h.Resume(t.Context(), kiosks[i%2], member, ra.Resumption{OperationID: first.Operation.ID, AuthCode: code})
		return err
	})
	wantOnly(t, "resume", errs)
	good := map[string]bool{}
	for i, r := range releases {
		if _, err := h.Operation(t.Context(), kiosks[i%2], r.Hold()); err == nil {
			good[kiosks[i%2].ID] = true
		} else {
			servicetest.WantCode(t, "the other's ticket", err, ra.CodeTicketDead, "")
		}
	}
	if len(good) != 1 {
		t.Errorf("tickets of %d kiosks are good, want 1", len(good))
	}
	h.Sound(t)
}

// TestProofWaitsForOrdersFirst: a proof that waits for an order on the certificate which it replaces holds no certificate meanwhile, for
// which whoever has that order may wait in turn.
func TestProofWaitsForOrdersFirst(t *testing.T) {
	t.Parallel()
	h := holding(t)
	renewal, err := h.Place(t.Context(), h.Kiosk, h.member, h.On(t, ra.KindRenew, ra.ReasonNone, h.certificate))
	servicetest.Must(t, err)
	release := h.reserved(t, h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate)), ra.PlanExtend, "")
	fresh := servicetest.NewKey(t)
	fresh.Identity = h.key.Identity
	issued, err := h.Certify(t.Context(), h.Kiosk, release.Hold(), fresh.Request(t, release.Subject), 0)
	servicetest.Must(t, err)
	fresh.Certificate = issued.Certificate
	proof := h.proof(t, release, fresh)
	proven := make(chan error, 1)
	servicetest.Must(t, h.Store.Do(t.Context(), func(tx *store.Tx) error {
		_, err := tx.LockOrder(t.Context(), renewal.ID)
		servicetest.Must(t, err)
		go func() {
			_, err := h.Confirm(t.Context(), h.Kiosk, release.Hold(), proof)
			proven <- err
		}()
		for waits := 0; waits == 0; {
			servicetest.Must(t, h.Store.Pool().QueryRow(t.Context(), `
				SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
				WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = 'orders' AND l.mode = 'RowShareLock'
					AND l.pid IN (SELECT pid FROM pg_locks WHERE NOT granted)`).Scan(&waits))
		}
		var free int
		servicetest.Must(t, h.Store.Pool().QueryRow(t.Context(), `
			WITH c AS (SELECT id FROM certificates WHERE id = ANY($1) FOR UPDATE SKIP LOCKED) SELECT count(*) FROM c`,
			[]string{h.certificate, issued.CertificateID}).Scan(&free))
		if free != 2 {
			t.Errorf("it holds %d certificates while it waits for an order", 2-free)
		}
		return nil
	}))
	servicetest.Must(t, <-proven)
	h.Sound(t)
}
