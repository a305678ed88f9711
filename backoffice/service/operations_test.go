package service_test

import (
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/service"
	"keyhall/backoffice/service/servicetest"
)

func reservation(t *testing.T, order ra.Order, code, serial string) ra.Reservation {
	t.Helper()
	return ra.Reservation{OperationID: servicetest.ID(t), OrderID: order.ID, Model: servicetest.Model, Serial: serial, AuthCode: code}
}

func TestReserve(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 2)
	r := reservation(t, order, code, "S1")
	first, err := h.Reserve(ctx, h.Kiosk, account, r)
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.Reserve(ctx, h.Kiosk, account, r)
	if err != nil || again.AdminPIN != first.AdminPIN || again.Unit.ID != first.Unit.ID || again.Remaining != 2 {
		t.Errorf("reserved again: version %d, unit %s, %v", again.AdminPIN.Version, again.Unit.ID, err)
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
		"same operation, other key":  {account, func(r *ra.Reservation) { r.Serial = "S2" }, ra.CodeConflict, "operation_id"},
		"other operation, same key":  {account, func(r *ra.Reservation) { r.OperationID = servicetest.ID(t) }, ra.CodeKeyInUse, ""},
		"unknown model":              {account, func(r *ra.Reservation) { r.OperationID, r.Model = servicetest.ID(t), "x" }, ra.CodeKeyUnknownModel, "model"},
		"another's order":            {h.Registered(t), func(*ra.Reservation) {}, ra.CodeNotFound, ""},
		"no serial":                  {account, func(r *ra.Reservation) { r.Serial = " " }, ra.CodeRequired, "serial"},
		"no code":                    {account, func(r *ra.Reservation) { r.AuthCode = "" }, ra.CodeRequired, "auth_code"},
		"operation id is not a UUID": {account, func(r *ra.Reservation) { r.OperationID = "1" }, ra.CodeInvalid, "operation_id"},
	} {
		other := r
		c.change(&other)
		_, err := h.Reserve(ctx, h.Kiosk, c.member, other)
		wantCode(t, name, err, c.code, c.field)
	}
	elsewhere, _ := h.Approved(t, account, 1)
	r.OrderID = elsewhere.ID
	_, err = h.Reserve(ctx, h.Kiosk, account, r)
	wantCode(t, "same operation, other order", err, ra.CodeConflict, "operation_id")
	open := h.Placed(t, account, 1)
	_, err = h.Reserve(ctx, h.Kiosk, account, reservation(t, open, code, "S9"))
	wantCode(t, "not approved", err, ra.CodeState, "")
	h.Sound(t)
}

func TestKeyThatCarriesAUnitIsRefused(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 2)
	_, release, key := h.Made(t, account, order, code)
	_, err := h.Reserve(ctx, h.Kiosk, account, reservation(t, order, code, key.Serial))
	wantCode(t, "a key that is done", err, ra.CodeKeyInUse, "")
	_, err = h.Resume(ctx, h.Kiosk, release.Operation.ID)
	wantCode(t, "resuming what is done", err, ra.CodeState, "")
	if _, err := h.Store.Pool().Exec(ctx, `UPDATE ukeys SET state = 'damaged'`); err != nil {
		t.Fatal(err)
	}
	_, err = h.Reserve(ctx, h.Kiosk, account, reservation(t, order, code, key.Serial))
	wantCode(t, "a damaged key", err, ra.CodeKeyRetired, "")
}

func TestAuthorizationCodeIsLimited(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	wrong := reservation(t, order, "00000000", "S1")
	if code == wrong.AuthCode {
		wrong.AuthCode = "00000001"
	}
	for _, left := range []string{"4", "3"} {
		_, err := h.Reserve(ctx, h.Kiosk, account, wrong)
		wantCode(t, "wrong", err, ra.CodeAuthCodeWrong, "auth_code")
		if got := argument(err, "left"); got != left {
			t.Errorf("%q left, want %s", got, left)
		}
	}
	right := wrong
	right.AuthCode = " " + code + " "
	if _, err := h.Reserve(ctx, h.Kiosk, account, right); err != nil {
		t.Fatalf("right code: %v", err)
	}
	for range 4 { // a wrong code on a resumed operation counts too
		_, err := h.Reserve(ctx, h.Kiosk, account, wrong)
		wantCode(t, "wrong, resumed", err, ra.CodeAuthCodeWrong, "auth_code")
	}
	_, err := h.Reserve(ctx, h.Kiosk, account, wrong)
	wantCode(t, "fifth", err, ra.CodeAuthCodeUsedUp, "auth_code")
	_, err = h.Reserve(ctx, h.Kiosk, account, right)
	wantCode(t, "right, too late", err, ra.CodeAuthCodeUsedUp, "auth_code")
	if _, err := h.Resume(ctx, h.Kiosk, right.OperationID); err != nil {
		t.Errorf("the kiosk's own resumption needs no code: %v", err)
	}

	now := orderOf(t, h, account, order.ID)
	if _, err := h.NewCode(ctx, h.Supervisor, order.ID, now.Version); err != nil {
		t.Fatal(err)
	}
	if _, err := h.DeliverMessages(ctx); err != nil {
		t.Fatal(err)
	}
	fresh, err := h.Sender.Code(order.Number)
	if err != nil {
		t.Fatal(err)
	}
	right.AuthCode = fresh
	if _, err := h.Reserve(ctx, h.Kiosk, account, right); err != nil {
		t.Errorf("new code: %v", err)
	}
}

