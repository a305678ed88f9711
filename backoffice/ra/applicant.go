package ra

import (
	"maps"
	"slices"
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
	CreditCode string `json:"credit_code"`
	Address    string `json:"address,omitempty"`
}

// OrganisationFields is what is entered of an organisation.
func OrganisationFields() Fields[Organisation] {
	return Fields[Organisation]{
		{ID: "organisation.credit_code", Name: Text{ZH: "统一社会信用代码", EN: "Social credit code"},
			Hint: Text{ZH: "营业执照上的 18 位代码", EN: "The 18 characters on the business licence"},
			At:   func(o *Organisation) *string { return &o.CreditCode }, Writing: WritingUpper, MaxLen: 24, Full: 18,
			Check: CheckCreditCode, Normal: NormalCreditCode,
			Again: Text{ZH: "再次输入统一社会信用代码", EN: "Credit code again"}},
		{ID: "organisation.name", Name: Text{ZH: "机构名称", EN: "Organisation"}, At: func(o *Organisation) *string { return &o.Name }, Check: CheckName},
		{ID: "organisation.address", Name: Text{ZH: "机构地址", EN: "Address"}, At: func(o *Organisation) *string { return &o.Address },
			Check: CheckName, Optional: true},
	}
}

// Person is a legal representative or a handler.
type Person struct {
	Name     string `json:"name"`
	IDNumber string `json:"id_number"`
	Mobile   string `json:"mobile,omitempty"`
	Email    string `json:"email,omitempty"`
}

// LegalFields is what is entered of a legal representative.
func LegalFields() Fields[Person] {
	return Fields[Person]{
		{ID: "legal.name", Name: Text{ZH: "法定代表人姓名", EN: "Legal representative"}, At: personName, Check: CheckName},
		idNumber("legal.id_number", Text{ZH: "法定代表人身份证号", EN: "Representative's ID"}),
	}
}

// HandlerFields is what is entered of a handler.
func HandlerFields() Fields[Person] {
	return Fields[Person]{
		{ID: "handler.name", Name: Text{ZH: "经办人姓名", EN: "Handler"}, At: personName, Check: CheckName},
		idNumber("handler.id_number", Text{ZH: "经办人身份证号", EN: "Handler's ID"}),
		{ID: "handler.mobile", Name: Text{ZH: "经办人手机号", EN: "Handler's mobile"}, At: func(p *Person) *string { return &p.Mobile },
			Writing: WritingDigits, MaxLen: 11, Full: 11, Check: CheckMobile, Normal: NormalMobile},
		{ID: "handler.email", Name: Text{ZH: "经办人邮箱", EN: "Handler's e-mail"}, At: func(p *Person) *string { return &p.Email },
			Writing: WritingLatin, Check: CheckEmail, Optional: true},
	}
}

func personName(p *Person) *string { return &p.Name }

func idNumber(id string, name Text) Field[Person] {
	return Field[Person]{ID: id, Name: name, Hint: Text{ZH: "18 位居民身份证号码", EN: "The 18 characters of the identity card"},
		At: func(p *Person) *string { return &p.IDNumber }, Writing: WritingIDNumber, MaxLen: 18, Full: 18,
		Check: CheckIDNumber, Normal: NormalIDNumber, Mask: MaskIDNumber}
}

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
func (a Applicant) Check() error {
	if err := OrganisationFields().Check(a.Organisation); err != nil {
		return err
	}
	if err := LegalFields().Check(a.Legal); err != nil {
		return err
	}
	return HandlerFields().Check(a.Handler)
}

// FieldWords are the words of everything that is entered, see Fields.Words.
func FieldWords(language string) map[string]string {
	all := map[string]string{}
	for _, words := range []map[string]string{
		OrganisationFields().Words(language), LegalFields().Words(language), HandlerFields().Words(language),
		InvoiceFields().Words(language), DeliveryFields().Words(language),
	} {
		maps.Copy(all, words)
	}
	return all
}
