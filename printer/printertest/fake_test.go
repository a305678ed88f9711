package printertest_test

import (
	"testing"

	"keyhall/printer"
	"keyhall/printer/printertest"
)

func TestFake(t *testing.T) {
	t.Parallel()
	faults := map[printertest.Condition]error{
		printertest.NoPaper: printer.ErrNoPaper, printertest.Jammed: printer.ErrJam, printertest.CoverOpen: printer.ErrCoverOpen,
		printertest.TonerEmpty: printer.ErrTonerEmpty, printertest.Paused: printer.ErrStopped, printertest.Refusing: printer.ErrRefused,
		printertest.Offline: printer.ErrOffline, printertest.RunsOut: printer.ErrNoPaper, printertest.Jams: printer.ErrJam,
		printertest.Aborts: printer.ErrRefused,
	}
	printertest.Run(t, func(_ *testing.T, c printertest.Condition) printer.Printer {
		fake := &printertest.Fake{}
		fake.Fail(faults[c])
		fake.Stall(c == printertest.Slow || c == printertest.Silent)
		return fake
	})
}

func TestFakeKeepsWhatItPrinted(t *testing.T) {
	t.Parallel()
	var fake printertest.Fake
	fake.Fail(printer.ErrNoPaper)
	form := printer.Document{Name: "form", PDF: []byte(printertest.A4)}
	if _, err := fake.Print(t.Context(), form); err == nil {
		t.Error("printed without paper")
	}
	fake.Fail(nil)
	if _, err := fake.Print(t.Context(), form); err != nil {
		t.Fatal(err)
	}
	if got := fake.Printed(); len(got) != 1 || got[0].Name != "form" {
		t.Errorf("got %d documents, want the form once", len(got))
	}
}
