package store

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
)

// register is a table whose rows never change without a line of the trail saying what they are then (see change): key names a row,
// value is what of it counts, "" for a row that is not worth a line.
type register struct{ kind, table, key, value string }

// A key of a person's, in the tables that have it.
const keyColumns = `concat_ws('/', manufacturer, key_model, serial)`

// registers are all of them.
var registers = []register{
	{"order", "orders", `id`, `concat_ws(' ', version, state, payment, materials)`},
	{"unit", "units", `id`, `concat_ws(' ', state, operation_id)`},
	{"term", "terms", `id`, `state`},
	{"payment", "payments", `order_id`, `concat_ws(' ', amount_fen, method, reference)`},
	{"operation", "operations", `id`, `concat_ws(' ', state, serial_number)`},
	{"proof", "proofs", `operation_id`, `encode(challenge, 'hex')`},
	{"certificate", "certificates", `id`, `concat_ws(' ', serial_number, state, nullif(revocation_reason, 0), encode(sha256(der), 'hex'))`},
	{"key", "ukeys", keyColumns, `CASE WHEN life <> 'blank' OR pending > 0 OR look <> '' THEN concat_ws(' ', life, custody, admin_pin, pending, nullif(look, '')) ELSE '' END`},
	{"admin_pin", "admin_pins", `concat_ws('/', manufacturer, key_model, serial, version)`, `concat_ws(' ', master, encode(check_hash, 'hex'))`},
	{"crl", "crls", `authority || '/' || number`, `encode(sha256(der), 'hex')`},
	{"person", "persons", `id`, `encode(sha256(convert_to(password, 'UTF8')), 'hex')`},
	{"membership", "memberships", `id`, `concat_ws(' ', state, person_id)`},
	{"staff", "staff", `id`, `concat_ws(' ', login, CASE WHEN disabled_at IS NOT NULL THEN 'disabled' END, encode(sha256(convert_to(password, 'UTF8')), 'hex'))`},
	{"grant", "staff_grants", `id`, `concat_ws(' ', staff_id, role, COALESCE(project_id, '*'), COALESCE(hall_id, '*'),
		CASE WHEN withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN confirmed_at IS NOT NULL THEN 'confirmed' ELSE 'given' END)`},
	{"kiosk", "kiosks", `id`, `concat_ws(' ', prefix, hall_id, CASE WHEN retired_at IS NOT NULL THEN 'retired' WHEN blocked_at IS NOT NULL THEN 'blocked' END)`},
	{"kiosk_certificate", "kiosk_certificates", `serial_number`, `concat_ws(' ', kiosk_id, CASE WHEN retired_at IS NOT NULL THEN 'retired' END)`},
	{"service", "services", `project_id || '/' || id`, `CASE WHEN offered THEN concat_ws(' ', price_fen, term_months) ELSE 'withdrawn' END`},
	{"model", "ukey_models", `id`, `encode(sha256(convert_to(concat_ws('|', manufacturer, model, pin_min, pin_max, factory_admin_pin,
		factory_customer_pin, admin_pin_length, admin_pin_alphabet, admin_pin_tries, tells), 'UTF8')), 'hex')`},
	{"master_key", "master_keys", `version`, `encode(fingerprint, 'hex')`},
}

// registerOf is the register of a kind, which is one of them.
func registerOf(kind string) register {
	return registers[slices.IndexFunc(registers, func(r register) bool { return r.kind == kind })]
}

// returning makes a statement on a register's table tell of the rows that it changed.
func returning(kind, sql string) string {
	r := registerOf(kind)
	return sql + " RETURNING (" + r.key + ")::text, " + r.value
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
	n, err = s.note(kind, rows)
	return n, translate(err)
}

// queue is change for a statement of a batch.
func (s statements) queue(b *pgx.Batch, kind, sql string, args ...any) {
	s.forget(registerOf(kind).table)
	b.Queue(returning(kind, sql), args...).Query(func(rows pgx.Rows) error {
		_, err := s.note(kind, rows)
		return err
	})
}

// note keeps for the trail what rows are now.
func (s statements) note(kind string, rows pgx.Rows) (n int, err error) {
	defer rows.Close()
	if s.lines == nil {
		return 0, errAlone
	}
	var key, value string
	_, err = pgx.ForEachRow(rows, []any{&key, &value}, func() error {
		s.lines.move(kind+" "+key, value)
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
		is.WriteString(`SELECT '` + r.kind + ` ' || (` + r.key + `)::text, NULLIF(` + r.value + `, '') FROM ` + r.table)
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
