package pki

import (
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"keyhall/backoffice/ra"
)

// TestReadPublicKey: a public key is read from a certificate or by itself, PEM or DER, and is the same key.
func TestReadPublicKey(t *testing.T) {
	t.Parallel()
	key := ec(t, elliptic.P256())
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	want, err := KeyHash(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"PEM":              pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}),
		"DER":              spki,
		"words around it":  append([]byte("Subject: staff\n"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})...),
		"mistaken heading": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: spki}),
	} {
		k, err := ReadPublicKey(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := k.Hash(); err != nil || string(got) != string(want) {
			t.Errorf("%s: another key, %v", name, err)
		}
	}
}

// FuzzReadPublicKey: whatever an administrator brings is refused with a code at the file, or is a sound key.
func FuzzReadPublicKey(f *testing.F) {
	key := ec(f, elliptic.P256())
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(spki)
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
	f.Add([]byte("-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----"))
	f.Add([]byte("-----BEGIN CERTIFICATE-----"))
	f.Fuzz(func(t *testing.T, file []byte) {
		k, err := ReadPublicKey(file)
		if err == nil {
			err = k.Check()
		}
		if code := ra.CodeOf(err); err != nil && code != ra.CodeKeyFile && code != ra.CodeKeyFilePrivate && code != ra.CodeKeyFileKind && code != ra.CodeKeyWeak {
			t.Errorf("%v", err)
		}
	})
}
