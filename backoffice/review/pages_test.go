package review_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
)

// counted counts how often scans are read whole.
type counted struct {
	review.Blobs
	made *int
}

func (c counted) PutThumb(ctx context.Context, sum string, r io.Reader) error {
	*c.made++
	return c.Blobs.PutThumb(ctx, sum, r)
}

// TestThumbnails are small JPEGs in the scan's proportion, made once, and all of a case belong to the one line of the look at it.
func TestThumbnails(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	order := h.Placed(t, member, 1)
	page := large(t, h, 1240, 1754)
	order, err := h.AddPage(t.Context(), member, order.ID, ra.MaterialLicence, page)
	servicetest.Must(t, err)
	made := 0
	r := review.New(review.Config{Clerk: book.NewClerk(h.Clock.Now, nil), Store: store.For(h.Store, func(tx *store.Tx) review.Tx { return tx }),
		Blobs: counted{h.Blobs, &made}, People: h.People, Vault: h.Vault, Messages: h.Outbox})
	_, err = r.Case(t.Context(), h.Counter, order.ID)
	servicetest.Must(t, err)
	lines := h.Lines(t, h.Counter.ID)
	for range 3 {
		thumb, err := r.PageThumb(t.Context(), h.Counter, order.ID, page.SHA256)
		servicetest.Must(t, err)
		raw, err := io.ReadAll(thumb)
		servicetest.Must(t, err)
		small, kind, err := image.Decode(bytes.NewReader(raw))
		if err != nil || kind != "jpeg" || small.Bounds().Dx() != 256 || small.Bounds().Dy() != 362 || len(raw) > 40_000 {
			t.Errorf("%s of %v, %d bytes, %v", kind, small.Bounds(), len(raw), err)
		}
	}
	if made != 1 || h.Lines(t, h.Counter.ID) != lines {
		t.Errorf("made %d times, %d more lines, want one and none", made, h.Lines(t, h.Counter.ID)-lines)
	}
	h.Clock.Advance(time.Hour) // asked for by itself it is a look of its own
	for range 2 {
		thumb, err := r.PageThumb(t.Context(), h.Counter, order.ID, page.SHA256)
		servicetest.Must(t, err)
		servicetest.Must(t, thumb.Close())
	}
	if got := h.Lines(t, h.Counter.ID) - lines; got != 1 {
		t.Errorf("%d lines of another look, want 1", got)
	}
	_, err = r.PageThumb(t.Context(), h.Admin, order.ID, page.SHA256)
	servicetest.WantCode(t, "by an administrator", err, ra.CodeNotFound, "")
	_, err = r.PageThumb(t.Context(), h.Counter, "x", page.SHA256)
	servicetest.WantCode(t, "no order", err, ra.CodeNotFound, "")
}

