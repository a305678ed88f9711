package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

const certificateFields = `c.id, c.serial_number, c.operation_id, c.order_id, c.unit_id, c.membership_id, c.manufacturer, c.key_model, c.serial,
		COALESCE(c.supersedes::text, ''), c.state, c.authority, c.issuer, COALESCE(c.usage, ''), c.subject, c.not_before, c.not_after, c.der,
		c.revoked_at, c.revocation_reason`

const certificateColumns = `SELECT ` + certificateFields + ` FROM certificates c `

func certificateInto(c *ra.Certificate) []any {
	return []any{&c.ID, &c.SerialNumber, &c.OperationID, &c.OrderID, &c.UnitID, &c.MembershipID, &c.Key.Manufacturer, &c.Key.Model, &c.Key.Serial,
		&c.Supersedes, &c.State, &c.Authority, &c.Issuer, &c.Usage, &c.Subject, &c.NotBefore, &c.NotAfter, &c.DER,
		&c.RevokedAt, &c.RevocationReason}
}

func scanCertificate(row pgx.CollectableRow) (c ra.Certificate, err error) {
	err = row.Scan(certificateInto(&c)...)
	return c, err
}

// InsertCertificate adds a row to the register.
func (s statements) InsertCertificate(ctx context.Context, c ra.Certificate, now time.Time) error {
	return s.become(ctx, certificateWord(c), `
		INSERT INTO certificates (id, serial_number, operation_id, order_id, unit_id, state, subject, not_before, not_after, der,
			revoked_at, revocation_reason, created_at, membership_id, manufacturer, key_model, serial, supersedes, issuer, usage, authority)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, NULLIF($18, '')::uuid, $19, NULLIF($20, ''), $21)`,
		c.ID, c.SerialNumber, c.OperationID, c.OrderID, c.UnitID, c.State, c.Subject, c.NotBefore, c.NotAfter, c.DER,
		c.RevokedAt, c.RevocationReason, now, c.MembershipID, c.Key.Manufacturer, c.Key.Model, c.Key.Serial, c.Supersedes, c.Issuer, string(c.Usage), c.Authority)
}

// InsertPublicKey takes a public key for an owner ("operation", "kiosk", "ca" or "staff") for ever: CodeKeyDuplicate when another has
// it or had it; the same owner again is fine. The id is an operation's, a member of staff's, or the serial number of a kiosk's certificate.
func (s statements) InsertPublicKey(ctx context.Context, hash []byte, ownerKind, ownerID string, now time.Time) error {
	return s.writeOnce(ctx, "public_keys", "public_keys_owner", `
		INSERT INTO public_keys (hash, owner_kind, owner_id, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (hash) DO UPDATE SET hash = excluded.hash WHERE public_keys.owner_kind = $2 AND public_keys.owner_id = $3`,
		hash, ownerKind, ownerID, now)
}

// Certificate returns a row of the register that the viewer may see: CodeNotFound.
func (s statements) Certificate(ctx context.Context, v ra.Viewer, id string) (ra.Certificate, error) {
	return one(list(ctx, s, scanCertificate, certificateColumns+`JOIN orders o ON o.id = c.order_id WHERE c.id = $3 AND `+seen,
		v.StaffID, v.Roles, id))
}

// CertificateByID returns a row of the register: CodeNotFound.
func (s statements) CertificateByID(ctx context.Context, id string) (ra.Certificate, error) {
	return one(list(ctx, s, scanCertificate, certificateColumns+`WHERE c.id = $1`, id))
}

// CertificateBySerial returns a row of the register by its serial number, lower-case hex: CodeNotFound.
func (s statements) CertificateBySerial(ctx context.Context, serialNumber string) (ra.Certificate, error) {
	return one(list(ctx, s, scanCertificate, certificateColumns+`WHERE c.serial_number = $1`, serialNumber))
}

// LockCertificate is CertificateByID, with the row held.
func (s statements) LockCertificate(ctx context.Context, id string) (ra.Certificate, error) {
	return one(list(ctx, s, scanCertificate, certificateColumns+`WHERE c.id = $1 FOR UPDATE`, id))
}

// LockOthers lists the certificates of a key that are neither in use nor revoked, superseded or handed out and not proven, and holds them.
func (s statements) LockOthers(ctx context.Context, key ra.KeyIdentity) ([]ra.Certificate, error) {
	return list(ctx, s, scanCertificate, certificateColumns+`
		WHERE (c.manufacturer, c.key_model, c.serial) = ($1, $2, $3) AND c.state IN ('issued', 'superseded') ORDER BY c.id FOR UPDATE`,
		key.Manufacturer, key.Model, key.Serial)
}

