package people

import (
	"context"
	"encoding/base32"
	"errors"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/password"
	"keyhall/backoffice/ra"
)

// StaffLogIn checks a staff member's password: CodeLoginWrong (args: left), CodeLoginPaused (args: minutes).
func (p *People) StaffLogIn(ctx context.Context, login, password string) (ra.Staff, error) {
	login = ra.NormalLogin(login)
	member, hash, err := p.store.StaffByLogin(ctx, login)
	if err := p.passwords.Check(ctx, login, hash, password, err); err != nil {
		return ra.Staff{}, errors.Join(err, p.loginRefused(ctx, ra.Kiosk{}, member, err))
	}
	return member, p.clerk.Write(ctx, p.store, book.StaffActor(member), "staff.begin", "", member.ID)
}

// StaffLogOut leaves a line about the end of a session.
func (p *People) StaffLogOut(ctx context.Context, member ra.Staff) error {
	return p.clerk.Write(ctx, p.store, book.StaffActor(member), "staff.end", "", member.ID)
}

// loginRefused leaves a line about a wrong password, at a kiosk or, for a zero one, in the console.
func (p *People) loginRefused(ctx context.Context, kiosk ra.Kiosk, member ra.Staff, why error) error {
	if !password.Wrong(why) {
		return nil
	}
	if member.ID == "" {
		return p.clerk.RefuseNobody(ctx, p.store, book.StaffAt(kiosk, member), "staff.refuse", why)
	}
	return p.clerk.Write(ctx, p.store, book.StaffAt(kiosk, member), "staff.refuse", "", member.ID, "code", string(ra.CodeOf(why)))
}

// FirstPassword makes a password for somebody else to begin with: 60 bits, easy to read aloud.
func (p *People) FirstPassword() (string, error) {
	for {
		b, err := p.clerk.Bytes(8)
		if err != nil {
			return "", err
		}
		text := strings.ToLower(base32.StdEncoding.EncodeToString(b))[:12]
		password := text[:4] + "-" + text[4:8] + "-" + text[8:]
		if ra.CheckPassword(password) == nil { // a letter and a digit stand in it: base32 promises neither
			return password, nil
		}
	}
}

// ResetPassword gives a member of staff a new password to begin with and ends their sessions. CodeStaffSelf,
// CodeStaffAdministrator, CodeForbidden, CodeNotFound.
func (p *People) ResetPassword(ctx context.Context, by ra.Staff, id string) (password string, err error) {
	if password, err = p.FirstPassword(); err != nil {
		return "", err
	}
	return password, p.SetPassword(ctx, by, id, password, true)
}

// SetPassword sets somebody's password and ends their sessions. CodeStaffSelf, CodeStaffAdministrator, CodeForbidden,
// CodeNotFound, field errors.
func (p *People) SetPassword(ctx context.Context, by ra.Staff, id, password string, temporary bool) error {
	if err := ra.FieldError("password", ra.CheckPassword(password)); err != nil {
		return err
	}
	hash, err := p.passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	return p.changeStaff(ctx, by, id, func(tx Tx, by, member ra.Staff) error {
		if err := maySetPassword(by, member); err != nil {
			return err
		}
		if err := tx.SetStaffPassword(ctx, id, hash, temporary); err != nil {
			return err
		}
		if err := p.passwords.Forget(ctx, tx, member.Login); err != nil {
			return err
		}
		return p.clerk.Write(ctx, tx, book.StaffActor(by), "staff.password_reset", "", id, "login", member.Login)
	})
}

// ChangeStaffPassword sets a member of staff's own password and ends their other sessions; it returns the member with the new epoch.
// CodePasswordWrong (field "old"), CodeLoginPaused, CodePasswordSame and what makes a password weak (field "password").
func (p *People) ChangeStaffPassword(ctx context.Context, staff ra.Staff, old, password string) (ra.Staff, error) {
	if err := ra.FieldError("password", ra.CheckPassword(password)); err != nil {
		return staff, err
	}
	member, had, err := p.store.Staff(ctx, staff.ID)
	if err != nil {
		return staff, err
	}
	if err := p.passwords.CheckOld(ctx, member.Login, had, old); err != nil {
		return staff, errors.Join(err, p.loginRefused(ctx, ra.Kiosk{}, member, err))
	}
	if password == old {
		return staff, ra.E(ra.CodePasswordSame).At("password")
	}
	hash, err := p.passwords.Hash(ctx, password)
	if err != nil {
		return staff, err
	}
	err = p.store.Do(ctx, func(tx Tx) error {
		now, was, err := tx.LockStaff(ctx, member.ID)
		if err != nil {
			return err
		}
		if was != had || now.Disabled { // somebody else changed it since the old one was looked at
			return ra.E(ra.CodePasswordWrong).At("old")
		}
		if err := tx.SetStaffPassword(ctx, member.ID, hash, false); err != nil {
			return err
		}
		if member, _, err = tx.Staff(ctx, member.ID); err != nil {
			return err
		}
		return p.clerk.Write(ctx, tx, book.StaffActor(member), "staff.password", "", member.ID)
	})
	return member, err
}
