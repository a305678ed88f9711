package workflow

import (
	"slices"
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
	if n := fieldIn(t, f, "organisation.credit_code"); n.Problem != nil || !n.Insisted || n.Good || !f.ready() || len(f.insisted()) != 1 {
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

// TestInsistedOnOnce: what was insisted on in the registration is not asked again for the invoice or the parcel; another doubtful value is.
func TestInsistedOnOnce(t *testing.T) {
	t.Parallel()
	const old, other = "91350203M0000ABC6D", "91350203M0000ABC6E"
	v := &visit{}
	v.member.Organisation = ra.Organisation{CreditCode: old, Name: "示例公司"}
	v.member.Handler.Name = "张"
	f := typedForm(ra.InvoiceFields(), ra.Setting{})
	parcel := typedForm(ra.DeliveryFields(), ra.Setting{})
	for _, e := range append(slices.Clone(f.entries), parcel.entries...) {
		e.stands = v.recorded()
	}
	f.act(Type{"invoice.kind", "ordinary"})
	f.act(Type{"invoice.title", "示例公司"})
	f.act(Type{"invoice.tax_number", old})
	if n := fieldIn(t, f, "invoice.tax_number"); n.Problem != nil || !n.Insisted || n.Good || !f.ready() || !slices.Equal(f.insisted(), []string{"invoice.tax_number"}) {
		t.Errorf("the same number: %+v, ready %v, insisted %q", n, f.ready(), f.insisted())
	}
	f.act(Type{"invoice.tax_number", other})
	if n := fieldIn(t, f, "invoice.tax_number"); n.Problem == nil || !n.Doubt || f.ready() || len(f.insisted()) != 0 {
		t.Errorf("another number: %+v, ready %v, insisted %q", n, f.ready(), f.insisted())
	}
	parcel.act(Type{"delivery.kind", "courier_collect"})
	parcel.act(Type{"delivery.name", "张"})
	if n := fieldIn(t, parcel, "delivery.name"); n.Problem != nil {
		t.Errorf("the handler's odd name: %+v", n)
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

// TestNothingIsCalledRightThatNobodyJudged: a code, or the login name and password that somebody has, is right when the back office says so.
func TestNothingIsCalledRightThatNobodyJudged(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		open  func(*Workflow) step
		typed map[string]string
	}{
		"login":    {newLogIn, map[string]string{"login": "13800001234", "password": "secret123"}},
		"code":     {newCode, map[string]string{"auth_code": "12345678"}},
		"proof":    {newProof, map[string]string{"auth_code": "12345678"}},
		"password": {newPassword, map[string]string{"old": "secret123"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &Workflow{visit: &visit{inHand: inHand{order: &ra.Order{}}}}
			at := tc.open(w)
			if s, ok := at.(*logInStep); ok {
				at = s.formStep
			}
			f := at.(*formStep).build(w)
			for id, value := range tc.typed {
				f.set(id, value)
				f.act(Leave{id})
			}
			for _, field := range f.page().Fields {
				if tc.typed[field.ID] != "" && (field.Good || field.Problem != nil) {
					t.Errorf("%s is called right: %t, wrong: %v; want neither", field.ID, field.Good, field.Problem)
				}
			}
		})
	}
}