// TestThumbnailsOfOtherScans: whatever was stored as a scan has a thumbnail, turned as browsers show it; what broke since has none.
func TestThumbnailsOfOtherScans(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	order := h.Placed(t, member, 1)
	thumb := func(scan []byte, width, height int) (image.Image, error) {
		sum := sha256.Sum256(scan)
		page := ra.Page{ID: servicetest.ID(t), SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(scan)), Width: width, Height: height, At: h.Clock.Now()}
		servicetest.Must(t, h.StoreBlob(t.Context(), h.Kiosk, bytes.NewReader(scan), page.SHA256, page.Bytes))
		_, err := h.AddPage(t.Context(), member, order.ID, ra.MaterialLicence, page)
		servicetest.Must(t, err)
		defer func() {
			_, err := h.RemovePage(t.Context(), member, order.ID, ra.MaterialLicence, page.ID)
			servicetest.Must(t, err)
		}()
		r, err := h.PageThumb(t.Context(), h.Counter, order.ID, page.SHA256)
		if err != nil {
			return nil, err
		}
		small, _, err := image.Decode(r)
		servicetest.Must(t, errors.Join(err, r.Close()))
		return small, nil
	}
	dark := func(m image.Image, x, y int) bool { // in the quarter
		r, _, _, _ := m.At(m.Bounds().Dx()*(1+2*x)/4, m.Bounds().Dy()*(1+2*y)/4).RGBA()
		return r < 0x8000
	}
	for turn, corner := range map[byte][2]int{0: {0, 0}, 1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1}, 8: {0, 1}, 9: {0, 0}} {
		for _, order := range []string{"II", "MM"} {
			small, err := thumb(exif(t, order, turn), 400, 200)
			servicetest.Must(t, err)
			lying := small.Bounds().Dx() > small.Bounds().Dy()
			if want := turn < 5 || turn > 8; lying != want || !dark(small, corner[0], corner[1]) || dark(small, 1-corner[0], 1-corner[1]) {
				t.Errorf("orientation %d in %s: %v, want it lying %v, and dark at %v", turn, order, small.Bounds(), want, corner)
			}
		}
	}
	for name, size := range map[string][2]int{"a dot": {1, 1}, "a line": {3000, 1}, "a thread": {1, 3000}} {
		var b bytes.Buffer
		servicetest.Must(t, png.Encode(&b, image.NewNRGBA64(image.Rect(0, 0, size[0], size[1]))))
		if small, err := thumb(b.Bytes(), size[0], size[1]); err != nil || small.Bounds().Dx() > 256 || small.Bounds().Dy() > 512 || small.Bounds().Empty() {
			t.Errorf("%s: %v, %v", name, small, err)
		}
	}
	page := large(t, h, 300, 200)
	_, err := h.AddPage(t.Context(), member, order.ID, ra.MaterialLicence, page)
	servicetest.Must(t, err)
	servicetest.Must(t, h.Blobs.Delete(t.Context(), page.SHA256))
	servicetest.Must(t, h.Blobs.Put(t.Context(), page.SHA256, strings.NewReader("\xff\xd8\xff broken on the disk")))
	_, err = h.PageThumb(t.Context(), h.Counter, order.ID, page.SHA256)
	servicetest.WantCode(t, "a scan that broke", err, ra.CodeNotFound, "sha256")
}

// exif is a JPEG, wide and dark in its first quarter, that says how it is to be turned.
func exif(t *testing.T, order string, turn byte) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 400, 200))
	for i := range m.Pix {
		if x, y := i%400, i/400; x >= 200 || y >= 100 {
			m.Pix[i] = 255
		}
	}
	var b bytes.Buffer
	servicetest.Must(t, jpeg.Encode(&b, m, nil))
	tiff := map[string]string{
		"II": "II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + string(rune(turn)) + "\x00\x00\x00\x00\x00\x00\x00",
		"MM": "MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(rune(turn)) + "\x00\x00\x00\x00\x00\x00",
	}[order]
	segment := "Exif\x00\x00" + tiff
	return slices.Concat(b.Bytes()[:2], []byte{0xFF, 0xE1, 0, byte(len(segment) + 2)}, []byte(segment), b.Bytes()[2:])
}

// large brings a scan of that size.
func large(t *testing.T, h *servicetest.Hall, width, height int) ra.Page {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, width, height))
	for i := range picture.Pix {
		picture.Pix[i] = color.Gray{Y: uint8(i / 7)}.Y
	}
	var b bytes.Buffer
	servicetest.Must(t, jpeg.Encode(&b, picture, nil))
	sum := sha256.Sum256(b.Bytes())
	page := ra.Page{ID: servicetest.ID(t), SHA256: hex.EncodeToString(sum[:]), Bytes: int64(b.Len()), Width: width, Height: height, At: h.Clock.Now()}
	servicetest.Must(t, h.StoreBlob(t.Context(), h.Kiosk, bytes.NewReader(b.Bytes()), page.SHA256, page.Bytes))
	return page
}
