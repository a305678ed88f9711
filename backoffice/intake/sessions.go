package intake

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/password"
	"keyhall/backoffice/ra"
)

// Limits of sessions.
const (
	SessionIdle = 30 * time.Minute
	// idleKept is how exactly a session's idle end is kept: it may come so much earlier.
	idleKept    = 20 * time.Second
	SessionLife = 8 * time.Hour
)

// Caller is who stands behind a request: a person's live session, in a membership once that is chosen, or a key's, in that of its
// certificate.
type Caller struct {
	SessionID  string
	PersonID   string        // "" for a key's
	Membership ra.Membership // zero before one is chosen; of a key's session it has the key
}

// Person is CodeKeySession for the session of a key, behind which nobody in particular stands, and CodeOrderSession for one that a code
// opened, which is about one order alone.
func (c Caller) Person() error {
	if c.Membership.OrderID != "" {
		return ra.E(ra.CodeOrderSession)
	}
	return c.Somebody()
}

// Somebody is CodeKeySession for the session of a key.
func (c Caller) Somebody() error {
	if c.Membership.Key != nil {
		return ra.E(ra.CodeKeySession)
	}
	return nil
}

// Member returns the membership that the session is in: CodeMembershipUnset before one is chosen.
func (c Caller) Member() (ra.Membership, error) {
	if c.Membership.ID == "" {
		return ra.Membership{}, ra.E(ra.CodeMembershipUnset)
	}
	return c.Membership, nil
}

// LogIn opens a session, and gives the key that seals mandates in it. It is in the person's membership where they have only one in
// the projects that the kiosk offers. CodeLoginWrong (args: left), CodeLoginPaused (args: minutes).
func (in *Intake) LogIn(ctx context.Context, kiosk ra.Kiosk, login, password string) (ra.Session, error) {
	login = ra.NormalLogin(login)
	person, err := in.store.PersonByLogin(ctx, login)
	if err := in.passwords.Check(ctx, login, person.Password, password, err); err != nil {
		return ra.Session{}, errors.Join(err, in.loginRefused(ctx, kiosk, person.ID, err))
	}
	id, token, tokenHash, err := in.newToken()
	if err != nil {
		return ra.Session{}, err
	}
	now := in.clerk.Now()
	session := ra.Session{Token: token, Expires: now.Add(SessionIdle), Login: login}
	if session.Memberships, err = in.store.MembershipsAt(ctx, person.ID, kiosk.ID); err != nil {
		return ra.Session{}, err
	}
	record := book.SessionRecord{ID: id, PersonID: person.ID, Master: in.vault.Current()}
	if session.Mandate, err = in.mandateKey(record); err != nil {
		return ra.Session{}, err
	}
	if len(session.Memberships) == 1 {
		session.Membership = &session.Memberships[0]
		record.MembershipID = session.Membership.ID
	}
	err = in.store.Do(ctx, func(tx Tx) error {
		// A password that was changed since it was looked at opens nothing.
		fresh, err := tx.LockPerson(ctx, person.ID)
		if err != nil {
			return err
		}
		if fresh.Password != person.Password {
			return ra.E(ra.CodeLoginWrong)
		}
		if err := in.fleet.MustBeIn(ctx, tx, kiosk); err != nil {
			return err
		}
		if err := tx.InsertSession(ctx, tokenHash, record, kiosk.ID, now, session.Expires, now.Add(SessionLife)); err != nil {
			return err
		}
		return in.clerk.Write(ctx, tx, book.PersonAt(kiosk, person.ID), "session.begin", "", record.MembershipID)
	})
	if err != nil {
		return ra.Session{}, err
	}
	return session, nil
}

// newToken makes a session's id and token, and what is kept of the token.
func (in *Intake) newToken() (id, token string, hash []byte, err error) {
	secret, err := in.clerk.Bytes(32)
	if err != nil {
		return "", "", nil, err
	}
	if id, err = in.clerk.ID(); err != nil {
		return "", "", nil, err
	}
	token = base64.RawURLEncoding.EncodeToString(secret)
	hash, err = in.vault.Sum(purposeSession, []byte(token))
	return id, token, hash, err
}

// loginRefused leaves a line about a wrong password; of a login that nobody has it does not repeat the name.
func (in *Intake) loginRefused(ctx context.Context, kiosk ra.Kiosk, personID string, why error) error {
	if !password.Wrong(why) {
		return nil
	}
	if personID == "" {
		return in.clerk.RefuseNobody(ctx, in.store, book.KioskActor(kiosk), "session.refuse", why)
	}
	return in.clerk.Write(ctx, in.store, book.PersonAt(kiosk, personID), "session.refuse", "", personID, "code", string(ra.CodeOf(why)))
}

// purposeSession separates the hashes of session tokens from others.
const purposeSession = "session-token"

// Session returns who a session belongs to and keeps it open: CodeSessionOver.
func (in *Intake) Session(ctx context.Context, kiosk ra.Kiosk, token string) (Caller, error) {
	now := in.clerk.Now()
	hashes, err := in.vault.Sums(purposeSession, []byte(token))
	if err != nil {
		return Caller{}, err
	}
	idle := now.Add(SessionIdle)
	r, member, err := in.store.LiveSession(ctx, hashes, kiosk.ID, now, idle)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return Caller{}, ra.E(ra.CodeSessionOver)
	}
	if err == nil && idle.Sub(r.IdleEnd).Abs() > idleKept {
		err = in.store.UseSession(ctx, r.ID, idle)
	}
	if err != nil {
		return Caller{}, err
	}
	return Caller{SessionID: r.ID, PersonID: r.PersonID, Membership: member}, nil
}

