package service

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"keyhall/backoffice/ra"
)

// Reserve binds a waiting unit of the order to the key and the kiosk (step 1), and releases what the key needs. The same
// operation again, at any kiosk of the project, gets the same answer; the authorization code is checked, and a wrong one
// counted, every time. CodeAuthCodeWrong (args: left), CodeAuthCodeUsedUp, CodeAuthCodeExpired, CodeKeyUnknownModel,
// CodeKeyInUse, CodeKeyRetired, CodeUnitTaken, CodeNoUnitLeft, CodeConflict, CodeState, CodeForbidden, CodeNotFound.
func (s *Service) Reserve(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, r ra.Reservation) (ra.Release, error) {
	if err := checkReservation(r); err != nil {
		return ra.Release{}, err
	}
	var operation ra.OperationRecord
	var refused error // of the authorization code: the transaction that counts it is kept
	err := s.store.Do(ctx, func(ctx context.Context) error {
		refused = nil
		order, err := s.lockOwn(ctx, member, r.OrderID)
		if err != nil {
			return err
		}
		if err := s.mustOffer(ctx, kiosk, order.ProjectID); err != nil {
			return err
		}
		had, err := s.store.Operation(ctx, r.OperationID)
		resumed := err == nil
		if err != nil && ra.CodeOf(err) != ra.CodeNotFound {
			return err
		}
		if resumed && (had.OrderID != r.OrderID || had.Model != r.Model || had.Serial != r.Serial) {
			return ra.E(ra.CodeConflict).At("operation_id")
		}
		if order.State != ra.OrderApproved && order.State != ra.OrderInProgress {
			return orderState(order, ra.OrderInProgress)
		}
		if refused, err = s.checkCode(ctx, kiosk, member, order, r.AuthCode, resumed); refused != nil || err != nil {
			return err
		}
		if resumed {
			operation, err = s.takeOver(ctx, kiosk, had)
			return err
		}
		operation, err = s.reserve(ctx, kiosk, member, order, r)
		return err
	})
	if refused != nil {
		err = refused
	}
	if err != nil {
		return ra.Release{}, err
	}
	return s.release(ctx, operation)
}

func checkReservation(r ra.Reservation) error {
	switch {
	case ra.CheckID(r.OperationID) != nil:
		return ra.E(ra.CodeInvalid).At("operation_id")
	case r.Model == "":
		return ra.E(ra.CodeRequired).At("model")
	case strings.TrimSpace(r.Serial) == "":
		return ra.E(ra.CodeRequired).At("serial")
	case len(r.Serial) > 64:
		return ra.E(ra.CodeTooLong, "max", "64").At("serial")
	}
	return nil
}

