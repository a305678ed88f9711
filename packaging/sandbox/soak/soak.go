// Package soak makes keys again and again in a house while the kiosk's process is killed, the power is cut, keys are
// pulled and the back office is killed at random, until each key is done; and checks key, order and register after each. What it finds is a fault
// of the product: it stops there and names the seed.
package soak

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/worker"
	"keyhall/packaging/sandbox/desk"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/maker"
)

// Options of a run.
type Options struct {
	House     *house.House
	Algorithm ukey.Algorithm // of the keys; "" for any
	Seed      uint64
	Command   []string // starts a process that calls Child
	Env       []string // of that process
	More      func(Counts) bool
	Say       io.Writer // a line for each order
}

// Counts is what happened.
type Counts struct {
	Orders, Keys, Attempts, Audits int
	// What was done to an attempt.
	Crashes, Cuts, Pulls, Away, Untroubled int
	// How an attempt began, and with which code it ended when it did not succeed.
	Begun, Resumed, Adopted, FoundDone int
	Refused                            map[ra.Code]int
	// Ruined keys, which a power cut left without contents, were released: software keys do not write in one step.
	Ruined int
}

func (c Counts) String() string {
	return fmt.Sprintf("%d orders, %d keys, %d attempts (%d crashes, %d power cuts, %d pulled keys, %d dead back offices, %d untroubled); "+
		"%d begun, %d resumed, %d at another kiosk, %d found done; stopped by %v; %d ruined keys released; %d audits passed",
		c.Orders, c.Keys, c.Attempts, c.Crashes, c.Cuts, c.Pulls, c.Away, c.Untroubled,
		c.Begun, c.Resumed, c.Adopted, c.FoundDone, c.Refused, c.Ruined, c.Audits)
}

// Finding is a fault of the product, and how to get there again.
type Finding struct {
	Seed  uint64
	Order string // number
	Key   int
	What  string
}

func (f *Finding) Error() string {
	return fmt.Sprintf("seed %d, order %s, key %d: %s", f.Seed, f.Order, f.Key, f.What)
}

// journals are the kiosks that take turns: what one left lying, another goes on with.
var journals = []string{"first", "second"}

type run struct {
	Options
	rand    *rand.Rand
	desk    *desk.Desk
	lines   []house.Line // of the kiosks that take turns
	logins  []login      // of the customer at each
	keys    *worker.Reader
	counts  Counts
	typical time.Duration // of an untroubled attempt
}

// Run makes orders until More says no. The error is a *Finding, or of the house.
func Run(ctx context.Context, o Options) (Counts, error) {
	r := &run{Options: o, rand: rand.New(rand.NewPCG(o.Seed, 0)), counts: Counts{Refused: map[ra.Code]int{}}, typical: 2 * time.Second}
	var err error
	if r.desk, err = desk.Open(ctx, o.House, string(o.Algorithm), o.Seed); err != nil {
		return r.counts, err
	}
	defer r.desk.Close()
	other, err := o.House.Colleague(ctx, "04")
	if err != nil {
		return r.counts, err
	}
	r.lines, r.logins = []house.Line{o.House.Line(), other}, make([]login, 2)
	if r.keys, err = maker.Keys(r.parts(0), slog.New(slog.DiscardHandler), nil); err != nil {
		return r.counts, err
	}
	defer r.keys.Close()
	for o.More(r.counts) && ctx.Err() == nil {
		if err := r.order(ctx); err != nil {
			return r.counts, err
		}
		if _, err := fmt.Fprintln(o.Say, r.counts); err != nil {
			return r.counts, err
		}
	}
	return r.counts, ctx.Err()
}

func (r *run) parts(journal int) maker.Config {
	return maker.Of(r.House, r.lines[journal], filepath.Join(r.House.Dir, "soak", journals[journal]))
}

// login is a customer's session at a kiosk.
type login struct {
	token string
	since time.Time
}

// session is the customer's at that kiosk; it is opened anew long before it could end.
func (r *run) session(ctx context.Context, journal int) (string, error) {
	l := &r.logins[journal]
	if time.Since(l.since) < 10*time.Minute {
		return l.token, nil
	}
	var err error
	l.since = time.Now()
	l.token, err = r.desk.LogInAt(ctx, r.lines[journal])
	return l.token, err
}

// order makes all keys of one order, then asks the auditor.
func (r *run) order(ctx context.Context) error {
	o, err := r.desk.Approved(ctx, 1+r.rand.IntN(min(3, r.desk.Project.MaxUnits)))
	if err != nil {
		return err
	}
	for i := range o.Units {
		k := &key{run: r, order: o, number: 1 + (r.counts.Keys+i)%len(r.House.Hub.Keys()), index: i + 1}
		if err := k.make(ctx); err != nil {
			return err
		}
		r.counts.Keys++
	}
	r.counts.Orders++
	return r.settled(ctx, o)
}

// settled checks that nothing of the order stays open anywhere and that the invariants hold.
func (r *run) settled(ctx context.Context, o desk.Order) error {
	now, err := r.desk.Client.Order(ctx, r.desk.Session, o.ID)
	if err != nil {
		return err
	}
	if now.State != ra.OrderDone {
		return r.finding(o, 0, "all keys are made, the order is "+string(now.State))
	}
	for j := range journals {
		said, err := r.start(ctx, task{Parts: r.parts(j)}, calm{})
		if err != nil {
			return err
		}
		if !said.done || said.left > 0 {
			return r.finding(o, 0, fmt.Sprintf("kiosk %q keeps %d writes open: %s", journals[j], said.left, said.why))
		}
	}
	return r.audit(ctx, o, 0)
}

func (r *run) audit(ctx context.Context, o desk.Order, key int) error {
	if out, err := r.House.Office(ctx, "audit"); err != nil {
		return r.finding(o, key, fmt.Sprintf("the audit fails: %v: %s", err, out))
	}
	r.counts.Audits++
	return nil
}

func (r *run) finding(o desk.Order, key int, what string) error {
	return &Finding{Seed: r.Seed, Order: o.Number, Key: key, What: what}
}
