package console_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/alexedwards/scs/v2/memstore"

	"keyhall/backoffice/console"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// desk is a supervisor's browser on the real rules.
type desk struct {
	t      *testing.T
	server *httptest.Server
	client *http.Client
}

func (d desk) read(response *http.Response, err error) *goquery.Document {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := goquery.NewDocumentFromReader(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		d.t.Fatalf("%s: got %d: %s", response.Request.URL.Path, response.StatusCode, strings.Join(strings.Fields(page.Find("main").Text()), " "))
	}
	return page
}

func (d desk) get(path string) *goquery.Document {
	d.t.Helper()
	return d.read(d.client.Get(d.server.URL + path)) //nolint:noctx // ends with the server
}

// post sends a form together with the page's version and what was seen.
func (d desk) post(path string, from *goquery.Document, form url.Values) *goquery.Document {
	d.t.Helper()
	for _, name := range []string{"version", "seen", "kind"} {
		if value, ok := from.Find("#side input[name=" + name + "]").First().Attr("value"); ok && !form.Has(name) {
			form.Set(name, value)
		}
	}
	return d.read(d.client.PostForm(d.server.URL+path, form))
}

// TestOnTheRealRules plays a review against the rules and their database, so that the fake cannot drift from them.
func TestOnTheRealRules(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	handler, err := console.New(console.Config{People: h.People, Review: h.Review, Cashier: h.Cashier, Issuing: h.Issuing, Fleet: h.Fleet, Jobs: h.Board, Access: h.Access, SessionStore: memstore.NewWithCleanupInterval(0), Now: h.Clock.Now, Secure: true})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	d := desk{t, server, server.Client()}
	if d.client.Jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	if response, err := d.client.Get(server.URL + "/login"); err != nil { //nolint:noctx // ends with the server
		t.Fatal(err)
	} else if response.Body.Close(); response.StatusCode == http.StatusServiceUnavailable && os.Getenv("CI") == "" {
		t.Skip("static/vendor is not built")
	}
	order := h.Submitted(t, h.Registered(t), 2)
	path := "/orders/" + order.ID

	d.post("/login", d.get("/login"), url.Values{"login": {h.Supervisor.Login}, "password": {servicetest.Password}})
	if got := d.get("/queue").Find("#rows tbody tr").Length(); got != 1 {
		t.Fatalf("queue: got %d orders, want 1", got)
	}
	page := d.post("/queue/next", d.get("/queue"), url.Values{})
	if got := page.Find("h1").Text(); got != order.Number {
		t.Fatalf("next: got %q, want %s", got, order.Number)
	}
	for range order.Papers {
		if page.Find("#side").AttrOr("data-at", "") == string(ra.MaterialRemittance) {
			break
		}
		page.Find(`.strip [data-kind="` + page.Find("#side").AttrOr("data-at", "") + `"]`).Each(func(_ int, s *goquery.Selection) {
			for _, src := range []string{s.AttrOr("data-src", ""), s.Find("img").AttrOr("src", "")} {
				response, err := d.client.Get(server.URL + src) //nolint:noctx // ends with the server
				servicetest.Must(t, err)
				response.Body.Close()
				if response.StatusCode != http.StatusOK {
					t.Errorf("%s: %s", src, response.Status)
				}
			}
		})
		page = d.post(path+"/verdict", page, url.Values{"verdict": {string(ra.VerdictAccepted)}})
	}
	if sum, ok := page.Find("[data-scan]").Attr("src"); !ok {
		t.Error("no scan is shown")
	} else if response, err := d.client.Get(server.URL + sum); err != nil || response.StatusCode != http.StatusOK { //nolint:noctx // ends with the server
		t.Errorf("scan: %v, %v", response, err)
	} else {
		response.Body.Close()
	}
	page = d.post(path+"/note", page, url.Values{"note": {"下午取件"}})
	page = d.post(path+"/payment", page, url.Values{"amount": {fmt.Sprintf("%d.%02d", order.AmountFen/100, order.AmountFen%100)}, "reference": {"2026-0001"}})
	page = d.post(path+"/approve", page, url.Values{})
	if got := page.Find(".outcome.approved").Length(); got != 1 {
		t.Errorf("approved: got %q", page.Find("footer").Text())
	}
	for _, path := range []string{"/", "/orders?q=" + order.Number, "/certificates", "/operations", "/kiosks", "/payments"} {
		d.get(path)
	}
}
