package service

import (
	"context"
	"encoding/base64"
	"strconv"
	"time"

	"keyhall/backoffice/ra"
)

// Limits of logins.
const (
	MaxWrongPasswords = 5
	LoginPause        = 15 * time.Minute
	SessionIdle       = 30 * time.Minute
)

// Who logs in where; the same login name counts in each apart.
const (
	audienceCustomer = "customer"
	audienceStaff    = "staff"
)

// nobodysHash is compared with where a login name is unknown, so that this takes as long as a wrong password.
const nobodysSalt = "$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func (s *Service) nobodysHash() string {
	return "$argon2id$v=19$m=" + strconv.FormatUint(uint64(s.passwordCost), 10) + ",t=" + strconv.Itoa(argonTime) + ",p=1" + nobodysSalt
}

// Session is a customer's login.
type Session struct {
	Token   string
	Expires time.Time // when idle until then
	Account ra.Account
}

// LogIn opens a session: CodeLoginWrong (args: left), CodeLoginPaused (args: minutes).
func (s *Service) LogIn(ctx context.Context, kiosk ra.Kiosk, login, password string) (Session, error) {
	login = ra.NormalLogin(login)
	account, hash, err := s.store.AccountByLogin(ctx, login)
	if err := s.checkPassword(ctx, audienceCustomer, login, hash, password, err); err != nil {
		return Session{}, err
	}
	if err := s.mustOffer(ctx, kiosk, account.ProjectID); err != nil {
		return Session{}, err
	}
	secret, err := s.bytes(32)
	if err != nil {
		return Session{}, err
	}
	now := s.time()
	session := Session{Token: base64.RawURLEncoding.EncodeToString(secret), Expires: now.Add(SessionIdle), Account: account}
	tokenHash, err := s.vault.Sum(purposeSession, []byte(session.Token))
	if err != nil {
		return Session{}, err
	}
	err = s.store.Do(ctx, func(ctx context.Context) error {
		if err := s.store.InsertSession(ctx, tokenHash, account.ID, kiosk.ID, now, session.Expires); err != nil {
			return err
		}
		return s.audit(ctx, customerAt(kiosk, account), "session.begin", "", account.ID)
	})
	return session, err
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
	left := LoginPause
	if until != nil {
		left = until.Sub(now)
	}
	minutes := int((left + time.Minute - 1) / time.Minute)
	return ra.E(ra.CodeLoginPaused, "minutes", strconv.Itoa(minutes))
}

// purposeSession separates the hashes of session tokens from others.
const purposeSession = "session-token"

// Session returns the account of a session and keeps it open: CodeSessionOver.
func (s *Service) Session(ctx context.Context, kiosk ra.Kiosk, token string) (ra.Account, error) {
	now := s.time()
	hashes, err := s.vault.Sums(purposeSession, []byte(token))
	if err != nil {
		return ra.Account{}, err
	}
	id, err := s.store.UseSession(ctx, hashes, kiosk.ID, now, now.Add(SessionIdle))
	if ra.CodeOf(err) == ra.CodeNotFound {
		return ra.Account{}, ra.E(ra.CodeSessionOver)
	}
	if err != nil {
		return ra.Account{}, err
	}
	account, _, err := s.store.Account(ctx, id)
	return account, err
}

// LogOut ends a session; ending an ended one is fine.
func (s *Service) LogOut(ctx context.Context, kiosk ra.Kiosk, token string) error {
	hashes, err := s.vault.Sums(purposeSession, []byte(token))
	if err != nil {
		return err
	}
	return s.store.DeleteSession(ctx, hashes)
}

// StaffLogIn checks a staff member's password: CodeLoginWrong (args: left), CodeLoginPaused (args: minutes).
func (s *Service) StaffLogIn(ctx context.Context, login, password string) (ra.Staff, error) {
	login = ra.NormalLogin(login)
	member, hash, err := s.store.StaffByLogin(ctx, login)
	if err := s.checkPassword(ctx, audienceStaff, login, hash, password, err); err != nil {
		return ra.Staff{}, err
	}
	return member, s.audit(ctx, staffActor(member), "staff.begin", "", member.ID)
}
