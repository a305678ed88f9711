package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

func (s statements) findings(ctx context.Context, invariant int, sql string, args ...any) ([]book.Finding, error) {
	return list(ctx, s, func(row pgx.CollectableRow) (book.Finding, error) {
		f := book.Finding{Invariant: invariant}
		err := row.Scan(&f.Subject, &f.What)
		return f, err
	}, sql, args...)
}

// served joins to each proof the operation whose unit it was for: its own, or the one that its operation finished.
const served = `proofs f JOIN operations w ON w.id = f.operation_id JOIN operations p ON p.id = COALESCE(w.finishes, w.id)`

// BrokenUnits looks for breaches of invariant 1: where the plan makes a certificate, a unit done is one certificate that became active and one
// key whose proof is stored; where it makes none, a stored proof that the PIN opens the key.
func (s statements) BrokenUnits(ctx context.Context) ([]book.Finding, error) {
	return s.findings(ctx, 1, `
		WITH done AS (
			SELECT u.id, p.serial_number, count(c.id) AS proven FROM units u JOIN operations p ON p.id = u.operation_id
				LEFT JOIN certificates c ON c.operation_id = p.id AND c.state <> 'issued' AND c.der IS NOT NULL
			WHERE u.state = 'done' GROUP BY u.id, p.serial_number)
		SELECT 'unit ' || id, 'it is done with ' || proven || ' proven certificates' FROM done
		WHERE proven <> CASE WHEN serial_number IS NULL THEN 0 ELSE 1 END
		UNION ALL
		SELECT 'unit ' || id, 'it is done, but no operation did it' FROM units
		WHERE state = 'done' AND operation_id IS NULL AND kind <> ALL($1)
		UNION ALL
		SELECT 'certificate ' || c.serial_number, 'it is ' || c.state || ', but its unit is ' || u.state
		FROM certificates c JOIN units u ON u.id = c.unit_id WHERE c.state IN ('active', 'suspended') AND u.state <> 'done'
		UNION ALL
		SELECT 'unit ' || u.id, 'it is done without a stored proof'
		FROM units u LEFT JOIN (`+served+`) ON p.id = u.operation_id
		WHERE u.state = 'done' AND u.operation_id IS NOT NULL AND f.operation_id IS NULL
		UNION ALL
		SELECT 'unit ' || u.id, 'it is done without a certificate, but nothing shows that the PIN opens the key'
		FROM `+served+` JOIN units u ON u.operation_id = p.id
		WHERE u.state = 'done' AND p.serial_number IS NULL AND NOT f.pin_opens
		UNION ALL
		SELECT 'operation ' || p.id, 'it has a proof, but is ' || p.state || COALESCE(' and its unit ' || u.state, '')
		FROM `+served+` LEFT JOIN units u ON u.id = p.unit_id
		WHERE p.state <> 'done' OR u.state <> 'done' OR u.operation_id <> p.id
		UNION ALL `+unfitOperations+` UNION ALL `+unfitCertificates+`
		ORDER BY 1, 2`, kinds(func(r ra.ServiceRule) bool { return r.Plan == ra.PlanNone }))
}