// LockTarget is LockCertificate for one that a confirmed membership may serve: of its organisation in its project.
func (s statements) LockTarget(ctx context.Context, id, membershipID string) (ra.Certificate, error) {
	return one(list(ctx, s, scanCertificate, certificateColumns+`
		JOIN memberships has ON has.id = c.membership_id
		JOIN memberships m ON m.organisation_id = has.organisation_id AND m.project_id = has.project_id
		WHERE c.id = $1 AND m.id = $2 AND m.state = 'confirmed' FOR UPDATE OF c`, id, membershipID))
}

// CertificatesToServe lists what was made on a key, newest first, as far as it is of a confirmed membership's organisation and project.
func (s statements) CertificatesToServe(ctx context.Context, key ra.KeyIdentity, membershipID string) ([]ra.Certificate, error) {
	return list(ctx, s, scanCertificate, certificateColumns+`
		JOIN memberships has ON has.id = c.membership_id
		JOIN memberships m ON m.organisation_id = has.organisation_id AND m.project_id = has.project_id
		WHERE (c.manufacturer, c.key_model, c.serial) = ($1, $2, $3) AND m.id = $4 AND m.state = 'confirmed'
		ORDER BY c.created_at DESC, c.id DESC`, key.Manufacturer, key.Model, key.Serial, membershipID)
}

// CertificateOfOperation returns an operation's certificate: CodeNotFound.
func (s statements) CertificateOfOperation(ctx context.Context, operationID string) (ra.Certificate, error) {
	return told(s, askIssued(operationID), func() (ra.Certificate, error) {
		return one(list(ctx, s, scanCertificate, certificateColumns+`WHERE c.operation_id = $1`, operationID))
	})
}

// CertificatesOfOrder lists an order's certificates, oldest first.
func (s statements) CertificatesOfOrder(ctx context.Context, orderID string) ([]ra.Certificate, error) {
	return list(ctx, s, scanCertificate, certificateColumns+`WHERE c.order_id = $1 ORDER BY c.created_at, c.id`, orderID)
}

// SetCertificateState moves a certificate to a state other than revoked.
func (s statements) SetCertificateState(ctx context.Context, c ra.Certificate, state ra.CertificateState) error {
	c.State = state
	err := s.become(ctx, certificateWord(c), `UPDATE certificates SET state = $2 WHERE id = $1`, c.ID, state)
	if err != nil || state != ra.CertificateSuspended {
		return err
	}
	return s.endKeySessions(ctx, c.ID)
}

// RevokeCertificate moves a certificate to revoked; reason is a CRLReason.
func (s statements) RevokeCertificate(ctx context.Context, id string, reason int, at time.Time) error {
	if err := s.change(ctx, "certificate", `UPDATE certificates SET state = 'revoked', revoked_at = $3, revocation_reason = $2 WHERE id = $1`, id, reason, at); err != nil {
		return err
	}
	return s.endKeySessions(ctx, id)
}

// SearchCertificates finds certificates that the viewer may see by the beginning of their serial number, by subject or by
// the key's serial, newest first.
func (s statements) SearchCertificates(ctx context.Context, v ra.Viewer, q book.CertificateQuery) ([]ra.Certificate, error) {
	begins, has := patterns(q.Text)
	return list(ctx, s, scanCertificate, certificateColumns+`
		JOIN orders o ON o.id = c.order_id
		WHERE (cardinality($3::text[]) = 0 OR c.serial_number LIKE ANY (SELECT n || '%' FROM unnest($8::text[]) n) OR c.subject ILIKE ANY ($7::text[]) OR c.serial ILIKE ANY ($3))
			AND ($4 = '' OR c.state = $4) AND ($5 = '' OR c.id < NULLIF($5, '')::uuid) AND `+seen+`
		ORDER BY c.id DESC LIMIT $6`, v.StaffID, v.Roles, begins, string(q.State), q.Before, q.Limit, has,
		book.SerialNumberForms(q.Text))
}

