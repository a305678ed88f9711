package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// listsStay is how many lists of each CA stay, whatever their age: the last one that ended tells since when an ended certificate may be
// left out.
const listsStay = 2

// DropCRLs drops at most so many revocation lists that ended before then, and returns how many. The trail gets that their rows are no more;
// the caller writes the line. It takes the owner of the tables.
func (tx *Tx) DropCRLs(ctx context.Context, before time.Time, limit int) (int, error) {
	keys, err := list(ctx, tx.statements, pgx.RowTo[string], `
		DELETE FROM crls WHERE (authority, number) IN (
			SELECT c.authority, c.number FROM (SELECT authority, number, next_update, row_number() OVER (PARTITION BY authority ORDER BY number DESC) AS nth FROM crls) c
			WHERE c.next_update < $1 AND c.nth > $2 ORDER BY c.next_update LIMIT $3)
		RETURNING `+registerOf("crl").key, before, listsStay, limit)
	if err != nil {
		return 0, err
	}
	if tx.lines.moved == nil {
		tx.lines.moved = map[string]string{}
	}
	for _, key := range keys {
		tx.lines.moved["crl "+key] = ""
	}
	return len(keys), nil
}
