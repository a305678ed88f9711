package pkcs11

import "testing"

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
