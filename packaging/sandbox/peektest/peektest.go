// Package peektest shows whether one program of an ordinary user can look into another one of the same user: it starts
// both under a user id that owns nothing. It is imported from tests only.
package peektest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	nobody  = 65534
	peepEnv = "KEYHALL_TEST_PEEP" // makes the test binary look into the process of that number
	openEnv = "KEYHALL_TEST_OPEN" // makes it a process that hides nothing
)

// ServeIfAsked is for the TestMain of packages that use this one.
func ServeIfAsked() {
	if os.Getenv(openEnv) != "" {
		Allow()
		_, _ = os.Stdin.Read(make([]byte, 1))
		os.Exit(0)
	}
	if pid, err := strconv.Atoi(os.Getenv(peepEnv)); err == nil {
		fmt.Printf("%d %d\n", code(trace(pid)), code(readMemory(pid)))
		os.Exit(0)
	}
}

// Allow keeps Yama, which forbids tracing on some machines, out of the way: what is tried here is what a program does
// for itself.
func Allow() { _ = unix.Prctl(unix.PR_SET_PTRACER, ^uintptr(0), 0, 0, 0) }

func code(err error) int {
	var errno unix.Errno
	if err != nil && !errors.As(err, &errno) {
		return int(unix.EIO) // no refusal
	}
	return int(errno)
}

func trace(pid int) error {
	runtime.LockOSThread() // a tracer is a thread
	defer runtime.UnlockOSThread()
	if err := unix.PtraceAttach(pid); err != nil {
		return err
	}
	if _, err := unix.Wait4(pid, nil, unix.WALL, nil); err != nil {
		return err
	}
	return unix.PtraceDetach(pid)
}

// readMemory reads where the process's own program lies.
func readMemory(pid int) error {
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return err
	}
	defer mem.Close()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return err
	}
	from, _, _ := strings.Cut(string(maps), "-")
	at, err := strconv.ParseInt(from, 16, 64)
	if err != nil {
		return err
	}
	_, err = mem.ReadAt(make([]byte, 16), at)
	return err
}

// Process is a program that runs as nobody.
type Process struct {
	t   testing.TB
	pid int
}

// Open starts a process that hides nothing.
func Open(t testing.TB) *Process { return Start(t, []string{openEnv + "=1"}) }

// Start starts the test binary once more, as nobody, with that environment and command line; it ends with the test. Core
// dumps are allowed to it, so that it is its own doing when it makes none. It skips where the test does not run as root.
func Start(t testing.TB, env []string, args ...string) *Process {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can start programs of another user")
	}
	allowCores(t)
	cmd := asNobody(t, env, args...)
	in, err := cmd.StdinPipe() // open: the program waits for a word
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed, as it says
		_ = in.Close()
	})
	return &Process{t: t, pid: cmd.Process.Pid}
}

func allowCores(t testing.TB) {
	t.Helper()
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Setrlimit(unix.RLIMIT_CORE, &before) })
}

// asNobody is the test binary as a program of another user, who may not get through to it: so it is handed over opened.
func asNobody(t testing.TB, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { self.Close() })
	cmd := exec.Command("/proc/self/fd/3", args...)
	cmd.ExtraFiles = []*os.File{self}
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody, Groups: []uint32{}}, Pdeathsig: syscall.SIGKILL}
	return cmd
}

// MustBeHidden wants a process that nobody of its user can look into, that leaves no core dump and gains no rights.
func (p *Process) MustBeHidden() {
	p.t.Helper()
	p.wait("gives up gaining rights", p.gainsNothing) // what a program does last of these
	traced, read := p.peep()
	if !errors.Is(traced, unix.EPERM) || !errors.Is(read, unix.EACCES) && !errors.Is(read, unix.EPERM) {
		p.t.Errorf("tracing it: %v, reading its memory: %v; want both refused", traced, read)
	}
	if soft, hard := p.cores(); soft != "0" || hard != "0" {
		p.t.Errorf("core dumps may have %s, at most %s; want none", soft, hard)
	}
}

// MustBeOpen wants the opposite, to show that it is the program's doing.
func (p *Process) MustBeOpen() {
	p.t.Helper()
	p.wait("can be looked into", func() bool {
		traced, read := p.peep()
		return traced == nil && read == nil
	})
	if soft, hard := p.cores(); soft == "0" || hard == "0" || p.gainsNothing() {
		p.t.Errorf("core dumps may have %s, at most %s, and it may gain rights: %v; want no limits", soft, hard, !p.gainsNothing())
	}
}

// peep lets another process of the same user trace this one and read its memory, and returns what came of it.
func (p *Process) peep() (traced, read error) {
	p.t.Helper()
	out, err := asNobody(p.t, []string{peepEnv + "=" + strconv.Itoa(p.pid)}).Output()
	if err != nil {
		p.t.Fatalf("peeping: %v", err)
	}
	var codes [2]int
	if _, err := fmt.Sscan(string(out), &codes[0], &codes[1]); err != nil {
		p.t.Fatalf("peeping: %v: %q", err, out)
	}
	return errOf(codes[0]), errOf(codes[1])
}

func errOf(code int) error {
	if code == 0 {
		return nil
	}
	return unix.Errno(code)
}

var (
	coreLimit = regexp.MustCompile(`(?m)^Max core file size\s+(\S+)\s+(\S+)`)
	noGain    = regexp.MustCompile(`(?m)^NoNewPrivs:\s+1$`)
)

// cores tells how large a core dump of this process may get: soft and hard limit, "0" or "unlimited".
func (p *Process) cores() (soft, hard string) {
	p.t.Helper()
	found := coreLimit.FindStringSubmatch(p.read("limits"))
	if found == nil {
		p.t.Fatal("the kernel tells no limit of core dumps")
	}
	return found[1], found[2]
}

// gainsNothing reports whether no thread can gain rights by a set-user-ID program.
func (p *Process) gainsNothing() bool {
	p.t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", p.pid))
	if err != nil || len(threads) == 0 {
		p.t.Fatalf("threads of %d: %v, %v", p.pid, threads, err)
	}
	for _, thread := range threads {
		if !noGain.MatchString(p.read("task/" + filepath.Base(thread) + "/status")) {
			return false
		}
	}
	return true
}

func (p *Process) wait(what string, is func() bool) {
	p.t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("process %d: never %s", p.pid, what)
		}
	}
}

func (p *Process) read(file string) string {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.pid, file))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}
