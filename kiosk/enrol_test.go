package main

import (
	"log/slog"
	"testing"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// A kiosk that lost its journal goes on with the number that the back office tells, and never goes back.
func TestEnrolledKioskGoesOnNumbering(t *testing.T) {
	t.Parallel()
	config := Config{Data: t.TempDir()}
	for _, c := range []struct{ told, want int64 }{{41, 41}, {3, 42}} {
		answer := api.Enrolment{Kiosk: ra.Kiosk{Prefix: "XH03"}, NextNumber: c.told}
		if err := raiseNumber(t.Context(), config, answer); err != nil {
			t.Fatal(err)
		}
		store, err := openJournal(t.Context(), config, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		got, err := store.NextNumber(t.Context(), "XH03")
		if want := ra.OrderNumber("XH03", c.want); err != nil || got != want {
			t.Errorf("told %d: got %s, %v, want %s", c.told, got, err, want)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}
