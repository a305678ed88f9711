package main

import (
	"slices"
	"testing"
)

// TestColours: text that is hard to read is told with its contrast, in each theme; what is disabled, large or a sign needs less.
func TestColours(t *testing.T) {
	t.Parallel()
	tr := module(t, map[string]string{
		"kiosk/screen/kiosk.css": "@define-color ink #1B2733;\n@define-color faint #8A95A0;\n@define-color paper #F5F3EE;\n@define-color surface #FFFFFF;\n" +
			"@define-color keys #E6E1D6;\n@define-color muted #5E6B78;\n@define-color teal #0F4C5C;\n@define-color green #2E7D4F;\n/* .x { color: @faint; } */\n" +
			".a { color: @ink; } .b { color: @faint; } .b:disabled { color: @faint; } .c { color: @muted; }\n.candidates .d { color: @muted; }\n" +
			".e { color: @green; background: alpha(@green, 0.12); } .f { background: @teal; color: #FFFFFF; } .tile.first .g { color: alpha(#FFFFFF, 0.85); }\n",
		"backoffice/console/static/console.css": ":root { --surface: #fff; --paper: #fff; --muted: #5e6b78; }\n" +
			"@media (prefers-color-scheme: dark) { :root { --surface: #1c2228; --paper: #14191e; } }\n.h { color: var(--muted); }\n",
	})
	found, err := checkColours(t.Context(), tr)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"kiosk/screen/kiosk.css: .b: @faint on @surface has a contrast of 3.05, want 4.5",
		"kiosk/screen/kiosk.css: .candidates .d: @muted on @keys has a contrast of 4.18, want 4.5",
		"kiosk/screen/kiosk.css: .e: @green on @surface has a contrast of 4.31, want 4.5",
		"backoffice/console/static/console.css: .h: var(--muted) on var(--surface) has a contrast of 2.94, want 4.5",
	}
	if !slices.Equal(found.wrong, want) {
		t.Errorf("got %q", found.wrong)
	}
}

// TestContrast is WCAG's own numbers.
func TestContrast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000", "#fff", 21}, {"#777777", "#FFFFFF", 4.48}, {"#767676", "#FFFFFF", 4.54}, {"#fff", "#fff", 1}} {
		a, okA := hexColour(c.a)
		b, okB := hexColour(c.b)
		if got := contrast(a, b); !okA || !okB || got < c.want-.005 || got > c.want+.005 {
			t.Errorf("%s on %s is %.3f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}