func TestAuthorizationCodeExpires(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 2)
	begun := reservation(t, order, code, "S1")
	if _, err := h.Reserve(ctx, h.Kiosk, account, begun); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(service.AuthCodeLifetime)
	_, err := h.Reserve(ctx, h.Kiosk, account, reservation(t, order, code, "S2"))
	wantCode(t, "expired", err, ra.CodeAuthCodeExpired, "auth_code")
	if _, err := h.Reserve(ctx, h.Kiosk, account, begun); err != nil {
		t.Errorf("going on with what began in time: %v", err)
	}
	_, other := h.Approved(t, account, 1)
	_, err = h.Reserve(ctx, h.Kiosk, account, reservation(t, order, other, "S3"))
	wantCode(t, "another order's code", err, ra.CodeAuthCodeExpired, "auth_code")
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
		r := reservation(t, order, code, servicetest.ID(t))
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
	a, b := reservation(t, first, firstCode, "SAME"), reservation(t, second, secondCode, "SAME")
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

func TestResumeAtAnotherKiosk(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	key := servicetest.NewKey(t)
	release := h.Reserved(t, account, order, code, key)
	if _, found, err := h.OperationForKey(ctx, h.Other, key.Model, "unknown"); found || err != nil {
		t.Errorf("unknown key: %v, %v", found, err)
	}
	operation, found, err := h.OperationForKey(ctx, h.Other, key.Model, key.Serial)
	if err != nil || !found || operation.ID != release.Operation.ID || operation.KioskID != h.Kiosk.ID {
		t.Fatalf("OperationForKey = %+v, %v, %v", operation, found, err)
	}
	for range 2 {
		resumed, err := h.Resume(ctx, h.Other, operation.ID)
		if err != nil || resumed.AdminPIN != release.AdminPIN || resumed.Operation.KioskID != h.Other.ID {
			t.Errorf("Resume = kiosk %s, %v, want %s", resumed.Operation.KioskID, err, h.Other.ID)
		}
	}
	_, err = h.Resume(ctx, h.Other, servicetest.ID(t))
	wantCode(t, "no such operation", err, ra.CodeNotFound, "")
	if _, err := h.Store.Pool().Exec(ctx, `DELETE FROM kiosk_projects WHERE kiosk_id = $1`, h.Other.ID); err != nil {
		t.Fatal(err)
	}
	_, err = h.Resume(ctx, h.Other, operation.ID)
	wantCode(t, "hall without the project", err, ra.CodeForbidden, "")
	_, _, err = h.OperationForKey(ctx, h.Other, key.Model, key.Serial)
	wantCode(t, "hall without the project", err, ra.CodeForbidden, "")
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

	wantCode(t, "no reason", h.ReleaseUnit(ctx, h.Supervisor, release.Operation.ID, ""), ra.CodeReasonMissing, "reason")
	wantCode(t, "counter clerk", h.ReleaseUnit(ctx, h.Counter, release.Operation.ID, "lost"), ra.CodeForbidden, "")
	wantCode(t, "no such operation", h.ReleaseUnit(ctx, h.Supervisor, servicetest.ID(t), "lost"), ra.CodeNotFound, "")
	for range 2 {
		if err := h.ReleaseUnit(ctx, h.Supervisor, release.Operation.ID, "客户带走了"); err != nil {
			t.Fatal(err)
		}
	}
	certificate, err := h.Certificate(ctx, h.Supervisor, issued.CertificateID)
	if err != nil || certificate.State != ra.CertificateRevoked || certificate.RevokedAt == nil {
		t.Errorf("certificate %s, %v", certificate.State, err)
	}
	if now := orderOf(t, h, account, order.ID); now.Units[0].State != ra.UnitWaiting || now.Units[0].OperationID != "" {
		t.Errorf("unit %+v", now.Units[0])
	}
	_, err = h.Confirm(ctx, h.Kiosk, proof)
	wantCode(t, "the lost key's proof", err, ra.CodeState, "")
	_, err = h.Certify(ctx, h.Kiosk, release.Operation.ID, lost.Request(t, release.Subject), 1)
	wantCode(t, "the lost key's request", err, ra.CodeState, "")
	_, err = h.Resume(ctx, h.Kiosk, release.Operation.ID)
	wantCode(t, "resuming it", err, ra.CodeState, "")
	h.Sound(t)

	done, _, _ := h.Made(t, account, order, code)
	if done.Order.State != ra.OrderDone {
		t.Errorf("order %s, want done", done.Order.State)
	}
	wantCode(t, "a done one", h.ReleaseUnit(ctx, h.Supervisor, done.Unit.OperationID, "x"), ra.CodeState, "")
	h.Sound(t)
}

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
	second := h.Reserved(t, account, order, code, key) // whether version 1 is on it, nobody knows
	if second.AdminPIN != first.AdminPIN || len(second.Previous) != 1 {
		t.Errorf("released version %d and %d before, want 1 and the factory's", second.AdminPIN.Version, len(second.Previous))
	}
	h.Certified(t, second, key) // now it is known to be on it
	if err := h.ReleaseUnit(ctx, h.Supervisor, second.Operation.ID, "x"); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(time.Minute)
	third := h.Reserved(t, account, order, code, key)
	if third.AdminPIN.Version != 2 || len(third.Previous) != 2 || third.Previous[0] != first.AdminPIN || third.Previous[1].Version != 0 {
		t.Errorf("released version %d and before it %d, want 2, then 1 and 0", third.AdminPIN.Version, len(third.Previous))
	}
	h.Sound(t)
}
