package sane

import (
	"errors"
	"testing"

	"keyhall/device/scanner"
)

func TestSheetsNeverBlock(t *testing.T) {
	t.Parallel()
	out := newSheets()
	for _, part := range []string{"1.p", "ng\n2.png\n3", ".png\n"} {
		if _, err := out.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"1.png", "2.png", "3.png"} {
		if got := <-out.names; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	var err error
	for range mostSheets + 1 {
		_, err = out.Write([]byte("x.png\n"))
	}
	if !errors.Is(err, scanner.ErrTooLarge) {
		t.Errorf("a child that never ends: got %v, want ErrTooLarge", err)
	}
}
