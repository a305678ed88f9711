package issuing_test

import (
	"bytes"
	"reflect"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

func TestReserve(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 2)
	r := servicetest.ReservationFor(t, order, code, "S1")
	first, err := h.Reserve(ctx, h.Kiosk, account, r)
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.Reserve(ctx, h.Kiosk, account, r)
	if err != nil || again.Ticket != first.Ticket || again.Unit.ID != first.Unit.ID || again.Remaining != 2 || !sameOpening(again.Opening, first.Opening) {
		t.Errorf("reserved again: unit %s, %v, want the same answer", again.Unit.ID, err)
	}
	if first.Label != order.Number+"/1" || first.PINMin != 6 || first.PINMax != 16 || first.Profile.Algorithm != "ec-p256" {
		t.Errorf("released %+v", first)
	}
	for name, c := range map[string]struct {
		member ra.Membership
		change func(*ra.Reservation)
		code   ra.Code
		field  string
	}{
		"same operation, other key":  {account, func(r *ra.Reservation) { r.Key.Serial = "S2" }, ra.CodeConflict, "operation_id"},
		"other operation, same key":  {account, func(r *ra.Reservation) { r.OperationID, r.Attempt.ID = servicetest.ID(t), servicetest.ID(t) }, ra.CodeKeyInUse, ""},
		"another maker":              {account, func(r *ra.Reservation) { r.OperationID, r.Key.Manufacturer = servicetest.ID(t), "x" }, ra.CodeKeyUnknownModel, "key.model"},
		"unknown model":              {account, func(r *ra.Reservation) { r.OperationID, r.Key.Model = servicetest.ID(t), "x" }, ra.CodeKeyUnknownModel, "key.model"},
		"another's order":            {h.Registered(t), func(*ra.Reservation) {}, ra.CodeNotFound, ""},
		"no serial":                  {account, func(r *ra.Reservation) { r.Key.Serial = " " }, ra.CodeRequired, "key.serial"},
		"a serial that nobody sees":  {account, func(r *ra.Reservation) { r.Key.Serial = "\u200b\u202e" }, ra.CodeInvalid, "key.serial"},
		"a serial that turns round":  {account, func(r *ra.Reservation) { r.Key.Serial = "12\u202e34" }, ra.CodeInvalid, "key.serial"},
		"a serial with a NUL":        {account, func(r *ra.Reservation) { r.Key.Serial = "S\x001" }, ra.CodeInvalid, "key.serial"},
		"a serial that is no text":   {account, func(r *ra.Reservation) { r.Key.Serial = "S\xff1" }, ra.CodeInvalid, "key.serial"},
		"a maker with a NUL":         {account, func(r *ra.Reservation) { r.Key.Manufacturer += "\x00" }, ra.CodeInvalid, "key.manufacturer"},
		"no attempt":                 {account, func(r *ra.Reservation) { r.Attempt.ID = "" }, ra.CodeInvalid, "attempt.id"},
		"no code":                    {account, func(r *ra.Reservation) { r.AuthCode = "" }, ra.CodeRequired, "auth_code"},
		"operation id is not a UUID": {account, func(r *ra.Reservation) { r.OperationID = "1" }, ra.CodeInvalid, "operation_id"},
	} {
		other := r
		c.change(&other)
		_, err := h.Reserve(ctx, h.Kiosk, c.member, other)
		servicetest.WantCode(t, name, err, c.code, c.field)
	}
	elsewhere, _ := h.Approved(t, account, 1)
	r.OrderID = elsewhere.ID
	_, err = h.Reserve(ctx, h.Kiosk, account, r)
	servicetest.WantCode(t, "same operation, other order", err, ra.CodeConflict, "operation_id")
	open := h.Placed(t, account, 1)
	_, err = h.Reserve(ctx, h.Kiosk, account, servicetest.ReservationFor(t, open, code, "S9"))
	servicetest.WantCode(t, "not approved", err, ra.CodeState, "")
	h.Sound(t)
}

