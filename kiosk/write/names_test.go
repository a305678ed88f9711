package write

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"keyhall/backoffice/ra"
)

// TestNoStepKnowsItsPlan: neither the steps nor the executor name a plan, a kind of service or a reason, in the vocabulary's
// words or in text, or decide by comparing one. What differs between plans is in their lists of steps.
func TestNoStepKnowsItsPlan(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(n string) bool { return strings.HasSuffix(n, "_test.go") })
	if len(names) < 5 {
		t.Fatalf("only %v: the package's source is not where it was", names)
	}
	files := token.NewFileSet()
	for _, name := range names {
		source, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(source, func(n ast.Node) bool {
			if what := namesPlan(n); what != "" {
				t.Errorf("%s: %s", files.Position(n.Pos()), what)
			}
			return true
		})
	}
}

// TestNamesAreFound: the test above sees what it looks for.
func TestNamesAreFound(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`ra.PlanMake`, `ra.KindUnlock`, `ra.ReasonLost`, `x == "extend"`, `w.Plan == y`, `y != op.Kind`, `"change"`,
		`func() { switch w.Plan { } }`, `func() { switch op.Kind { } }`, `ra.RuleOf`, `ra.PlanFor`, `ra.Kind(x)`,
	} {
		if !found(t, text) {
			t.Errorf("%s was not seen", text)
		}
	}
	for _, text := range []string{`ukey.KindCertificate`, `o.Kind == ukey.KindPublicKey`, `w.Plan.Has(ra.StepRoom)`, `"key written"`} {
		if found(t, text) {
			t.Errorf("%s names no plan", text)
		}
	}
}

func found(t *testing.T, text string) (found bool) {
	t.Helper()
	e, err := parser.ParseExpr(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	ast.Inspect(e, func(n ast.Node) bool {
		found = found || namesPlan(n) != ""
		return true
	})
	return found
}

// namesPlan says how a piece of source knows a plan or a kind of service, "" when it does not.
func namesPlan(n ast.Node) string {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		if from, ok := n.X.(*ast.Ident); ok && from.Name == "ra" && ofPlan(n.Sel.Name) {
			return "names ra." + n.Sel.Name
		}
	case *ast.BasicLit:
		if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil && slices.Contains(words(), text) {
			return "says " + n.Value
		}
	case *ast.BinaryExpr:
		if (n.Op == token.EQL || n.Op == token.NEQ) && (field(n.X) && !device(n.Y) || field(n.Y) && !device(n.X)) {
			return "compares a plan, a kind or a reason"
		}
	case *ast.SwitchStmt:
		if field(n.Tag) {
			return "switches on a plan, a kind or a reason"
		}
	}
	return ""
}

// ofPlan leaves out the type.
func ofPlan(name string) bool {
	if name == "Plan" {
		return false
	}
	for _, begin := range []string{"Plan", "Kind", "Reason", "Rule", "Service"} {
		if strings.HasPrefix(name, begin) {
			return true
		}
	}
	return false
}

func field(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	return ok && slices.Contains([]string{"Plan", "Kind", "Reason"}, s.Sel.Name)
}

// device tells the kinds of objects on a key, which are no services: a constant of the noun's, or another object's.
func device(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	from, ok := s.X.(*ast.Ident)
	return ok && (from.Name == "ukey" || slices.Contains([]string{"a", "b"}, from.Name) && s.Sel.Name == "Kind")
}

func words() (all []string) {
	for _, p := range ra.Plans() {
		all = append(all, string(p))
	}
	for _, r := range ra.ServiceRules() {
		all = append(all, string(r.Kind))
		if r.Reason != ra.ReasonNone {
			all = append(all, string(r.Reason))
		}
	}
	return all
}