// reserve makes the operation; the order's row is held.
func (s *Service) reserve(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, order ra.Order, r ra.Reservation) (ra.OperationRecord, error) {
	none := ra.OperationRecord{}
	project, err := s.store.Project(ctx, order.ProjectID)
	if err != nil {
		return none, err
	}
	if !slices.ContainsFunc(project.Models, func(m ra.UKeyModel) bool { return m.ID == r.Model }) {
		return none, ra.E(ra.CodeKeyUnknownModel).At("model")
	}
	unit, err := waitingUnit(order)
	if err != nil {
		return none, err
	}
	now := s.time()
	if err := s.issuable(project.Profile, order.Applicant, now, unit.TermMonths); err != nil {
		return none, err
	}
	version, err := s.takeKey(ctx, r)
	if err != nil {
		return none, err
	}
	operation := ra.OperationRecord{
		Operation: ra.Operation{ID: r.OperationID, Kind: order.Kind, OrderID: order.ID, UnitID: unit.ID, KioskID: kiosk.ID,
			Model: r.Model, Serial: r.Serial, State: ra.OperationReserved, CreatedAt: now, UpdatedAt: now},
		AdminPIN: version,
	}
	if err := s.store.InsertOperation(ctx, operation); err != nil {
		return none, err
	}
	if err := unit.State.Move(ra.UnitReserved); err != nil {
		return none, err
	}
	if err := s.store.SetUnit(ctx, unit.ID, ra.UnitReserved, operation.ID); err != nil {
		return none, err
	}
	if err := order.State.Move(ra.OrderInProgress); err != nil {
		return none, err
	}
	order.State = ra.OrderInProgress
	err = s.save(ctx, &order, customerAt(kiosk, member), "operation.reserve", operation.ID,
		"unit", strconv.Itoa(unit.Index), "model", r.Model, "serial", r.Serial, "admin_pin", strconv.Itoa(version))
	return operation, err
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
func (s *Service) takeKey(ctx context.Context, r ra.Reservation) (version int, err error) {
	now := s.time()
	key, err := s.store.LockUKey(ctx, r.Model, r.Serial, now)
	if err != nil {
		return 0, err
	}
	switch key.State {
	case ra.UKeyBlank:
	case ra.UKeyLost, ra.UKeyDamaged, ra.UKeyRetired:
		return 0, ra.E(ra.CodeKeyRetired)
	default:
		return 0, ra.E(ra.CodeKeyInUse)
	}
	if _, err := s.store.LiveOperation(ctx, r.Model, r.Serial); ra.CodeOf(err) != ra.CodeNotFound {
		if err == nil {
			err = ra.E(ra.CodeKeyInUse)
		}
		return 0, err
	}
	if key.Pending == 0 {
		key.Pending = key.AdminPIN + 1
		if err := s.newAdminPIN(ctx, r.Model, r.Serial, key.Pending); err != nil {
			return 0, err
		}
	}
	return key.Pending, s.store.SaveUKey(ctx, key, now)
}

// newAdminPIN commits which master key a version of a key's administrator PIN comes from, and a keyed hash by which an
// audit notices that it would come out differently today.
func (s *Service) newAdminPIN(ctx context.Context, model, serial string, version int) error {
	p := ra.AdminPINRecord{Model: model, Serial: serial, Version: version, Master: s.vault.Current()}
	value, err := s.derivePIN(ctx, p)
	if err != nil {
		return err
	}
	if p.Check, err = s.vault.Sum(purposeAdminPIN, pinText(p, value)); err != nil {
		return err
	}
	return s.store.InsertAdminPIN(ctx, p, s.time())
}

// purposeAdminPIN separates the hashes of administrator PINs from others.
const purposeAdminPIN = "admin-pin-check"

func pinText(p ra.AdminPINRecord, value string) []byte {
	return []byte(p.Model + "\x00" + p.Serial + "\x00" + strconv.Itoa(p.Version) + "\x00" + value)
}

func (s *Service) derivePIN(ctx context.Context, p ra.AdminPINRecord) (string, error) {
	rule, err := s.store.AdminPINRule(ctx, p.Model)
	if err != nil {
		return "", err
	}
	return s.vault.AdminPIN(p.Master, p.Model, p.Serial, p.Version, rule)
}

// adminPIN is a version of a key's administrator PIN, 0 the factory's.
func (s *Service) adminPIN(ctx context.Context, model, serial string, version int) (ra.AdminPIN, error) {
	if version == 0 {
		rule, err := s.store.AdminPINRule(ctx, model)
		return ra.AdminPIN{Value: rule.Factory}, err
	}
	p, err := s.store.AdminPIN(ctx, model, serial, version)
	if err != nil {
		return ra.AdminPIN{}, err
	}
	value, err := s.derivePIN(ctx, p)
	return ra.AdminPIN{Version: version, Value: value}, err
}

// takeOver binds a live operation to the kiosk that goes on with it.
func (s *Service) takeOver(ctx context.Context, kiosk ra.Kiosk, p ra.OperationRecord) (ra.OperationRecord, error) {
	if p.State != ra.OperationReserved && p.State != ra.OperationIssued {
		return p, operationState(p)
	}
	if p.KioskID == kiosk.ID {
		return p, nil
	}
	before := p.KioskID
	p.KioskID = kiosk.ID
	if err := s.store.MoveOperation(ctx, p.ID, kiosk.ID, s.time()); err != nil {
		return p, err
	}
	return p, s.audit(ctx, kioskActor(kiosk), "operation.take_over", p.OrderID, p.ID, "from", before)
}

func operationState(p ra.OperationRecord) error {
	return ra.E(ra.CodeState, "what", "operation", "from", string(p.State))
}

// lockedOperation returns an operation that this kiosk may work on, its order and it held: CodeNotFound, CodeForbidden.
func (s *Service) lockedOperation(ctx context.Context, kiosk ra.Kiosk, id string) (ra.Order, ra.OperationRecord, error) {
	p, err := s.operation(ctx, id)
	if err != nil {
		return ra.Order{}, p, err
	}
	order, err := s.store.LockOrder(ctx, p.OrderID)
	if err != nil {
		return order, p, err
	}
	if err := s.mustOffer(ctx, kiosk, order.ProjectID); err != nil {
		return order, p, err
	}
	p, err = s.store.LockOperation(ctx, id)
	return order, p, err
}

func (s *Service) operation(ctx context.Context, id string) (ra.OperationRecord, error) {
	if err := ra.CheckID(id); err != nil {
		return ra.OperationRecord{}, ra.E(ra.CodeNotFound)
	}
	return s.store.Operation(ctx, id)
}

// Resume gives Reserve's answer again for an unfinished operation, without session or code; the operation then belongs
// to this kiosk. CodeNotFound, CodeForbidden, CodeState when it is done or released.
func (s *Service) Resume(ctx context.Context, kiosk ra.Kiosk, operationID string) (ra.Release, error) {
	var operation ra.OperationRecord
	err := s.store.Do(ctx, func(ctx context.Context) error {
		_, p, err := s.lockedOperation(ctx, kiosk, operationID)
		if err != nil {
			return err
		}
		operation, err = s.takeOver(ctx, kiosk, p)
		return err
	})
	if err != nil {
		return ra.Release{}, err
	}
	return s.release(ctx, operation)
}

// release is the answer to Reserve and Resume.
func (s *Service) release(ctx context.Context, p ra.OperationRecord) (ra.Release, error) {
	order, err := s.store.Order(ctx, p.OrderID)
	if err != nil {
		return ra.Release{}, err
	}
	project, err := s.store.Project(ctx, order.ProjectID)
	if err != nil {
		return ra.Release{}, err
	}
	unit := unitOf(order, p.UnitID)
	r := ra.Release{Operation: p.Operation, Unit: unit, Remaining: order.Remaining(), Profile: project.Profile,
		Label: order.Number + "/" + strconv.Itoa(unit.Index)}
	if r.Subject, err = subject(project.Profile, order.Applicant); err != nil {
		return ra.Release{}, err
	}
	for version := p.AdminPIN; version >= 0; version-- {
		pin, err := s.adminPIN(ctx, p.Model, p.Serial, version)
		if err != nil {
			return ra.Release{}, err
		}
		if version == p.AdminPIN {
			r.AdminPIN = pin
			continue
		}
		r.Previous = append(r.Previous, pin)
	}
	for _, m := range project.Models {
		if m.ID == p.Model {
			r.PINMin, r.PINMax = m.PINMin, m.PINMax
		}
	}
	return r, nil
}

func unitOf(o ra.Order, id string) ra.Unit {
	i := slices.IndexFunc(o.Units, func(u ra.Unit) bool { return u.ID == id })
	if i < 0 {
		return ra.Unit{}
	}
	return o.Units[i]
}

// OperationForKey finds the unfinished operation of a key, at whatever kiosk it began; false when there is none.
func (s *Service) OperationForKey(ctx context.Context, kiosk ra.Kiosk, model, serial string) (ra.Operation, bool, error) {
	p, err := s.store.LiveOperation(ctx, model, serial)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return ra.Operation{}, false, nil
	}
	if err != nil {
		return ra.Operation{}, false, err
	}
	order, err := s.store.Order(ctx, p.OrderID)
	if err != nil {
		return ra.Operation{}, false, err
	}
	if err := s.mustOffer(ctx, kiosk, order.ProjectID); err != nil {
		return ra.Operation{}, false, err
	}
	return p.Operation, true, nil
}
