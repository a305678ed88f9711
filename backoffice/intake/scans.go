package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/jpeg" // the two kinds of scan
	"image/png"
	"io"
	"strconv"
	"time"

	"keyhall/backoffice/ra"
)

// Quotas bound what kiosks may fill the disk with.
type Quotas struct {
	KioskScans int   // of a kiosk, begun or brought, that belong to no order yet
	KioskBytes int64 // of them together, as announced
	OrderPages int   // of an order, in all of its materials
	OrderBytes int64
}

// DefaultQuotas are more than a busy day of one kiosk takes, and an order with every paper there is.
func DefaultQuotas() Quotas {
	return Quotas{KioskScans: 300, KioskBytes: 2 << 30, OrderPages: 120, OrderBytes: 600 << 20}
}

// LooseScansStay is how long a scan is kept that belongs to no order: a kiosk puts it under one right after it brought it, and brings it
// again if it is gone.
const LooseScansStay = 48 * time.Hour

// MayBring is CodeUploadsFull (args: max, max_mb) while a kiosk that wants to bring a scan of that size has brought too much already that
// belongs to no order. Begun is how many others it is bringing now, and their announced bytes.
func (in *Intake) MayBring(ctx context.Context, kiosk ra.Kiosk, size int64, begun int, begunBytes int64) error {
	n, bytes, err := in.store.LooseScansOf(ctx, kiosk.ID, in.clerk.Now().Add(-LooseScansStay))
	if err != nil {
		return err
	}
	if n+begun >= in.quotas.KioskScans || bytes+begunBytes+size > in.quotas.KioskBytes {
		return full(ra.CodeUploadsFull, in.quotas.KioskScans, in.quotas.KioskBytes)
	}
	return nil
}

// scanMargin is how long before it may be erased a scan counts as one that has to be brought again.
const scanMargin = time.Hour

// StoreBlob checks a scan that a kiosk brings and keeps it under its SHA-256 (lower-case hex): CodeScanEmpty, CodeScanTooLarge (args:
// max_mb), CodeScanNotImage, CodeScanDamaged. Size is the announced number of bytes, -1 when unknown.
func (in *Intake) StoreBlob(ctx context.Context, kiosk ra.Kiosk, r io.Reader, sum string, size int64) error {
	if size > ra.MaxPageBytes {
		return scanTooLarge()
	}
	scan, err := io.ReadAll(io.LimitReader(r, ra.MaxPageBytes+1))
	if err != nil {
		return err
	}
	return in.keep(ctx, scan, sum, size, func() error {
		return in.store.BringScan(ctx, sum, kiosk.ID, int64(len(scan)), in.clerk.Now())
	})
}

// KeepPaper is StoreBlob for a paper that a member of staff scans at the desk; it returns its SHA-256.
func (in *Intake) KeepPaper(ctx context.Context, staff ra.Staff, r io.Reader) (string, error) {
	scan, err := io.ReadAll(io.LimitReader(r, ra.MaxPageBytes+1))
	if err != nil {
		return "", err
	}
	of := sha256.Sum256(scan)
	sum := hex.EncodeToString(of[:])
	return sum, in.keep(ctx, scan, sum, -1, func() error {
		return in.store.BringPaper(ctx, sum, staff.ID, int64(len(scan)), in.clerk.Now())
	})
}

// keep checks a scan and keeps it, once bring has noted who brings it.
func (in *Intake) keep(ctx context.Context, scan []byte, sum string, size int64, bring func() error) error {
	pixels, err := checkScan(scan, sum, size)
	if err != nil {
		return err
	}
	if err := in.decode(ctx, scan, pixels); err != nil {
		return err
	}
	if err := bring(); err != nil {
		return err
	}
	return in.blobs.Put(ctx, sum, bytes.NewReader(scan))
}

// checkScan checks what can be told without decoding a scan, and returns how many pixels it has.
func checkScan(scan []byte, sum string, size int64) (pixels int64, err error) {
	if len(scan) == 0 {
		return 0, ra.E(ra.CodeScanEmpty)
	}
	if len(scan) > ra.MaxPageBytes {
		return 0, scanTooLarge()
	}
	got := sha256.Sum256(scan)
	if hex.EncodeToString(got[:]) != sum || size >= 0 && size != int64(len(scan)) {
		return 0, ra.E(ra.CodeScanDamaged)
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(scan))
	if err != nil {
		return 0, undecodable(err)
	}
	pixels = int64(config.Width) * int64(config.Height)
	switch {
	case pixels <= 0: // how high it is stands behind the picture, which no reader here looks for
		return 0, ra.E(ra.CodeScanNotImage)
	case pixels > ra.MaxPagePixels:
		return 0, scanTooLarge()
	}
	return pixels, nil
}

