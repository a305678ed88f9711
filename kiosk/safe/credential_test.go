package safe

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// handOver puts a credential into a folder as systemd does for a unit.
func handOver(t *testing.T, c Config, key []byte) Config {
	t.Helper()
	c.Credentials = t.TempDir()
	if err := os.WriteFile(c.credentialFile(), key, 0o400); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSystemdCredential(t *testing.T) {
	t.Parallel()
	key := newKey()
	without := plain(t)
	with := handOver(t, without, key)
	mustWrite(t, mustOpen(t, with), "journal", "mine")
	mustRead(t, mustOpen(t, with), "journal", "mine")
	if _, err := os.Stat(filepath.Join(with.Dir, keyFile)); err == nil {
		t.Error("the key lies on the disk")
	}
	mustSay(t, with, "level=INFO", "systemd credential")
	refused(t, without, ErrCredential, "LoadCredentialEncrypted=keyhall-kiosk.key", "systemd-run")
	empty := without
	empty.Credentials = t.TempDir()
	refused(t, empty, ErrCredential, "LoadCredentialEncrypted=keyhall-kiosk.key")
	refused(t, handOver(t, without, newKey()), ErrOtherKey, with.Dir)
	mustRead(t, mustOpen(t, handOver(t, without, key)), "journal", "mine")
}

func TestCredentialThatIsNoKey(t *testing.T) {
	t.Parallel()
	for _, length := range []int{0, 31, 33, 64} {
		c := handOver(t, plain(t), make([]byte, length))
		refused(t, c, ErrCredential, "exactly 32")
		if files, _ := os.ReadDir(c.Dir); len(files) > 0 {
			t.Errorf("%d bytes: the folder was begun with %v", length, files)
		}
	}
	c := handOver(t, plain(t), newKey())
	if err := os.Chmod(c.credentialFile(), 0o444); err != nil {
		t.Fatal(err)
	}
	refused(t, c, ErrExposed)
	if err := os.Chmod(c.credentialFile(), 0o440); err != nil { // systemd's access list
		t.Fatal(err)
	}
	mustOpen(t, c)
}

// A folder that was begun without the unit's credential would be weaker than its unit promises.
func TestCredentialForAPlainFolder(t *testing.T) {
	t.Parallel()
	c := plain(t)
	mustOpen(t, c)
	refused(t, handOver(t, c, newKey()), ErrKeeper, "plain file", "enrol it with a new code")
}

// The commands of the example unit, with systemd's own program in the place of its service manager.
func TestCredentialThatSystemdEncrypted(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("systemd-creds needs root for the machine's secret")
	}
	need(t, "systemd-creds")
	dir := t.TempDir()
	encrypted := filepath.Join(dir, "keyhall-kiosk.cred")
	encrypt := exec.Command("systemd-creds", "encrypt", "--name="+CredentialName, "-", encrypted)
	encrypt.Stdin = strings.NewReader(string(newKey()))
	if out, err := encrypt.CombinedOutput(); err != nil {
		t.Skipf("systemd-creds encrypts nothing here: %v: %s", err, out)
	}
	c := plain(t)
	for range 2 { // two starts of the unit
		c.Credentials = t.TempDir()
		decrypt := exec.Command("systemd-creds", "decrypt", "--name="+CredentialName, encrypted, c.credentialFile())
		if out, err := decrypt.CombinedOutput(); err != nil {
			t.Fatalf("systemd-creds decrypt: %v: %s", err, out)
		}
		if err := os.Chmod(c.credentialFile(), 0o400); err != nil {
			t.Fatal(err)
		}
		mustWrite(t, mustOpen(t, c), "journal", "mine")
		mustRead(t, mustOpen(t, c), "journal", "mine")
	}
	again := exec.Command("systemd-creds", "decrypt", "--name=another", encrypted, filepath.Join(dir, "x"))
	if err := again.Run(); err == nil {
		t.Error("systemd-creds opens the credential under another name")
	}
}
