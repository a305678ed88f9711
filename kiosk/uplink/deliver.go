package uplink

import (
	"context"
	"errors"
	"time"

	"keyhall/backoffice/ra"
)

// Deliver brings the kept pages of an order over, one by one, erasing each when the back office has it, and returns the
// order. After an error the rest is still kept. Errors of a page name it in the field.
func (u *Uplink) Deliver(ctx context.Context, session, orderID string) (order ra.Order, err error) {
	u.delivering.Lock()
	defer u.delivering.Unlock()
	pages, err := u.cfg.Journal.Pages(ctx, orderID)
	if err != nil {
		return order, err
	}
	for _, p := range pages {
		order, err = call(ctx, u, func() (ra.Order, error) {
			return u.cfg.Client.UploadPage(ctx, session, orderID, p.Material, p.Page, p.JPEG)
		})
		if err != nil {
			return order, namePage(err, p.Page.ID)
		}
		if err := u.cfg.Journal.ErasePage(ctx, p.Page.ID); err != nil {
			return order, err
		}
	}
	if len(pages) > 0 {
		return order, nil
	}
	return u.Order(ctx, session, orderID)
}

// namePage puts the page's id into an error about the page itself.
func namePage(err error, id string) error {
	var e *ra.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case ra.CodeScanEmpty, ra.CodeScanTooLarge, ra.CodeScanNotImage, ra.CodeScanDamaged:
		return e.At("page." + id)
	}
	return err
}

// Submit delivers what is kept of an order and hands it in.
func (u *Uplink) Submit(ctx context.Context, session, orderID string) (ra.Order, error) {
	if _, err := u.Deliver(ctx, session, orderID); err != nil {
		return ra.Order{}, err
	}
	return call(ctx, u, func() (ra.Order, error) { return u.cfg.Client.Submit(ctx, session, orderID) })
}

// errand is what a customer who left wanted done before the session ends.
type errand struct {
	session string
	orderID string          // whose pages go over, "" for none
	place   *ra.Application // placed first, nil when the back office has it
	submit  bool
	since   time.Time
}

// errandLife is as long as a session lives; after that only a new login helps.
const errandLife = 30 * time.Minute

// Leave ends a session, after what is still due for an order was done: the application placed, its pages delivered,
// the whole handed in. It returns at once; Run does it, as long as the session lives.
func (u *Uplink) Leave(session, orderID string, place *ra.Application, submit bool) {
	select {
	case u.errands <- errand{session: session, orderID: orderID, place: place, submit: submit, since: u.cfg.Now()}:
	default: // a flood of customers while the back office is away: drafts and pages stay in the journal
		u.cfg.Log.Warn("errand dropped", "order", orderID)
	}
}

func (u *Uplink) runErrands(ctx context.Context) {
	var waiting []errand
	again := time.NewTicker(u.cfg.Errand)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-u.errands:
			if !u.run(ctx, e) {
				waiting = append(waiting, e)
			}
		case <-again.C:
			still := waiting[:0]
			for _, e := range waiting {
				if !u.run(ctx, e) {
					still = append(still, e)
				}
			}
			waiting = still
		}
	}
}

// run reports whether the errand is over: done, or hopeless.
func (u *Uplink) run(ctx context.Context, e errand) (over bool) {
	err := u.settle(ctx, e)
	if err == nil {
		_, err = call(ctx, u, func() (struct{}, error) { return struct{}{}, u.cfg.Client.LogOut(ctx, e.session) })
	}
	switch ra.CodeOf(err) {
	case "":
		return true
	case ra.CodeOfficeAway, ra.CodeOfficeError, ra.CodeInternal:
		return u.cfg.Now().Sub(e.since) > errandLife
	}
	u.cfg.Log.Warn("errand given up", "order", e.orderID, "error", err)
	_ = u.cfg.Client.LogOut(ctx, e.session) // best effort: the session ends by itself
	return true
}

func (u *Uplink) settle(ctx context.Context, e errand) error {
	if e.place != nil {
		if _, err := u.Place(ctx, e.session, *e.place); err != nil {
			return err
		}
		if err := u.cfg.Journal.DropDraft(ctx, e.place.ID); err != nil {
			return err
		}
	}
	if e.orderID == "" {
		return nil
	}
	if e.submit {
		_, err := u.Submit(ctx, e.session, e.orderID)
		return err
	}
	_, err := u.Deliver(ctx, e.session, e.orderID)
	return err
}
