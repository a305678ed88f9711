package console

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/alexedwards/scs/v2/memstore"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

func newJar(t *testing.T) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return jar
}

func copyText(w *strings.Builder, r io.Reader) (int64, error) { return io.Copy(w, r) }

func (b *bench) sessionCookie() string {
	b.t.Helper()
	u, err := url.Parse(b.server.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == "keyhall_console" {
			return c.Value
		}
	}
	return ""
}

func TestStrangersGetTheLogin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/", "/queue", "/orders", "/orders/" + id(101), "/certificates", "/kiosks", "/staff", "/password", "/orders/" + id(101) + "/scans/" + strings.Repeat("a", 64)} {
		if got := b.get(path); !strings.HasPrefix(got.path, "/login") {
			t.Errorf("%s: got %s, want the login", path, got.path)
		}
	}
	if got := b.get("/live/queue"); got.status != http.StatusUnauthorized {
		t.Errorf("live update without login: got %d, want 401", got.status)
	}
	got := b.post("/login", url.Values{"login": {wang.Login}, "password": {fakePassword}, "to": {"/orders/" + id(101)}})
	if got.path != "/orders/"+id(101) {
		t.Errorf("after the login: got %s, want the page asked for", got.path)
	}
}

func TestLoginTellsTheLimit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got := b.post("/login", url.Values{"login": {wang.Login}, "password": {"wrong"}})
	if want := "登录名或密码不正确，请重新输入（还可尝试 4 次）。"; got.status != http.StatusUnprocessableEntity || strings.TrimSpace(got.Find(".problem").Text()) != want {
		t.Errorf("got %d %q, want %q", got.status, got.Find(".problem").Text(), want)
	}
	if got := got.Find("input[name=login]").AttrOr("value", ""); got != wang.Login {
		t.Errorf("login name: got %q, want it kept", got)
	}
	if strings.Contains(got.html, "wrong\"") {
		t.Error("the password came back in the page")
	}
	b.fake.fail["StaffLogIn"] = ra.E(ra.CodeLoginPaused, "minutes", "15")
	got = b.post("/login", url.Values{"login": {wang.Login}, "password": {fakePassword}})
	if got.status != http.StatusTooManyRequests || !strings.Contains(got.Find(".problem").Text(), "15 分钟") {
		t.Errorf("paused: got %d %q", got.status, got.Find(".problem").Text())
	}
}

func TestLoginRenewsTheToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	first := b.sessionCookie()
	b.post("/logout", nil)
	b.logIn()
	if second := b.sessionCookie(); second == first || second == "" {
		t.Error("the session token was not renewed at the login")
	}
	b.post("/logout", nil)
	if got := b.get("/queue"); !strings.HasPrefix(got.path, "/login") {
		t.Errorf("after logging out: got %s", got.path)
	}
}

