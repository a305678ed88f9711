package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// InsertPerson stores somebody with their first login: CodeLoginTaken.
func (s statements) InsertPerson(ctx context.Context, p book.PersonRecord, now time.Time) error {
	err := s.change(ctx, "person", `INSERT INTO persons (id, mobile, password, created_at) VALUES ($1, $2, $3, $4)`, p.ID, p.Mobile, p.Password, now)
	if err != nil {
		return err
	}
	return s.change(ctx, "login", `INSERT INTO logins (login, person_id) VALUES ($1, $2)`, p.Login, p.ID)
}

func scanPerson(row pgx.CollectableRow) (p book.PersonRecord, err error) {
	var reset *time.Time
	err = row.Scan(&p.ID, &p.Login, &p.Mobile, &p.Password, &reset)
	p.ResetAt = orNever(reset)
	return p, err
}

// PersonByLogin returns somebody by a login in normal form: CodeNotFound.
func (s statements) PersonByLogin(ctx context.Context, login string) (book.PersonRecord, error) {
	return one(list(ctx, s, scanPerson, `
		SELECT p.id, l.login, p.mobile, p.password, p.reset_at FROM logins l JOIN persons p ON p.id = l.person_id WHERE l.login = $1`, login))
}

const personColumns = `
	SELECT p.id, (SELECT min(login) FROM logins l WHERE l.person_id = p.id), p.mobile, p.password, p.reset_at FROM persons p WHERE p.id = $1`

// Person returns somebody: CodeNotFound.
func (s statements) Person(ctx context.Context, id string) (book.PersonRecord, error) {
	return one(list(ctx, s, scanPerson, personColumns, id))
}

// LockPerson returns somebody and holds their row: CodeNotFound.
func (s statements) LockPerson(ctx context.Context, id string) (book.PersonRecord, error) {
	return one(list(ctx, s, scanPerson, personColumns+` FOR UPDATE`, id))
}

// SetPersonPassword sets a password.
func (s statements) SetPersonPassword(ctx context.Context, id, passwordHash string, at time.Time) error {
	return s.change(ctx, "person", `UPDATE persons SET password = $2, changed_at = $3 WHERE id = $1`, id, passwordHash, at)
}

// InsertMembership stores a membership, and its organisation's number where that was not known: CodeConflict (field
// "organisation") when the person is a member of the organisation in the project already.
func (s statements) InsertMembership(ctx context.Context, m ra.Membership, organisationID string) error {
	err := s.change(ctx, "organisation", `INSERT INTO organisations (id, number) VALUES ($1, $2) ON CONFLICT (number) DO NOTHING`,
		organisationID, m.Organisation.CreditCode)
	if err != nil {
		return err
	}
	err = s.change(ctx, "membership", `
		INSERT INTO memberships (id, person_id, organisation_id, project_id, state, organisation, legal, handler, created_at)
		SELECT $1, $2, o.id, $3, $4, $5, $6, $7, $8 FROM organisations o WHERE o.number = $9`,
		m.ID, m.PersonID, m.ProjectID, m.State, m.Organisation, m.Legal, m.Handler, m.CreatedAt, m.Organisation.CreditCode)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	for _, g := range m.Agreed {
		s.queue(b, "agreed", `INSERT INTO agreed (membership_id, agreement_id, version, at) VALUES ($1, $2, $3, $4)`, m.ID, g.AgreementID, g.Version, g.At)
	}
	return s.batch(ctx, b)
}

const membershipFields = `m.id, m.person_id, m.project_id, m.state, (SELECT min(login) FROM logins l WHERE l.person_id = m.person_id),
		m.organisation, m.legal, m.handler, m.created_at,
		COALESCE((SELECT jsonb_agg(jsonb_build_object('agreement_id', g.agreement_id, 'version', g.version, 'at', g.at) ORDER BY g.agreement_id, g.version)
			FROM agreed g WHERE g.membership_id = m.id), '[]')`

const membershipColumns = `SELECT ` + membershipFields + ` FROM memberships m `

func membershipInto(m *ra.Membership) []any {
	return []any{&m.ID, &m.PersonID, &m.ProjectID, &m.State, &m.Login, &m.Organisation, &m.Legal, &m.Handler, &m.CreatedAt, &m.Agreed}
}

func scanMembership(row pgx.CollectableRow) (m ra.Membership, err error) {
	err = row.Scan(membershipInto(&m)...)
	return inUTC(m), err
}

// inUTC is for times that came as JSON.
func inUTC(m ra.Membership) ra.Membership {
	for i := range m.Agreed {
		m.Agreed[i].At = m.Agreed[i].At.UTC()
	}
	return m
}

// Membership returns a membership: CodeNotFound.
func (s statements) Membership(ctx context.Context, id string) (ra.Membership, error) {
	return one(list(ctx, s, scanMembership, membershipColumns+`WHERE m.id = $1`, id))
}

