package sane

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"keyhall/device/scanner"
)

// grace is how long a child that was asked to end may take to put the device to rest.
const grace = time.Second

// call is one run of scanimage.
type call struct {
	args     []string
	dir      string
	stdout   io.Writer
	progress <-chan struct{} // each signal starts the deadline anew; may be nil
}

// run starts scanimage in a process group of its own and waits for it. The group is gone when run returns.
func (s *Scanner) run(ctx context.Context, c call) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer s.deadline(ctx, stop, c.progress)()

	args := []string{}
	if s.config.Device != "" {
		args = append(args, "--device-name="+s.config.Device)
	}
	cmd := exec.CommandContext(ctx, s.config.Program, append(append(args, s.config.Options...), c.args...)...)
	cmd.Dir = c.dir
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), s.config.Env...)
	cmd.Stdout = c.stdout
	messages := &tail{onFault: func() { time.AfterFunc(grace, func() { stop(errTold) }) }}
	cmd.Stderr = messages
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = grace
	err := cmd.Start()
	if err == nil {
		limitFiles(cmd.Process.Pid)
		err = cmd.Wait()
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // whatever the driver has started; usually nothing is left
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errTold):
		return told(messages.String())
	case cause != nil:
		return interruption(cause)
	}
	return fault(err, messages.String())
}

// errTold ends a child that has said what is wrong and then does not end by itself, as some drivers do.
var errTold = errors.New("told a fault")

// deadline ends the context when a page takes too long; each signal of progress starts it anew.
func (s *Scanner) deadline(ctx context.Context, stop context.CancelCauseFunc, progress <-chan struct{}) (release func()) {
	timer := time.AfterFunc(s.config.Timeout, func() { stop(scanner.ErrTimeout) })
	if progress != nil {
		go func() {
			for {
				select {
				case <-progress:
					timer.Reset(s.config.Timeout)
				case <-ctx.Done():
					return
				}
			}
		}()
	}
	return func() { timer.Stop() }
}

// limitFiles keeps a driver that has run wild from filling the memory that a feeder's pages lie in.
func limitFiles(pid int) {
	limit := unix.Rlimit{Cur: scanner.MaxBytes + 1, Max: scanner.MaxBytes + 1}
	_ = unix.Prlimit(pid, unix.RLIMIT_FSIZE, &limit, nil) // readPage checks again
}

// tail keeps the last bytes of what a child says: the reason of its end stands there.
type tail struct {
	buf     bytes.Buffer
	onFault func() // called once, when scanimage has reported a fault of the device
}

const tailSize = 4096

func (t *tail) Write(p []byte) (int, error) {
	t.buf.Write(p)
	if extra := t.buf.Len() - tailSize; extra > 0 {
		t.buf.Next(extra)
	}
	if t.onFault != nil && deviceFault.Match(t.buf.Bytes()) {
		t.onFault()
		t.onFault = nil
	}
	return len(p), nil
}

func (t *tail) String() string { return t.buf.String() }
