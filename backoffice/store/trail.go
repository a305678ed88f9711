package store

import (
	"context"
	"math"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
)

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
