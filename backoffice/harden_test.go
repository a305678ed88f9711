package main

import (
	"os"
	"path/filepath"
	"testing"

	"keyhall/packaging/sandbox/peektest"
)

// programEnv makes the test binary the program itself.
const programEnv = "KEYHALL_TEST_BACKOFFICE"

func TestMain(m *testing.M) {
	peektest.ServeIfAsked()
	if os.Getenv(programEnv) != "" {
		peektest.Allow()
		main()
		os.Exit(0)
	}
	code := m.Run()
	program.close()
	os.Exit(code)
}

// Other programs of the back office's user cannot look into it. Not parallel: it changes limits of this process.
func TestNobodyLooksIntoTheBackOffice(t *testing.T) {
	peektest.Start(t, []string{programEnv + "=1"}, "staff", "add", "li", "--name", "李", "--role", "supervisor",
		"--config", filepath.Join("/", "nowhere")).MustBeHidden() // it waits for a password
	peektest.Open(t).MustBeOpen() // else nothing would be shown above
}
