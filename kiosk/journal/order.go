package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ncruces/go-sqlite3"

	"keyhall/backoffice/ra"
)

// NextNumber gives the next order number of this kiosk. A number is never given twice, whatever happens to it.
func (j *Journal) NextNumber(ctx context.Context, prefix string) (string, error) {
	var n int64
	err := j.db.QueryRowContext(ctx, `INSERT INTO sequence (prefix, next) SELECT ?1, next + 1 FROM sequence WHERE prefix = ''
		ON CONFLICT (prefix) DO UPDATE SET next = next + 1 RETURNING next - 1`, prefix).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("next order number: %w", err)
	}
	return ra.OrderNumber(prefix, n), nil
}

// RaiseNumber makes the next order number at least next; it never goes back. A kiosk that is enrolled with an empty journal
// learns so from the back office which numbers were given before.
func (j *Journal) RaiseNumber(ctx context.Context, prefix string, next int64) error {
	_, err := j.db.ExecContext(ctx, `INSERT INTO sequence (prefix, next) SELECT ?1, max(?2, next) FROM sequence WHERE prefix = ''
		ON CONFLICT (prefix) DO UPDATE SET next = max(next, ?2)`, prefix, next)
	return wrap("order number", err)
}

// SaveDraft keeps an order in hand, in place of its former state.
func (j *Journal) SaveDraft(ctx context.Context, d ra.Draft) error {
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = j.db.ExecContext(ctx, `INSERT INTO draft (id, membership_id, body, updated) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET membership_id = excluded.membership_id, body = excluded.body, updated = excluded.updated`,
		d.Application.ID, d.MembershipID, body, j.stamp())
	return wrap("draft", err)
}

// Drafts returns a member's orders in hand, newest first. Those whose mandate is kept are confirmed.
func (j *Journal) Drafts(ctx context.Context, membershipID string) ([]ra.Draft, error) {
	rows, err := j.db.QueryContext(ctx, `SELECT body, EXISTS (SELECT 1 FROM outbox WHERE order_id = draft.id)
		FROM draft WHERE membership_id = ? ORDER BY updated = 0 DESC, updated DESC, id DESC`, membershipID)
	if err != nil {
		return nil, wrap("drafts", err)
	}
	defer rows.Close()
	var all []ra.Draft
	for rows.Next() {
		var body []byte
		var d ra.Draft
		var confirmed bool
		if err := rows.Scan(&body, &confirmed); err != nil {
			return nil, wrap("drafts", err)
		}
		if err := json.Unmarshal(body, &d); err != nil {
			return nil, wrap("drafts", err)
		}
		d.Confirmed = confirmed
		all = append(all, d)
	}
	return all, wrap("drafts", rows.Err())
}

// DropDraft forgets an order in hand: the back office has it, or the customer gave it up.
func (j *Journal) DropDraft(ctx context.Context, id string) error {
	_, err := j.db.ExecContext(ctx, `DELETE FROM draft WHERE id = ?`, id)
	return wrap("draft", err)
}

// SaveKnown keeps what of a broken-off registration may be kept.
func (j *Journal) SaveKnown(ctx context.Context, k ra.Known) error {
	body, err := json.Marshal(k)
	if err != nil {
		return err
	}
	_, err = j.db.ExecContext(ctx, `INSERT INTO known (login, body, updated) VALUES (?, ?, ?)
		ON CONFLICT (login) DO UPDATE SET body = excluded.body, updated = excluded.updated`,
		ra.NormalLogin(k.Login), body, j.stamp())
	return wrap("registration", err)
}

// Known returns what is kept of a broken-off registration under this login name; false when there is nothing.
func (j *Journal) Known(ctx context.Context, login string) (k ra.Known, ok bool, err error) {
	var body []byte
	err = j.db.QueryRowContext(ctx, `SELECT body FROM known WHERE login = ?`, ra.NormalLogin(login)).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return k, false, nil
	}
	if err == nil {
		err = json.Unmarshal(body, &k)
	}
	return k, err == nil, wrap("registration", err)
}

// DropKnown forgets a broken-off registration.
func (j *Journal) DropKnown(ctx context.Context, login string) error {
	_, err := j.db.ExecContext(ctx, `DELETE FROM known WHERE login = ?`, ra.NormalLogin(login))
	return wrap("registration", err)
}

// Sweep erases at a certain time what nobody came back for within keep: registrations, drafts and pages since they were touched
// last, what was refused, and writes that were finished. What still waits to be carried out is never erased, and what was refused
// keeps its draft and pages as long as it stays itself. What was touched while no
// time was certain, or at one that has not come yet, counts as touched now.
func (j *Journal) Sweep(ctx context.Context, now time.Time, keep time.Duration) error {
	err := j.in(ctx, func(tx *sql.Tx) error {
		for _, q := range []string{
			`UPDATE known SET updated = ?1 WHERE updated = 0 OR updated > ?1`,
			`UPDATE outbox SET since = ?1 WHERE since = 0 OR since > ?1`,
			`UPDATE page SET updated = ?1 WHERE updated = 0 OR updated > ?1`,
			`UPDATE draft SET updated = ?1 WHERE updated = 0 OR updated > ?1`,
			`UPDATE operation SET updated = ?1 WHERE updated = 0 OR updated > ?1`,
		} {
			if _, err := tx.ExecContext(ctx, q, now.UnixMilli()); err != nil {
				return err
			}
		}
		for _, q := range []string{
			`DELETE FROM known WHERE updated < ?`,
			`DELETE FROM outbox WHERE refused IS NOT NULL AND since < ?`,
			`DELETE FROM page WHERE updated < ? AND order_id NOT IN (SELECT order_id FROM outbox)`,
			`DELETE FROM draft WHERE updated < ? AND id NOT IN (SELECT order_id FROM outbox)`,
			`DELETE FROM operation WHERE state = 'done' AND updated < ?`,
		} {
			if _, err := tx.ExecContext(ctx, q, now.Add(-keep).UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		_, err = j.db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	}
	return wrap("sweep", err)
}

// Cursor returns how far the change feed was read, "" at first.
func (j *Journal) Cursor(ctx context.Context) (string, error) {
	var c string
	err := j.db.QueryRowContext(ctx, `SELECT value FROM cursor`).Scan(&c)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return c, wrap("cursor", err)
}

// SetCursor keeps how far the change feed was read.
func (j *Journal) SetCursor(ctx context.Context, cursor string) error {
	_, err := j.db.ExecContext(ctx, `INSERT INTO cursor (one, value) VALUES (1, ?)
		ON CONFLICT (one) DO UPDATE SET value = excluded.value`, cursor)
	return wrap("cursor", err)
}

// wrap names what was worked on; a full disk is CodeStoreFull.
func wrap(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqlite3.INTERRUPT): // by its context: nobody waits any more
		err = fmt.Errorf("%w: %w", context.Canceled, err)
	case errors.Is(err, sqlite3.FULL), errors.Is(err, sqlite3.IOERR_WRITE):
		err = ra.E(ra.CodeStoreFull).Because(err)
	}
	return fmt.Errorf("journal: %s: %w", what, err)
}
