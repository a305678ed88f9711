package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// InsertAccess keeps what is asked for at the desk, with its papers: CodeConflict for an id that is taken, CodeAccessWaits while another
// waits for the person, CodeNotFound (field "sha256") for a scan that is gone.
func (s statements) InsertAccess(ctx context.Context, c book.AccessChange) error {
	err := s.change(ctx, "access", `
		INSERT INTO access_changes (id, person_id, membership_id, hall_id, kind, mobile, mobile_before, note, papers, asked_by, asked_at, state)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		c.ID, c.PersonID, c.MembershipID, c.HallID, c.Kind, c.Mobile, c.MobileBefore, c.Note, c.Papers, c.AskedBy, c.AskedAt, c.State)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	for _, p := range c.Papers {
		b.Queue(`INSERT INTO access_papers (access_id, kind, sha256) VALUES ($1, $2, $3)`, c.ID, p.Kind, p.SHA256)
	}
	return s.batch(ctx, b)
}

const accessFields = `a.id, a.person_id, a.membership_id, a.hall_id, a.kind, a.mobile, a.mobile_before, a.note, a.papers, a.asked_by, a.asked_at, a.state,
	COALESCE(a.settled_by::text, ''), a.settled_at, a.answer`

const accessColumns = `SELECT ` + accessFields + ` FROM access_changes a `

func accessInto(c *book.AccessChange) []any {
	return []any{&c.ID, &c.PersonID, &c.MembershipID, &c.HallID, &c.Kind, &c.Mobile, &c.MobileBefore, &c.Note, &c.Papers, &c.AskedBy, &c.AskedAt, &c.State,
		&c.SettledBy, &c.SettledAt, &c.Answer}
}

func scanAccess(row pgx.CollectableRow) (c book.AccessChange, err error) {
	err = row.Scan(accessInto(&c)...)
	return c, err
}

// Access returns a request of the desk: CodeNotFound.
func (s statements) Access(ctx context.Context, id string) (book.AccessChange, error) {
	return one(list(ctx, s, scanAccess, accessColumns+`WHERE a.id = $1`, id))
}

// LockAccess is Access, with the row held.
func (s statements) LockAccess(ctx context.Context, id string) (book.AccessChange, error) {
	return one(list(ctx, s, scanAccess, accessColumns+`WHERE a.id = $1 FOR UPDATE`, id))
}

// LockAccessOf returns the one that waits for a person, and holds its row: CodeNotFound.
func (s statements) LockAccessOf(ctx context.Context, personID string) (book.AccessChange, error) {
	return one(list(ctx, s, scanAccess, accessColumns+`WHERE a.person_id = $1 AND a.state = 'waiting' FOR UPDATE`, personID))
}

// SettleAccess stores how a request of the desk ended.
func (s statements) SettleAccess(ctx context.Context, c book.AccessChange) error {
	return s.change(ctx, "access", `UPDATE access_changes SET state = $2, settled_by = NULLIF($3, '')::uuid, settled_at = $4, answer = $5 WHERE id = $1`,
		c.ID, c.State, c.SettledBy, c.SettledAt, c.Answer)
}

// AccessesOf lists what was asked for a person, newest first.
func (s statements) AccessesOf(ctx context.Context, personID string, limit int) ([]book.AccessChange, error) {
	return list(ctx, s, scanAccess, accessColumns+`WHERE a.person_id = $1 ORDER BY a.asked_at DESC, a.id DESC LIMIT $2`, personID, limit)
}

// seenMember is true for a membership m in a project for which the viewer, whose parameters come first, has a live grant, at any hall: people
// belong to none.
const seenMember = `EXISTS (SELECT FROM live_grants g WHERE g.staff_id = $1 AND g.role = ANY($2) AND COALESCE(g.project_id, m.project_id) = m.project_id)`

// seenAccess is true for a request a of the desk, of a membership m, likewise at its hall.
const seenAccess = `EXISTS (SELECT FROM live_grants g WHERE g.staff_id = $1 AND g.role = ANY($2)
	AND COALESCE(g.project_id, m.project_id) = m.project_id AND COALESCE(g.hall_id, a.hall_id) = a.hall_id)`

// SeenAccess returns a request of the desk that the viewer may see: CodeNotFound.
func (s statements) SeenAccess(ctx context.Context, v ra.Viewer, id string) (book.AccessChange, error) {
	return one(list(ctx, s, scanAccess, accessColumns+`JOIN memberships m ON m.id = a.membership_id WHERE a.id = $3 AND `+seenAccess, v.StaffID, v.Roles, id))
}

// WaitingAccesses lists what was asked for since then and waits for a second officer, and the viewer may see, oldest first.
func (s statements) WaitingAccesses(ctx context.Context, v ra.Viewer, since time.Time, limit int) ([]book.WaitingAccess, error) {
	return list(ctx, s, func(row pgx.CollectableRow) (w book.WaitingAccess, err error) {
		err = row.Scan(append(accessInto(&w.AccessChange), &w.Person, &w.Organisation, &w.Asker)...)
		return w, err
	}, `
		SELECT `+accessFields+`, m.handler ->> 'name', m.organisation ->> 'name', s.name
		FROM access_changes a JOIN memberships m ON m.id = a.membership_id JOIN staff s ON s.id = a.asked_by
		WHERE a.state = 'waiting' AND a.asked_at > $3 AND `+seenAccess+` ORDER BY a.asked_at, a.id LIMIT $4`, v.StaffID, v.Roles, since, limit)
}

// SeenMembership returns a membership that the viewer may see: CodeNotFound.
func (s statements) SeenMembership(ctx context.Context, v ra.Viewer, id string) (ra.Membership, error) {
	return one(list(ctx, s, scanMembership, membershipColumns+`WHERE m.id = $3 AND `+seenMember, v.StaffID, v.Roles, id))
}

// FindMemberships lists the memberships that the viewer may see of who has one of these as the registered mobile or a login, or is of the
// organisation with that number; newest first.
func (s statements) FindMemberships(ctx context.Context, v ra.Viewer, forms []string, limit int) ([]ra.Membership, error) {
	return list(ctx, s, scanMembership, membershipColumns+`
		WHERE (m.person_id IN (SELECT id FROM persons WHERE mobile = ANY($3) UNION SELECT person_id FROM logins WHERE login = ANY($3))
			OR m.organisation_id IN (SELECT id FROM organisations WHERE number = ANY($3)))
			AND `+seenMember+` ORDER BY m.created_at DESC, m.id DESC LIMIT $4`, v.StaffID, v.Roles, forms, limit)
}

// LoginsOf lists the names that a person logs in with.
func (s statements) LoginsOf(ctx context.Context, personID string) ([]string, error) {
	return list(ctx, s, pgx.RowTo[string], `SELECT login FROM logins WHERE person_id = $1 ORDER BY login`, personID)
}

// SetRegisteredMobile makes another mobile the registered one of a person, and of their memberships where the old one stood.
func (s statements) SetRegisteredMobile(ctx context.Context, personID, before, mobile string, at time.Time) error {
	b := &pgx.Batch{}
	s.queue(b, "person", `UPDATE persons SET mobile = $2, changed_at = $3 WHERE id = $1`, personID, mobile, at)
	s.queue(b, "membership", `
		UPDATE memberships SET handler = jsonb_set(handler, '{mobile}', to_jsonb($3::text)) WHERE person_id = $1 AND handler ->> 'mobile' = $2`,
		personID, before, mobile)
	return s.batch(ctx, b)
}

// LetIn is when a member of staff last let the person of an order in again at the desk, as one of the two officers, after since: zero for never.
func (s statements) LetIn(ctx context.Context, staffID, orderID string, since time.Time) (time.Time, error) {
	var at *time.Time
	err := s.row(ctx, []any{&at}, `
		SELECT max(a.settled_at) FROM orders o JOIN memberships m ON m.id = o.membership_id JOIN access_changes a ON a.person_id = m.person_id
		WHERE o.id = $2 AND a.state = 'done' AND $1 IN (a.asked_by, a.settled_by) AND a.settled_at > $3`, staffID, orderID, since)
	return orNever(at), err
}

// OwnPerson reports whether a membership is a member of staff's own, or of an organisation that its person shares with them: by login name,
// mobile number or e-mail address.
func (s statements) OwnPerson(ctx context.Context, staffID, personID string) (own bool, err error) {
	err = s.row(ctx, []any{&own}, `
		WITH me AS (SELECT login AS name FROM staff WHERE id = $1 UNION SELECT mobile FROM staff WHERE id = $1 AND mobile <> ''),
			colleagues AS (SELECT c.person_id, c.handler FROM memberships c JOIN memberships m ON m.organisation_id = c.organisation_id
				WHERE m.person_id = $2)
		SELECT EXISTS (SELECT FROM persons p JOIN me ON me.name = p.mobile WHERE p.id = $2)
			OR EXISTS (SELECT FROM logins l JOIN me ON me.name = l.login WHERE l.person_id = $2)
			OR EXISTS (SELECT FROM colleagues c, me WHERE me.name IN (c.handler ->> 'mobile', lower(c.handler ->> 'email')))
			OR EXISTS (SELECT FROM colleagues c JOIN persons p ON p.id = c.person_id JOIN me ON me.name = p.mobile)
			OR EXISTS (SELECT FROM colleagues c JOIN logins l ON l.person_id = c.person_id JOIN me ON me.name = l.login)`, staffID, personID)
	return own, err
}

// BringPaper notes that a member of staff brings a scan, before its bytes are kept. While somebody erases the same one it waits.
func (s statements) BringPaper(ctx context.Context, sha256, staffID string, bytes int64, at time.Time) error {
	return s.exec(ctx, `
		INSERT INTO scans (sha256, staff_id, bytes, brought_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (sha256) DO UPDATE SET kiosk_id = NULL, staff_id = $2, brought_at = $4`, sha256, staffID, bytes, at)
}

// BroughtBy reports whether a scan was brought last by that member of staff.
func (s statements) BroughtBy(ctx context.Context, sha256, staffID string) (yes bool, err error) {
	err = s.row(ctx, []any{&yes}, `SELECT EXISTS (SELECT FROM scans WHERE sha256 = $1 AND staff_id = $2)`, sha256, staffID)
	return yes, err
}
