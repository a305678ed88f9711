package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Stamper numbers lines that are about to be written and puts their MAC on; it is told of those whose transaction failed.
type Stamper interface {
	Stamp(rows []book.AuditRow) error
	Lost(rows []book.AuditRow)
}

// KeepTrail gives the store who stamps the lines of the trail. Before that none can be written, and so nothing can be done.
func (s *Store) KeepTrail(stamper Stamper) { s.keeper.set(stamper) }

// Stamper is who keeps the trail, nil before KeepTrail.
func (s *Store) Stamper() Stamper { return s.keeper.get() }

// keeper is the stamper that all statements of a store share.
type keeper struct {
	mu      sync.Mutex
	stamper Stamper
}

func (k *keeper) set(s Stamper) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stamper = s
}

func (k *keeper) get() Stamper {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.stamper
}

// lost tells the stamper of lines that it stamped for a transaction that failed.
func (k *keeper) lost(l *lines) {
	if s := k.get(); s != nil && l.stamped {
		s.Lost(l.rows)
	}
}

// Faults of this program's own: they keep it from acting without the trail.
var (
	errNoStamper = errors.New("store: nobody keeps the trail yet")
	errNoLine    = errors.New("store: a transaction changed the register and left no line in the trail")
	errAlone     = errors.New("store: the register can be changed in a transaction only")
)

// lines are what a transaction leaves in the trail.
type lines struct {
	rows    []book.AuditRow
	moved   map[string]string
	stamped bool
}

// InsertAudit adds a line to the trail: in a transaction with all its others when that ends, else at once.
func (s statements) InsertAudit(ctx context.Context, r book.AuditRow) error {
	if s.lines != nil {
		s.lines.rows = append(s.lines.rows, r)
		return nil
	}
	alone := s
	alone.lines = &lines{rows: []book.AuditRow{r}}
	err := alone.stamp()
	if err == nil {
		err = away(ctx, s.exec(ctx, insertLines, alone.lines.args()...))
	}
	if err != nil {
		s.keeper.lost(alone.lines)
	}
	return err
}

// move keeps what a row of the register is now, by its kind and key.
func (l *lines) move(key, value string) {
	if l.moved == nil {
		l.moved = map[string]string{}
	}
	l.moved[key] = value
}

// stamp makes the lines of a transaction ready to be written. What it moved stands in the last one.
func (s statements) stamp() error {
	l := s.lines
	if len(l.rows) == 0 {
		if len(l.moved) > 0 {
			return fmt.Errorf("%w: %s", errNoLine, strings.Join(slices.Sorted(maps.Keys(l.moved)), ", "))
		}
		return nil
	}
	if last := &l.rows[len(l.rows)-1]; l.moved != nil {
		last.Moved = l.moved
	}
	for i := range l.rows {
		r := &l.rows[i]
		r.At = r.At.UTC().Truncate(time.Microsecond)
		r.Facts, r.Moved = some(r.Facts), some(r.Moved)
	}
	stamper := s.keeper.get()
	if stamper == nil {
		return errNoStamper
	}
	if err := stamper.Stamp(l.rows); err != nil {
		return err
	}
	l.stamped = true
	return nil
}

// away is the error of a statement that writes lines: CodeTrailAway unless it is one that goes away by itself.
func away(ctx context.Context, err error) error {
	if err != nil && !repeatable(err) && ctx.Err() == nil {
		return ra.E(ra.CodeTrailAway).Because(err)
	}
	return err
}

func some(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

const insertLines = `
	INSERT INTO audit (at, actor_kind, actor_id, kiosk_id, action, order_id, subject, facts, moved, writer, number, mac)
	SELECT * FROM unnest($2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::jsonb[], $10::jsonb[],
		$11::text[], $12::bigint[], $1::bytea[])`

// args are insertLines'.
func (l *lines) args() []any {
	columns := [11][]any{}
	macs := make([][]byte, len(l.rows))
	for n, r := range l.rows {
		for i, v := range []any{r.At, r.ActorKind, r.ActorID, r.KioskID, r.Action, r.OrderID, r.Subject, r.Facts, r.Moved, r.Writer, r.Number} {
			columns[i] = append(columns[i], v)
		}
		macs[n] = r.MAC
	}
	args := []any{macs}
	for _, c := range columns {
		args = append(args, c)
	}
	return args
}

const auditColumns = `
	a.id, a.at, a.actor_kind, a.actor_id, a.kiosk_id, a.action, a.order_id, a.subject, a.facts, a.moved, a.writer, a.number, a.mac`

func auditFields(r *book.AuditRow) []any {
	return []any{&r.ID, &r.At, &r.ActorKind, &r.ActorID, &r.KioskID, &r.Action, &r.OrderID, &r.Subject, &r.Facts, &r.Moved, &r.Writer, &r.Number, &r.MAC}
}

func scanAudit(row pgx.CollectableRow) (r book.AuditRow, err error) {
	err = row.Scan(auditFields(&r)...)
	return r, err
}

// AuditOfOrder lists an order's lines, oldest first.
func (s statements) AuditOfOrder(ctx context.Context, orderID string) ([]book.AuditRow, error) {
	return list(ctx, s, scanAudit, `SELECT `+auditColumns+` FROM audit a WHERE a.order_id = $1 ORDER BY a.id`, orderID)
}

// SawLately reports whether somebody left a line with the action about the order and subject since then, one of which is not empty.
func (s statements) SawLately(ctx context.Context, actorID, action, orderID, subject string, since time.Time) (saw bool, err error) {
	indexed := `order_id <> ''`
	if orderID == "" {
		indexed = `subject <> ''` // see audit_subject
	}
	err = s.row(ctx, []any{&saw}, `
		SELECT EXISTS (SELECT FROM audit WHERE order_id = $3 AND at > $5 AND action = $2 AND actor_id = $1 AND subject = $4 AND `+indexed+`)`,
		actorID, action, orderID, subject, since)
	return saw, err
}

// AuditOf lists the lines about a thing that is no order, oldest first.
func (s statements) AuditOf(ctx context.Context, subject string) ([]book.AuditRow, error) {
	return list(ctx, s, scanAudit, `SELECT `+auditColumns+` FROM audit a WHERE a.subject = $1 ORDER BY a.id`, subject)
}

// AuditAfter lists lines with higher ids, in their order.
func (s statements) AuditAfter(ctx context.Context, id int64, limit int) ([]book.AuditRow, error) {
	return list(ctx, s, scanAudit, `SELECT `+auditColumns+` FROM audit a WHERE a.id > $1 ORDER BY a.id LIMIT $2`, id, limit)
}

// NewestAudit is when the last line of the trail was written, by the clock of who wrote it; long ago where there is none.
func (s statements) NewestAudit(ctx context.Context) (at time.Time, err error) {
	err = s.row(ctx, []any{&at}, `SELECT COALESCE(max(at), 'epoch') FROM audit`)
	return at, err
}
