package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
)

// seen is true for an order o that the viewer, whose parameters come first, has a live grant for.
const seen = `EXISTS (SELECT FROM live_grants g WHERE g.staff_id = $1 AND g.role = ANY($2)
	AND COALESCE(g.project_id, o.project_id) = o.project_id AND COALESCE(g.hall_id, o.hall_id) = o.hall_id)`

// staffSelect reads members of staff with the grants that were not withdrawn and the keys that were not removed.
const staffSelect = `
	SELECT s.id, s.login, s.name, s.mobile, s.epoch, s.temporary, s.disabled_at IS NOT NULL, s.password,
		COALESCE((SELECT jsonb_agg(jsonb_build_object('id', g.id, 'staff_id', g.staff_id, 'role', g.role,
				'project_id', COALESCE(g.project_id, ''), 'hall_id', COALESCE(g.hall_id, ''), 'given_by', COALESCE(g.given_by::text, ''),
				'given_at', g.given_at, 'confirmed_by', COALESCE(g.confirmed_by::text, ''), 'confirmed_at', g.confirmed_at) ORDER BY g.id)
			FROM staff_grants g WHERE g.staff_id = s.id AND g.withdrawn_at IS NULL), '[]'),
		COALESCE((SELECT jsonb_agg(jsonb_build_object('id', k.id, 'staff_id', k.staff_id, 'name', k.name,
				'public_key', replace(encode(k.public_key, 'base64'), E'\n', ''), 'asked_by', COALESCE(k.asked_by::text, ''), 'asked_at', k.asked_at,
				'confirmed_by', COALESCE(k.confirmed_by::text, ''), 'confirmed_at', k.confirmed_at) ORDER BY k.id)
			FROM staff_keys k WHERE k.staff_id = s.id AND k.removed_at IS NULL), '[]')
	FROM staff s `

// staffRow is a member of staff with their password's hash.
type staffRow struct {
	ra.Staff
	password string
}

func scanStaff(row pgx.CollectableRow) (m staffRow, err error) {
	err = row.Scan(&m.ID, &m.Login, &m.Name, &m.Mobile, &m.Epoch, &m.Temporary, &m.Disabled, &m.password, &m.Grants, &m.Keys)
	for i, g := range m.Grants {
		m.Grants[i].GivenAt, m.Grants[i].ConfirmedAt = g.GivenAt.UTC(), asUTC(g.ConfirmedAt)
	}
	for i, k := range m.Keys {
		m.Keys[i].AskedAt, m.Keys[i].ConfirmedAt = k.AskedAt.UTC(), asUTC(k.ConfirmedAt)
	}
	return m, err
}

// asUTC is a time that may be missing.
func asUTC(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	u := at.UTC()
	return &u
}

// Staff returns a member of staff, also one who was disabled, and their password's hash: CodeNotFound.
func (s statements) Staff(ctx context.Context, id string) (ra.Staff, string, error) {
	m, err := one(list(ctx, s, scanStaff, staffSelect+`WHERE s.id = $1`, id))
	return m.Staff, m.password, err
}

// LockStaff is Staff, the row held until the transaction ends.
func (s statements) LockStaff(ctx context.Context, id string) (ra.Staff, string, error) {
	if err := s.row(ctx, []any{&id}, `SELECT id FROM staff WHERE id = $1 FOR UPDATE`, id); err != nil {
		return ra.Staff{}, "", err
	}
	return s.Staff(ctx, id)
}

// StaffByLogin returns a member of staff who was not disabled, and their password's hash: CodeNotFound.
func (s statements) StaffByLogin(ctx context.Context, login string) (ra.Staff, string, error) {
	m, err := one(list(ctx, s, scanStaff, staffSelect+`WHERE s.login = $1 AND s.disabled_at IS NULL`, login))
	return m.Staff, m.password, err
}

// StaffList lists, by name, the members whose grants the viewer's reach, and those without any.
func (s statements) StaffList(ctx context.Context, v ra.Viewer) ([]ra.Staff, error) {
	rows, err := list(ctx, s, scanStaff, staffSelect+`
		WHERE EXISTS (SELECT FROM live_grants v WHERE v.staff_id = $1 AND v.role = ANY($2) AND (
			NOT EXISTS (SELECT FROM staff_grants g WHERE g.staff_id = s.id AND g.withdrawn_at IS NULL)
			OR EXISTS (SELECT FROM staff_grants g WHERE g.staff_id = s.id AND g.withdrawn_at IS NULL
				AND (v.project_id IS NULL OR v.project_id = g.project_id) AND (v.hall_id IS NULL OR v.hall_id = g.hall_id))))
		ORDER BY s.disabled_at IS NOT NULL, s.name, s.login`, v.StaffID, v.Roles)
	all := make([]ra.Staff, len(rows))
	for i, m := range rows {
		all[i] = m.Staff
	}
	return all, err
}

// AllStaff lists every member of staff by login.
func (s statements) AllStaff(ctx context.Context) ([]ra.Staff, error) {
	rows, err := list(ctx, s, scanStaff, staffSelect+`ORDER BY s.login`)
	all := make([]ra.Staff, len(rows))
	for i, m := range rows {
		all[i] = m.Staff
	}
	return all, err
}