// unfitCertificates are those in use that do not go together with their key, or with the one whose place they take.
const unfitCertificates = `
		SELECT 'key ' || key_model || ' ' || serial, 'it carries ' || count(*) || ' units'
		FROM certificates WHERE state IN ('active', 'suspended') GROUP BY manufacturer, key_model, serial HAVING count(*) > 1
		UNION ALL
		SELECT 'key ' || k.key_model || ' ' || k.serial, 'it carries a certificate that is ' || c.state || ', but is ' || k.life
		FROM certificates c JOIN ukeys k ON (k.manufacturer, k.key_model, k.serial) = (c.manufacturer, c.key_model, c.serial)
		WHERE c.state IN ('active', 'suspended') AND k.life <> 'active'
		UNION ALL
		SELECT 'certificate ' || c.serial_number, 'it takes the place of ' || o.serial_number || ', which is ' || o.state || ' while it is ' || c.state
		FROM certificates c JOIN certificates o ON o.id = c.supersedes
		WHERE o.state IN ('active', 'suspended') AND c.state IN ('active', 'suspended', 'superseded', 'expired')
		UNION ALL
		SELECT 'certificate ' || o.serial_number, 'it is superseded, but nothing that was proven takes its place'
		FROM certificates o JOIN ukeys k ON (k.manufacturer, k.key_model, k.serial) = (o.manufacturer, o.key_model, o.serial)
		WHERE o.state = 'superseded' AND k.life = 'active'
			AND NOT EXISTS (SELECT FROM ` + served + ` JOIN certificates c ON c.operation_id = p.id WHERE c.supersedes = o.id)`

// unfitOperations are those that do not go together with their unit.
const unfitOperations = `
		SELECT 'unit ' || u.id, 'it is ' || u.state || ', but its operation is ' || p.state
		FROM units u JOIN operations p ON p.id = u.operation_id
		WHERE (u.state, p.state) NOT IN (('reserved', 'reserved'), ('issued', 'issued'), ('done', 'done'))
		UNION ALL
		SELECT 'operation ' || p.id, 'it is ' || p.state || ', but its unit does not name it'
		FROM operations p JOIN units u ON u.id = p.unit_id
		WHERE p.state <> 'released' AND u.operation_id IS DISTINCT FROM p.id`

// kinds are those of the rows of the table of services that which names.
func kinds(which func(ra.ServiceRule) bool) []string {
	all := []string{}
	for _, r := range ra.ServiceRules() {
		if which(r) {
			all = append(all, string(r.Kind))
		}
	}
	return all
}

// BrokenRegister looks for breaches of invariant 2: no certificate outside the register, none active without proof, one
// public key for one unit.
func (s statements) BrokenRegister(ctx context.Context) ([]book.Finding, error) {
	return s.findings(ctx, 2, `
		SELECT 'operation ' || p.id, 'it is ' || p.state || ' without a certificate in the register'
		FROM operations p LEFT JOIN certificates c ON c.operation_id = p.id
		WHERE c.id IS NULL AND p.serial_number IS NOT NULL AND p.state <> 'reserved'
		UNION ALL
		SELECT 'certificate ' || c.serial_number, 'its operation chose the serial number ' || COALESCE(p.serial_number, 'none')
		FROM certificates c JOIN operations p ON p.id = c.operation_id WHERE p.serial_number IS DISTINCT FROM c.serial_number
		UNION ALL
		SELECT 'certificate ' || c.serial_number, 'it is ' || c.state || ' without proof'
		FROM certificates c LEFT JOIN (`+served+`) ON p.id = c.operation_id
		WHERE c.state IN ('active', 'suspended', 'superseded', 'expired') AND f.operation_id IS NULL
		UNION ALL
		SELECT 'certificate ' || c.serial_number, 'it is ' || c.state || ', but ' || count(s.reason) || ' suspensions of it are open'
		FROM certificates c LEFT JOIN suspensions s ON s.certificate_id = c.id AND s.lifted_at IS NULL
		WHERE c.state IN ('issued', 'active', 'suspended')
		GROUP BY c.id HAVING (c.state = 'suspended') <> (count(s.reason) > 0)
		UNION ALL
		SELECT 'certificate ' || c.serial_number, 'its proof read back other bytes'
		FROM proofs f JOIN operations p ON p.id = f.operation_id
			JOIN certificates c ON c.operation_id = p.id OR p.serial_number IS NULL AND c.id = p.target_id
		WHERE f.sha256 <> sha256(c.der)
		UNION ALL
		SELECT 'certificate ' || c.serial_number, 'its operation was released, but it is ' || c.state
		FROM certificates c JOIN operations p ON p.id = c.operation_id WHERE p.state = 'released' AND c.state <> 'revoked'
		UNION ALL
		SELECT 'public key ' || encode(key_hash, 'hex'), 'it was asked for by ' || string_agg(who, ' and ' ORDER BY who)
		FROM (SELECT key_hash, 'operation ' || id AS who FROM operations WHERE key_hash IS NOT NULL
			UNION ALL SELECT key_hash, 'kiosk ' || kiosk_id FROM kiosk_certificates
			UNION ALL SELECT DISTINCT key_hash, 'staff ' || staff_id FROM staff_keys) k
		GROUP BY key_hash HAVING count(*) > 1
		UNION ALL
		SELECT 'operation ' || p.id, 'its public key is not taken for it'
		FROM operations p LEFT JOIN public_keys k ON k.hash = p.key_hash AND k.owner_kind = 'operation' AND k.owner_id = p.id::text
		WHERE p.key_hash IS NOT NULL AND k.hash IS NULL
		UNION ALL
		SELECT 'certificate ' || c.serial_number, 'its public key is not taken for it'
		FROM kiosk_certificates c LEFT JOIN public_keys k ON k.hash = c.key_hash AND k.owner_kind = 'kiosk' AND k.owner_id = c.serial_number
		WHERE k.hash IS NULL
		UNION ALL
		SELECT 'key of staff ' || s.id, 'its public key is not taken for who has it'
		FROM staff_keys s LEFT JOIN public_keys k ON k.hash = s.key_hash AND k.owner_kind = 'staff' AND k.owner_id = s.staff_id::text
		WHERE k.hash IS NULL
		UNION ALL
		SELECT 'certificate ' || c.serial_number, 'its kiosk ' || k.prefix || ' was retired, but it was not'
		FROM kiosk_certificates c JOIN kiosks k ON k.id = c.kiosk_id WHERE k.retired_at IS NOT NULL AND c.retired_at IS NULL
		ORDER BY 1, 2`)
}

