package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// maxSlipPages is how many pages a remittance slip may have.
const maxSlipPages = 3

// Place makes an open order of an application: field errors, CodeNothingChosen, CodeQuantity (args: max), CodeNothingChanged,
// CodeForbidden, CodeConflict (field "id", "number" or "organisation.credit_code"; for a number that is taken args: next, the running
// number with which the kiosk can go on). What rule.CheckFiles says of the answer about encrypted files. On certificates (field "targets") CodeNotFound
// unless they are the organisation's in the project and the member is a confirmed one, CodeCertificateOver, CodeCertificateSuspended, CodeWindowEarly (args:
// from), CodeWindowOver (args: until), CodeTermPastCA (args: until), CodeOrderOpen (args: number), CodeKeyUnmanaged (args: serial). CodePriceChanged (field "seen_fen", args: fen,
// seen) where it costs something else than the customer saw. The member's own open order
// that asks for just the same is the answer where there is one. An order that wants neither papers nor money is handed in at once.
func (in *Intake) Place(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, a ra.Application) (ra.Order, error) {
	hash, err := applicationHash(member, a)
	if err != nil {
		return ra.Order{}, err
	}
	if err := checkApplication(kiosk, a); err != nil {
		return ra.Order{}, err
	}
	var order ra.Order
	err = in.store.Do(ctx, func(tx Tx) error {
		order, err = in.placed(ctx, tx, member, a.ID, hash)
		if ra.CodeOf(err) != ra.CodeNotFound {
			return err
		}
		order, err = in.place(ctx, tx, kiosk, member, a, hash)
		return err
	})
	if ra.CodeOf(err) == ra.CodeConflict { // the same request came twice at once, and the other was first
		if again, e := in.placed(ctx, in.store, member, a.ID, hash); e == nil {
			return again, nil
		}
		err = in.nextNumber(ctx, kiosk, err)
	}
	return order, err
}

// nextNumber tells a kiosk whose order number is taken with which one it can go on: it may have lost its journal, and its clock, by
// which it then begins anew, may have been behind.
func (in *Intake) nextNumber(ctx context.Context, kiosk ra.Kiosk, err error) error {
	var taken *ra.Error
	if !errors.As(err, &taken) || taken.Field != "number" {
		return err
	}
	last, e := in.store.LastSequence(ctx, kiosk.Prefix)
	if e != nil {
		return errors.Join(err, e)
	}
	return ra.E(ra.CodeConflict, "next", strconv.FormatInt(last+1, 10)).At("number").Because(err)
}

func applicationHash(member ra.Membership, a ra.Application) ([]byte, error) {
	text, err := json.Marshal(struct {
		Membership string
		ra.Application
	}{member.ID, a})
	sum := sha256.Sum256(text)
	return sum[:], err
}

// placed returns the order that the id already made, or was answered with: CodeNotFound, CodeConflict when it was made of something else.
func (in *Intake) placed(ctx context.Context, from applications, member ra.Membership, id string, hash []byte) (ra.Order, error) {
	orderID, had, err := from.AnsweredWith(ctx, id)
	if ra.CodeOf(err) == ra.CodeNotFound {
		orderID = id
		had, err = from.ApplicationHash(ctx, id)
	}
	if err != nil {
		return ra.Order{}, err
	}
	order, err := from.Order(ctx, orderID)
	if err != nil {
		return ra.Order{}, err
	}
	if order.MembershipID != member.ID || !bytes.Equal(had, hash) {
		return ra.Order{}, ra.E(ra.CodeConflict).At("id")
	}
	return order, nil
}

func checkApplication(kiosk ra.Kiosk, a ra.Application) error {
	if err := ra.FieldError("id", ra.CheckID(a.ID)); err != nil {
		return err
	}
	prefix, _, err := ra.ParseOrderNumber(a.Number)
	if err != nil {
		return ra.FieldError("number", err)
	}
	if prefix != kiosk.Prefix {
		return ra.E(ra.CodeInvalid).At("number")
	}
	if !slices.Contains(ra.Kinds(), a.Kind) {
		return ra.E(ra.CodeInvalid).At("kind")
	}
	if _, ok := ra.RuleOf(a.Kind, a.Reason); !ok {
		return ra.E(ra.CodeInvalid).At("reason")
	}
	if a.Method != ra.MethodTransfer {
		return ra.E(ra.CodeInvalid).At("method")
	}
	given := ra.Setting{Insisted: a.Insisted}
	if err := ra.InvoiceFields().Check(a.Invoice, given); err != nil {
		return err
	}
	return ra.DeliveryFields().Check(a.Delivery, given)
}

