package soak

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/desk"
)

// Limits of one key.
const (
	mostTroubled = 8  // attempts to which something is done; the next ones are left in peace
	mostCalm     = 3  // of those, the last must succeed
	boundaries   = 26 // of the steps of a write
)

// key is one unit that becomes one key.
type key struct {
	*run
	order    desk.Order
	number   int // in the hub
	index    int // in the order
	write    ra.Write
	adminPIN string // released last
	pin      string // the customer's, as set last
	cut      bool   // the power was cut while this key was plugged in
}

// make makes the key, whatever happens, and checks it.
func (k *key) make(ctx context.Context) error {
	if err := k.plugBlank(ctx); err != nil {
		return err
	}
	for attempt, calm := 0, 0; ; attempt++ {
		peace := attempt >= mostTroubled || k.rand.IntN(8) == 0
		s, err := k.attempt(ctx, peace)
		if err != nil {
			return err
		}
		if s.done {
			break
		}
		if k.expected(s) && !peace {
			continue
		}
		// What was cut off may still be going on for a moment: an orphaned worker finishes its call.
		if calm++; calm < mostCalm {
			continue
		}
		if err := k.giveUp(ctx, s); err != nil {
			return err
		}
		calm = 0
	}
	if err := k.check(ctx); err != nil {
		return err
	}
	return k.House.Hub.Pull(k.number)
}

// giveUp has the supervisor release a key that a power cut ruined, and takes a new one; anything else is a finding.
func (k *key) giveUp(ctx context.Context, s said) error {
	infos, err := k.keys.List(ctx)
	if err != nil {
		return err
	}
	if !k.cut || len(infos) > 0 {
		return k.finding(k.order, k.index, fmt.Sprintf("left in peace %d times, it still does not get done: %s: %s\n%s", mostCalm, s.code, s.why, s.log))
	}
	status, err := k.desk.Client.KeyStatus(ctx, k.desk.Session, k.write.Key)
	if err != nil {
		return err
	}
	if status.Operation != nil {
		if err := k.desk.Release(ctx, status.Operation.ID, "the key does not answer any more"); err != nil {
			return err
		}
	}
	k.counts.Ruined++
	if err := k.audit(ctx, k.order, k.index); err != nil {
		return err
	}
	return k.plugBlank(ctx)
}

// plugBlank puts a factory-fresh key into the hub and learns its serial.
func (k *key) plugBlank(ctx context.Context) error {
	if err := k.House.Hub.Replace(ctx, k.number); err != nil {
		return err
	}
	if err := k.House.Hub.Plug(k.number); err != nil {
		return err
	}
	infos, err := k.keys.List(ctx)
	if err != nil {
		return err
	}
	if len(infos) != 1 {
		return fmt.Errorf("%d keys are seen, one is plugged in", len(infos))
	}
	model, ok := k.desk.Project.ModelOf(ra.KeyIdentity(infos[0].Identity()))
	if !ok {
		return fmt.Errorf("the project does not take %s %s", infos[0].Manufacturer, infos[0].Model)
	}
	k.cut = false
	k.write = ra.Write{ID: uuid.Must(uuid.NewV7()).String(), Plan: ra.PlanMake, OrderID: k.order.ID, OrderNumber: k.order.Number,
		ProjectID: k.order.ProjectID, Model: model.ID, Key: ra.KeyIdentity(infos[0].Identity())}
	return nil
}

// attempt lets a kiosk try once, at one of the kiosks and with a PIN of its own.
func (k *key) attempt(ctx context.Context, peace bool) (said, error) {
	pin := fmt.Sprintf("%08d", k.rand.IntN(100_000_000))
	at := k.rand.IntN(8) / 7
	session, err := k.session(ctx, at)
	if err != nil {
		return said{}, err
	}
	t := task{Parts: k.parts(at), Session: session, Code: k.order.Code, PIN: pin, Write: k.write}
	happens := k.trouble(&t, peace)
	s, err := k.start(ctx, t, happens)
	if err != nil {
		return s, err
	}
	if s.adminPIN != "" {
		k.adminPIN = s.adminPIN
	}
	if s.prepared {
		k.pin = pin
	}
	if h, ok := happens.(kill); ok && h.cut && s.killed {
		k.cut = true
	}
	k.note(s, happens, t)
	return s, k.mend(ctx, happens)
}

// mend undoes what happened around the kiosk.
func (k *key) mend(ctx context.Context, happened trouble) error {
	if _, ok := happened.(away); ok {
		k.House.KillOffice() // it may have come through
		if err := k.House.StartOffice(ctx); err != nil {
			return err
		}
	}
	return k.House.Hub.Plug(k.number)
}

// trouble chooses what happens.
func (k *key) trouble(t *task, peace bool) trouble {
	after := time.Duration(k.rand.Int64N(int64(k.typical + k.typical/4)))
	kind := k.rand.IntN(12)
	at := 1 + k.rand.IntN(boundaries)
	switch {
	case peace:
		return calm{}
	case kind < 3:
		t.DieAt = at
		return calm{}
	case kind < 5:
		return kill{after: after}
	case kind < 8:
		return kill{after: after, cut: true}
	case kind < 10:
		return away{after: after, office: k.House.KillOffice}
	}
	return pull{after: after, out: func() error { return k.House.Hub.Pull(k.number) }}
}

// note counts.
func (k *key) note(s said, happened trouble, t task) {
	c := &k.counts
	c.Attempts++
	switch h := happened.(type) {
	case kill:
		if s.killed && h.cut {
			c.Cuts++
		} else if s.killed {
			c.Crashes++
		}
	case pull:
		c.Pulls++
	case away:
		c.Away++
	default:
		if s.killed {
			c.Crashes++
		} else if t.DieAt == 0 {
			c.Untroubled++
		}
		if s.done && s.how == "begun" {
			k.typical = s.took
		}
	}
	switch s.how {
	case "begun":
		c.Begun++
	case "resumed":
		c.Resumed++
	case "adopted":
		c.Adopted++
	case "found done":
		c.FoundDone++
	}
	if s.why != "" {
		c.Refused[s.code]++
	}
}

// expected tells whether an attempt that did not succeed ended as it may when something was done to it.
func (k *key) expected(s said) bool {
	switch s.code {
	case ra.CodeKeyPulled, ra.CodeKeyNone, ra.CodeKeyDevice, ra.CodeOfficeAway, ra.CodeOfficeError:
		return true
	}
	return s.killed
}
