// Package customers makes customers who have been at a hall before: members with keys that the real plans wrote, on the house's hub and
// through the real back office, without a screen.
package customers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"

	"github.com/google/uuid"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/write"
	"keyhall/packaging/sandbox/desk"
	"keyhall/packaging/sandbox/document"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/maker"
)

// What all of them have.
const (
	Password = "abcd2026"
	PIN      = "24681357"
)

// Services of the demonstration's first project by which a first key comes.
const (
	Trial = "org-trial" // a month, so it is near its end at once
	Year  = "org-1y"
)

// workshop is the number of the window at which they are made; no customer sees its kiosk, nor the hub beside it.
const workshop = "09"

// Customer is who comes, and what they have.
type Customer struct {
	Company document.Company
	Service string
	Keys    []int // of the hub; they are replaced by new ones
}

// Make registers a customer, has an order for the keys reviewed, and makes them. They lie in their drawers then.
func Make(ctx context.Context, h *house.House, c Customer) (house.Resident, error) {
	r := house.Resident{Company: c.Company, Login: c.Company.Handler.Mobile, Password: Password, Keys: c.Keys, PIN: PIN}
	line, err := h.Colleague(ctx, workshop)
	if err != nil {
		return r, err
	}
	d, err := desk.OpenAt(ctx, h, line, string(ukey.RSA2048), c.Company, Password, 100_000_000+rand.Int64N(800_000_000))
	if err != nil {
		return r, err
	}
	defer d.Close()
	order, err := d.ApprovedFor(ctx, c.Service, len(c.Keys))
	if err != nil {
		return r, err
	}
	bench, err := openBench(ctx, h, line)
	if err != nil {
		return r, err
	}
	defer bench.parts.Close()
	for _, n := range c.Keys {
		if err := bench.make(ctx, d, order, n); err != nil {
			return r, fmt.Errorf("key %d: %w", n, err)
		}
	}
	return r, nil
}

// bench is where keys are made out of sight.
type bench struct {
	hub   *house.Hub
	parts *maker.Parts
	log   *slog.Logger
}

func openBench(ctx context.Context, h *house.House, line house.Line) (*bench, error) {
	hub, err := h.Hub.Elsewhere("workshop")
	if err != nil {
		return nil, err
	}
	config := maker.Of(h, line, h.Dir+"/workshop")
	config.Env = hub.Env()
	parts, err := maker.Open(ctx, config, h.Log, nil)
	return &bench{hub, parts, h.Log}, err
}

func (b *bench) make(ctx context.Context, d *desk.Desk, order desk.Order, n int) error {
	if err := b.hub.Replace(ctx, n); err != nil {
		return err
	}
	key, err := b.plug(ctx, n)
	if err != nil {
		return err
	}
	model, ok := d.Project.ModelOf(key)
	if !ok {
		return errors.New("the project does not take this model")
	}
	executor := write.New(write.Config{Office: b.parts.Office, Journal: b.parts.Journal, Keys: b.parts.Keys, Log: b.log})
	job, err := executor.Reserve(ctx, d.Session, order.Code, ra.Write{ID: uuid.Must(uuid.NewV7()).String(), Plan: ra.PlanMake, OrderID: order.ID,
		OrderNumber: order.Number, ProjectID: order.ProjectID, Model: model.ID, Key: key})
	if err != nil {
		return err
	}
	if _, err := executor.Run(ctx, job, []byte(PIN), nil); err != nil {
		return err
	}
	return b.hub.Pull(n)
}

// plug puts a key into the hub and tells what it is called.
func (b *bench) plug(ctx context.Context, n int) (ra.KeyIdentity, error) {
	if err := b.hub.Plug(n); err != nil {
		return ra.KeyIdentity{}, err
	}
	infos, err := b.parts.Keys.List(ctx)
	if err != nil {
		return ra.KeyIdentity{}, err
	}
	if len(infos) != 1 {
		return ra.KeyIdentity{}, fmt.Errorf("%d keys are seen, one is plugged in", len(infos))
	}
	return ra.KeyIdentity(infos[0].Identity()), nil
}

// Lock types wrong PINs at a key until it takes none any more. The key lies in its drawer.
func Lock(ctx context.Context, h *house.House, n int) error {
	line, err := h.Colleague(ctx, workshop)
	if err != nil {
		return err
	}
	b, err := openBench(ctx, h, line)
	if err != nil {
		return err
	}
	defer b.parts.Close()
	key, err := b.plug(ctx, n)
	if err != nil {
		return err
	}
	token, err := b.parts.Keys.Open(ctx, ukey.Identity(key))
	if err != nil {
		return err
	}
	defer token.Close()
	for range mostTries {
		if err := token.Login(ctx, ukey.Customer, []byte("00000000")); errors.Is(err, ukey.ErrPINLocked) {
			return b.hub.Pull(n)
		}
	}
	return errors.New("the key does not lock")
}

// mostTries is more than a key takes.
const mostTries = 20
