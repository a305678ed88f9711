package ra

import (
	"cmp"
	"maps"
	"slices"
	"unicode/utf8"

	"keyhall/backoffice/ra/text"
)

// Applicant is the organisation and the people an order speaks for.
type Applicant struct {
	Organisation Organisation `json:"organisation"`
	Legal        Person       `json:"legal"`
	Handler      Person       `json:"handler"`
}

// Organisation as on the business licence.
type Organisation struct {
	Name       string `json:"name"`
	ShortName  string `json:"short_name,omitempty"` // stands in certificates where the name is longer than they can carry
	CreditCode string `json:"credit_code"`
	Address    string `json:"address,omitempty"`
}

// CertificateName is the organisation's name as certificates carry it: the full one, or the short form that was agreed on.
func (o Organisation) CertificateName() string { return cmp.Or(o.ShortName, o.Name) }

// OrganisationFields is what is entered of an organisation.
func OrganisationFields() Fields[Organisation] {
	return Fields[Organisation]{
		{ID: "organisation.credit_code", Name: Text{ZH: "统一社会信用代码", EN: "Social credit code"},
			Hint: Text{ZH: "营业执照上的 18 位代码", EN: "The 18 characters on the business licence"},
			At:   func(o *Organisation) *string { return &o.CreditCode }, Writing: WritingCredit, MaxLen: 24, Full: 18,
			Check: CheckCreditCode, Normal: NormalCreditCode, Remark: RemarkCreditCode,
			Again: Text{ZH: "再次输入统一社会信用代码", EN: "Credit code again"}},
		{ID: "organisation.name", Name: Text{ZH: "单位名称", EN: "Organisation"}, At: func(o *Organisation) *string { return &o.Name }, Check: CheckName},
		{ID: "organisation.short_name", Name: Text{ZH: "证书中的单位简称", EN: "Short name, for the certificate"},
			Hint: Text{ZH: "单位名称超过 64 个字，证书放不下。请填写不超过 64 个字的简称，印在证书里；全称保留在档案中",
				EN: "The name is longer than 64 characters, more than a certificate carries. Give a short form of at most 64 for it; the full name stays on file"},
			At: func(o *Organisation) *string { return &o.ShortName }, MaxLen: MaxName, Check: CheckCertificateName, When: Organisation.tooLong},
		{ID: "organisation.address", Name: Text{ZH: "单位地址", EN: "Address"}, At: func(o *Organisation) *string { return &o.Address },
			Check: CheckName, Optional: true},
	}
}

// tooLong: no certificate can carry the organisation's name.
func (o Organisation) tooLong() bool { return utf8.RuneCountInString(text.Line(o.Name)) > MaxName }

// Person is a legal representative or a handler.
type Person struct {
	Name     string   `json:"name"`
	Document Document `json:"document,omitempty"` // "" counts as the resident's card
	IDNumber string   `json:"id_number"`          // of the document
	Mobile   string   `json:"mobile,omitempty"`
	Email    string   `json:"email,omitempty"`
}

// LegalFields is what is entered of a legal representative.
func LegalFields() Fields[Person] {
	return Fields[Person]{
		{ID: "legal.name", Name: Text{ZH: "法定代表人姓名", EN: "Legal representative"}, At: personName, Writing: WritingName, Check: CheckPersonName},
		documentField("legal.document", Text{ZH: "法定代表人证件种类", EN: "Representative's identity document"}),
		numberField("legal.id_number", Text{ZH: "法定代表人证件号码", EN: "Representative's document number"}),
	}
}

// HandlerFields is what is entered of a handler.
func HandlerFields() Fields[Person] {
	return Fields[Person]{
		{ID: "handler.name", Name: Text{ZH: "经办人姓名", EN: "Handler"}, At: personName, Writing: WritingName, Check: CheckPersonName},
		documentField("handler.document", Text{ZH: "经办人证件种类", EN: "Handler's identity document"}),
		numberField("handler.id_number", Text{ZH: "经办人证件号码", EN: "Handler's document number"}),
		{ID: "handler.mobile", Name: Text{ZH: "经办人手机号", EN: "Handler's mobile"}, At: func(p *Person) *string { return &p.Mobile },
			Writing: WritingPhone, MaxLen: 24, Full: 11, Check: CheckMobile, Suits: takesMobile, Normal: NormalMobile},
		{ID: "handler.email", Name: Text{ZH: "经办人邮箱", EN: "Handler's e-mail"}, At: func(p *Person) *string { return &p.Email },
			Writing: WritingLatin, Check: CheckEmail, Normal: NormalEmail, Optional: true},
	}
}

