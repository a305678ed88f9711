package uplink

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"keyhall/backoffice/ra"
)

const (
	sideBySide = 4                // orders that are carried out at a time, of those tried for the first time and of all others each
	longest    = 60               // times Config.Retry: the pause before an order is tried again grows up to that
	sessionOut = 30 * time.Minute // a session ends by itself after that
)

// pace is when an order is tried next.
type pace struct {
	seal  string // of the mandate that was tried
	tries int
	next  time.Time
	busy  bool
}

// Keep keeps what a customer leaves to be done, in place of what they left before for the order. It is on the disk when Keep
// returns; Run carries it out.
func (u *Uplink) Keep(ctx context.Context, m ra.Mandate) error {
	if err := u.cfg.Journal.SaveMandate(ctx, m); err != nil {
		return err
	}
	u.wakeOutbox()
	return nil
}

// Recall takes back what is kept for an order, once nobody works on it: its customer changes something. It reports whether there
// was anything, of which some may have been done.
func (u *Uplink) Recall(ctx context.Context, orderID string) (bool, error) {
	done, err := u.orders.take(ctx, orderID)
	if err != nil {
		return false, err
	}
	defer done()
	return u.cfg.Journal.Recall(ctx, orderID)
}

// Flush carries out what a member left, who is here again, and returns by order what it could not: what was refused for good, which
// is kept no longer, and what waits still (ra.Passing). ra.Away ends it.
func (u *Uplink) Flush(ctx context.Context, membershipID string) (undone map[string]error, err error) {
	all, err := u.cfg.Journal.Mandates(ctx, membershipID)
	if err != nil {
		return nil, err
	}
	undone = map[string]error{}
	for _, k := range all {
		err := error(k.Refused)
		if k.Refused == nil {
			err = u.carryOut(ctx, k.Mandate)
		}
		switch {
		case ra.Away(err), ctx.Err() != nil:
			return undone, err
		case err == nil:
			continue
		case ra.Passing(err):
			u.cfg.Log.Warn("not carried out", "order", k.OrderID, "error", err)
		default:
			if err := u.cfg.Journal.DropMandate(ctx, k.Mandate); err != nil {
				return undone, err
			}
		}
		undone[k.OrderID] = err
	}
	return undone, nil
}

// carryOut does what a mandate says under the kiosk's certificate, when nobody else works on its order. While it waited for its
// turn, somebody else may have carried it out, changed it or taken it back. What is refused for good is shelved.
func (u *Uplink) carryOut(ctx context.Context, m ra.Mandate) error {
	done, err := u.orders.take(ctx, m.OrderID)
	if err != nil {
		return err
	}
	defer done()
	all, err := u.cfg.Journal.Mandates(ctx, m.MembershipID)
	i := slices.IndexFunc(all, func(k ra.KeptMandate) bool { return k.OrderID == m.OrderID && bytes.Equal(k.Seal, m.Seal) })
	switch {
	case err != nil:
		return err
	case i < 0:
		return nil
	case all[i].Refused != nil:
		return all[i].Refused
	}
	err = u.deliver(ctx, m)
	var why *ra.Error
	if !ra.Passing(err) && errors.As(err, &why) {
		u.cfg.Log.Warn("refused for good", "order", m.OrderID, "error", err)
		return errors.Join(err, u.cfg.Journal.ShelveMandate(ctx, m, why))
	}
	return err
}

// deliver is the calls of carryOut; each may be repeated.
func (u *Uplink) deliver(ctx context.Context, m ra.Mandate) error {
	if err := u.GiveMandate(ctx, m); err != nil {
		return err
	}
	if m.Application != nil {
		if err := u.cfg.Journal.DropDraft(ctx, m.OrderID); err != nil {
			return err
		}
	}
	if err := u.bring(ctx, m, func(p ra.KeptPage) error { return u.DeliverPage(ctx, m.OrderID, p.Page, p.JPEG) }); err != nil {
		return err
	}
	if m.Submit {
		if err := u.DeliverSubmit(ctx, m.OrderID); err != nil {
			return err
		}
	}
	return u.cfg.Journal.DropMandate(ctx, m)
}

func (u *Uplink) wakeOutbox() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// runOutbox carries out what customers left. Each order has a pace of its own: one that fails holds up no other, and however many are stuck
// again and again, who comes new does not queue behind them.
func (u *Uplink) runOutbox(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	first, others := make(chan struct{}, sideBySide), make(chan struct{}, sideBySide)
	again := time.NewTicker(u.cfg.Retry)
	defer again.Stop()
	for {
		for _, d := range u.due(ctx) {
			turns := first
			if d.tries > 0 {
				turns = others
			}
			wg.Go(func() {
				select {
				case turns <- struct{}{}:
					u.try(ctx, d.Mandate)
					<-turns
				case <-ctx.Done():
				}
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		case <-u.wake:
		}
	}
}

// due is a mandate whose turn it is, and how often it was tried.
type due struct {
	ra.Mandate
	tries int
}

// due are the mandates whose turn it is; they count as being worked on.
func (u *Uplink) due(ctx context.Context) []due {
	all, err := u.cfg.Journal.Mandates(ctx, "")
	if err != nil && ctx.Err() == nil {
		u.cfg.Log.Error("outbox not read", "error", err)
	}
	now := u.cfg.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	var turn []due
	for id, p := range u.paces {
		if !p.busy && !slices.ContainsFunc(all, func(k ra.KeptMandate) bool { return k.OrderID == id }) {
			delete(u.paces, id)
		}
	}
	for _, k := range all {
		p := u.paces[k.OrderID]
		if p.seal != string(k.Seal) && !p.busy {
			p = pace{seal: string(k.Seal)}
		}
		if k.Refused != nil || p.busy || now.Before(p.next) {
			continue
		}
		p.busy = true
		u.paces[k.OrderID] = p
		turn = append(turn, due{k.Mandate, p.tries})
	}
	return turn
}

// try carries one mandate out, or puts it off.
func (u *Uplink) try(ctx context.Context, m ra.Mandate) {
	err := u.carryOut(ctx, m)
	u.mu.Lock()
	defer u.mu.Unlock()
	p := u.paces[m.OrderID]
	p.busy = false
	if err != nil {
		if ra.Passing(err) && !ra.Away(err) && ctx.Err() == nil { // it was reached, and could not: nobody's line is at fault
			u.cfg.Log.Warn("the back office could not do what a customer left; it is asked again", "order", m.OrderID, "tries", p.tries+1, "error", err)
		}
		p.next = u.cfg.Now().Add(pause(u.cfg.Retry, p.tries, longest))
		p.tries++
	}
	u.paces[m.OrderID] = p
}
