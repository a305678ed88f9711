package ra

import (
	"slices"
	"strings"
	"testing"
)

// TestRemarksAreAsAProofTakesThem: whatever a key calls its objects, what a kiosk makes of it is taken, and is the same when made again.
func TestRemarksAreAsAProofTakesThem(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ of, want []string }{
		"nothing":    {nil, nil},
		"plain":      {[]string{"data 01 章"}, []string{"data 01 章"}},
		"unreadable": {[]string{"a\x00b\xff\u200b"}, []string{"a\ufffdb\ufffd\ufffd"}},
		"long":       {[]string{strings.Repeat("章", 301)}, []string{strings.Repeat("章", 300)}},
		"many":       {slices.Repeat([]string{"x"}, 201), append(slices.Repeat([]string{"x"}, 199), "and 2 more")},
	} {
		got := Remarks(c.of)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if err := (Proof{LeftOvers: got, Notes: got}).CheckRemarks(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
