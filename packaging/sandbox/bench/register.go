package bench

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"keyhall/packaging/sandbox/house"
)

// Fill brings the register to n certificates in use, each of a key, an operation, a unit and an order of its own, a hundred to a
// membership, made up after one that was issued before. Nothing checks what refers to what meanwhile.
func Fill(ctx context.Context, h *house.House, n int) error {
	conn, err := pgx.Connect(ctx, h.DSN())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var had int
	if err := conn.QueryRow(ctx, `SELECT count(*) FROM certificates`).Scan(&had); err != nil || had >= n {
		return err
	}
	for _, sql := range filling {
		args := []any{}
		if sql.counted {
			args = []any{had + 1, n}
		}
		if _, err := conn.Exec(ctx, sql.text, args...); err != nil {
			return fmt.Errorf("filling the register: %w", err)
		}
	}
	return nil
}

// made are the made-up rows by their number, and one that was issued.
const made = `
	FROM generate_series($1::int, $2::int) n, like_this c JOIN operations p ON p.id = c.operation_id JOIN units u ON u.id = c.unit_id JOIN orders o ON o.id = c.order_id`

var filling = []struct {
	counted bool
	text    string
}{
	{false, `SET session_replication_role = replica`},
	{false, `CREATE TEMPORARY TABLE IF NOT EXISTS like_this AS SELECT * FROM certificates WHERE state = 'active' LIMIT 1`},
	{false, `CREATE OR REPLACE FUNCTION pg_temp.made(what text, n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5(what || n)::uuid $$`},
	{true, `INSERT INTO memberships SELECT (jsonb_populate_record(m, jsonb_build_object('id', pg_temp.made('membership', k), 'person_id', pg_temp.made('person', k),
		'organisation_id', pg_temp.made('organisation', k)))).*
		FROM generate_series($1::int / 100, $2::int / 100) k, like_this c JOIN memberships m ON m.id = c.membership_id
		WHERE NOT EXISTS (SELECT FROM memberships x WHERE x.id = pg_temp.made('membership', k))`},
	{true, `INSERT INTO ukeys (manufacturer, key_model, serial, model, life, pin, custody, admin_pin, pending, look, created_at, updated_at)
		SELECT c.manufacturer, c.key_model, 'filled-' || n, p.model, 'active', 'ok', 'person', 1, 0, '', c.created_at, c.created_at` + made},
	{true, `INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object('id', pg_temp.made('order', n), 'number', 'FILL-' || n,
		'membership_id', pg_temp.made('membership', n / 100)))).*` + made},
	{true, `INSERT INTO units SELECT (jsonb_populate_record(u, jsonb_build_object('id', pg_temp.made('unit', n), 'order_id', pg_temp.made('order', n),
		'operation_id', pg_temp.made('operation', n)))).*` + made},
	{true, `INSERT INTO operations SELECT (jsonb_populate_record(p, jsonb_build_object('id', pg_temp.made('operation', n), 'order_id', pg_temp.made('order', n),
		'unit_id', pg_temp.made('unit', n), 'serial', 'filled-' || n, 'serial_number', md5('serial' || n), 'membership_id', pg_temp.made('membership', n / 100)))).*` + made},
	{true, `INSERT INTO certificates SELECT (jsonb_populate_record(c, jsonb_build_object('id', pg_temp.made('certificate', n),
		'operation_id', pg_temp.made('operation', n), 'order_id', pg_temp.made('order', n), 'unit_id', pg_temp.made('unit', n), 'serial', 'filled-' || n,
		'serial_number', md5('serial' || n), 'membership_id', pg_temp.made('membership', n / 100)))).*` + made},
	{true, `INSERT INTO public_keys (hash, owner_kind, owner_id, created_at)
		SELECT sha256(('key' || n)::bytea), 'operation', pg_temp.made('operation', n)::text, c.created_at` + made},
	{false, `SET session_replication_role = origin`},
	{false, `VACUUM ANALYZE`},
	{false, `CHECKPOINT`},
}

// TrailOff keeps the lines of the audit trail from being stored, on lets them in again. What is asked of the database stays the same.
func TrailOff(ctx context.Context, h *house.House) (on func() error, err error) {
	conn, err := pgx.Connect(ctx, h.DSN())
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, `
		CREATE FUNCTION bench_drop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
		CREATE TRIGGER bench_drop BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION bench_drop()`)
	return func() error {
		conn, err := pgx.Connect(ctx, h.DSN())
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, `DROP TRIGGER bench_drop ON audit; DROP FUNCTION bench_drop`)
		return err
	}, err
}
