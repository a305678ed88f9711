package issuing

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// inHand is an operation that a kiosk goes on with, and what it gets for it.
type inHand struct {
	operation book.OperationRecord
	presence  string
	attempt   *attempt // nil: none was asked for
}

// Reserve binds a waiting unit of the order to the key and the kiosk (step 1), commits the first attempt at the key's
// administrator PIN, and releases what the key needs. The same operation again gets the same answer, at another kiosk too,
// which then has it: login and code are both here. The code is checked, and a wrong one counted, every time.
// CodeAuthCodeWrong (args: left), CodeAuthCodeUsedUp, CodeAuthCodeExpired, CodeKeyUnknownModel, CodeKeyInUse, CodeKeyRetired,
// CodeKeyAdminPIN, CodeKeyNotBlank, CodeUnitTaken, CodeNoUnitLeft, CodeConflict, CodeState, CodeForbidden, CodeNotFound.
func (is *Issuing) Reserve(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, r ra.Reservation) (ra.Release, error) {
	if err := checkReservation(r); err != nil {
		return ra.Release{}, err
	}
	var now inHand
	var refused error // of the order, the code or the key: the transaction that tells of it is kept
	err := is.store.Do(ctx, func(tx Tx) error {
		now, refused = inHand{}, nil
		order, err := is.intake.LockOwn(ctx, tx, member, r.OrderID)
		if ra.CodeOf(err) == ra.CodeNotFound && ra.CheckID(r.OrderID) == nil {
			refused = err
			return is.clerk.Write(ctx, tx, book.CustomerAt(kiosk, member), "operation.refuse", r.OrderID, r.OperationID, "code", string(ra.CodeNotFound))
		}
		if err != nil {
			return err
		}
		had, err := is.reservedBefore(ctx, tx, kiosk, order, r)
		if err != nil {
			return err
		}
		if refused, err = is.codes.CheckCode(ctx, tx, book.CustomerAt(kiosk, member), order, r.AuthCode); refused != nil || err != nil {
			return err
		}
		if had.ID == "" {
			now, err = is.reserve(ctx, tx, kiosk, member, order, r)
		} else {
			now, refused, err = is.reserveAgain(ctx, tx, kiosk, order, had, r.Attempt)
		}
		if err != nil || refused != nil {
			return err
		}
		now.presence, err = is.newPresence(ctx, tx, now.operation, member.ID)
		return err
	})
	if refused != nil {
		err = refused
	}
	if err != nil {
		return ra.Release{}, err
	}
	return is.release(ctx, now)
}

func checkReservation(r ra.Reservation) error {
	if err := ra.CheckID(r.OperationID); err != nil {
		return ra.E(ra.CodeInvalid).At("operation_id")
	}
	if err := checkKey(r.Key); err != nil {
		return err
	}
	return checkAttempt(r.Attempt)
}

// maxKeyText bounds what a key says of itself; PKCS#11 has 32 bytes at most for each.
const maxKeyText = 64

func checkKey(k ra.KeyIdentity) error {
	if strings.TrimSpace(k.Serial) == "" {
		return ra.E(ra.CodeRequired).At("key.serial")
	}
	for field, text := range map[string]string{"key.manufacturer": k.Manufacturer, "key.model": k.Model, "key.serial": k.Serial} {
		if len(text) > maxKeyText {
			return ra.E(ra.CodeTooLong, "max", strconv.Itoa(maxKeyText)).At(field)
		}
	}
	return nil
}

// reservedBefore returns the operation that the id already made, zero when there is none, and refuses what no code can help.
func (is *Issuing) reservedBefore(ctx context.Context, tx Tx, kiosk ra.Kiosk, order ra.Order, r ra.Reservation) (book.OperationRecord, error) {
	none := book.OperationRecord{}
	if err := is.fleet.MustOffer(ctx, tx, kiosk, order.ProjectID); err != nil {
		return none, err
	}
	had, err := tx.LockOperation(ctx, r.OperationID)
	if ra.CodeOf(err) == ra.CodeNotFound {
		had, err = none, nil
	}
	if err != nil {
		return none, err
	}
	if had.ID != "" && (had.OrderID != r.OrderID || had.Key != r.Key) {
		return none, ra.E(ra.CodeConflict).At("operation_id")
	}
	if order.State != ra.OrderApproved && order.State != ra.OrderInProgress {
		return none, order.State.Bars(ra.OrderInProgress)
	}
	return had, nil
}

// reserve makes the operation; the order's row is held.
func (is *Issuing) reserve(ctx context.Context, tx Tx, kiosk ra.Kiosk, member ra.Membership, order ra.Order, r ra.Reservation) (inHand, error) {
	none := inHand{}
	project, err := tx.Project(ctx, order.ProjectID)
	if err != nil {
		return none, err
	}
	unit, err := waitingUnit(order)
	if err != nil {
		return none, err
	}
	now := is.clerk.Now()
	if err := pki.CheckIssuable(is.issuer.Chain(), project.Profile, order.Applicant, now, unit.TermMonths); err != nil {
		return none, err
	}
	key, err := is.takeKey(ctx, tx, project, r.Key)
	if err != nil {
		return none, err
	}
	try, err := is.allow(ctx, tx, &key, r.OperationID, r.Attempt)
	if err != nil {
		return none, err
	}
	operation := book.OperationRecord{
		Operation: ra.Operation{ID: r.OperationID, Kind: order.Kind, OrderID: order.ID, UnitID: unit.ID, KioskID: kiosk.ID,
			Model: key.Model, Key: key.Key, State: ra.OperationReserved, CreatedAt: now, UpdatedAt: now},
		Generation: 1, Master: is.vault.Current(), Held: true, AdminPIN: key.Pending,
	}
	if err := is.bind(ctx, tx, kiosk, member, order, unit, operation); err != nil {
		return none, err
	}
	return inHand{operation: operation, attempt: &try}, is.commitAttempt(ctx, tx, kiosk, operation, key, try)
}

