package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"keyhall/device/ukey"
)

var _ ukey.Reader = (*Reader)(nil)

// Reader sees the keys of one driver.
type Reader struct {
	cfg   Config
	twins twins

	mu      sync.Mutex
	watcher *process // looks around; nil until needed and after it broke
}

// Start checks the configuration. No process is started before the first call.
func Start(cfg Config) (*Reader, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Reader{cfg: cfg}, nil
}

// Close ends the worker that looks around; tokens that are open stay open.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.watcher != nil {
		r.watcher.stop(r.cfg.Deadlines.Call)
		r.watcher = nil
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
	for _, info := range answer.Infos {
		if info.Initialized || !r.cfg.HideUninitialized {
			infos = append(infos, info)
		}
	}
	return infos, nil
}

// ask sends a request to the worker that looks around.
func (r *Reader) ask(ctx context.Context, q request) (response, error) {
	ctx, cancel := r.cfg.bound(ctx, q.Method)
	defer cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.watcher == nil {
		p, err := startProcess(r.cfg)
		if err != nil {
			return response{}, err
		}
		r.watcher = p
	}
	answer, err := r.watcher.call(ctx, q)
	if broken(err) {
		r.report(q.Method, err)
		r.watcher = nil
	}
	return answer, err
}

// Open starts a worker for this key. ErrRemoved, ErrTwin, ErrTimeout, ErrWorker.
func (r *Reader) Open(ctx context.Context, key ukey.Identity) (ukey.Token, error) {
	ctx, cancel := r.cfg.bound(ctx, "open")
	defer cancel()
	sightings := r.twins.sightings(key) // before the look: one meanwhile counts
	p, err := startProcess(r.cfg)
	if err != nil {
		return nil, err
	}
	if _, err := p.call(ctx, request{Method: "open", Key: key}); err != nil {
		if errors.Is(err, ukey.ErrTwin) {
			r.twins.saw(key)
		}
		p.kill()
		return nil, err
	}
	r.twins.openedAlone(key)
	return &token{r: r, p: p, key: key, sightings: sightings}, nil
}

// look tells by a fresh look whether the key is plugged in, and returns what everybody can see on it. ErrRemoved,
// ErrTwin.
func (r *Reader) look(ctx context.Context, key ukey.Identity) ([]ukey.Object, error) {
	answer, err := r.ask(ctx, request{Method: "look", Key: key})
	return answer.Objects, err
}

func (r *Reader) report(method string, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	r.cfg.Log.Warn("ukey worker died", slog.String("driver", r.cfg.Driver), slog.String("module", r.cfg.Module), slog.String("during", method),
		slog.Any("error", err))
}
