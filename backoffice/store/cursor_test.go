package store

import (
	"testing"

	"keyhall/backoffice/ra"
)

func FuzzParseCursor(f *testing.F) {
	for _, seed := range []string{"", "0-0", "99999999999-1", "6f6b3d4e-7d3c-4b8a-9c52-0b1f5d1c2a3e.17.4711", "6f6b3d4e-7d3c-4b8a-9c52-0b1f5d1c2a3e.-1.0", "..", "x.1.2",
		"urn:uuid:6f6b3d4e-7d3c-4b8a-9c52-0b1f5d1c2a3e.1.1", "6f6b3d4e-7d3c-4b8a-9c52-0b1f5d1c2a3e.9223372036854775808.1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parseCursor(s)
		if err != nil {
			if ra.CodeOf(err) != ra.CodeInvalid {
				t.Errorf("error %v, want CodeInvalid", err)
			}
			return
		}
		if again, err := parseCursor(cursor(p)); err != nil || again != p || p.Place < 0 || p.Mark < 0 {
			t.Errorf("%q became %+v, and %+v, %v", s, p, again, err)
		}
	})
}