// RevocationStatuses tells which of these serial numbers (lower-case hex) are known as that CA's, kiosks' and the back office's own too, and
// whether they are revoked or on hold.
func (s statements) RevocationStatuses(ctx context.Context, authority string, serialNumbers []string) (map[string]book.RevocationStatus, error) {
	known := map[string]book.RevocationStatus{}
	rows, err := s.db.Query(ctx, `
		SELECT c.serial_number, COALESCE(c.revoked_at, min(s.made_at)),
			CASE WHEN c.revoked_at IS NULL AND count(s.reason) > 0 THEN $2 ELSE c.revocation_reason END
		FROM certificates c LEFT JOIN suspensions s ON s.certificate_id = c.id AND s.lifted_at IS NULL
		WHERE c.serial_number = ANY($1) AND c.authority = $3 GROUP BY c.id
		UNION ALL SELECT serial_number, retired_at, reason FROM kiosk_certificates
		WHERE serial_number = ANY($1) AND authority = $3 AND (certificate IS NOT NULL OR retired_at IS NOT NULL)
		UNION ALL SELECT serial_number, NULL, 0 FROM office_certificates
		WHERE serial_number = ANY($1) AND authority = $3 AND certificate IS NOT NULL`, serialNumbers, ra.RevokedHold, authority)
	if err != nil {
		return nil, translate(err)
	}
	var number string
	var r book.RevocationStatus
	_, err = pgx.ForEachRow(rows, []any{&number, &r.RevokedAt, &r.Reason}, func() error { known[number] = r; return nil })
	return known, translate(err)
}

// EachRevoked calls each for what the revocation list of a CA holds at that time: revoked or on hold, and not gone from it by its end. What
// was revoked goes once a list that was made after its end, or after a revocation since, has ended too (RFC 5280, 3.3). A kiosk's
// certificate that was retired before it was signed stands in it, since the CA may be signing it now. Rows come as PostgreSQL sends them.
func (s statements) EachRevoked(ctx context.Context, authority string, now time.Time, each func(book.Revocation) error) error {
	rows, err := s.db.Query(ctx, `
		WITH said AS (SELECT COALESCE((SELECT this_update FROM crls WHERE authority = $3 AND next_update <= $1 ORDER BY next_update DESC LIMIT 1),
			'-infinity') AS at)
		SELECT serial_number, revoked_at, revocation_reason FROM certificates, said
		WHERE state = 'revoked' AND authority = $3 AND greatest(not_after, revoked_at) > said.at
		UNION ALL SELECT c.serial_number, min(s.made_at), $2 FROM suspensions s JOIN certificates c ON c.id = s.certificate_id, said
		WHERE s.lifted_at IS NULL AND c.state <> 'revoked' AND c.authority = $3 AND greatest(c.not_after, s.made_at) > said.at GROUP BY c.id
		UNION ALL SELECT serial_number, retired_at, reason FROM kiosk_certificates, said
		WHERE retired_at IS NOT NULL AND authority = $3 AND greatest(not_after, retired_at) > said.at
		ORDER BY 2, 1`, now, ra.RevokedHold, authority)
	if err != nil {
		return translate(err)
	}
	var r book.Revocation
	_, err = pgx.ForEachRow(rows, []any{&r.SerialNumber, &r.At, &r.Reason}, func() error { return each(r) })
	return translate(err)
}

// LockCRLs lets one transaction at a time make a revocation list.
func (s statements) LockCRLs(ctx context.Context) error {
	return s.exec(ctx, `SELECT pg_advisory_xact_lock('crls'::regclass::oid::bigint)`)
}

// crlHistory tells a database from one that was restored or lost commits, see feed.
const crlHistory = `(SELECT concat_ws('/', feed_history(), epoch) FROM feed)`

// LatestCRL returns the newest revocation list of a CA: CodeNotFound before the first.
func (s statements) LatestCRL(ctx context.Context, authority string) (c book.CRL, err error) {
	err = s.row(ctx, []any{&c.Authority, &c.Number, &c.ThisUpdate, &c.NextUpdate, &c.Holds, &c.DER, &c.Elsewhere},
		`SELECT authority, number, this_update, next_update, holds, der, history <> `+crlHistory+` FROM crls WHERE authority = $1 ORDER BY number DESC LIMIT 1`, authority)
	return c, err
}

// InsertCRL keeps a revocation list.
func (s statements) InsertCRL(ctx context.Context, c book.CRL) error {
	return s.change(ctx, "crl", `INSERT INTO crls (authority, number, this_update, next_update, holds, der, history) VALUES ($1, $2, $3, $4, $5, $6, `+crlHistory+`)`,
		c.Authority, c.Number, c.ThisUpdate, c.NextUpdate, c.Holds, c.DER)
}
