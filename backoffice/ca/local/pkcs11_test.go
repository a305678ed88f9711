//go:build cgo

package local_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/miekg/pkcs11"

	"keyhall/backoffice/ca/local"
	"keyhall/backoffice/ra"
)

// softHSM is where Debian keeps the module.
const softHSM = "/usr/lib/softhsm/libsofthsm2.so"

// TestToken runs a CA whose key is in a SoftHSM token, in a process of its own: the module reads its configuration from
// the environment, once.
func TestToken(t *testing.T) {
	t.Parallel()
	util := tool(t, "softhsm2-util")
	if _, err := os.Stat(softHSM); errors.Is(err, fs.ErrNotExist) {
		t.Skip("SoftHSM is not installed")
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "softhsm2.conf")
	tokens := filepath.Join(dir, "tokens")
	if err := errors.Join(os.Mkdir(tokens, 0o700), os.WriteFile(conf, []byte("directories.tokendir = "+tokens+"\n"), 0o600),
		os.WriteFile(filepath.Join(dir, "pin"), []byte("12345678\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	environment := append(os.Environ(), "SOFTHSM2_CONF="+conf)
	for _, label := range []string{local.ECP256, local.RSA3072} {
		init := exec.CommandContext(t.Context(), util, "--init-token", "--free", "--label", label, "--so-pin", "87654321", "--pin", "12345678")
		init.Env = environment
		if out, err := init.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	self := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestInsideToken$", "-test.v")
	self.Env = append(environment, "KEYHALL_TEST_TOKEN="+dir)
	out, err := self.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestInsideToken") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestInsideToken(t *testing.T) {
	dir := os.Getenv("KEYHALL_TEST_TOKEN")
	if dir == "" {
		t.Skip("runs inside TestToken")
	}
	for _, algorithm := range []string{local.ECP256, local.RSA3072} {
		t.Run(algorithm, func(t *testing.T) {
			c := local.Config{Dir: t.TempDir(), Algorithm: algorithm,
				Token: &local.Token{Module: softHSM, Label: algorithm, PINFile: filepath.Join(dir, "pin")}}
			first, err := local.Found(t.Context(), c)
			must(t, err)
			must(t, first.Close()) // nobody is logged in
			wrongPIN(t, c, filepath.Join(dir, "pin"))
			issuer := open(t, c)
			if _, err := os.Stat(filepath.Join(c.Dir, "ca-key.pem")); err == nil {
				t.Error("the key is in a file, too")
			}
			acceptedByOpenSSL(t, issuer, filepath.Join(c.Dir, "ca.pem"))

			survives(t, issuer, softHSM, func() {
				must(t, os.Rename(filepath.Join(dir, "tokens"), filepath.Join(dir, "pulled")))
				must(t, os.Mkdir(filepath.Join(dir, "tokens"), 0o700))
			}, func() {
				must(t, os.Remove(filepath.Join(dir, "tokens")))
				must(t, os.Rename(filepath.Join(dir, "pulled"), filepath.Join(dir, "tokens")))
			})
			away := *c.Token
			away.Label = "elsewhere"
			c.Token = &away
			if _, err := local.Open(t.Context(), c); err == nil {
				t.Error("another token: got a CA")
			}
		})
	}
}

// survives drops the sessions of everybody, login and all, and lets the token go away and come back: what is asked for then is signed.
func survives(t *testing.T, issuer *local.Issuer, module string, pull, plug func()) {
	t.Helper()
	n := int64(0x500)
	issues := func(when string, want ra.Code) {
		t.Helper()
		n++
		if _, err := issuer.Issue(t.Context(), request(t, newKey(t), n)); ra.CodeOf(err) != want {
			t.Errorf("%s: got %v, want %q", when, err, want)
		}
	}
	dropSessions(t, module)
	issues("sessions dropped", "")
	issues("and after that", "")
	if pull == nil {
		return
	}
	pull()
	dropSessions(t, module)
	issues("the token is gone", ra.CodeIssuerAway)
	issues("and stays away", ra.CodeIssuerAway)
	plug()
	issues("it is back", "")
}

// dropSessions closes every session that this process has with a module, as a token does that was switched off.
func dropSessions(t *testing.T, module string) {
	t.Helper()
	m := pkcs11.New(module) // the same one that the CA has loaded
	slots, err := m.GetSlotList(true)
	must(t, err)
	for _, slot := range slots {
		must(t, m.CloseAllSessions(slot))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// openCryptoki is where Debian keeps the module that asks a daemon.
const openCryptoki = "/usr/lib/x86_64-linux-gnu/opencryptoki/libopencryptoki.so.0"

// TestOpenCryptoki runs a CA whose key is in a token of openCryptoki, in namespaces where its fixed directories are empty ones.
func TestOpenCryptoki(t *testing.T) {
	t.Parallel()
	unshare := tool(t, "unshare")
	tool(t, "pkcsslotd")
	namespaces := []string{"--mount", "--ipc", "--pid", "--fork", "--kill-child"}
	probe := append(namespaces, "sh", "-c", "mount --make-rprivate / && mount -t tmpfs none /run")
	if out, err := exec.CommandContext(t.Context(), unshare, probe...).CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no namespaces for this user on this machine: %v: %s", err, out)
		}
		t.Skipf("no namespaces for this user on this machine: %v: %s", err, out)
	}
	// The script is that of the UKeys' driver: a daemon and directories of its own for one command.
	self := exec.CommandContext(t.Context(), unshare, append(namespaces, "sh", "../../../device/ukey/pkcs11/testdata/opencryptoki.sh",
		os.Args[0], "-test.run=^TestInsideOpenCryptoki$", "-test.v")...)
	self.Env = append(os.Environ(), "KEYHALL_TEST_TOKEN="+t.TempDir())
	out, err := self.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestInsideOpenCryptoki") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestInsideOpenCryptoki(t *testing.T) {
	dir := os.Getenv("KEYHALL_TEST_TOKEN")
	if dir == "" {
		t.Skip("runs inside TestOpenCryptoki")
	}
	const slot, label, pin = 3, "CA", "97531"
	personalise(t, slot, label, pin)
	must(t, os.WriteFile(filepath.Join(dir, "pin"), []byte(pin), 0o600))
	c := local.Config{Dir: t.TempDir(), Algorithm: local.RSA3072, Token: &local.Token{Module: openCryptoki, Label: label, PINFile: filepath.Join(dir, "pin")}}
	issuer := open(t, c)
	acceptedByOpenSSL(t, issuer, filepath.Join(c.Dir, "ca.pem"))
	survives(t, issuer, openCryptoki, nil, nil)
	restarts(t, issuer)
}

// restarts ends the daemon that keeps the module's sessions, which it does not do by itself while a program uses it, and starts it again:
// what is asked for then is signed, whether the program's sessions outlived it or not.
func restarts(t *testing.T, issuer *local.Issuer) {
	t.Helper()
	for n, lost := range []bool{false, true} {
		run(t, "sh", "-c", `pid=$(cat /run/pkcsslotd.pid); kill -9 "$pid"; while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done; rm -f /run/pkcsslotd.socket`)
		if lost {
			dropSessions(t, openCryptoki)
		}
		if _, err := issuer.Issue(t.Context(), request(t, newKey(t), int64(0x600+2*n))); err != nil && ra.CodeOf(err) != ra.CodeIssuerAway {
			t.Errorf("without the daemon: got %v, want %q at most", err, ra.CodeIssuerAway)
		}
		run(t, "sh", "-c", `pkcsslotd; until [ -S /run/pkcsslotd.socket ]; do sleep 0.02; done`)
		if _, err := issuer.Issue(t.Context(), request(t, newKey(t), int64(0x601+2*n))); err != nil {
			t.Errorf("the daemon is back, sessions lost %v: %v", lost, err)
		}
	}
}

// run runs a program, for as long as the test may take.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", args, err, out)
	}
}

// personalise gives a factory-new token its label and PIN.
func personalise(t *testing.T, slot uint, label, pin string) {
	t.Helper()
	const factory, admin = "87654321", "13571357"
	m := pkcs11.New(openCryptoki)
	must(t, m.Initialize())
	must(t, m.InitToken(slot, factory, label))
	session, err := m.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	must(t, err)
	must(t, m.Login(session, pkcs11.CKU_SO, factory))
	must(t, m.SetPIN(session, factory, admin))
	must(t, m.InitPIN(session, pin))
	must(t, m.Logout(session))
	must(t, m.Finalize())
}

// wrongPIN: the token is asked once with a wrong PIN, not until it is locked.
func wrongPIN(t *testing.T, c local.Config, pinFile string) {
	t.Helper()
	right, err := os.ReadFile(pinFile)
	must(t, err)
	must(t, os.WriteFile(pinFile, []byte("000000"), 0o600))
	c.Tokens = new(local.Tokens)
	for range 2 {
		if _, err := local.Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), "CKR_PIN_INCORRECT") {
			t.Errorf("a wrong PIN: got %v", err)
		}
	}
	must(t, os.WriteFile(pinFile, right, 0o600))
	if _, err := local.Open(t.Context(), c); err == nil {
		t.Error("the token was asked again after a wrong PIN")
	}
}