func TestLoginStaysInside(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{"/queue?x=1": "/queue?x=1", "https://evil.example/": "/", "//evil.example/": "/", "%2f/evil.example": "/", "/%5cevil.example": "/", `/\evil`: "/", "": "/", "javascript:1": "/"} {
		if got := localPath(to); got != want {
			t.Errorf("localPath(%q): got %q, want %q", to, got, want)
		}
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	r := b.request(http.MethodPost, "/orders/"+id(101)+"/approve", url.Values{"version": {"4"}})
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if got := b.do(r); got.status != http.StatusForbidden {
		t.Errorf("cross-site post: got %d, want 403", got.status)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	got := b.get("/orders/" + id(101))
	if want := "no-store"; got.header.Get("Cache-Control") != want && !strings.Contains(strings.Join(got.header.Values("Cache-Control"), ","), want) {
		t.Errorf("Cache-Control: got %v, want %s", got.header.Values("Cache-Control"), want)
	}
	if policy := got.header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy: got %q", policy)
	}
	asset := got.Find("link[rel=stylesheet]").AttrOr("href", "")
	if got := b.get(asset); got.status != http.StatusOK || !strings.Contains(got.header.Get("Cache-Control"), "immutable") {
		t.Errorf("%s: got %d %q", asset, got.status, got.header.Get("Cache-Control"))
	}
}

func TestListsMaskPeople(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	for _, path := range []string{"/", "/queue", "/payments", "/orders", "/operations"} {
		got := b.get(path)
		for _, secret := range []string{"13800000000", "李四", "张三", idNumber("33010619900307123")} {
			if strings.Contains(got.html, secret) {
				t.Errorf("%s shows %q", path, secret)
			}
		}
	}
	if got := b.get("/orders/" + id(101)); !strings.Contains(got.Find("#side").Text(), idNumber("33010619900307123")) {
		t.Error("the case page hides what the reviewer compares")
	}
}

func TestJudgeAndApprove(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	path := "/orders/" + id(101)
	page := b.get(path)
	if !page.Find("footer button.main").Is(":disabled") {
		t.Fatal("approval is open before anything was judged")
	}
	for i, want := range []string{"handler_identity", "registration_form", "remittance_slip"} {
		got := b.htmx(path+"/verdict", form(page, url.Values{"verdict": {"accepted"}}))
		if got.status != http.StatusOK {
			t.Fatalf("verdict %d: got %d", i, got.status)
		}
		if at := got.Find("#side").AttrOr("data-at", ""); at != want {
			t.Errorf("after verdict %d: looking at %q, want %q", i, at, want)
		}
		page = got
	}
	got := b.htmx(path+"/payment", form(page, url.Values{"amount": {"600"}, "reference": {"R1"}}))
	if button := got.Find("footer button.main"); got.status != http.StatusOK || button.Is(":disabled") {
		t.Fatalf("after the payment: got %d, approval disabled: %v", got.status, button.Is(":disabled"))
	}
	got = b.htmx(path+"/approve", form(got, nil))
	if want := "已批准"; !strings.Contains(got.Find("footer").Text(), want) {
		t.Errorf("got %q, want %q", got.Find("footer").Text(), want)
	}
}

// form takes the version and what was seen from a page, as the browser does.
func form(page answer, more url.Values) url.Values {
	f := url.Values{}
	for _, name := range []string{"version", "seen", "kind"} {
		f.Set(name, page.Find("#side input[name="+name+"]").First().AttrOr("value", ""))
	}
	for k, v := range more {
		f[k] = v
	}
	return f
}

func TestReturnNeedsAReason(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	path := "/orders/" + id(101)
	page := b.get(path)
	got := b.htmx(path+"/verdict", form(page, url.Values{"verdict": {"returned"}}))
	if got.status != http.StatusUnprocessableEntity || got.Find("#return-sheet[data-show] .problem").Length() != 1 {
		t.Errorf("got %d, want the sheet again with its problem", got.status)
	}
	got = b.htmx(path+"/verdict", form(page, url.Values{"verdict": {"returned"}, "reason": {"no_seal"}, "note": {"章太淡"}}))
	if reasons := got.Find(".reasons").Text(); got.status != http.StatusOK || !strings.Contains(reasons, "没有盖章") || !strings.Contains(reasons, "章太淡") {
		t.Errorf("got %d %q", got.status, reasons)
	}
	got = b.htmx(path+"/return", form(got, nil))
	if got.status != http.StatusOK || b.fake.cases[id(101)].Order.Materials != ra.MaterialsReturned {
		t.Errorf("send back: got %d, materials %s", got.status, b.fake.cases[id(101)].Order.Materials)
	}
}

func TestConflictKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	path := "/orders/" + id(101)
	page := b.get(path)
	if _, err := b.fake.ConfirmPayment(t.Context(), chen, id(101), 60000, "", 4); err != nil {
		t.Fatal(err)
	}
	got := b.htmx(path+"/verdict", form(page, url.Values{"verdict": {"returned"}, "reason": {"differs"}, "note": {"姓名不一致"}}))
	if got.status != http.StatusConflict {
		t.Fatalf("got %d, want 409", got.status)
	}
	if changes := got.Find("#side .notice li").Text(); changes != "收款：待确认到账 → 已支付" {
		t.Errorf("changes: got %q", changes)
	}
	sheet := got.Find("#return-sheet[data-show]")
	if note := sheet.Find("textarea").Text(); note != "姓名不一致" || sheet.Find("input[value=differs][checked]").Length() != 1 {
		t.Errorf("typed: got %q, want it kept", note)
	}
	if version := sheet.Find("input[name=version]").AttrOr("value", ""); version != "5" {
		t.Errorf("version: got %s, want the new one", version)
	}
}