func TestKeyThatCarriesAUnitIsRefused(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 2)
	_, release, key := h.Made(t, account, order, code)
	_, err := h.Reserve(ctx, h.Kiosk, account, servicetest.ReservationFor(t, order, code, key.Identity.Serial))
	servicetest.WantCode(t, "a key that is done", err, ra.CodeKeyInUse, "")
	_, err = h.Resume(ctx, h.Kiosk, account, ra.Resumption{OperationID: release.Operation.ID, Ticket: release.Ticket})
	servicetest.WantCode(t, "resuming what is done", err, ra.CodeState, "")
	if _, err := h.Store.Pool().Exec(ctx, `UPDATE ukeys SET life = 'damaged'`); err != nil {
		t.Fatal(err)
	}
	_, err = h.Reserve(ctx, h.Kiosk, account, servicetest.ReservationFor(t, order, code, key.Identity.Serial))
	servicetest.WantCode(t, "a damaged key", err, ra.CodeKeyRetired, "")
}

func TestTwoKiosksTakeTheSameUnit(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	account := h.Registered(t)
	order, code := h.Approved(t, account, 3)
	var group sync.WaitGroup
	var mu sync.Mutex
	taken := map[string]int{}
	refused := 0
	for i := range 12 {
		kiosk := []ra.Kiosk{h.Kiosk, h.Other}[i%2]
		r := servicetest.ReservationFor(t, order, code, servicetest.ID(t))
		group.Go(func() {
			release, err := h.Reserve(t.Context(), kiosk, account, r)
			mu.Lock()
			defer mu.Unlock()
			switch ra.CodeOf(err) {
			case "":
				taken[release.Unit.ID]++
			case ra.CodeUnitTaken:
				refused++
			default:
				t.Errorf("Reserve: %v", err)
			}
		})
	}
	group.Wait()
	if len(taken) != 3 || refused != 9 {
		t.Errorf("%d units taken (%v), %d refused, want 3 and 9", len(taken), taken, refused)
	}
	h.Sound(t)
}

func TestTwoOrdersTakeTheSameKey(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	account := h.Registered(t)
	first, firstCode := h.Approved(t, account, 1)
	second, secondCode := h.Approved(t, account, 1)
	errs := make(chan error, 2)
	a, b := servicetest.ReservationFor(t, first, firstCode, "SAME"), servicetest.ReservationFor(t, second, secondCode, "SAME")
	for kiosk, r := range map[ra.Kiosk]ra.Reservation{h.Kiosk: a, h.Other: b} {
		go func() {
			_, err := h.Reserve(t.Context(), kiosk, account, r)
			errs <- err
		}()
	}
	x, y := ra.CodeOf(<-errs), ra.CodeOf(<-errs)
	if x+y != ra.CodeKeyInUse {
		t.Errorf("codes %q and %q, want one success and key_in_use", x, y)
	}
	h.Sound(t)
}

func TestReleaseUnit(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	lost := servicetest.NewKey(t)
	release := h.Reserved(t, account, order, code, lost)
	issued := h.Certified(t, release, lost)
	proof := h.Proof(t, release, lost)

	servicetest.WantCode(t, "no reason", h.ReleaseUnit(ctx, h.Supervisor, release.Operation.ID, ""), ra.CodeReasonMissing, "reason")
	servicetest.WantCode(t, "counter clerk", h.ReleaseUnit(ctx, h.Counter, release.Operation.ID, "lost"), ra.CodeForbidden, "")
	servicetest.WantCode(t, "no such operation", h.ReleaseUnit(ctx, h.Supervisor, servicetest.ID(t), "lost"), ra.CodeNotFound, "")
	for range 2 {
		if err := h.ReleaseUnit(ctx, h.Supervisor, release.Operation.ID, "客户带走了"); err != nil {
			t.Fatal(err)
		}
	}
	certificate, err := h.Certificate(ctx, h.Supervisor, issued.CertificateID)
	if err != nil || certificate.State != ra.CertificateRevoked || certificate.RevokedAt == nil {
		t.Errorf("certificate %s, %v", certificate.State, err)
	}
	if now := h.OrderOf(t, account, order.ID); now.Units[0].State != ra.UnitWaiting || now.Units[0].OperationID != "" {
		t.Errorf("unit %+v", now.Units[0])
	}
	_, err = h.Confirm(ctx, h.Kiosk, release.Hold(), proof)
	servicetest.WantCode(t, "the lost key's proof", err, ra.CodeState, "")
	_, err = h.Certify(ctx, h.Kiosk, release.Hold(), lost.Request(t, release.Subject), 1)
	servicetest.WantCode(t, "the lost key's request", err, ra.CodeState, "")
	_, err = h.Resume(ctx, h.Kiosk, account, ra.Resumption{OperationID: release.Operation.ID, Ticket: release.Ticket})
	servicetest.WantCode(t, "resuming it", err, ra.CodeState, "")
	h.Sound(t)

	done, _, _ := h.Made(t, account, order, code)
	if done.Order.State != ra.OrderDone {
		t.Errorf("order %s, want done", done.Order.State)
	}
	servicetest.WantCode(t, "a done one", h.ReleaseUnit(ctx, h.Supervisor, done.Unit.OperationID, "x"), ra.CodeState, "")
	h.Sound(t)
}

