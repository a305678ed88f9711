package ukeytest

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// leakPatience is how long a worker process may take to end: it finishes the call that it is in.
const leakPatience = 90 * time.Second

// Main runs a package's tests and fails when goroutines are left that do not end.
func Main(m *testing.M) {
	code := m.Run()
	if code != 0 {
		os.Exit(code)
	}
	var err error
	for deadline := time.Now().Add(leakPatience); time.Now().Before(deadline); {
		if err = goleak.Find(); err == nil {
			os.Exit(0)
		}
	}
	fmt.Fprintln(os.Stderr, "goroutines left by the tests:", err)
	os.Exit(1)
}