// MembershipIn returns a person's membership of an organisation, by its number, in a project: CodeNotFound.
func (s statements) MembershipIn(ctx context.Context, personID, number, projectID string) (ra.Membership, error) {
	return one(list(ctx, s, scanMembership, membershipColumns+`
		JOIN organisations o ON o.id = m.organisation_id WHERE m.person_id = $1 AND o.number = $2 AND m.project_id = $3`, personID, number, projectID))
}

// MembershipsAt lists a person's memberships in the projects that a kiosk offers, newest first.
func (s statements) MembershipsAt(ctx context.Context, personID, kioskID string) ([]ra.Membership, error) {
	return list(ctx, s, scanMembership, membershipColumns+`
		JOIN kiosk_projects k ON k.project_id = m.project_id AND k.kiosk_id = $2 WHERE m.person_id = $1 ORDER BY m.created_at DESC, m.id DESC`,
		personID, kioskID)
}

// ConfirmMembership confirms a membership, which takes over what is believed of its organisation, or is what is believed from now on where
// nothing was.
func (s statements) ConfirmMembership(ctx context.Context, m ra.Membership, now time.Time) error {
	b := &pgx.Batch{}
	s.queue(b, "membership", `
		UPDATE memberships m SET (state, confirmed_at, organisation, legal) =
			(SELECT 'confirmed', $2::timestamptz, COALESCE(o.record, m.organisation), COALESCE(o.legal, m.legal) FROM organisations o WHERE o.id = m.organisation_id)
		WHERE m.id = $1`, m.ID, now)
	s.queue(b, "organisation", `
		UPDATE organisations SET record = $2, legal = $3, confirmed_at = $4
		WHERE record IS NULL AND id = (SELECT organisation_id FROM memberships WHERE id = $1)`, m.ID, m.Organisation, m.Legal, now)
	return s.batch(ctx, b)
}

// LockOrganisationOf holds what is believed of a member's organisation.
func (s statements) LockOrganisationOf(ctx context.Context, membershipID string) error {
	return s.exec(ctx, `SELECT FROM organisations WHERE id = (SELECT organisation_id FROM memberships WHERE id = $1) FOR UPDATE`, membershipID)
}

// SetApplicant stores a member's data as a change made it: the organisation's in its record and with all its confirmed members, the
// handler's with the member, and another mobile as the registered one. CodeConflict (field "organisation.credit_code") when another
// organisation has the number by its record. Who only claimed the number is a claimed member of the organisation that has it from now on,
// unless they are a member already: such a claim stays without a number, and is never confirmed.
func (s statements) SetApplicant(ctx context.Context, membershipID string, a ra.Applicant, now time.Time) error {
	b := &pgx.Batch{}
	s.queue(b, "membership", `
		UPDATE memberships m SET organisation_id = mine FROM (SELECT organisation_id AS mine FROM memberships WHERE id = $1) me
		WHERE EXISTS (SELECT FROM organisations o WHERE o.id = m.organisation_id AND o.number = $2 AND o.record IS NULL) AND NOT EXISTS (
			SELECT FROM memberships had WHERE (had.person_id, had.project_id, had.organisation_id) = (m.person_id, m.project_id, mine))`,
		membershipID, a.Organisation.CreditCode)
	s.queue(b, "organisation", `
		UPDATE organisations SET number = NULL
		WHERE number = $2 AND record IS NULL AND id <> (SELECT organisation_id FROM memberships WHERE id = $1)`, membershipID, a.Organisation.CreditCode)
	s.queue(b, "organisation", `
		UPDATE organisations SET number = $2, record = $3, legal = $4, confirmed_at = $5
		WHERE id = (SELECT organisation_id FROM memberships WHERE id = $1)`, membershipID, a.Organisation.CreditCode, a.Organisation, a.Legal, now)
	s.queue(b, "membership", `
		UPDATE memberships SET organisation = $2, legal = $3
		WHERE organisation_id = (SELECT organisation_id FROM memberships WHERE id = $1) AND state = 'confirmed'`, membershipID, a.Organisation, a.Legal)
	s.queue(b, "person", `
		UPDATE persons SET mobile = $2, changed_at = $3
		WHERE id = (SELECT person_id FROM memberships WHERE id = $1 AND handler ->> 'mobile' <> $2)`, membershipID, a.Handler.Mobile, now)
	s.queue(b, "membership", `UPDATE memberships SET handler = $2 WHERE id = $1`, membershipID, a.Handler)
	return s.batch(ctx, b)
}

// InsertHandler stores somebody who takes a membership over, unless their login is known.
func (s statements) InsertHandler(ctx context.Context, p book.PersonRecord, now time.Time) error {
	n, err := s.changed(ctx, "person", `
		INSERT INTO persons (id, mobile, password, created_at) SELECT $1, $3, $4, $5
		WHERE NOT EXISTS (SELECT FROM logins WHERE login = $2)`, p.ID, p.Login, p.Mobile, p.Password, now)
	if err != nil || n == 0 {
		return err
	}
	return s.change(ctx, "login", `INSERT INTO logins (login, person_id) VALUES ($1, $2)`, p.Login, p.ID)
}