func (is *Issuing) bind(ctx context.Context, tx Tx, kiosk ra.Kiosk, member ra.Membership, order ra.Order, unit ra.Unit, p book.OperationRecord) error {
	if err := tx.InsertOperation(ctx, p); err != nil {
		return err
	}
	if err := unit.State.Move(ra.UnitReserved); err != nil {
		return err
	}
	if err := tx.SetUnit(ctx, unit.ID, ra.UnitReserved, p.ID); err != nil {
		return err
	}
	if err := order.State.Move(ra.OrderInProgress); err != nil {
		return err
	}
	order.State = ra.OrderInProgress
	return is.clerk.Save(ctx, tx, &order, book.CustomerAt(kiosk, member), "operation.reserve", p.ID,
		"unit", strconv.Itoa(unit.Index), "model", p.Model, "serial", p.Key.Serial, "admin_pin", strconv.Itoa(p.AdminPIN))
}

// reserveAgain answers a reservation that was made before; a new attempt that the key has none left for gives the unit back.
func (is *Issuing) reserveAgain(ctx context.Context, tx Tx, kiosk ra.Kiosk, order ra.Order, p book.OperationRecord, a ra.AdminAttempt) (now inHand, refused, err error) {
	if now.operation, err = is.takeOver(ctx, tx, kiosk, order, p); err != nil {
		return now, nil, err
	}
	now.attempt, refused, err = is.attempt(ctx, tx, kiosk, order, now.operation, a)
	return now, refused, err
}

// waitingUnit is the first unit that waits: CodeUnitTaken when others are being made, CodeNoUnitLeft when none is left.
func waitingUnit(o ra.Order) (ra.Unit, error) {
	for _, u := range o.Units {
		if u.State == ra.UnitWaiting {
			return u, nil
		}
	}
	if o.Remaining() > 0 {
		return ra.Unit{}, ra.E(ra.CodeUnitTaken)
	}
	return ra.Unit{}, ra.E(ra.CodeNoUnitLeft)
}

// takeKey holds the key's record and commits the next version of its administrator PIN as pending. A pending one that
// was never confirmed is used again: it may be on the key.
func (is *Issuing) takeKey(ctx context.Context, tx Tx, project ra.Project, identity ra.KeyIdentity) (book.UKey, error) {
	model, ok := project.ModelOf(identity)
	if !ok {
		return book.UKey{}, ra.E(ra.CodeKeyUnknownModel, "model", identity.Model).At("key.model")
	}
	now := is.clerk.Now()
	key, err := tx.LockUKey(ctx, identity, model.ID, now)
	if err != nil {
		return key, err
	}
	if err := usable(project, key); err != nil {
		return key, err
	}
	if _, err := tx.LiveOperation(ctx, identity); ra.CodeOf(err) != ra.CodeNotFound {
		if err == nil {
			err = ra.E(ra.CodeKeyInUse)
		}
		return key, err
	}
	if key.Pending == 0 {
		key.Pending = key.AdminPIN + 1
		if err := is.newAdminPIN(ctx, tx, key, key.Pending); err != nil {
			return key, err
		}
	}
	return key, tx.SaveUKey(ctx, key, now)
}

func usable(project ra.Project, key book.UKey) error {
	switch key.Life {
	case ra.KeyBlank:
	case ra.KeyLost:
		return ra.E(ra.CodeKeyLost)
	case ra.KeyDamaged:
		return ra.E(ra.CodeKeyRetired)
	default:
		return ra.E(ra.CodeKeyInUse)
	}
	if key.Look == ra.LookForeign {
		return ra.E(ra.CodeKeyNotBlank, "serial", key.Key.Serial)
	}
	if !slices.ContainsFunc(project.Models, func(m ra.UKeyModel) bool { return m.ID == key.Model }) {
		return ra.E(ra.CodeKeyUnknownModel, "model", key.Key.Model).At("key.model")
	}
	return nil
}

// release is the answer to Reserve and Resume.
func (is *Issuing) release(ctx context.Context, now inHand) (ra.Release, error) {
	p := now.operation
	order, err := is.store.Order(ctx, p.OrderID)
	if err != nil {
		return ra.Release{}, err
	}
	project, err := is.store.Project(ctx, order.ProjectID)
	if err != nil {
		return ra.Release{}, err
	}
	unit := order.Unit(p.UnitID)
	r := ra.Release{Operation: p.Operation, Unit: unit, Remaining: order.Remaining(), Profile: project.Profile,
		Label: order.Number + "/" + strconv.Itoa(unit.Index), Presence: now.presence}
	if r.Ticket, err = is.ticket(p); err != nil {
		return ra.Release{}, err
	}
	if r.Subject, err = pki.Subject(project.Profile, order.Applicant); err != nil {
		return ra.Release{}, err
	}
	if now.attempt != nil {
		opening, err := is.opening(ctx, p, *now.attempt)
		if err != nil {
			return ra.Release{}, err
		}
		r.Opening = &opening
	}
	for _, m := range project.Models {
		if m.ID == p.Model {
			r.PINMin, r.PINMax = m.PINMin, m.PINMax
		}
	}
	return r, nil
}
