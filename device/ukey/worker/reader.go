package worker

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"keyhall/device/ukey"
)

var (
	_ ukey.Reader = (*Reader)(nil)
	_ ukey.Hiding = (*Reader)(nil)
)

// warm is how many workers are kept for the next keys.
const warm = 2

// Reader sees the keys of one driver.
type Reader struct {
	cfg   Config
	twins twins

	mu      sync.Mutex
	watcher *process                        // looks around; nil until needed and after it broke
	idle    []*process                      // have the driver loaded and no key open
	leaving map[ukey.Identity]chan struct{} // closed keys whose last call is not over
	closed  bool
	hidden  []ukey.Info // what the last List left out
}

// Start checks the configuration. No process is started before the first call.
func Start(cfg Config) (*Reader, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Reader{cfg: cfg, leaving: map[ukey.Identity]chan struct{}{}}, nil
}

// Close ends the workers that have no key open; tokens that are open stay open.
func (r *Reader) Close() error {
	r.mu.Lock()
	r.closed = true
	all := r.idle
	if r.watcher != nil {
		all = append(all, r.watcher)
	}
	r.idle, r.watcher = nil, nil
	r.mu.Unlock()
	for _, p := range all {
		p.stop(r.cfg.Deadlines.Call)
	}
	return nil
}

// List looks anew. ErrTimeout and ErrWorker: the next call starts afresh.
func (r *Reader) List(ctx context.Context) ([]ukey.Info, error) {
	answer, err := r.ask(ctx, request{Method: "list"})
	if err != nil {
		return nil, err
	}
	r.twins.mark(answer.Infos)
	infos := make([]ukey.Info, 0, len(answer.Infos))
	var hidden []ukey.Info
	for _, info := range answer.Infos {
		if info.Initialized || !r.cfg.HideUninitialized {
			infos = append(infos, info)
		} else {
			hidden = append(hidden, info)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hidden = hidden
	return infos, nil
}

// Hidden implements ukey.Hiding.
func (r *Reader) Hidden() []ukey.Info {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.hidden)
}

// ask sends a request to the worker that looks around.
func (r *Reader) ask(ctx context.Context, q request) (response, error) {
	p, err := r.around()
	if err != nil {
		return response{}, err
	}
	answer, err := p.call(ctx, q, r.cfg.Deadlines.of(q.Key.Model, q.Method))
	if broken(err) {
		r.report(q.Method, err)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.watcher == p {
			r.watcher = nil
		}
	}
	return answer, err
}

// around is the worker that looks around.
func (r *Reader) around() (*process, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.watcher != nil {
		select {
		case <-r.watcher.gone: // in a call that nobody waited for
		default:
			return r.watcher, nil
		}
	}
	p, err := startProcess(r.cfg)
	if err == nil {
		r.watcher = p
	}
	return p, err
}

// Open opens the key in a worker of its own; one that was used before and fails is replaced by a new one. It waits while a
// call goes on that nobody waited for when the key was closed. ErrRemoved, ErrTwin, ErrTimeout, ErrWorker.
func (r *Reader) Open(ctx context.Context, key ukey.Identity) (ukey.Token, error) {
	if err := r.waitFor(ctx, key); err != nil {
		return nil, err
	}
	sightings := r.twins.sightings(key) // before the look: one meanwhile counts
	p, used, err := r.take()
	if err != nil {
		return nil, err
	}
	err = r.open(ctx, p, key)
	if used && (broken(err) || errors.Is(err, ukey.ErrDevice)) {
		if p, err = startProcess(r.cfg); err != nil {
			return nil, err
		}
		err = r.open(ctx, p, key)
	}
	if err != nil {
		return nil, err
	}
	r.twins.openedAlone(key)
	return &token{r: r, p: p, key: key, sightings: sightings}, nil
}

func (r *Reader) open(ctx context.Context, p *process, key ukey.Identity) error {
	_, err := p.call(ctx, request{Method: "open", Key: key}, r.cfg.Deadlines.of(key.Model, "open"))
	if errors.Is(err, ukey.ErrTwin) {
		r.twins.saw(key)
	}
	switch {
	case err == nil:
	case errors.Is(err, ukey.ErrRemoved), errors.Is(err, ukey.ErrTwin):
		r.park(p)
	case broken(err), errors.Is(err, ukey.ErrDevice):
		p.kill()
	default: // nobody waits any more: it may have opened the key
		r.release(p, key)
	}
	return err
}

// take returns a worker without a key, and whether it was used before.
func (r *Reader) take() (p *process, used bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.idle) > 0 {
		p, r.idle = r.idle[0], r.idle[1:]
		select {
		case <-p.exited:
			p.kill()
		default:
			return p, true, nil
		}
	}
	p, err = startProcess(r.cfg)
	return p, false, err
}

// park keeps a worker that has no key open for the next one.
func (r *Reader) park(p *process) {
	r.mu.Lock()
	keep := !r.closed && len(r.idle) < warm
	if keep {
		r.idle = append(r.idle, p)
	}
	r.mu.Unlock()
	if !keep {
		p.stop(r.cfg.Deadlines.Call)
	}
}

// release has the worker close its key and parks it. It does not wait for a call that the worker is in; Open does.
func (r *Reader) release(p *process, key ukey.Identity) {
	if p.idle() {
		r.closeKey(p, key)
		return
	}
	over := make(chan struct{})
	r.mu.Lock()
	r.leaving[key] = over
	r.mu.Unlock()
	go func() {
		r.closeKey(p, key)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.leaving[key] == over {
			delete(r.leaving, key)
		}
		close(over)
	}()
}

func (r *Reader) closeKey(p *process, key ukey.Identity) {
	if _, err := p.call(context.Background(), request{Method: "close"}, r.cfg.Deadlines.of(key.Model, "close")); err != nil {
		p.kill()
		return
	}
	r.park(p)
}

func (r *Reader) waitFor(ctx context.Context, key ukey.Identity) error {
	r.mu.Lock()
	over, leaving := r.leaving[key]
	r.mu.Unlock()
	if !leaving {
		return nil
	}
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// look tells by a fresh look whether the key is plugged in, and returns what everybody can see on it. ErrRemoved,
// ErrTwin.
func (r *Reader) look(ctx context.Context, key ukey.Identity) ([]ukey.Object, error) {
	answer, err := r.ask(ctx, request{Method: "look", Key: key})
	return answer.Objects, err
}

func (r *Reader) report(method string, err error) {
	r.cfg.Log.Warn("ukey worker died", slog.String("driver", r.cfg.Driver), slog.String("module", r.cfg.Module),
		slog.String("during", method), slog.Any("error", err))
}