func (in *Intake) place(ctx context.Context, tx Tx, kiosk ra.Kiosk, member ra.Membership, a ra.Application, hash []byte) (ra.Order, error) {
	if err := in.fleet.MustOffer(ctx, tx, kiosk, member.ProjectID); err != nil {
		return ra.Order{}, err
	}
	project, err := tx.Project(ctx, member.ProjectID)
	if err != nil {
		return ra.Order{}, err
	}
	if member.OrderID != "" {
		return ra.Order{}, ra.E(ra.CodeOrderSession)
	}
	rule, _ := ra.RuleOf(a.Kind, a.Reason)
	if member.Key != nil {
		if err := mayOrderByKey(*member.Key, rule, a.Lines); err != nil {
			return ra.Order{}, err
		}
	}
	order, err := in.drawnUp(ctx, tx, kiosk, member, project, a)
	if err != nil {
		return ra.Order{}, err
	}
	wanted, first, err := in.choose(ctx, tx, member, project, order, a)
	if err != nil {
		return first, err
	}
	if first.ID != "" {
		return first, tx.InsertApplication(ctx, a.ID, first.ID, hash, order.CreatedAt)
	}
	if err := in.fill(&order, wanted); err != nil {
		return ra.Order{}, err
	}
	if err := checkPrice(a.SeenFen, order.AmountFen); err != nil {
		return ra.Order{}, err
	}
	if err := rule.CheckFiles(a.Files, len(wanted)); err != nil {
		return ra.Order{}, err
	}
	if rule.Asks(len(wanted)) {
		order.Files = a.Files
	}
	needs := in.needs(project, member, &order)
	if err := tx.InsertOrder(ctx, order, a.Method, hash, needs); err != nil {
		return ra.Order{}, err
	}
	if err := in.clerk.Write(ctx, tx, book.CustomerAt(kiosk, member), "order.place", order.ID, "", in.facts(project, order)...); err != nil {
		return ra.Order{}, err
	}
	if err := in.approvals.ApproveByRule(ctx, tx, &order); err != nil {
		return ra.Order{}, err
	}
	if len(needs) == 0 && order.State == ra.OrderOpen { // nothing is scanned or paid that anybody would hand in
		return in.submit(ctx, tx, member, order.ID)
	}
	return tx.Order(ctx, order.ID)
}

// drawnUp is an application as an order, without units yet.
func (in *Intake) drawnUp(ctx context.Context, tx Tx, kiosk ra.Kiosk, member ra.Membership, project ra.Project, a ra.Application) (o ra.Order, err error) {
	now := in.clerk.Now()
	o = ra.Order{
		ID: a.ID, Number: a.Number, Kind: a.Kind, Reason: a.Reason, ProjectID: project.ID, MembershipID: member.ID, KioskID: kiosk.ID, HallID: kiosk.HallID,
		State: ra.OrderOpen, Payment: ra.PaymentUnpaid, Materials: ra.MaterialsMissing, Version: 1,
		Invoice: ra.InvoiceFields().Normal(a.Invoice), Delivery: ra.DeliveryFields().Normal(a.Delivery), CreatedAt: now, UpdatedAt: now,
	}
	if o.Applicant, err = in.applicant(ctx, tx, member, project, a); err != nil {
		return ra.Order{}, err
	}
	former := member.Applicant()
	if o.Changes = former.Changes(o.Applicant); len(o.Changes) > 0 {
		o.Former = &former
	}
	return o, nil
}

// facts are what the trail says of an order that was placed.
func (in *Intake) facts(p ra.Project, o ra.Order) []string {
	all := append([]string{"number", o.Number, "amount_fen", strconv.FormatInt(o.AmountFen, 10)}, insisted(o.All(in.setting(p)))...)
	if o.Files != ra.FilesUnasked {
		all = append(all, "files", string(o.Files))
	}
	return all
}

// fill gives an order a unit for each that is wanted, and the lines that price them.
func (in *Intake) fill(o *ra.Order, wanted []unit) error {
	for i, w := range wanted {
		id, err := in.clerk.ID()
		if err != nil {
			return err
		}
		u := ra.Unit{ID: id, OrderID: o.ID, Index: i + 1, ServiceID: w.service.ID, TermMonths: w.service.TermMonths, State: ra.UnitWaiting, TermID: w.term}
		if w.target != nil {
			u.Target = w.target.Target()
		}
		o.Units = append(o.Units, u)
		o.AmountFen += w.service.PriceFen
		if i > 0 && wanted[i-1].service == w.service {
			o.Lines[len(o.Lines)-1].Quantity++
			continue
		}
		o.Lines = append(o.Lines, ra.Line{ServiceID: w.service.ID, Name: w.service.Name, Quantity: 1, PriceFen: w.service.PriceFen,
			TermMonths: w.service.TermMonths})
	}
	if o.AmountFen == 0 {
		o.Payment = ra.PaymentNothingDue
	}
	return nil
}

// checkPrice keeps a customer from ordering for a price that they did not see: CodePriceChanged (args: fen, seen). An order that is placed
// keeps its own.
func checkPrice(seen *int64, fen int64) error {
	if seen == nil || *seen == fen {
		return nil
	}
	return ra.E(ra.CodePriceChanged, "fen", strconv.FormatInt(fen, 10), "seen", strconv.FormatInt(*seen, 10)).At("seen_fen")
}

// needs is what the order needs: the project's materials for its kind and reason, and the slip of a transfer. Where it needs no
// materials, and nobody has to review it, they count as accepted.
func (in *Intake) needs(p ra.Project, member ra.Membership, o *ra.Order) []ra.Requirement {
	rule, _ := ra.RuleOf(o.Kind, o.Reason)
	var all []ra.Requirement
	contact := contactOnly(rule, member, *o)
	if !contact {
		all = slices.Clone(p.RequiredFor(o.Kind, o.Reason))
	}
	if len(o.Units) == 0 { // nothing is written that anybody would have to be told of
		all = slices.DeleteFunc(all, func(r ra.Requirement) bool { return r.Material == ra.MaterialRiskNotice })
	}
	if len(all) == 0 && rule.ByRule && (rule.Changes == ra.PartNone || contact) {
		o.Materials = ra.MaterialsAccepted
	}
	if o.Payment != ra.PaymentNothingDue {
		all = append(all, ra.Requirement{Material: ra.MaterialRemittance, MinPages: 1, MaxPages: maxSlipPages})
	}
	return all
}

// contactOnly tells whether a change brings no more than another e-mail or postal address: nothing has to be shown for that.
func contactOnly(rule ra.ServiceRule, member ra.Membership, o ra.Order) bool {
	before, after := member.Handler, o.Applicant.Handler
	before.Email, after.Email = "", ""
	return rule.Changes == ra.PartHandler && before == after
}
