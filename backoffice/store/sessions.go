package store

import (
	"context"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// sessionsStay is how long the rows of ended sessions stay: a little longer than what was confirmed in them may be on its way.
const sessionsStay = 32 * 24 * time.Hour

// InsertSession stores a session.
func (s statements) InsertSession(ctx context.Context, hash []byte, r book.SessionRecord, kioskID string, now, expires, ends time.Time) error {
	return s.exec(ctx, `
		INSERT INTO sessions (id, token_hash, person_id, membership_id, kiosk_id, created_at, expires_at, ends_at, master, certificate_id, order_id)
		VALUES ($1, $2, NULLIF($3, '')::uuid, NULLIF($4, '')::uuid, $5, $6, $7, $8, $9, NULLIF($10, '')::uuid, NULLIF($11, '')::uuid)`,
		r.ID, hash, r.PersonID, r.MembershipID, kioskID, now, expires, ends, r.Master, r.CertificateID, r.OrderID)
}

// acting is the certificate by which a key acts in its session: the one of its login while that is in use, or the one that took its
// place on the same key meanwhile.
const acting = `
	SELECT a.* FROM certificates c JOIN certificates a ON a.id = c.id OR a.supersedes = c.id
		AND (a.manufacturer, a.key_model, a.serial) = (c.manufacturer, c.key_model, c.serial)
		JOIN ukeys k ON (k.manufacturer, k.key_model, k.serial) = (a.manufacturer, a.key_model, a.serial)
	WHERE c.id = s.certificate_id AND a.state = 'active' AND k.life = 'active'`

// LiveSession returns a live session with the membership that it is in, zero where none was chosen: CodeNotFound. The token's hash is one
// of these. One that begins only after the latest idle end was begun by a clock that was ahead, and would live on for as long. A key's
// lives only while its certificate is in use.
func (s statements) LiveSession(ctx context.Context, hashes [][]byte, kioskID string, now, latest time.Time) (r book.SessionRecord, m ra.Membership, err error) {
	var members []ra.Membership
	var keys []ra.ActingKey
	err = s.row(ctx, []any{&r.ID, &r.PersonID, &r.CertificateID, &r.OrderID, &r.IdleEnd, collection[ra.Membership]{&members, membershipInto},
		collection[ra.ActingKey]{&keys, actingInto}}, `
		SELECT s.id, COALESCE(s.person_id::text, ''), COALESCE(s.certificate_id::text, ''), COALESCE(s.order_id::text, ''), s.expires_at,
			ARRAY(SELECT (`+membershipFields+`) FROM memberships m WHERE m.id = s.membership_id),
			ARRAY(SELECT (a.id, a.serial_number, a.manufacturer, a.key_model, a.serial, a.not_after) FROM (`+acting+`) a)
		FROM sessions s
		WHERE token_hash = ANY($1) AND kiosk_id = $2 AND ended_at IS NULL AND expires_at > $3 AND ends_at > $3 AND created_at < $4`,
		hashes, kioskID, now, latest)
	if len(members) > 0 {
		m = inUTC(members[0])
		r.MembershipID, m.OrderID = m.ID, r.OrderID
	}
	if err == nil && r.CertificateID != "" {
		if len(keys) == 0 {
			return r, m, ra.E(ra.CodeNotFound)
		}
		m.Key = &keys[0]
		m.Key.Late = !now.Before(m.Key.NotAfter)
	}
	return r, m, err
}

// UseSession moves a session's idle end, unless it ended.
func (s statements) UseSession(ctx context.Context, id string, expires time.Time) error {
	return s.exec(ctx, `UPDATE sessions SET expires_at = $2 WHERE id = $1 AND ended_at IS NULL`, id, expires)
}

// SetSessionMembership puts a session into a membership.
func (s statements) SetSessionMembership(ctx context.Context, id, membershipID string) error {
	return s.exec(ctx, `UPDATE sessions SET membership_id = $2 WHERE id = $1`, id, membershipID)
}

// EndSession ends a session at a kiosk and returns whose it was: CodeNotFound for a missing or ended one.
func (s statements) EndSession(ctx context.Context, hashes [][]byte, kioskID string, now time.Time) (r book.SessionRecord, err error) {
	err = s.row(ctx, []any{&r.ID, &r.PersonID, &r.MembershipID, &r.CertificateID}, `
		UPDATE sessions SET ended_at = $3 WHERE token_hash = ANY($1) AND kiosk_id = $2 AND ended_at IS NULL
		RETURNING id, COALESCE(person_id::text, ''), COALESCE(membership_id::text, ''), COALESCE(certificate_id::text, '')`, hashes, kioskID, now)
	return r, err
}

// EndSessionsOf ends all sessions of a person but one.
func (s statements) EndSessionsOf(ctx context.Context, personID, but string, now time.Time) error {
	return s.exec(ctx, `UPDATE sessions SET ended_at = $3 WHERE person_id = $1 AND id::text <> $2 AND ended_at IS NULL`, personID, but, now)
}

// TakeAttempt counts a login attempt before its password is looked at and returns how many stand now, this one
// included. While paused it counts nothing and returns the end of the pause. A count older than since is forgotten, and one that is
// ahead by more than twice that: the clock was set back, and its pause would last as long.
func (s statements) TakeAttempt(ctx context.Context, audience, login string, now, since time.Time) (n int, paused *time.Time, err error) {
	err = s.row(ctx, []any{&n, &paused}, `
		INSERT INTO login_attempts AS a (audience, login, wrong, updated_at) VALUES ($1, $2, 1, $3)
		ON CONFLICT (audience, login) DO UPDATE SET
			wrong = CASE WHEN a.updated_at > $5 THEN 1 WHEN a.paused_until > $3 THEN a.wrong
				WHEN a.updated_at < $4 OR a.paused_until <= $3 THEN 1 ELSE a.wrong + 1 END,
			paused_until = CASE WHEN a.paused_until > $3 AND a.updated_at <= $5 THEN a.paused_until END,
			updated_at = $3
		RETURNING wrong, paused_until`, audience, login, now, since, now.Add(2*now.Sub(since)))
	return n, paused, err
}

// PauseLogin refuses a login name until then.
func (s statements) PauseLogin(ctx context.Context, audience, login string, until time.Time) error {
	return s.exec(ctx, `UPDATE login_attempts SET paused_until = $3 WHERE audience = $1 AND login = $2`, audience, login, until)
}

// ForgetAttempts clears the count after a right password.
func (s statements) ForgetAttempts(ctx context.Context, audience, login string) error {
	return s.exec(ctx, `DELETE FROM login_attempts WHERE audience = $1 AND login = $2`, audience, login)
}

// ReturnAttempt takes the last count back.
func (s statements) ReturnAttempt(ctx context.Context, audience, login string) error {
	return s.exec(ctx, `UPDATE login_attempts SET wrong = GREATEST(wrong - 1, 0) WHERE audience = $1 AND login = $2`, audience, login)
}
