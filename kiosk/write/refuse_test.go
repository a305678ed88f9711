package write

import (
	"errors"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/write/writetest"
)

func TestMakeRefuses(t *testing.T) {
	t.Parallel()
	t.Run("another key", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 2)
		b.hub.Pull(t, 0)
		_, err := b.attempt(t.Context(), b.executor(nil))
		var e *ra.Error
		if !errors.As(err, &e) || e.Code != ra.CodeKeyWrong || e.Args["expected"] != b.hub.Serial(0) || e.Args["found"] != b.hub.Serial(1) {
			t.Errorf("got %+v, want key_wrong", err)
		}
	})
	t.Run("no key", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		b.hub.Pull(t, 0)
		_, err := b.attempt(t.Context(), b.executor(nil))
		if code := codeOf(err); code != ra.CodeKeyNone {
			t.Errorf("got %v, want key_none", err)
		}
	})
	t.Run("wrong code leaves nothing", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		_, err := b.executor(nil).Reserve(t.Context(), "session", "00000000", b.write)
		open, _ := b.journal.OpenWrites(t.Context())
		if ra.CodeOf(err) != ra.CodeAuthCodeWrong || len(open) != 0 {
			t.Errorf("got %v, %d writes", err, len(open))
		}
	})
	t.Run("short PIN", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		m := b.executor(nil)
		job, err := m.Reserve(t.Context(), "session", writetest.Code, b.write)
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Run(t.Context(), job, []byte("123"), nil)
		if code := codeOf(err); code != ra.CodePINTooShort {
			t.Errorf("got %v, want pin_too_short", err)
		}
		finish(t, b)
	})
	t.Run("foreign objects", func(t *testing.T) {
		t.Parallel()
		foreignObjects(t)
	})
	t.Run("private objects of somebody's", func(t *testing.T) {
		t.Parallel()
		privateObjects(t)
	})
	t.Run("somebody's customer PIN", func(t *testing.T) {
		t.Parallel()
		ownersPIN(t)
	})
	t.Run("unknown administrator PIN: one attempt, and the unit is given back", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 1)
		own(t, b, ukey.Administrator, "87654321", func(k ukey.Token) error {
			return k.SetPIN(t.Context(), []byte("87654321"), []byte("somebody else's"))
		})
		before := len(b.keys.Calls())
		_, err := b.attempt(t.Context(), b.executor(nil))
		if code := codeOf(err); code != ra.CodeKeyAdminPIN {
			t.Errorf("got %v, want key_admin_pin", err)
		}
		logins := 0
		for _, c := range b.keys.Calls()[before:] {
			if c == "Login" {
				logins++
			}
		}
		if logins != 1 || b.office.Units[0].State != ra.UnitWaiting {
			t.Errorf("%d attempts, the unit is %s, want one and that it waits", logins, b.office.Units[0].State)
		}
		if open, err := b.journal.OpenWrites(t.Context()); err != nil || len(open) != 0 {
			t.Errorf("%d writes are open, %v, want none", len(open), err)
		}
	})
}

// foreignObjects: a key with somebody's key pair is refused, and what is on it stays, its PINs too. That some show only after a login
// is in privateObjects.
func foreignObjects(t *testing.T) {
	b := setup(t, 1)
	own(t, b, ukey.Customer, ukeytest.FactoryCustomerPIN, func(k ukey.Token) error {
		_, err := k.GenerateKey(t.Context(), ukey.Pair{ID: []byte("somebody's"), Label: "x", Algorithm: ukey.ECP256})
		return err
	})
	b.refusesSomebodys(t, ukeytest.FactoryCustomerPIN)
}

// privateObjects: nothing shows on the key before a login.
func privateObjects(t *testing.T) {
	b := setup(t, 1)
	own(t, b, ukey.Customer, ukeytest.FactoryCustomerPIN, func(k ukey.Token) error {
		_, err := k.GenerateKey(t.Context(), ukey.Pair{ID: []byte("somebody's"), Label: "x", Algorithm: ukey.ECP256})
		return errors.Join(err, k.Delete(t.Context(), ukey.KindPublicKey, []byte("somebody's")))
	})
	b.refusesSomebodys(t, ukeytest.FactoryCustomerPIN)
}

// ownersPIN: the customer's PIN is not the factory's, though the administrator's is.
func ownersPIN(t *testing.T) {
	b := setup(t, 1)
	own(t, b, ukey.Customer, ukeytest.FactoryCustomerPIN, func(k ukey.Token) error {
		return k.SetPIN(t.Context(), []byte(ukeytest.FactoryCustomerPIN), []byte("24682468"))
	})
	b.refusesSomebodys(t, "24682468")
}

// refusesSomebodys wants the key told and untouched, and its unit given back.
func (b *bench) refusesSomebodys(t *testing.T, pin string) {
	t.Helper()
	_, err := b.attempt(t.Context(), b.executor(nil))
	if code := codeOf(err); code != ra.CodeKeyNotBlank {
		t.Errorf("got %v, want key_not_blank", err)
	}
	nothing := func(ukey.Token) error { return nil }
	own(t, b, ukey.Customer, pin, nothing)
	own(t, b, ukey.Administrator, ukeytest.FactoryAdminPIN, nothing)
	if s := b.office.Units[0].State; s != ra.UnitWaiting {
		t.Errorf("the unit is %s, want it to wait", s)
	}
	if open, err := b.journal.OpenWrites(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("%d writes are open, %v, want none", len(open), err)
	}
}

// own opens the key as somebody.
func own(t *testing.T, b *bench, role ukey.Role, pin string, do func(ukey.Token) error) {
	t.Helper()
	token, err := b.keys.Open(t.Context(), ukey.Identity(b.write.Key))
	if err != nil {
		t.Fatal(err)
	}
	defer token.Close()
	if err := token.Login(t.Context(), role, []byte(pin)); err != nil {
		t.Fatal(err)
	}
	if err := do(token); err != nil {
		t.Fatal(err)
	}
}
