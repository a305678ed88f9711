package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestKeysOfTheHubLock: they pass everything that Keyhall wants of a key, and unlike SoftHSM's lock after wrong PINs.
func TestKeysOfTheHubLock(t *testing.T) {
	t.Parallel()
	bin, err := filepath.Abs("../../../bin")
	if err != nil {
		t.Fatal(err)
	}
	if from := os.Getenv("KEYHALL_BIN"); from != "" {
		bin = from
	}
	module := filepath.Join(bin, "keyhall-locking.so")
	needs(t, "softhsm2-util", "pkcs11-tool", filepath.Join(bin, "keyhall-kiosk"), module)
	hub, err := OpenHub(t.Context(), t.TempDir(), module, 1)
	if err == nil {
		err = hub.Plug(1)
	}
	if err != nil {
		t.Fatal(err)
	}
	list := exec.Command("pkcs11-tool", "--module", module, "-L")
	list.Env = append(os.Environ(), hub.Env()...)
	out, err := list.Output()
	serial := regexp.MustCompile(`serial num\s+: ([0-9a-f]{16})`).FindSubmatch(out)
	if err != nil || serial == nil {
		t.Fatalf("pkcs11-tool: %v\n%s", err, out)
	}
	try := exec.Command(filepath.Join(bin, "keyhall-kiosk"), "ukey", "conformance", "--module", module, "--rescan", "reinitialize", "--write", "--serial", string(serial[1]))
	try.Env = append(os.Environ(), hub.Env()...)
	try.Stdin = strings.NewReader(FactoryAdminPIN + "\n" + FactoryCustomerPIN + "\n" + "24681357\n")
	said, err := try.CombinedOutput()
	if err != nil || !regexp.MustCompile(`(?m)^holds +locks the customer's PIN`).Match(said) {
		t.Errorf("conformance: %v\n%s", err, said)
	}
}

// TestKeysAreCarried: what is plugged into one hub is taken out when it is plugged into the other.
func TestKeysAreCarried(t *testing.T) {
	t.Parallel()
	needs(t, "softhsm2-util")
	one, err := OpenHub(t.Context(), t.TempDir(), softHSM, 1)
	if err != nil {
		t.Fatal(err)
	}
	other, err := one.Elsewhere("other")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []*Hub{one, other, one} {
		if err := at.Plug(1); err != nil {
			t.Fatal(err)
		}
		if here, there := one.Keys()[0].Plugged, other.Keys()[0].Plugged; here != (at == one) || there != (at == other) {
			t.Errorf("plugged into %s: it is in the first hub: %t, in the other: %t", at.name, here, there)
		}
	}
	if err := one.Replace(t.Context(), 1); err != nil || one.Keys()[0].Plugged {
		t.Errorf("replaced: %v, plugged in: %t, want a new one in its drawer", err, one.Keys()[0].Plugged)
	}
}
