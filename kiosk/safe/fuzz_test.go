package safe

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Whatever lies in a secret's file, Read gives the secret or a typed error.
func FuzzRead(f *testing.F) {
	c := Config{Dir: filepath.Join(f.TempDir(), "secrets"), TPM: TPMOff}
	s, err := Open(f.Context(), c)
	if err != nil {
		f.Fatal(err)
	}
	if err := s.Write("journal", []byte("mine")); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(s.disk.path("journal.sealed"))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{nil, []byte(magic), whole, whole[:len(whole)-1], append(whole, 0)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(s.disk.path("journal.sealed"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		secret, err := s.Read("journal")
		switch {
		case err == nil && string(secret) == "mine" && string(content) == string(whole):
		case errors.Is(err, ErrDamaged):
		default:
			t.Errorf("got %q, %v", secret, err)
		}
	})
}

// Whatever lies in the record, Open gives the folder's own key or a typed error.
func FuzzRecord(f *testing.F) {
	c := Config{Dir: filepath.Join(f.TempDir(), "secrets"), TPM: TPMOff}
	s, err := Open(f.Context(), c)
	if err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(s.disk.path(recordFile))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(whole), "", "{", "null", `{"keeper":"TPM"}`, `{"keeper":"TPM","tpm":{}}`, `{"keeper":"plain file"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(s.disk.path(recordFile), content, 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := Open(t.Context(), c)
		if err == nil {
			again.Close()
			return
		}
		for _, typed := range []error{ErrDamaged, ErrOtherKey, ErrKeeper, ErrCredential} {
			if errors.Is(err, typed) {
				return
			}
		}
		t.Error(err)
	})
}
