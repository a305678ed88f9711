package plans

import (
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store/storetest"
	"keyhall/device/ukey"
	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/ukeytest"
)

// TestLockedKeys runs TestInsideNamespaces where openCryptoki has its fixed directories to itself: its keys lock after wrong PINs, which
// software keys of the other kind never do. The database is told to it: it sees no processes of others.
func TestLockedKeys(t *testing.T) {
	t.Setenv("KEYHALL_TEST_DSN", storetest.DSN(t))
	ukeytest.WithOpenCryptoki(t, "../../../device/ukey/pkcs11/testdata/opencryptoki.sh", "TestInsideNamespaces")
}

// TestInsideNamespaces: a key of ours whose customer's PIN is locked is opened, however often that is stopped.
func TestInsideNamespaces(t *testing.T) {
	ukeytest.InsideOpenCryptoki(t)
	reader, err := pkcs11.Start(pkcs11.Config{Module: ukeytest.OpenCryptoki})
	servicetest.Must(t, err)
	defer reader.Close()
	l := bornWith(t, reader, factoryNew(t, reader))
	order, code := l.Approved(t, l.member, 1)
	l.certified(t, l.done(t, ra.PlanMake, order, code, firstPIN))
	l.member = l.MemberAgain(t, l.member)
	order, code = l.approved(t, l.On(t, ra.KindUnlock, ra.ReasonNone, l.target))
	l.lock(t)
	l.carriedOut(t, ra.PlanUnlock, order, code, newPIN, l.here)
	l.pin = newPIN
	l.wantsUse(t, ra.PlanNone)
	l.decrypts(t)
}

// factoryNew is openCryptoki's software key, as its maker delivers one.
func factoryNew(t *testing.T, reader ukey.Reader) ra.KeyIdentity {
	t.Helper()
	infos, err := reader.List(t.Context())
	servicetest.Must(t, err)
	for _, i := range infos {
		if i.Serial != "123" {
			continue
		}
		token, err := reader.Open(t.Context(), i.Identity())
		servicetest.Must(t, err)
		defer token.Close()
		servicetest.Must(t, token.Initialize(t.Context(), ukey.Setup{Label: "test", AdminPIN: []byte(ukeytest.FactoryAdminPIN)}))
		return ra.KeyIdentity(i.Identity())
	}
	t.Fatal("openCryptoki shows no software key")
	return ra.KeyIdentity{}
}

// lock gives wrong PINs until the key takes none any more.
func (l *life) lock(t *testing.T) {
	t.Helper()
	token, err := l.keys.Open(t.Context(), ukey.Identity(l.key))
	servicetest.Must(t, err)
	defer token.Close()
	for range 3 {
		_ = token.Login(t.Context(), ukey.Customer, []byte("00000000"))
	}
	info, err := token.Info(t.Context())
	servicetest.Must(t, err)
	if info.UserPIN != ukey.PINLocked {
		t.Fatalf("the PIN is %s, want it locked", info.UserPIN)
	}
}
