package pkcs11

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"fmt"
	"testing"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
)

// TestPointsInEveryWrapping takes points until one has an X that looks like the length of what follows.
func TestPointsInEveryWrapping(t *testing.T) {
	t.Parallel()
	for tricky := false; !tricky; {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point, err := key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		tricky = point[1] == 63
		octets, _ := asn1.Marshal(point)
		bits, _ := asn1.Marshal(asn1.BitString{Bytes: point, BitLength: 8 * len(point)})
		for wrapping, value := range map[string][]byte{"bare": point, "OCTET STRING": octets, "BIT STRING": bits} {
			if !bytes.Equal(bare(value), point) {
				t.Errorf("%s: %x came out as %x", wrapping, value, bare(value))
			}
		}
	}
}

func FuzzPublicKeyAttributes(f *testing.F) {
	f.Add([]byte{1, 2, 3}, []byte{1, 0, 1})
	f.Add([]byte{4, 3, 4, 1, 2}, []byte{})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if key, err := rsaPublic(a, b); err == nil && (key.E < 3 || key.N.BitLen() < 1024) {
			t.Error("an RSA key out of range")
		}
		if key, err := ecPublic(p256, a); err == nil {
			if _, err := key.ECDH(); err != nil {
				t.Errorf("a point off the curve: %v", err)
			}
		}
		_, _ = ecdsaASN1(a)
	})
}

// TestUsageIsSaidAtGeneration: modules have defaults of their own.
func TestUsageIsSaidAtGeneration(t *testing.T) {
	t.Parallel()
	said := func(template []*p11.Attribute, kind uint) string {
		for _, a := range template {
			if a.Type == kind {
				return fmt.Sprint(a.Value[0] != 0)
			}
		}
		return "not said"
	}
	for usage, want := range map[ukey.Usage][4]string{
		0:                                  {"true", "false", "true", "false"},
		ukey.UsageSign:                     {"true", "false", "true", "false"},
		ukey.UsageEncrypt:                  {"false", "true", "false", "true"},
		ukey.UsageSign | ukey.UsageEncrypt: {"true", "true", "true", "true"},
	} {
		_, public, private, err := templates(ukey.Pair{Algorithm: ukey.RSA2048, Usage: usage})
		got := [4]string{said(private, p11.CKA_SIGN), said(private, p11.CKA_DECRYPT), said(public, p11.CKA_VERIFY), said(public, p11.CKA_ENCRYPT)}
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", usage, got, err, want)
		}
	}
	_, _, private, err := templates(ukey.Pair{Algorithm: ukey.ECP256})
	if got := said(private, p11.CKA_DECRYPT); err != nil || got != "not said" {
		t.Errorf("EC: CKA_DECRYPT is %s, %v", got, err)
	}
}
