package intake

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
		_, err := checkScan(scan, hex.EncodeToString(sum[:]), int64(len(scan)))
		switch code := ra.CodeOf(err); code {
		case "", ra.CodeScanEmpty, ra.CodeScanNotImage, ra.CodeScanDamaged, ra.CodeScanTooLarge:
		default:
			t.Errorf("code %q", code)
		}
	})
}
