package store

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// InsertAudit adds a line to the audit trail, to be called in the transaction it tells of.
func (s statements) InsertAudit(ctx context.Context, r book.AuditRow) error {
	if r.Facts == nil {
		r.Facts = map[string]string{}
	}
	return s.exec(ctx, `
		INSERT INTO audit (at, actor_kind, actor_id, kiosk_id, action, order_id, subject, facts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		r.At, r.ActorKind, r.ActorID, r.KioskID, r.Action, r.OrderID, r.Subject, r.Facts)
}

const auditColumns = `
	SELECT id, at, actor_kind, actor_id, kiosk_id, action, order_id, subject, facts, COALESCE(seq, 0), previous, hash FROM audit `

func scanAudit(row pgx.CollectableRow) (r book.AuditRow, err error) {
	err = row.Scan(&r.ID, &r.At, &r.ActorKind, &r.ActorID, &r.KioskID, &r.Action, &r.OrderID, &r.Subject, &r.Facts, &r.Seq, &r.Previous, &r.Hash)
	return r, err
}

// AuditOfOrder lists an order's lines, oldest first.
func (s statements) AuditOfOrder(ctx context.Context, orderID string) ([]book.AuditRow, error) {
	return list(ctx, s, scanAudit, auditColumns+`WHERE order_id = $1 ORDER BY id`, orderID)
}

// AuditOf lists the lines about a thing that is no order, oldest first.
func (s statements) AuditOf(ctx context.Context, subject string) ([]book.AuditRow, error) {
	return list(ctx, s, scanAudit, auditColumns+`WHERE subject = $1 ORDER BY id`, subject)
}

// LockAuditHead returns where the chain ends and keeps other sealers out until the transaction ends.
func (s statements) LockAuditHead(ctx context.Context) (seq int64, hash []byte, err error) {
	err = s.row(ctx, []any{&seq, &hash}, `SELECT seq, hash FROM audit_head FOR UPDATE`)
	return seq, hash, err
}

// AuditHead returns where the chain ends.
func (s statements) AuditHead(ctx context.Context) (seq int64, hash []byte, err error) {
	err = s.row(ctx, []any{&seq, &hash}, `SELECT seq, hash FROM audit_head`)
	return seq, hash, err
}

// UnsealedAudit lists lines that no running transaction can come before, in commit order.
func (s statements) UnsealedAudit(ctx context.Context, limit int) ([]book.AuditRow, error) {
	return list(ctx, s, scanAudit, auditColumns+`
		WHERE seq IS NULL AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, id LIMIT $1`, limit)
}

// SaveSeals stores the chain's fields of lines and where the chain now ends.
func (s statements) SaveSeals(ctx context.Context, rows []book.AuditRow) error {
	if len(rows) == 0 {
		return nil
	}
	b := &pgx.Batch{}
	for _, r := range rows {
		b.Queue(`UPDATE audit SET seq = $2, previous = $3, hash = $4 WHERE id = $1`, r.ID, r.Seq, r.Previous, r.Hash)
	}
	last := rows[len(rows)-1]
	b.Queue(`UPDATE audit_head SET seq = $1, hash = $2`, last.Seq, last.Hash)
	return s.batch(ctx, b)
}

// SealedAudit lists sealed lines after a place in the chain, in its order.
func (s statements) SealedAudit(ctx context.Context, after int64, limit int) ([]book.AuditRow, error) {
	return list(ctx, s, scanAudit, auditColumns+`WHERE seq > $1 ORDER BY seq LIMIT $2`, after, limit)
}

// OldUnsealed counts lines written before then that are still not sealed.
func (s statements) OldUnsealed(ctx context.Context, before time.Time) (n int, err error) {
	err = s.row(ctx, []any{&n}, `SELECT count(*) FROM audit WHERE seq IS NULL AND at < $1`, before)
	return n, err
}

// Changes returns a kiosk's entries of the feed after the cursor, in commit order, and the cursor after them. Cursor ""
// is now: no entries, only the cursor. CodeInvalid (field "after") for a cursor that is none.
func (s statements) Changes(ctx context.Context, kioskID, after string, limit int) ([]ra.Change, string, error) {
	if after == "" {
		cursor, err := s.feedEnd(ctx)
		return nil, cursor, err
	}
	xid, id, err := parseCursor(after)
	if err != nil {
		return nil, "", err
	}
	changes, err := list(ctx, s, func(row pgx.CollectableRow) (c ra.Change, err error) {
		err = row.Scan(&c.Cursor, &c.Kind, &c.ID, &c.Version)
		return c, err
	}, `
		SELECT xid || '-' || id, kind, entity_id, version FROM changes
		WHERE kiosk_id = $1 AND (xid, id) > ($2::text::xid8, $3) AND xid < pg_snapshot_xmin(pg_current_snapshot())
		ORDER BY xid, id LIMIT $4`, kioskID, xid, id, limit)
	if len(changes) > 0 {
		after = changes[len(changes)-1].Cursor
	}
	return changes, after, err
}

// feedEnd is the cursor behind everything that can be read now.
func (s statements) feedEnd(ctx context.Context) (string, error) {
	var xmin string
	if err := s.row(ctx, []any{&xmin}, `SELECT pg_snapshot_xmin(pg_current_snapshot())::text`); err != nil {
		return "", err
	}
	n, err := strconv.ParseUint(xmin, 10, 64)
	return strconv.FormatUint(n-1, 10) + "-" + strconv.FormatInt(math.MaxInt64, 10), err
}

func parseCursor(s string) (xid string, id int64, err error) {
	xid, rest, ok := strings.Cut(s, "-")
	if _, bad := strconv.ParseUint(xid, 10, 64); bad != nil || !ok {
		return "", 0, ra.E(ra.CodeInvalid).At("after")
	}
	id, err = strconv.ParseInt(rest, 10, 64)
	if err != nil || id < 0 {
		return "", 0, ra.E(ra.CodeInvalid).At("after")
	}
	return xid, id, nil
}
