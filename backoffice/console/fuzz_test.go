package console

import (
	"net/url"
	"strings"
	"testing"

	"keyhall/backoffice/ra"
)

func FuzzAmount(f *testing.F) {
	for _, s := range []string{"600", "1,200.5", "￥1，000", "1e9", "-1", ".", "999999999999.99"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fen, err := parseYuan(s)
		if err != nil {
			return
		}
		again, err := parseYuan(yuan(fen))
		if err != nil || again != fen {
			t.Errorf("parseYuan(%q) = %d, written %q, read again %d, %v", s, fen, yuan(fen), again, err)
		}
	})
}

func FuzzWayBack(f *testing.F) {
	for _, s := range []string{"/queue", "//evil.example", `/\evil.example`, "https://evil.example/", "/a\r\nSet-Cookie: x", "/%2f/evil", "/./\tevil"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		to := localPath(s)
		u, err := url.Parse("https://hall.example/login")
		if err != nil {
			t.Fatal(err)
		}
		landed, err := u.Parse(to)
		if err != nil || landed.Host != "hall.example" || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n") {
			t.Errorf("localPath(%q) = %q leads to %v, %v", s, to, landed, err)
		}
	})
}

func FuzzSeen(f *testing.F) {
	f.Add("order=open&payment=unpaid&paper.business_licence=none.1")
	f.Add("paper.business_licence=.;=%zz")
	words, err := loadWords(files, english)
	if err != nil {
		f.Fatal(err)
	}
	now := ra.Order{State: ra.OrderOpen, Papers: []ra.Material{paper(ra.MaterialLicence, ra.VerdictAccepted, 1)}}
	f.Fuzz(func(t *testing.T, before string) {
		for _, c := range changes(before, now, words) {
			if c.From == c.To && c.What == "" {
				t.Errorf("%q: an empty change", before)
			}
		}
	})
}
