package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"keyhall/backoffice/ra"
)

// SQLSTATE codes that the store knows (PostgreSQL manual, appendix A).
const (
	uniqueViolation      = "23505"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
)

// clashes says what a violated constraint means to the rules.
var clashes = map[string]*ra.Error{
	"logins_login":           ra.E(ra.CodeLoginTaken).At("login"),
	"memberships_once":       ra.E(ra.CodeConflict).At("organisation"),
	"staff_login":            ra.E(ra.CodeLoginTaken).At("login"),
	"staff_grants_once":      ra.E(ra.CodeConflict).At("role"),
	"staff_keys_once":        ra.E(ra.CodeKeyDuplicate).At("public_key"),
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
	"access_waiting":         ra.E(ra.CodeAccessWaits),
	"access_papers_scan":     ra.E(ra.CodeNotFound).At("sha256"),
	"pages_scan":             ra.E(ra.CodeNotFound).At("sha256"),
}

// contested are the constraints that two break without a mistake of ours, with ids of their own or by doing the same at once: CodeConflict.
// Whatever else breaks is a mistake of ours and stays what it is, with the constraint's name.
var contested = strings.Fields(`access_changes_pkey admin_attempts_pkey applications_pkey memberships_pkey operations_pkey orders_pkey pages_pkey persons_pkey rulings_pkey
	staff_pkey staff_grants_pkey staff_keys_pkey admin_pins_pkey authorities_pkey authorities_certificate certificates_operation certificates_active_unit claims_pkey
	crls_pkey expiry_notices_pkey kiosk_certificates_key_hash kiosk_certificates_newer kiosk_certificates_used kiosks_prefix master_keys_pkey
	master_keys_fingerprint payments_pkey proofs_pkey suspensions_open terms_unit ukeys_pkey units_index`)

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
	case serializationFailure, deadlockDetected, "55P03", "57014", "53300": // also a lock, the server's deadline, no connection: nothing was done
		return ra.E(ra.CodeOfficeBusy).Because(err)
	case "53100":
		return ra.E(ra.CodeStoreFull).Because(err)
	}
	if strings.HasPrefix(pg.Code, "22") { // what PostgreSQL says of data that it cannot hold quotes them, and they may be somebody's
		return fmt.Errorf("store: a value that the database cannot hold got through to it (SQLSTATE %s)", pg.Code)
	}
	if clash, ok := clashes[pg.ConstraintName]; ok {
		return clash.Because(err)
	}
	if pg.Code == uniqueViolation && slices.Contains(contested, pg.ConstraintName) {
		return ra.E(ra.CodeConflict).Because(err)
	}
	return fmt.Errorf("store: %s of %s: %w", pg.ConstraintName, pg.TableName, err)
}

// unseen are the constraints of which one breaks where two put by a key that was not there before: they write its record and its first PIN
// together, and PostgreSQL may come to either first.
var unseen = map[string]bool{"ukeys_pkey": true, "admin_pins_pkey": true}

// repeatable reports whether PostgreSQL asks for the transaction to be run again, or another one put a key by that was not there before.
func repeatable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == serializationFailure || pg.Code == deadlockDetected || unseen[pg.ConstraintName])
}
