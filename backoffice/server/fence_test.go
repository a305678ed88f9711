package server_test

import (
	"encoding/json"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// fenceRow is a line of the table.
type fenceRow struct {
	route string
	cells map[string]string // by column
}

// fenceParts reads the table: the columns as they stand, and the rows of each part.
func fenceParts(t *testing.T) (columns []string, parts [][]fenceRow) {
	t.Helper()
	for i, part := range strings.Split(strings.TrimSpace(fence), "\n\n") {
		lines := strings.Split(part, "\n")
		if i == 0 {
			columns, lines = strings.Fields(lines[0]), lines[1:]
		}
		var rows []fenceRow
		for _, line := range lines {
			words := strings.Fields(line)
			if len(words) != 2+len(columns) {
				t.Fatalf("%q: %d cells, want %d", line, len(words)-2, len(columns))
			}
			row := fenceRow{route: words[0] + " " + words[1], cells: map[string]string{}}
			for i, column := range columns {
				word := words[2+i]
				if _, refusal := fenceWords[word]; !refusal && !slices.Contains([]string{"ok", "=", "less", "idle"}, word) {
					t.Fatalf("%q: no such word as %q", line, word)
				}
				row.cells[column] = word
			}
			rows = append(rows, row)
		}
		parts = append(parts, rows)
	}
	return columns, parts
}

func TestFence(t *testing.T) {
	t.Parallel()
	columns, parts := fenceParts(t)
	for _, rows := range parts {
		t.Run(rows[0].route, func(t *testing.T) {
			t.Parallel()
			s := newFenceScene(t)
			for _, row := range rows {
				s.try(row, columns)
			}
			s.Sound(t)
		})
	}
}

// TestFenceHasEveryRoute holds the rows against what the server was given to answer, and against what it says of itself.
func TestFenceHasEveryRoute(t *testing.T) {
	t.Parallel()
	_, parts := fenceParts(t)
	rows := map[string]bool{}
	for _, row := range slices.Concat(parts...) {
		if rows[row.route] || fenceRequests[row.route] == nil {
			t.Errorf("%s: there are two rows, or no request", row.route)
		}
		rows[row.route] = true
	}
	_, b := realBench(t)
	routes := described(t, b)
	for _, pattern := range b.server.Patterns() {
		pattern = strings.TrimSuffix(pattern, "{$}")
		if !strings.Contains(pattern, " ") { // the same for every method: what the document does not tell of is tried by GET
			if slices.ContainsFunc(slices.Collect(maps.Keys(routes)), func(r string) bool { return strings.HasSuffix(r, " "+pattern) }) {
				continue
			}
			pattern = "GET " + pattern
		}
		routes[pattern] = true
	}
	for route := range routes {
		if !rows[route] {
			t.Errorf("%s has no row", route)
		}
	}
	for route := range rows {
		if !routes[route] {
			t.Errorf("%s: no such route", route)
		}
	}
}

// whoCells is what the word of a call for who may ask means in the columns that it decides.
var whoCells = map[api.Who]string{
	api.ByAnybody:      "none ok  buyer ok  old ok  gone ok  shut ok  out =  blank =  alone =",
	api.ByKiosk:        "none cert  buyer cert  old cert  gone cert  shut block  out =  ended =  unset =  blank =  dead =  alone =",
	api.ByAnySession:   "none cert  shut block  out idle  ended idle  stray idle  unset ok  key ok  blank =",
	api.BySession:      "none cert  shut block  out login  ended login  stray login  unset ok  key ok  moved login",
	api.ByPerson:       "none cert  shut block  out login  ended login  stray login  unset ok  key keyed  moved login  slip order",
	api.ByPersonOrNone: "none cert  shut block  out ok  ended login  stray login  unset ok  key keyed  moved login  blank =  slip order",
	api.ByMember:       "none cert  shut block  out login  ended login  stray login  unset unset  key keyed  moved login  slip order",
	api.ByMemberOrKey:  "none cert  shut block  out login  ended login  stray login  unset unset  moved login  slip order",
	api.ByOrder:        "none cert  shut block  out login  ended login  stray login  unset unset  moved login",
	api.ByOrderMember:  "none cert  shut block  out login  ended login  stray login  unset unset  key keyed  moved login",
	api.ByMemberOrNone: "none cert  shut block  ended login  stray login  moved login",
	api.ByHolder:       "none cert  shut block  out =  ended =  unset =  near dead  far dead  blank dead  dead dead",
	api.ByStaff:        "none cert  shut block  out =  ended =  unset =  key =  near login  far login  moved login  blank =",
	api.ByAnyStaff:     "none cert  shut block  out =  ended =  unset =  key =  near idle  far idle  moved idle  blank =",
}

// TestFenceAndCallsAgree holds each row against what the call says of who may ask: to open one, both have to be changed.
func TestFenceAndCallsAgree(t *testing.T) {
	t.Parallel()
	b := setup(t)
	calls := map[string]api.Who{}
	for _, c := range b.server.Calls() {
		calls[c.At] = c.Who
	}
	_, parts := fenceParts(t)
	for _, row := range slices.Concat(parts...) {
		who, call := calls[row.route]
		words := strings.Fields(whoCells[who])
		if call && len(words) == 0 {
			t.Errorf("%s: nobody knows who %q is", row.route, who)
		}
		for column, word := range pairs(words) {
			if row.cells[column] != word {
				t.Errorf("%s by %s: the row says %q, the call %q, for it is for %s", row.route, column, row.cells[column], word, who)
			}
		}
	}
}

// pairs are every two words that stand together.
func pairs(words []string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for pair := range slices.Chunk(words, 2) {
			if !yield(pair[0], pair[1]) {
				return
			}
		}
	}
}

