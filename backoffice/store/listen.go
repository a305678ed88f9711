package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Changed returns a channel that is closed at the next change of an order, whoever makes it. A notification may be
// missed while the connection is being made again, so wait with a limit and look.
func (s *Store) Changed() <-chan struct{} {
	s.listen.Do(func() { s.done.Go(s.listening) })
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// listening keeps a connection of its own until Close.
func (s *Store) listening() {
	for s.ctx.Err() == nil {
		s.listenOnce(s.ctx)
		s.tell()
		select {
		case <-s.ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// listenOnce listens until the connection breaks or ctx ends; either way the caller tries again or stops.
func (s *Store) listenOnce(ctx context.Context) {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(closing) // the connection is of no use any more
	}()
	if _, err := conn.Exec(ctx, "LISTEN keyhall_changes"); err != nil {
		return
	}
	for {
		s.tell()
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return
		}
	}
}

// tell wakes everybody who waits.
func (s *Store) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}
