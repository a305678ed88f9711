package book

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/google/uuid"

	"keyhall/backoffice/ra"
)

// Clerk is what every part of the rules works with: it writes the lines of the trail, tells the time and makes ids.
type Clerk struct {
	clock func() time.Time
	Rand  io.Reader
}

// NewClerk is a clerk with a clock (nil: time.Now) and randomness (nil: crypto/rand).
func NewClerk(clock func() time.Time, random io.Reader) Clerk {
	c := Clerk{clock: clock, Rand: random}
	if c.clock == nil {
		c.clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	return c
}

// Now is the time in UTC and in the database's precision.
func (c Clerk) Now() time.Time { return c.clock().UTC().Truncate(time.Microsecond) }

// ID makes a UUIDv7.
func (c Clerk) ID() (string, error) {
	id, err := uuid.NewV7FromReader(c.Rand)
	if err != nil {
		return "", fmt.Errorf("id: %w", err)
	}
	return id.String(), nil
}

// Bytes returns n random bytes.
func (c Clerk) Bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(c.Rand, b); err != nil {
		return nil, fmt.Errorf("random bytes: %w", err)
	}
	return b, nil
}

// Trail is where a line of the trail is written: the transaction that it tells of, or the store for what left nothing else.
type Trail interface {
	InsertAudit(ctx context.Context, r AuditRow) error
}

// Write adds a line to the trail; facts are pairs of name and value.
func (c Clerk) Write(ctx context.Context, tx Trail, who Actor, action, orderID, subject string, facts ...string) error {
	row := AuditRow{
		At: c.Now(), ActorKind: who.Kind, ActorID: who.ID, KioskID: who.Kiosk,
		Action: action, OrderID: orderID, Subject: subject, Facts: map[string]string{},
	}
	for i := 0; i+1 < len(facts); i += 2 {
		row.Facts[facts[i]] = facts[i+1]
	}
	return tx.InsertAudit(ctx, row)
}

// lookLasts is how long a look goes on: who comes back within that time leaves no second line.
const lookLasts = 30 * time.Minute

// Looks is where the lines are that are left once in a while.
type Looks interface {
	Trail
	// SawLately reports whether somebody left a line with the action about the order and subject since then.
	SawLately(ctx context.Context, actorID, action, orderID, subject string, since time.Time) (bool, error)
}

// Look leaves a line about a look at personal data, of an order's or of a list, once for all that belongs to the same look. Nothing may be
// shown before it has returned without an error.
func (c Clerk) Look(ctx context.Context, in Looks, who Actor, action, orderID, subject string, facts ...string) error {
	saw, err := in.SawLately(ctx, who.ID, action, orderID, subject, c.Now().Add(-lookLasts))
	if err != nil || saw {
		return err
	}
	return c.Write(ctx, in, who, action, orderID, subject, facts...)
}

// LookAtList is Look for a list of people, or of what they asked for: the line tells which list, by what it was narrowed (pairs of name and
// value) and how many rows it had, and nothing of what stood in them. The same list again is the same look, also where a page asks for it by
// itself; one without rows showed nobody.
func (c Clerk) LookAtList(ctx context.Context, in Looks, who Actor, list string, rows int, narrowed ...string) error {
	if rows == 0 {
		return nil
	}
	subject, facts := list, []string{"rows", strconv.Itoa(rows)}
	for i := 0; i+1 < len(narrowed); i += 2 {
		if narrowed[i+1] != "" {
			subject += " " + narrowed[i] + "=" + narrowed[i+1]
			facts = append(facts, narrowed[i], narrowed[i+1])
		}
	}
	return c.Look(ctx, in, who, list+".list", "", subject, facts...)
}

// LookAtFound is LookAtList for a list in which text was searched for, "" for nothing. Every search has a line of its own, which does not
// repeat the text: it is somebody's number or name.
func (c Clerk) LookAtFound(ctx context.Context, in Looks, who Actor, list, text string, rows int, narrowed ...string) error {
	if text == "" {
		return c.LookAtList(ctx, in, who, list, rows, narrowed...)
	}
	return c.Write(ctx, in, who, list+".search", "", "", "rows", strconv.Itoa(rows))
}

// nobody is the subject of lines about login names that nobody has.
const nobody = "nobody"

// RefuseNobody leaves a line about a wrong password for a login name that nobody has, without the name; once for all that are invented at
// a kiosk or the console within a while, so that no outsider fills the trail.
func (c Clerk) RefuseNobody(ctx context.Context, in Looks, who Actor, action string, why error) error {
	return c.Look(ctx, in, who, action, "", nobody, "code", string(ra.CodeOf(why)))
}

// Kept runs do in a transaction that is kept when do refuses: what was counted counts, and the trail tells of it.
func Kept[T any](ctx context.Context, in interface {
	Do(ctx context.Context, f func(tx T) error) error
}, do func(tx T) (refused, err error)) error {
	var refused error
	err := in.Do(ctx, func(tx T) (err error) {
		refused, err = do(tx)
		return err
	})
	if err != nil {
		return err
	}
	return refused
}

// OrdersTx is what saving an order takes of a transaction.
type OrdersTx interface {
	Trail
	SaveOrder(ctx context.Context, o *ra.Order, now time.Time) error
	SetOrderApplicant(ctx context.Context, orderID string, a ra.Applicant) error
}

// Save stores an order's states as the next version together with the line that tells of it.
func (c Clerk) Save(ctx context.Context, tx OrdersTx, o *ra.Order, who Actor, action, subject string, facts ...string) error {
	if err := tx.SaveOrder(ctx, o, c.Now()); err != nil {
		return err
	}
	return c.Write(ctx, tx, who, action, o.ID, subject, facts...)
}
