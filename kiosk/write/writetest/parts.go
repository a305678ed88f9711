package writetest

import (
	"bytes"
	"testing"
	"time"

	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/worker"
	"keyhall/kiosk/journal"
)

// Reader reads the keys of a PKCS#11 module until the test ends.
func Reader(t testing.TB, module string, env []string) *worker.Reader {
	t.Helper()
	r, err := pkcs11.Start(pkcs11.Config{Module: module, Rescan: pkcs11.Reinitialize, Env: env, HideUninitialized: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// Journal opens a journal until the test ends.
func Journal(t testing.TB, path string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(t.Context(), path, bytes.Repeat([]byte{1}, journal.KeyBytes), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}