// CurrentSession describes the caller's session, without its token.
func (in *Intake) CurrentSession(ctx context.Context, kiosk ra.Kiosk, c Caller) (ra.Session, error) {
	if c.Membership.Key != nil {
		return in.keySession(c.Membership, ""), nil
	}
	person, err := in.store.Person(ctx, c.PersonID)
	if err != nil {
		return ra.Session{}, err
	}
	session := ra.Session{Expires: in.clerk.Now().Add(SessionIdle), Login: person.Login, OrderID: c.Membership.OrderID}
	if c.Membership.ID != "" {
		session.Membership = &c.Membership
	}
	if session.OrderID != "" {
		session.Memberships = []ra.Membership{c.Membership}
		return session, nil
	}
	session.Memberships, err = in.Memberships(ctx, kiosk, c)
	return session, err
}

// Memberships lists the caller's memberships in the projects that the kiosk offers, newest first.
func (in *Intake) Memberships(ctx context.Context, kiosk ra.Kiosk, c Caller) ([]ra.Membership, error) {
	return in.store.MembershipsAt(ctx, c.PersonID, kiosk.ID)
}

// ChooseMembership puts the session into one of those; nothing of another shows from then on. CodeNotFound.
func (in *Intake) ChooseMembership(ctx context.Context, kiosk ra.Kiosk, c Caller, id string) (ra.Membership, error) {
	all, err := in.Memberships(ctx, kiosk, c)
	if err != nil {
		return ra.Membership{}, err
	}
	i := slices.IndexFunc(all, func(m ra.Membership) bool { return m.ID == id })
	if i < 0 {
		return ra.Membership{}, ra.E(ra.CodeNotFound).At("id")
	}
	if c.Membership.ID == id {
		return all[i], nil
	}
	err = in.store.Do(ctx, func(tx Tx) error {
		if err := tx.SetSessionMembership(ctx, c.SessionID, id); err != nil {
			return err
		}
		return in.clerk.Write(ctx, tx, book.CustomerAt(kiosk, all[i]), "session.switch", "", id)
	})
	return all[i], err
}

// ChangePassword sets the caller's password and ends their other sessions, wherever they are; the same again, after the answer was
// lost, changes nothing. CodePasswordWrong (field "old", args: left), CodeLoginPaused, CodePasswordSame and what makes a password
// weak (field "password").
func (in *Intake) ChangePassword(ctx context.Context, kiosk ra.Kiosk, c Caller, old, password string) error {
	if err := ra.FieldError("password", ra.CheckPassword(password)); err != nil {
		return err
	}
	person, err := in.store.Person(ctx, c.PersonID)
	if err != nil {
		return err
	}
	err = in.passwords.CheckOld(ctx, person.Login, person.Password, old)
	if ra.CodeOf(err) == ra.CodePasswordWrong {
		done, busy := in.passwords.Fits(ctx, person.Password, password)
		if done {
			return in.passwords.Forget(ctx, in.store, person.Login)
		}
		err = cmp.Or(busy, err)
	}
	if err != nil {
		return errors.Join(err, in.loginRefused(ctx, kiosk, person.ID, err))
	}
	if password == old {
		return ra.E(ra.CodePasswordSame).At("password")
	}
	hash, err := in.passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	return in.store.Do(ctx, func(tx Tx) error {
		fresh, err := tx.LockPerson(ctx, c.PersonID)
		if err != nil {
			return err
		}
		if fresh.Password != person.Password { // somebody changed it since the old one was looked at
			return ra.E(ra.CodePasswordWrong).At("old")
		}
		if err := tx.SetPersonPassword(ctx, c.PersonID, hash, in.clerk.Now()); err != nil {
			return err
		}
		if err := tx.EndSessionsOf(ctx, c.PersonID, c.SessionID, in.clerk.Now()); err != nil {
			return err
		}
		if err := tx.EndPresencesOf(ctx, c.PersonID); err != nil {
			return err
		}
		return in.clerk.Write(ctx, tx, book.PersonAt(kiosk, c.PersonID), "person.password", "", c.PersonID)
	})
}

// LogOut ends a session at the kiosk that it was made at; ending an ended one is fine.
func (in *Intake) LogOut(ctx context.Context, kiosk ra.Kiosk, token string) error {
	hashes, err := in.vault.Sums(purposeSession, []byte(token))
	if err != nil {
		return err
	}
	return in.store.Do(ctx, func(tx Tx) error {
		r, err := tx.EndSession(ctx, hashes, kiosk.ID, in.clerk.Now())
		if ra.CodeOf(err) == ra.CodeNotFound {
			return nil
		}
		if err != nil {
			return err
		}
		who := book.PersonAt(kiosk, r.PersonID)
		if r.CertificateID != "" {
			c, err := tx.CertificateByID(ctx, r.CertificateID)
			if err != nil {
				return err
			}
			who = book.KeyAt(kiosk, ra.ActingKey{Key: c.Key})
		}
		return in.clerk.Write(ctx, tx, who, "session.end", "", r.MembershipID)
	})
}
