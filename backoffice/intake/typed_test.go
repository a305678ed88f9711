package intake_test

import (
	"strings"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// However a login name or a number is typed, it is the same person's, and what is stored has one form.
func TestOneForm(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	r := h.Registration(t)
	plain := r.Login
	r.Login, r.Handler.Mobile = "+86 "+plain[:3]+" "+plain[3:7]+" "+plain[7:], plain[:3]+"-"+plain[3:]
	r.Organisation.Name, r.Organisation.CreditCode = " 测试(上海) 有限公司", "９１110000ma000001 52"
	r.Handler.Email = "Zhang@Example.CN "
	m, err := h.Register(ctx, h.Kiosk, r)
	if err != nil {
		t.Fatal(err)
	}
	if m.Login != plain || m.Handler.Mobile != plain || m.Organisation.Name != "测试（上海）有限公司" || m.Organisation.CreditCode != "91110000MA00000152" ||
		m.Handler.Email != "zhang@example.cn" || m.Legal.Document != ra.DocumentResident {
		t.Errorf("stored %+v", m)
	}
	for _, typed := range []string{plain, plain[:3] + " " + plain[3:], "0086" + plain, "１" + plain[1:]} {
		if s, err := h.LogIn(ctx, h.Kiosk, typed, r.Password); err != nil || s.Login != plain {
			t.Errorf("log in as %q: %v", typed, err)
		}
	}
	r.Login, r.Organisation.Name = plain, "测试（上海）有限公司"
	if again, err := h.Register(ctx, h.Kiosk, r); err != nil || again.ID != m.ID {
		t.Errorf("the same typed otherwise: %v", err)
	}
}

func TestDocumentsAndDoubts(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	child := "110101202401010019" // the hall's clock stands in 2026
	for name, c := range map[string]struct {
		change func(*ra.Registration)
		code   ra.Code
		field  string
	}{
		"passport":             {func(r *ra.Registration) { r.Legal.Document, r.Legal.IDNumber = ra.DocumentPassport, "X00000001" }, "", ""},
		"permit":               {func(r *ra.Registration) { r.Handler.Document, r.Handler.IDNumber = ra.DocumentHKMacau, "h00000000" }, "", ""},
		"passport as a card":   {func(r *ra.Registration) { r.Legal.IDNumber = "X00000001" }, ra.CodeIDNumberLength, "legal.id_number"},
		"permit as a card":     {func(r *ra.Registration) { r.Legal.IDNumber = "H00000000" }, ra.CodeIDNumberOther, "legal.id_number"},
		"no such document":     {func(r *ra.Registration) { r.Legal.Document = "library" }, ra.CodeInvalid, "legal.document"},
		"not born yet":         {func(r *ra.Registration) { r.Legal.IDNumber = "110101209912310015" }, ra.CodeIDNumberDate, "legal.id_number"},
		"a child":              {func(r *ra.Registration) { r.Handler.IDNumber = child }, ra.CodeAge, "handler.id_number"},
		"a child, insisted on": {func(r *ra.Registration) { r.Handler.IDNumber, r.Insisted = child, []string{"handler.id_number"} }, "", ""},
		"insisted elsewhere":   {func(r *ra.Registration) { r.Handler.IDNumber, r.Insisted = child, []string{"legal.id_number"} }, ra.CodeAge, "handler.id_number"},
		"an old code":          {func(r *ra.Registration) { r.Organisation.CreditCode = "91350203M0000ABC6D" }, ra.CodeCreditCodeCheck, "organisation.credit_code"},
		"an old code, insisted": {func(r *ra.Registration) {
			r.Organisation.CreditCode, r.Insisted = "91350203M0000ABC6D", []string{"organisation.credit_code"}
		}, "", ""},
		"zeros, insisted on": {func(r *ra.Registration) {
			r.Organisation.CreditCode, r.Insisted = strings.Repeat("0", 18), []string{"organisation.credit_code"}
		}, ra.CodeCreditCodeDepartment, "organisation.credit_code"},
		"a remark":                {func(r *ra.Registration) { r.Organisation.CreditCode = "91330100MA0000001F" }, "", ""},
		"Hong Kong's mobile":      {func(r *ra.Registration) { r.Login, r.Handler.Mobile = "+852 51234567", "00852 51234567" }, "", ""},
		"Taiwan's mobile":         {func(r *ra.Registration) { r.Handler.Mobile = "+886 912345678" }, ra.CodeMobileCountry, "handler.mobile"},
		"Taiwan's login":          {func(r *ra.Registration) { r.Login = "+886 912345678" }, ra.CodeMobileCountry, "login"},
		"a name that is too long": {func(r *ra.Registration) { r.Organisation.Name = strings.Repeat("长", 65) }, ra.CodeRequired, "organisation.short_name"},
		"with a short form": {func(r *ra.Registration) {
			r.Organisation.Name, r.Organisation.ShortName = strings.Repeat("长", 120), strings.Repeat("长", 64)
		}, "", ""},
		"a handler too long": {func(r *ra.Registration) { r.Handler.Name = strings.Repeat("长", 65) }, ra.CodeTooLong, "handler.name"},
		"nobody sees it":     {func(r *ra.Registration) { r.Legal.Name = "张\u200B三" }, ra.CodeCharacter, "legal.name"},
	} {
		r := h.Registration(t)
		c.change(&r)
		_, err := h.Register(ctx, h.Kiosk, r)
		if c.code == "" && err == nil {
			continue
		}
		servicetest.WantCode(t, name, err, c.code, c.field)
	}
}

// What the customer insisted on is a fact for the reviewer, by the same rules.
func TestInsistedOnIsSeen(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	r := h.Registration(t)
	r.Organisation.CreditCode, r.Legal.Name = "91350203M0000ABC6D", "张"
	r.Insisted = []string{"organisation.credit_code", "legal.name"}
	m, err := h.Register(ctx, h.Kiosk, r)
	if err != nil {
		t.Fatal(err)
	}
	a := h.Application(t, 1)
	a.Invoice.Title = "杭州别家科技有限公司"
	order, err := h.Place(ctx, h.Kiosk, m, a)
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.Case(ctx, h.Counter, order.ID)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, check := range c.Checks {
		if !check.OK {
			got[check.Name] = check.Note
		}
	}
	for name, note := range map[string]string{"credit_code": "", "doubt_credit_code_check": "organisation.credit_code", "doubt_name_odd": "legal.name", "invoice_number": "", "invoice_title": ""} {
		if said, there := got[name]; !there || said != note {
			t.Errorf("%s: %q, %v in %v", name, said, there, got)
		}
	}
	if _, there := got["id_number"]; there {
		t.Error("the identity numbers are right")
	}
	if facts := c.History[0].Facts["doubts"]; facts != "organisation.credit_code credit_code_check, legal.name name_odd" {
		t.Errorf("the trail says %q", facts)
	}
}
