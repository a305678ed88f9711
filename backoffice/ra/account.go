package ra

import "time"

// Account is a customer's login with the organisation it stands for.
type Account struct {
	ID           string       `json:"id"`
	ProjectID    string       `json:"project_id"`
	Login        string       `json:"login"` // mobile number or e-mail address, lower case
	Organisation Organisation `json:"organisation"`
	Legal        Person       `json:"legal"`
	Handler      Person       `json:"handler"`
	Agreed       []Agreed     `json:"agreed"`
	CreatedAt    time.Time    `json:"created_at"`
}

// Organisation as on the business licence.
type Organisation struct {
	Name       string `json:"name"`
	CreditCode string `json:"credit_code"`
	Address    string `json:"address,omitempty"`
}

// Person is a legal representative or a handler.
type Person struct {
	Name     string `json:"name"`
	IDNumber string `json:"id_number"`
	Mobile   string `json:"mobile,omitempty"`
	Email    string `json:"email,omitempty"`
}

// Agreed is an agreement in the version that was opened and agreed to.
type Agreed struct {
	AgreementID string    `json:"agreement_id"`
	Version     int       `json:"version"`
	At          time.Time `json:"at"`
}

// Registration is what a customer enters to get an account. The id makes it repeatable.
type Registration struct {
	ID           string       `json:"id"`
	ProjectID    string       `json:"project_id"`
	Login        string       `json:"login"`
	Password     string       `json:"password"`
	Organisation Organisation `json:"organisation"`
	Legal        Person       `json:"legal"`
	Handler      Person       `json:"handler"`
	Agreed       []Agreed     `json:"agreed"`
}

// Validate returns the first thing wrong, as an *Error naming the field ("login", "password", "organisation.name", …).
func (r Registration) Validate() error {
	checks := []struct {
		field string
		err   error
	}{
		{"login", CheckLogin(r.Login)},
		{"password", CheckPassword(r.Password)},
		{"organisation.name", CheckName(r.Organisation.Name)},
		{"organisation.credit_code", CheckCreditCode(r.Organisation.CreditCode)},
		{"legal.name", CheckName(r.Legal.Name)},
		{"legal.id_number", CheckIDNumber(r.Legal.IDNumber)},
		{"handler.name", CheckName(r.Handler.Name)},
		{"handler.id_number", CheckIDNumber(r.Handler.IDNumber)},
		{"handler.mobile", CheckMobile(r.Handler.Mobile)},
	}
	for _, c := range checks {
		if c.err != nil {
			return FieldError(c.field, c.err)
		}
	}
	if r.Handler.Email != "" {
		return FieldError("handler.email", CheckEmail(r.Handler.Email))
	}
	return nil
}
