package store

import (
	"strconv"
	"testing"

	"keyhall/backoffice/ra"
)

func FuzzParseCursor(f *testing.F) {
	for _, seed := range []string{"", "0-0", "733-9223372036854775807", "-1-2", "1-", "x-y", "18446744073709551615-1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		xid, id, err := parseCursor(s)
		if err != nil {
			if ra.CodeOf(err) != ra.CodeInvalid {
				t.Errorf("error %v, want CodeInvalid", err)
			}
			return
		}
		if _, err := strconv.ParseUint(xid, 10, 64); err != nil || id < 0 {
			t.Errorf("%q became %q and %d", s, xid, id)
		}
	})
}
