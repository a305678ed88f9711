package intake_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
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
		for at := 8; at < len(whole); at += len(whole)/50 + 1 { // within the head, too
			servicetest.WantCode(t, fmt.Sprintf("%s, cut at %d", file, at), store(whole[:at]), ra.CodeScanDamaged, "")
		}
	}
	servicetest.WantCode(t, "a bomb", store(bomb(t)), ra.CodeScanTooLarge, "")
}

// TestScansOfOtherKinds: what nothing here shows is no scan, whatever it is called.
func TestScansOfOtherKinds(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	gray, err := os.ReadFile("testdata/gray.jpg")
	servicetest.Must(t, err)
	frame := bytes.Index(gray, []byte{0xff, 0xc0}) // SOF0: length, precision, height
	changed := func(at int, to ...byte) []byte {
		b := bytes.Clone(gray)
		copy(b[frame+at:], to)
		return b
	}
	for name, scan := range map[string][]byte{
		"PDF": []byte("%PDF-1.7\n%%EOF"), "GIF": []byte("GIF89a\x01\x00\x01\x00"), "WebP": []byte("RIFF\x24\x00\x00\x00WEBPVP8 "), "TIFF": []byte("II*\x00\x08\x00\x00\x00"),
		"HEIC": []byte("\x00\x00\x00\x18ftypheic"), "BMP": []byte("BM000000"), "a page": []byte("<html>"), "a JPEG behind a line": append([]byte("\n"), gray...),
		"arithmetic coding": changed(1, 0xc9), "lossless": changed(1, 0xc3), "12 bits": changed(4, 12), "no height": changed(5, 0, 0),
	} {
		sum := sha256.Sum256(scan)
		err := h.StoreBlob(t.Context(), h.Kiosk, bytes.NewReader(scan), hex.EncodeToString(sum[:]), int64(len(scan)))
		servicetest.WantCode(t, name, err, ra.CodeScanNotImage, "")
	}
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
