package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// placesAtOnce bounds how many changes get their places in one transaction.
const placesAtOnce = 1000

// The cursor of the feed is the place of the change before it, in which history: "epoch.place.mark".
func cursor(p book.FeedPlace) string {
	return p.Epoch + "." + strconv.FormatInt(p.Place, 10) + "." + strconv.FormatInt(p.Mark, 10)
}

// parseCursor is CodeInvalid (field "after") for what is no cursor.
func parseCursor(s string) (p book.FeedPlace, err error) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || uuid.Validate(parts[0]) != nil || len(parts[0]) != 36 {
		return p, ra.E(ra.CodeInvalid).At("after")
	}
	p.Epoch = strings.ToLower(parts[0])
	for i, n := range []*int64{&p.Place, &p.Mark} {
		if *n, err = strconv.ParseInt(parts[i+1], 10, 64); err != nil || *n < 0 {
			return book.FeedPlace{}, ra.E(ra.CodeInvalid).At("after")
		}
	}
	return p, nil
}

// Changes returns the entries after the cursor that are about orders a kiosk shows, in commit order, and the cursor after them. Cursor ""
// is now: no entries, only the cursor. CodeInvalid (field "after") for a cursor that is none, CodeFeedAnew for one of another history, or
// from before what is still kept.
func (s *Store) Changes(ctx context.Context, kioskID, after string, limit int) ([]ra.Change, string, error) {
	var from book.FeedPlace
	if after != "" {
		var err error
		if from, err = parseCursor(after); err != nil {
			return nil, "", err
		}
	}
	end, err := s.advanceFeed(ctx)
	if err != nil || after == "" {
		return nil, cursor(end), err
	}
	if from == end {
		return nil, after, nil
	}
	known := false
	if err := s.row(ctx, []any{&known}, `SELECT $1::bigint = 0 OR EXISTS (SELECT FROM changes WHERE place = $1::bigint AND mark = $2)`, from.Place, from.Mark); err != nil {
		return nil, "", err
	}
	if !known || from.Epoch != end.Epoch || from.Place > end.Place {
		return nil, "", ra.E(ra.CodeFeedAnew)
	}
	last := end
	changes, err := list(ctx, s.statements, func(row pgx.CollectableRow) (c ra.Change, err error) {
		err = row.Scan(&last.Place, &last.Mark, &c.Kind, &c.ID, &c.Version)
		c.Cursor = cursor(last)
		return c, err
	}, `
		SELECT c.place, c.mark, c.kind, c.entity_id, c.version FROM changes c
		WHERE c.place > $2 AND c.place <= $3 AND (EXISTS (SELECT FROM followers f WHERE f.order_id = c.entity_id AND f.kiosk_id = $1)
			OR EXISTS (SELECT FROM operations p WHERE p.order_id = c.entity_id AND p.kiosk_id = $1))
		ORDER BY c.place LIMIT $4`, kioskID, from.Place, end.Place, limit)
	if len(changes) < limit {
		last = end
	}
	return changes, cursor(last), err
}

// Follow notes that a kiosk shows orders.
func (s statements) Follow(ctx context.Context, kioskID string, orderIDs []string, now time.Time) error {
	if len(orderIDs) == 0 {
		return nil
	}
	return s.exec(ctx, `
		INSERT INTO followers AS f (order_id, kiosk_id, at) SELECT o, $1, $3 FROM unnest($2::text[]::uuid[]) o
		ON CONFLICT (order_id, kiosk_id) DO UPDATE SET at = excluded.at WHERE f.at < excluded.at - interval '1 day'`, kioskID, orderIDs, now)
}

// RememberFeed tells where this back office, before it was started again, knew the feed to stand.
func (s *Store) RememberFeed(p book.FeedPlace) { s.feed.Store(&p) }

// FeedSeen is where this back office knows the feed to stand; it is kept outside the database, which then cannot go back unnoticed.
func (s *Store) FeedSeen() book.FeedPlace { return *s.feed.Load() }

// stands is how far the feed is and whether there is anything to do about it: changes without a place, another history than that of the
// last look, or one that lacks what was seen.
const stands = `
	SELECT f.epoch, f.place, f.mark, f.history, feed_history(), f.epoch::text = $1 AND (f.place < $2 OR EXISTS (
			SELECT FROM changes c WHERE c.place = $2 AND c.mark <> $3)),
		EXISTS (SELECT FROM changes WHERE place IS NULL)
	FROM feed f `

