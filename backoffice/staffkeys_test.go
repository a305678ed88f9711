package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// publicKeyFile is a new key's public key in a file.
func publicKeyFile(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// staffKeys binds keys, lists them and takes one away, by commands.
func (h *hall) staffKeys() {
	h.t.Helper()
	file := publicKeyFile(h.t)
	h.command("staff", "key", "add", "li@hall.example", "--name", "0102-4471", file)
	h.command("staff", "key", "add", "li@hall.example", "--name", "0102-4471", file)
	if out := h.command("staff", "key", "list", "li@hall.example"); strings.Count(out, "0102-4471") != 1 || !strings.Contains(out, "confirmed") {
		h.t.Errorf("staff key list: got\n%s", out)
	}
	h.command("staff", "key", "confirm", "li@hall.example", "0102-4471")
	h.command("staff", "key", "remove", "li@hall.example", "0102-4471")
	if out, err := h.try("staff", "key", "remove", "li@hall.example", "0102-4471"); err == nil || !strings.Contains(err.Error(), "staff key list shows") {
		h.t.Errorf("removed twice: got %s, %v", out, err)
	}
	bad := filepath.Join(h.t.TempDir(), "key.pem")
	if err := os.WriteFile(bad, []byte("-----BEGIN PRIVATE KEY-----"), 0o600); err != nil {
		h.t.Fatal(err)
	}
	if out, err := h.try("staff", "key", "add", "li@hall.example", "--name", "0102", bad); err == nil || !strings.Contains(err.Error(), "private key") {
		h.t.Errorf("a private key: got %s, %v", out, err)
	}
}
