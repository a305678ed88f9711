package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

func TestMain(m *testing.M) {
	ServeIfWorker(scripted)
	ukeytest.Main(m)
}

// TestSecondDriver: whatever a driver is, the kiosk's end keeps what ukey promises.
func TestSecondDriver(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]bool{"trusted": false, "looked at again": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ukeytest.Run(t, func(t *testing.T) ukeytest.Key {
				t.Parallel()
				rack := newRack(t, "1")
				return ukeytest.Key{
					Reader: rack.reader(t, func(c *Config) { c.LookAgain = again }), Identity: rack.identity("1"),
					AdminPIN: adminPIN, CustomerPIN: customerPIN, OtherPIN: "24682468",
				}
			})
		})
	}
}

func TestHangingWorkerIsKilledAndReplaced(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	r := rack.reader(t, func(c *Config) { c.Deadlines.Special = []Deadline{{Call: "list", Time: 3 * time.Second}} })
	rack.set(t, scriptHold+"list", "")
	if _, err := r.List(t.Context()); !errors.Is(err, ukey.ErrTimeout) {
		t.Errorf("hanging: got %v, want ErrTimeout", err)
	}
	rack.clear(t, scriptHold+"list")
	if infos, err := r.List(t.Context()); err != nil || len(infos) != 1 {
		t.Errorf("afterwards: got %d keys, %v; want the one", len(infos), err)
	}
}

func TestDyingWorkers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		command []string
		want    error
	}{
		"ends at once":       {[]string{"true"}, ukey.ErrWorker},
		"cannot be started":  {[]string{"/nonexistent"}, ukey.ErrWorker},
		"prints other stuff": {[]string{"echo", "driver v1.0 loaded"}, ukey.ErrWorker},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, Config{Driver: "scripted", Command: tc.command})
			for range 2 {
				if _, err := r.List(t.Context()); !errors.Is(err, tc.want) {
					t.Errorf("list: got %v, want %v", err, tc.want)
				}
			}
			if _, err := r.Open(t.Context(), ukey.Identity{Serial: "1"}); !errors.Is(err, tc.want) {
				t.Errorf("open: got %v, want %v", err, tc.want)
			}
		})
	}
}

func TestOpenKeyWhoseWorkerFails(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		signal syscall.Signal
		want   error
	}{
		"dies":  {syscall.SIGKILL, ukey.ErrWorker},
		"hangs": {syscall.SIGSTOP, ukey.ErrTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rack := newRack(t, "1")
			var log bytes.Buffer
			r := rack.reader(t, func(c *Config) {
				c.Deadlines.Special = []Deadline{{Model: "Key", Call: "info", Time: 2 * time.Second}}
				c.Log = slog.New(slog.NewTextHandler(&log, nil))
			})
			open := loggedIn(t, r, rack.identity("1"))
			if err := open.(*token).p.cmd.Process.Signal(tc.signal); err != nil {
				t.Fatal(err)
			}
			if _, err := open.Info(t.Context()); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
			if !strings.Contains(log.String(), "ukey worker died") {
				t.Error("nothing in the log")
			}
			if _, err := open.Info(t.Context()); !errors.Is(err, ukey.ErrWorker) {
				t.Errorf("again: got %v, want ErrWorker", err)
			}
			again := loggedIn(t, r, rack.identity("1"))
			if _, err := again.Info(t.Context()); err != nil {
				t.Errorf("opened again: %v", err)
			}
		})
	}
}

