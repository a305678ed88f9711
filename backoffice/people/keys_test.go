package people_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// bound asks for a key of a member.
func bound(t *testing.T, h *servicetest.Hall, by, member ra.Staff, key *servicetest.Key) ra.StaffKey {
	t.Helper()
	k := ra.StaffKey{ID: servicetest.ID(t), StaffID: member.ID, Name: key.Identity.Serial}
	servicetest.Must(t, h.BindKey(t.Context(), by, k, key.PublicPEM(t)))
	return k
}

func keysOf(t *testing.T, h *servicetest.Hall, id string) []ra.StaffKey {
	t.Helper()
	m, err := h.Staff(t.Context(), id)
	servicetest.Must(t, err)
	return m.Keys
}

// TestKeyNeedsASecond: a key counts once an administrator has confirmed it who neither asked for it nor gets it; any one takes it away.
func TestKeyNeedsASecond(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	second := h.Hired(t, "zhou@hall.example", "周洁", servicetest.Grants(ra.RoleAdministrator)...)
	key := servicetest.NewKey(t)
	k := bound(t, h, h.Admin, h.Counter, key)
	bound(t, h, h.Admin, h.Counter, key) // again
	if all := keysOf(t, h, h.Counter.ID); len(all) != 1 || all[0].Live() || all[0].Name != k.Name || all[0].AskedBy != h.Admin.ID {
		t.Fatalf("asked for: %+v", all)
	}
	servicetest.WantCode(t, "by who asked", h.ConfirmKey(ctx, h.Admin, k.ID), ra.CodeStaffKeySecond, "")
	servicetest.WantCode(t, "by a supervisor", h.ConfirmKey(ctx, h.Supervisor, k.ID), ra.CodeForbidden, "")
	servicetest.WantCode(t, "no such key", h.ConfirmKey(ctx, second, servicetest.ID(t)), ra.CodeNotFound, "")
	for range 2 {
		servicetest.Must(t, h.ConfirmKey(ctx, second, k.ID))
	}
	if all := keysOf(t, h, h.Counter.ID); len(all) != 1 || !all[0].Live() || all[0].ConfirmedBy != second.ID {
		t.Fatalf("confirmed: %+v", all)
	}
	servicetest.WantCode(t, "taken away by a supervisor", h.RemoveKey(ctx, h.Supervisor, k.ID), ra.CodeForbidden, "")
	servicetest.Must(t, h.RemoveKey(ctx, h.Admin, k.ID))
	servicetest.WantCode(t, "twice", h.RemoveKey(ctx, h.Admin, k.ID), ra.CodeNotFound, "")
	if all := keysOf(t, h, h.Counter.ID); len(all) != 0 {
		t.Errorf("removed: %+v", all)
	}

	own := bound(t, h, second, h.Admin, servicetest.NewKey(t))
	servicetest.WantCode(t, "by who gets it", h.ConfirmKey(ctx, h.Admin, own.ID), ra.CodeStaffKeySecond, "")
	servicetest.Must(t, h.RemoveKey(ctx, h.Admin, own.ID)) // their own, at once
	h.Sound(t)
}

// TestKeyHasOneOwner: a key that somebody has, or had, is nobody else's: no colleague's, no customer's.
func TestKeyHasOneOwner(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	bind := func(staffID string, file []byte) error {
		return h.BindKey(ctx, h.Admin, ra.StaffKey{ID: servicetest.ID(t), StaffID: staffID, Name: "0102"}, file)
	}
	key := servicetest.NewKey(t)
	k := bound(t, h, h.Admin, h.Counter, key)
	servicetest.WantCode(t, "a colleague's", bind(h.Supervisor.ID, key.PublicPEM(t)), ra.CodeKeyDuplicate, "file")
	servicetest.Must(t, h.RemoveKey(ctx, h.Admin, k.ID))
	servicetest.WantCode(t, "what was a colleague's", bind(h.Supervisor.ID, key.PublicPEM(t)), ra.CodeKeyDuplicate, "file")
	servicetest.Must(t, bind(h.Counter.ID, key.PublicPEM(t)))

	member := h.Registered(t)
	order, code := h.Approved(t, member, 1)
	_, _, customers := h.Made(t, member, order, code)
	servicetest.WantCode(t, "a customer's", bind(h.Supervisor.ID, customers.PublicPEM(t)), ra.CodeKeyDuplicate, "file")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: customers.Certificate})
	servicetest.WantCode(t, "a customer's certificate", bind(h.Supervisor.ID, certificate), ra.CodeKeyDuplicate, "file")

	again, code := h.Approved(t, member, 1)
	release := h.Reserved(t, member, again, code, key)
	_, err := h.Certify(ctx, h.Kiosk, release.Hold(), key.Request(t, release.Subject), release.Opening.Set.Version)
	servicetest.WantCode(t, "a customer's certificate for a key of staff", err, ra.CodeKeyDuplicate, "public_key")
	h.Sound(t)
}

