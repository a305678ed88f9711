package people

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Acting reads the member of staff again inside the transaction, so that a grant withdrawn a moment ago counts no more:
// CodeForbidden for who is disabled or gone.
func (p *People) Acting(ctx context.Context, tx book.Officers, staff ra.Staff) (ra.Staff, error) {
	if book.ByCommand(staff) {
		return staff, nil
	}
	member, _, err := tx.Staff(ctx, staff.ID)
	if ra.CodeOf(err) == ra.CodeNotFound || err == nil && member.Disabled {
		return ra.Staff{}, ra.E(ra.CodeForbidden)
	}
	return member, err
}

// MayAct is CodeNotFound for an order that the member of staff may not see, CodeForbidden for an act that no grant of theirs
// allows there, CodeSelfReview for what is their own or belongs to an organisation that they are a member of, CodeAccessBar (args: hours) for
// a code or key of who was let in again by them within a day. A command at the server may do everything. It is asked inside the transaction that acts.
func (p *People) MayAct(ctx context.Context, tx book.OwnersTx, staff ra.Staff, act ra.Act, o ra.Order) error {
	staff, err := p.Acting(ctx, tx, staff)
	switch {
	case err != nil || book.ByCommand(staff):
		return err
	case !staff.May(ra.ActSee, o.ProjectID, o.HallID):
		return ra.E(ra.CodeNotFound)
	case !staff.May(act, o.ProjectID, o.HallID):
		return ra.E(ra.CodeForbidden)
	case o.ID == "": // what is done is about no order
		return nil
	}
	own, err := tx.OwnOrder(ctx, staff.ID, o.ID)
	switch {
	case err == nil && own:
		return ra.E(ra.CodeSelfReview)
	case err != nil || !act.HandsOut():
		return err
	}
	return p.mayHandOut(ctx, tx, staff, o.ID)
}

// mayHandOut is CodeAccessBar (args: hours) for who let the person of an order in again at the desk within a day: with a colleague they could
// else make somebody's key for a stranger.
func (p *People) mayHandOut(ctx context.Context, tx book.OwnersTx, staff ra.Staff, orderID string) error {
	now := p.clerk.Now()
	at, err := tx.LetIn(ctx, staff.ID, orderID, now.Add(-ra.AccessBar))
	if err != nil || at.IsZero() {
		return err
	}
	left := ra.AccessBar - now.Sub(at)
	return ra.E(ra.CodeAccessBar, "hours", strconv.Itoa(int((left+time.Hour-1)/time.Hour)))
}

// MayServe is MayAct for what is done for a person at the desk of a hall.
func (p *People) MayServe(ctx context.Context, tx book.OwnPeopleTx, staff ra.Staff, act ra.Act, m ra.Membership, hallID string) error {
	if err := p.MayAct(ctx, tx, staff, act, ra.Order{ProjectID: m.ProjectID, HallID: hallID}); err != nil || book.ByCommand(staff) {
		return err
	}
	own, err := tx.OwnPerson(ctx, staff.ID, m.PersonID)
	if err == nil && own {
		err = ra.E(ra.CodeSelfReview)
	}
	return err
}

// mayHandle is CodeForbidden unless the administrator reaches every grant of a member, CodeStaffSelf for themselves.
func mayHandle(by, member ra.Staff) error {
	if by.ID == member.ID {
		return ra.E(ra.CodeStaffSelf)
	}
	return mayReach(by, member)
}

// mayReach is CodeForbidden unless the administrator reaches every grant of a member.
func mayReach(by, member ra.Staff) error {
	if !book.ByCommand(by) && !by.MayAnywhere(ra.ActManage) {
		return ra.E(ra.CodeForbidden)
	}
	for _, g := range member.Grants {
		if err := book.MayManage(by, g.ProjectID, g.HallID); err != nil {
			return err
		}
	}
	return nil
}

// maySetPassword is mayHandle, and CodeStaffAdministrator for another administrator's: who could set that would be the second
// one too, who confirms a grant.
func maySetPassword(by, member ra.Staff) error {
	if err := mayHandle(by, member); err != nil || book.ByCommand(by) {
		return err
	}
	if slices.ContainsFunc(member.Grants, func(g ra.Grant) bool { return g.Live() && g.Role == ra.RoleAdministrator }) {
		return ra.E(ra.CodeStaffAdministrator)
	}
	return nil
}

// Staff returns a member of staff, also one who was disabled: CodeNotFound.
func (p *People) Staff(ctx context.Context, id string) (ra.Staff, error) {
	if err := ra.CheckID(id); err != nil {
		return ra.Staff{}, ra.E(ra.CodeNotFound)
	}
	member, _, err := p.store.Staff(ctx, id)
	return member, err
}

// StaffName returns what colleagues call a member of staff: CodeNotFound.
func (p *People) StaffName(ctx context.Context, id string) (string, error) {
	if err := ra.CheckID(id); err != nil {
		return "", ra.E(ra.CodeNotFound)
	}
	return p.store.StaffName(ctx, id)
}

