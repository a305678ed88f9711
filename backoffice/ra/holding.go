package ra

import "time"

// Holding is a certificate as its organisation's members see it: what was bought, the key that it is on, and what may be done about it.
type Holding struct {
	ID           string           `json:"id"` // of the certificate
	SerialNumber string           `json:"serial_number"`
	State        CertificateState `json:"state"`
	NotBefore    time.Time        `json:"not_before"`
	NotAfter     time.Time        `json:"not_after"`
	Key          KeyIdentity      `json:"key"`
	Model        string           `json:"model"`   // UKeyModel.ID of the key
	Service      Text             `json:"service"` // that was ordered
	OrderNumber  string           `json:"order_number"`
	Managed      bool             `json:"managed"`               // an administrator PIN of the key is known
	LostAt       *time.Time       `json:"lost_at,omitempty"`     // when the key was reported lost, nil: it was not
	PaidMonths   int              `json:"paid_months,omitempty"` // of the term that was paid for next, which an extension writes; 0: none
	Offers       []Offer          `json:"offers"`
}

// HoldingQuery narrows a list of certificates to those whose key's serial number has a text, or whose own begins with it, and to those after
// one.
type HoldingQuery struct {
	Serial string
	Before string // id of the last one of the page before
	Live   bool   // only those in use, or on hold
}

// HoldingPage is a page of certificates, newest first.
type HoldingPage struct {
	Holdings []Holding `json:"holdings"`
	More     bool      `json:"more"` // others come after these
}

// MayReport tells whether its key may be reported lost now: CodeCertificateOver, CodeKeyLost for one that was.
func (h Holding) MayReport() error {
	switch {
	case h.LostAt != nil:
		return E(CodeKeyLost)
	case h.State != CertificateActive && h.State != CertificateSuspended:
		return E(CodeCertificateOver)
	}
	return nil
}

// Over tells whether it is past its end.
func (h Holding) Over(now time.Time) bool { return now.After(h.NotAfter) }

// Offer is a service that the project has for certificates, and why it cannot be ordered for one now.
type Offer struct {
	Kind    Kind              `json:"kind"`
	Reason  ServiceReason     `json:"reason,omitempty"`
	Refused Code              `json:"refused,omitempty"` // "": it can
	Args    map[string]string `json:"args,omitempty"`
}

// CheckState tells whether an order may be placed on a certificate in that state: CodeCertificateSuspended, CodeCertificateOver.
func (r ServiceRule) CheckState(s CertificateState) error {
	switch {
	case s == CertificateActive, s == CertificateSuspended && r.Suspended:
		return nil
	case s == CertificateSuspended:
		return E(CodeCertificateSuspended)
	}
	return E(CodeCertificateOver)
}

// CheckKey tells whether an order may be placed on a certificate of a key that is managed or not: CodeKeyUnmanaged (args: serial) for work that needs
// the administrator PIN of a key whose PIN nobody knows.
func (r ServiceRule) CheckKey(k KeyIdentity, managed bool) error {
	if managed || r.Plan.Blank() || !r.Plan.Has(StepAdministrator) {
		return nil
	}
	return E(CodeKeyUnmanaged, "serial", k.Serial)
}

// OnCertificates lists the rows of services on existing certificates that the project sells, in the order of the home screen.
func (p Project) OnCertificates() []ServiceRule {
	var all []ServiceRule
	for _, rule := range serviceRules {
		if rule.Targets != TargetsNone && len(p.ServicesFor(rule.Kind, rule.Reason)) > 0 {
			all = append(all, rule)
		}
	}
	return all
}

// Work is one thing that waits to be done on a key: a unit of an approved order.
type Work struct {
	OrderID     string        `json:"order_id"`
	OrderNumber string        `json:"order_number"`
	Kind        Kind          `json:"kind"`
	Reason      ServiceReason `json:"reason,omitempty"`
	Service     Text          `json:"service"`
	UnitID      string        `json:"unit_id"`
	State       UnitState     `json:"state"`
	Target      *UnitTarget   `json:"target,omitempty"` // nil: for a new key
	ApprovedAt  time.Time     `json:"approved_at"`
}
