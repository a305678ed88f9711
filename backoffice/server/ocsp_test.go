package server_test

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"keyhall/backoffice/api"
	"keyhall/backoffice/server"
)

// asked is a request of DER whose base64 has "+" and "/", also at its end, and padding.
var asked = []byte{0x30, 0x06, 0xfb, 0xef, 0xff, 0xff, 0xff, 0xff}

// told is what the fake answers to it.
var told = append([]byte("answer to "), asked...)

// ask sends a request of OCSP without a certificate, and wants the answer to be one of OCSP.
func (b *bench) ask(t *testing.T, method, path string, body []byte, header ...string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.http.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := b.plain(t).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if kind := resp.Header.Get("Content-Type"); err != nil || resp.StatusCode != http.StatusNotModified && kind != "application/ocsp-response" {
		t.Errorf("%s %s: got %d %s, %v", method, path, resp.StatusCode, kind, err)
	}
	return resp, got
}

// TestFormsOfOCSP: what clients and what lies between make of a request is read; what cannot be is malformed in OCSP's own form.
func TestFormsOfOCSP(t *testing.T) {
	t.Parallel()
	b := setup(t)
	text := base64.StdEncoding.EncodeToString(asked)
	once := strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(text)
	bad := ocsp.MalformedRequestErrorResponse
	for path, want := range map[string][]byte{
		"/" + text:                         told,
		"/" + strings.TrimRight(text, "="): told,
		"/" + once:                         told,
		"/" + strings.ReplaceAll(once, "%", "%25"):                                        told,
		"/" + base64.URLEncoding.EncodeToString(asked):                                    told,
		"/" + base64.RawURLEncoding.EncodeToString(asked):                                 told,
		"/" + strings.ReplaceAll(text, "+", "%20"):                                        told,
		"/" + text[:4] + "%0A" + text[4:]:                                                 told,
		"/" + strings.NewReplacer("%2B", "%2b", "%2F", "%2f", "%3D", "%3d").Replace(once): told,
		"/" + text[:5] + "%0D%0A%09" + text[5:] + "%0D%0A":                                told,
		"/%20" + text + "%20":                                                             told,
		"/" + strings.TrimRight(text, "=") + "%20%20":                                     told,
		"/" + text + "?nocache=1":                                                         told,
		"":                                                                                bad,
		"?":                                                                               bad,
		"/" + text + text:                                                                 bad,
		"//" + text:                                                                       told,
		"/" + text + "/":                                                                  told,
		"/" + strings.TrimRight(text, "=") + "//":                                         told,
		"/" + text[:5]:                                                                    bad,
		"/rubble!":                                                                        bad,
		"/%25zz":                                                                          bad,
		"/":                                                                               bad,
		"/MAA" + strings.Repeat("/", 16<<10):                                              append([]byte("answer to "), 0x30, 0),
		"/MIIB" + strings.Repeat("/", 300):                                                bad,
		"/" + strings.Repeat("MAAA", 6<<10):                                               bad,
	} {
		resp, got := b.ask(t, http.MethodGet, api.PathOCSP+path, nil)
		if resp.StatusCode != http.StatusOK || !bytes.Equal(got, want) {
			t.Errorf("GET %.80s: got %d %q, want %q", path, resp.StatusCode, got, want)
		}
	}
	// Proxies cut addresses of more than 255 bytes; whatever comes through is answered (RFC 5019, 5).
	long := append([]byte{0x30, 0x82, 0x02, 0x00}, make([]byte, 512)...)
	if _, got := b.ask(t, http.MethodGet, api.PathOCSP+"/"+base64.StdEncoding.EncodeToString(long), nil); !bytes.Equal(got, append([]byte("answer to "), long...)) {
		t.Errorf("GET of %d bytes: got %q", len(long), got)
	}
	for _, kind := range []string{"application/ocsp-request", "application/x-www-form-urlencoded", "text/plain; charset=utf-8", "application/json", "rubble", ""} {
		if _, got := b.ask(t, http.MethodPost, api.PathOCSP, asked, "Content-Type", kind); !bytes.Equal(got, told) {
			t.Errorf("POST as %q: got %q, want %q", kind, got, told)
		}
	}
	for _, path := range []string{api.PathOCSP, api.PathOCSP + "/"} {
		if _, got := b.ask(t, http.MethodPost, path, asked); !bytes.Equal(got, told) {
			t.Errorf("POST %s: got %q, want %q", path, got, told)
		}
	}
	for _, path := range []string{api.PathOCSP, api.PathOCSP + "/", api.PathOCSP + "/" + text} {
		for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, http.MethodPost} {
			if method == http.MethodPost && !strings.HasSuffix(path, text) {
				continue
			}
			if resp, got := b.ask(t, method, path, asked); resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, HEAD, POST" || !bytes.Equal(got, bad) {
				t.Errorf("%s %s: got %d, %q, %x, want 405 and malformed", method, path, resp.StatusCode, resp.Header.Get("Allow"), got)
			}
		}
	}
	if _, got := b.ask(t, http.MethodPost, api.PathOCSP+"//", asked, "Content-Encoding", "gzip"); !bytes.Equal(got, told) {
		t.Errorf("POST that says that it is packed: got %q, want %q", got, told)
	}
	if _, got := b.ask(t, http.MethodPost, api.PathOCSP, make([]byte, 20<<10)); !bytes.Equal(got, bad) {
		t.Errorf("20 kB: got %x, want %x", got, bad)
	}
	for end, want := range map[string][]byte{"away": ocsp.TryLaterErrorResponse, "panic": ocsp.InternalErrorErrorResponse} {
		resp, got := b.ask(t, http.MethodPost, api.PathOCSP, []byte(end))
		if !bytes.Equal(got, want) || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %x, %s, want %x, no-store", end, got, resp.Header.Get("Cache-Control"), want)
		}
	}
}

