package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"keyhall/device/ukey"
)

// process is the kiosk's end of a worker process. It serves one call at a time; after an error of its own (not the
// key's) it is dead.
type process struct {
	cmd     *exec.Cmd
	in      *os.File      // requests
	out     *os.File      // answers
	turn    chan struct{} // held by the call that it is in
	gone    chan struct{} // closed when nothing more is asked
	leave   func()        // closes gone
	exited  chan struct{}
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
	p := &process{cmd: cmd, in: in, out: out, turn: make(chan struct{}, 1), gone: make(chan struct{}),
		exited: make(chan struct{}), observe: cfg.Observe}
	p.leave = sync.OnceFunc(func() { close(p.gone) })
	go func() {
		defer close(p.exited)
		_ = cmd.Wait()
	}()
	return p, nil
}

// result is how a call ended.
type result struct {
	answer response
	err    error
}

// call asks the worker and waits for its answer while ctx lasts. Who does not wait any more, because a person left the page
// or the program is told to stop, does not cut a key off while it writes: the call goes on until it ends or its deadline
// comes, and the next one waits for it. ErrTimeout and ErrWorker leave the process dead; every other error is the key's, or
// the reason of ctx.
func (p *process) call(ctx context.Context, q request, deadline time.Duration) (response, error) {
	if err := ctx.Err(); err != nil {
		return response{}, fmt.Errorf("%s: %w", q.Method, err)
	}
	select {
	case p.turn <- struct{}{}:
	case <-p.gone:
		return response{}, fmt.Errorf("%w before %s", ukey.ErrWorker, q.Method)
	case <-ctx.Done():
		return response{}, fmt.Errorf("%s: %w", q.Method, ctx.Err())
	}
	sent, done := make(chan struct{}), make(chan result, 1)
	go func() {
		answer, err := p.exchange(q, deadline, sent)
		<-p.turn
		done <- result{answer, err}
	}()
	select {
	case r := <-done:
		return r.answer, r.err
	case <-ctx.Done():
		<-sent // the PINs are the caller's
		return response{}, fmt.Errorf("%s: %w", q.Method, ctx.Err())
	}
}

// exchange sends the request and reads the answer until the deadline. sent is closed when the request is no longer needed.
func (p *process) exchange(q request, deadline time.Duration, sent chan<- struct{}) (response, error) {
	start := time.Now()
	var late atomic.Bool
	timer := time.AfterFunc(deadline, func() { late.Store(true); p.kill() })
	defer timer.Stop()
	var answer response
	err := writeRequest(p.in, q)
	close(sent)
	if err == nil {
		err = readFrame(p.out, &answer)
	}
	switch {
	case err != nil && late.Load():
		return response{}, fmt.Errorf("%s: %w", q.Method, ukey.ErrTimeout)
	case err != nil:
		p.kill()
		return response{}, fmt.Errorf("%w during %s: %w", ukey.ErrWorker, q.Method, err)
	}
	if p.observe != nil {
		p.observe(q.Method, time.Since(start), answer.Spent)
	}
	if answer.Error != nil {
		return response{}, answer.Error.err()
	}
	return answer, nil
}

// idle tells whether it is in no call.
func (p *process) idle() bool { return len(p.turn) == 0 }

// kill does not wait for the process: one that is stuck in the kernel may outlive its kill.
func (p *process) kill() {
	p.leave()
	_ = p.cmd.Process.Kill()
	_, _ = p.in.Close(), p.out.Close()
}

// stop lets the worker log out and end, and kills it when it does not within grace. A call that it is in ends first, without
// being waited for.
func (p *process) stop(grace time.Duration) {
	p.leave()
	_ = p.in.Close()
	select {
	case p.turn <- struct{}{}:
		p.end(grace)
	default:
		go func() {
			p.turn <- struct{}{}
			p.end(grace)
		}()
	}
}

func (p *process) end(grace time.Duration) {
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
func broken(err error) bool { return errors.Is(err, ukey.ErrWorker) || errors.Is(err, ukey.ErrTimeout) }
