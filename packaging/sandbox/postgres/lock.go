package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

type mode int

const (
	shared    mode = syscall.LOCK_SH
	exclusive mode = syscall.LOCK_EX
)

// patience is how long another program may take to start or end the server.
const patience = time.Minute

// lockFile locks a file until it is closed or this process ends. ErrBusy when others keep it.
func lockFile(ctx context.Context, path string, m mode) (*os.File, error) {
	// Readable by the server's user: the watcher that waits for the lock opens it as that one.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDONLY, 0o644)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("%w: %s", ErrBusy, path))
	defer cancel()
	for !try(f, m) {
		select {
		case <-ctx.Done():
			return nil, errors.Join(context.Cause(ctx), f.Close())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return f, nil
}

// try takes the lock, or turns one that we have into another kind, if nobody is in the way.
func try(f *os.File, m mode) bool { return syscall.Flock(int(f.Fd()), int(m)|syscall.LOCK_NB) == nil }