func TestTakenByAnother(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	path := "/orders/" + id(103)
	if got := b.get(path); got.Find(".verdict").Length() != 0 || !strings.Contains(got.Find("#case-bar").Text(), chen.Name) {
		t.Error("another's order can be judged")
	}
	got := b.htmx(path+"/verdict", url.Values{"version": {"4"}, "kind": {"business_licence"}, "verdict": {"accepted"}})
	if got.status != http.StatusConflict || !strings.Contains(got.Find("#side .notice").Text(), chen.Name) {
		t.Errorf("got %d %q", got.status, got.Find("#side .notice").Text())
	}
}

func TestAmountMistakes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	path := "/orders/" + id(101)
	for amount, want := range map[string]string{"": "请填写到账金额。", "abc": "金额格式不正确", "60": "应收 ¥600.00，填写 ¥60.00"} {
		got := b.htmx(path+"/payment", form(b.get(path), url.Values{"amount": {amount}, "reference": {"2026-1"}}))
		if text := got.Find("#payment .problem").Text(); got.status != http.StatusUnprocessableEntity || !strings.Contains(text, want) {
			t.Errorf("%q: got %d %q, want %q", amount, got.status, text, want)
		}
		if kept := got.Find("input[name=reference]").AttrOr("value", ""); kept != "2026-1" {
			t.Errorf("%q: reference %q, want it kept", amount, kept)
		}
	}
}

func TestNextSkipsOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	if got := b.post("/queue/next", url.Values{"after": {id(101)}}); got.path != "/orders/"+id(102) {
		t.Errorf("got %s, want the second", got.path)
	}
	if _, err := b.fake.Case(t.Context(), wang, id(102)); err != nil || b.fake.cases[id(102)].Claim.StaffID != wang.ID {
		t.Error("the next order was not taken")
	}
}

func TestReleaseSaysWhatIsLost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	operation := operationID(fakeNow.Add(-74*time.Minute), 42)
	list := b.get("/operations")
	if n := list.Find("tbody tr").Length(); n != 2 {
		t.Fatalf("got %d unfinished operations, want 2", n)
	}
	if n := list.Find("a.danger").Length(); n != 1 {
		t.Errorf("got %d that can be released, want 1: the other has just begun", n)
	}
	page := b.get("/operations/" + operation + "/release")
	if text := page.Find(".danger-zone").Text(); !strings.Contains(text, "立即吊销") {
		t.Errorf("got %q", text)
	}
	if got := b.post("/operations/"+operation+"/release", nil); got.status != http.StatusUnprocessableEntity || got.Find(".problem").Length() != 1 {
		t.Errorf("without a reason: got %d", got.status)
	}
	if got := b.post("/operations/"+operation+"/release", url.Values{"reason": {"UKey 丢失"}}); got.path != "/operations" || len(b.fake.released) != 1 {
		t.Errorf("got %s, released %v", got.path, b.fake.released)
	}
}

func TestEnrolmentCodeShownOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logInAs(liu)
	entered := url.Values{"prefix": {"xh05"}, "hall": {"xihu"}, "window_zh": {"窗口 05"}, "project": {"eseal", "trade"}}
	if got := b.post("/kiosks/code", entered); got.Find("#code").Text() != "7KQ2-M4XD-9RTA-NB3F" {
		t.Errorf("got %q", got.Find("#code").Text())
	}
	if got := b.get("/kiosks"); got.Find("#code").Length() != 0 {
		t.Error("the code is shown again")
	}
	entered.Set("project", "nobody")
	if got := b.post("/kiosks/code", entered); got.status != http.StatusNotFound || got.Find("#code-sheet[data-show] .problem").Length() != 1 ||
		got.Find("input[name=window_zh]").AttrOr("value", "") != "窗口 05" {
		t.Errorf("unknown project: got %d", got.status)
	}
}

