package server_test

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"keyhall/backoffice/api"
)

// TestOpenAPITellsWhatCallsNeed reads the document as served; that it names every route is the fence's matter.
func TestOpenAPITellsWhatCallsNeed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	resp, err := b.plain(t).Get(b.http.URL + api.PathOpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Security    []map[string][]string
			Responses   map[string]struct{ Content map[string]any }
			Parameters  []struct{ Name, In string }
		}
		Components struct{ Schemas, SecuritySchemes map[string]any }
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("got version %q, want 3.1", doc.OpenAPI)
	}
	ids := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			if op.OperationID == "" || ids[op.OperationID] {
				t.Errorf("%s %s: operation id %q is empty or taken", method, path, op.OperationID)
			}
			ids[op.OperationID] = true
			if op.Responses["default"].Content[api.ProblemType] == nil {
				t.Errorf("%s %s: no problem details", method, path)
			}
			if strings.HasPrefix(path, "/v1/") && path != api.CallEnrol.Path() && (len(op.Security) == 0 || slices.ContainsFunc(op.Security, func(s map[string][]string) bool { return s["kiosk"] == nil })) {
				t.Errorf("%s %s: does not say that it needs a kiosk", method, path)
			}
			if strings.HasPrefix(path, api.CallOrders.Path()) && op.Security[0]["session"] == nil {
				t.Errorf("%s %s: does not say that it needs a session", method, path)
			}
			if strings.HasPrefix(path, api.CallOperation.Path()+"/") && path != api.CallResume.Path() &&
				!strings.HasPrefix(path, api.CallTakeover.Path()) && !slices.ContainsFunc(op.Parameters,
				func(p struct{ Name, In string }) bool { return p.In == "header" && p.Name == api.TicketHeader }) {
				t.Errorf("%s %s: does not ask for the ticket", method, path)
			}
			for _, name := range strings.Split(path, "{")[1:] {
				name, _, _ = strings.Cut(name, "}")
				found := false
				for _, p := range op.Parameters {
					found = found || p.In == "path" && p.Name == name
				}
				if !found {
					t.Errorf("%s %s: parameter %q is missing", method, path, name)
				}
			}
		}
	}
	for _, ref := range strings.Split(string(text), `"$ref":"#/components/schemas/`)[1:] {
		name, _, _ := strings.Cut(ref, `"`)
		if doc.Components.Schemas[name] == nil {
			t.Errorf("reference to %q leads nowhere", name)
		}
	}
}
