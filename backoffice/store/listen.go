package store

import (
	"time"
)

// feedLook is how often the feed is looked at, where nothing of this back office's own changed: nobody is notified inside a transaction,
// since PostgreSQL lets those that notify commit one after the other.
const feedLook = 200 * time.Millisecond

// feedRest is the least time between two looks: changes that come together get their places together.
const feedRest = 50 * time.Millisecond

// Changed returns a channel that is closed at the next change of an order, whoever makes it. One may be missed while the database is
// away, so wait with a limit and look.
func (s *Store) Changed() <-chan struct{} {
	s.listen.Do(func() { s.done.Go(s.listening) })
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// listening follows the feed for everybody who waits, until Close.
func (s *Store) listening() {
	look := time.NewTicker(feedLook)
	defer look.Stop()
	for {
		// A database that is away is told of by whoever asks it something.
		_, _ = s.advanceFeed(s.ctx)
		select {
		case <-s.ctx.Done():
			s.tell()
			return
		case <-time.After(feedRest):
		}
		select {
		case <-s.ctx.Done():
		case <-look.C:
		case <-s.stirred:
		}
	}
}

// stir has the feed looked at: something of this back office's was committed.
func (s *Store) stir() {
	select {
	case s.stirred <- struct{}{}:
	default:
	}
}

// tell wakes everybody who waits.
func (s *Store) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}
