package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
)

func loadBoth(t *testing.T) map[language]words {
	t.Helper()
	both := map[language]words{}
	for l := range catalogueFile {
		w, err := loadWords(files, l)
		if err != nil {
			t.Fatal(err)
		}
		both[l] = w
	}
	return both
}

var (
	saidInTemplate = regexp.MustCompile(`\bt "([a-z_.0-9]+)"`)
	emptyText      = regexp.MustCompile(`\(empty "[a-z-]+" "([a-z_.]+)"\)`)
	saidInCode     = regexp.MustCompile(`\bsay\("([a-z_.]+)"`)
	titleInCode    = regexp.MustCompile(`c\.frame\(r, v, "[a-z]*", "([a-z_.]+)"\)`)
	sheetInPage    = regexp.MustCompile(`\(sheet \. "([a-z]+)"`)
	entryInPage    = regexp.MustCompile(`\(entry \. "([a-z]+)"`)
)

// wanted lists every id that templates, code and the vocabulary can ask for.
func wanted(t *testing.T) []string {
	t.Helper()
	var ids []string
	add := func(group string, values ...string) {
		for _, v := range values {
			ids = append(ids, group+"."+v)
		}
	}
	err := fs.WalkDir(os.DirFS("."), "template", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(name)
		for _, re := range []*regexp.Regexp{saidInTemplate, emptyText} {
			for _, m := range re.FindAllStringSubmatch(string(raw), -1) {
				ids = append(ids, m[1])
			}
		}
		for _, m := range sheetInPage.FindAllStringSubmatch(string(raw), -1) {
			ids = append(ids, "sheet."+m[1], "sheet.about."+m[1], "sheet.do."+m[1])
		}
		for _, m := range entryInPage.FindAllStringSubmatch(string(raw), -1) {
			add("nav", m[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range sources(t) {
		for _, re := range []*regexp.Regexp{saidInCode, titleInCode} {
			for _, m := range re.FindAllStringSubmatch(raw, -1) {
				if !strings.HasSuffix(m[1], ".") {
					ids = append(ids, m[1])
				}
			}
		}
	}
	add("error", codes(t)...)
	add("state.order", texts(ra.OrderStates())...)
	add("outcome", texts(slices.DeleteFunc(ra.OrderStates(), func(s ra.OrderState) bool { return s == ra.OrderOpen }))...)
	add("state.payment", texts(ra.PaymentStates())...)
	add("gate.pay", texts(slices.DeleteFunc(ra.PaymentStates(), ra.PaymentState.Settled))...)
	add("state.materials", texts(ra.MaterialsStates())...)
	add("case.materials_wait", texts(slices.DeleteFunc(ra.MaterialsStates(), func(s ra.MaterialsState) bool { return s == ra.MaterialsSubmitted }))...)
	add("state.membership", texts(ra.MembershipStates())...)
	add("state.unit", texts(ra.UnitStates())...)
	add("state.term", texts(ra.TermStates())...)
	add("state.pin", texts(ra.TokenPINStates())...)
	for _, r := range ra.ServiceRules() {
		for n := range 2 {
			p := casePage{Case: review.Case{Order: ra.Order{Kind: r.Kind, Reason: r.Reason, Units: make([]ra.Unit, n)}}}
			for _, e := range p.Effects() {
				add("effect", e.ID)
			}
		}
	}
	add("state.certificate", texts(ra.CertificateStates())...)
	add("state.operation", texts(ra.OperationStates())...)
	add("state.message", texts([]book.MessageState{book.MessageWaiting, book.MessageSent, book.MessageFailed, book.MessageWithdrawn})...)
	add("material", texts(ra.MaterialKinds())...)
	add("verdict", texts(ra.Verdicts())...)
	add("reason", texts(ra.ReasonKinds())...)
	add("kind", texts(ra.Kinds())...)
	for _, r := range ra.ServiceRules() {
		if r.Reason != ra.ReasonNone {
			add("kind."+string(r.Kind), string(r.Reason))
		}
	}
	add("role", texts(ra.Roles())...)
	add("role.about", texts(ra.Roles())...)
	add("actor", "kiosk", "customer", "staff", "system")
	add("fact", "order", "payment", "materials")
	for _, act := range rulingActs {
		add("ruling.ask", string(act))
		add("ruling.act", string(act))
		add("ruling.do", string(act))
		add("ruling.about", string(act))
		add("ruling.status", string(act))
		add("ground", texts(ra.GroundsFor(act))...)
	}
	add("ruling.orders", "suspend", "restore")
	add("ruling.done", rulingsDone...)
	add("ruling.why", "own", "asker", "revoked", "expired", "issued", "superseded", "suspended", "not_suspended", "waits")
	for _, group := range []string{"access.kind", "access.ask", "access.about", "access.then"} {
		add(group, texts(ra.AccessKinds())...)
	}
	add("access.why", "own", "asker", "waits")
	add("access.done", accessesDone...)
	add("access.state_about", texts(ra.AccessStates())...)
	add("state.access", texts(ra.AccessStates())...)
	add("paper", texts(ra.PaperKinds())...)
	add("state.ruling", texts(ra.RulingStates())...)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func texts[S ~string](values []S) []string {
	out := make([]string, 0, len(values))
	for _, v := range values {
		out = append(out, string(v))
	}
	return out
}

func sources(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(raw))
	}
	return all
}

// codes reads the vocabulary's source: a new code must get its words here.
func codes(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../ra/code.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Code" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, value)
		}
		return true
	})
	if len(found) < 50 {
		t.Fatalf("found only %d codes in ra/code.go", len(found))
	}
	return found
}

