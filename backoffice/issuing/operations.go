package issuing

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// inHand is an operation that a kiosk goes on with, and what it gets for it.
type inHand struct {
	operation book.OperationRecord
	order     ra.Order // as it is now; zero: not known
	presence  string
	attempt   *attempt // nil: none was asked for
}

// Reserve binds a waiting unit of the order, or a plan that no order asks for, to the key and the kiosk (step 1), commits the first
// attempt at the key's administrator PIN where the plan makes one, and releases what the key needs. The same operation again gets the
// same answer, at another kiosk too, which then has it: login and code are both here; without a code that is CodeTicketDead, and for Resume. A plan that sets the customer's PIN needs the
// authorization code; it is checked, and a wrong one counted, every time. What the target turned out to be since it was ordered counts
// now; the unit of one that is over, or too late for it, is given up for good. CodeAuthCodeWrong (args: left), CodeAuthCodeUsedUp, CodeAuthCodeExpired, CodeKeyUnknownModel, CodeKeyInUse, CodeKeyRetired,
// CodeKeyLost, CodeKeyWrong (args: expected, found), CodeKeyAdminPIN, CodeKeyUnmanaged (args: serial), CodeKeyNotBlank, CodeUnitTaken, CodeNoUnitLeft, CodeConflict,
// CodeCertificateOver, CodeCertificateSuspended, CodeWindowOver, CodePasswordFresh (args: hours), CodeKeySession, CodeTicketDead, CodeState, CodeForbidden, CodeNotFound (field "certificate_id" for a certificate that the member does not see).
func (is *Issuing) Reserve(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, r ra.Reservation) (ra.Release, error) {
	if err := checkReservation(r); err != nil {
		return ra.Release{}, err
	}
	var answer ra.Release
	err := book.Kept(ctx, is.store, func(tx Tx) (refused, err error) {
		var now inHand
		if err := aheadOf(ctx, tx, kiosk, r); err != nil {
			return nil, err
		}
		if refused := byKey(member, r.Key); refused != nil {
			return refused, is.notReserved(ctx, tx, book.CustomerAt(kiosk, member), r, ra.CodeOf(refused))
		}
		w, err := is.asked(ctx, tx, member, r)
		if ra.CodeOf(err) == ra.CodeNotFound && ra.CheckID(r.OrderID) == nil {
			return err, is.notReserved(ctx, tx, book.CustomerAt(kiosk, member), r, ra.CodeNotFound)
		}
		if err != nil {
			return nil, err
		}
		if member, err = is.standIn(ctx, tx, member, w); err != nil {
			return nil, err
		}
		had, err := is.reservedBefore(ctx, tx, kiosk, member, w, r)
		if had.ID != "" && ra.CodeOf(err) == ra.CodeNotFound {
			return err, is.turnedAway(ctx, tx, book.CustomerAt(kiosk, member), "operation.refuse", had, ra.CodeNotFound)
		}
		if err != nil {
			return nil, err
		}
		if refused, err = is.mayWork(ctx, tx, member, member.ID, w.rule.Plan); err != nil {
			return nil, err
		}
		if refused != nil {
			return refused, is.notReserved(ctx, tx, book.CustomerAt(kiosk, member), r, ra.CodeOf(refused))
		}
		if opened(w.rule.Plan) {
			if refused, err = is.codes.CheckCode(ctx, tx, book.CustomerAt(kiosk, member), w.order, r.AuthCode); refused != nil || err != nil {
				return refused, err
			}
		}
		if had.ID == "" {
			now, refused, err = is.reserve(ctx, tx, kiosk, member, w, r)
		} else {
			now, refused, err = is.reserveAgain(ctx, tx, kiosk, member, w.order, had, r.Attempt)
		}
		if err != nil || refused != nil {
			return refused, err
		}
		if now.presence, err = is.newPresence(ctx, tx, now.operation, member.ID); err != nil {
			return nil, err
		}
		answer, err = is.release(ctx, tx, now)
		return nil, err
	})
	if err != nil {
		return ra.Release{}, err
	}
	return answer, nil
}

func checkReservation(r ra.Reservation) error {
	if err := ra.CheckID(r.OperationID); err != nil {
		return ra.E(ra.CodeInvalid).At("operation_id")
	}
	if err := checkKey(r.Key); err != nil {
		return err
	}
	return checkTold(r.Attempt)
}

// maxKeyText bounds what a key says of itself; PKCS#11 has 32 bytes at most for each.
const maxKeyText = 64

