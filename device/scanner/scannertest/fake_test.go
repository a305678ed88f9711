package scannertest_test

import (
	"image/color"
	"testing"

	"keyhall/device/scanner"
	"keyhall/device/scanner/scannertest"
)

func TestFake(t *testing.T) {
	t.Parallel()
	scannertest.Run(t, func(_ *testing.T, c scannertest.Condition) scanner.Scanner {
		fake := &scannertest.Fake{}
		fault := map[scannertest.Condition]error{
			scannertest.Jammed: scanner.ErrJam, scannertest.CoverOpen: scanner.ErrCoverOpen,
			scannertest.NoPaper: scanner.ErrNoPaper, scannertest.DeviceIO: scanner.ErrIO,
			scannertest.Busy: scanner.ErrBusy, scannertest.Missing: scanner.ErrMissing,
		}
		fake.Fail(fault[c])
		fake.Stall(c == scannertest.Stalling)
		for shade := range 3 {
			fake.Load(scannertest.Sheet(100, 140, color.Gray{Y: uint8(shade * 100)}))
		}
		return fake
	})
}

func TestFakeKeepsTheOrder(t *testing.T) {
	t.Parallel()
	var fake scannertest.Fake
	fake.Lay(scannertest.Sheet(11, 22, color.White))
	fake.Load(scannertest.Sheet(1, 2, color.White), scannertest.Sheet(3, 4, color.White))
	var widths []int
	err := fake.ScanAll(t.Context(), scanner.Request{}, func(p scanner.Page) error {
		widths = append(widths, p.Width)
		return nil
	})
	if err != nil || len(widths) != 2 || widths[0] != 1 || widths[1] != 3 {
		t.Errorf("got widths %v, error %v", widths, err)
	}
	if page, err := fake.Scan(t.Context(), scanner.Request{}); err != nil || page.Width != 11 {
		t.Errorf("glass: got %d wide, error %v", page.Width, err)
	}
}
