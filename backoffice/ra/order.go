package ra

import (
	"slices"
	"strconv"
	"time"
)

// Order is one application of an organisation.
type Order struct {
	ID     string `json:"id"`
	Number string `json:"number"` // human number: prefix, sequence, check character
	Kind   Kind   `json:"kind"`
	// Reason tells orders of one kind apart; kind and reason are a row of the table of services.
	Reason    ServiceReason `json:"reason,omitempty"`
	ProjectID string        `json:"project_id"`
	// MembershipID is whose order it is.
	MembershipID string         `json:"membership_id"`
	KioskID      string         `json:"kiosk_id"`
	HallID       string         `json:"hall_id"` // where it was placed
	State        OrderState     `json:"state"`
	Payment      PaymentState   `json:"payment"`
	Materials    MaterialsState `json:"materials"`
	Version      int            `json:"version"` // grows with every change; a change names the version it saw

	Applicant Applicant `json:"applicant"`         // the data as applied for, brought up to date when it is approved and when a key is begun
	Changes   []string  `json:"changes,omitempty"` // the ids of the applicant's fields that it brings anew
	// Former is the applicant's data as it was when the order was placed, nil for one that brings nothing anew.
	Former    *Applicant `json:"former,omitempty"`
	Lines     []Line     `json:"lines"`
	AmountFen int64      `json:"amount_fen"`
	Invoice   Invoice    `json:"invoice"`
	Delivery  Delivery   `json:"delivery"`
	// Files is what the customer said of files that only the replaced certificates' keys open.
	Files FilesAnswer `json:"files,omitempty"`

	Papers []Material `json:"papers"`
	Units  []Unit     `json:"units"`
	// Returned holds the reasons when materials or the whole order were sent back.
	Returned []Reason `json:"returned,omitempty"`

	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
	ApprovedAt *time.Time `json:"approved_at,omitempty"`
}

// Line is one service of the catalogue in an order, with the price at the time of ordering.
type Line struct {
	ServiceID  string `json:"service_id"`
	Name       Text   `json:"name"`
	Quantity   int    `json:"quantity"`
	PriceFen   int64  `json:"price_fen"` // for one
	TermMonths int    `json:"term_months"`
}

// Application is what a kiosk places as a new order. The id makes it repeatable, the number stays from birth.
type Application struct {
	ID     string        `json:"id"`
	Number string        `json:"number"`
	Kind   Kind          `json:"kind"`
	Reason ServiceReason `json:"reason,omitempty"`
	Lines  []ChosenLine  `json:"lines"`
	// Applicant is what a change makes of the applicant's data; what it does not change stays as it is. Nil for the other kinds.
	Applicant *Applicant    `json:"applicant,omitempty"`
	Invoice   Invoice       `json:"invoice"`
	Delivery  Delivery      `json:"delivery"`
	Method    PaymentMethod `json:"method"`
	// SeenFen is the total that the customer was shown, nil where none was.
	SeenFen *int64 `json:"seen_fen,omitempty" minimum:"0"`
	// Files is the answer to whether files are still encrypted with the key, where the table of services asks.
	Files    FilesAnswer `json:"files,omitempty"`
	Insisted []string    `json:"insisted,omitempty"` // ids of the fields whose doubts the customer was told of and insists on
}

// ChosenLine is a service, and what for: how many new keys, or which certificates. Neither where the office knows by itself which.
type ChosenLine struct {
	ServiceID string   `json:"service_id"`
	Quantity  int      `json:"quantity,omitempty"`
	Targets   []string `json:"targets,omitempty"` // ids of certificates
}

// Count is how many keys or certificates are chosen, 0 where the office knows by itself which.
func (l ChosenLine) Count() int { return max(l.Quantity, len(l.Targets)) }

// PaymentMethod is how an order is paid.
type PaymentMethod string

// MethodTransfer is a bank transfer with an uploaded remittance slip that a person confirms.
const MethodTransfer PaymentMethod = "bank_transfer"

// FilesAnswer is what a customer says when asked whether files are still encrypted with a key whose certificate is replaced.
type FilesAnswer string

