package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
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
	now := review.Case{Order: ra.Order{State: ra.OrderOpen, Papers: []ra.Material{paper(ra.MaterialLicence, ra.VerdictAccepted, 1)}}}
	f.Fuzz(func(t *testing.T, before string) {
		for _, c := range changes(before, now, words) {
			if c.From == c.To && c.What == "" {
				t.Errorf("%q: an empty change", before)
			}
		}
	})
}

// TestTextsTheDatabaseCannotHold: whatever page or form they come in, they are refused with the field, and nothing is logged as an error.
func TestTextsTheDatabaseCannotHold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bad := []string{"\x00", "a\x00b", "\xff\xfe", "\xed\xa0\x80", strings.Repeat("长", 1001)}
	for _, text := range bad {
		if got := b.post("/login", url.Values{"login": {text}, "password": {"x"}}); got.status != http.StatusUnprocessableEntity {
			t.Errorf("a login of %.10q: got %d, want 422", text, got.status)
		}
	}
	*b.fake.find(wang.ID) = everything
	b.logIn()
	for _, r := range (&console{}).table() {
		method, path, ok := strings.Cut(r.pattern, " ")
		if !ok || path == "/login" || path == "/logout" || path == "/live" {
			continue
		}
		path = strings.NewReplacer("{id}", id(101), "{grant}", id(79), "{sha256}", strings.Repeat("a", 64), "{$}", "").Replace(path)
		for _, text := range bad[:4] {
			var status int
			if method == http.MethodPost {
				status = b.post(path, url.Values{"q": {"x"}, "note": {text}}).status
			} else {
				status = b.get(path + "?q=" + url.QueryEscape(text)).status
			}
			if status != http.StatusUnprocessableEntity {
				t.Errorf("%s with %.10q: got %d, want 422", r.pattern, text, status)
			}
		}
	}
	if got := b.get("/certificates/a%00b"); got.status != http.StatusUnprocessableEntity {
		t.Errorf("in a path: got %d, want 422", got.status)
	}
	if said := b.errors.String(); said != "" {
		t.Errorf("at ERROR: %s", said)
	}
}

// everything is somebody with every role, which no rule would allow.
var everything = member(1, wang.Login, wang.Name, ra.Roles()...)
