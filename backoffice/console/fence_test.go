package console_test

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/console"
	"keyhall/backoffice/ra"
)

// fenceRow is a line of the table.
type fenceRow struct {
	pattern string
	method  string
	act     ra.Act
	cells   map[string]string // by column
}

// fenceParts reads the table: the columns as they stand, and the rows of each part.
func fenceParts(t *testing.T) (columns []string, parts [][]fenceRow) {
	t.Helper()
	acts := console.Acts()
	for i, part := range strings.Split(strings.TrimSpace(fence), "\n\n") {
		lines := strings.Split(part, "\n")
		if i == 0 {
			columns, lines = strings.Fields(lines[0]), lines[1:]
		}
		var rows []fenceRow
		for _, line := range lines {
			words := strings.Fields(line)
			if len(words) < len(columns) {
				t.Fatalf("%q: too few cells", line)
			}
			n := len(words) - len(columns)
			row := fenceRow{pattern: strings.Join(words[:n], " "), method: http.MethodGet, cells: map[string]string{}}
			if n > 1 {
				row.method = words[0]
			}
			row.act = acts[row.pattern]
			for i, column := range columns {
				row.cells[column] = words[n+i]
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
		t.Run(rows[0].pattern, func(t *testing.T) {
			t.Parallel()
			s := newFenceScene(t)
			for _, row := range rows {
				s.try(row, columns)
			}
			s.Sound(t)
		})
	}
}

// TestFenceHasEveryRoute holds the rows against the console's own table, and what each role is let do against the acts.
func TestFenceHasEveryRoute(t *testing.T) {
	t.Parallel()
	_, parts := fenceParts(t)
	acts, rows := console.Acts(), map[string]bool{}
	for _, row := range slices.Concat(parts...) {
		if rows[row.pattern] || fenceRequests[row.pattern] == nil {
			t.Errorf("%s: there are two rows, or no request", row.pattern)
		}
		rows[row.pattern] = true
		if _, is := acts[row.pattern]; !is {
			t.Errorf("%s: no such route", row.pattern)
		}
		for column, role := range fenceRoles {
			may := row.act == "" || slices.Contains(row.act.Roles(), role)
			if may == (row.cells[column] == "403") {
				t.Errorf("%s by %s: %s, though the act %q is theirs: %v", row.pattern, column, row.cells[column], row.act, may)
			}
		}
	}
	for pattern := range acts {
		if !rows[pattern] {
			t.Errorf("%s has no row", pattern)
		}
	}
}

// refusing are the words of who leaves nothing.
var refusing = []string{"401", "403", "404", "login", "pass", "idle"}

// try sends one row's request in every column: by who is refused first, which leaves it as good as it was.
func (s *fenceScene) try(row fenceRow, columns []string) {
	s.t.Helper()
	first := fenceRequests[row.pattern](s)
	for _, column := range columns {
		if slices.Contains(refusing, row.cells[column]) && row.cells[column] != "idle" {
			s.cell(row, column, first)
		}
	}
	for _, column := range columns {
		if !slices.Contains(refusing, row.cells[column]) || row.cells[column] == "idle" {
			s.cell(row, column, fenceRequests[row.pattern](s))
		}
	}
}

// cell sends a request and holds the answer, and what it changed, against the table's word.
func (s *fenceScene) cell(row fenceRow, column string, r request) {
	s.t.Helper()
	token, word := s.token(column, row.act), row.cells[column]
	if column == "site" {
		r.header = http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}
	}
	before, lines := s.Contents(s.t), s.Lines(s.t, "")
	status, body, header := s.send(token, r, row.method)
	if got := answered(row, word, status, header.Get("Location")); got != word {
		s.t.Errorf("%s by %s: got %s, want %s (%d, to %q)", row.pattern, column, got, word, status, header.Get("Location"))
	}
	if shown := strings.Contains(body, r.mark); status == http.StatusOK && shown == (word == "less") {
		s.t.Errorf("%s by %s: it is shown: %v, want %s", row.pattern, column, shown, word)
	}
	changed := s.Contents(s.t)
	maps.DeleteFunc(changed, func(what, sum string) bool { return before[what] == sum })
	still := row.method == http.MethodGet || slices.Contains(refusing, word)
	if still && len(changed) > 0 {
		s.t.Errorf("%s by %s: it left something in %v", row.pattern, column, slices.Sorted(maps.Keys(changed)))
	}
	if !still && !r.still && len(changed) == 0 {
		s.t.Errorf("%s by %s: %s, and nothing was done", row.pattern, column, word)
	}
	if leaves := !slices.Contains(refusing, word) && lined(row.pattern, row.method); leaves && s.Lines(s.t, "") == lines && !s.sawBefore(row.pattern, token) {
		s.t.Errorf("%s by %s: %s, and no line of the trail tells of it", row.pattern, column, word)
	}
	switch row.pattern {
	case "POST /login", "POST /logout", "POST /password": // the session is another one from then on
		s.forget(column, row.act)
	}
}

// looks are the pages with personal data of people that the console is not for everybody to see.
var looks = []string{"GET /orders/{id}", "GET /orders/{id}/scans/{sha256}", "GET /orders/{id}/scans/{sha256}/thumb", "GET /live/orders/{id}", "GET /certificates/{id}", "GET /certificates/{id}/file",
	"GET /staff", "GET /staff/{id}", "GET /desk/{id}", "GET /access/{id}", "GET /access/{id}/papers/{kind}"}

// unlined are the posts that leave no line, and why.
var unlined = map[string]string{
	"POST /language":            "a cookie of the browser's",
	"POST /orders/{id}/renew":   "it goes on with a claim that has its line",
	"POST /orders/{id}/unclaim": "nobody in the table has the claim that they give back; giving back one has its line",
}

// lined reports whether a good request by the route has to leave a line.
func lined(pattern, method string) bool {
	return method != http.MethodGet && unlined[pattern] == "" || slices.Contains(looks, pattern)
}

// sawBefore: the look goes on that the same session began.
func (s *fenceScene) sawBefore(pattern, token string) bool {
	for who, t := range s.tokens {
		if t == token && slices.Contains(looks, pattern) {
			return s.Lines(s.t, s.staff[who].ID) > 1 // one is of the login
		}
	}
	return false
}

// TestNothingWithoutTheTrail sends a good request by every route that has to leave a line while none can be written: it is refused with
// words, and nothing of it stays or is shown.
func TestNothingWithoutTheTrail(t *testing.T) {
	t.Parallel()
	_, parts := fenceParts(t)
	s := newFenceScene(t)
	type try struct {
		row   fenceRow
		r     request
		token string
	}
	var all []try
	for _, row := range slices.Concat(parts...) {
		if lined(row.pattern, row.method) {
			all = append(all, try{row, fenceRequests[row.pattern](s), s.token("trail", row.act)})
		}
	}
	s.WithoutTrail(t, func() {
		for _, a := range all {
			before := s.Contents(t)
			status, body, _ := s.send(a.token, a.r, a.row.method)
			if status != http.StatusServiceUnavailable {
				t.Errorf("%s: got %d, want 503", a.row.pattern, status)
			}
			if a.r.mark != "" && strings.Contains(body, a.r.mark) {
				t.Errorf("%s: it is shown", a.row.pattern)
			}
			if !maps.Equal(before, s.Contents(t)) {
				t.Errorf("%s: it left something", a.row.pattern)
			}
		}
	})
	s.Sound(t)
}

// answered is the table's word for an answer; where two words look alike it is the one that was wanted.
func answered(row fenceRow, word string, status int, to string) string {
	switch {
	case status != http.StatusSeeOther:
		if word == "less" && status == http.StatusOK {
			return word
		}
		return strconv.Itoa(status)
	case row.pattern == "POST /logout" && word == "bye" && to == "/login":
		return word
	case strings.HasPrefix(to, "/login"):
		return "login"
	case to == "/password":
		return "pass"
	case word == "idle" && to == "/queue":
		return word
	}
	return "done"
}

func (s *fenceScene) command() ra.Staff { return book.Command() }
