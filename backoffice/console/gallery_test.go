package console

import (
	"context"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/alexedwards/scs/v2/memstore"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
)

var update = flag.Bool("update", false, "write the golden pages again")

// bench is a console on made-up data and a browser without a screen.
type bench struct {
	t      *testing.T
	fake   *fakeRules
	server *httptest.Server
	client *http.Client
	errors *errorLog
}

// errorLog keeps what the console logged at ERROR.
type errorLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *errorLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *errorLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func setup(t *testing.T) *bench {
	t.Helper()
	needVendor(t)
	fake, errs := newFake(t), &errorLog{}
	handler, err := New(Config{Log: slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: slog.LevelError})), People: fake, Review: fake, Cashier: fake, Issuing: fake, Fleet: fake, Jobs: fake, Access: fake, SessionStore: memstore.NewWithCleanupInterval(0), Now: func() time.Time { return fakeNow }, Secure: true, pulse: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	client := server.Client()
	client.Jar = newJar(t)
	return &bench{t, fake, server, client, errs}
}

// answer is a page as the browser got it.
type answer struct {
	*goquery.Document
	status int
	header http.Header
	path   string // where redirects ended
	html   string
}

func (b *bench) do(r *http.Request) answer {
	b.t.Helper()
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	var html strings.Builder
	if _, err := copyText(&html, response.Body); err != nil {
		b.t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html.String()))
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{doc, response.StatusCode, response.Header, response.Request.URL.RequestURI(), html.String()}
}

func (b *bench) get(path string) answer {
	b.t.Helper()
	return b.do(b.request(http.MethodGet, path, nil))
}

func (b *bench) post(path string, form url.Values) answer {
	b.t.Helper()
	return b.do(b.request(http.MethodPost, path, form))
}

// htmx posts as htmx does.
func (b *bench) htmx(path string, form url.Values) answer {
	b.t.Helper()
	r := b.request(http.MethodPost, path, form)
	r.Header.Set("HX-Request", "true")
	return b.do(r)
}