// The answers.
const (
	FilesUnasked FilesAnswer = ""
	FilesNone    FilesAnswer = "none" // they confirm that nothing is
	FilesSome    FilesAnswer = "some" // something is: staff look after the case
)

// FilesAnswers lists them, sorted.
func FilesAnswers() []FilesAnswer { return []FilesAnswer{FilesUnasked, FilesNone, FilesSome} }

// Unit is one key of an order.
type Unit struct {
	ID         string `json:"id"`
	OrderID    string `json:"order_id"`
	Index      int    `json:"index"` // from 1
	ServiceID  string `json:"service_id"`
	TermMonths int    `json:"term_months"` // 0 where its kind has none
	// Target is the certificate that it is about, nil for a new one.
	Target        *UnitTarget `json:"target,omitempty"`
	TermID        string      `json:"term_id,omitempty"` // of the term that it uses; "" where it is paid for itself
	State         UnitState   `json:"state"`
	OperationID   string      `json:"operation_id,omitempty"`
	KioskID       string      `json:"kiosk_id,omitempty"`
	UKeyModel     string      `json:"ukey_model,omitempty"`
	UKeySerial    string      `json:"ukey_serial,omitempty"`
	CertificateID string      `json:"certificate_id,omitempty"`
}

// UnitTarget is a certificate that the register knows, with the key that it is on.
type UnitTarget struct {
	CertificateID string      `json:"certificate_id"`
	SerialNumber  string      `json:"serial_number"` // lower-case hex
	Key           KeyIdentity `json:"key"`
	NotAfter      time.Time   `json:"not_after"`
}

// Before is the applicant's data without what the order brings anew.
func (o Order) Before() Applicant {
	if o.Former != nil {
		return *o.Former
	}
	return o.Applicant
}

// HasDone tells whether any unit of the order is done.
func (o Order) HasDone() bool {
	return slices.ContainsFunc(o.Units, func(u Unit) bool { return u.State == UnitDone })
}

// InHand tells whether somebody is at work on a key of the order.
func (o Order) InHand() bool {
	return slices.ContainsFunc(o.Units, func(u Unit) bool { return u.State == UnitReserved || u.State == UnitIssued })
}

// Remaining counts the units that are neither done nor given up.
func (o Order) Remaining() int {
	n := 0
	for _, u := range o.Units {
		if u.State != UnitDone && u.State != UnitReleased {
			n++
		}
	}
	return n
}

// Unit returns one of the order's units, zero for another's.
func (o Order) Unit(id string) Unit {
	i := slices.IndexFunc(o.Units, func(u Unit) bool { return u.ID == id })
	if i < 0 {
		return Unit{}
	}
	return o.Units[i]
}

// PriceOf is what a unit of the order cost when it was ordered: the units stand in the order of the lines that price them.
func (o Order) PriceOf(u Unit) int64 {
	upTo := 0
	for _, l := range o.Lines {
		if upTo += l.Quantity; u.Index <= upTo {
			return l.PriceFen
		}
	}
	return 0
}

// Targets are the ids of the certificates that the order's units are about, sorted.
func (o Order) Targets() []string {
	var all []string
	for _, u := range o.Units {
		if u.Target != nil {
			all = append(all, u.Target.CertificateID)
		}
	}
	slices.Sort(all)
	return all
}

// All is everything that the checks say of what was entered of the order, see Fields.All.
func (o Order) All(at Setting) []*Error {
	return slices.Concat(o.Applicant.All(at), InvoiceFields().All(o.Invoice, at), DeliveryFields().All(o.Delivery, at))
}

// CheckVersion is CodeConflict (field "version", args: version) when the order changed since the caller saw it.
func (o Order) CheckVersion(seen int) error {
	if o.Version != seen {
		return E(CodeConflict, "version", strconv.Itoa(o.Version)).At("version")
	}
	return nil
}

// Paper returns the material of that kind, or a missing one.
func (o Order) Paper(kind MaterialKind) Material {
	i := slices.IndexFunc(o.Papers, func(m Material) bool { return m.Kind == kind })
	if i < 0 {
		return Material{Kind: kind, Verdict: VerdictNone}
	}
	return o.Papers[i]
}