// BrokenKeys looks for breaches of invariant 3: for every key ever touched, an administrator PIN that opens it is known.
func (s statements) BrokenKeys(ctx context.Context) ([]book.Finding, error) {
	return s.findings(ctx, 3, `
		SELECT 'key ' || p.key_model || ' ' || p.serial, 'operation ' || p.id || ' set version ' || p.admin_pin
			|| ' of its administrator PIN, but the record knows up to ' || COALESCE(GREATEST(k.admin_pin, k.pending)::text, 'nothing')
		FROM operations p LEFT JOIN ukeys k ON (k.manufacturer, k.key_model, k.serial) = (p.manufacturer, p.key_model, p.serial)
		WHERE k.model IS NULL OR p.admin_pin > GREATEST(k.admin_pin, k.pending)
		UNION ALL
		SELECT 'key ' || p.key_model || ' ' || p.serial, 'its proof was made with version ' || f.admin_pin
			|| ' of the administrator PIN, but the record has ' || k.admin_pin
		FROM proofs f JOIN operations p ON p.id = f.operation_id JOIN ukeys k ON (k.manufacturer, k.key_model, k.serial) = (p.manufacturer, p.key_model, p.serial)
		WHERE f.admin_pin > k.admin_pin
		ORDER BY 1, 2`)
}