func personName(p *Person) *string { return &p.Name }

// With is the applicant with a part of their data as another has it.
func (a Applicant) With(p Part, from Applicant) Applicant {
	switch p {
	case PartLegal:
		a.Legal = from.Legal
	case PartOrganisation:
		a.Organisation = from.Organisation
	case PartHandler:
		a.Handler, a.Organisation.Address = from.Handler, from.Organisation.Address
	}
	return a
}

// Changes are the ids of the fields in which another has other data.
func (a Applicant) Changes(to Applicant) (ids []string) {
	eachField(&a, &to, func(id string, mine, other *string) {
		if *mine != *other {
			ids = append(ids, id)
		}
	})
	return ids
}

// Changed is a field in which two applicants differ, as a paper or page shows it.
type Changed struct {
	ID, Old, New string
	Name         Text
}

// Compare lists the fields in which another has other data; the value of a choice is its Chinese name.
func (a Applicant) Compare(to Applicant) []Changed {
	return slices.Concat(compare(OrganisationFields(), a.Organisation, to.Organisation), compare(LegalFields(), a.Legal, to.Legal),
		compare(HandlerFields(), a.Handler, to.Handler))
}

func compare[T any](fields Fields[T], a, b T) (all []Changed) {
	for _, f := range fields {
		if old, now := f.Value(a), f.Value(b); old != now {
			all = append(all, Changed{f.ID, f.shown(old), f.shown(now), f.Name})
		}
	}
	return all
}

// Take is the applicant with those fields as another has them, and all others as they are.
func (a Applicant) Take(ids []string, from Applicant) Applicant {
	eachField(&a, &from, func(id string, mine, other *string) {
		if slices.Contains(ids, id) {
			*mine = *other
		}
	})
	return a
}

// eachField goes through what is entered of two applicants side by side.
func eachField(a, b *Applicant, do func(id string, mine, other *string)) {
	sideBySide(OrganisationFields(), &a.Organisation, &b.Organisation, do)
	sideBySide(LegalFields(), &a.Legal, &b.Legal, do)
	sideBySide(HandlerFields(), &a.Handler, &b.Handler, do)
}

func sideBySide[T any](fields Fields[T], a, b *T, do func(id string, mine, other *string)) {
	for _, f := range fields {
		do(f.ID, f.At(a), f.At(b))
	}
}

// Normal is the applicant as they are kept and compared.
func (a Applicant) Normal() Applicant {
	return Applicant{Organisation: OrganisationFields().Normal(a.Organisation), Legal: LegalFields().Normal(a.Legal), Handler: HandlerFields().Normal(a.Handler)}
}

// Check returns the first thing wrong as an *Error naming the field.
func (a Applicant) Check(at Setting) error {
	if err := OrganisationFields().Check(a.Organisation, at); err != nil {
		return err
	}
	if err := LegalFields().Check(a.Legal, at); err != nil {
		return err
	}
	return HandlerFields().Check(a.Handler, at)
}

// All is everything that the checks say of what was entered, see Fields.All.
func (a Applicant) All(at Setting) []*Error {
	return slices.Concat(OrganisationFields().All(a.Organisation, at), LegalFields().All(a.Legal, at), HandlerFields().All(a.Handler, at))
}

// Doubts are the doubts and remarks among it.
func (a Applicant) Doubts(at Setting) []*Error {
	return slices.DeleteFunc(a.All(at), func(e *Error) bool { return !Taken(e) })
}

// FieldWords are the words of everything that is entered, see Fields.Words.
func FieldWords(language string) map[string]string {
	all := map[string]string{}
	for _, words := range []map[string]string{
		OrganisationFields().Words(language), LegalFields().Words(language), HandlerFields().Words(language),
		InvoiceFields().Words(language), DeliveryFields().Words(language), documentWords(language),
	} {
		maps.Copy(all, words)
	}
	return all
}
