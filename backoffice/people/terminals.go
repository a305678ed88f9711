package people

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// Limits of a session of staff at a kiosk.
const (
	SessionIdle = 15 * time.Minute
	SessionLife = 4 * time.Hour
)

// purposeSession separates the hashes of session tokens from others.
const purposeSession = "staff-session-token"

// StaffKeyChallenge gives a key of staff that is plugged in at the kiosk something to sign: CodeStaffKeyUnknown for one that is bound to
// nobody, or does not count. Whose it is it does not tell. Field errors, CodeKioskBlocked.
func (p *People) StaffKeyChallenge(ctx context.Context, kiosk ra.Kiosk, a ra.KeyAsked) (ra.KeyChallenge, error) {
	none := ra.KeyChallenge{}
	if err := a.Check(); err != nil {
		return none, err
	}
	if a.Purpose != ra.KeyPurposeStaff {
		return none, ra.E(ra.CodeInvalid).At("purpose")
	}
	nonce, err := p.clerk.Bytes(ra.KeyNonceBytes)
	if err != nil {
		return none, err
	}
	var key ra.StaffKey
	err = p.store.Do(ctx, func(tx Tx) error {
		if err := mustBeIn(ctx, tx, kiosk); err != nil {
			return err
		}
		if key, err = tx.StaffKeyBySum(ctx, a.Certificates); ra.CodeOf(err) == ra.CodeNotFound {
			return ra.E(ra.CodeStaffKeyUnknown)
		}
		if err != nil {
			return err
		}
		now := p.clerk.Now()
		return tx.InsertKeyNonce(ctx, book.KeyNonce{Nonce: nonce, KioskID: kiosk.ID, Purpose: ra.KeyPurposeStaff, StaffKeyID: key.ID}, now, now.Add(ra.KeyNonceLife))
	})
	return ra.KeyChallenge{Nonce: nonce, Certificate: key.Sum()}, err
}

// mustBeIn is CodeKioskBlocked when the kiosk was blocked since it began to ask.
func mustBeIn(ctx context.Context, in book.Offers, kiosk ra.Kiosk) error {
	_, blocked, err := in.KioskOffers(ctx, kiosk.ID, "")
	if err == nil && blocked {
		err = ra.E(ra.CodeKioskBlocked)
	}
	return err
}

// signed is the key that signed what the kiosk was given for staff, which is used up whatever comes of it. Refused is CodeChallengeStale,
// CodeStaffKeyUnknown, or CodeProofBad (field "signature").
func (p *People) signed(ctx context.Context, kiosk ra.Kiosk, a ra.KeyAnswer) (key ra.StaffKey, refused, err error) {
	err = p.store.Do(ctx, func(tx Tx) error {
		n, err := tx.UseKeyNonce(ctx, book.KeyNonce{Nonce: a.Nonce, KioskID: kiosk.ID, Purpose: ra.KeyPurposeStaff}, p.clerk.Now())
		if ra.CodeOf(err) == ra.CodeNotFound {
			refused = ra.E(ra.CodeChallengeStale)
			return nil
		}
		if err != nil {
			return err
		}
		if key, err = tx.StaffKey(ctx, n.StaffKeyID); ra.CodeOf(err) == ra.CodeNotFound {
			refused = ra.E(ra.CodeStaffKeyUnknown)
			return nil
		}
		return err
	})
	if refused != nil || err != nil {
		return key, refused, err
	}
	pair, err := pki.ReadPublicKey(key.PublicKey)
	if err != nil {
		return key, nil, fmt.Errorf("key of staff in the register: %w", err)
	}
	if err := pair.CheckSignature(ra.LoginMessage(ra.KeyPurposeStaff, kiosk.ID, a.Nonce), a.Signature); err != nil {
		refused = ra.E(ra.CodeProofBad).Because(err).At("signature")
	}
	return key, refused, nil
}

