package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// oddTexts are what no call takes anywhere; the last can stand in an address only.
var oddTexts = []string{"a\x00b", strings.Repeat("中", 1001), "a\xffb"}

// oddRequests calls each with a good request in which one text is odd.
func oddRequests(t *testing.T, good request, each func(what string, r request)) {
	t.Helper()
	for _, text := range oddTexts {
		for name := range good.path {
			r := good
			r.path = maps.Clone(good.path)
			r.path[name] = text
			each("path."+name, r)
		}
		for name := range good.query {
			if name == "wait" {
				continue // a number
			}
			r := good
			r.query = maps.Clone(good.query)
			r.query[name] = []string{text}
			each("query."+name, r)
		}
	}
	if _, raw := good.body.([]byte); raw || good.body == nil {
		return
	}
	body, err := json.Marshal(good.body)
	servicetest.Must(t, err)
	for _, text := range oddTexts[:2] {
		texts(t, body, text, func(what string, mutant []byte) {
			r := good
			r.body, r.header = mutant, map[string]string{"Content-Type": "application/json"}
			each(what, r)
		})
	}
}

// texts calls each with a body in which one text is another, and where it stands.
func texts(t *testing.T, body []byte, text string, each func(what string, mutant []byte)) {
	t.Helper()
	var root any
	servicetest.Must(t, json.Unmarshal(body, &root))
	var walk func(at string, here any, put func(any))
	walk = func(at string, here any, put func(any)) {
		switch node := here.(type) {
		case string:
			put(text)
			mutant, err := json.Marshal(root)
			servicetest.Must(t, err)
			each(at, mutant)
			put(node)
		case map[string]any:
			for name, value := range node {
				walk(strings.Trim(at+"."+name, "."), value, func(v any) { node[name] = v })
			}
		case []any:
			for i, value := range node {
				walk(fmt.Sprintf("%s[%d]", at, i), value, func(v any) { node[i] = v })
			}
		}
	}
	walk("", root, func(v any) { root = v })
}

// TestOddTextIsRefusedWithItsField: every text of every call, where the database could not hold it or nobody writes it, is what is wrong
// with the request, and nothing else of it is done.
func TestOddTextIsRefusedWithItsField(t *testing.T) {
	t.Parallel()
	s := newFenceScene(t)
	calls := s.bench.server.Calls()
	for _, call := range calls {
		if call.Method() == http.MethodHead {
			continue // its answer has no body to tell the field
		}
		tried := 0
		oddRequests(t, fenceRequests[call.At](s), func(what string, r request) {
			tried++
			status, problem := s.problem(call.At, r)
			if status != http.StatusUnprocessableEntity || problem.Code != ra.CodeInvalid && problem.Code != ra.CodeTooLong || problem.Field != what {
				t.Errorf("%s with an odd %s: got %d, %s of %q", call.At, what, status, problem.Code, problem.Field)
			}
		})
		if takes := strings.Contains(call.At, "{"); takes && tried == 0 {
			t.Errorf("%s: nothing was tried", call.At)
		}
	}
	s.Sound(t)
}

// problem is what own is told of a request.
func (s *fenceScene) problem(route string, r request) (int, api.Problem) {
	s.t.Helper()
	req, err := s.callers["own"].request(s.bench.http.URL, route, r)
	s.must(err)
	resp, err := s.callers["own"].web.Do(req)
	s.must(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	s.must(err)
	var p api.Problem
	if err := json.Unmarshal(body, &p); err != nil {
		s.t.Errorf("%s: %s with %q", route, resp.Status, body)
	}
	return resp.StatusCode, p
}
