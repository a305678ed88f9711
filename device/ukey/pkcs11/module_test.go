package pkcs11

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestDeviceStringsAreCleaned(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ePass2003       ":       "ePass2003",
		"  ePass  2003":          "ePass 2003",
		"SoftHSM project":        "SoftHSM project",
		"A1\x00B2":               "A1B2",
		"\x00\x00A1B2\x00\x00":   "A1B2",
		"A1 \x00 B2":             "A1 B2",
		"A1\tB2\r\n\x1b[31m\x7f": "A1B2[31m",
		"A1\xff\xff\xff":         "A1?",
		"\xff\xff\xff\xff":       "?", // erased memory
		"公司\u200b\u202e\ufeffU盾": "公司U盾",
		"a\u2028b\u0085c":        "abc",
		"\x00\x00\x00\x00":       "",
		"                ":       "",
		"":                       "",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("A\x00B \xff")
	f.Fuzz(func(t *testing.T, in string) {
		got := clean(in)
		notGraphic := strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsGraphic(r) })
		if !utf8.ValidString(got) || notGraphic || got != strings.TrimSpace(got) || got != clean(got) {
			t.Errorf("%q came out as %q", in, got)
		}
	})
}
