package main

import (
	"slices"
	"testing"
)

// TestNamed: what a document or a comment speaks of has to be there.
func TestNamed(t *testing.T) {
	t.Parallel()
	tr := module(t, map[string]string{
		"Makefile": "run: ## x\n\techo\n",
		"README.md": "See backoffice/ra and backoffice/ra/code.go, kiosk/screen/NAME.go, packaging/udev, go.mod.\n`make run` and `make tea`; plan.go holds it.\n" +
			"https://example.org/device/none is elsewhere, ra.Code in backoffice/ra.Code too.\n",
		"backoffice/book/order.go": "package book // as backoffice/gone does\n\nimport _ \"keyhall/backoffice/ra\"\n",
	})
	found, err := checkNamed(t.Context(), tr)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"README.md speaks of packaging/udev, which is not there",
		"README.md speaks of make tea, which is not there",
		"README.md speaks of plan.go, which is not there",
		"backoffice/book/order.go speaks of backoffice/gone, which is not there",
	}
	slices.Sort(found.wrong)
	slices.Sort(want)
	if !slices.Equal(found.wrong, want) {
		t.Errorf("got %q", found.wrong)
	}
}
