package review

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	_ "image/png" // the other kind of scan
	"io"

	"golang.org/x/image/draw"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Thumbnails fit into so many pixels, twice what the console shows them in.
const (
	thumbWidth   = 256
	thumbHeight  = 512
	thumbQuality = 75
)

// PageImage opens a scanned page of an order that the member of staff may see, and writes down who looked at the pages of which order, once
// for a look at them; who may judge has looked at this page from then on. CodeNotFound.
func (r *Review) PageImage(ctx context.Context, staff ra.Staff, orderID, sha256 string) (page io.ReadCloser, contentType string, err error) {
	if err := r.look(ctx, staff, orderID, sha256, "page.view"); err != nil {
		return nil, "", err
	}
	if staff.MayAnywhere(ra.ActJudge) {
		if err := r.store.InsertPageLook(ctx, orderID, staff.ID, sha256, r.clerk.Now()); err != nil {
			return nil, "", err
		}
	}
	blob, err := r.blobs.Open(ctx, sha256)
	if err != nil {
		return nil, "", err
	}
	return book.OpenScan(blob)
}

// look is CodeNotFound for a page that the member of staff may not see or the order does not have; else it writes down that they look.
func (r *Review) look(ctx context.Context, staff ra.Staff, orderID, sha256, action string) error {
	if ra.CheckID(orderID) != nil {
		return ra.E(ra.CodeNotFound)
	}
	if err := r.store.SeenPage(ctx, staff.For(ra.ActSee), orderID, sha256); err != nil {
		return err
	}
	return r.clerk.Look(ctx, r.store, book.StaffActor(staff), action, orderID, "")
}

// PageThumb opens the thumbnail (JPEG) of a page that the member of staff may see; it belongs to the look at the case, which has one line for
// all of them. It is made at the first look and kept beside the scan. CodeNotFound, also for a scan that cannot be drawn.
func (r *Review) PageThumb(ctx context.Context, staff ra.Staff, orderID, sha256 string) (io.ReadCloser, error) {
	if err := r.look(ctx, staff, orderID, sha256, "case.view"); err != nil {
		return nil, err
	}
	thumb, err := r.blobs.OpenThumb(ctx, sha256)
	if ra.CodeOf(err) != ra.CodeNotFound {
		return thumb, err
	}
	small, err := r.makeThumb(ctx, sha256)
	if err != nil {
		return nil, err
	}
	if err := r.blobs.PutThumb(ctx, sha256, bytes.NewReader(small)); err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(small)), nil
}

// makeThumb draws a scan small. All that are drawn at a time have no more pixels than the largest scan may have; the others wait.
func (r *Review) makeThumb(ctx context.Context, sha256 string) ([]byte, error) {
	blob, err := r.blobs.Open(ctx, sha256)
	if err != nil {
		return nil, err
	}
	scan, err := io.ReadAll(io.LimitReader(blob, ra.MaxPageBytes+1))
	if err = errors.Join(err, blob.Close()); err != nil {
		return nil, fmt.Errorf("read scan: %w", err)
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(scan))
	pixels := int64(config.Width) * int64(config.Height)
	if err != nil || pixels <= 0 || pixels > ra.MaxPagePixels {
		return nil, ra.E(ra.CodeNotFound).At("sha256").Because(err)
	}
	if err := r.drawing.Acquire(ctx, pixels); err != nil {
		return nil, err
	}
	defer r.drawing.Release(pixels)
	full, _, err := image.Decode(bytes.NewReader(scan))
	if err != nil {
		return nil, ra.E(ra.CodeNotFound).At("sha256").Because(err)
	}
	turn := orientation(scan)
	width, height := config.Width, config.Height
	if turn > 4 { // it is shown lying
		width, height = height, width
	}
	size := thumbSize(width, height)
	if turn > 4 {
		size = image.Rect(0, 0, size.Dy(), size.Dx())
	}
	small := image.NewRGBA(size)
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src) // a scan may be transparent
	draw.BiLinear.Scale(small, small.Bounds(), full, full.Bounds(), draw.Over, nil)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, turned(small, turn), &jpeg.Options{Quality: thumbQuality}); err != nil {
		return nil, fmt.Errorf("thumbnail: %w", err)
	}
	return b.Bytes(), nil
}

// thumbSize is how large the thumbnail of a scan is: in its proportion, and never larger than the scan.
func thumbSize(width, height int) image.Rectangle {
	scale := min(1, float64(thumbWidth)/float64(width), float64(thumbHeight)/float64(height))
	return image.Rect(0, 0, max(1, int(scale*float64(width))), max(1, int(scale*float64(height))))
}
