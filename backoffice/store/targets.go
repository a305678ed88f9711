package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// managed: an administrator PIN of a certificate's key is known.
const managed = `EXISTS (SELECT FROM ukeys k WHERE (k.manufacturer, k.key_model, k.serial) = (c.manufacturer, c.key_model, c.serial) AND k.admin_pin > 0)`

// The certificates of a member's organisation in the member's project.
const targetColumns = `
	SELECT c.id, c.serial_number, c.membership_id, c.state, c.not_after, c.der, c.manufacturer, c.key_model, c.serial, ` + managed + `
	FROM certificates c JOIN memberships m ON m.id = c.membership_id
		JOIN memberships me ON me.organisation_id = m.organisation_id AND me.project_id = m.project_id
	WHERE me.id = $1 AND `

func scanTarget(row pgx.CollectableRow) (t book.TargetRecord, err error) {
	err = row.Scan(&t.CertificateID, &t.SerialNumber, &t.MembershipID, &t.State, &t.NotAfter, &t.DER, &t.Key.Manufacturer, &t.Key.Model, &t.Key.Serial, &t.Managed)
	return t, err
}

// LockTargets returns those of the certificates that are of the member's organisation in the member's project, and holds them.
func (s statements) LockTargets(ctx context.Context, membershipID string, certificates []string) ([]book.TargetRecord, error) {
	return list(ctx, s, scanTarget, targetColumns+`c.id = ANY($2::text[]::uuid[]) ORDER BY c.id FOR UPDATE OF c`, membershipID, certificates)
}

const liveTargets = targetColumns + `c.state = 'active' AND c.not_after > $2 ORDER BY c.id`

// LiveTargets returns all of them that are active and not past their end.
func (s statements) LiveTargets(ctx context.Context, membershipID string, now time.Time) ([]book.TargetRecord, error) {
	return list(ctx, s, scanTarget, liveTargets, membershipID, now)
}

// LockLiveTargets is LiveTargets, and holds them.
func (s statements) LockLiveTargets(ctx context.Context, membershipID string, now time.Time) ([]book.TargetRecord, error) {
	return list(ctx, s, scanTarget, liveTargets+` FOR UPDATE OF c`, membershipID, now)
}

// OpenOrdersOn lists the orders that have a unit about one of the certificates which is neither done nor given up, oldest first.
func (s statements) OpenOrdersOn(ctx context.Context, certificates []string) ([]ra.Order, error) {
	return s.orders(ctx, `
		WHERE o.id IN (SELECT order_id FROM units WHERE target_id = ANY($1::text[]::uuid[]) AND state NOT IN ('done', 'released'))
		ORDER BY o.created_at, o.id`, certificates)
}

// OrganisationKnown reports whether an organisation has that number by its record; a mere claim to it counts for nothing.
func (s statements) OrganisationKnown(ctx context.Context, number string) (known bool, err error) {
	err = s.row(ctx, []any{&known}, `SELECT EXISTS (SELECT FROM organisations WHERE number = $1 AND record IS NOT NULL)`, number)
	return known, err
}
