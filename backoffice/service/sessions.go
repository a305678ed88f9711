package service

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Limits of logins.
const (
	MaxWrongPasswords = 5
	LoginPause        = 15 * time.Minute
	SessionIdle       = 30 * time.Minute
	SessionLife       = 8 * time.Hour
)

// Who logs in where; the same login name counts in each apart.
const (
	audienceCustomer = "customer"
	audienceStaff    = "staff"
	audienceCode     = "code" // authorization codes without a session: of a kiosk, of a key
)

// nobodysSalt and a hash stand where a login name is unknown.
const nobodysSalt = "$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// nobodysHash is compared with where a login name is unknown, so that this takes as long as a wrong password.
func (s *Service) nobodysHash() string {
	return "$argon2id$v=19$m=" + strconv.FormatUint(uint64(s.passwordCost), 10) + ",t=" + strconv.Itoa(argonTime) + ",p=1" + nobodysSalt
}

// Caller is who stands behind a request: a person's live session, in a membership once that is chosen.
type Caller struct {
	SessionID  string
	PersonID   string
	Membership ra.Membership // zero before one is chosen
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
func (s *Service) LogIn(ctx context.Context, kiosk ra.Kiosk, login, password string) (ra.Session, error) {
	login = ra.NormalLogin(login)
	person, err := s.store.PersonByLogin(ctx, login)
	if err := s.checkPassword(ctx, audienceCustomer, login, person.Password, password, err); err != nil {
		return ra.Session{}, err
	}
	secret, err := s.bytes(32)
	if err != nil {
		return ra.Session{}, err
	}
	id, err := s.newID()
	if err != nil {
		return ra.Session{}, err
	}
	now := s.time()
	session := ra.Session{Token: base64.RawURLEncoding.EncodeToString(secret), Expires: now.Add(SessionIdle), Login: login}
	if session.Memberships, err = s.store.MembershipsAt(ctx, person.ID, kiosk.ID); err != nil {
		return ra.Session{}, err
	}
	record := book.SessionRecord{ID: id, PersonID: person.ID, Master: s.vault.Current()}
	if session.Mandate, err = s.mandateKey(record); err != nil {
		return ra.Session{}, err
	}
	if len(session.Memberships) == 1 {
		session.Membership = &session.Memberships[0]
		record.MembershipID = session.Membership.ID
	}
	tokenHash, err := s.vault.Sum(purposeSession, []byte(session.Token))
	if err != nil {
		return ra.Session{}, err
	}
	err = s.store.Do(ctx, func(tx Tx) error {
		// A password that was changed since it was looked at opens nothing.
		fresh, err := tx.LockPerson(ctx, person.ID)
		if err != nil {
			return err
		}
		if fresh.Password != person.Password {
			return ra.E(ra.CodeLoginWrong)
		}
		if err := s.mustBeIn(ctx, tx, kiosk); err != nil {
			return err
		}
		if err := tx.InsertSession(ctx, tokenHash, record, kiosk.ID, now, session.Expires, now.Add(SessionLife)); err != nil {
			return err
		}
		return s.audit(ctx, tx, actor{"customer", person.ID, kiosk.ID}, "session.begin", "", record.MembershipID)
	})
	if err != nil {
		return ra.Session{}, err
	}
	return session, nil
}

// checkPassword counts the attempt, compares, and forgets the count when the password is right. Found is the error of
// looking the login name up; an unknown name costs the same time and the same count as a wrong password.
func (s *Service) checkPassword(ctx context.Context, audience, login, hash, password string, found error) error {
	known := found == nil
	if !known && ra.CodeOf(found) != ra.CodeNotFound {
		return found
	}
	if login == "" {
		return ra.E(ra.CodeRequired).At("login")
	}
	now := s.time()
	n, paused, err := s.store.TakeAttempt(ctx, audience, login, now, now.Add(-LoginPause))
	if err != nil {
		return err
	}
	if paused != nil || n > MaxWrongPasswords {
		return loginPaused(now, paused)
	}
	if !known {
		hash = s.nobodysHash()
	}
	if passwordFits(hash, password) && known {
		return s.store.ForgetAttempts(ctx, audience, login)
	}
	if n < MaxWrongPasswords {
		return ra.E(ra.CodeLoginWrong, "left", strconv.Itoa(MaxWrongPasswords-n))
	}
	until := now.Add(LoginPause)
	if err := s.store.PauseLogin(ctx, audience, login, until); err != nil {
		return err
	}
	return loginPaused(now, &until)
}

func loginPaused(now time.Time, until *time.Time) error {
	return ra.E(ra.CodeLoginPaused, "minutes", pauseMinutes(now, until))
}

// pauseMinutes is how long a pause lasts still, LoginPause where its end is not known.
func pauseMinutes(now time.Time, until *time.Time) string {
	left := LoginPause
	if until != nil {
		left = until.Sub(now)
	}
	return strconv.Itoa(int((left + time.Minute - 1) / time.Minute))
}

// purposeSession separates the hashes of session tokens from others.
const purposeSession = "session-token"

// Session returns who a session belongs to and keeps it open: CodeSessionOver.
func (s *Service) Session(ctx context.Context, kiosk ra.Kiosk, token string) (Caller, error) {
	now := s.time()
	hashes, err := s.vault.Sums(purposeSession, []byte(token))
	if err != nil {
		return Caller{}, err
	}
	r, err := s.store.UseSession(ctx, hashes, kiosk.ID, now, now.Add(SessionIdle))
	if ra.CodeOf(err) == ra.CodeNotFound {
		return Caller{}, ra.E(ra.CodeSessionOver)
	}
	if err != nil {
		return Caller{}, err
	}
	c := Caller{SessionID: r.ID, PersonID: r.PersonID}
	if r.MembershipID != "" {
		c.Membership, err = s.store.Membership(ctx, r.MembershipID)
	}
	return c, err
}

// CurrentSession describes the caller's session, without its token.
func (s *Service) CurrentSession(ctx context.Context, kiosk ra.Kiosk, c Caller) (ra.Session, error) {
	person, err := s.store.Person(ctx, c.PersonID)
	if err != nil {
		return ra.Session{}, err
	}
	session := ra.Session{Expires: s.time().Add(SessionIdle), Login: person.Login}
	if c.Membership.ID != "" {
		session.Membership = &c.Membership
	}
	session.Memberships, err = s.Memberships(ctx, kiosk, c)
	return session, err
}

// Memberships lists the caller's memberships in the projects that the kiosk offers, newest first.
func (s *Service) Memberships(ctx context.Context, kiosk ra.Kiosk, c Caller) ([]ra.Membership, error) {
	return s.store.MembershipsAt(ctx, c.PersonID, kiosk.ID)
}

// ChooseMembership puts the session into one of those; nothing of another shows from then on. CodeNotFound.
func (s *Service) ChooseMembership(ctx context.Context, kiosk ra.Kiosk, c Caller, id string) (ra.Membership, error) {
	all, err := s.Memberships(ctx, kiosk, c)
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
	err = s.store.Do(ctx, func(tx Tx) error {
		if err := tx.SetSessionMembership(ctx, c.SessionID, id); err != nil {
			return err
		}
		return s.audit(ctx, tx, customerAt(kiosk, all[i]), "session.switch", "", id)
	})
	return all[i], err
}

// ChangePassword sets the caller's password and ends their other sessions, wherever they are; the same again, after the answer was
// lost, changes nothing. CodePasswordWrong (field "old", args: left), CodeLoginPaused, CodePasswordSame and what makes a password
// weak (field "password").
func (s *Service) ChangePassword(ctx context.Context, kiosk ra.Kiosk, c Caller, old, password string) error {
	if err := ra.FieldError("password", ra.CheckPassword(password)); err != nil {
		return err
	}
	person, err := s.store.Person(ctx, c.PersonID)
	if err != nil {
		return err
	}
	err = s.oldPassword(ctx, audienceCustomer, person.Login, person.Password, old)
	if ra.CodeOf(err) == ra.CodePasswordWrong && passwordFits(person.Password, password) { // it is done
		return s.store.ForgetAttempts(ctx, audienceCustomer, person.Login)
	}
	if err != nil {
		return err
	}
	if password == old {
		return ra.E(ra.CodePasswordSame).At("password")
	}
	hash, err := hashPassword(s.rand, password, s.passwordCost)
	if err != nil {
		return err
	}
	return s.store.Do(ctx, func(tx Tx) error {
		fresh, err := tx.LockPerson(ctx, c.PersonID)
		if err != nil {
			return err
		}
		if fresh.Password != person.Password { // somebody changed it since the old one was looked at
			return ra.E(ra.CodePasswordWrong).At("old")
		}
		if err := tx.SetPersonPassword(ctx, c.PersonID, hash); err != nil {
			return err
		}
		if err := tx.EndSessionsOf(ctx, c.PersonID, c.SessionID, s.time()); err != nil {
			return err
		}
		if err := tx.EndPresencesOf(ctx, c.PersonID); err != nil {
			return err
		}
		return s.audit(ctx, tx, actor{"customer", c.PersonID, kiosk.ID}, "person.password", "", c.PersonID)
	})
}

// oldPassword checks the password that is to be changed: CodePasswordWrong (field "old", args: left), CodeLoginPaused.
func (s *Service) oldPassword(ctx context.Context, audience, login, hash, old string) error {
	err := s.checkPassword(ctx, audience, login, hash, old, nil)
	var wrong *ra.Error
	if errors.As(err, &wrong) && wrong.Code == ra.CodeLoginWrong {
		return &ra.Error{Code: ra.CodePasswordWrong, Field: "old", Args: wrong.Args, Err: err}
	}
	return err
}

// LogOut ends a session at the kiosk that it was made at; ending an ended one is fine.
func (s *Service) LogOut(ctx context.Context, kiosk ra.Kiosk, token string) error {
	hashes, err := s.vault.Sums(purposeSession, []byte(token))
	if err != nil {
		return err
	}
	return s.store.EndSession(ctx, hashes, kiosk.ID, s.time())
}

// StaffLogIn checks a staff member's password: CodeLoginWrong (args: left), CodeLoginPaused (args: minutes).
func (s *Service) StaffLogIn(ctx context.Context, login, password string) (ra.Staff, error) {
	login = ra.NormalLogin(login)
	member, hash, err := s.store.StaffByLogin(ctx, login)
	if err := s.checkPassword(ctx, audienceStaff, login, hash, password, err); err != nil {
		return ra.Staff{}, err
	}
	return member, s.audit(ctx, s.store, staffActor(member), "staff.begin", "", member.ID)
}
