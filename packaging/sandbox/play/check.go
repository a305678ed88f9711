package play

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
)

// placed finds the order that was just placed: the customer's newest of its kind.
func (p *Play) placed(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := p.Query(ctx, []any{&p.Order.ID, &p.Order.Number, &p.Order.Due, &p.Order.State}, `SELECT o.id, o.number, o.amount_fen, o.state
			FROM orders o JOIN memberships m ON m.id = o.membership_id JOIN logins l ON l.person_id = m.person_id
			WHERE l.login = $1 AND o.kind = $2 AND o.reason = $3 ORDER BY o.created_at DESC LIMIT 1`, p.Who.Login, p.service.kind, p.service.reason)
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// Query asks the register for one row.
func (p *Play) Query(ctx context.Context, into []any, sql string, args ...any) error {
	db, err := pgx.Connect(ctx, p.DSN())
	if err != nil {
		return err
	}
	defer db.Close(context.WithoutCancel(ctx))
	return db.QueryRow(ctx, sql, args...).Scan(into...)
}

// agrees is the end: the order is done, each key has what the register says and opens with its PIN, and the audit finds nothing.
func (p *Play) agrees(ctx context.Context) error {
	if err := p.over(ctx); err != nil {
		return err
	}
	plan := ra.PlanFor(p.service.kind, p.service.reason)
	pin := p.Who.PIN
	if plan.Has(ra.StepSetPIN) {
		pin = NewPIN
	}
	for i := range p.service.writes {
		n := p.Written(i)
		if err := p.keyAgrees(ctx, n, pin); err != nil {
			return fmt.Errorf("key %d: %w", n, err)
		}
	}
	if out, err := p.Office(ctx, "audit"); err != nil {
		return fmt.Errorf("audit: %w: %s", err, out)
	}
	return nil
}

// over waits until the order is done.
func (p *Play) over(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if err := p.Query(ctx, []any{&p.Order.State}, `SELECT state FROM orders WHERE id = $1`, p.Order.ID); err != nil {
			return fmt.Errorf("the order is %s, not done: %w", p.Order.State, err)
		}
		if p.Order.State == ra.OrderDone {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// keyAgrees: the key opens with the PIN, and has exactly one certificate in use, for the organisation as it is now.
func (p *Play) keyAgrees(ctx context.Context, n int, pin string) error {
	if err := p.Hub.Opens(ctx, n, pin); err != nil {
		return err
	}
	held, err := p.Holds(ctx, n)
	if err != nil {
		return err
	}
	active := 0
	for _, h := range held {
		if h.State != ra.CertificateActive {
			continue
		}
		active++
		if got := h.Certificate.Subject.String(); !strings.Contains(got, p.Now.Name) {
			return fmt.Errorf("its certificate is for %s, want %s", got, p.Now.Name)
		}
	}
	if active != 1 {
		return fmt.Errorf("%d of its %d certificates are in use, want 1", active, len(held))
	}
	return nil
}
