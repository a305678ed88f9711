package write

import (
	"fmt"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/write/writetest"
)

// TestKeysThatLock runs TestInsideNamespaces where openCryptoki has fixed directories of the test's own: its keys lock after wrong PINs,
// which software keys of the other kind never do.
func TestKeysThatLock(t *testing.T) {
	t.Parallel()
	ukeytest.WithOpenCryptoki(t, "../../device/ukey/pkcs11/testdata/opencryptoki.sh", "TestInsideNamespaces")
}

// TestInsideNamespaces has one key for all that follows.
func TestInsideNamespaces(t *testing.T) {
	ukeytest.InsideOpenCryptoki(t)
	reader, err := pkcs11.Start(pkcs11.Config{Module: ukeytest.OpenCryptoki})
	must(t, err)
	defer reader.Close()
	b := lockable(t, reader)
	t.Run("unlock", func(t *testing.T) {
		for die := range unlocking.boundaries() + 1 { // 0: not at all
			t.Run(fmt.Sprint(die), func(t *testing.T) { unlockOnceMore(t, b, die) })
		}
	})
	t.Run("the last attempt is the person's", func(t *testing.T) { lastAttempt(t, b) })
	t.Run("a login makes no last attempt either", func(t *testing.T) { lastLogin(t, b) })
	t.Run("another PIN", func(t *testing.T) { changeLocked(t, b) })
}

// lockable is a bench with a key of ours that locks.
func lockable(t *testing.T, reader ukey.Reader) *bench {
	t.Helper()
	b := &bench{trial: unlocking, keys: ukeytest.NewFaults(reader)}
	infos, err := reader.List(t.Context())
	must(t, err)
	for _, i := range infos {
		if i.Serial != "123" {
			continue
		}
		b.furnish(t, unlocking.boundaries()+2, ra.KeyIdentity(i.Identity()))
		token, err := reader.Open(t.Context(), i.Identity())
		must(t, err)
		must(t, token.Initialize(t.Context(), ukey.Setup{Label: "test", AdminPIN: writetest.AdminPIN(0).Value}))
		must(t, token.Close())
		b.enter(t, reader, ukey.RSA2048)
		return b
	}
	t.Fatal("openCryptoki shows no software key")
	return nil
}

// locked gives wrong PINs until the key takes none any more.
func locked(t *testing.T, b *bench) {
	t.Helper()
	token, err := b.keys.Open(t.Context(), ukey.Identity(b.write.Key))
	must(t, err)
	defer token.Close()
	for range 3 {
		_ = token.Login(t.Context(), ukey.Customer, []byte("00000000"))
	}
	info, err := token.Info(t.Context())
	must(t, err)
	if info.UserPIN != ukey.PINLocked {
		t.Fatalf("the PIN is %s, want it locked", info.UserPIN)
	}
}

// unlockOnceMore locks the key and opens it again, with a kiosk that is killed on the way.
func unlockOnceMore(t *testing.T, b *bench, die int) {
	locked(t, b)
	b.path = t.TempDir() + "/journal.db"
	b.journal = writetest.Journal(t, b.path)
	b.order(b.write.Key)
	before := b.office.Known[b.write.Key.Serial]
	if die > 0 {
		must(t, b.journal.Close())
		e := b.errand(t, die, b.write)
		e.Module = ukeytest.OpenCryptoki
		if !runChild(t, e) {
			t.Fatalf("no boundary %d", die)
		}
		if token, err := b.keys.Open(t.Context(), ukey.Identity(b.write.Key)); err != nil {
			t.Error(err)
		} else {
			must(t, b.opensAsAdministrator(t, token))
			must(t, token.Close())
		}
		b.journal = writetest.Journal(t, b.path)
	}
	succeeds(t)(b.attempt(t.Context(), b.executor(nil)))
	must(t, b.office.Audit())
	if known := b.office.Known[b.write.Key.Serial]; known != before+1 {
		t.Errorf("administrator PIN %d is known, want %d", known, before+1)
	}
	w, err := b.journal.Write(t.Context(), b.write.ID)
	must(t, err)
	if w.Proof.Signature == nil || !w.Proof.PINOpens {
		t.Errorf("got %+v, want a signature of the pair", w.Proof)
	}
	own(t, b, ukey.Customer, string(testPIN), func(k ukey.Token) error { return signs(t.Context(), k, b.old.DER, foreignID) })
}

// lastAttempt types wrong PINs at a write that asks for one.
func lastAttempt(t *testing.T, b *bench) {
	b.trial = extending
	b.office.Kind, b.office.Profile.Algorithm = b.kind, "rsa-2048"
	b.path = t.TempDir() + "/journal.db"
	b.journal = writetest.Journal(t, b.path)
	b.order(b.write.Key)
	m := b.executor(nil)
	job, err := b.job(t.Context(), m)
	must(t, err)
	for _, want := range []ra.Code{ra.CodePINWrong, ra.CodePINWrong, ra.CodePINLast, ra.CodePINLast} {
		if _, err := m.Run(t.Context(), job, []byte("00000000"), nil); ra.CodeOf(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	job.RiskLastAttempt()
	made, err := m.Run(t.Context(), job, testPIN, nil)
	must(t, err)
	t.Logf("notes: %q", made.Proof.Notes)
	must(t, b.office.Audit())
	own(t, b, ukey.Customer, string(testPIN), func(k ukey.Token) error { return signs(t.Context(), k, b.old.DER, foreignID) })
}