// checkKey wants what a key says of itself to be what a person can read and compare: CodeRequired, CodeTooLong (args: max), CodeInvalid.
func checkKey(k ra.KeyIdentity) error {
	if strings.TrimSpace(k.Serial) == "" {
		return ra.E(ra.CodeRequired).At("key.serial")
	}
	for _, x := range []struct{ field, text string }{{"key.manufacturer", k.Manufacturer}, {"key.model", k.Model}, {"key.serial", k.Serial}} {
		if len(x.text) > maxKeyText {
			return ra.E(ra.CodeTooLong, "max", strconv.Itoa(maxKeyText)).At(x.field)
		}
		if !ra.Readable(x.text) {
			return ra.E(ra.CodeInvalid).At(x.field)
		}
	}
	return nil
}

// reservedBefore returns the operation that the id already made, zero when there is none, and refuses what no code can help: CodeNotFound,
// with it, for another membership's.
func (is *Issuing) reservedBefore(ctx context.Context, tx Tx, kiosk ra.Kiosk, member ra.Membership, w work, r ra.Reservation) (book.OperationRecord, error) {
	none := book.OperationRecord{}
	if err := is.fleet.MustOffer(ctx, tx, kiosk, w.projectID); err != nil {
		return none, err
	}
	had, err := tx.LockOperation(ctx, r.OperationID)
	if ra.CodeOf(err) == ra.CodeNotFound {
		had, err = none, nil
	}
	if err != nil {
		return none, err
	}
	if had.ID != "" && had.MembershipID != member.ID {
		return had, ra.E(ra.CodeNotFound)
	}
	if had.ID != "" && !sameWork(had, w, r) {
		return none, ra.E(ra.CodeConflict).At("operation_id")
	}
	if o := w.order; o.ID != "" && o.State != ra.OrderApproved && o.State != ra.OrderInProgress {
		return none, o.State.Bars(ra.OrderInProgress)
	}
	return had, nil
}

// sameWork tells whether a reservation asks for what the operation was made for. Where the key is a blank one it names no certificate.
func sameWork(p book.OperationRecord, w work, r ra.Reservation) bool {
	return p.OrderID == r.OrderID && p.Key == r.Key && p.Plan == w.rule.Plan && (p.Plan.Blank() || p.TargetID == r.CertificateID)
}

// reserve makes the operation; the order's row is held.
func (is *Issuing) reserve(ctx context.Context, tx Tx, kiosk ra.Kiosk, member ra.Membership, w work, r ra.Reservation) (now inHand, refused, err error) {
	project, err := tx.Project(ctx, w.projectID)
	if err != nil {
		return now, nil, err
	}
	who := book.CustomerAt(kiosk, member)
	err = is.choose(ctx, tx, member, project, &w, r)
	switch code := ra.CodeOf(err); {
	case over(err) && w.order.ID != "":
		return now, err, is.letGo(ctx, tx, who, w, code)
	case code == ra.CodeNotFound || code == ra.CodeKeyWrong: // somebody else's certificate, or another key than its own
		return now, err, is.notReserved(ctx, tx, who, r, code)
	case err != nil:
		return now, nil, err
	}
	if w.order.ID != "" {
		if err := is.clerk.Rebase(ctx, tx, &w.order, member.Applicant(), who); err != nil {
			return now, nil, err
		}
	}
	now, err = is.begin(ctx, tx, kiosk, member, project, w, r)
	return now, nil, err
}

// over tells whether a certificate came to an end from which nothing brings it back, or its time for what was ordered did.
func over(err error) bool {
	code := ra.CodeOf(err)
	return code == ra.CodeCertificateOver || code == ra.CodeWindowOver
}

// notReserved keeps in the trail who was refused a reservation, and why.
func (is *Issuing) notReserved(ctx context.Context, tx Tx, who book.Actor, r ra.Reservation, code ra.Code) error {
	return is.clerk.Write(ctx, tx, who, "operation.refuse", r.OrderID, r.OperationID, "code", string(code))
}

// letGo gives up the unit of a certificate that is over, or past its time, for good, with what it holds; its customer is told.
func (is *Issuing) letGo(ctx context.Context, tx Tx, who book.Actor, w work, because ra.Code) error {
	err := is.clerk.ReleaseUnits(ctx, tx, &w.order, func(u ra.Unit) bool { return u.ID == w.unit.ID }, who, "unit.let_go",
		"unit", strconv.Itoa(w.unit.Index), "serial_number", w.target.SerialNumber)
	if err != nil {
		return err
	}
	if err := is.oweTerms(ctx, tx, w.target); err != nil {
		return err
	}
	return is.messages.LetGo(ctx, tx, w.order, w.target, because)
}

// oweTerms keeps what is owed for the terms of a certificate that is over, unless another is on its way in its place, which gets them.
func (is *Issuing) oweTerms(ctx context.Context, tx Tx, c ra.Certificate) error {
	open, err := tx.OpenOrdersOn(ctx, []string{c.ID})
	if err != nil || slices.ContainsFunc(open, outlives) {
		return err
	}
	return is.clerk.OweTerms(ctx, tx, c.ID, "unit.let_go")
}