// TestEveryCallIsAnswered reads the contract's own text: a call that the client can make and the server does not know is found.
func TestEveryCallIsAnswered(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../api/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var text []byte
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, content...)
	}
	b := setup(t)
	var answered, declared []string
	for _, c := range b.server.Calls() {
		answered = append(answered, c.At)
	}
	for _, m := range regexp.MustCompile(`\bAt:\s+"([A-Z]+ /[^"]+)"`).FindAllSubmatch(text, -1) {
		declared = append(declared, string(m[1]))
	}
	slices.Sort(answered)
	slices.Sort(declared)
	if !slices.Equal(answered, declared) || len(declared) == 0 {
		t.Errorf("answered are %q, declared %q", answered, declared)
	}
}

// TestFenceOfThePKI sends every request of the table to the listener without TLS: lists, certificates and OCSP, and nothing else.
func TestFenceOfThePKI(t *testing.T) {
	t.Parallel()
	s := newFenceScene(t)
	pki := httptest.NewServer(s.bench.server.PKI())
	t.Cleanup(pki.Close)
	anybody := caller{web: pki.Client(), token: s.callers["own"].token}
	public := []string{"GET " + api.PathCRL, "GET " + api.PathCRLPEM, "GET " + api.PathCA, "GET " + api.PathCRLOf, "GET " + api.PathCAOf, "POST " + api.PathOCSP, "GET " + api.PathOCSPGet}
	for route, good := range fenceRequests {
		want := "404"
		if slices.Contains(public, route) {
			want = ""
		}
		if refused, _ := anybody.send(pki.URL, route, good(s)); refused != want {
			t.Errorf("%s: got %q, want %q", route, refused, want)
		}
	}
}

