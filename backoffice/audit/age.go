package audit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// OwnerStore is the trail as the owner of its tables knows it.
type OwnerStore interface {
	Do(ctx context.Context, f func(tx OwnerTx) error) error
	MakeMonths(ctx context.Context, now time.Time, ahead int) (n int, err error)
	Months(ctx context.Context) ([]time.Time, error)
}

// OwnerTx is what dropping a month takes of a transaction.
type OwnerTx interface {
	book.Trail
	LockSealing(ctx context.Context) error
	MonthHolds(ctx context.Context, month time.Time) (book.MonthHolds, error)
	LastWords(ctx context.Context, before time.Time, after string, limit int) ([]book.Word, error)
	DropMonth(ctx context.Context, month time.Time) error
	DropCRLs(ctx context.Context, before time.Time, limit int) (int, error)
}

const (
	monthsAhead  = 12 // partitions that are made ahead
	wordsAtOnce  = 500
	actionCarry  = "audit.carry" // what dropped lines said last of rows of the register
	maintenance  = "maintain"
	monthsAsText = "2006-01"
)

// MonthsAhead is for how many months partitions are made ahead.
func MonthsAhead() int { return monthsAhead }

// errWholeFirst keeps lines from being dropped while something is wrong with the trail.
var errWholeFirst = errors.New("the audit found something: no line is dropped before that is explained")

// Old lists the months whose lines are over: the last day of each is more than keep months ago.
func Old(months []time.Time, now time.Time, keep int) (old []time.Time) {
	for _, month := range months {
		if keep > 0 && !month.AddDate(0, 1, 0).After(book.Month(now).AddDate(0, -keep, 0)) {
			old = append(old, month)
		}
	}
	return old
}

// Drop drops the lines of months, oldest first, once the whole trail was checked and a checkpoint in the file covers them. The sets
// stay, the lines go into an archive, a line tells what was dropped, and what the lines said last of rows of the register is said again, so that all that is left can
// be proven like before.
func (t *Trail) Drop(ctx context.Context, owner OwnerStore, months []time.Time) error {
	if len(months) == 0 {
		return nil
	}
	if _, err := t.SealAudit(ctx); err != nil {
		return err
	}
	if _, err := t.WriteCheckpoint(ctx); err != nil {
		return err
	}
	found, err := t.BrokenTrail(ctx)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fmt.Errorf("%w: %s: %s", errWholeFirst, found[0].Subject, found[0].What)
	}
	covered, err := t.covered()
	if err != nil {
		return err
	}
	for _, month := range months {
		if err := owner.Do(ctx, func(tx OwnerTx) error { return t.drop(ctx, tx, month, covered) }); err != nil {
			return fmt.Errorf("lines of %s: %w", month.Format(monthsAsText), err)
		}
	}
	return nil
}

// covered is the newest set that a checkpoint in the file is about.
func (t *Trail) covered() (set int64, err error) {
	err = readCheckpoints(t.Checkpoints, func(_ int, c Checkpoint, err error) {
		if err == nil && c.Register == t.Register {
			set = max(set, c.Set)
		}
	})
	return set, err
}

func (t *Trail) drop(ctx context.Context, tx OwnerTx, month time.Time, covered int64) error {
	if err := tx.LockSealing(ctx); err != nil {
		return err
	}
	h, err := tx.MonthHolds(ctx, month)
	switch {
	case err != nil:
		return err
	case h.There != h.Lines || h.Rest:
		return fmt.Errorf("%d lines are there and %d are sealed, or some lie outside of its partition", h.There, h.Lines)
	case h.LastSet > covered:
		return fmt.Errorf("no checkpoint in %s covers set %d", t.Checkpoints, h.LastSet)
	}
	who := book.Actor{Kind: "system", ID: maintenance}
	if err := t.carry(ctx, tx, who, month.AddDate(0, 1, 0)); err != nil {
		return err
	}
	holds := contents{sets: h.Sets, lines: h.Lines}.holds()
	archived, err := t.archive(ctx, month, holds)
	if err != nil {
		return err
	}
	if err := t.Clerk.Write(ctx, tx, who, ActionDrop, "", month.Format(monthsAsText), append([]string{"holds", holds}, archived...)...); err != nil {
		return err
	}
	return tx.DropMonth(ctx, month)
}

// carry says again what lines from before a time said last.
func (t *Trail) carry(ctx context.Context, tx OwnerTx, who book.Actor, before time.Time) error {
	after := ""
	for {
		words, err := tx.LastWords(ctx, before, after, wordsAtOnce)
		if err != nil || len(words) == 0 {
			return err
		}
		line := book.AuditRow{At: t.Clerk.Now(), ActorKind: who.Kind, ActorID: who.ID, Action: actionCarry, Moved: map[string]string{}}
		for _, w := range words {
			line.Moved[w.Key] = w.Value
		}
		if err := tx.InsertAudit(ctx, line); err != nil {
			return err
		}
		after = words[len(words)-1].Key
	}
}

// listsAtOnce bounds how many revocation lists one transaction drops.
const listsAtOnce = 1000

// DropLists drops revocation lists that ended before a time, but for the newest of each CA, and returns how many. A line says that they are
// no more, so that the register is compared with the trail like before; they are dropped whatever the audit finds, since nothing else is
// proven by them.
func (t *Trail) DropLists(ctx context.Context, owner OwnerStore, before time.Time) (n int, err error) {
	for {
		some := 0
		err := owner.Do(ctx, func(tx OwnerTx) (err error) {
			if some, err = tx.DropCRLs(ctx, before, listsAtOnce); err != nil || some == 0 {
				return err
			}
			return t.Clerk.Write(ctx, tx, book.Actor{Kind: "system", ID: maintenance}, "crl.drop", "", before.Format(time.DateOnly), "count", strconv.Itoa(some))
		})
		if n += some; err != nil || some < listsAtOnce {
			return n, err
		}
	}
}

// Health is what is to be known of the trail while it is written.
func (t *Trail) Health(ctx context.Context) (h book.TrailHealth, err error) {
	if h.Unsealed, err = t.Lag(ctx); err != nil {
		return h, err
	}
	now := t.Clerk.Now()
	months, err := t.Store.Months(ctx)
	if err != nil {
		return h, err
	}
	for _, month := range months {
		if month.After(now) {
			h.MonthsMade++
		}
	}
	h.Unwritten, err = t.unwritten(ctx, now)
	return h, err
}

// unwritten is the age of the newest set while the file ends with another one's checkpoint.
func (t *Trail) unwritten(ctx context.Context, now time.Time) (time.Duration, error) {
	last, err := t.Store.LastSet(ctx)
	if ra.CodeOf(err) == ra.CodeNotFound || t.Checkpoints == "" {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	end, err := endOf(t.Checkpoints)
	if err != nil {
		return 0, err
	}
	c, err := ParseCheckpoint(end)
	switch {
	case err != nil:
		return max(0, now.Sub(last.SealedAt)), nil
	case c.Set >= last.Number:
		return 0, nil
	}
	next, err := t.Store.AuditSets(ctx, c.Set, 1)
	if err != nil || len(next) == 0 {
		return 0, err
	}
	return max(0, now.Sub(next[0].SealedAt)), nil
}