// TestReleasedKeyKnowsItsAdministratorPIN: only PINs that can be on the key are released, whoever had it before.
func TestReleasedKeyKnowsItsAdministratorPIN(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	key := servicetest.NewKey(t)
	first := h.Reserved(t, account, order, code, key)
	if err := h.ReleaseUnit(ctx, h.Supervisor, first.Operation.ID, "x"); err != nil {
		t.Fatal(err)
	}
	second := h.Reserved(t, account, order, code, key) // version 1 may be on it, nobody knows: it is tried first
	if o := second.Opening; o.Set.Version != 1 || !bytes.Equal(o.Set.Value, first.Opening.Set.Value) || o.Try == nil || o.Try.Version != 1 {
		t.Errorf("released version %d to set and %v to try, want 1 for both", o.Set.Version, o.Try)
	}
	h.Certified(t, second, key) // now it is known to be on it
	if err := h.ReleaseUnit(ctx, h.Supervisor, second.Operation.ID, "x"); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(time.Minute)
	third := h.Reserved(t, account, order, code, key)
	if o := third.Opening; o.Set.Version != 2 || o.Try == nil || o.Try.Version != 1 || !bytes.Equal(o.Try.Value, first.Opening.Set.Value) {
		t.Errorf("released version %d to set and %v to try, want 2, and 1 as it was", o.Set.Version, o.Try)
	}
	h.Sound(t)
}

func sameOpening(a, b *ra.Opening) bool { return reflect.DeepEqual(a, b) }

// TestCatalogueOfNowCounts: what was kept of the catalogue is forgotten with its next change.
func TestCatalogueOfNowCounts(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	order, code := h.Approved(t, member, 3)
	for n, most := range []int{h.Project.Models[0].PINMax, 12, 10} {
		model := h.Project.Models[0]
		model.PINMax = most
		rule, err := h.Store.AdminPINRule(t.Context(), model.ID)
		servicetest.Must(t, err)
		h.PutModel(t, model, rule)
		if release := h.Reserved(t, member, order, code, servicetest.NewKey(t)); release.PINMax != most || release.Remaining != 3 {
			t.Errorf("key %d: got a PIN of %d at most, %d left, want %d, 3", n+1, release.PINMax, release.Remaining, most)
		}
	}
	h.Sound(t)
}

// TestNewKeyForTwoOrders: a key that nobody has seen is reserved by one of two orders that ask at the same moment.
func TestNewKeyForTwoOrders(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	key := servicetest.NewKey(t)
	var asks []ra.Reservation
	for range 2 {
		order, code := h.Approved(t, member, 1)
		asks = append(asks, servicetest.Reservation(t, order, code, key))
	}
	errs := atOnce(2, func(i int) error {
		_, err := h.Reserve(t.Context(), h.Kiosk, member, asks[i])
		return err
	})
	if n := wantOnly(t, "a new key", errs, ra.CodeKeyInUse); n != 1 {
		t.Errorf("%d went through, want 1", n)
	}
	h.Sound(t)
}