func TestCallerMayStopWaiting(t *testing.T) {
	t.Parallel()
	r := start(t, Config{Driver: "scripted", Command: []string{"sh", "-c", "cat >/dev/null"}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.List(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestPINsStayInThePipe(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	open := loggedIn(t, rack.reader(t, nil), rack.identity("1")).(*token)
	for _, file := range []string{"cmdline", "environ"} {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", open.p.cmd.Process.Pid, file))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(customerPIN)) {
			t.Errorf("the PIN is in the worker's %s", file)
		}
	}
	const wrong = "90909090"
	if err := open.Login(t.Context(), ukey.Customer, []byte(wrong)); err == nil || strings.Contains(err.Error(), wrong) {
		t.Errorf("got %v, want an error that does not hold the PIN", err)
	}
}

func TestWorkerEndsWithItsKiosk(t *testing.T) {
	t.Parallel()
	in, kiosk := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- Serve(context.Background(), in, io.Discard, scripted, "scripted", []byte(`""`)) }()
	if err := kiosk.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("got %v, want a clean end", err)
	}
}

func TestWorkerWithoutItsKioskFinishesTheCall(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	r := rack.reader(t, nil)
	w, err := startProcess(r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.stop(r.cfg.Deadlines.Call) })
	rack.set(t, scriptHold+"generate", "")
	for _, q := range []request{
		{Method: "open", Key: rack.identity("1")},
		{Method: "login", Role: ukey.Customer, PIN: []byte(customerPIN)},
	} {
		if _, err := w.call(t.Context(), q, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeRequest(w.in, request{Method: "generate", ID: testID, Algorithm: ukey.ECP256}); err != nil {
		t.Fatal(err)
	}
	rack.reached("generate")
	_, _ = w.in.Close(), w.out.Close()
	rack.clear(t, scriptHold+"generate")
	<-w.exited
	if _, err := loggedIn(t, r, rack.identity("1")).PublicKey(t.Context(), testID); err != nil {
		t.Errorf("pair: %v", err)
	}
}

// TestPairIsMadeOnceWhenTheKioskDiesMeanwhile starts again at once, while the worker of before still generates.
func TestPairIsMadeOnceWhenTheKioskDiesMeanwhile(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	r := rack.reader(t, nil)
	rack.set(t, scriptHold+"generate", "")
	died := r.cfg
	died.Command = append([]string{"sh", "-c", `exec 3<&0; "$0" "$@" <&3 3<&- &`}, r.cfg.Command...) // the shell ends, the worker is left
	w, err := startProcess(died)
	if err != nil {
		t.Fatal(err)
	}
	<-w.exited
	for _, q := range []request{
		{Method: "open", Key: rack.identity("1")},
		{Method: "login", Role: ukey.Customer, PIN: []byte(customerPIN)},
	} {
		if _, err := w.call(t.Context(), q, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeRequest(w.in, request{Method: "generate", ID: testID, Algorithm: ukey.RSA2048}); err != nil {
		t.Fatal(err)
	}
	rack.reached("generate")
	_, _ = w.in.Close(), w.out.Close()
	time.AfterFunc(50*time.Millisecond, func() { rack.clear(t, scriptHold+"generate") }) // while the next one waits
	again := loggedIn(t, r, rack.identity("1"))
	if _, err := again.GenerateKey(t.Context(), ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.RSA2048}); !errors.Is(err, ukey.ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	objects, err := again.Objects(t.Context())
	if err != nil || len(objects) != 2 {
		t.Errorf("%d objects, %v, want one pair", len(objects), err)
	}
}

func TestWorkerRefusesGarbage(t *testing.T) {
	t.Parallel()
	err := Serve(t.Context(), strings.NewReader("\xff\xff\xff\xff"), io.Discard, scripted, "scripted", []byte(`""`))
	if !errors.Is(err, errFrame) {
		t.Errorf("frame: got %v, want errFrame", err)
	}
	if err := Serve(t.Context(), strings.NewReader(""), io.Discard, scripted, "skf", nil); err == nil {
		t.Error("unknown driver: got no error")
	}
}

var testID = []byte("operation 1")

// loggedIn opens a key as its customer.
func loggedIn(t *testing.T, r ukey.Reader, key ukey.Identity) ukey.Token {
	t.Helper()
	token, err := r.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = token.Close() })
	if err := token.Login(t.Context(), ukey.Customer, []byte(customerPIN)); err != nil {
		t.Fatal(err)
	}
	return token
}
