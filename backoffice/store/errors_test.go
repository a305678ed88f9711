package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/store"
	"keyhall/backoffice/store/storetest"
)

// TestErrorsOfTheDatabase: what who asked can mend is theirs, what another one was quicker at is a conflict, what passes may be asked again,
// and everything else is ours: internal, with the constraint's name and nothing of what was entered.
func TestErrorsOfTheDatabase(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want ra.Code
		says string
	}{
		"no row":                   {pgx.ErrNoRows, ra.CodeNotFound, ""},
		"a login":                  {&pgconn.PgError{Code: "23505", ConstraintName: "logins_login"}, ra.CodeLoginTaken, ""},
		"an id that a kiosk made":  {&pgconn.PgError{Code: "23505", ConstraintName: "pages_pkey"}, ra.CodeConflict, ""},
		"a serial number of ours":  {&pgconn.PgError{Code: "23505", ConstraintName: "certificates_serial_number", TableName: "certificates"}, ra.CodeInternal, "certificates_serial_number of certificates"},
		"a token of ours":          {&pgconn.PgError{Code: "23505", ConstraintName: "sessions_token"}, ra.CodeInternal, "sessions_token"},
		"a scan that went":         {&pgconn.PgError{Code: "23503", ConstraintName: "pages_scan"}, ra.CodeNotFound, ""},
		"a row that is not there":  {&pgconn.PgError{Code: "23503", ConstraintName: "units_order_id_kind_fkey"}, ra.CodeInternal, "units_order_id_kind_fkey"},
		"a check":                  {&pgconn.PgError{Code: "23514", ConstraintName: "orders_approval"}, ra.CodeInternal, "orders_approval"},
		"an exclusion":             {&pgconn.PgError{Code: "23P01", ConstraintName: "x", Message: "conflicting key value violates exclusion constraint \"x\""}, ra.CodeInternal, "x"},
		"a missing value":          {&pgconn.PgError{Code: "23502", Message: "null value in column \"a\""}, ra.CodeInternal, "null value"},
		"transactions in the way":  {&pgconn.PgError{Code: "40001"}, ra.CodeOfficeBusy, ""},
		"a deadlock":               {&pgconn.PgError{Code: "40P01"}, ra.CodeOfficeBusy, ""},
		"a lock":                   {&pgconn.PgError{Code: "55P03"}, ra.CodeOfficeBusy, ""},
		"a statement for too long": {&pgconn.PgError{Code: "57014"}, ra.CodeOfficeBusy, ""},
		"no connection free":       {fmt.Errorf("connect: %w", &pgconn.PgError{Code: "53300"}), ra.CodeOfficeBusy, ""},
		"a full disk":              {&pgconn.PgError{Code: "53100"}, ra.CodeStoreFull, ""},
		"too large a number":       {&pgconn.PgError{Code: "22003", Message: "value \"13800138000\" is out of range for type integer"}, ra.CodeInternal, "22003"},
		"too long a text":          {&pgconn.PgError{Code: "22001", Message: "value too long"}, ra.CodeInternal, "22001"},
		"no id":                    {&pgconn.PgError{Code: "22P02", Message: "invalid input syntax for type uuid: \"13800138000\""}, ra.CodeInternal, "22P02"},
		"shut down":                {&pgconn.PgError{Code: "57P01", Message: "terminating connection"}, ra.CodeInternal, "57P01"},
		"a broken connection":      {io.ErrUnexpectedEOF, ra.CodeInternal, "unexpected EOF"},
		"nobody waits any more":    {context.Canceled, ra.CodeInternal, "canceled"},
	} {
		got := store.Translate(c.err)
		if ra.CodeOf(got) != c.want || !strings.Contains(got.Error(), c.says) || strings.Contains(got.Error(), "13800138000") {
			t.Errorf("%s: got %v, want %s that says %q", name, got, c.want, c.says)
		}
		if c.want != ra.CodeInternal && !errors.Is(got, c.err) {
			t.Errorf("%s: the cause is lost", name)
		}
	}
}

// TestConstraintsAreThere: what an error is told by stands in the schema.
func TestConstraintsAreThere(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	there := map[string]bool{"public_keys_owner": true, "moves": true, "orders_version": true} // of functions
	rows, err := s.Pool().Query(t.Context(), `SELECT conname::text FROM pg_constraint UNION SELECT relname::text FROM pg_class WHERE relkind = 'i'`)
	must(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	for _, name := range names {
		there[name] = true
	}
	for _, name := range store.Constraints() {
		if !there[name] {
			t.Errorf("%s is no constraint", name)
		}
	}
}

// TestDatabaseThatGaveWay: a transaction that PostgreSQL never lets through, and a value that it cannot hold, by the database itself.
func TestDatabaseThatGaveWay(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	for sql, want := range map[string]ra.Code{
		`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'serialization_failure'; END $$`: ra.CodeOfficeBusy,
		`SET LOCAL statement_timeout = '1ms'; SELECT pg_sleep(60)`:                    ra.CodeOfficeBusy,
		`SELECT 99999999999::bigint::integer`:                                         ra.CodeInternal,
		`SELECT 'x'::uuid`:                                                            ra.CodeInternal,
	} {
		_, err := s.Pool().Exec(t.Context(), sql)
		if got := store.Translate(err); ra.CodeOf(got) != want {
			t.Errorf("%s: got %v, want %s", sql, got, want)
		}
	}
}