// LogInAt opens a session of a member of staff at a kiosk, by their password and what their key signed there; without the key only for a
// role that may look without, and for looking. Wrong passwords count as the console's do. What the key signed is told of only to who has
// the password: CodeLoginWrong (args: left), CodeLoginPaused (args: minutes), CodeChallengeStale, CodeProofBad, CodeStaffKeyUnknown,
// CodeStaffKeyOther, CodeStaffKeyNeeded, CodeStaffElsewhere, CodeStaffTemporary, CodeKioskBlocked.
func (p *People) LogInAt(ctx context.Context, kiosk ra.Kiosk, in ra.StaffLogIn) (ra.StaffSession, error) {
	none := ra.StaffSession{}
	var key ra.StaffKey
	var stands error // against the key
	var err error
	if in.Key != nil {
		if key, stands, err = p.signed(ctx, kiosk, *in.Key); err != nil {
			return none, err
		}
	}
	login := ra.NormalLogin(in.Login)
	member, hash, err := p.store.StaffByLogin(ctx, login)
	if err := p.passwords.Check(ctx, login, hash, in.Password, err); err != nil {
		return none, errors.Join(err, p.loginRefused(ctx, kiosk, member, err))
	}
	var session ra.StaffSession
	err = book.Kept(ctx, p.store, func(tx Tx) (refused, err error) {
		fresh, was, err := tx.LockStaff(ctx, member.ID)
		if err != nil {
			return nil, err
		}
		if was != hash || fresh.Disabled { // since the password was looked at
			return ra.E(ra.CodeLoginWrong), nil
		}
		if err := mustBeIn(ctx, tx, kiosk); err != nil {
			return nil, err
		}
		if session, refused, err = p.mayBeAt(ctx, tx, kiosk, fresh, key, stands); err != nil {
			return nil, err
		}
		if refused != nil {
			return refused, p.clerk.Write(ctx, tx, book.StaffAt(kiosk, fresh), "staff.refuse", "", fresh.ID, "code", string(ra.CodeOf(refused)))
		}
		return nil, p.begin(ctx, tx, kiosk, fresh, key, &session)
	})
	if err != nil {
		return none, err
	}
	return session, nil
}

// begin stores a session, gives it its token, and leaves a line.
func (p *People) begin(ctx context.Context, tx Tx, kiosk ra.Kiosk, m ra.Staff, key ra.StaffKey, s *ra.StaffSession) error {
	secret, err := p.clerk.Bytes(32)
	if err != nil {
		return err
	}
	id, err := p.clerk.ID()
	if err != nil {
		return err
	}
	now := p.clerk.Now()
	s.Token, s.Expires = base64.RawURLEncoding.EncodeToString(secret), now.Add(SessionIdle)
	hash, err := p.vault.Sum(purposeSession, []byte(s.Token))
	if err != nil {
		return err
	}
	r := book.StaffSessionRecord{ID: id, StaffID: m.ID, Epoch: m.Epoch, KeyID: key.ID}
	if err := tx.InsertStaffSession(ctx, hash, r, kiosk.ID, now, s.Expires, now.Add(SessionLife)); err != nil {
		return err
	}
	return p.clerk.Write(ctx, tx, book.StaffAt(kiosk, m), "staff.begin", "", m.ID, "by_key", strconv.FormatBool(s.ByKey))
}

// mayBeAt is what a member of staff may do at the kiosk, with the key that signed or, for a zero one, without; or what stands against it.
func (p *People) mayBeAt(ctx context.Context, in book.Offers, kiosk ra.Kiosk, m ra.Staff, key ra.StaffKey, stands error) (s ra.StaffSession, refused, err error) {
	byKey := key.ID != "" || stands != nil
	switch {
	case m.Temporary:
		return s, ra.E(ra.CodeStaffTemporary), nil
	case stands != nil:
		return s, stands, nil
	case byKey && key.StaffID != m.ID:
		return s, ra.E(ra.CodeStaffKeyOther), nil
	case byKey && !slices.ContainsFunc(m.Keys, func(k ra.StaffKey) bool { return k.ID == key.ID && k.Live() }):
		return s, ra.E(ra.CodeStaffKeyUnknown), nil
	}
	if s, err = atKiosk(ctx, in, kiosk, m, byKey); err != nil || len(s.Roles) > 0 {
		return s, nil, err
	}
	if !byKey {
		with, err := atKiosk(ctx, in, kiosk, m, true)
		if err != nil || len(with.Roles) > 0 {
			return s, ra.E(ra.CodeStaffKeyNeeded), err
		}
	}
	return s, ra.E(ra.CodeStaffElsewhere), nil
}