// decode reads a scan to its end, since a kiosk erases its own once it counts as stored: CodeScanDamaged for one that is cut off or
// broken, CodeScanNotImage for a kind that nothing here shows. All that are decoded at a time have no more pixels than the largest may
// have, which bounds the memory; the others wait.
func (in *Intake) decode(ctx context.Context, scan []byte, pixels int64) error {
	if err := in.decoding.Acquire(ctx, pixels); err != nil {
		return err
	}
	defer in.decoding.Release(pixels)
	if _, _, err := image.Decode(bytes.NewReader(scan)); err != nil {
		return undecodable(err)
	}
	return nil
}

// undecodable is CodeScanNotImage for a kind of file that nothing here shows, and CodeScanDamaged for one that begins as a scan does and is
// cut off or broken, be it within its head.
func undecodable(err error) *ra.Error {
	var jpegCannot jpeg.UnsupportedError
	var pngCannot png.UnsupportedError
	if errors.Is(err, image.ErrFormat) || errors.As(err, &jpegCannot) || errors.As(err, &pngCannot) {
		return ra.E(ra.CodeScanNotImage).Because(err)
	}
	return ra.E(ra.CodeScanDamaged).Because(err)
}

func scanTooLarge() error {
	return ra.E(ra.CodeScanTooLarge, "max_mb", strconv.Itoa(ra.MaxPageBytes>>20))
}

// Exists tells whether a scan is stored and stays so long that a kiosk can put it under an order without bringing it again.
func (in *Intake) Exists(ctx context.Context, sum string) (bool, error) {
	there, err := in.blobs.Exists(ctx, sum)
	if err != nil || !there {
		return false, err
	}
	return in.store.ScanStays(ctx, sum, in.clerk.Now().Add(scanMargin-LooseScansStay))
}

// roomFor is CodeOrderFull (args: max, max_mb) for a page that is too much for its order.
func (in *Intake) roomFor(ctx context.Context, tx Tx, orderID string, page ra.Page) error {
	n, bytes, err := tx.ScansOfOrder(ctx, orderID)
	if err != nil {
		return err
	}
	size, err := tx.ScanBytes(ctx, page.SHA256)
	if err != nil {
		return err
	}
	if n >= in.quotas.OrderPages || bytes+size > in.quotas.OrderBytes {
		return full(ra.CodeOrderFull, in.quotas.OrderPages, in.quotas.OrderBytes).At("pages")
	}
	return nil
}

func full(code ra.Code, pages int, bytes int64) *ra.Error {
	return ra.E(code, "max", strconv.Itoa(pages), "max_mb", strconv.FormatInt(bytes>>20, 10))
}

// pruneScansAtOnce bounds one look for scans that nobody refers to.
const pruneScansAtOnce = 500

// PruneScans erases scans that belong to no order and were not brought lately, and returns how many. The bytes go while the scan's row is
// held, and before that is gone for good: whoever brings the same scan again waits, and whoever puts it under an order keeps it or is told that
// it is not there. One whose row stays, because the program ended in between, is erased the next time.
func (in *Intake) PruneScans(ctx context.Context) (n int, err error) {
	before := in.clerk.Now().Add(-LooseScansStay)
	for {
		loose, err := in.store.LooseScans(ctx, before, pruneScansAtOnce)
		if err != nil {
			return n, err
		}
		went := 0
		for _, sum := range loose {
			gone := false
			err := in.store.Do(ctx, func(tx Tx) (err error) {
				if gone, err = tx.DropScan(ctx, sum, before); err != nil || !gone {
					return err
				}
				return in.blobs.Delete(ctx, sum)
			})
			if err != nil {
				return n + went, err
			}
			if gone {
				went++
			}
		}
		if n += went; went == 0 || len(loose) < pruneScansAtOnce {
			return n, nil
		}
	}
}
