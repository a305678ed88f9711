package uplink

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// leaving is a session whose customer is gone.
type leaving struct {
	session string
	since   time.Time
}

// Leave ends a session. It returns at once; Run does it.
func (u *Uplink) Leave(session string) {
	select {
	case u.leavers <- leaving{session: session, since: u.cfg.Now()}:
	default: // a flood of customers while the back office is away: sessions end by themselves
		u.cfg.Log.Warn("session left to end by itself")
	}
}

func (u *Uplink) runLeavers(ctx context.Context) {
	var waiting []leaving
	again := time.NewTicker(u.cfg.Retry)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case l := <-u.leavers:
			waiting = append(waiting, l)
		case <-again.C:
		}
		still := waiting[:0]
		for _, l := range waiting {
			err := u.LogOut(ctx, l.session)
			if ra.Away(err) && u.cfg.Now().Sub(l.since) < sessionOut {
				still = append(still, l)
			}
		}
		waiting = still
	}
}
