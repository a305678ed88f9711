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
	// Key acts in the member's place in this session, nil where the member does. It is no part of the membership, and stored nowhere.
	Key *ActingKey `json:"-"`
	// OrderID is of the one order that this session is about, "" for all. It is no part of the membership either.
	OrderID string `json:"-"`
}

// Applicant is who they are, as it is believed now.
func (m Membership) Applicant() Applicant {
	return Applicant{Organisation: m.Organisation, Legal: m.Legal, Handler: m.Handler}
}

// Session is a customer's login at one kiosk: one person, in one membership once that is chosen; or one key, in that of its certificate.
type Session struct {
	Token       string       `json:"token"` // goes into "Authorization: Bearer"
	Expires     time.Time    `json:"expires"`
	Login       string       `json:"login"`
	Membership  *Membership  `json:"membership,omitempty"` // nil: to be chosen
	Memberships []Membership `json:"memberships"`          // the person's, of the projects that the kiosk offers
	// Key acts instead of a person, nil where one logged in. Of the membership only project and organisation are told then.
	Key *ActingKey `json:"key,omitempty"`
	// OrderID is of the one order that the session is about, which a code to the registered mobile opened; "" for all.
	OrderID string `json:"order_id,omitempty"`
	// Mandate seals what the customer leaves with the kiosk; only the answer to a login has it.
	Mandate MandateKey `json:"mandate"`
}

// String keeps the token out of logs.
func (Session) String() string { return "[session]" }

// GoString keeps the token out of %#v.
func (Session) GoString() string { return "[session]" }

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
	Insisted     []string     `json:"insisted,omitempty"`    // ids of the fields whose doubts the customer was told of and insists on
	MobileCode   string       `json:"mobile_code,omitempty"` // what was sent to the handler's mobile, where the project asks for it
}

// Validate returns the first thing wrong, as an *Error naming the field ("login", "password", "organisation.name", …).
func (r Registration) Validate(at Setting) error {
	if err := FieldError("login", CheckLogin(r.Login)); err != nil {
		return err
	}
	if err := FieldError("login", at.Takes(r.Login)); CheckEmail(r.Login) != nil && err != nil {
		return err
	}
	if err := FieldError("password", CheckPassword(r.Password)); err != nil {
		return err
	}
	return r.ValidateClaim(at)
}

// ValidateClaim is Validate without login name and password.
func (r Registration) ValidateClaim(at Setting) error {
	at.Insisted = r.Insisted
	return r.Applicant().Check(at)
}

// Applicant is who they are.
func (r Registration) Applicant() Applicant {
	return Applicant{Organisation: r.Organisation, Legal: r.Legal, Handler: r.Handler}
}