func TestCounterStaffMayLook(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logInAs(sun)
	if got := b.get("/orders/" + id(101)); got.status != http.StatusOK || got.Find(".verdict, .confirm").Length() != 0 {
		t.Errorf("got %d with %d forms to decide", got.status, got.Find(".verdict, .confirm").Length())
	}
	if got := b.get("/operations"); got.Find("a.danger").Length() != 0 {
		t.Error("counter staff are offered a release")
	}
}

func TestInternalErrorsSayNothingInside(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	b.fake.fail["Case"] = errors.New("connection to 10.0.0.7 refused")
	got := b.get("/orders/" + id(101))
	if got.status != http.StatusInternalServerError || strings.Contains(got.html, "10.0.0.7") || !strings.Contains(got.html, "系统出错") {
		t.Errorf("got %d", got.status)
	}
	r := b.request(http.MethodGet, "/orders/"+id(101), nil)
	r.Header.Set("HX-Request", "true")
	if got := b.do(r); got.header.Get("HX-Retarget") != "#message" {
		t.Error("htmx would swap an error into the page")
	}
}

func TestScans(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	got := b.get("/orders/" + id(101) + "/scans/" + strings.Repeat("ab", 32))
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "image/png" || !strings.Contains(strings.Join(got.header.Values("Cache-Control"), ","), "no-store") {
		t.Errorf("got %d %v", got.status, got.header)
	}
	if got := b.get("/orders/" + id(101) + "/scans/..%2f..%2fetc"); got.status != http.StatusNotFound {
		t.Errorf("bad name: got %d", got.status)
	}
	b.fake.fail["PageImage"] = ra.E(ra.CodeNotFound)
	if got := b.get("/orders/" + id(101) + "/scans/" + strings.Repeat("ab", 32)); got.status != http.StatusNotFound {
		t.Errorf("missing: got %d", got.status)
	}
}

