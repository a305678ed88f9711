package intake

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// How the feed is read.
const (
	changesAtOnce = 200
	changesLook   = 5 * time.Second // one that was not told is found then
)

// Changes returns what changed after the cursor in orders that this kiosk shows, waiting up to wait for the first. Nothing
// is ever left out: entries come in commit order. Cursor "" means from now: it answers at once with the cursor only.
// CodeInvalid (field "after") for a cursor that is none, CodeFeedAnew for one of another history or from before what is still kept.
func (in *Intake) Changes(ctx context.Context, kiosk ra.Kiosk, after string, wait time.Duration) (changes []ra.Change, cursor string, err error) {
	over := time.NewTimer(wait)
	defer over.Stop()
	look := time.NewTicker(changesLook)
	defer look.Stop()
	for {
		changed := in.store.Changed()
		changes, cursor, err = in.store.Changes(ctx, kiosk.ID, after, changesAtOnce)
		if err != nil || len(changes) > 0 || after == "" || wait <= 0 {
			return changes, cursor, err
		}
		select {
		case <-changed:
		case <-look.C:
		case <-over.C:
			return nil, cursor, nil
		case <-ctx.Done():
			return nil, cursor, ctx.Err()
		}
	}
}

// Shown notes that a kiosk shows these orders: it hears of their changes from now on.
func (in *Intake) Shown(ctx context.Context, kiosk ra.Kiosk, orders ...ra.Order) error {
	ids := make([]string, len(orders))
	for i, o := range orders {
		ids[i] = o.ID
	}
	return in.store.Follow(ctx, kiosk.ID, ids, in.clerk.Now())
}
