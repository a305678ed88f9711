package workflow

import (
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/ra"
)

func typedForm[T any](fields ra.Fields[T], at ra.Setting) *form {
	var none T
	return &form{id: FormLegal, primary: "next", entries: entriesOf(fields, none, at)}
}

func fieldIn(t *testing.T, f *form, id string) Field {
	t.Helper()
	for _, field := range f.page().Fields {
		if field.ID == id {
			return field
		}
	}
	t.Fatalf("no field %s", id)
	return Field{}
}

// The kind of document is chosen first, and keyboard, hint and rule follow it.
func TestDocumentIsChosen(t *testing.T) {
	t.Parallel()
	f := typedForm(ra.LegalFields(), ra.Setting{})
	f.act(Type{"legal.name", "张三"})
	if d := fieldIn(t, f, "legal.document"); d.Value != string(ra.DocumentResident) || len(d.Choices) != len(ra.Documents()) {
		t.Errorf("document %+v", d)
	}
	if n := fieldIn(t, f, "legal.id_number"); n.Kind != FieldIDNumber || n.MaxLen != 18 || n.Hint != "hint.document.resident" {
		t.Errorf("number of a card %+v", n)
	}
	for kind, c := range map[ra.Document]struct {
		number   string
		keyboard FieldKind
	}{
		ra.DocumentPassport: {"X00000001", FieldUpper}, ra.DocumentHKMacau: {"H00000000", FieldUpper}, ra.DocumentTaiwan: {"00000000", FieldDigits},
		ra.DocumentForeigner: {"ABC000000000000", FieldUpper}, ra.DocumentResidence: {"810000197805150026", FieldIDNumber},
	} {
		f.act(Type{"legal.document", string(kind)})
		f.act(Type{"legal.id_number", c.number})
		n := fieldIn(t, f, "legal.id_number")
		if n.Kind != c.keyboard || n.Value != c.number || !n.Good || n.Hint != "hint.document."+string(kind) || !f.ready() {
			t.Errorf("%s: %+v, ready %v", kind, n, f.ready())
		}
		rows := rowsOf(ra.LegalFields(), entered(ra.LegalFields(), f))
		if shown := rows[len(rows)-1].Value; !strings.Contains(shown, "*") || shown == c.number {
			t.Errorf("%s: masked %s", kind, shown)
		}
	}
	f.act(Type{"legal.document", string(ra.DocumentResident)})
	f.act(Leave{"legal.id_number"})
	if n := fieldIn(t, f, "legal.id_number"); n.Problem == nil || n.Doubt {
		t.Errorf("another kind's number: %+v", n)
	}
}

// A doubt can be insisted on until the value changes; a mistake cannot.
func TestInsist(t *testing.T) {
	t.Parallel()
	f := typedForm(ra.OrganisationFields(), ra.Setting{})
	f.act(Type{"organisation.name", "示例公司"})
	const old = "91350203M0000ABC6D"
	f.act(Type{"organisation.credit_code", old})
	f.act(Type{"organisation.credit_code_again", old})
	if n := fieldIn(t, f, "organisation.credit_code"); n.Problem == nil || n.Problem.Code != ra.CodeCreditCodeCheck || !n.Doubt || f.ready() {
		t.Fatalf("an old code: %+v", n)
	}
	f.act(Insist{"organisation.credit_code"})
	if n := fieldIn(t, f, "organisation.credit_code"); n.Problem != nil || !f.ready() || len(f.insisted()) != 1 {
		t.Errorf("insisted on: %+v, ready %v", n, f.ready())
	}
	f.act(Type{"organisation.credit_code", strings.Repeat("0", 18)})
	f.act(Insist{"organisation.credit_code"})
	if n := fieldIn(t, f, "organisation.credit_code"); n.Problem == nil || n.Doubt || f.ready() {
		t.Errorf("zeros insisted on: %+v", n)
	}
	const remark = "91330100MA0000001F"
	f.act(Type{"organisation.credit_code", remark})
	f.act(Type{"organisation.credit_code_again", remark})
	if n := fieldIn(t, f, "organisation.credit_code"); n.Remark == nil || n.Good || !f.ready() {
		t.Errorf("a remark: %+v, ready %v", n, f.ready())
	}
}

func TestAgeAndPaper(t *testing.T) {
	t.Parallel()
	at := ra.Setting{Now: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC), Lacks: func(s string) (rune, bool) { return '𧮞', strings.Contains(s, "𧮞") }}
	f := typedForm(ra.HandlerFields(), at)
	f.act(Type{"handler.id_number", "110101202401010019"})
	if n := fieldIn(t, f, "handler.id_number"); n.Problem == nil || n.Problem.Code != ra.CodeAge || !n.Doubt {
		t.Errorf("a child: %+v", n)
	}
	f.act(Type{"handler.name", "张𧮞"})
	f.act(Leave{"handler.name"})
	if n := fieldIn(t, f, "handler.name"); n.Problem == nil || n.Problem.Code != ra.CodeUnprintable || n.Doubt {
		t.Errorf("what the paper cannot carry: %+v", n)
	}
	f.act(Type{"handler.mobile", "+86 138-0013-8000"})
	if n := fieldIn(t, f, "handler.mobile"); n.Kind != FieldPhone || !n.Good {
		t.Errorf("mobile: %+v", n)
	}
	f.act(Type{"handler.mobile", "+852 51234567"})
	if n := fieldIn(t, f, "handler.mobile"); n.Problem == nil || n.Problem.Code != ra.CodeMobileCountry {
		t.Errorf("mobile of another country: %+v", n)
	}
}

// A name that no certificate can carry asks for its short form.
func TestShortName(t *testing.T) {
	t.Parallel()
	f := typedForm(ra.OrganisationFields(), ra.Setting{})
	shown := func() bool {
		for _, field := range f.page().Fields {
			if field.ID == "organisation.short_name" {
				return true
			}
		}
		return false
	}
	f.act(Type{"organisation.name", strings.Repeat("长", 64)})
	if shown() {
		t.Error("64 characters fit")
	}
	f.act(Type{"organisation.name", strings.Repeat("长", 65)})
	if !shown() {
		t.Error("65 characters do not fit, and nothing asks for a short form")
	}
}
