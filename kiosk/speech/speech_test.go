package speech

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// daemon answers as speech-dispatcher does, and tells what it was asked.
type daemon struct {
	t     *testing.T
	at    string
	ear   net.Listener
	heard chan string
}

func newDaemon(t *testing.T, at string) *daemon {
	t.Helper()
	ear, err := net.Listen("unix", at)
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{t: t, at: at, ear: ear, heard: make(chan string, 64)}
	go d.serve()
	t.Cleanup(func() { ear.Close() })
	return d
}

func (d *daemon) serve() {
	for {
		conn, err := d.ear.Accept()
		if err != nil {
			return
		}
		go d.talk(conn)
	}
}

func (d *daemon) talk(conn net.Conn) {
	defer conn.Close()
	in, data := bufio.NewScanner(conn), false
	for in.Scan() {
		s := in.Text()
		d.heard <- s
		switch {
		case s == "BYE":
			return
		case data && s != ".":
		case data:
			data = false
			conn.Write([]byte("225-21\r\n225 OK MESSAGE QUEUED\r\n"))
		case s == "SPEAK":
			data = true
			conn.Write([]byte("230 OK RECEIVING DATA\r\n"))
		case s == "SET self LANGUAGE xx":
			conn.Write([]byte("408 ERR UNKNOWN LANGUAGE\r\n"))
		default:
			conn.Write([]byte("208 OK\r\n"))
		}
	}
}

// hears waits for lines, in that order, with nothing between them.
func (d *daemon) hears(want ...string) {
	d.t.Helper()
	var got []string
	for range want {
		select {
		case s := <-d.heard:
			got = append(got, s)
		case <-time.After(30 * time.Second):
			d.t.Fatalf("heard %q, want %q", got, want)
		}
	}
	if !slices.Equal(got, want) {
		d.t.Fatalf("heard %q, want %q", got, want)
	}
}

func run(t *testing.T, cfg Config) *Speaker {
	s := New(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return s
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("did not come: %s", what)
}

const hello = "SET self CLIENT_NAME keyhall:kiosk:main"

func TestSays(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, filepath.Join(t.TempDir(), "s"))
	s := run(t, Config{Socket: d.at})
	d.hears(hello, "CANCEL self")
	until(t, "ready", s.Ready)
	s.Say("zh", "登录", "登录名：不能为空\n.完")
	d.hears("CANCEL self", "SET self LANGUAGE zh", "SPEAK", "登录", ".", "SPEAK", "登录名：不能为空", "..完", ".")
	s.Say("zh", "付款")
	d.hears("CANCEL self", "SPEAK", "付款", ".")
	s.Hush()
	d.hears("CANCEL self")
	s.Say("xx", "never")
	d.hears("CANCEL self", "SET self LANGUAGE xx")
	until(t, "a refusal gives the line up", func() bool { return !s.Ready() })
	s.Say("en", "Log in")
	d.hears(hello, "CANCEL self", "SET self LANGUAGE en", "SPEAK", "Log in", ".")
}

// TestDaemonAway: a daemon that is not there yet, or not any more, costs a word and nothing else.
func TestDaemonAway(t *testing.T) {
	t.Parallel()
	at := filepath.Join(t.TempDir(), "s")
	s := run(t, Config{Socket: at, Look: 10 * time.Millisecond})
	for range 100 {
		s.Say("zh", "登录")
	}
	if s.Ready() {
		t.Error("ready without a daemon")
	}
	d := newDaemon(t, at)
	until(t, "found", s.Ready)
	d.ear.Close()
	os.Remove(at)
	s.Say("zh", "BYE")
	until(t, "gone", func() bool { return !s.Ready() })
}

// TestDaemonGoneMad: one that answers without an end costs no memory, one that says back what it heard writes nothing of it into the log.
func TestDaemonGoneMad(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"no end of a line": strings.Repeat("登", 1<<20),
		"refused":          "300 ERR 登录\r\n",
		"no code":          "登录，登录\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			near, far := net.Pipe()
			defer far.Close()
			took := make(chan int, 1)
			go func() {
				bufio.NewReader(far).ReadString('\n')
				n, _ := far.Write([]byte(answer))
				near.Close()
				took <- n
			}()
			err := newLine(near).greet()
			near.Close()
			if err == nil || strings.Contains(err.Error(), "登") {
				t.Errorf("got %v, want an error without what the daemon said", err)
			}
			if n := <-took; n > 64<<10 {
				t.Errorf("%d bytes were read of an answer", n)
			}
		})
	}
}

// TestRealDaemon speaks to speech-dispatcher itself, which plays to nobody; its log is the witness.
func TestRealDaemon(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("speech-dispatcher")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	dir := t.TempDir()
	config := "AddModule \"dummy\" \"sd_dummy\" \"\"\nDefaultModule dummy\nAudioOutputMethod \"libao\"\nLogLevel 5\n"
	if err := os.WriteFile(filepath.Join(dir, "speechd.conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(dir, "s")
	cmd := exec.Command(program, "-s", "-C", dir, "-L", dir, "-P", filepath.Join(dir, "pid"), "-c", "unix_socket", "-S", at, "-l", "5")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	s := run(t, Config{Socket: at, Look: 20 * time.Millisecond})
	until(t, "the daemon", s.Ready)
	said := func(words string) func() bool {
		return func() bool {
			log, _ := os.ReadFile(filepath.Join(dir, "speech-dispatcher.log"))
			return strings.Contains(string(log), words)
		}
	}
	s.Say("zh", "请选择要办理的业务")
	until(t, "words in the daemon's log", said("请选择要办理的业务"))
	s.Say("en", "What would you like to do?")
	until(t, "words in the other language", said("What would you like to do?"))
	if !s.Ready() {
		t.Error("the daemon refused something")
	}
	cmd.Process.Kill()
	s.Say("en", "Gone")
	until(t, "its end", func() bool { return !s.Ready() })
}