// begin makes the operation of work that may be done.
func (is *Issuing) begin(ctx context.Context, tx Tx, kiosk ra.Kiosk, member ra.Membership, project ra.Project, w work, r ra.Reservation) (inHand, error) {
	none := inHand{}
	if err := is.checkIssuable(project, w); err != nil {
		return none, err
	}
	key, finishes, err := is.takeKey(ctx, tx, kiosk, project, w, r.Key)
	if err != nil {
		return none, err
	}
	now := is.clerk.Now()
	p := book.OperationRecord{
		Operation: ra.Operation{ID: r.OperationID, Plan: w.rule.Plan, OrderID: w.order.ID, UnitID: w.unit.ID, KioskID: kiosk.ID,
			Model: key.Model, Key: key.Key, State: ra.OperationReserved, CreatedAt: now, UpdatedAt: now},
		MembershipID: member.ID, ProjectID: w.projectID, TargetID: w.target.ID, Finishes: finishes,
		Generation: 1, Master: is.vault.Current(), Held: true,
	}
	if w.rule.Plan.Has(ra.StepAdminPIN) {
		p.AdminPIN = key.Pending
	}
	try, err := is.firstAttempt(ctx, tx, &key, p, r.Attempt)
	if err != nil {
		return none, err
	}
	if err := is.bind(ctx, tx, book.CustomerAt(kiosk, member), w, p); err != nil {
		return none, err
	}
	if try == nil {
		return inHand{operation: p, order: w.order}, tx.SaveUKey(ctx, key, now)
	}
	return inHand{operation: p, order: w.order, attempt: try}, is.commitAttempt(ctx, tx, kiosk, p, key, *try)
}

// firstAttempt decides on the attempt that comes with a reservation, nil where the plan makes none.
func (is *Issuing) firstAttempt(ctx context.Context, tx Tx, key *book.UKey, p book.OperationRecord, a ra.AdminAttempt) (*attempt, error) {
	if !p.Plan.Has(ra.StepAdministrator) {
		tell(key, a)
		return nil, nil
	}
	if err := checkAttempt(a); err != nil {
		return nil, err
	}
	try, err := is.allow(ctx, tx, key, p.ID, a)
	return &try, err
}

// bind stores a new operation, and takes its unit where it has one.
func (is *Issuing) bind(ctx context.Context, tx Tx, who book.Actor, w work, p book.OperationRecord) error {
	if err := tx.InsertOperation(ctx, p); err != nil {
		return err
	}
	if err := moveUnit(ctx, tx, w.order, p, ra.UnitReserved); err != nil {
		return err
	}
	if w.order.ID != "" {
		if err := w.order.State.Move(ra.OrderInProgress); err != nil {
			return err
		}
		w.order.State = ra.OrderInProgress
		taken(w.order, p)
	}
	return is.save(ctx, tx, &w.order, who, "operation.reserve", p.ID, "unit", strconv.Itoa(w.unit.Index), "plan", string(p.Plan),
		"model", p.Model, "serial", p.Key.Serial, "admin_pin", strconv.Itoa(p.AdminPIN))
}

// taken shows the unit of an order as its new operation has it.
func taken(o ra.Order, p book.OperationRecord) {
	i := slices.IndexFunc(o.Units, func(u ra.Unit) bool { return u.ID == p.UnitID })
	if i < 0 {
		return
	}
	u := &o.Units[i]
	u.State, u.OperationID, u.KioskID, u.UKeyModel, u.UKeySerial = ra.UnitReserved, p.ID, p.KioskID, p.Model, p.Key.Serial
}

// moveUnit moves the unit of an operation, where it has one: CodeState.
func moveUnit(ctx context.Context, tx Tx, o ra.Order, p book.OperationRecord, to ra.UnitState) error {
	if p.UnitID == "" {
		return nil
	}
	rule, _ := ra.RuleOf(o.Kind, o.Reason)
	if err := rule.MoveUnit(o.Unit(p.UnitID).State, to); err != nil {
		return err
	}
	holder := p.ID
	if to == ra.UnitWaiting {
		holder = ""
	}
	return tx.SetUnit(ctx, p.UnitID, to, holder)
}

// save stores an order's states with the line that tells of it; where no order asked, the line alone.
func (is *Issuing) save(ctx context.Context, tx Tx, o *ra.Order, who book.Actor, action, subject string, facts ...string) error {
	if o.ID == "" {
		return is.clerk.Write(ctx, tx, who, action, "", subject, facts...)
	}
	return is.clerk.Save(ctx, tx, o, who, action, subject, facts...)
}
