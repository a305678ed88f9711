package ukeytest

import (
	"os"
	"os/exec"
	"testing"
)

// OpenCryptoki is the module of software keys that lock after wrong PINs, which those in a Hub never do.
const OpenCryptoki = "/usr/lib/x86_64-linux-gnu/opencryptoki/libopencryptoki.so.0"

const openCryptokiEnv = "KEYHALL_TEST_OPENCRYPTOKI"

// WithOpenCryptoki runs a test of this test program, and no other, in namespaces where openCryptoki has its fixed directories for
// itself; script is the way to device/ukey/pkcs11/testdata/opencryptoki.sh, which begins it. That test asks InsideOpenCryptoki. Who may make
// no namespaces is told so by `make test`; with CI=true it fails.
func WithOpenCryptoki(t *testing.T, script, test string) {
	t.Helper()
	Need(t, "unshare", "pkcsslotd", OpenCryptoki)
	namespaces := []string{"--mount", "--ipc", "--pid", "--fork", "--kill-child"}
	probe := append(namespaces, "sh", "-c", "mount --make-rprivate / && mount -t tmpfs none /run")
	if out, err := exec.CommandContext(t.Context(), "unshare", probe...).CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no namespaces for this user on this machine: %v: %s", err, out)
		}
		t.Skipf("no namespaces for this user on this machine: %v: %s", err, out) // not a matter of what is installed
	}
	cmd := exec.CommandContext(t.Context(), "unshare", append(namespaces, "sh", script, os.Args[0], "-test.v", "-test.run=^"+test+"$")...)
	cmd.Env = append(os.Environ(), openCryptokiEnv+"=1", "GORACE=atexit_sleep_ms=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	t.Logf("%s", out)
}

// InsideOpenCryptoki skips a test that WithOpenCryptoki did not begin.
func InsideOpenCryptoki(t *testing.T) {
	t.Helper()
	if os.Getenv(openCryptokiEnv) == "" {
		t.Skip("run by the test that makes the namespaces")
	}
}
