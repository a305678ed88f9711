package uplink

import (
	"context"
	"slices"
	"time"

	"keyhall/backoffice/ra"
)

// leaving is a session whose customer, or member of staff, is gone.
type leaving struct {
	session string
	staff   bool
	since   time.Time
}

// Leave ends a session. It returns at once; Run does it.
func (u *Uplink) Leave(session string) { u.left(leaving{session: session}) }

// StaffLeave is Leave for a session of staff.
func (u *Uplink) StaffLeave(session string) { u.left(leaving{session: session, staff: true}) }

func (u *Uplink) left(l leaving) {
	l.since = u.cfg.Now()
	select {
	case u.leavers <- l:
	default: // a flood of customers while the back office is away: sessions end by themselves
		u.cfg.Log.Warn("session left to end by itself")
	}
}

// runLeavers ends sessions, at once and while the back office is away ever less often.
func (u *Uplink) runLeavers(ctx context.Context) {
	var waiting []leaving
	again := time.NewTimer(u.cfg.Retry)
	defer again.Stop()
	for failed := 0; ; {
		select {
		case <-ctx.Done():
			return
		case l := <-u.leavers:
			waiting = append(waiting, l)
		case <-again.C:
		}
		waiting = u.leave(ctx, waiting)
		if len(waiting) == 0 {
			failed = 0
			continue // the timer, which may have run out meanwhile, only looks once more
		}
		again.Reset(pause(u.cfg.Retry, failed, silence))
		failed++
	}
}

// leave ends sessions and returns those that are to be ended still. Where one does not get through, none of the others is tried.
func (u *Uplink) leave(ctx context.Context, waiting []leaving) []leaving {
	for i, l := range waiting {
		end := u.LogOut
		if l.staff {
			end = u.StaffLogOut
		}
		if ra.Away(end(ctx, l.session)) {
			return slices.DeleteFunc(waiting[i:], func(l leaving) bool { return u.cfg.Now().Sub(l.since) >= sessionOut })
		}
	}
	return nil
}