func TestLiveUpdates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	if got := b.get("/live/orders/" + id(101) + "?version=4"); got.status != http.StatusNoContent {
		t.Errorf("nothing new: got %d", got.status)
	}
	page := b.get("/orders/" + id(101))
	if _, err := b.fake.ConfirmPayment(t.Context(), chen, id(101), 60000, "", 4); err != nil {
		t.Fatal(err)
	}
	got := b.get(page.Find("#side").AttrOr("data-live-case", ""))
	if text := got.Find(".news").Text(); !strings.Contains(text, "收款 已支付") {
		t.Errorf("news: got %q", text)
	}
	response, err := b.client.Do(b.request(http.MethodGet, "/live", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b.fake.watch <- struct{}{}
	buffer := make([]byte, 256)
	var heard string
	for !strings.Contains(heard, "event: changed") {
		n, err := response.Body.Read(buffer)
		if err != nil {
			t.Fatalf("stream ended after %q: %v", heard, err)
		}
		heard += string(buffer[:n])
	}
}

func TestWithoutVendorSaysSo(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{}); err == nil {
		t.Error("a console without rules was made")
	}
	f := newFake(t)
	if _, err := New(Config{People: f, Review: f, Cashier: f, Issuing: f, Fleet: f, Jobs: f, Access: f, SessionStore: memstore.NewWithCleanupInterval(0)}); err != nil {
		t.Errorf("New: %v", err)
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{"600": 60000, "1,200.5": 120050, "¥0.01": 1, ".5": 50, "￥1，000": 100000} {
		if got, err := parseYuan(in); err != nil || got != want {
			t.Errorf("parseYuan(%q): got %d, %v, want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "-1", "1.234", "1e3", "x", "99999999999999"} {
		if got, err := parseYuan(in); err == nil {
			t.Errorf("parseYuan(%q): got %d, want an error", in, got)
		}
	}
	for in, want := range map[int64]string{0: "¥0.00", 5: "¥0.05", 123456789: "¥1,234,567.89", -100: "-¥1.00"} {
		if got := yuan(in); got != want {
			t.Errorf("yuan(%d): got %q, want %q", in, got, want)
		}
	}
}

func TestCookie(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	got := b.post("/login", url.Values{"login": {wang.Login}, "password": {fakePassword}})
	cookie := got.header.Get("Set-Cookie")
	for _, want := range []string{"keyhall_console=", "HttpOnly", "Secure", "SameSite=Strict"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %s", cookie, want)
		}
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	path := "/orders/" + id(103) // taken by another: a note needs no claim
	if got := b.htmx(path+"/note", form(b.get(path), url.Values{"note": {" "}})); got.status != http.StatusUnprocessableEntity {
		t.Errorf("empty: got %d", got.status)
	}
	got := b.htmx(path+"/note", form(b.get(path), url.Values{"note": {"<b>下午再来</b>"}}))
	if text := got.Find(".note").Text(); got.status != http.StatusOK || !strings.Contains(text, "<b>下午再来</b>") || !strings.Contains(text, wang.Name) {
		t.Errorf("got %d %q", got.status, text)
	}
}

func TestStreamEndsWithTheSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	response, err := b.client.Do(b.request(http.MethodGet, "/live", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b.post("/logout", nil)
	heard, err := io.ReadAll(response.Body)
	if err != nil || !strings.HasSuffix(string(heard), "event: over\ndata: \n\n") {
		t.Errorf("stream ended with %q, %v", heard, err)
	}
}

func TestStaffPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logInAs(liu)
	if got := b.get("/"); got.path != "/staff" {
		t.Errorf("an administrator's first page: got %s, want the staff", got.path)
	}
	added := b.post("/staff", url.Values{"id": {id(77)}, "login": {"qianyi"}, "name": {"钱一"}})
	if got := added.Find("#password").Text(); got != "q4zt-m7xd-9rta" {
		t.Fatalf("first password: got %q", got)
	}
	if got := b.get("/staff/" + id(77)); got.Find("#password").Length() != 0 {
		t.Error("the password is shown again")
	}
	grant := url.Values{"grant": {id(78)}, "role": {"reviewer"}, "project": {"eseal"}}
	if got := b.post("/staff/"+id(77)+"/grants", grant); got.path != "/staff/"+id(77) || !strings.Contains(got.html, "须由另一位管理员确认") {
		t.Errorf("granted: got %s", got.path)
	}
	if got := b.post("/grants/"+id(78)+"/confirm", url.Values{"to": {"/staff/" + id(77)}}); got.status != http.StatusForbidden {
		t.Errorf("confirmed by the giver: got %d", got.status)
	}
	b.logInAs(zhou)
	if got := b.post("/grants/"+id(78)+"/confirm", url.Values{"to": {"//evil.example/"}}); got.path != "/staff" {
		t.Errorf("confirmed: got %s, want a page of ours", got.path)
	}
	if g := b.fake.find(id(77)).Grants; len(g) != 1 || !g[0].Live() {
		t.Errorf("grants %+v, want one that counts", g)
	}
}

// TestPasswordFirst lets somebody with a password to begin with reach nothing else.
func TestPasswordFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fake.find(wang.ID).Temporary = true
	b.logIn()
	for _, path := range []string{"/", "/queue", "/orders/" + id(101)} {
		if got := b.get(path); got.path != "/password" {
			t.Errorf("%s: got %s, want /password", path, got.path)
		}
	}
	if got := b.post("/orders/"+id(101)+"/approve", url.Values{"version": {"4"}}); got.path != "/password" {
		t.Errorf("a decision: got %s, want /password", got.path)
	}
	for _, path := range []string{"/live", "/live/counts", "/live/queue", "/live/orders/" + id(101)} {
		if got := b.get(path); got.status != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", path, got.status)
		}
	}
	if got := b.get("/password"); got.Find("[data-live]").Length() != 0 || got.Find(".count:not([hidden])").Length() != 0 {
		t.Error("the page for the password tells what waits")
	}
	before := b.sessionCookie()
	if got := b.post("/password", url.Values{"old": {fakePassword}, "password": {"hangzhou2027"}, "again": {"x"}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("two different ones: got %d", got.status)
	}
	got := b.post("/password", url.Values{"old": {fakePassword}, "password": {"hangzhou2027"}, "again": {"hangzhou2027"}})
	if got.path != "/password?done=1" || b.sessionCookie() == before {
		t.Errorf("changed: got %s, token renewed %v", got.path, b.sessionCookie() != before)
	}
	if got := b.get("/queue"); got.path != "/queue" {
		t.Errorf("afterwards: got %s", got.path)
	}
}

// TestSessionsEndWithTheEpoch ends an open session by what ends sessions, its stream too.
func TestSessionsEndWithTheEpoch(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*fakeRules){
		"disabled":          func(f *fakeRules) { _ = f.DisableStaff(t.Context(), liu, wang.ID, true) },
		"a new password":    func(f *fakeRules) { _, _ = f.ResetPassword(t.Context(), liu, wang.ID) },
		"a grant withdrawn": func(f *fakeRules) { _ = f.WithdrawGrant(t.Context(), liu, wang.Grants[0].ID) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.logIn()
			stream, err := b.client.Do(b.request(http.MethodGet, "/live", nil))
			if err != nil {
				t.Fatal(err)
			}
			defer stream.Body.Close()
			change(b.fake)
			heard, err := io.ReadAll(stream.Body)
			if err != nil || !strings.HasSuffix(string(heard), "event: over\ndata: \n\n") {
				t.Errorf("stream ended with %q, %v", heard, err)
			}
			if got := b.get("/queue"); !strings.HasPrefix(got.path, "/login") {
				t.Errorf("next page: got %s, want the login", got.path)
			}
			if got := b.get("/live/counts"); got.status != http.StatusUnauthorized {
				t.Errorf("live update: got %d", got.status)
			}
		})
	}
}

