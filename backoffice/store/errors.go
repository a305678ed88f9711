package store

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"keyhall/backoffice/ra"
)

// SQLSTATE classes that the store knows (PostgreSQL manual, appendix A).
const (
	uniqueViolation      = "23505"
	checkViolation       = "23514"
	foreignKeyViolation  = "23503"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
)

// clashes says what a violated constraint means to the rules. Any other is CodeConflict where it wants something once; a check that fails is
// a mistake of ours, not of who asked, and stays what it is, with the constraint's name.
var clashes = map[string]*ra.Error{
	"logins_login":           ra.E(ra.CodeLoginTaken).At("login"),
	"memberships_once":       ra.E(ra.CodeConflict).At("organisation"),
	"staff_login":            ra.E(ra.CodeLoginTaken).At("login"),
	"staff_grants_once":      ra.E(ra.CodeConflict).At("role"),
	"organisations_number":   ra.E(ra.CodeConflict).At("organisation.credit_code"),
	"organisations_recorded": ra.E(ra.CodeConflict).At("organisation.credit_code"),
	"orders_number":          ra.E(ra.CodeConflict).At("number"),
	"orders_version":         ra.E(ra.CodeConflict).At("version"),
	"public_keys_owner":      ra.E(ra.CodeKeyDuplicate).At("public_key"),
	"units_target":           ra.E(ra.CodeOrderOpen).At("targets"),
	"payments_reference":     ra.E(ra.CodeConflict).At("reference"),
	"operations_live_unit":   ra.E(ra.CodeUnitTaken),
	"operations_done_unit":   ra.E(ra.CodeUnitTaken),
	"operations_finishes":    ra.E(ra.CodeKeyInUse),
	"operations_live_key":    ra.E(ra.CodeKeyInUse),
	"moves":                  ra.E(ra.CodeState), // keep_to_moves
	"rulings_waiting":        ra.E(ra.CodeRulingWaits),
	"pages_scan":             ra.E(ra.CodeNotFound).At("sha256"),
}

// translate turns what pgx says into the vocabulary, with the original as the cause.
func translate(err error) error {
	var known *ra.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return ra.E(ra.CodeNotFound).Because(err)
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch pg.Code {
	case uniqueViolation:
		if clash, ok := clashes[pg.ConstraintName]; ok {
			return clash.Because(err)
		}
		return ra.E(ra.CodeConflict).Because(err)
	case foreignKeyViolation:
		if clash, ok := clashes[pg.ConstraintName]; ok {
			return clash.Because(err)
		}
	case checkViolation:
		if clash, ok := clashes[pg.ConstraintName]; ok {
			return clash.Because(err)
		}
		return fmt.Errorf("store: check %s of %s: %w", pg.ConstraintName, pg.TableName, err)
	}
	return err
}

// repeatable reports whether PostgreSQL asks for the transaction to be run again, or another one put a key by that was not there before.
func repeatable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == serializationFailure || pg.Code == deadlockDetected || pg.ConstraintName == "ukeys_pkey")
}
