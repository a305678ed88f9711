//go:build !cgo

package local_test

import (
	"strings"
	"testing"

	"keyhall/backoffice/ca/local"
)

func TestTokenWithoutCGO(t *testing.T) {
	t.Parallel()
	_, err := local.Open(t.Context(), local.Config{Dir: t.TempDir(), Token: &local.Token{Module: "x"}})
	if err == nil || !strings.Contains(err.Error(), "keyhall-backoffice-pkcs11") {
		t.Errorf("got %v, want how to build it", err)
	}
}
