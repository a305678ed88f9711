package ra

import (
	"strings"
	"testing"
)

// testFields holds a list of fields to what forms, checks and words rely on.
func testFields[T any](t *testing.T, fields Fields[T]) {
	t.Helper()
	var v T
	seen := map[string]bool{}
	for i, f := range fields {
		if f.ID == "" || seen[f.ID] || !strings.Contains(f.ID, ".") {
			t.Errorf("field %d: id %q", i, f.ID)
		}
		seen[f.ID] = true
		if (f.Check == nil) != (f.Writing == WritingChoice) || (len(f.Choices) == 0) != (f.Writing != WritingChoice) {
			t.Errorf("%s: a choice has choices and anything else has a check", f.ID)
		}
		if f.Value(v) != "" {
			t.Errorf("%s stands where another one does", f.ID)
		}
		*f.At(&v) = f.ID
	}
	for language := range map[string]bool{"zh": true, "en": true} {
		for key, words := range fields.Words(language) {
			if words == "" {
				t.Errorf("%s has no words in %s", key, language)
			}
		}
	}
	for key, words := range fields.Words("en") {
		if words == fields.Words("zh")[key] {
			t.Errorf("%s is not translated", key)
		}
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	testFields(t, OrganisationFields())
	testFields(t, LegalFields())
	testFields(t, HandlerFields())
	testFields(t, InvoiceFields())
	testFields(t, DeliveryFields())
}

func TestFieldsCheck(t *testing.T) {
	t.Parallel()
	special := Invoice{Kind: InvoiceSpecial, Title: "杭州示例科技有限公司", TaxNumber: "91330106MA2B1X2C36", Address: "文三路 1 号", Phone: "0571-88880000",
		Bank: "示例银行", Account: "330100000012345678"}
	for name, c := range map[string]struct {
		change func(*Invoice)
		field  string
		code   Code
	}{
		"right":               {func(*Invoice) {}, "", ""},
		"no kind":             {func(i *Invoice) { i.Kind = "" }, "invoice.kind", CodeRequired},
		"no kind of ours":     {func(i *Invoice) { i.Kind = "other" }, "invoice.kind", CodeInvalid},
		"left empty":          {func(i *Invoice) { i.Bank = " " }, "invoice.bank", CodeRequired},
		"does not apply":      {func(i *Invoice) { i.Kind, i.Bank = InvoiceOrdinary, "" }, "", ""},
		"the first one wrong": {func(i *Invoice) { i.Title, i.Account = "", "1" }, "invoice.title", CodeRequired},
		"wrong":               {func(i *Invoice) { i.Account = "1" }, "invoice.account", CodeBankAccount},
	} {
		i := special
		c.change(&i)
		err := InvoiceFields().Check(i, Setting{})
		field := ""
		if e, ok := err.(*Error); ok {
			field = e.Field
		}
		if CodeOf(err) != c.code || field != c.field {
			t.Errorf("%s: got %v at %q, want %s at %q", name, err, field, c.code, c.field)
		}
	}
	if err := HandlerFields().Check(Person{Name: "李四", IDNumber: "11010119900307123X", Mobile: "13800000000"}, Setting{}); CodeOf(err) != CodeIDNumberCheck {
		t.Errorf("got %v for a number with a wrong check character", err)
	}
}

func TestFieldsNormal(t *testing.T) {
	t.Parallel()
	got := InvoiceFields().Normal(Invoice{Kind: InvoiceOrdinary, Title: " 杭州示例 ", TaxNumber: "９1330106ma2b1x2c36 ", Bank: "left from before"})
	if want := (Invoice{Kind: InvoiceOrdinary, Title: "杭州示例", TaxNumber: "91330106MA2B1X2C36"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	person := HandlerFields().Normal(Person{Name: "李四 ", IDNumber: "11010119900307123x", Mobile: "138 0000 0000"})
	if want := (Person{Name: "李四", Document: DocumentResident, IDNumber: "11010119900307123X", Mobile: "13800000000"}); person != want {
		t.Errorf("got %+v, want %+v", person, want)
	}
}
