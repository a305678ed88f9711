package house

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// mark is the environment variable by which a later start recognises programs that an earlier one left behind.
const mark = "KEYHALL_SANDBOX"

// process is one program that the house started.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan struct{}
	err  error
	once sync.Once
}

// start runs a program with its output in log/<name>.log.
func (h *House) start(name string, env []string, path string, args ...string) (*process, error) {
	logPath := filepath.Join(h.Dir, "log", name+".log")
	if err := os.MkdirAll(filepath.Dir(logPath), 0o700); err != nil {
		return nil, err
	}
	out, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(path, args...)
	cmd.Env = append(append(os.Environ(), env...), mark+"="+h.Dir)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p := &process{name: name, cmd: cmd, log: logPath, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// stop ends the program and what it started: politely, and after five seconds for good.
func (p *process) stop() {
	if p == nil {
		return
	}
	p.once.Do(func() {
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(5 * time.Second):
		}
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.done
	})
}

// kill ends the program at once, as a power cut does.
func (p *process) kill() {
	p.once.Do(func() {
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.done
	})
}

// until waits for ready to succeed; a program that ends meanwhile is an error that shows the end of its log.
func (p *process) until(ctx context.Context, ready func() error) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended: %w: %s", p.name, errOr(p.err, "without an error"), tail(p.log))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w: %s", p.name, err, tail(p.log))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func errOr(err error, otherwise string) error {
	if err != nil {
		return err
	}
	return errors.New(otherwise)
}

func tail(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	const most = 1500
	if len(b) > most {
		b = b[len(b)-most:]
	}
	return strings.TrimSpace(string(b))
}

// EndLeftBehind ends programs that an earlier start of the same house left behind when it was killed.
func EndLeftBehind(dir string) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		env, err := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		line, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err == nil && strings.Contains("\x00"+string(env)+"\x00", "\x00"+mark+"="+dir+"\x00") || err != nil && ours(line, dir) {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// ours tells by its command line that a program is of the house in dir. Kiosk and back office show their environment to root
// alone.
func ours(line []byte, dir string) bool {
	args := strings.Split(string(line), "\x00")
	name := filepath.Base(args[0])
	if name != "keyhall-kiosk" && name != "keyhall-backoffice" {
		return false
	}
	return slices.ContainsFunc(args[1:], func(arg string) bool { return strings.HasPrefix(arg, dir+"/") })
}