func TestEveryTextIsTranslated(t *testing.T) {
	t.Parallel()
	both := loadBoth(t)
	for _, id := range wanted(t) {
		for l, w := range both {
			if !w.has(id) {
				t.Errorf("%s: %q is missing", l, id)
			}
		}
	}
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

func TestCataloguesAgree(t *testing.T) {
	t.Parallel()
	both := loadBoth(t)
	for id, zh := range both[chinese].text {
		en, ok := both[english].text[id]
		if !ok {
			t.Errorf("%q is missing in English", id)
			continue
		}
		a, b := placeholder.FindAllString(zh, -1), placeholder.FindAllString(en, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%q: placeholders differ: %v and %v", id, a, b)
		}
	}
	if got, want := len(both[english].text), len(both[chinese].text); got != want {
		t.Errorf("English has %d texts, Chinese %d", got, want)
	}
}

func TestProblemWords(t *testing.T) {
	t.Parallel()
	w := loadBoth(t)[english]
	for _, c := range []struct {
		err  *ra.Error
		want string
	}{
		{ra.E(ra.CodeLoginWrong, "left", "2"), "Login name or password is wrong, try again (tries left: 2)."},
		{ra.E(ra.CodeLoginWrong), "Login name or password is wrong, try again."},
		{ra.E(ra.CodeAmountDiffers, "due", "60000", "got", "120050"), "The amount differs from what is due (due ¥600.00, entered ¥1,200.50); check the bank statement."},
		{ra.E(ra.CodeRequired).At("amount"), "Enter the amount received."},
		{ra.E(ra.CodeState, "what", "order", "from", "done", "to", "approved"), "Its state does not allow this (Done); load the page again to see where it stands."},
		{ra.E(ra.Code("never_heard_of")), "Something went wrong and nothing was changed. Try again; if it stays, tell the administrator."},
	} {
		if got := w.problem(c.err); got != c.want {
			t.Errorf("%v: got %q, want %q", c.err, got, c.want)
		}
	}
}

// TestOneWordForOneThing: staff read one word for each thing, whoever wrote the line.
func TestOneWordForOneThing(t *testing.T) {
	t.Parallel()
	pin := regexp.MustCompile(`PIN ?码|(UKey|USB Key)的?\s*(密码|口令)|管理 PIN|管理员(密码|口令) *PIN`)
	counted := regexp.MustCompile(`[0-9一两几}] ?支|支 ?(UKey|USB)`)
	for id, text := range loadBoth(t)[chinese].text {
		for what, wrong := range map[string]bool{"a key is counted in 把": counted.MatchString(text), "a key's PIN is its PIN": pin.MatchString(text),
			"a login has a 密码": strings.Contains(text, "口令")} {
			if wrong {
				t.Errorf("%s: %s: %s", id, what, text)
			}
		}
	}
}
