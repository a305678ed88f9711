package ra

import "time"

// Membership ties a person, who has the logins, to an organisation in a project.
type Membership struct {
	ID           string          `json:"id"`
	PersonID     string          `json:"person_id"`
	ProjectID    string          `json:"project_id"`
	State        MembershipState `json:"state"`
	Login        string          `json:"login"` // the person's: mobile number or e-mail address, lower case
	Organisation Organisation    `json:"organisation"`
	Legal        Person          `json:"legal"`
	Handler      Person          `json:"handler"`
	Agreed       []Agreed        `json:"agreed"`
	CreatedAt    time.Time       `json:"created_at"`
}

// Session is a customer's login at one kiosk: one person, in one membership once that is chosen.
type Session struct {
	Token       string       `json:"token"` // goes into "Authorization: Bearer"
	Expires     time.Time    `json:"expires"`
	Login       string       `json:"login"`
	Membership  *Membership  `json:"membership,omitempty"` // nil: to be chosen
	Memberships []Membership `json:"memberships"`          // the person's, of the projects that the kiosk offers
	// Mandate seals what the customer leaves with the kiosk; only the answer to a login has it.
	Mandate MandateKey `json:"mandate"`
}

// String keeps the token out of logs.
func (Session) String() string { return "[session]" }

// GoString keeps the token out of %#v.
func (Session) GoString() string { return "[session]" }

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

// Registration is what a customer enters to become a member: with login name and password, or within a session without.
// The id makes it repeatable and becomes the membership's.
type Registration struct {
	ID           string       `json:"id"`
	ProjectID    string       `json:"project_id"`
	Login        string       `json:"login,omitempty"`
	Password     string       `json:"password,omitempty"`
	Organisation Organisation `json:"organisation"`
	Legal        Person       `json:"legal"`
	Handler      Person       `json:"handler"`
	Agreed       []Agreed     `json:"agreed"`
}

// Validate returns the first thing wrong, as an *Error naming the field ("login", "password", "organisation.name", …).
func (r Registration) Validate() error {
	if err := FieldError("login", CheckLogin(r.Login)); err != nil {
		return err
	}
	if err := FieldError("password", CheckPassword(r.Password)); err != nil {
		return err
	}
	return r.ValidateClaim()
}

// ValidateClaim is Validate without login name and password.
func (r Registration) ValidateClaim() error {
	checks := []struct {
		field string
		err   error
	}{
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
