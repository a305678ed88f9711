package password

import (
	"context"
	"sync/atomic"
	"time"

	"keyhall/backoffice/ra"
)

// How many passwords of an audience are hashed at once, how many people wait for that, and how long: a hash takes 19 MiB and a few
// hundredths of a second.
const (
	hashesAtOnce = 2
	mostWaiting  = 32
	longestWait  = 5 * time.Second
)

// turns lets a few in at a time.
type turns struct {
	at      chan struct{}
	waiting *atomic.Int32
}

func newTurns() turns {
	return turns{at: make(chan struct{}, hashesAtOnce), waiting: new(atomic.Int32)}
}

// take waits for a turn, which ends with end: CodeOfficeBusy when too many wait or it takes too long, and ctx's error.
func (t turns) take(ctx context.Context) (end func(), err error) {
	select {
	case t.at <- struct{}{}:
		return t.end, nil
	default:
	}
	if t.waiting.Add(1) > mostWaiting {
		t.waiting.Add(-1)
		return nil, ra.E(ra.CodeOfficeBusy)
	}
	defer t.waiting.Add(-1)
	late := time.NewTimer(longestWait)
	defer late.Stop()
	select {
	case t.at <- struct{}{}:
		return t.end, nil
	case <-late.C:
		return nil, ra.E(ra.CodeOfficeBusy)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (t turns) end() { <-t.at }
