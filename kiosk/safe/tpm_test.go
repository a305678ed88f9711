package safe

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// machine is a machine with a TPM in software (swtpm).
type machine struct {
	state  string // what the chip remembers
	socket string
	cmd    *exec.Cmd
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	need(t, "swtpm")
	dir, err := os.MkdirTemp("", "tpm") // not t.TempDir: a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{state: filepath.Join(dir, "state"), socket: filepath.Join(dir, "socket")}
	t.Cleanup(func() {
		m.off(t)
		os.RemoveAll(dir)
	})
	m.on(t)
	return m
}

func (m *machine) on(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(m.state, 0o700); err != nil {
		t.Fatal(err)
	}
	m.cmd = exec.Command("swtpm", "socket", "--tpm2", "--tpmstate", "dir="+m.state, "--server", "type=unixio,path="+m.socket,
		"--flags", "not-need-init,startup-clear")
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said strings.Builder
	m.cmd.Stderr = &said
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("unix", m.socket)
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(end) {
			t.Fatalf("swtpm does not answer: %v: %s", err, said.String())
		}
	}
}

// off leaves the socket's name behind, as a crash does.
func (m *machine) off(t *testing.T) {
	t.Helper()
	if m.cmd == nil {
		return
	}
	if err := m.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	m.cmd.Wait() // killed, as it says
	m.cmd = nil
}

// sealed is a new folder on the machine.
func (m *machine) sealed(t *testing.T) Config {
	t.Helper()
	return Config{Dir: filepath.Join(t.TempDir(), "secrets"), TPM: m.socket}
}

func TestSealedByTheTPM(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	c := m.sealed(t)
	mustWrite(t, mustOpen(t, c), "journal", "mine")
	for range 8 { // more than the TPM has room for, if something were left in it
		mustRead(t, mustOpen(t, c), "journal", "mine")
	}
	if _, err := os.Stat(filepath.Join(c.Dir, keyFile)); err == nil {
		t.Error("the key lies on the disk")
	}
	mustSay(t, c, "level=INFO", "by=TPM")
}

// systemd's credential is taken before the TPM, and then for good.
func TestCredentialBeforeTheTPM(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	c := handOver(t, m.sealed(t), newKey())
	mustWrite(t, mustOpen(t, c), "journal", "mine")
	m.off(t)
	mustRead(t, mustOpen(t, c), "journal", "mine")
	c.Credentials = ""
	refused(t, c, ErrCredential)
}

// A TPM that is gone is an error and no reason for a plain file, also before the first use.
func TestTPMGoneAndBack(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	c := m.sealed(t)
	mustWrite(t, mustOpen(t, c), "journal", "mine")
	m.off(t)
	refused(t, c, ErrNoTPM, m.socket, "firmware")
	fresh := m.sealed(t)
	refused(t, fresh, ErrNoTPM)
	if err := os.Remove(m.socket); err != nil {
		t.Fatal(err)
	}
	refused(t, c, ErrNoTPM, m.socket)
	refused(t, fresh, ErrNoTPM)
	if _, err := os.Stat(filepath.Join(fresh.Dir, keyFile)); err == nil {
		t.Error("a plain key was made though a TPM was asked for")
	}
	off := c
	off.TPM = TPMOff
	refused(t, off, ErrKeeper, "TPM", `tpm = "auto"`)

	m.on(t)
	mustRead(t, mustOpen(t, c), "journal", "mine")
	mustOpen(t, fresh)
}

func TestTPMOfAnotherMachine(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	c := m.sealed(t)
	mustWrite(t, mustOpen(t, c), "journal", "mine")
	stolen := c
	stolen.TPM = newMachine(t).socket
	refused(t, stolen, ErrOtherTPM, "back into its machine", "enrol it with a new code")
	mustRead(t, mustOpen(t, c), "journal", "mine")
}

// A thief who makes the record look like his machine's gets no further.
func TestSealedKeyOfAnotherTPM(t *testing.T) {
	t.Parallel()
	m, thief := newMachine(t), newMachine(t)
	c, own := m.sealed(t), thief.sealed(t)
	mustOpen(t, c)
	mustOpen(t, own)
	changeRecord(t, c, func(r *record) {
		theirs, err := disk{dir: own.Dir}.readRecord()
		if err != nil {
			t.Fatal(err)
		}
		r.TPM.Parent = theirs.TPM.Parent
	})
	c.TPM = thief.socket
	refused(t, c, ErrDamaged, recordFile)
}

func TestDamagedSealedKey(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for name, damage := range map[string]func(*record){
		"private":       func(r *record) { r.TPM.Private[len(r.TPM.Private)-1] ^= 1 },
		"private, cut":  func(r *record) { r.TPM.Private = r.TPM.Private[:5] },
		"public":        func(r *record) { r.TPM.Public[len(r.TPM.Public)-1] ^= 1 },
		"nothing":       func(r *record) { r.TPM = nil },
		"empty":         func(r *record) { r.TPM.Private, r.TPM.Public = nil, nil },
		"another check": func(r *record) { r.Check[0] ^= 1 },
	} {
		c := m.sealed(t)
		mustOpen(t, c)
		changeRecord(t, c, damage)
		s, err := Open(t.Context(), c)
		if err == nil {
			s.Close()
		}
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrOtherKey) {
			t.Errorf("%s: got %v, want %v", name, err, ErrDamaged)
		}
	}
}

func changeRecord(t *testing.T, c Config, change func(*record)) {
	t.Helper()
	d := disk{dir: c.Dir}
	r, err := d.readRecord()
	if err != nil {
		t.Fatal(err)
	}
	change(&r)
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.writeWhole(recordFile, text); err != nil {
		t.Fatal(err)
	}
}

func TestPowerCutAtTheFirstUseOfATPM(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for n := 0; ; n++ {
		c := m.sealed(t)
		s, err := open(t.Context(), c, cutAt(n))
		if err == nil {
			s.Close()
		} else if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		mustWrite(t, mustOpen(t, c), "journal", "mine")
		mustRead(t, mustOpen(t, c), "journal", "mine")
		if err == nil {
			return
		}
	}
}

func TestWhatIsNoTPM(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, Config{Dir: filepath.Join(t.TempDir(), "secrets"), TPM: path}, ErrNoTPM, path)
}