// TestFenceOfOtherMethods sends own's requests by the methods that have no row: nothing answers them. What is asked for by GET may be
// asked for by HEAD too, and OCSP says in its own form that nothing was asked.
func TestFenceOfOtherMethods(t *testing.T) {
	t.Parallel()
	s := newFenceScene(t)
	for route, good := range fenceRequests {
		_, path, _ := strings.Cut(route, " ")
		r := good(s)
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			other := method + " " + path
			asGET := method == http.MethodHead && fenceRequests[http.MethodGet+" "+path] != nil
			if fenceRequests[other] != nil || asGET || path == "/" || other == "GET "+api.PathOCSP || other == "HEAD "+api.PathOCSP {
				continue
			}
			before := s.everything()
			if refused, _ := s.callers["own"].send(s.bench.http.URL, other, r); refused == "" || refused >= "500" && refused <= "599" {
				t.Errorf("%s: got %q, want a refusal", other, refused)
			}
			if !maps.Equal(before, s.everything()) {
				t.Errorf("%s left something", other)
			}
		}
	}
}

// described reads the routes from the OpenAPI document as it is served.
func described(t *testing.T, b *bench) map[string]bool {
	t.Helper()
	refused, text := caller{web: b.plain(t)}.send(b.http.URL, "GET "+api.PathOpenAPI, request{})
	var doc struct {
		Paths map[string]map[string]any
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil || refused != "" {
		t.Fatal(refused, err)
	}
	routes := map[string]bool{}
	for path, methods := range doc.Paths {
		for method := range methods {
			routes[strings.ToUpper(method)+" "+path] = true
		}
	}
	return routes
}

// try sends one row's request by every caller: by who is refused first, which leaves it as good as it was; then by own, and again by
// who is as own; who else is allowed sends another one like it.
func (s *fenceScene) try(row fenceRow, columns []string) {
	s.t.Helper()
	first := fenceRequests[row.route](s)
	for _, column := range columns {
		if _, refusal := fenceWords[row.cells[column]]; refusal && column != "moved" {
			s.cell(row, column, s.callers[column], first)
		}
	}
	if row.cells["own"] == "ok" {
		s.cell(row, "own", s.callers["own"], first)
	}
	for _, column := range columns {
		switch word := row.cells[column]; {
		case column == "own" || column == "moved":
		case word == "=" || word == "idle":
			s.cell(row, column, s.callers[column], first)
		case word == "ok" || word == "less":
			s.cell(row, column, s.callers[column], fenceRequests[row.route](s))
		}
	}
	moved, r := s.moved(fenceRequests[row.route])
	s.cell(row, "moved", moved, r)
}

// cell sends a request and holds the answer, and what it left, against the table's word.
func (s *fenceScene) cell(row fenceRow, column string, c caller, r request) {
	s.t.Helper()
	word := row.cells[column]
	want, refusal := fenceWords[word]
	idle := refusal || word == "idle"
	before := map[string]string{}
	if idle {
		before = s.everything()
	}
	lines := s.Lines(s.t, "")
	refused, answer := c.send(s.bench.http.URL, row.route, r)
	if word == "ok" && mutates(row.route) && s.Lines(s.t, "") == lines {
		s.t.Errorf("%s by %s: no line of the trail tells of it", row.route, column)
	}
	if refused != string(want) && !(refusal && refused == word) {
		s.t.Errorf("%s by %s: got %q, want %q (%s)", row.route, column, refused, want, word)
	}
	if told := strings.Contains(answer, r.mark); refused == "" && told == (word == "less") {
		s.t.Errorf("%s by %s: told of what it is about: %v, want %s", row.route, column, told, word)
	}
	if !idle {
		s.settle(row.route, r)
	} else if after := s.everything(); !maps.Equal(before, after) {
		maps.DeleteFunc(after, func(what, sum string) bool { return before[what] == sum })
		s.t.Errorf("%s by %s: it left something in %v", row.route, column, slices.Sorted(maps.Keys(after)))
	}
}

// unlined are the calls that change something and leave no line, and why.
var unlined = map[string]string{
	"POST /ocsp":                                "it asks only",
	"POST /v1/uploads/":                         "bytes that no order has yet: adding them to one has its line",
	"PATCH /v1/uploads/{sha256}":                "likewise",
	"POST /v1/operations/{operation}/challenge": "it opens nothing: the proof that answers it has its line",
	"POST /v1/operations/{operation}/takeover":  "likewise, and so has the takeover",
	"POST /v1/key-challenges":                   "it opens nothing: the login that answers it has its line",
	"POST /v1/session/membership/key":           "the request confirms who is confirmed already; a confirmation has its line",
	"POST /v1/accounts":                         "it asks only; a wrong password has its line",
	"PUT /v1/session/membership/applicant":      "the request corrects nothing, what was entered is confirmed by now; a correction has its line",
	"PUT /v1/session/membership":                "the request chooses what is chosen already; another choice has its line",
}

// mutates reports whether a good request by the route has to leave a line.
func mutates(route string) bool {
	method, _, _ := strings.Cut(route, " ")
	return method != http.MethodGet && method != http.MethodHead && unlined[route] == ""
}

// TestNothingWithoutTheTrail sends a good request by every route that has to leave a line while none can be written: it is refused, and
// nothing of it stays.
func TestNothingWithoutTheTrail(t *testing.T) {
	t.Parallel()
	s := newFenceScene(t)
	good := map[string]request{}
	for route, request := range fenceRequests {
		if mutates(route) {
			good[route] = request(s)
		}
	}
	s.WithoutTrail(t, func() {
		for route, r := range good {
			before := s.everything()
			if refused, _ := s.callers["own"].send(s.bench.http.URL, route, r); refused != string(ra.CodeTrailAway) {
				t.Errorf("%s: got %q, want %q", route, refused, ra.CodeTrailAway)
			}
			if after := s.everything(); !maps.Equal(before, after) {
				maps.DeleteFunc(after, func(what, sum string) bool { return before[what] == sum })
				t.Errorf("%s: it left something in %v", route, slices.Sorted(maps.Keys(after)))
			}
		}
	})
	s.Sound(t)
}

// settle opens the sessions again that a request has ended or put into another membership.
func (s *fenceScene) settle(route string, r request) {
	if changed, ok := r.body.(api.PasswordRequest); ok {
		s.password = changed.Password
	}
	if recovered, ok := r.body.(api.RecoverRequest); ok {
		s.password = recovered.Password
	}
	switch route {
	case api.CallForgotPassword.At, api.CallAskMobileCode.At, api.CallCheckMobile.At:
		s.forgetResets()
	case api.CallLogOut.At, api.CallChoose.At, api.CallChangePassword.At, api.CallRecoverPassword.At:
		s.logIn()
	}
}

// forgetResets lets codes for a new password, and for a mobile, be asked for again.
func (s *fenceScene) forgetResets() {
	s.t.Helper()
	_, err := s.Store.Pool().Exec(s.t.Context(), `DELETE FROM login_attempts WHERE audience = 'code' AND (login LIKE 'reset%' OR login LIKE 'mobile%' OR login LIKE 'slip%')`)
	s.must(err)
}

// resetCode has a code for a new password sent.
func (s *fenceScene) resetCode() string {
	s.t.Helper()
	s.forgetResets()
	s.must(s.ForgotPassword(s.t.Context(), s.Kiosk, s.login))
	return s.lastCode()
}

// provesMobiles has the project want mobiles proven.
func (s *fenceScene) provesMobiles() {
	s.t.Helper()
	s.forgetResets()
	s.Project.ProveMobile = true // it stays, whatever the next request wants of the project
	s.PutProject(s.t, 1, s.Project)
}

// lastCode is the one that was sent last.
func (s *fenceScene) lastCode() string {
	s.t.Helper()
	_, err := s.DeliverMessages(s.t.Context())
	s.must(err)
	sent := s.Sender.Sent()
	return sent[len(sent)-1].Parameters["code"]
}

// everything is a digest of the register, of the scans and of the uploads under way.
func (s *fenceScene) everything() map[string]string {
	s.t.Helper()
	all := s.Contents(s.t)
	files, err := os.ReadDir(s.bench.dir)
	s.must(err)
	for _, f := range files {
		info, err := f.Info()
		s.must(err)
		all["uploads"] += f.Name() + " " + info.ModTime().String() + "\n"
	}
	return all
}
