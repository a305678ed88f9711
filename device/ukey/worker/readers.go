package worker

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"keyhall/device/ukey"
)

// patience is how long a look waits for a driver while another one has answered.
const patience = 2 * time.Second

// Readers combines the readers of several drivers into one. A driver that fails or hangs neither delays nor hides the keys of
// another: it is waited for once, reported to log, and from then on looked at in passing until it answers in time again. While it
// only hangs, its keys are told as they were last seen. A key that two drivers see is told once, by the first, and twins that one
// driver sees are told twice.
func Readers(log *slog.Logger, readers ...ukey.Reader) ukey.Reader {
	c := &combined{patience: patience}
	for i, r := range readers {
		c.lanes = append(c.lanes, &lane{reader: r, log: log.With("driver", i)})
	}
	return c
}

type combined struct {
	lanes    []*lane
	patience time.Duration
}

// lane is one reader and what it said last.
type lane struct {
	reader ukey.Reader
	log    *slog.Logger

	mu      sync.Mutex
	looking chan struct{} // closed when the look that goes on is over; nil when none does
	infos   []ukey.Info   // of the last look that answered
	err     error         // of the last look
	slow    bool          // nobody waits for it
}

// look begins a look unless one goes on, and returns a channel that is closed when it is over. The look belongs to nobody: a
// caller who leaves does not end it.
func (l *lane) look(ctx context.Context, patience time.Duration) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.looking != nil {
		return l.looking
	}
	over := make(chan struct{})
	l.looking = over
	ctx = context.WithoutCancel(ctx)
	go func() {
		start := time.Now()
		infos, err := l.reader.List(ctx)
		l.saw(infos, err, time.Since(start) > patience)
		close(over)
	}()
	return over
}

func (l *lane) saw(infos []ukey.Info, err error, late bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil && (l.err == nil || l.err.Error() != err.Error()) {
		l.log.Warn("ukey driver does not list its keys", slog.Any("error", err))
	}
	l.looking, l.infos, l.err, l.slow = nil, infos, err, late || err != nil
}

func (l *lane) last() ([]ukey.Info, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.infos, l.err
}

func (l *lane) isSlow() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.slow
}

// List fails only when every driver does.
func (c *combined) List(ctx context.Context) ([]ukey.Info, error) {
	if err := c.look(ctx); err != nil {
		return nil, err
	}
	var all []ukey.Info
	var errs []error
	known := map[ukey.Identity]bool{}
	for _, l := range c.lanes {
		infos, err := l.last()
		if err != nil {
			errs = append(errs, err)
		}
		for _, info := range infos {
			if !known[info.Identity()] || info.Serial == "" {
				all = append(all, info)
			}
		}
		for _, info := range infos {
			known[info.Identity()] = true
		}
	}
	if len(errs) == len(c.lanes) {
		return nil, errors.Join(errs...)
	}
	return all, nil
}

// Hidden implements ukey.Hiding.
func (c *combined) Hidden() (all []ukey.Info) {
	for _, l := range c.lanes {
		if h, ok := l.reader.(ukey.Hiding); ok {
			all = append(all, h.Hidden()...)
		}
	}
	return all
}

// look has every driver look, and waits for those that answer in time; for all of them while none did.
func (c *combined) look(ctx context.Context) error {
	type answer struct {
		from    *lane
		awaited bool
	}
	answers := make(chan answer, len(c.lanes))
	waiting := 0
	for _, l := range c.lanes {
		slow, over := l.isSlow(), l.look(ctx, c.patience)
		if !slow {
			waiting++
		}
		go func() {
			<-over
			answers <- answer{l, !slow}
		}()
	}
	late := time.NewTimer(c.patience)
	defer late.Stop()
	for answered, left := false, len(c.lanes); left > 0 && (waiting > 0 || !answered); {
		select {
		case a := <-answers:
			left--
			_, err := a.from.last()
			answered = answered || err == nil
			if a.awaited {
				waiting--
			}
		case <-late.C:
			waiting = 0
			c.tooLate()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// tooLate notes who has not answered.
func (c *combined) tooLate() {
	for _, l := range c.lanes {
		l.mu.Lock()
		if l.looking != nil && !l.slow {
			l.slow = true
			l.log.Warn("ukey driver is slow to list its keys")
		}
		l.mu.Unlock()
	}
}

// Open asks the drivers until one has the key: first those that listed it, last those that are slow. ErrRemoved when none has it,
// ErrTwin as soon as one has two.
func (c *combined) Open(ctx context.Context, key ukey.Identity) (ukey.Token, error) {
	var last error
	for _, l := range c.order(key) {
		token, err := l.reader.Open(ctx, key)
		if err == nil || errors.Is(err, ukey.ErrTwin) {
			return token, err
		}
		if !errors.Is(err, ukey.ErrRemoved) {
			last = err
		}
	}
	return nil, cmp.Or(last, ukey.ErrRemoved)
}

func (c *combined) order(key ukey.Identity) (order []*lane) {
	var fit, slow []*lane
	for _, l := range c.lanes {
		infos, _ := l.last()
		_, err := Find(infos, key)
		switch {
		case !errors.Is(err, ukey.ErrRemoved):
			order = append(order, l)
		case l.isSlow():
			slow = append(slow, l)
		default:
			fit = append(fit, l)
		}
	}
	return append(append(order, fit...), slow...)
}