func TestTakeOverAndBlock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	path := "/orders/" + id(103)
	if got := b.post(path+"/takeover", nil); got.path != path || b.fake.cases[id(103)].Claim.StaffID != wang.ID {
		t.Errorf("taken over: got %s", got.path)
	}
	if got := b.post("/kiosks/"+id(11)+"/block", url.Values{"reason": {"x"}}); got.status != http.StatusForbidden {
		t.Errorf("a supervisor blocks a kiosk: got %d", got.status)
	}
	b.logInAs(liu)
	if got := b.post("/kiosks/"+id(11)+"/block", nil); got.status != http.StatusUnprocessableEntity || got.Find("#block-"+id(11)+"[data-show] .problem").Length() != 1 {
		t.Errorf("without a reason: got %d", got.status)
	}
	if got := b.post("/kiosks/"+id(11)+"/block", url.Values{"reason": {"屏幕被换"}}); got.path != "/kiosks" || b.fake.kiosks[0].BlockedAt == nil {
		t.Errorf("blocked: got %s", got.path)
	}
	if got := b.post("/kiosks/"+id(11)+"/unblock", nil); got.path != "/kiosks" || b.fake.kiosks[0].BlockedAt != nil {
		t.Errorf("let in again: got %s", got.path)
	}
}

// TestSlowFormIsCutOff: what does not arrive keeps no connection, with whatever method it comes and whether anybody asked for it.
func TestSlowFormIsCutOff(t *testing.T) {
	t.Parallel()
	needVendor(t)
	fake := newFake(t)
	handler, err := New(Config{People: fake, Review: fake, Cashier: fake, Issuing: fake, Fleet: fake, Jobs: fake, Access: fake, SessionStore: memstore.NewWithCleanupInterval(0), form: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	for name, request := range map[string]string{
		"a form":           "POST /login HTTP/1.1\r\nHost: hall\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nlogin=",
		"with a GET":       "GET /login HTTP/1.1\r\nHost: hall\r\nContent-Length: 1000\r\n\r\nlogin=",
		"with a PUT":       "PUT /orders/1 HTTP/1.1\r\nHost: hall\r\nContent-Length: 200000\r\n\r\n",
		"in pieces":        "POST /language HTTP/1.1\r\nHost: hall\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nlogin\r\n",
		"for a file":       "GET /static/app.css HTTP/1.1\r\nHost: hall\r\nContent-Length: 1\r\n\r\n",
		"for what changes": "GET /live HTTP/1.1\r\nHost: hall\r\nTransfer-Encoding: chunked\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, request); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(conn); err != nil {
				t.Errorf("the connection is still open: %v", err)
			}
		})
	}
}

