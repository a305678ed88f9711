package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
)

// InsertAccount stores an account with its password's hash: CodeLoginTaken.
func (s *Store) InsertAccount(ctx context.Context, a ra.Account, passwordHash string) error {
	err := s.exec(ctx, `
		INSERT INTO accounts (id, project_id, login, password, organisation, legal, handler, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		a.ID, a.ProjectID, a.Login, passwordHash, a.Organisation, a.Legal, a.Handler, a.CreatedAt)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	for _, g := range a.Agreed {
		b.Queue(`INSERT INTO agreed (account_id, agreement_id, version, at) VALUES ($1, $2, $3, $4)`, a.ID, g.AgreementID, g.Version, g.At)
	}
	return s.batch(ctx, b)
}

const accountColumns = `
	SELECT a.id, a.project_id, a.login, a.password, a.organisation, a.legal, a.handler, a.created_at,
		COALESCE((SELECT jsonb_agg(jsonb_build_object('agreement_id', g.agreement_id, 'version', g.version, 'at', g.at) ORDER BY g.agreement_id, g.version)
			FROM agreed g WHERE g.account_id = a.id), '[]')
	FROM accounts a `

// accountRow is an account with its password's hash.
type accountRow struct {
	ra.Account
	password string
}

func scanAccount(row pgx.CollectableRow) (a accountRow, err error) {
	err = row.Scan(&a.ID, &a.ProjectID, &a.Login, &a.password, &a.Organisation, &a.Legal, &a.Handler, &a.CreatedAt, &a.Agreed)
	for i := range a.Agreed {
		a.Agreed[i].At = a.Agreed[i].At.UTC()
	}
	return a, err
}

// Account returns an account and its password's hash: CodeNotFound.
func (s *Store) Account(ctx context.Context, id string) (ra.Account, string, error) {
	a, err := one(list(ctx, s, scanAccount, accountColumns+`WHERE a.id = $1`, id))
	return a.Account, a.password, err
}

// AccountByLogin returns an account by its login in normal form, and its password's hash: CodeNotFound.
func (s *Store) AccountByLogin(ctx context.Context, login string) (ra.Account, string, error) {
	a, err := one(list(ctx, s, scanAccount, accountColumns+`WHERE a.login = $1`, login))
	return a.Account, a.password, err
}

// AccountsWithMobile counts other organisations' accounts made since then whose handler has that mobile number.
func (s *Store) AccountsWithMobile(ctx context.Context, a ra.Account, since time.Time) (n int, err error) {
	err = s.row(ctx, []any{&n}, `
		SELECT count(*) FROM accounts WHERE handler ->> 'mobile' = $1 AND id <> $2 AND created_at >= $3
			AND organisation ->> 'credit_code' <> $4`,
		a.Handler.Mobile, a.ID, since, a.Organisation.CreditCode)
	return n, err
}

// InsertSession stores a session and drops those long over.
func (s *Store) InsertSession(ctx context.Context, hash []byte, accountID, kioskID string, now, expires time.Time) error {
	b := &pgx.Batch{}
	b.Queue(`DELETE FROM sessions WHERE expires_at < $1`, now)
	b.Queue(`INSERT INTO sessions (token_hash, account_id, kiosk_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		hash, accountID, kioskID, now, expires)
	return s.batch(ctx, b)
}

// UseSession moves a live session's end and returns its account: CodeNotFound. The token's hash is one of these.
func (s *Store) UseSession(ctx context.Context, hashes [][]byte, kioskID string, now, expires time.Time) (accountID string, err error) {
	err = s.row(ctx, []any{&accountID}, `
		UPDATE sessions SET expires_at = $4 WHERE token_hash = ANY($1) AND kiosk_id = $2 AND expires_at > $3 RETURNING account_id`,
		hashes, kioskID, now, expires)
	return accountID, err
}

// DeleteSession ends a session; a missing one is fine.
func (s *Store) DeleteSession(ctx context.Context, hashes [][]byte) error {
	return s.exec(ctx, `DELETE FROM sessions WHERE token_hash = ANY($1)`, hashes)
}

// TakeAttempt counts a login attempt before its password is looked at and returns how many stand now, this one
// included. While paused it counts nothing and returns the end of the pause. A count older than since is forgotten.
func (s *Store) TakeAttempt(ctx context.Context, audience, login string, now, since time.Time) (n int, paused *time.Time, err error) {
	err = s.row(ctx, []any{&n, &paused}, `
		INSERT INTO login_attempts AS a (audience, login, wrong, updated_at) VALUES ($1, $2, 1, $3)
		ON CONFLICT (audience, login) DO UPDATE SET
			wrong = CASE WHEN a.paused_until > $3 THEN a.wrong WHEN a.updated_at < $4 OR a.paused_until <= $3 THEN 1 ELSE a.wrong + 1 END,
			paused_until = CASE WHEN a.paused_until > $3 THEN a.paused_until END,
			updated_at = $3
		RETURNING wrong, paused_until`, audience, login, now, since)
	return n, paused, err
}

// PauseLogin refuses a login name until then.
func (s *Store) PauseLogin(ctx context.Context, audience, login string, until time.Time) error {
	return s.exec(ctx, `UPDATE login_attempts SET paused_until = $3 WHERE audience = $1 AND login = $2`, audience, login, until)
}

// ForgetAttempts clears the count after a right password.
func (s *Store) ForgetAttempts(ctx context.Context, audience, login string) error {
	return s.exec(ctx, `DELETE FROM login_attempts WHERE audience = $1 AND login = $2`, audience, login)
}
