package intake

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// How the feed is read.
const (
	changesAtOnce = 200
	changesLook   = 500 * time.Millisecond // a change is readable a moment after it is told, when older work ends
)

// Changes returns what changed after the cursor in orders placed at this kiosk, waiting up to wait for the first. Nothing
// is ever left out: entries come in commit order. Cursor "" means from now: it answers at once with the cursor only.
// CodeInvalid (field "after") for a cursor that is none.
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