// StaffName returns what colleagues call a member of staff: CodeNotFound.
func (s statements) StaffName(ctx context.Context, id string) (name string, err error) {
	err = s.row(ctx, []any{&name}, `SELECT name FROM staff WHERE id = $1`, id)
	return name, err
}

// InsertStaff stores a new member of staff without grants: CodeLoginTaken.
func (s statements) InsertStaff(ctx context.Context, m ra.Staff, passwordHash string, now time.Time) error {
	return s.change(ctx, "staff", `INSERT INTO staff (id, login, name, mobile, password, temporary, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		m.ID, m.Login, m.Name, m.Mobile, passwordHash, m.Temporary, now)
}

// SetStaffPassword sets a password and ends the member's sessions.
func (s statements) SetStaffPassword(ctx context.Context, id, passwordHash string, temporary bool) error {
	return s.change(ctx, "staff", `UPDATE staff SET password = $2, temporary = $3, epoch = epoch + 1 WHERE id = $1`, id, passwordHash, temporary)
}

// SetStaffDisabled disables a member of staff, or with nil lets them in again; their sessions end and their claims are free.
func (s statements) SetStaffDisabled(ctx context.Context, id string, at *time.Time) error {
	b := &pgx.Batch{}
	s.queue(b, "staff", `UPDATE staff SET disabled_at = $2, epoch = epoch + 1 WHERE id = $1`, id, at)
	b.Queue(`DELETE FROM claims WHERE staff_id = $1`, id)
	return s.batch(ctx, b)
}

// InsertGrant stores a grant: CodeConflict (field "role") when the member has it already.
func (s statements) InsertGrant(ctx context.Context, g ra.Grant) error {
	return s.change(ctx, "grant", `
		INSERT INTO staff_grants (id, staff_id, role, project_id, hall_id, given_by, given_at, confirmed_by, confirmed_at)
		VALUES ($1, $2, $3, NULLIF($4, ''), NULLIF($5, ''), NULLIF($6, '')::uuid, $7, NULLIF($8, '')::uuid, $9)`,
		g.ID, g.StaffID, g.Role, g.ProjectID, g.HallID, g.GivenBy, g.GivenAt, g.ConfirmedBy, g.ConfirmedAt)
}

// GrantHolder returns whose grant it is, also of a withdrawn one: CodeNotFound.
func (s statements) GrantHolder(ctx context.Context, id string) (staffID string, err error) {
	err = s.row(ctx, []any{&staffID}, `SELECT staff_id FROM staff_grants WHERE id = $1`, id)
	return staffID, err
}

// ConfirmGrant makes a grant count, by a command where staffID is "".
func (s statements) ConfirmGrant(ctx context.Context, id, staffID string, at time.Time) error {
	return s.change(ctx, "grant", `UPDATE staff_grants SET confirmed_by = NULLIF($2, '')::uuid, confirmed_at = $3 WHERE id = $1`, id, staffID, at)
}

// WithdrawGrant ends a grant, by a command where staffID is "", and with it the holder's sessions and claims.
func (s statements) WithdrawGrant(ctx context.Context, id, staffID string, at time.Time) error {
	b := &pgx.Batch{}
	s.queue(b, "grant", `UPDATE staff_grants SET withdrawn_by = NULLIF($2, '')::uuid, withdrawn_at = $3 WHERE id = $1`, id, staffID, at)
	b.Queue(`UPDATE staff SET epoch = epoch + 1 FROM staff_grants g WHERE g.id = $1 AND staff.id = g.staff_id`, id)
	b.Queue(`DELETE FROM claims USING staff_grants g WHERE g.id = $1 AND claims.staff_id = g.staff_id`, id)
	return s.batch(ctx, b)
}

// OwnOrder reports whether an order is a member of staff's own, or of an organisation that they are known at: by login name,
// mobile number or e-mail address.
func (s statements) OwnOrder(ctx context.Context, staffID, orderID string) (own bool, err error) {
	err = s.row(ctx, []any{&own}, `
		WITH me AS (SELECT login AS name FROM staff WHERE id = $1 UNION SELECT mobile FROM staff WHERE id = $1 AND mobile <> ''),
			o AS (SELECT membership_id, applicant FROM orders WHERE id = $2),
			colleagues AS (SELECT c.person_id, c.handler FROM memberships c JOIN memberships m ON m.organisation_id = c.organisation_id
				WHERE m.id = (SELECT membership_id FROM o))
		SELECT EXISTS (SELECT FROM o, me WHERE me.name IN (o.applicant -> 'handler' ->> 'mobile', lower(o.applicant -> 'handler' ->> 'email')))
			OR EXISTS (SELECT FROM colleagues c, me WHERE me.name IN (c.handler ->> 'mobile', lower(c.handler ->> 'email')))
			OR EXISTS (SELECT FROM colleagues c JOIN persons p ON p.id = c.person_id JOIN me ON me.name = p.mobile)
			OR EXISTS (SELECT FROM colleagues c JOIN logins l ON l.person_id = c.person_id JOIN me ON me.name = l.login)`, staffID, orderID)
	return own, err
}
