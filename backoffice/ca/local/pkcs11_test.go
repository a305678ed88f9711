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

	"keyhall/backoffice/ca/local"
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
			issuer := open(t, c)
			if _, err := os.Stat(filepath.Join(c.Dir, "ca-key.pem")); err == nil {
				t.Error("the key is in a file, too")
			}
			acceptedByOpenSSL(t, issuer, filepath.Join(c.Dir, "ca.pem"))

			c.Token.Label = "elsewhere"
			if _, err := local.Open(t.Context(), c); err == nil {
				t.Error("another token: got a CA")
			}
		})
	}
}
