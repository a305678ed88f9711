package store

import (
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Translate is translate.
var Translate = translate

// Constraints are the names of those that mean something to the rules.
func Constraints() []string {
	return slices.AppendSeq(slices.Clone(contested), maps.Keys(clashes))
}

// Words returns what every row of the kinds that have words is, by kind and key: as Go says it, and as the database does.
func (s *Store) Words(ctx context.Context) (here, there map[string]string, err error) {
	here, there = map[string]string{}, map[string]string{}
	kinds := map[string]bool{}
	say := func(all []word, failed error) {
		if err == nil {
			err = failed
		}
		for _, w := range all {
			here[w.kind+" "+w.key] = w.value
			kinds[w.kind] = true
		}
	}
	say(worded(ctx, s, scanOrder, orderWord, orderColumns))
	say(worded(ctx, s, scanOperation, operationWord, operationColumns))
	say(worded(ctx, s, scanCertificate, certificateWord, certificateColumns))
	say(worded(ctx, s, scanUKey, keyWord, `SELECT `+ukeyFields+` FROM ukeys`))
	say(worded(ctx, s, scanAdminPIN, adminPINWord, adminPINColumns))
	say(worded(ctx, s, func(row pgx.CollectableRow) (p book.StoredProof, err error) {
		return p, row.Scan(&p.OperationID, &p.Challenge)
	}, proofWord, `SELECT operation_id, challenge FROM proofs`))
	say(worded(ctx, s, func(row pgx.CollectableRow) (u ra.Unit, err error) {
		return u, row.Scan(&u.ID, &u.State, &u.OperationID)
	}, func(u ra.Unit) word { return unitWord(u.ID, u.State, u.OperationID) }, `SELECT id, state, COALESCE(operation_id::text, '') FROM units`))
	for kind := range maps.Keys(kinds) {
		r := registerOf(kind)
		say := func(row pgx.CollectableRow) (w word, err error) {
			w.kind = kind
			return w, row.Scan(&w.key, &w.value)
		}
		all, failed := list(ctx, s.statements, say, `SELECT (`+r.key+`)::text, `+r.value+` FROM `+r.table)
		if err == nil {
			err = failed
		}
		for _, w := range all {
			there[w.kind+" "+w.key] = w.value
		}
	}
	return here, there, err
}

func worded[T any](ctx context.Context, s *Store, scan func(pgx.CollectableRow) (T, error), say func(T) word, sql string) ([]word, error) {
	return list(ctx, s.statements, func(row pgx.CollectableRow) (word, error) {
		x, err := scan(row)
		return say(x), err
	}, sql)
}