// TestKeysAreChecked: what is no key that anybody should trust is refused with its field.
func TestKeysAreChecked(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	good := servicetest.NewKey(t)
	private, err := x509.MarshalPKCS8PrivateKey(good.Private)
	servicetest.Must(t, err)
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	public := func(key any) []byte {
		der, err := x509.MarshalPKIXPublicKey(key)
		servicetest.Must(t, err)
		return block("PUBLIC KEY", der)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	servicetest.Must(t, err)
	even := new(big.Int).Lsh(big.NewInt(1), 2047)
	servicetest.Must(t, h.Store.PutHall(t.Context(), 2, ra.Hall{ID: servicetest.OtherHallID, Name: ra.Text{ZH: "滨江服务大厅"}}))
	local := h.Hired(t, "zhou@hall.example", "周洁", ra.Grant{Role: ra.RoleAdministrator, HallID: servicetest.OtherHallID})
	for name, c := range map[string]struct {
		by    ra.Staff
		who   string
		name  string
		file  []byte
		code  ra.Code
		field string
	}{
		"no name":               {h.Admin, h.Counter.ID, " ", good.PublicPEM(t), ra.CodeRequired, "name"},
		"nothing":               {h.Admin, h.Counter.ID, "0102", nil, ra.CodeKeyFile, "file"},
		"a text":                {h.Admin, h.Counter.ID, "0102", []byte("0102"), ra.CodeKeyFile, "file"},
		"a request":             {h.Admin, h.Counter.ID, "0102", block("CERTIFICATE REQUEST", good.Request(t, nil)), ra.CodeKeyFile, "file"},
		"two":                   {h.Admin, h.Counter.ID, "0102", append(good.PublicPEM(t), servicetest.NewKey(t).PublicPEM(t)...), ra.CodeKeyFile, "file"},
		"a private key":         {h.Admin, h.Counter.ID, "0102", block("PRIVATE KEY", private), ra.CodeKeyFilePrivate, "file"},
		"a private key with it": {h.Admin, h.Counter.ID, "0102", append(good.PublicPEM(t), block("EC PRIVATE KEY", private)...), ra.CodeKeyFilePrivate, "file"},
		"half a private key":    {h.Admin, h.Counter.ID, "0102", []byte("-----BEGIN PRIVATE KEY-----"), ra.CodeKeyFilePrivate, "file"},
		"another kind":          {h.Admin, h.Counter.ID, "0102", public(p384.Public()), ra.CodeKeyFileKind, "file"},
		"a weak one":            {h.Admin, h.Counter.ID, "0102", public(&rsa.PublicKey{N: even, E: 65537}), ra.CodeKeyWeak, "file"},
		"nobody":                {h.Admin, servicetest.ID(t), "0102", good.PublicPEM(t), ra.CodeNotFound, ""},
		"no id":                 {h.Admin, "x", "0102", good.PublicPEM(t), ra.CodeNotFound, ""},
		"by a supervisor":       {h.Supervisor, h.Counter.ID, "0102", good.PublicPEM(t), ra.CodeForbidden, ""},
		"beyond their hall":     {local, h.Counter.ID, "0102", good.PublicPEM(t), ra.CodeForbidden, ""},
	} {
		err := h.BindKey(t.Context(), c.by, ra.StaffKey{ID: servicetest.ID(t), StaffID: c.who, Name: c.name}, c.file)
		servicetest.WantCode(t, name, err, c.code, c.field)
	}
	for range 5 {
		bound(t, h, book.Command(), h.Counter, servicetest.NewKey(t))
	}
	err = h.BindKey(t.Context(), h.Admin, ra.StaffKey{ID: servicetest.ID(t), StaffID: h.Counter.ID, Name: "0102"}, good.PublicPEM(t))
	servicetest.WantCode(t, "one too many", err, ra.CodeStaffKeys, "file")
	if all := keysOf(t, h, h.Counter.ID); len(all) != 5 || !all[0].Live() {
		t.Errorf("by a command: %+v, want five that count", all)
	}
}
