package store

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
)

// register is a table whose rows never change without a line of the trail saying what they are then (see change): key names a row,
// value is what of it counts, "" for a row that is not worth a line. A table may be two registers, where one half of a row seldom changes.
type register struct{ kind, table, key, value string }

// A key of a person's, in the tables that have it.
const keyColumns = `concat_ws('/', manufacturer, key_model, serial)`

// digest is SQL for a SHA-256 of columns, for what must not stand in the trail in the clear. What could be guessed has a salt among them,
// which nobody reads: once the row is gone, the trail tells nothing of it.
func digest(columns ...string) string {
	return `encode(sha256(convert_to(jsonb_build_array(` + strings.Join(columns, ", ") + `)::text, 'UTF8')), 'hex')`
}

// moment is SQL for a time as a number, which is the same in every session.
func moment(column string) string { return `extract(epoch FROM ` + column + `)` }

// registers are all of them.
var registers = []register{
	{"order", "orders", `id`, `concat_ws(' ', version, state, payment, materials)`},
	{"application", "orders", `id`, digest("salt", "number", "kind", "reason", "project_id", "membership_id", "kiosk_id", "hall_id",
		"encode(application_hash, 'hex')", "applicant", "changes", "former", "amount_fen", "invoice", "delivery", "files", "method", moment("created_at"))},
	{"unit", "units", `id`, `concat_ws(' ', state, operation_id)`},
	{"sold", "units", `id`, `concat_ws(' ', order_id, index, service_id, term_months)`},
	{"term", "terms", `id`, `concat_ws(' ', state, months, certificate_id)`},
	{"owed", "owed", `id`, `concat_ws(' ', order_id, unit_id, amount_fen, because)`},
	{"payment", "payments", `order_id`, `concat_ws(' ', amount_fen, method, reference)`},
	{"operation", "operations", `id`, `concat_ws(' ', state, serial_number)`},
	{"proof", "proofs", `operation_id`, `encode(challenge, 'hex')`},
	{"certificate", "certificates", `id`, `concat_ws(' ', serial_number, state, nullif(revocation_reason, 0), encode(sha256(der), 'hex'), membership_id, ` + keyColumns + `)`},
	{"key", "ukeys", keyColumns, `CASE WHEN life <> 'blank' OR pending > 0 OR look <> '' THEN concat_ws(' ', life, custody, admin_pin, pending, nullif(look, '')) ELSE '' END`},
	{"admin_pin", "admin_pins", `concat_ws('/', manufacturer, key_model, serial, version)`, `concat_ws(' ', master, encode(check_hash, 'hex'))`},
	{"crl", "crls", `authority || '/' || number`, `encode(sha256(der), 'hex')`},
	{"person", "persons", `id`, digest("salt", "mobile", "password", moment("created_at"), moment("reset_at"), moment("changed_at"))},
	{"login", "logins", digest("salt", "login"), `person_id`},
	{"organisation", "organisations", `id`, digest("salt", "number", "record", "legal", moment("confirmed_at"))},
	{"membership", "memberships", `id`, `concat_ws(' ', state, person_id, ` + digest("salt", "organisation_id", "project_id", "organisation", "legal", "handler",
		moment("created_at"), moment("confirmed_at")) + `)`},
	{"agreed", "agreed", `concat_ws('/', membership_id, agreement_id, version)`, moment("at") + `::text`},
	{"staff", "staff", `id`, `concat_ws(' ', login, CASE WHEN disabled_at IS NOT NULL THEN 'disabled' END, ` + digest("name", "mobile", "password", "temporary") + `)`},
	{"grant", "staff_grants", `id`, `concat_ws(' ', staff_id, role, COALESCE(project_id, '*'), COALESCE(hall_id, '*'),
		CASE WHEN withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN confirmed_at IS NOT NULL THEN 'confirmed' ELSE 'given' END)`},
	{"staff_key", "staff_keys", `id`, `concat_ws(' ', staff_id, encode(key_hash, 'hex'),
		CASE WHEN removed_at IS NOT NULL THEN 'removed' WHEN confirmed_at IS NOT NULL THEN 'confirmed' ELSE 'asked' END, ` +
		digest("name", "encode(public_key, 'hex')", "asked_by", moment("asked_at"), "confirmed_by", moment("confirmed_at"), "removed_by", moment("removed_at")) + `)`},
	{"kiosk", "kiosks", `id`, `concat_ws(' ', prefix, hall_id, CASE WHEN retired_at IS NOT NULL THEN 'retired' WHEN blocked_at IS NOT NULL THEN 'blocked' END)`},
	{"kiosk_certificate", "kiosk_certificates", `serial_number`, `concat_ws(' ', kiosk_id, CASE WHEN retired_at IS NOT NULL THEN 'retired' END)`},
	{"enrolment_code", "enrolment_codes", `encode(code_hash, 'hex')`, `concat_ws(' ', prefix, hall_id, kiosk_id, ` +
		digest("place", "projects", "staff_id", moment("created_at"), moment("expires_at")) + `)`},
	{"ruling", "rulings", `id`, `concat_ws(' ', certificate_id, act, state, ` +
		digest("ground", "note", "asked_by", moment("asked_at"), "settled_by", moment("settled_at")) + `)`},
	{"access", "access_changes", `id`, `concat_ws(' ', person_id, kind, state, asked_by, settled_by, ` +
		digest("salt", "membership_id", "hall_id", "mobile", "mobile_before", "note", "papers", moment("asked_at"), moment("settled_at"), "answer") + `)`},
	{"suspension", "suspensions", `id`, `concat_ws(' ', certificate_id, reason, CASE WHEN lifted_at IS NOT NULL THEN 'lifted' END, ` +
		digest("ground", "note", "made_by", "made_person", moment("made_at"), "lifted_by", "lifted_person", moment("lifted_at")) + `)`},
	{"notice", "notices", `concat_ws('/', project_id, kind, reason, version)`, `concat_ws(' ', CASE WHEN current THEN 'current' END, ` + digest("title", "body") + `)`},
	{"agreement", "agreements", `concat_ws('/', project_id, id, version)`, `concat_ws(' ', CASE WHEN current THEN 'current' END, ` + digest("title", "body") + `)`},
	{"service", "services", `project_id || '/' || id`, `CASE WHEN offered THEN concat_ws(' ', price_fen, term_months) ELSE 'withdrawn' END`},
	{"model", "ukey_models", `id`, digest("manufacturer", "model", "pin_min", "pin_max", "factory_admin_pin", "factory_customer_pin",
		"admin_pin_length", "admin_pin_alphabet", "admin_pin_tries", "tells")},
	{"master_key", "master_keys", `version`, `encode(fingerprint, 'hex')`},
}