// StaffList lists the members that an administrator or auditor may see, by name, and writes down who looked.
func (p *People) StaffList(ctx context.Context, by ra.Staff) (all []ra.Staff, err error) {
	if book.ByCommand(by) {
		all, err = p.store.AllStaff(ctx)
	} else {
		all, err = p.store.StaffList(ctx, by.For(ra.ActStaff))
	}
	if err == nil {
		err = p.clerk.LookAtList(ctx, p.store, book.StaffActor(by), "staff", len(all))
	}
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Member returns one of those: CodeNotFound.
func (p *People) Member(ctx context.Context, by ra.Staff, id string) (ra.Staff, error) {
	all, err := p.StaffList(ctx, by)
	if err != nil {
		return ra.Staff{}, err
	}
	i := slices.IndexFunc(all, func(m ra.Staff) bool { return m.ID == id })
	if i < 0 {
		return ra.Staff{}, ra.E(ra.CodeNotFound)
	}
	return all[i], nil
}

// Places lists what a grant or a kiosk can be limited to. CodeForbidden for who handles neither.
func (p *People) Places(ctx context.Context, by ra.Staff) (projects []ra.Project, halls []ra.Hall, err error) {
	if !book.ByCommand(by) && !by.MayAnywhere(ra.ActStaff) {
		return nil, nil, ra.E(ra.CodeForbidden)
	}
	if projects, err = p.store.AllProjects(ctx); err != nil {
		return nil, nil, err
	}
	halls, err = p.store.Halls(ctx)
	return projects, halls, err
}

// AddStaff makes a member of staff without grants; the same id with the same content again changes nothing but the
// password of who has not used it yet. Field errors, CodeLoginTaken, CodeConflict, CodeForbidden, CodeStaffSelf,
// CodeStaffAdministrator.
func (p *People) AddStaff(ctx context.Context, by, m ra.Staff, password string) error {
	m.Login, m.Name, m.Mobile = ra.NormalLogin(m.Login), strings.TrimSpace(m.Name), ra.NormalMobile(m.Mobile)
	if err := checkStaff(m); err != nil {
		return err
	}
	if err := ra.FieldError("password", ra.CheckPassword(password)); err != nil {
		return err
	}
	hash, err := p.passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	return p.manage(ctx, by, func(tx Tx, by ra.Staff) error {
		had, _, err := tx.LockStaff(ctx, m.ID)
		if err == nil {
			return p.addAgain(ctx, tx, by, had, m, hash)
		}
		if ra.CodeOf(err) != ra.CodeNotFound {
			return err
		}
		if err := tx.InsertStaff(ctx, m, hash, p.clerk.Now()); err != nil {
			return err
		}
		return p.clerk.Write(ctx, tx, book.StaffActor(by), "staff.add", "", m.ID, "login", m.Login)
	})
}

// addAgain answers a member who is there already. It sets a password, so it takes what setting one takes: they may have got
// grants meanwhile that are beyond who asks.
func (p *People) addAgain(ctx context.Context, tx Tx, by, had, m ra.Staff, hash string) error {
	if had.Login != m.Login || had.Name != m.Name || had.Mobile != m.Mobile || !had.Temporary {
		return ra.E(ra.CodeConflict).At("id")
	}
	if err := maySetPassword(by, had); err != nil {
		return err
	}
	if err := tx.SetStaffPassword(ctx, m.ID, hash, m.Temporary); err != nil {
		return err
	}
	return p.clerk.Write(ctx, tx, book.StaffActor(by), "staff.password_reset", "", m.ID, "login", m.Login)
}

func checkStaff(m ra.Staff) error {
	if err := ra.FieldError("id", ra.CheckID(m.ID)); err != nil {
		return err
	}
	switch n := len([]rune(m.Login)); {
	case n == 0:
		return ra.E(ra.CodeRequired).At("login")
	case n > 64:
		return ra.E(ra.CodeTooLong, "max", "64").At("login")
	case strings.Contains(m.Login, " ") || !ra.Readable(m.Login) || m.Login == book.Command().Login:
		return ra.E(ra.CodeInvalid).At("login")
	}
	if err := ra.FieldError("name", ra.CheckName(m.Name)); err != nil {
		return err
	}
	if m.Mobile == "" {
		return nil
	}
	return ra.FieldError("mobile", ra.CheckMobile(m.Mobile))
}

// manage runs do in one transaction for somebody who manages staff anywhere, as they stand now: CodeForbidden.
func (p *People) manage(ctx context.Context, by ra.Staff, do func(tx Tx, by ra.Staff) error) error {
	return p.store.Do(ctx, func(tx Tx) error {
		by, err := p.Acting(ctx, tx, by)
		if err != nil {
			return err
		}
		if !book.ByCommand(by) && !by.MayAnywhere(ra.ActManage) {
			return ra.E(ra.CodeForbidden)
		}
		return do(tx, by)
	})
}

// changeStaff runs change on a member of staff that an administrator may handle, in one transaction.
func (p *People) changeStaff(ctx context.Context, by ra.Staff, id string, change func(tx Tx, by, member ra.Staff) error) error {
	if err := ra.CheckID(id); err != nil {
		return ra.E(ra.CodeNotFound)
	}
	return p.manage(ctx, by, func(tx Tx, by ra.Staff) error {
		member, _, err := tx.LockStaff(ctx, id)
		if err != nil {
			return err
		}
		if err := mayHandle(by, member); err != nil {
			return err
		}
		return change(tx, by, member)
	})
}

// DisableStaff keeps a member of staff out, or lets them in again; their sessions end. Repeating it changes nothing.
// CodeStaffSelf, CodeForbidden, CodeNotFound.
func (p *People) DisableStaff(ctx context.Context, by ra.Staff, id string, disabled bool) error {
	return p.changeStaff(ctx, by, id, func(tx Tx, by, member ra.Staff) error {
		if member.Disabled == disabled {
			return nil
		}
		now := p.clerk.Now()
		at, action := &now, "staff.disable"
		if !disabled {
			at, action = nil, "staff.enable"
		}
		if err := tx.SetStaffDisabled(ctx, id, at); err != nil {
			return err
		}
		return p.clerk.Write(ctx, tx, book.StaffActor(by), action, "", id, "login", member.Login)
	})
}
