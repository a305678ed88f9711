package screen

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/workflow"
)

func mustWords(t *testing.T, language string) *words {
	t.Helper()
	w, err := newWords(language)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Both catalogues know the same keys, with the same placeholders, and none is left empty.
func TestCataloguesComplete(t *testing.T) {
	t.Parallel()
	zh, en := mustWords(t, "zh_CN").said, mustWords(t, "en").said
	placeholder := regexp.MustCompile(`\{[a-z_]+\}`)
	for _, key := range slices.Sorted(maps.Keys(zh)) {
		other, ok := en[key]
		if key == "" {
			continue
		}
		if !ok || other == "" || zh[key] == "" {
			t.Errorf("%s: missing in one language", key)
		}
		a, b := placeholder.FindAllString(zh[key], -1), placeholder.FindAllString(other, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s: placeholders %v in Chinese, %v in English", key, a, b)
		}
	}
	for key := range en {
		if _, ok := zh[key]; !ok {
			t.Errorf("%s: only in English", key)
		}
	}
}

// Every error that a person can meet has words.
func TestEveryCodeHasWords(t *testing.T) {
	t.Parallel()
	w := mustWords(t, "zh_CN")
	codes := constants(t, "../../backoffice/ra", "Code")
	if len(codes) < 50 {
		t.Fatalf("found only %d codes in package ra", len(codes))
	}
	for _, c := range codes {
		if !w.has("error." + c) {
			t.Errorf("no words for error.%s", c)
		}
	}
}

// Every state, kind and reason that is used as a key has words.
func TestEveryEnumHasWords(t *testing.T) {
	t.Parallel()
	w := mustWords(t, "zh_CN")
	var keys []string
	for _, k := range ra.Kinds() {
		keys = append(keys, "kind."+string(k), "kind."+string(k)+".about")
	}
	for _, k := range ra.MaterialKinds() {
		keys = append(keys, "material."+string(k))
	}
	for _, k := range ra.ReasonKinds() {
		keys = append(keys, "reason."+string(k))
	}
	for _, k := range ra.Verdicts() {
		keys = append(keys, "verdict."+string(k))
	}
	for _, k := range ra.PaymentStates() {
		keys = append(keys, "payment."+string(k))
	}
	for _, k := range ra.OrderStates() {
		keys = append(keys, "state."+string(k))
	}
	for _, s := range []workflow.PrintState{workflow.PrintReady, workflow.PrintRunning, workflow.PrintDone, workflow.PrintFailed} {
		keys = append(keys, "print."+string(s), "slip."+string(s))
	}
	for _, s := range []workflow.MarkState{workflow.MarkTodo, workflow.MarkRunning, workflow.MarkDone, workflow.MarkFailed} {
		keys = append(keys, "mark."+string(s))
	}
	for _, key := range keys {
		if !w.has(key) {
			t.Errorf("no words for %s", key)
		}
	}
}

// Every key written in this package's source has words.
func TestEveryKeyUsedHasWords(t *testing.T) {
	t.Parallel()
	w := mustWords(t, "zh_CN")
	shape := regexp.MustCompile(`^[a-z]+(\.[a-z_]+)*\.[a-z_]*[a-z]$`)
	groups := map[string]bool{}
	for key := range w.said {
		group, _, _ := strings.Cut(key, ".")
		groups[group] = true
	}
	for _, s := range literals(t, ".") {
		group, _, _ := strings.Cut(s, ".")
		if shape.MatchString(s) && groups[group] && !w.has(s) && !slices.Contains(fieldNames(), s) {
			t.Errorf("no words for %q", s)
		}
	}
}

// Every key that the workflow's pages use has words.
func TestEveryWorkflowKeyHasWords(t *testing.T) {
	t.Parallel()
	w := mustWords(t, "zh_CN")
	for _, key := range workflow.Keys() {
		if !w.has(key) {
			t.Errorf("no words for %s", key)
		}
	}
}

// fieldNames are ids that look like keys: fields stand under "field.".
func fieldNames() []string {
	return []string{"legal.name", "handler.email", "organisation.name", "organisation.credit_code", "delivery.kind", "invoice.kind",
		"invoice.title", "invoice.tax_number", "invoice.address", "invoice.phone", "invoice.bank", "invoice.account", "pay.png"}
}

// constants returns the values of the string constants of a type in a package's source.
func constants(t *testing.T, dir, typeName string) []string {
	t.Helper()
	var values []string
	inspect(t, dir, func(n ast.Node) {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return
		}
		if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != typeName {
			return
		}
		for _, v := range spec.Values {
			if lit, ok := v.(*ast.BasicLit); ok {
				s, _ := strconv.Unquote(lit.Value)
				values = append(values, s)
			}
		}
	})
	return values
}

func literals(t *testing.T, dir string) []string {
	t.Helper()
	var values []string
	inspect(t, dir, func(n ast.Node) {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			s, _ := strconv.Unquote(lit.Value)
			values = append(values, s)
		}
	})
	return values
}

func inspect(t *testing.T, dir string, see func(ast.Node)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			see(n)
			return true
		})
	}
}

func TestMoney(t *testing.T) {
	t.Parallel()
	w := mustWords(t, "zh_CN")
	for fen, want := range map[int64]string{0: "¥0.00", 5: "¥0.05", 128000: "¥1,280.00", 123456789: "¥1,234,567.89", -20000: "-¥200.00"} {
		if got := w.money(fen); got != want {
			t.Errorf("money(%d) = %q, want %q", fen, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	w := mustWords(t, "zh_CN")
	at := time.Date(2026, 11, 22, 17, 5, 0, 0, time.UTC)
	if got, want := w.stamp(at), "2026-11-23 01:05"; got != want {
		t.Errorf("stamp = %q, want %q", got, want)
	}
	for d, want := range map[time.Duration]string{20 * time.Second: "20 秒", 260 * time.Second: "4 分 20 秒", 15 * time.Minute: "15 分钟",
		3 * time.Hour: "3 小时", 72 * time.Hour: "3 天"} {
		if got := w.span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
	if got, want := w.countdown(4*time.Minute), "4 分 0 秒"; got != want {
		t.Errorf("countdown = %q, want %q", got, want)
	}
}

func TestFaultInWords(t *testing.T) {
	t.Parallel()
	w := mustWords(t, "zh_CN")
	f := &workflow.Fault{Code: ra.CodeMaterialMissing, Args: map[string]string{"material": "business_licence"}}
	if got, want := w.fault(f), "还缺少材料：营业执照，请扫描后再提交"; got != want {
		t.Errorf("fault = %q, want %q", got, want)
	}
	if got := w.fault(&workflow.Fault{Code: ra.CodePINWrong}); strings.Contains(got, "{") {
		t.Errorf("a fault without args shows its placeholder: %q", got)
	}
}
