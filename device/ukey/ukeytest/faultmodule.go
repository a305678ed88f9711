package ukeytest

import (
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

//go:embed faultmodule/fault.c
var faultModule []byte

// Faults of a FaultModule. Where the comment names a code, it is what the fault's text holds: a CKR number, and then
// " once" when the fault is to pass by itself.
const (
	FaultExtractable   = "extractable"         // pairs are made readable, whatever was asked for
	FaultRSABits       = "rsa-bits"            // text: the size of RSA pairs, whatever was asked for
	FaultCurve         = "curve"               // text: hexadecimal CKA_EC_PARAMS, whatever was asked for
	FaultGenerateHeld  = "generate-held"       // a generation does not end before this is cleared
	FaultHidden        = "hidden-before-login" // no object is found before the customer's login
	FaultNoPublicKeys  = "no-public-keys"      // no public key object is found
	FaultGhost         = "ghost"               // text: a serial; one more slot shows the key that has it
	FaultSerial        = "serial"              // text: what keys say their serial is
	FaultLabel         = "label"               // text: what keys say their label is
	FaultNoAdminFlags  = "no-so-flags"         // nothing is told of the administrator PIN
	FaultFlags         = "flags"               // text: a number; flags that every key's token has besides
	FaultPINPad        = "pin-pad"             // the key has a pad; text: the PIN that is typed, none when the person cancels
	FaultNoLocking     = "no-os-locking"       // C_Initialize refuses the locks of the system
	FaultSlotList      = "slot-list"           // code of C_GetSlotList
	FaultInitialize    = "initialize"          // code of C_Initialize
	FaultOpenSession   = "open-session"        // code of C_OpenSession
	FaultForgets       = "forgets"             // text "once": the process that meets it is told from then on that it never initialised
	FaultTokenInfo     = "token-info"          // code of C_GetTokenInfo
	FaultLogin         = "login"               // code of C_Login
	FaultAdminExpired  = "expired-so"          // C_Login as administrator with the right PIN answers that it has to be changed first
	FaultUserExpired   = "expired-user"        // the same for the customer
	FaultFind          = "find"                // code of C_FindObjects
	FaultSign          = "sign"                // code of C_SignInit
	FaultDestroy       = "destroy"             // code of C_DestroyObject
	faultSecond        = "second"              // text: configuration and library of a second SoftHSM
	faultRead          = "read"
	faultUnreported    = "unreported"
	faultAttributeText = "value"
)

// FaultRead makes reading an attribute of a class of objects fail; text: code.
func FaultRead(class, attribute uint) string { return ofAttribute(faultRead, class, attribute) }

// FaultUnreported makes a module say that objects of a class do not have an attribute.
func FaultUnreported(class, attribute uint) string {
	return ofAttribute(faultUnreported, class, attribute)
}

// FaultValue puts another value before every attribute of a class of objects; text: the value, hexadecimal.
func FaultValue(class, attribute uint) string {
	return ofAttribute(faultAttributeText, class, attribute)
}

func ofAttribute(fault string, class, attribute uint) string {
	return fmt.Sprintf("%s-%x-%x", fault, class, attribute)
}

// FaultModule is a PKCS#11 module with the faults that makers' modules have: SoftHSM on a Hub, behind a library that
// forwards to it. Faults are switched while workers run; the Hub's keys are plugged and pulled as always.
type FaultModule struct {
	*Hub
	Path   string // of the library
	faults string // folder with a file for each fault that is on
}

// NewFaultModule makes a hub with n keys behind a module without any fault yet.
func NewFaultModule(t testing.TB, n int) *FaultModule {
	t.Helper()
	Need(t, "gcc", "go")
	path, err := builtFaultModule()
	if err != nil {
		t.Fatal(err)
	}
	return &FaultModule{Hub: NewHub(t, n), Path: path, faults: t.TempDir()}
}

// Env is the Hub's, for a driver's worker.
func (m *FaultModule) Env() []string { return append(m.Hub.Env(), "KEYHALL_FAULTS="+m.faults) }

// Set switches a fault on. The file comes whole: a worker may be reading.
func (m *FaultModule) Set(t testing.TB, fault, text string) {
	t.Helper()
	whole := filepath.Join(m.faults, "."+fault)
	err := os.WriteFile(whole, []byte(text), 0o600)
	if err = errors.Join(err, os.Rename(whole, filepath.Join(m.faults, fault))); err != nil {
		t.Fatal(err)
	}
}

// Struck tells whether a fault that strikes once did.
func (m *FaultModule) Struck(fault string) bool {
	_, err := os.Stat(filepath.Join(m.faults, fault))
	return errors.Is(err, os.ErrNotExist)
}

// Holding tells whether a generation is being held.
func (m *FaultModule) Holding() bool {
	_, err := os.Stat(filepath.Join(m.faults, "holding"))
	return err == nil
}

// Clear switches a fault off.
func (m *FaultModule) Clear(t testing.TB, fault string) {
	t.Helper()
	if err := os.Remove(filepath.Join(m.faults, fault)); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}

// PlugTwin plugs a copy of key i, as it is now, into another slot. Key i may be pulled and plugged beside it.
func (m *FaultModule) PlugTwin(t testing.TB, i int) {
	t.Helper()
	twin := &Hub{dir: t.TempDir()}
	from := filepath.Join(m.plugged(), m.names[i])
	err := errors.Join(os.CopyFS(filepath.Join(twin.plugged(), m.names[i]), os.DirFS(from)), twin.configure())
	library := filepath.Join(twin.dir, "softhsm.so") // a file of its own is loaded as a library of its own
	if content, readErr := os.ReadFile(SoftHSM); readErr == nil {
		err = errors.Join(err, os.WriteFile(library, content, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	m.Set(t, faultSecond, twin.config()+"\n"+library)
}

// PullTwin pulls the copy.
func (m *FaultModule) PullTwin(t testing.TB) {
	t.Helper()
	m.Clear(t, faultSecond)
}

// builtFaultModule compiles the library, once for all test programs of this version of it.
var builtFaultModule = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	path := filepath.Join(cache, "keyhall-test", fmt.Sprintf("fault-%x.so", sha256.Sum256(faultModule)))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	headers, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/miekg/pkcs11").Output()
	if err != nil {
		return "", fmt.Errorf("headers of PKCS#11: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	mine := fmt.Sprintf("%s.%d", path, os.Getpid())
	cmd := exec.Command("gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-I", strings.TrimSpace(string(headers)),
		"-D", fmt.Sprintf("REAL_MODULE=%q", SoftHSM), "-x", "c", "-o", mine, "-", "-ldl")
	cmd.Stdin = strings.NewReader(string(faultModule))
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("fault module: %w: %s", err, out)
	}
	return path, os.Rename(mine, path)
})