// BrokenCounts looks for breaches of invariant 4: units done, in hand, waiting and released are the units paid for.
func (s statements) BrokenCounts(ctx context.Context) ([]book.Finding, error) {
	return s.findings(ctx, 4, `
		WITH o AS (
			SELECT o.*, (SELECT count(*) FROM units u WHERE u.order_id = o.id) AS units,
				(SELECT count(*) FROM units u WHERE u.order_id = o.id AND u.state NOT IN ('waiting', 'released')) AS begun,
				(SELECT count(*) FROM units u WHERE u.order_id = o.id AND u.state NOT IN ('done', 'released')) AS open,
				(SELECT COALESCE(sum(l.quantity), 0) FROM order_lines l WHERE l.order_id = o.id) AS ordered,
				(SELECT COALESCE(sum(l.quantity * l.price_fen), 0) FROM order_lines l WHERE l.order_id = o.id) AS due,
				p.amount_fen AS paid
			FROM orders o LEFT JOIN payments p ON p.order_id = o.id)
		SELECT 'order ' || number, 'it has ' || units || ' units, but ' || ordered || ' were ordered' FROM o WHERE units <> ordered
		UNION ALL
		SELECT 'order ' || number, 'it costs ' || amount_fen || ' fen, its lines ' || due FROM o WHERE amount_fen <> due
		UNION ALL
		SELECT 'order ' || number, 'it is ' || payment || ' with ' || COALESCE(paid::text, 'no') || ' fen paid of ' || amount_fen
		FROM o WHERE payment = 'paid' AND paid IS DISTINCT FROM amount_fen OR payment = 'nothing_due' AND amount_fen <> 0
		UNION ALL
		SELECT 'order ' || number, begun || ' of its units were begun while it is ' || state || ' and ' || payment
		FROM o WHERE begun > 0 AND (state NOT IN ('in_progress', 'done') OR payment NOT IN ('paid', 'nothing_due'))
		UNION ALL
		SELECT 'order ' || number, 'it is done with ' || open || ' units open' FROM o WHERE state = 'done' AND open > 0
		UNION ALL
		SELECT 'order ' || number, 'it is done, but no unit of it is' FROM o
		WHERE state = 'done' AND units > 0 AND NOT EXISTS (SELECT FROM units u WHERE u.order_id = o.id AND u.state = 'done')
		UNION ALL
		SELECT 'order ' || number, 'it is cancelled with ' || open || ' units open' FROM o WHERE state = 'cancelled' AND open > 0
		ORDER BY 1, 2`)
}

// KnownCertificates returns the SHA-256 of the certificates with these serial numbers (lower-case hex), a customer's, a kiosk's or
// the back office's own; nil where the register knows the number but not the certificate.
func (s statements) KnownCertificates(ctx context.Context, serialNumbers []string) (map[string][]byte, error) {
	known := map[string][]byte{}
	rows, err := s.db.Query(ctx, `
		SELECT serial_number, sha256(der) FROM certificates WHERE serial_number = ANY($1)
		UNION ALL SELECT serial_number, sha256(certificate) FROM kiosk_certificates WHERE serial_number = ANY($1)
		UNION ALL SELECT serial_number, sha256(certificate) FROM office_certificates WHERE serial_number = ANY($1)`, serialNumbers)
	if err != nil {
		return nil, translate(err)
	}
	var number string
	var sum []byte
	_, err = pgx.ForEachRow(rows, []any{&number, &sum}, func() error { known[number] = sum; return nil })
	return known, translate(err)
}

// RegisterPage lists the register by id, with what was asked for.
func (s statements) RegisterPage(ctx context.Context, after string, limit int) ([]book.RegisterRow, error) {
	return list(ctx, s, func(row pgx.CollectableRow) (c book.RegisterRow, err error) {
		err = row.Scan(&c.ID, &c.SerialNumber, &c.Authority, &c.Issuer, &c.Usage, &c.Subject, &c.NotBefore, &c.NotAfter, &c.DER, &c.KeyHash, &c.RawSubject)
		return c, err
	}, `
		SELECT c.id, c.serial_number, c.authority, c.issuer, COALESCE(c.usage, ''), c.subject, c.not_before, c.not_after, c.der, p.key_hash, p.subject
		FROM certificates c JOIN operations p ON p.id = c.operation_id
		WHERE $1 = '' OR c.id > NULLIF($1, '')::uuid ORDER BY c.id LIMIT $2`, after, limit)
}