// TestOCSPForCaches: an answer by GET says what RFC 5019, 6.2 wants, one with a nonce or to a POST that nobody may keep it.
func TestOCSPForCaches(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := api.PathOCSP + "/" + base64.RawURLEncoding.EncodeToString(asked)
	resp, _ := b.ask(t, http.MethodGet, path, nil)
	tag := resp.Header.Get("ETag")
	for name, want := range map[string]string{
		"Cache-Control": "max-age=60, public, no-transform, must-revalidate", "Last-Modified": ocspTime.UTC().Format(http.TimeFormat),
		"Expires": ocspTime.Add(time.Hour).UTC().Format(http.TimeFormat),
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	head, body := b.ask(t, http.MethodHead, path, nil)
	if head.StatusCode != http.StatusOK || len(body) != 0 || tag == "" || head.Header.Get("ETag") != tag {
		t.Errorf("HEAD: got %d, %d bytes, ETag %q, want %q", head.StatusCode, len(body), head.Header.Get("ETag"), tag)
	}
	if again, body := b.ask(t, http.MethodGet, path, nil, "If-None-Match", tag); again.StatusCode != http.StatusNotModified || len(body) != 0 {
		t.Errorf("the same again: got %d, %d bytes", again.StatusCode, len(body))
	}
	withNonce := base64.RawURLEncoding.EncodeToString([]byte{0x04, 4, 'o', 'n', 'c', 'e'})
	for name, resp := range map[string]*http.Response{
		"a nonce": first(b.ask(t, http.MethodGet, api.PathOCSP+"/"+withNonce, nil)), "a POST": first(b.ask(t, http.MethodPost, api.PathOCSP, asked)),
		"malformed": first(b.ask(t, http.MethodGet, api.PathOCSP+"/", nil)),
	} {
		if got := resp.Header.Get("Cache-Control"); got != "no-store" || resp.Header.Get("ETag") != "" {
			t.Errorf("%s: got %q, want no-store", name, got)
		}
	}
}

// TestListForCaches: a revocation list may be looked at, kept and asked for again like any file; what is none is not found.
func TestListForCaches(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ask := func(method, path string, header ...string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, b.http.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		resp, err := b.plain(t).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(body)
	}
	list, body := ask(http.MethodGet, api.PathCRL)
	tag := list.Header.Get("ETag")
	if list.StatusCode != http.StatusOK || body != "crl" || list.Header.Get("Content-Type") != "application/pkix-crl" || list.ContentLength != 3 || tag == "" {
		t.Fatalf("got %d %q, %v", list.StatusCode, body, list.Header)
	}
	for name, c := range map[string]struct {
		method, path string
		header       []string
		status       int
		body         string
	}{
		"HEAD":                {http.MethodHead, api.PathCRL, nil, http.StatusOK, ""},
		"of the CA":           {http.MethodGet, api.PathCRL + "/ca", nil, http.StatusOK, "crl"},
		"of none":             {http.MethodGet, api.PathCRL + "/other", nil, http.StatusNotFound, "not_found"},
		"of a path":           {http.MethodGet, api.PathCRL + "/..%2fca", nil, http.StatusNotFound, "not_found"},
		"the same":            {http.MethodGet, api.PathCRL, []string{"If-None-Match", tag}, http.StatusNotModified, ""},
		"the same, by HEAD":   {http.MethodHead, api.PathCRL, []string{"If-None-Match", tag}, http.StatusNotModified, ""},
		"the same, weakly":    {http.MethodGet, api.PathCRL, []string{"If-None-Match", `"x", W/` + tag}, http.StatusNotModified, ""},
		"another":             {http.MethodGet, api.PathCRL, []string{"If-None-Match", `"x"`}, http.StatusOK, "crl"},
		"since its time":      {http.MethodGet, api.PathCRL, []string{"If-Modified-Since", list.Header.Get("Last-Modified")}, http.StatusOK, "crl"}, // two may be of one second
		"a part":              {http.MethodGet, api.PathCRL, []string{"Range", "bytes=0-0"}, http.StatusOK, "crl"},
		"as text":             {http.MethodGet, api.PathCRLPEM, nil, http.StatusOK, "BEGIN X509 CRL"},
		"something with it":   {http.MethodGet, api.PathCRL + "?x=%00", nil, http.StatusOK, "crl"},
		"asked for otherwise": {http.MethodPost, api.PathCRL, nil, http.StatusNotFound, "not_found"},
	} {
		if resp, body := ask(c.method, c.path, c.header...); resp.StatusCode != c.status || !strings.Contains(body, c.body) {
			t.Errorf("%s: got %d %q, want %d %q", name, resp.StatusCode, body, c.status, c.body)
		}
	}
}

func first(resp *http.Response, _ []byte) *http.Response { return resp }

// FuzzReadOCSP: any request is found in each form, and whatever else stands in the path gives one element of DER or nothing.
func FuzzReadOCSP(f *testing.F) {
	f.Add(asked[2:], "%252F/ +-_=")
	f.Fuzz(func(t *testing.T, content []byte, text string) {
		der, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: content})
		if err != nil || len(der) > 16<<10 {
			return
		}
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			text := encoding.EncodeToString(der)
			for _, form := range []string{text, "/" + text + "/", " " + text + "  "} {
				if got := server.ReadOCSP(form); !bytes.Equal(got, der) {
					t.Errorf("%s: got %x, want %x", form, got, der)
				}
			}
		}
		var element asn1.RawValue
		if got := server.ReadOCSP(text); got != nil {
			if rest, err := asn1.Unmarshal(got, &element); err != nil || len(rest) > 0 {
				t.Errorf("%q: got %x", text, got)
			}
		}
	})
}