// headless begins again, in another epoch, at the last place that was given.
const headless = `
	INSERT INTO feed (epoch, history, place, mark) SELECT gen_random_uuid(), 'none', COALESCE(max(place), 0),
		COALESCE((SELECT mark FROM changes WHERE place IS NOT NULL ORDER BY place DESC LIMIT 1), 0) FROM changes ON CONFLICT DO NOTHING`

type stand struct {
	book.FeedPlace
	history, here string
	lost, more    bool
}

func (s statements) feedStands(ctx context.Context, seen book.FeedPlace, lock string) (f stand, err error) {
	err = s.row(ctx, []any{&f.Epoch, &f.Place, &f.Mark, &f.history, &f.here, &f.lost, &f.more}, stands+lock, seen.Epoch, seen.Place, seen.Mark)
	return f, err
}

func (f stand) due() bool { return f.more || f.lost || f.history != f.here }

// advanceFeed gives places to the changes that are committed and returns where the feed stands then. One does it at a time; who comes
// meanwhile sees what is there.
func (s *Store) advanceFeed(ctx context.Context) (book.FeedPlace, error) {
	seen := s.FeedSeen()
	f, err := s.feedStands(ctx, seen, "")
	if ra.CodeOf(err) == ra.CodeNotFound { // a restore of some tables left the row out
		if err = s.exec(ctx, headless); err == nil {
			f, err = s.feedStands(ctx, seen, "")
		}
	}
	if err != nil {
		return book.FeedPlace{}, err
	}
	if f.due() {
		err = s.Do(ctx, func(tx *Tx) (err error) {
			f, err = tx.advanceFeed(ctx, seen)
			return err
		})
	}
	if ra.CodeOf(err) == ra.CodeNotFound { // another is at it
		f, err = s.feedStands(ctx, seen, "")
	}
	if err == nil {
		s.see(f.FeedPlace)
	}
	return f.FeedPlace, err
}

func (tx *Tx) advanceFeed(ctx context.Context, seen book.FeedPlace) (stand, error) {
	// Who holds the feed and hangs must not stop it for the others.
	if err := tx.exec(ctx, `SET LOCAL idle_in_transaction_session_timeout = '10s'`); err != nil {
		return stand{}, err
	}
	f, err := tx.feedStands(ctx, seen, `FOR UPDATE OF f SKIP LOCKED`)
	if err != nil || !f.due() {
		return f, err
	}
	before := f
	if err := tx.row(ctx, []any{&f.Place, &f.Mark}, `
		WITH top AS (SELECT GREATEST($1, max(place)) AS place FROM changes), -- the head may be of an older dump than the changes
			fresh AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM changes WHERE place IS NULL ORDER BY id LIMIT $2),
			placed AS (UPDATE changes c SET place = top.place + n FROM fresh, top WHERE fresh.id = c.id RETURNING c.place, c.mark)
		SELECT place, mark FROM (SELECT place, mark FROM placed UNION ALL SELECT $1, $3) p ORDER BY place DESC LIMIT 1`,
		f.Place, placesAtOnce, f.Mark); err != nil {
		return f, err
	}
	if f.lost || f.history != "" && f.history != f.here {
		f.Epoch = uuid.NewString()
		if err := tx.InsertAudit(ctx, anew(before, f)); err != nil {
			return f, err
		}
	}
	return f, tx.exec(ctx, `UPDATE feed SET epoch = $1, history = feed_history(), place = $2, mark = $3`, f.Epoch, f.Place, f.Mark)
}

// anew is the line of the trail that another epoch began: the database was restored, or commits were lost.
func anew(before, after stand) book.AuditRow {
	why := "commits_lost"
	if before.history != before.here {
		why = "other_database"
	}
	return book.AuditRow{At: time.Now().UTC().Truncate(time.Microsecond), ActorKind: "system", ActorID: "feed", Action: "feed.anew",
		Facts: map[string]string{"why": why, "from": before.Epoch, "to": after.Epoch, "place": fmt.Sprint(before.Place)}}
}

// see keeps where the feed stands and wakes who waits when it moved.
func (s *Store) see(p book.FeedPlace) {
	for {
		had := s.feed.Load()
		if *had == p || had.Epoch == p.Epoch && had.Place > p.Place { // an older look
			return
		}
		if s.feed.CompareAndSwap(had, &p) {
			s.tell()
			return
		}
	}
}
