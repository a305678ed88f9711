package intake_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// TestScansAreDecodedWhole: what counts as stored can be shown to its last line, since the kiosk erases its own then. Every kind that
// scanners and phones make passes: progressive, four colours, grey, a palette, 16 bits interlaced.
func TestScansAreDecodedWhole(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	store := func(scan []byte) error {
		sum := sha256.Sum256(scan)
		return h.StoreBlob(t.Context(), h.Kiosk, bytes.NewReader(scan), hex.EncodeToString(sum[:]), int64(len(scan)))
	}
	files, err := filepath.Glob("testdata/*.*g")
	if err != nil || len(files) != 5 {
		t.Fatalf("%q, %v, want five pictures", files, err)
	}
	for _, file := range files {
		whole, err := os.ReadFile(file)
		servicetest.Must(t, err)
		if err := store(whole); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		half := whole[:len(whole)/2+1]
		broken := bytes.Clone(whole)
		copy(broken[len(broken)*3/4:], make([]byte, len(broken)/8))
		for what, scan := range map[string][]byte{"cut in the middle": half, "cut before its end": whole[:len(whole)-16], "a hole": broken} {
			if filepath.Ext(file) == ".jpg" && what == "a hole" {
				continue // a decoder cannot tell zeros from a grey patch
			}
			servicetest.WantCode(t, file+", "+what, store(scan), ra.CodeScanDamaged, "")
		}
	}
	servicetest.WantCode(t, "a bomb", store(bomb(t)), ra.CodeScanTooLarge, "")
}

// bomb says of itself that it is 60,000 by 60,000.
func bomb(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/interlaced.png")
	servicetest.Must(t, err)
	b = bytes.Clone(b)
	copy(b[16:24], []byte{0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60})
	binary.BigEndian.PutUint32(b[29:33], crc32.ChecksumIEEE(b[12:29]))
	return b
}
