package pinyin

import (
	"context"
	"fmt"
	"time"
)

// keep runs one engine after another until ctx ends; it alone talks to them.
func (e *Engine) keep(ctx context.Context) {
	for ctx.Err() == nil {
		w, err := startWorker(ctx, e.command)
		if err != nil {
			e.wait(ctx)
			continue
		}
		wiped := e.serve(ctx, w)
		err = w.end()
		if wiped != nil {
			wiped <- err
		}
	}
}

// wait lets some time pass after a start that did not succeed. There is nothing to wipe meanwhile.
func (e *Engine) wait(ctx context.Context) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case done := <-e.wipes:
			done <- nil
		}
	}
}

// serve answers calls until the engine has to be replaced. The channel it returns, if any, waits for the engine's end.
func (e *Engine) serve(ctx context.Context, w *worker) chan<- error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.exited:
			return nil
		case done := <-e.wipes:
			return done
		case c := <-e.calls:
			a, err := w.exchange(c.request, c.deadline)
			if err != nil {
				c.answer <- outcome{err: fmt.Errorf("%w: %w", ErrUnavailable, err)}
				return nil
			}
			c.answer <- outcome{answer: a}
		}
	}
}
