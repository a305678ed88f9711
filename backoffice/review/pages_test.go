package review_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png"
	"io"
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
