package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"keyhall/device/ukey"
)

// process is the kiosk's end of a worker process. It serves one call at a time; after an error of its own (not the
// key's) it is dead.
type process struct {
	cmd     *exec.Cmd
	in      *os.File // requests
	out     *os.File // answers
	exited  chan struct{}
	left    bool                                              // to itself, see leave
	observe func(method string, waited, driver time.Duration) // nil: nobody
}

// tunables have glibc overwrite what is freed: PINs reach a module in copies that are freed as they are, and modules make
// copies of their own. Freed memory becomes 0xFF, new memory 0, as modules that forget to set it are used to. Blocks that wait
// in a thread's cache would be left out, so there is none.
const tunables = "glibc.malloc.perturb=255:glibc.malloc.tcache_count=0"

// environment is the worker's: this process's, what the configuration adds, and the tunables behind those that are there.
func environment(own, added []string) []string {
	const name = "GLIBC_TUNABLES="
	env, value := slices.Concat(own, added), tunables
	for _, entry := range slices.Backward(env) {
		if there, ok := strings.CutPrefix(entry, name); ok {
			value = there + ":" + tunables
			break
		}
	}
	return append(env, name+value)
}

func startProcess(cfg Config) (*process, error) {
	args := append(cfg.Command[1:len(cfg.Command):len(cfg.Command)], cfg.Driver, string(cfg.options))
	cmd := exec.Command(cfg.Command[0], args...)
	cmd.Env = environment(os.Environ(), cfg.Env)
	// Ctrl-C in the kiosk's terminal is not for the worker: it ends when its stdin does.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// Stderr goes nowhere: modules have been seen to print what they were given, PINs too.
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, childIn.Close(), in.Close())
	}
	cmd.Stdin, cmd.Stdout = childIn, childOut
	err = cmd.Start()
	_, _ = childIn.Close(), childOut.Close()
	if err != nil {
		_, _ = in.Close(), out.Close()
		return nil, fmt.Errorf("%w: %w", ukey.ErrWorker, err)
	}
	p := &process{cmd: cmd, in: in, out: out, exited: make(chan struct{}), observe: cfg.Observe}
	go func() {
		defer close(p.exited)
		_ = cmd.Wait()
	}()
	return p, nil
}

// call asks the worker and waits for its answer until ctx, which has a deadline, ends. ErrTimeout (or the reason of ctx) and ErrWorker leave
// it dead; every other error is the key's.
func (p *process) call(ctx context.Context, q request) (response, error) {
	var answer response
	start := time.Now()
	sent, done := make(chan struct{}), make(chan error, 1)
	go func() {
		err := writeRequest(p.in, q)
		close(sent)
		if err == nil {
			err = readFrame(p.out, &answer)
		}
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			p.kill()
			return response{}, fmt.Errorf("%w during %s: %w", ukey.ErrWorker, q.Method, err)
		}
	case <-ctx.Done():
		if p.leave(ctx, sent, done) {
			return response{}, fmt.Errorf("%s: %w", q.Method, ctx.Err())
		}
		p.kill()
		<-done
		return response{}, fmt.Errorf("%s: %w", q.Method, ended(ctx))
	}
	if p.observe != nil {
		p.observe(q.Method, time.Since(start), answer.Spent)
	}
	if answer.Error != nil {
		return response{}, answer.Error.err()
	}
	return answer, nil
}

// leave lets a worker finish the call that nobody waits for any more, and end: a person who leaves a page, or a program that
// is told to stop, must not cut a key off while it writes. Its deadline stays. false when it is the deadline that ended ctx.
func (p *process) leave(ctx context.Context, sent <-chan struct{}, done <-chan error) bool {
	deadline, ok := ctx.Deadline()
	if !ok || !errors.Is(ctx.Err(), context.Canceled) {
		return false
	}
	late := time.NewTimer(time.Until(deadline))
	select {
	case <-sent: // the caller's PINs are no longer needed
	case <-late.C:
		return false
	}
	p.left = true
	_ = p.in.Close()
	go func() {
		defer p.end()
		select {
		case <-done:
		case <-late.C:
		}
	}()
	return true
}

// ended tells a deadline from a caller who does not want to wait any more.
func ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ukey.ErrTimeout
	}
	return ctx.Err()
}

// kill ends the process, unless it was left to itself.
func (p *process) kill() {
	if !p.left {
		p.end()
	}
}

// end does not wait for the process: one that is stuck in the kernel may outlive its kill.
func (p *process) end() {
	_ = p.cmd.Process.Kill()
	_, _ = p.in.Close(), p.out.Close()
}

// stop lets the worker log out and end, and kills it when it does not within grace.
func (p *process) stop(grace time.Duration) {
	if p.left {
		return
	}
	_ = p.in.Close()
	select {
	case <-p.exited:
	case <-time.After(grace):
	}
	p.kill()
	select {
	case <-p.exited:
	case <-time.After(grace):
	}
}

// broken tells whether err is the worker's and not the key's.
func broken(err error) bool {
	return errors.Is(err, ukey.ErrWorker) || errors.Is(err, ukey.ErrTimeout) || errors.Is(err, context.Canceled)
}