func (b *bench) request(method, path string, form url.Values) *http.Request {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

func (b *bench) logIn() {
	b.t.Helper()
	b.logInAs(wang)
}

func (b *bench) logInAs(m ra.Staff) {
	b.t.Helper()
	got := b.post("/login", url.Values{"login": {m.Login}, "password": {fakePassword}})
	if strings.HasPrefix(got.path, "/login") {
		b.t.Fatalf("log in as %s: got %d at %s", m.Login, got.status, got.path)
	}
}

func (b *bench) english() {
	b.t.Helper()
	b.post("/language", url.Values{"language": {"en"}, "to": {"/login"}})
}

// galleryPage is one picture of the gallery: how to get there on fresh data.
type galleryPage struct {
	name string
	path string
	out  bool     // before the login
	as   ra.Staff // none: wang
	form url.Values
	set  func(*fakeRules)
}

// withWaiting has a grant that waits for a second administrator, and somebody disabled.
func withWaiting(f *fakeRules) {
	_ = f.Grant(context.Background(), liu, ra.Grant{ID: id(79), StaffID: sun.ID, Role: ra.RoleReviewer, ProjectID: "eseal", HallID: "binjiang"})
	_ = f.BindKey(context.Background(), liu, ra.StaffKey{ID: id(81), StaffID: sun.ID, Name: "0102-4471"}, []byte("PUBLIC KEY"))
	_ = f.BindKey(context.Background(), liu, ra.StaffKey{ID: id(82), StaffID: chen.ID, Name: "0102-4472"}, []byte("PUBLIC KEY 2"))
	_ = f.ConfirmKey(context.Background(), zhou, id(82))
	f.find(chen.ID).Disabled = true
}

// chenSupervises is a second supervisor.
var chenSupervises = member(2, "chenwei", "陈伟", ra.RoleSupervisor)

// withHold has a certificate that was suspended twice, and is now.
func withHold(f *fakeRules) {
	c := f.certificate(id(441))
	c.State = ra.CertificateSuspended
	lifted := fakeNow.Add(-26 * time.Hour)
	f.suspensions = map[string][]book.Suspension{c.ID: {
		{CertificateID: c.ID, Reason: ra.SuspendedByStaff, Ground: ra.GroundMisuse, Note: "机构来电，UKey 找不到了", By: wang.ID, At: fakeNow.Add(-2 * time.Minute)},
		{CertificateID: c.ID, Reason: ra.SuspendedByStaff, Ground: ra.GroundAuthority, Note: "公安来函 2026-117", At: fakeNow.Add(-50 * time.Hour), LiftedBy: wang.ID, LiftedAt: &lifted}}}
}

// withRuling has a revocation that waits for a second person.
func withRuling(f *fakeRules) {
	*f.find(chenSupervises.ID) = chenSupervises
	withHold(f)
	f.second(id(441))
	f.waiting = &book.Ruling{ID: id(78), CertificateID: id(441), Act: ra.ActRevoke, Ground: ra.GroundKeyCompromise, Note: "机构确认 UKey 遗失", AskedBy: wang.ID,
		AskedAt: fakeNow.Add(-time.Minute), State: ra.RulingWaiting}
}

// withCode has an order whose authorization code is worth that.
func withCode(c review.CodeStatus) func(*fakeRules) {
	return func(f *fakeRules) { f.cases[id(106)].Code = &c }
}

// extension makes a case one that no code opens, ready to be approved.
func extension(c *review.Case) {
	renamed(c)
	c.Order.Kind, c.Order.Reason, c.Order.Applicant.Organisation.Name = ra.KindExtend, ra.ReasonNone, c.Member.Organisation.Name
	c.Order.Papers[2].Verdict = ra.VerdictAccepted
}

// caseOf is the case of a service.
func caseOf(service string) galleryPage {
	return galleryPage{name: "case-" + service, path: "/orders/" + id(102), set: func(f *fakeRules) { services[service](f.cases[id(102)]) }}
}

func caseForm(more url.Values) url.Values {
	form := url.Values{"version": {"4"}, "kind": {string(ra.MaterialForm)}}
	for k, v := range more {
		form[k] = v
	}
	return form
}

var gallery = []galleryPage{
	{name: "login", path: "/login", out: true},
	{name: "login-wrong", path: "/login", out: true, form: url.Values{"login": {"wangmin"}, "password": {"x"}}},
	{name: "login-over", path: "/login?over=1", out: true},
	{name: "overview", path: "/"},
	{name: "queue", path: "/queue"},
	{name: "queue-empty", path: "/queue", set: func(f *fakeRules) { clear(f.cases) }},
	{name: "case", path: "/orders/" + id(101), set: func(f *fakeRules) {
		_ = f.Claim(context.Background(), wang, id(101))
	}},
	{name: "case-half", path: "/orders/" + id(102)},
	{name: "case-slip", path: "/orders/" + id(101) + "?at=remittance_slip"},
	{name: "case-taken", path: "/orders/" + id(103)},
	{name: "case-to-return", path: "/orders/" + id(104)},
	{name: "case-unpaid", path: "/orders/" + id(105)},
	{name: "case-in-progress", path: "/orders/" + id(106)},
	{name: "case-code-used-up", path: "/orders/" + id(106), set: withCode(review.CodeStatus{State: review.CodeUsedUp, Wrong: 5})},
	{name: "case-code-withdrawn", path: "/orders/" + id(106), as: he, set: withCode(review.CodeStatus{State: review.CodeWithdrawn})},
	{name: "case-extension", path: "/orders/" + id(102), set: func(f *fakeRules) { extension(f.cases[id(102)]) }},
	{name: "case-done", path: "/orders/" + id(107)},
	{name: "case-cancelled", path: "/orders/" + id(108)},
	{name: "case-ready", path: "/orders/" + id(102), set: func(f *fakeRules) {
		c := f.cases[id(102)]
		c.Order.Papers[2].Verdict = ra.VerdictAccepted
	}},
	{name: "case-reason-missing", path: "/orders/" + id(101) + "/verdict", form: caseForm(url.Values{"verdict": {"returned"}, "reason": {"other"}})},
	{name: "case-amount-differs", path: "/orders/" + id(101) + "/payment", form: caseForm(url.Values{"amount": {"60"}, "kind": {"remittance_slip"}, "reference": {"2026112300981"}})},
	{name: "case-conflict", path: "/orders/" + id(104) + "/verdict", form: url.Values{"version": {"3"}, "kind": {"registration_form"}, "verdict": {"returned"},
		"reason": {"differs"}, "note": {"登记表上的法定代表人与执照不一致"}, "seen": {"order=open&payment=awaiting_confirmation&materials=submitted&paper.registration_form=none.1"}}},
	{name: "payments", path: "/payments"},
	{name: "payments-owed", path: "/payments", set: withOwed},
	{name: "payments-counter", path: "/payments", as: sun, set: withOwed},
	{name: "case-owed", path: "/orders/" + id(108), set: withOwed},
	{name: "queue-files", path: "/queue", set: func(f *fakeRules) { services["extend-files"](f.cases[id(102)]) }},
	{name: "orders-files", path: "/orders", set: func(f *fakeRules) { services["extend-files"](f.cases[id(102)]) }},
	caseOf("renew"), caseOf("extend"), caseOf("extend-files"), caseOf("change-legal"), caseOf("change-data"), caseOf("reissue-lost"), caseOf("reissue-damaged"), caseOf("unlock"),
	{name: "orders", path: "/orders"},
	{name: "orders-none", path: "/orders?q=XX99"},
	{name: "certificates", path: "/certificates"},
	{name: "certificate", path: "/certificates/" + id(441)},
	{name: "certificate-unproven", path: "/certificates/" + id(442)},
	{name: "certificate-suspended", path: "/certificates/" + id(441) + "?done=suspend", set: withHold},
	{name: "certificate-asked", path: "/certificates/" + id(441), as: chenSupervises, set: withRuling},
	{name: "certificate-asker", path: "/certificates/" + id(441) + "?done=wait", set: withRuling},
	{name: "certificate-revoke-wrong", path: "/certificates/" + id(441) + "/revoke", form: url.Values{"ruling": {id(78)}, "reason": {"superseded"}, "note": {" "}}},
	{name: "certificate-counter", path: "/certificates/" + id(441), as: sun},
	{name: "overview-second", path: "/", set: withRuling},
	{name: "desk", path: "/desk?q=13800000000", as: sun, set: withAccess},
	{name: "desk-nobody", path: "/desk?q=139", as: sun},
	{name: "person", path: "/desk/" + lost().ID, as: sun},
	{name: "person-waits", path: "/desk/" + lost().ID, as: sun, set: withAccess},
	{name: "person-papers", path: "/desk/" + lost().ID + "/access", as: sun, form: url.Values{"request": {id(802)}, "kind": {"mobile"}, "hall": {"xihu"}, "mobile": {"13912345678"},
		"note": {"原手机号已停用"}, "have_card_front": {strings.Repeat("1", 64)}}},
	{name: "access", path: "/access/" + id(802), as: chenSupervises, set: withAccess},
	{name: "access-asked", path: "/access/" + id(802) + "?done=asked", as: sun, set: withAccess},
	{name: "access-declined", path: "/access/" + id(803), as: chenSupervises, set: withAccess},
	{name: "overview-desk", path: "/", set: withAccess},
	{name: "operations", path: "/operations"},
	{name: "release", path: "/operations/" + operationID(fakeNow.Add(-74*time.Minute), 42) + "/release"},
	{name: "jobs", path: "/jobs"},
	{name: "jobs-done", path: "/jobs?done=retry", set: func(f *fakeRules) { f.works, f.failed = nil, nil }},
	{name: "jobs-auditor", path: "/jobs", as: he},
	{name: "jobs-administrator", path: "/jobs", as: liu},
	{name: "case-change", path: "/orders/" + id(102), set: func(f *fakeRules) { renamed(f.cases[id(102)]) }},
	{name: "case-own", path: "/orders/" + id(101), set: func(f *fakeRules) { f.cases[id(101)].Own = true }},
	{name: "case-counter", path: "/orders/" + id(101), as: sun},
	{name: "queue-auditor", path: "/queue", as: he},
	{name: "kiosks", path: "/kiosks"},
	{name: "kiosks-administrator", path: "/kiosks", as: liu, set: func(f *fakeRules) { _ = f.blocked(id(12), true) }},
	{name: "kiosks-code", path: "/kiosks/code", as: liu, form: url.Values{"prefix": {"XH05"}, "hall": {"xihu"}, "window_zh": {"西湖窗口 05"}, "project": {"eseal"}}},
	{name: "kiosks-wrong", path: "/kiosks/code", as: liu, form: url.Values{"prefix": {"XH03"}, "hall": {"xihu"}, "window_zh": {"西湖窗口 05"}, "project": {"nobody"}}},
	{name: "kiosks-block", path: "/kiosks/" + id(11) + "/block", as: liu, form: url.Values{"reason": {" "}}},
	{name: "staff", path: "/staff", as: liu, set: withWaiting},
	{name: "staff-second", path: "/staff", as: zhou, set: withWaiting},
	{name: "staff-auditor", path: "/staff", as: he, set: withWaiting},
	{name: "staff-taken", path: "/staff", as: liu, form: url.Values{"id": {id(77)}, "login": {"sunli"}, "name": {"孙力"}}},
	{name: "member", path: "/staff/" + id(3), as: liu, set: withWaiting},
	{name: "member-new", path: "/staff", as: liu, form: url.Values{"id": {id(77)}, "login": {"qianyi"}, "name": {"钱一"}, "mobile": {"13900000077"}}},
	{name: "member-alone", path: "/staff/" + id(6) + "/grants", as: liu, form: url.Values{"grant": {id(78)}, "role": {"reviewer"}, "hall": {"binjiang"}}},
	{name: "member-key", path: "/staff/" + id(2), as: zhou, set: withWaiting},
	{name: "member-key-bad", path: "/staff/" + id(3) + "/keys", as: liu, form: url.Values{"key": {id(83)}, "name": {"0102-4473"}, "file": {"x"}}},
	{name: "member-self", path: "/staff/" + id(4), as: liu},
	{name: "password", path: "/password"},
	{name: "password-first", path: "/queue", set: func(f *fakeRules) { f.find(wang.ID).Temporary = true }},
	{name: "password-wrong", path: "/password", form: url.Values{"old": {"x"}, "password": {"neues2026"}, "again": {"neues2026"}}},
	{name: "password-done", path: "/password?done=1"},
	{name: "nothing-granted", path: "/", as: sun, set: func(f *fakeRules) { f.find(sun.ID).Grants = nil }},
	{name: "nowhere", path: "/nowhere"},
}

func (p galleryPage) who() ra.Staff {
	if p.as.ID == "" {
		return wang
	}
	return p.as
}

// show brings the page of the gallery up.
func (b *bench) show(p galleryPage) answer {
	b.t.Helper()
	if !p.out {
		b.logInAs(p.who())
	}
	if p.set != nil {
		p.set(b.fake)
	}
	if p.form != nil {
		return b.post(p.path, p.form)
	}
	return b.get(p.path)
}

var (
	assetVersion = regexp.MustCompile(`\?v=[0-9a-f]+`)
	iconDrawing  = regexp.MustCompile(`(<svg class="icon"[^>]*>).*?</svg>`)
	fingerprint  = regexp.MustCompile(`(<dd class="mono small">)[0-9A-F ]{60,}`)
	freshID      = regexp.MustCompile(`(name="(?:id|grant|ruling|key|request)" value=")[0-9a-f-]{36}`)
	pemText      = regexp.MustCompile(`(?s)-----BEGIN.*?-----END CERTIFICATE-----`)
)

// stable takes out what differs from build to build and from key to key.
func stable(html string) string {
	html = assetVersion.ReplaceAllString(html, "")
	html = iconDrawing.ReplaceAllString(html, "$1</svg>")
	html = fingerprint.ReplaceAllString(html, "${1}…")
	html = freshID.ReplaceAllString(html, "${1}…")
	return pemText.ReplaceAllString(html, "PEM")
}

func TestGallery(t *testing.T) {
	t.Parallel()
	for _, l := range []language{chinese, english} {
		for _, p := range gallery {
			t.Run(p.name+"."+string(l), func(t *testing.T) {
				t.Parallel()
				b := setup(t)
				if l == english {
					b.english()
				}
				got := b.show(p)
				checkPage(t, l, got)
				golden(t, filepath.Join("testdata", "gallery", p.name+"."+string(l)+".html"), stable(got.html))
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs from the page (go test -update writes it again); first difference:\n%s", name, firstDifference(string(want), got))
	}
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return "want " + a[i] + "\ngot  " + b[i]
		}
	}
	return "one is longer"
}

// rawID is a symbolic id that was not translated and shows through.
var rawID = regexp.MustCompile(`^[a-z]+(\.[a-z_]+)+$`)

// innerID is what the hall's own programs call a project, hall, model, state or line, or a row of the register: no word for a person.
var innerID = regexp.MustCompile(`\b(eseal|xihu|binjiang|softhsm|SoftHSM project|privacy v[0-9]|service v[0-9]|[a-z]+(_[a-z]+)+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22})\b`)

var chineseText = regexp.MustCompile(`\p{Han}`)

// ownTexts are the words that stand in a part of a page, each by itself.
func ownTexts(part *goquery.Selection) (all []string) {
	part.Find("*").AddSelection(part).Not("script, style, svg, pre, .mono").Contents().Each(func(_ int, s *goquery.Selection) {
		if text := strings.TrimSpace(s.Text()); goquery.NodeName(s) == "#text" && text != "" {
			all = append(all, text)
		}
	})
	return all
}

// checkPage checks what holds for every page.
func checkPage(t *testing.T, l language, page answer) {
	t.Helper()
	if page.status >= 500 {
		t.Fatalf("got status %d", page.status)
	}
	page.Find("body *").Each(func(_ int, s *goquery.Selection) {
		if s.Children().Length() > 0 || s.Is("pre, dd, .mono, td, code") {
			return
		}
		if text := strings.TrimSpace(s.Text()); rawID.MatchString(text) {
			t.Errorf("untranslated: %q", text)
		}
	})
	for _, text := range ownTexts(page.Find("body")) {
		if found := innerID.FindString(text); found != "" {
			t.Errorf("the raw id %q in %q", found, text)
		}
	}
	page.Find("button:not(:has(span)), a.ghost").Each(func(_ int, s *goquery.Selection) {
		if strings.TrimSpace(s.Text()) == "" && s.AttrOr("aria-label", "") == "" {
			t.Error("a button has no name")
		}
	})
	if n := page.Find("[style], [onclick], script:not([src])").Length(); n != 0 {
		t.Errorf("%d inline scripts or styles, which the policy forbids", n)
	}
	seen := map[string]bool{}
	page.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		if name := s.AttrOr("id", ""); seen[name] {
			t.Errorf("id %q stands twice", name)
		} else {
			seen[name] = true
		}
	})
	if l == english {
		for _, part := range []string{".nav-link span", "th", "dt", "h2", "button"} {
			page.Find(part).Not("[lang=zh-CN]").Each(func(_ int, s *goquery.Selection) {
				if chineseText.MatchString(s.Text()) {
					t.Errorf("%s: Chinese on an English page: %q", part, s.Text())
				}
			})
		}
	}
}
