package workflow

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

func (d *direct) StaffLogIn(ctx context.Context, l ra.StaffLogIn) (ra.StaffSession, error) {
	return d.LogInAt(ctx, d.kiosk, l)
}

func (d *direct) StaffSession(ctx context.Context, session string) (ra.StaffSession, error) {
	return d.Hall.StaffSession(ctx, d.kiosk, session)
}

func (d *direct) StaffLogOut(ctx context.Context, session string) error {
	return d.LogOutAt(ctx, d.kiosk, session)
}

// badge puts a pair with a certificate of somebody else's CA onto a key, and returns the certificate as a file. It stays pulled.
func (h *hall) badge(i int) []byte {
	h.t.Helper()
	h.hub.Plug(h.t, i)
	defer h.hub.Pull(h.t, i)
	defer h.w.cfg.Watcher.Hold(h.hub.Identity(i))()
	token, err := h.keys.Open(h.t.Context(), h.hub.Identity(i))
	servicetest.Must(h.t, err)
	defer token.Close()
	servicetest.Must(h.t, token.Login(h.t.Context(), ukey.Customer, []byte(ukeytest.FactoryCustomerPIN)))
	id := []byte("staff")
	spki, err := token.GenerateKey(h.t.Context(), ukey.Pair{ID: id, Label: "staff", Algorithm: ukey.ECP256})
	servicetest.Must(h.t, err)
	public, err := x509.ParsePKIXPublicKey(spki)
	servicetest.Must(h.t, err)
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	servicetest.Must(h.t, err)
	made := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "staff"}, NotBefore: time.Now(), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, made, made, public, ca)
	servicetest.Must(h.t, err)
	servicetest.Must(h.t, token.WriteCertificate(h.t.Context(), id, "staff", der))
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// staffHall is a hall on the real rules whose supervisor has key 0, and whose key 1 is a colleague's; its devices are looked at.
func staffHall(t *testing.T) (*hall, *direct) {
	t.Helper()
	h, d := realHall(t, 2)
	h.stop()
	h.devices = &fakeHealth{}
	h.start()
	for i, m := range []ra.Staff{d.Supervisor, d.Counter} {
		k := ra.StaffKey{ID: servicetest.ID(t), StaffID: m.ID, Name: h.hub.Identity(i).Serial}
		servicetest.Must(t, d.BindKey(t.Context(), book.Command(), k, h.badge(i)))
	}
	see[HomePage](h, nil)
	return h, d
}

// toStaffLogIn goes from home to where staff log in.
func (h *hall) toStaffLogIn() {
	h.t.Helper()
	see[HomePage](h, nil)
	h.do(OpenHealth{})
	see(h, func(p FormPage) bool { return p.ID == FormStaff && slices.Contains(p.Secondary, Named(LogInStaff{})) })
	h.do(LogInStaff{})
	see(h, func(p FormPage) bool { return p.ID == FormStaffLogIn })
}

// TestStaffLogInAtTheKiosk: with name, password and the PIN of their key staff see the devices under their name; they log out, and the
// next one finds nothing of them.
func TestStaffLogInAtTheKiosk(t *testing.T) {
	t.Parallel()
	h, d := staffHall(t)
	h.toStaffLogIn()
	h.hub.Plug(t, 0)
	see(h, func(p FormPage) bool { return len(p.Fields) == 3 && p.Fault == nil })
	h.form(FormStaffLogIn, "staff_name", d.Supervisor.Login, "password", servicetest.Password, "key_pin", "00000000")
	h.problem("key_pin", ra.CodePINWrong)
	see(h, func(p FormPage) bool {
		return p.Fields[2].Hint == "hint.key_pin_low" && p.Fields[0].Value == d.Supervisor.Login
	})
	h.form(FormStaffLogIn, "password", "wrong-2026", "key_pin", ukeytest.FactoryCustomerPIN)
	see(h, func(p FormPage) bool { return isFault(p.Fault, ra.CodeLoginWrong) })
	h.form(FormStaffLogIn, "password", servicetest.Password, "key_pin", ukeytest.FactoryCustomerPIN)
	see(h, func(p HealthPage) bool {
		return !p.Busy && p.Staff != nil && p.Staff.ByKey && p.Staff.Name == d.Supervisor.Name && slices.Contains(p.Staff.Roles, ra.RoleSupervisor)
	})
	if f := h.now(); f.Customer != d.Supervisor.Name {
		t.Errorf("%q is logged in", f.Customer)
	}
	h.do(LogOut{})
	see[HomePage](h, nil)
	h.toStaffLogIn()
	see(h, func(p FormPage) bool { return p.Fields[0].Value == "" && !p.Ready })
	h.do(Home{})
	h.end()
	d.Sound(t)
}