// registerOf is the register of a kind, which is one of them.
func registerOf(kind string) register {
	return registers[slices.IndexFunc(registers, func(r register) bool { return r.kind == kind })]
}

// returning makes a statement on a register's table tell of the rows that it changed, as each register of the table has them.
func returning(kind, sql string) string {
	var words []string
	for _, r := range registers {
		if r.table == registerOf(kind).table {
			words = append(words, `'`+r.kind+` ' || (`+r.key+`)::text`, `(`+r.value+`)::text`)
		}
	}
	return sql + " RETURNING ARRAY[" + strings.Join(words, ", ") + "]"
}

// change is exec for a statement on a register's table: the trail gets what every row that it changed is then.
func (s statements) change(ctx context.Context, kind, sql string, args ...any) error {
	_, err := s.changed(ctx, kind, sql, args...)
	return err
}

// changed is change that counts the rows.
func (s statements) changed(ctx context.Context, kind, sql string, args ...any) (n int, err error) {
	if s.lines == nil {
		return 0, errAlone
	}
	s.forget(registerOf(kind).table)
	rows, err := s.db.Query(ctx, returning(kind, sql), args...)
	if err != nil {
		return 0, translate(err)
	}
	n, err = s.note(rows)
	return n, translate(err)
}

// queue is change for a statement of a batch.
func (s statements) queue(b *pgx.Batch, kind, sql string, args ...any) {
	s.forget(registerOf(kind).table)
	b.Queue(returning(kind, sql), args...).Query(func(rows pgx.Rows) error {
		_, err := s.note(rows)
		return err
	})
}

// note keeps for the trail what rows are now.
func (s statements) note(rows pgx.Rows) (n int, err error) {
	defer rows.Close()
	if s.lines == nil {
		return 0, errAlone
	}
	var words []string
	_, err = pgx.ForEachRow(rows, []any{&words}, func() error {
		for i := 0; i < len(words); i += 2 {
			s.lines.move(words[i], words[i+1])
		}
		n++
		return nil
	})
	return n, err
}

// differences compares the newest word of the trail on each row with the row, both ways.
func differences() string {
	var is strings.Builder
	for i, r := range registers {
		if i > 0 {
			is.WriteString(" UNION ALL ")
		}
		is.WriteString(`SELECT '` + r.kind + ` ' || (` + r.key + `)::text, NULLIF((` + r.value + `)::text, '') FROM ` + r.table)
	}
	return `
		WITH said AS (
			SELECT DISTINCT ON (m.key) m.key, NULLIF(m.value, '') AS value, a.id
			FROM audit a, jsonb_each_text(a.moved) m WHERE a.moved <> '{}' ORDER BY m.key, a.id DESC),
		register (key, value) AS (` + is.String() + `)
		SELECT COALESCE(r.key, s.key), CASE
			WHEN r.value IS NULL THEN 'line ' || s.id || ' of the trail says that it is ' || s.value || ', but it is not there'
			WHEN s.key IS NULL THEN 'it is ' || r.value || ', but no line of the trail tells of it'
			ELSE 'it is ' || r.value || ', but the last line of the trail that tells of it, ' || s.id || ', says ' || COALESCE(s.value, 'nothing') END
		FROM register r FULL JOIN said s ON s.key = r.key
		WHERE r.value IS DISTINCT FROM s.value ORDER BY 1 LIMIT $1`
}

// Differences lists rows of the register that the trail does not tell of as they are, and lines that tell of rows that are not there.
func (s statements) Differences(ctx context.Context, limit int) ([]book.Finding, error) {
	return s.findings(ctx, 5, differences(), limit)
}
