package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"keyhall/device/ukey"
	"keyhall/device/ukey/conformance"
	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/ukeytest"
)

func TestWhatAMakerMustKnow(t *testing.T) {
	t.Parallel()
	q := newQualification("/opt/maker.so")
	q.info = ukey.Info{Manufacturer: "Maker", Model: "One", Serial: "1\x1b", Firmware: "2.7", MinPIN: 4, MaxPIN: 16, UserLeft: -1, AdminLeft: 3}
	for i, call := range []string{"login", "sign", "generate", "info"} {
		q.observe(call, time.Hour, time.Duration(i)*time.Second)
	}
	q.observe("generate", time.Hour, time.Minute)
	refused := &ukey.DeviceError{Call: "C_Sign", Code: "CKR_GENERAL_ERROR"}
	for want, r := range map[bool]conformance.Result{
		true:  {Check: conformance.Check{Name: "signs", Needs: "C_Sign to sign"}, Outcome: conformance.Fails, Err: errors.Join(refused, errors.New("twice"))},
		false: {Check: conformance.Check{Name: "lists"}, Outcome: conformance.Holds},
	} {
		if got := q.note(r); got != want {
			t.Errorf("%s: fails is %v", r.Check.Name, got)
		}
	}
	var out strings.Builder
	q.print(&out)
	for _, want := range []string{"Maker/One/1?, firmware 2.7", "/opt/maker.so", "administrator's unknown, 3 attempts left", "generate took 1m0s",
		"FAILS", "signs", "needs    C_Sign to sign", "C_Sign: CKR_GENERAL_ERROR; twice"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "login took") || strings.Contains(out.String(), "lists") {
		t.Errorf("more than what is of interest:\n%s", out.String())
	}
}

func TestEveryCheckSaysWhatItNeeds(t *testing.T) {
	t.Parallel()
	for _, c := range conformance.Checks() {
		if c.Needs == "" {
			t.Errorf("%s: a maker is not told what it needs", c.Name)
		}
	}
}

// TestUkeyConformanceOfAKeyWithoutACustomer: the administrator sets the first PIN.
func TestUkeyConformanceOfAKeyWithoutACustomer(t *testing.T) {
	t.Parallel()
	hub := ukeytest.NewHub(t, 0)
	r, err := pkcs11.Start(pkcs11.Config{Module: ukeytest.SoftHSM, Rescan: pkcs11.Reinitialize, Env: hub.Env()})
	if err != nil {
		t.Fatal(err)
	}
	infos, err := r.List(t.Context())
	if err != nil || len(infos) != 1 {
		t.Fatalf("%d keys, %v", len(infos), err)
	}
	token, err := r.Open(t.Context(), infos[0].Identity())
	if err != nil {
		t.Fatal(err)
	}
	err = token.Initialize(t.Context(), ukey.Setup{Label: "new", AdminPIN: []byte("11223344")})
	if err := errors.Join(err, token.Close(), r.Close()); err != nil {
		t.Fatal(err)
	}
	out, ok := ukeyCommand(t, hub, "11223344\n55667788\n24682468\n", "conformance", "--write")
	if n := strings.Count(out, "not tried"); !ok || n != 1 || strings.Contains(out, "fails") || !strings.Contains(out, "For the maker") {
		t.Errorf("got %v, %d not tried, want all but the twins:\n%s", ok, n, out)
	}
}

// TestUkeyConformanceOfAFactoryNewKey runs TestInsideNamespaces where openCryptoki has fixed directories of the test's own.
func TestUkeyConformanceOfAFactoryNewKey(t *testing.T) {
	t.Parallel()
	ukeytest.WithOpenCryptoki(t, "../device/ukey/pkcs11/testdata/opencryptoki.sh", "TestInsideNamespaces")
}

// TestInsideNamespaces: a key that was never initialised is left so; one whose administrator PIN has to be changed first and that has
// no customer PIN is tried fully.
func TestInsideNamespaces(t *testing.T) {
	ukeytest.InsideOpenCryptoki(t)
	run := func(pins string, args ...string) (string, error) {
		args = append([]string{"ukey", "conformance", "--module", ukeytest.OpenCryptoki}, args...)
		cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
		cmd.Env, cmd.Stdin = append(os.Environ(), commandLineEnv+"=1"), strings.NewReader(pins)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	r, err := pkcs11.Start(pkcs11.Config{Module: ukeytest.OpenCryptoki})
	if err != nil {
		t.Fatal(err)
	}
	key := func() ukey.Info {
		infos, err := r.List(t.Context())
		if err != nil || len(infos) != 1 {
			t.Fatalf("%d keys, %v", len(infos), err)
		}
		return infos[0]
	}
	if out, err := run("", "--serial", key().Serial); err != nil || key().Initialized {
		t.Errorf("reading a key that was never initialised: %v, initialised %v:\n%s", err, key().Initialized, out)
	}
	token, err := r.Open(t.Context(), key().Identity())
	if err != nil {
		t.Fatal(err)
	}
	err = token.Initialize(t.Context(), ukey.Setup{Label: "new", AdminPIN: []byte("87654321")})
	if err := errors.Join(err, token.Close(), r.Close()); err != nil {
		t.Fatal(err)
	}
	out, err := run("87654321\n97531975\n24682468\n13571357\n", "--write")
	if n := strings.Count(out, "not tried"); err != nil || n != 1 || strings.Contains(out, "fails") {
		t.Errorf("got %v, %d not tried, want all but the twins:\n%s", err, n, out)
	}
}

// stubborn is a key that takes another administrator PIN and never the one before.
type stubborn struct{ ukey.Reader }

func (s stubborn) Open(ctx context.Context, key ukey.Identity) (ukey.Token, error) {
	t, err := s.Reader.Open(ctx, key)
	return stubbornToken{t}, err
}

type stubbornToken struct{ ukey.Token }

func (s stubbornToken) SetPIN(ctx context.Context, old, next []byte) error {
	if string(next) == ukeytest.FactoryAdminPIN {
		return &ukey.PINError{Role: ukey.Administrator, Err: ukey.ErrPINInvalid}
	}
	return s.Token.SetPIN(ctx, old, next)
}

// TestConformanceSpendsNoPINs: once the administrator PIN is another one, nothing more is tried with it.
func TestConformanceSpendsNoPINs(t *testing.T) {
	t.Parallel()
	hub := ukeytest.NewHub(t, 1)
	r, err := pkcs11.Start(pkcs11.Config{Module: ukeytest.SoftHSM, Rescan: pkcs11.Reinitialize, Env: hub.Env(), HideUninitialized: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s := conformance.Subject{Reader: stubborn{r}, Key: hub.Identity(0), AdminPIN: []byte(ukeytest.FactoryAdminPIN),
		CustomerPIN: []byte(ukeytest.FactoryCustomerPIN), OtherPIN: []byte("24682468")}
	fails, untried := 0, 0
	err = conformance.All(t.Context(), s, true, func(r conformance.Result) {
		switch {
		case r.Outcome == conformance.Fails:
			fails++
		case r.Outcome == conformance.NotTried && strings.Contains(r.Err.Error(), "not what they were"):
			untried++
		}
	})
	if err != nil || fails != 1 || untried < 10 {
		t.Errorf("%v, %d fail, %d not tried, want one to fail and the rest left", err, fails, untried)
	}
}