// TestAnswerThatNobodyReadsIsCutOff: who asks for much and reads nothing keeps no connection.
func TestAnswerThatNobodyReadsIsCutOff(t *testing.T) {
	t.Parallel()
	needVendor(t)
	fake := newFake(t)
	fake.scan = func(string) []byte { return make([]byte, 256<<20) } // more than the kernels of both sides hold
	handler, err := New(Config{People: fake, Review: fake, Cashier: fake, Issuing: fake, Fleet: fake, Jobs: fake, Access: fake, SessionStore: memstore.NewWithCleanupInterval(0), Now: func() time.Time { return fakeNow },
		answer: 3 * time.Second, Secure: true})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(handler)
	client := server.Client()
	client.Jar = newJar(t)
	b := &bench{t, fake, server, client, &errorLog{}}
	b.logIn()
	response, err := client.Do(b.request(http.MethodGet, "/orders/"+id(101)+"/scans/"+fake.cases[id(101)].Order.Papers[0].Pages[0].SHA256, nil))
	if err == nil { // else a slow machine had nothing ready in time, and it was cut off before its first byte
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Fatalf("got %d", response.StatusCode)
		}
	}
	ended := make(chan struct{})
	go func() { server.Close(); close(ended) }() // waits for every answer
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("the answer still waits to be read")
	}
}

// TestStreamsAreBounded: nobody opens more streams than anybody has tabs; who closes one may open another.
func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	open := func() *http.Response {
		response, err := b.client.Do(b.request(http.MethodGet, "/live", nil))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = response.Body.Close() })
		return response
	}
	var last *http.Response
	for range tabs {
		if last = open(); last.StatusCode != http.StatusOK {
			t.Fatalf("got %d", last.StatusCode)
		}
	}
	if got := open(); got.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more: got %d", got.StatusCode)
	}
	if err := last.Body.Close(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); open().StatusCode != http.StatusOK; {
		if time.Now().After(deadline) {
			t.Fatal("closing one lets nobody in")
		}
	}
}

// TestBusyOfficeSaysWhenToComeAgain: who cannot be let in because too many log in is told so, in words and for programs.
func TestBusyOfficeSaysWhenToComeAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fake.fail["StaffLogIn"] = ra.E(ra.CodeOfficeBusy)
	got := b.post("/login", url.Values{"login": {wang.Login}, "password": {fakePassword}})
	if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || !strings.Contains(got.html, "几秒钟后再试") {
		t.Errorf("%d, Retry-After %q:\n%s", got.status, got.header.Get("Retry-After"), got.html)
	}
}

func TestOverviewWarnsOfTheTrail(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logIn()
	const words = "没有按时封存"
	if got := b.get("/"); strings.Contains(got.html, words) {
		t.Error("it warns though the trail is well")
	}
	b.fake.unsealed = book.SealOverdue + time.Second
	if got := b.get("/"); !strings.Contains(got.html, words) {
		t.Error("it does not warn of lines that are not sealed")
	}
}

// TestOverviewTellsOfACAThatEnds: a year before, with what to do.
func TestOverviewTellsOfACAThatEnds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fake.ending = []book.AuthorityEnd{{Name: "ca", Purpose: book.ForCustomers, NotAfter: fakeNow.AddDate(0, 11, 0)}}
	b.logIn()
	if got := b.get("/").Find(".notice").Text(); !strings.Contains(got, "发证机构 ca 将于") || !strings.Contains(got, "keyhall-backoffice ca next") {
		t.Errorf("got %q", got)
	}
}

