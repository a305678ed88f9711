package review

import (
	"context"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// mobileElsewhere is how far back the same mobile number with another organisation is looked for.
const mobileElsewhere = 30 * 24 * time.Hour

// Check is one thing the console shows green or amber beside an application. Name is stable and translated under
// "check.<name>": "credit_code", "id_number", "mobile_elsewhere", "organisation_record", "pages_complete", "payment_settled",
// "invoice_title", "invoice_number", and "doubt_<code>" for each doubt on which the customer insisted.
type Check struct {
	Name string
	OK   bool
	Note string // facts, no personal data; of a doubt the field
}

// Case is everything under one order's number.
type Case struct {
	Order        ra.Order
	Member       ra.Membership
	Kiosk        ra.Kiosk
	Project      ra.Project
	Checks       []Check
	Operations   []ra.Operation
	Certificates []ra.Certificate
	Proofs       []book.StoredProof
	Messages     []book.SentMessage // mobile numbers masked
	Code         *CodeStatus        // nil: no code opens anything of it now
	History      []book.AuditRow    // oldest first
	Claim        *book.Claim        // nil: nobody
	Reference    string             // of the confirmed transfer
	Owed         []book.Owed        // to be refunded or credited
	Concerns     []book.Concern     // the certificates that it is about
	Own          bool               // who looks decides nothing here: it is theirs, or their organisation's
}

// Case returns everything under one order that the member of staff may see, and writes down who looked: CodeNotFound.
func (r *Review) Case(ctx context.Context, staff ra.Staff, orderID string) (Case, error) {
	var c Case
	parts := []func() error{
		func() (err error) { c.Order, err = r.seenOrder(ctx, staff, orderID); return err },
		func() (err error) { c.Member, err = r.store.Membership(ctx, c.Order.MembershipID); return err },
		func() (err error) { c.Project, err = r.store.Project(ctx, c.Order.ProjectID); return err },
		func() (err error) {
			kiosk, err := r.store.Kiosk(ctx, c.Order.KioskID)
			c.Kiosk = kiosk.Kiosk
			return err
		},
		func() (err error) { c.Checks, err = r.checks(ctx, c.Order, c.Member, c.Project); return err },
		func() (err error) { c.Operations, err = r.operations(ctx, orderID); return err },
		func() (err error) { c.Certificates, err = r.store.CertificatesOfOrder(ctx, orderID); return err },
		func() (err error) { c.Proofs, err = r.store.ProofsOfOrder(ctx, orderID); return err },
		func() (err error) { c.Messages, err = r.messagesOf(ctx, orderID); return err },
		func() (err error) { c.Code, err = r.codeOf(ctx, c.Order, c.Messages); return err },
		func() (err error) { c.History, err = r.store.AuditOfOrder(ctx, orderID); return err },
		func() (err error) { c.Claim, err = r.claimOf(ctx, orderID); return err },
		func() (err error) { c.Reference, err = r.referenceOf(ctx, orderID); return err },
		func() (err error) { c.Concerns, err = r.store.ConcernsOfOrder(ctx, orderID); return err },
		func() (err error) { c.Owed, err = r.store.OwedOfOrder(ctx, orderID); return err },
		func() (err error) { c.Own, err = r.store.OwnOrder(ctx, staff.ID, orderID); return err },
		func() error { return r.clerk.Look(ctx, r.store, book.StaffActor(staff), "case.view", orderID, "") },
	}
	for _, part := range parts {
		if err := part(); err != nil {
			return Case{}, err
		}
	}
	return c, nil
}

func (r *Review) operations(ctx context.Context, orderID string) ([]ra.Operation, error) {
	all, err := r.store.OperationsOfOrder(ctx, orderID)
	operations := make([]ra.Operation, 0, len(all))
	for _, p := range all {
		operations = append(operations, p.Operation)
	}
	return operations, err
}

func (r *Review) messagesOf(ctx context.Context, orderID string) ([]book.SentMessage, error) {
	all, err := r.store.MessagesOfOrder(ctx, orderID)
	for i := range all {
		all[i].Mobile = ra.MaskMobile(all[i].Mobile)
	}
	return all, err
}

func (r *Review) claimOf(ctx context.Context, orderID string) (*book.Claim, error) {
	claims, err := r.store.Claims(ctx, []string{orderID}, r.clerk.Now())
	if c, ok := claims[orderID]; ok {
		return &c, err
	}
	return nil, err
}

func (r *Review) referenceOf(ctx context.Context, orderID string) (string, error) {
	_, reference, err := r.store.Payment(ctx, orderID)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return "", nil
	}
	return reference, err
}

// checks looks at what a machine can see of an application.
func (r *Review) checks(ctx context.Context, o ra.Order, m ra.Membership, p ra.Project) ([]Check, error) {
	own := []string{o.Applicant.Organisation.CreditCode, m.Organisation.CreditCode} // two where the order brings another number
	elsewhere, err := r.store.MobileElsewhere(ctx, o.Applicant.Handler.Mobile, own, r.clerk.Now().Add(-mobileElsewhere))
	if err != nil {
		return nil, err
	}
	short := 0
	for _, m := range o.Papers {
		if m.Kind != ra.MaterialRemittance && len(m.Pages) < m.MinPages {
			short++
		}
	}
	rule, _ := ra.RuleOf(o.Kind, o.Reason) // what a change brings anew is not in the record yet
	fits, err := r.fitsRecord(ctx, o.Applicant.With(rule.Changes, ra.Applicant{Organisation: m.Organisation, Legal: m.Legal, Handler: m.Handler}))
	if err != nil {
		return nil, err
	}
	doubts, wrong := r.doubts(o, p)
	return append([]Check{
		{Name: "credit_code", OK: !wrong["organisation.credit_code"]},
		{Name: "id_number", OK: !wrong["legal.id_number"] && !wrong["handler.id_number"]},
		{Name: "mobile_elsewhere", OK: elsewhere == 0, Note: strconv.Itoa(elsewhere)},
		{Name: "organisation_record", OK: fits},
		{Name: "pages_complete", OK: short == 0, Note: strconv.Itoa(short)},
		{Name: "payment_settled", OK: o.Payment.Settled()},
		{Name: "invoice_title", OK: o.Invoice.Title == "" || o.Invoice.Title == o.Applicant.Organisation.Name},
		{Name: "invoice_number", OK: o.Invoice.TaxNumber == "" || o.Invoice.TaxNumber == o.Applicant.Organisation.CreditCode},
	}, doubts...), nil
}

// doubts are what the checks of an application's fields say now, by the rules by which it was entered: a Check for each doubt on which
// the customer insisted, and which fields have a doubt or a mistake.
func (r *Review) doubts(o ra.Order, p ra.Project) (insisted []Check, wrong map[string]bool) {
	wrong = map[string]bool{}
	for _, e := range o.All(ra.Setting{Now: r.clerk.Now(), Countries: p.MobileCountries}) {
		wrong[e.Field] = true
		if ra.Taken(e) {
			insisted = append(insisted, Check{Name: "doubt_" + string(e.Code), Note: e.Field})
		}
	}
	return insisted, wrong
}

// fitsRecord compares an application with what is believed of its organisation; nothing is believed of a new one.
func (r *Review) fitsRecord(ctx context.Context, a ra.Applicant) (bool, error) {
	record, legal, err := r.store.OrganisationRecord(ctx, a.Organisation.CreditCode)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return true, nil
	}
	return record.Name == a.Organisation.Name && legal.Name == a.Legal.Name && legal.Document == a.Legal.Document && legal.IDNumber == a.Legal.IDNumber, err
}
