package console

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keyhall/backoffice/ra"
)

// bring posts a form with scans, as a browser does.
func (b *bench) bring(path string, form url.Values, files map[string]string) answer {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name := range form {
		if err := w.WriteField(name, form.Get(name)); err != nil {
			b.t.Fatal(err)
		}
	}
	for name, file := range files {
		part, err := w.CreateFormFile(name, name+".png")
		if err == nil {
			_, err = part.Write([]byte(file))
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	r := b.request(http.MethodPost, path, nil)
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, r.URL.String(), &body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(r)
}

// TestDeskAsksWithPapers: what was refused stands in the sheet again, with the papers that are good, which need not be chosen twice; the second
// person finds it in what waits, and confirms it, and who asked does not.
func TestDeskAsksWithPapers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logInAs(sun)
	path := "/desk/" + lost().ID + "/access"
	form := url.Values{"request": {id(802)}, "kind": {"mobile"}, "hall": {"xihu"}, "mobile": {"13912345678"}, "note": {"本人到场"}}
	got := b.bring(path, form, map[string]string{"card_front": "\x89PNG front", "card_back": "%PDF-1.7"})
	if got.status != http.StatusUnprocessableEntity || got.Find(`#mobile-sheet[data-show] input[name=mobile]`).AttrOr("value", "") != "13912345678" {
		t.Fatalf("a paper that is none: %d, want the sheet again with what was typed", got.status)
	}
	have := got.Find(`#mobile-sheet input[name=have_card_front]`).AttrOr("value", "")
	if have == "" || got.Find(`#mobile-sheet input[name=have_card_back]`).Length() != 0 {
		t.Errorf("kept %q, want the good paper alone", have)
	}
	form.Set("have_card_front", have)
	if got = b.bring(path, form, map[string]string{"card_back": "\x89PNG back", "statement": "\x89PNG seal"}); got.path != "/access/"+id(802)+"?done=asked" {
		t.Fatalf("with all papers: %d at %s, want the request", got.status, got.path)
	}
	*b.fake.find(chenSupervises.ID) = chenSupervises
	b.fake.accesses[0].MembershipID, b.fake.accesses[0].HallID = lost().ID, "xihu"
	b.fake.accesses[0].AskedBy = wang.ID
	b.post("/logout", nil)
	b.logIn()
	if got = b.post("/access/"+id(802)+"/confirm", nil); got.status != http.StatusForbidden || got.Find("#side .problem").Length() != 1 {
		t.Errorf("by who asked: %d, want it refused with words", got.status)
	}
	b.post("/logout", nil)
	b.logInAs(chenSupervises)
	if got = b.get("/"); got.Find(`#second a[href="/access/`+id(802)+`"]`).Length() != 1 {
		t.Error("the overview does not show what waits")
	}
	if got = b.post("/access/"+id(802)+"/decline", url.Values{"answer": {""}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("declined without words: %d, want 422", got.status)
	}
	if got = b.post("/access/"+id(802)+"/confirm", nil); got.path != "/access/"+id(802)+"?done=confirm" || b.fake.accesses[0].State != ra.AccessDone {
		t.Errorf("confirmed: %d at %s, %s", got.status, got.path, b.fake.accesses[0].State)
	}
}

// TestDeskTakesNoMore than its papers may have, and nobody else's forms may be as long.
func TestDeskTakesNoMore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logInAs(sun)
	if got := b.bring("/desk/"+lost().ID+"/access", nil, map[string]string{"card_front": strings.Repeat("x", maxPapers)}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("too much: %d, want 422", got.status)
	}
	if got := b.bring("/orders/"+id(101)+"/note", nil, map[string]string{"note": strings.Repeat("x", maxForm)}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("elsewhere: %d, want 422", got.status)
	}
}
