package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"keyhall/device/ukey"
	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/ukeytest"
	"keyhall/packaging/sandbox/peektest"
)

// commandLineEnv makes the test binary the program itself.
const commandLineEnv = "KEYHALL_TEST_UKEY_COMMAND_LINE"

func TestMain(m *testing.M) {
	peektest.ServeIfAsked()
	if os.Getenv(commandLineEnv) != "" {
		peektest.Allow()
		main()
		os.Exit(0)
	}
	pkcs11.ServeIfWorker()
	os.Exit(m.Run())
}

// ukeyCommand runs "ukey ARGS" on a hub and returns what it printed, and whether it succeeded.
func ukeyCommand(t *testing.T, hub *ukeytest.Hub, stdin string, args ...string) (string, bool) {
	t.Helper()
	args = append([]string{"ukey"}, append(args, "--module", ukeytest.SoftHSM, "--rescan", "reinitialize")...)
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(append(os.Environ(), hub.Env()...), commandLineEnv+"=1")
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

func TestUkeyList(t *testing.T) {
	t.Parallel()
	hub := ukeytest.NewHub(t, 2)
	out, ok := ukeyCommand(t, hub, "", "list")
	if !ok || !strings.Contains(out, hub.Serial(0)) || !strings.Contains(out, hub.Serial(1)) {
		t.Errorf("got %v, want both serials:\n%s", ok, out)
	}
}

func TestUkeyShow(t *testing.T) {
	t.Parallel()
	hub := ukeytest.NewHub(t, 2)
	writeCertificate(t, hub, 0)
	out, ok := ukeyCommand(t, hub, "", "show", "--serial", hub.Serial(0))
	for _, want := range []string{hub.Serial(0), "Customer PIN", "ok", "CN=某某有限公司", "organizationIdentifier=91330106MA2B1X2C3D", "2031-02-03 04:05:06", "6f7031"} {
		if !ok || !strings.Contains(out, want) {
			t.Errorf("got %v, want %q in:\n%s", ok, want, out)
		}
	}
	if out, ok := ukeyCommand(t, hub, "", "show"); ok || !strings.Contains(out, "--serial") {
		t.Errorf("two keys: got %v, want to be told of --serial:\n%s", ok, out)
	}
	hub.Pull(t, 0)
	if out, ok := ukeyCommand(t, hub, "", "show"); !ok || !strings.Contains(out, "none to be seen") {
		t.Errorf("one key: got %v, want the blank one:\n%s", ok, out)
	}
	hub.Pull(t, 1)
	if out, ok := ukeyCommand(t, hub, "", "show"); ok || !strings.Contains(out, "not plugged in") {
		t.Errorf("no key: got %v:\n%s", ok, out)
	}
}

func TestUkeyTwins(t *testing.T) {
	t.Parallel()
	module := ukeytest.NewFaultModule(t, 1)
	module.Set(t, ukeytest.FaultGhost, module.Serial(0))
	command := func(args ...string) (string, bool) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"ukey"}, append(args, "--module", module.Path)...)...)
		cmd.Env = append(append(os.Environ(), module.Env()...), commandLineEnv+"=1")
		out, err := cmd.CombinedOutput()
		return string(out), err == nil
	}
	if out, ok := command("list"); !ok || strings.Count(out, module.Serial(0)) != 2 {
		t.Errorf("list: got %v, want both:\n%s", ok, out)
	}
	if out, ok := command("show"); ok || !strings.Contains(out, ukey.ErrTwin.Error()) {
		t.Errorf("show: got %v, want it refused:\n%s", ok, out)
	}
}

func writeCertificate(t *testing.T, hub *ukeytest.Hub, i int) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(77), Subject: pkix.Name{CommonName: "某某有限公司",
			ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 97}, Value: "91330106MA2B1X2C3D"}}},
		NotBefore: time.Date(2030, 2, 3, 4, 5, 6, 0, time.UTC), NotAfter: time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	r, err := pkcs11.Start(pkcs11.Config{Module: ukeytest.SoftHSM, Rescan: pkcs11.Reinitialize, Env: hub.Env()})
	if err != nil {
		t.Fatal(err)
	}
	token, err := r.Open(t.Context(), hub.Identity(i))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() error{
		func() error { return token.Login(t.Context(), ukey.Customer, []byte(ukeytest.FactoryCustomerPIN)) },
		func() error { return token.WriteCertificate(t.Context(), []byte("op1"), "one", der) },
		token.Close, r.Close,
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUkeyConformance(t *testing.T) {
	t.Parallel()
	hub := ukeytest.NewHub(t, 1)
	out, ok := ukeyCommand(t, hub, "", "conformance")
	if !ok || strings.Contains(out, "fails") || !strings.Contains(out, "would write") {
		t.Errorf("reading: got %v, want all that reads to hold and nothing else tried:\n%s", ok, out)
	}
	pins := fmt.Sprintf("%s\n%s\n24682468\n", ukeytest.FactoryAdminPIN, ukeytest.FactoryCustomerPIN)
	out, ok = ukeyCommand(t, hub, pins, "conformance", "--write")
	if !ok || strings.Contains(out, "fails") || !strings.Contains(out, "unsupported") {
		t.Errorf("writing: got %v, want all to hold but the lock, which SoftHSM lacks:\n%s", ok, out)
	}
	if strings.Contains(out, ukeytest.FactoryCustomerPIN) || strings.Contains(out, ukeytest.FactoryAdminPIN) {
		t.Error("a PIN was printed")
	}
	writeCertificate(t, hub, 0)
	out, ok = ukeyCommand(t, hub, pins, "conformance", "--write")
	if !ok || !strings.Contains(out, "not blank") {
		t.Errorf("key in use: got %v, want it left alone:\n%s", ok, out)
	}
	if out, ok := ukeyCommand(t, hub, "1234\n", "conformance", "--write"); ok || !strings.Contains(out, "customer pin") {
		t.Errorf("a PIN is missing: got %v:\n%s", ok, out)
	}
}

func TestPlainKeepsTheTerminalSafe(t *testing.T) {
	t.Parallel()
	if got, want := plain("a\x1b[31m密\n"), "a?[31m密?"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