// TestEveryGreyButtonSaysWhy: wherever a button cannot be pressed, words beside it say why.
func TestEveryGreyButtonSaysWhy(t *testing.T) {
	t.Parallel()
	found := 0
	for _, p := range gallery {
		if p.out || p.form != nil {
			continue
		}
		b := setup(t)
		page := b.show(p)
		page.Find("button[disabled]").Each(func(_ int, button *goquery.Selection) {
			if sheet, in := button.Closest("dialog").Attr("id"); in && page.Find("[data-sheet="+sheet+"]").Length() == 0 {
				return // nothing opens it
			}
			found++
			why := page.Find("#" + button.AttrOr("aria-describedby", "nothing")).Text()
			why += button.Closest("form, .buttons").Find(".why, [data-no-verdict]:not([hidden]), .muted").Text()
			why += button.Closest("#side").Find(".scroll > .notice").Text()
			if strings.TrimSpace(why) == "" {
				t.Errorf("%s: %q is grey and nothing says why", p.name, strings.Join(strings.Fields(button.Text()), " "))
			}
		})
	}
	if found < 5 {
		t.Errorf("only %d grey buttons in the gallery", found)
	}
}

// TestHistorySaysALineOnce: who looks at page after page stands in one line.
func TestHistorySaysALineOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logInAs(wang)
	c := b.fake.cases[id(101)]
	for i := range 4 {
		c.History = append(c.History, book.AuditRow{At: fakeNow.Add(time.Duration(i) * time.Second), ActorKind: "staff", ActorID: wang.ID, Action: "page.view"})
	}
	before := map[string]int{}
	b.get("/orders/" + id(101)).Find(".history li div").Each(func(_ int, line *goquery.Selection) { before[line.Text()]++ })
	for text, n := range before {
		if n > 1 {
			t.Errorf("%d times: %s", n, text)
		}
	}
}

// TestStaffKeys: an administrator asks for a key by a file, a second one confirms it, and it is taken away.
func TestStaffKeys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.logInAs(liu)
	path := "/staff/" + sun.ID
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("key", id(81))
	_ = w.WriteField("name", "0102-4471")
	part, err := w.CreateFormFile("file", "key.pem")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte("-----BEGIN PUBLIC KEY-----\n" + strings.Repeat("x", 2000)))
	_ = w.Close()
	r := b.request(http.MethodPost, path+"/keys", nil)
	r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
	r.Header.Set("Content-Type", w.FormDataContentType())
	response, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if k := b.fake.find(sun.ID).Keys; len(k) != 1 || k[0].Name != "0102-4471" || k[0].Live() || response.StatusCode != http.StatusOK {
		t.Fatalf("asked for: %+v, %d", k, response.StatusCode)
	}
	if got := b.post("/staff-keys/"+id(81)+"/confirm", url.Values{"to": {path}}); got.status != http.StatusForbidden || !strings.Contains(got.html, "申请人和持有人以外") {
		t.Errorf("confirmed by who asked: got %d", got.status)
	}
	for file, want := range map[string]string{"": "请选择证书或公钥文件", "nothing": "没有证书或公钥"} {
		if got := b.post(path+"/keys", url.Values{"key": {id(82)}, "name": {"0102-4472"}, "file": {file}}); got.status != http.StatusUnprocessableEntity ||
			!strings.Contains(got.html, want) || !strings.Contains(got.html, `value="0102-4472"`) {
			t.Errorf("file %q: got %d, want %q and what was typed", file, got.status, want)
		}
	}
	b.logInAs(zhou)
	if got := b.get("/staff"); !strings.Contains(got.html, "待确认的员工 UKey") {
		t.Error("the list does not show what waits")
	}
	if got := b.post("/staff-keys/"+id(81)+"/confirm", url.Values{"to": {"//evil.example/"}}); got.path != path && got.path != "/staff" {
		t.Errorf("confirmed: got %s", got.path)
	}
	if k := b.fake.find(sun.ID).Keys; len(k) != 1 || !k[0].Live() {
		t.Errorf("confirmed: %+v", k)
	}
	b.post("/staff-keys/"+id(81)+"/remove", url.Values{"to": {path}})
	if k := b.fake.find(sun.ID).Keys; len(k) != 0 {
		t.Errorf("removed: %+v", k)
	}
}