// TestStaffKeyPulled: at the form what was typed is gone, on the page staff are logged out; so they are when their session is over.
func TestStaffKeyPulled(t *testing.T) {
	t.Parallel()
	h, d := staffHall(t)
	h.hub.Plug(t, 0)
	h.toStaffLogIn()
	see(h, func(p FormPage) bool { return len(p.Fields) == 3 })
	h.do(Type{"password", servicetest.Password}, Type{"key_pin", ukeytest.FactoryCustomerPIN})
	h.hub.Pull(t, 0)
	see(h, func(p NoticePage) bool { return p.ID == "key_away" })
	h.do(Go{})
	see(h, func(p FormPage) bool { return p.ID == FormStaffLogIn && len(p.Fields) == 2 && !p.Ready })
	h.hub.Plug(t, 0)
	see(h, func(p FormPage) bool { return len(p.Fields) == 3 && !p.Ready })
	in := func() {
		h.form(FormStaffLogIn, "staff_name", d.Supervisor.Login, "password", servicetest.Password, "key_pin", ukeytest.FactoryCustomerPIN)
		see(h, func(p HealthPage) bool { return !p.Busy && p.Staff != nil })
	}
	in()
	h.hub.Pull(t, 0)
	see(h, func(p NoticePage) bool { return p.ID == noticeLocked })
	if f := h.now(); f.Customer != "" {
		t.Errorf("%q is logged in still", f.Customer)
	}
	h.do(Go{})
	see[HomePage](h, nil)

	h.hub.Plug(t, 0)
	h.toStaffLogIn()
	see(h, func(p FormPage) bool { return len(p.Fields) == 3 })
	in()
	servicetest.Must(t, d.DisableStaff(t.Context(), d.Admin, d.Supervisor.ID, true))
	h.do(Go{})
	see(h, func(p NoticePage) bool { return p.ID == noticeLocked })
	h.do(Go{})
	see[HomePage](h, nil)
	h.end()
	d.Sound(t)
}

// TestStaffWithoutTheirKey: a counter looks, a supervisor is told to plug theirs in, and a colleague's key does not do.
func TestStaffWithoutTheirKey(t *testing.T) {
	t.Parallel()
	h, d := staffHall(t)
	h.toStaffLogIn()
	h.form(FormStaffLogIn, "staff_name", d.Supervisor.Login, "password", servicetest.Password)
	see(h, func(p FormPage) bool { return isFault(p.Fault, ra.CodeStaffKeyNeeded) })
	h.hub.Plug(t, 1)
	see(h, func(p FormPage) bool { return len(p.Fields) == 3 })
	h.form(FormStaffLogIn, "staff_name", d.Supervisor.Login, "password", servicetest.Password, "key_pin", ukeytest.FactoryCustomerPIN)
	see(h, func(p FormPage) bool { return isFault(p.Fault, ra.CodeStaffKeyOther) })
	h.hub.Pull(t, 1)
	see(h, func(p FormPage) bool { return len(p.Fields) == 2 })
	h.form(FormStaffLogIn, "staff_name", d.Counter.Login, "password", servicetest.Password)
	see(h, func(p HealthPage) bool { return !p.Busy && p.Staff != nil && !p.Staff.ByKey })
	h.clock.add(4 * time.Minute) // nobody there any more
	see[HomePage](h, nil)
	h.toStaffLogIn()
	h.do(Back{})
	see(h, func(p FormPage) bool { return p.ID == FormStaff })
	h.do(Type{"staff_pin", hallPIN}, Go{})
	see(h, func(p HealthPage) bool { return !p.Busy && p.Staff == nil })
	h.do(Home{})
	h.end()
	d.Sound(t)
}
