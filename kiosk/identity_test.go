package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/safe"
)

func certificateOf(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kiosk"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func newSecrets(t *testing.T) *safe.Safe {
	t.Helper()
	return secretsOf(t, Config{Data: filepath.Join(t.TempDir(), "data"), Secrets: SecretsConfig{TPM: safe.TPMOff}})
}

func mustNextKey(t *testing.T, s *safe.Safe, occasion string) *ecdsa.PrivateKey {
	t.Helper()
	key, err := nextKey(s, occasion)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestNextKeyIsTheSameForOneOccasion(t *testing.T) {
	t.Parallel()
	s := newSecrets(t)
	first := mustNextKey(t, s, "first")
	if again := mustNextKey(t, s, "first"); !again.Equal(first) {
		t.Error("the same occasion got another key")
	}
	if _, err := adopt(s, ra.Kiosk{ID: "1"}, [][]byte{certificateOf(t, first)}); err != nil {
		t.Fatal(err)
	}
	if again := mustNextKey(t, s, "first"); !again.Equal(first) {
		t.Error("the same occasion got another key after it was complete")
	}
	second := mustNextKey(t, s, "second")
	if second.Equal(first) {
		t.Error("another occasion got the kiosk's own key")
	}
	if third := mustNextKey(t, s, "third"); third.Equal(first) || third.Equal(second) {
		t.Error("another occasion got a key that was made before")
	}
}

// A certificate for another key, or none, never becomes the kiosk's identity.
func TestForeignCertificateIsNotAdopted(t *testing.T) {
	t.Parallel()
	s := newSecrets(t)
	mine := mustNextKey(t, s, "first")
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, chain := range [][][]byte{nil, {[]byte("nonsense")}, {certificateOf(t, other)}} {
		if _, err := adopt(s, ra.Kiosk{ID: "1"}, chain); err == nil {
			t.Errorf("a chain of %d was adopted", len(chain))
		}
		if _, err := loadIdentity(s); err == nil {
			t.Error("the kiosk has an identity")
		}
	}
	if again := mustNextKey(t, s, "first"); !again.Equal(mine) {
		t.Error("the key is lost")
	}
}

// A power cut after the switch and before the next key is erased: the kiosk is the new one, and doing it again is fine.
func TestAdoptedTwice(t *testing.T) {
	t.Parallel()
	s := newSecrets(t)
	key := mustNextKey(t, s, "first")
	chain := [][]byte{certificateOf(t, key)}
	var left pendingKey
	if err := readSecret(s, nextSecret, &left); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := adopt(s, ra.Kiosk{ID: "1"}, chain); err != nil {
			t.Fatal(err)
		}
		if err := writeSecret(s, nextSecret, left); err != nil {
			t.Fatal(err)
		}
		if again := mustNextKey(t, s, "first"); !again.Equal(key) {
			t.Error("the same occasion got another key")
		}
	}
	got, err := loadIdentity(s)
	if err != nil || !slices.Equal(got.Chain[0], chain[0]) {
		t.Errorf("got %v, want the certificate", err)
	}
	if fresh := mustNextKey(t, s, "second"); fresh.Equal(key) {
		t.Error("a new enrolment took the key that was left behind")
	}
}

// What a broken disk left of key and identity does not keep the kiosk from being enrolled.
func TestEnrolmentReplacesDamagedSecrets(t *testing.T) {
	t.Parallel()
	config := Config{Data: filepath.Join(t.TempDir(), "data"), Secrets: SecretsConfig{TPM: safe.TPMOff}}
	s := secretsOf(t, config)
	for _, name := range []string{identitySecret, nextSecret} {
		if err := os.WriteFile(filepath.Join(config.secretsFolder(), name+".sealed"), []byte("broken"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := loadIdentity(s); !errors.Is(err, safe.ErrDamaged) || !strings.Contains(err.Error(), "keyhall-kiosk enrol") {
		t.Errorf("got %v, want to be told that it is damaged and what to do", err)
	}
	key := mustNextKey(t, s, "first")
	if _, err := adopt(s, ra.Kiosk{ID: "1"}, [][]byte{certificateOf(t, key)}); err != nil {
		t.Fatal(err)
	}
	if _, err := loadIdentity(s); err != nil {
		t.Error(err)
	}
}