// HandOver gives a membership to the person with that login and registered mobile, and ends what its former person began in it. Where the
// new one claims the organisation in the project already, the two are exchanged. CodeConflict (field "handler.mobile") where the
// login is somebody's with another mobile, or they are a confirmed member already.
func (s statements) HandOver(ctx context.Context, membershipID, login string, now time.Time) error {
	n, err := s.changed(ctx, "membership", `
		WITH me AS (SELECT id AS mine, person_id AS had_by, organisation_id AS its, project_id AS project FROM memberships WHERE id = $1),
			heir AS (SELECT p.id AS heir FROM logins l JOIN persons p ON p.id = l.person_id WHERE l.login = $2 AND p.mobile = $2)
		UPDATE memberships m SET person_id = CASE WHEN m.id = mine THEN heir ELSE had_by END, -- who takes it over is confirmed since now
			confirmed_at = CASE WHEN m.confirmed_at IS NOT NULL THEN $3::timestamptz END FROM me, heir
		WHERE m.id = mine AND NOT EXISTS (SELECT FROM memberships x WHERE x.id <> mine AND x.state = 'confirmed'
				AND (x.person_id, x.organisation_id, x.project_id) = (heir, its, project))
			OR m.state = 'claimed' AND (m.person_id, m.organisation_id, m.project_id) = (heir, its, project)`,
		membershipID, login, now)
	if err != nil {
		return err
	}
	if n == 0 {
		return ra.E(ra.CodeConflict).At("handler.mobile")
	}
	b := &pgx.Batch{}
	b.Queue(`UPDATE sessions SET ended_at = $2 WHERE membership_id = $1 AND ended_at IS NULL`, membershipID, now)
	b.Queue(`DELETE FROM presences WHERE membership_id = $1`, membershipID)
	return s.batch(ctx, b)
}

// OrganisationRecord returns what is believed of an organisation by its number: CodeNotFound while nothing is.
func (s statements) OrganisationRecord(ctx context.Context, number string) (o ra.Organisation, legal ra.Person, err error) {
	err = s.row(ctx, []any{&o, &legal}, `SELECT record, legal FROM organisations WHERE number = $1 AND record IS NOT NULL`, number)
	return o, legal, err
}

// RegisteredMobile returns where a member's messages go: CodeNotFound.
func (s statements) RegisteredMobile(ctx context.Context, membershipID string) (mobile string, err error) {
	err = s.row(ctx, []any{&mobile}, `SELECT p.mobile FROM memberships m JOIN persons p ON p.id = m.person_id WHERE m.id = $1`, membershipID)
	return mobile, err
}

// HoldersMobiles lists the registered mobiles of everybody who may know of the certificates of a membership: of it, and of the
// confirmed members of its organisation in its project.
func (s statements) HoldersMobiles(ctx context.Context, membershipID string) ([]string, error) {
	return list(ctx, s, pgx.RowTo[string], `
		SELECT DISTINCT p.mobile FROM memberships has
			JOIN memberships m ON m.id = has.id OR m.state = 'confirmed' AND (m.organisation_id, m.project_id) = (has.organisation_id, has.project_id)
			JOIN persons p ON p.id = m.person_id
		WHERE has.id = $1 ORDER BY 1`, membershipID)
}

// ColleaguesMobiles lists the registered mobiles of the other confirmed members of a member's organisation.
func (s statements) ColleaguesMobiles(ctx context.Context, membershipID string) ([]string, error) {
	return list(ctx, s, pgx.RowTo[string], `
		SELECT DISTINCT p.mobile FROM memberships me JOIN memberships m ON m.organisation_id = me.organisation_id AND m.person_id <> me.person_id
			JOIN persons p ON p.id = m.person_id
		WHERE me.id = $1 AND m.state = 'confirmed' ORDER BY 1`, membershipID)
}

// MobileElsewhere counts the organisations but those of the numbers that registered or ordered since then with a handler of that mobile.
func (s statements) MobileElsewhere(ctx context.Context, mobile string, own []string, since time.Time) (n int, err error) {
	err = s.row(ctx, []any{&n}, `
		SELECT count(DISTINCT number) FROM (
			SELECT organisation ->> 'credit_code' AS number FROM memberships WHERE handler ->> 'mobile' = $1 AND created_at >= $3 UNION ALL
			SELECT applicant -> 'organisation' ->> 'credit_code' FROM orders WHERE applicant -> 'handler' ->> 'mobile' = $1 AND created_at >= $3
		) a WHERE number <> ALL($2)`, mobile, own, since)
	return n, err
}