// atKiosk is what a member of staff may do at a kiosk: by the grants that count for its hall and one of its projects.
func atKiosk(ctx context.Context, in book.Offers, kiosk ra.Kiosk, m ra.Staff, byKey bool) (ra.StaffSession, error) {
	s := ra.StaffSession{Name: m.Name, ByKey: byKey, Roles: []ra.Role{}, Acts: []ra.Act{}}
	for _, role := range ra.Roles() {
		here, err := holds(ctx, in, kiosk, m, role)
		if err != nil {
			return s, err
		}
		if may := role.MayAtKiosk(byKey); here && len(may) > 0 {
			s.Roles, s.Acts = append(s.Roles, role), append(s.Acts, may...)
		}
	}
	slices.Sort(s.Acts)
	s.Acts = slices.Compact(s.Acts)
	return s, nil
}

// holds reports whether a role of a member counts at the kiosk.
func holds(ctx context.Context, in book.Offers, kiosk ra.Kiosk, m ra.Staff, role ra.Role) (bool, error) {
	for _, g := range m.Grants {
		if g.Role != role || !g.Live() || g.HallID != "" && g.HallID != kiosk.HallID {
			continue
		}
		if g.ProjectID == "" {
			return true, nil
		}
		if offered, _, err := in.KioskOffers(ctx, kiosk.ID, g.ProjectID); offered || err != nil {
			return offered, err
		}
	}
	return false, nil
}

// StaffSession tells who a session belongs to and what they may do at the kiosk now, and keeps it open: CodeSessionOver.
func (p *People) StaffSession(ctx context.Context, kiosk ra.Kiosk, token string) (ra.StaffSession, error) {
	none, now := ra.StaffSession{}, p.clerk.Now()
	hashes, err := p.vault.Sums(purposeSession, []byte(token))
	if err != nil {
		return none, err
	}
	idle := now.Add(SessionIdle)
	r, err := p.store.LiveStaffSession(ctx, hashes, kiosk.ID, now, idle)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return none, ra.E(ra.CodeSessionOver)
	}
	if err != nil {
		return none, err
	}
	member, _, err := p.store.Staff(ctx, r.StaffID)
	if err != nil {
		return none, err
	}
	s, err := atKiosk(ctx, p.store, kiosk, member, r.KeyID != "")
	if err != nil {
		return none, err
	}
	if len(s.Roles) == 0 {
		return none, ra.E(ra.CodeSessionOver)
	}
	s.Expires = idle
	return s, p.store.UseStaffSession(ctx, r.ID, idle)
}

// LogOutAt ends a session at the kiosk that it was made at; ending an ended one is fine.
func (p *People) LogOutAt(ctx context.Context, kiosk ra.Kiosk, token string) error {
	hashes, err := p.vault.Sums(purposeSession, []byte(token))
	if err != nil {
		return err
	}
	return p.store.Do(ctx, func(tx Tx) error {
		id, err := tx.EndStaffSession(ctx, hashes, kiosk.ID, p.clerk.Now())
		if ra.CodeOf(err) == ra.CodeNotFound {
			return nil
		}
		if err != nil {
			return err
		}
		return p.clerk.Write(ctx, tx, book.StaffAt(kiosk, ra.Staff{ID: id}), "staff.end", "", id)
	})
}
