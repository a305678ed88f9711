package audit

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"keyhall/backoffice/book"
)

// How the trail is sealed.
const (
	sealAtOnce   = 500
	verifyAtOnce = 2000
	sealOverdue  = 10 * time.Minute // an older line that is not sealed is a finding
)

// Store is where the trail stands (backoffice/store).
type Store interface {
	Do(ctx context.Context, f func(tx Tx) error) error
	AuditHead(ctx context.Context) (seq int64, hash []byte, err error)
	SealedAudit(ctx context.Context, after int64, limit int) ([]book.AuditRow, error)
	OldUnsealed(ctx context.Context, before time.Time) (int, error)
}

// Tx is what sealing takes of a transaction.
type Tx interface {
	LockAuditHead(ctx context.Context) (seq int64, hash []byte, err error)
	UnsealedAudit(ctx context.Context, limit int) ([]book.AuditRow, error)
	SaveSeals(ctx context.Context, rows []book.AuditRow) error
}

// Trail seals the lines of the trail and checks what was sealed.
type Trail struct {
	clerk book.Clerk
	store Store
	chain Chain
}

// NewTrail is the trail in a store.
func NewTrail(clerk book.Clerk, store Store) *Trail { return &Trail{clerk: clerk, store: store} }

// SealAudit chains the new lines in commit order and returns how many.
func (t *Trail) SealAudit(ctx context.Context) (n int, err error) {
	for {
		sealed := 0
		err := t.store.Do(ctx, func(tx Tx) (err error) {
			sealed, err = t.seal(ctx, tx)
			return err
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

// seal chains at most sealAtOnce lines.
func (t *Trail) seal(ctx context.Context, tx Tx) (int, error) {
	seq, previous, err := tx.LockAuditHead(ctx)
	if err != nil {
		return 0, err
	}
	rows, err := tx.UnsealedAudit(ctx, sealAtOnce)
	if err != nil {
		return 0, err
	}
	for i := range rows {
		seq++
		rows[i].Seq, rows[i].Previous = seq, previous
		rows[i].Hash = t.chain.Seal(previous, rows[i])
		previous = rows[i].Hash
	}
	return len(rows), tx.SaveSeals(ctx, rows)
}

// BrokenTrail walks the chain to its end and looks for breaches of invariant 5.
func (t *Trail) BrokenTrail(ctx context.Context) ([]book.Finding, error) {
	finding := func(what string) []book.Finding {
		return []book.Finding{{Invariant: 5, Subject: "audit trail", What: what}}
	}
	headSeq, headHash, err := t.store.AuditHead(ctx)
	if err != nil {
		return nil, err
	}
	var last book.AuditRow
	for {
		rows, err := t.store.SealedAudit(ctx, last.Seq, verifyAtOnce)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			break
		}
		if broken := t.chain.Verify(last, rows); broken != "" {
			return finding(broken), nil
		}
		last = rows[len(rows)-1]
	}
	if last.Seq < headSeq || last.Seq == headSeq && !bytes.Equal(last.Hash, headHash) {
		return finding(fmt.Sprintf("it ends at line %d, but was sealed up to line %d", last.Seq, headSeq)), nil
	}
	late, err := t.store.OldUnsealed(ctx, t.clerk.Now().Add(-sealOverdue))
	if err != nil {
		return nil, err
	}
	if late > 0 {
		return finding(fmt.Sprintf("%d lines older than %s are not sealed", late, sealOverdue)), nil
	}
	return nil, nil
}
