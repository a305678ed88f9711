package service

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"keyhall/backoffice/ra"
)

func FuzzCheckScan(f *testing.F) {
	for _, seed := range []string{"", "\x89PNG\r\n\x1a\n", "\xff\xd8\xff\xe0\x00\x10JFIF\x00", "%PDF-1.4"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, scan []byte) {
		sum := sha256.Sum256(scan)
		switch code := ra.CodeOf(checkScan(scan, hex.EncodeToString(sum[:]), int64(len(scan)))); code {
		case "", ra.CodeScanEmpty, ra.CodeScanNotImage, ra.CodeScanTooLarge:
		default:
			t.Errorf("code %q", code)
		}
	})
}

func TestPasswordHash(t *testing.T) {
	t.Parallel()
	hash, err := HashPassword("hangzhou2026")
	if err != nil {
		t.Fatal(err)
	}
	if !passwordFits(hash, "hangzhou2026") || passwordFits(hash, "hangzhou2027") {
		t.Errorf("%q fits the wrong passwords", hash)
	}
	for _, bad := range []string{"", "-", "$argon2id$v=19$m=64,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=1$AAAA$", "$2y$10$abc"} {
		if passwordFits(bad, "") {
			t.Errorf("%q fits", bad)
		}
	}
}
