package audit

import (
	"context"
	"maps"
	"slices"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// How the trail is sealed.
const (
	sealAtOnce   = 5000
	gapsFollowed = time.Hour           // how long a transaction may take whose lines are sealed as they come; later ones are when all are looked through
	clocksApart  = 40 * 24 * time.Hour // a line that gives an older time is sealed only when all are looked through
)

// Store is where the trail stands (backoffice/store).
type Store interface {
	book.Trail
	Do(ctx context.Context, f func(tx Tx) error) error
	LastSet(ctx context.Context) (book.AuditSet, error)
	AuditSets(ctx context.Context, after int64, limit int) ([]book.AuditSet, error)
	LinesOfSets(ctx context.Context, from, to int64, see func(set int64, line book.AuditRow) error) error
	OldestUnsealed(ctx context.Context, high int64, gapsSince, since time.Time) (*time.Time, error)
	Differences(ctx context.Context, limit int) ([]book.Finding, error)
	TrailGuards(ctx context.Context) ([]book.Finding, error)
	Months(ctx context.Context) ([]time.Time, error)
}

// Tx is what sealing takes of a transaction. LockSealing keeps other sealers out until it ends.
type Tx interface {
	LockSealing(ctx context.Context) error
	LastSet(ctx context.Context) (book.AuditSet, error)
	UnsealedAudit(ctx context.Context, high int64, gapsSince, since time.Time, limit int) ([]book.AuditRow, error)
	StrayAudit(ctx context.Context, limit int) ([]book.AuditRow, error)
	InsertAuditSet(ctx context.Context, s book.AuditSet) error
}

// Config is what a trail stands on.
type Config struct {
	Clerk       book.Clerk
	Store       Store
	Writer      *Writer
	Key         *Key
	Register    string // the id that it was founded with
	Checkpoints string // file that they are written to and compared with; empty: none
	Kept        string // one more to compare with, that was kept elsewhere
	Archive     string // folder of the archives of dropped months; empty: none are made
}

// Trail seals the lines of the trail and checks what was sealed.
type Trail struct{ Config }

// NewTrail is the trail in a store.
func NewTrail(c Config) *Trail { return &Trail{c} }

// SealAudit seals the new lines and returns how many. It waits for no transaction: what commits later comes into a later set, whatever
// its id, and no number of PostgreSQL's own decides, so a dump in another server is sealed like any.
func (t *Trail) SealAudit(ctx context.Context) (n int, err error) {
	if err := t.tellLost(ctx); err != nil {
		return 0, err
	}
	return t.seal(ctx, func(tx Tx, last book.AuditSet) ([]book.AuditRow, error) {
		now := t.Clerk.Now()
		return tx.UnsealedAudit(ctx, last.High, now.Add(-gapsFollowed), now.Add(-clocksApart), sealAtOnce)
	})
}

// SealStrays looks through all lines and seals those that SealAudit does not come upon.
func (t *Trail) SealStrays(ctx context.Context) (n int, err error) {
	return t.seal(ctx, func(tx Tx, _ book.AuditSet) ([]book.AuditRow, error) { return tx.StrayAudit(ctx, sealAtOnce) })
}

// tellLost writes a line about numbers whose lines may not be there.
func (t *Trail) tellLost(ctx context.Context) error {
	lost := t.Writer.TakeLost()
	for _, name := range slices.Sorted(maps.Keys(lost)) {
		who := book.Actor{Kind: "system", ID: "trail"}
		if err := t.Clerk.Write(ctx, t.Store, who, actionLost, "", name, "numbers", numbersText(lost[name])); err != nil {
			t.Writer.putBack(lost)
			return err
		}
		delete(lost, name)
	}
	return nil
}

func (t *Trail) seal(ctx context.Context, find func(Tx, book.AuditSet) ([]book.AuditRow, error)) (n int, err error) {
	for {
		sealed := 0
		err := t.Store.Do(ctx, func(tx Tx) error {
			if err := tx.LockSealing(ctx); err != nil {
				return err
			}
			last, err := tx.LastSet(ctx)
			if err != nil && ra.CodeOf(err) != ra.CodeNotFound {
				return err
			}
			rows, err := find(tx, last)
			sealed = len(rows)
			if err != nil {
				return err
			}
			return t.insertSets(ctx, tx, last, rows)
		})
		if err != nil {
			return n, err
		}
		n += sealed
		if sealed < sealAtOnce {
			return n, nil
		}
	}
}

// insertSets makes a set of each month's lines.
func (t *Trail) insertSets(ctx context.Context, tx Tx, last book.AuditSet, rows []book.AuditRow) error {
	months := map[time.Time][]book.AuditRow{}
	for _, r := range rows {
		month := book.Month(r.At)
		months[month] = append(months[month], r)
	}
	for _, month := range slices.SortedFunc(maps.Keys(months), time.Time.Compare) {
		last = t.newSet(last, month, months[month])
		if err := tx.InsertAuditSet(ctx, last); err != nil {
			return err
		}
	}
	return nil
}

// newSet seals lines, which are in the order of their ids, after the last set.
func (t *Trail) newSet(last book.AuditSet, month time.Time, rows []book.AuditRow) book.AuditSet {
	s := book.AuditSet{Number: last.Number + 1, Month: month, Lines: len(rows), Total: last.Total + int64(len(rows)),
		High: max(last.High, rows[len(rows)-1].ID), SealedAt: t.Clerk.Now(), Digest: digest(rows), Previous: last.Hash}
	for _, r := range rows {
		if n := len(s.IDs); n > 0 && s.IDs[n-1].Last == r.ID-1 {
			s.IDs[n-1].Last = r.ID
			continue
		}
		s.IDs = append(s.IDs, book.Span{First: r.ID, Last: r.ID})
	}
	s.Hash = hashSet(s)
	s.Signature = t.Key.sign(t.checkpoint(s).statement())
	return s
}

// Lag is how old the oldest line is that is not sealed, 0 where all are.
func (t *Trail) Lag(ctx context.Context) (time.Duration, error) {
	last, err := t.Store.LastSet(ctx)
	if err != nil && ra.CodeOf(err) != ra.CodeNotFound {
		return 0, err
	}
	now := t.Clerk.Now()
	oldest, err := t.Store.OldestUnsealed(ctx, last.High, now.Add(-gapsFollowed), now.Add(-clocksApart))
	if err != nil || oldest == nil {
		return 0, err
	}
	return max(0, now.Sub(*oldest)), nil
}
