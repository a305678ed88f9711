package pkcs11

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
)

func TestHangingWorkerIsKilledAndReplaced(t *testing.T) {
	t.Parallel()
	hub := ukeytest.NewHub(t, 1)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The first worker never answers.
	script := fmt.Sprintf(`if mkdir '%s' 2>/dev/null; then cat >/dev/null; else exec '%s' ukey-worker "$@"; fi`,
		filepath.Join(t.TempDir(), "hung"), self)
	r := start(t, Config{
		Module: ukeytest.SoftHSM, Rescan: Reinitialize, Env: hub.Env(),
		Command: []string{"sh", "-c", script, "worker"}, Deadlines: Deadlines{Call: 5 * time.Second},
	})
	if _, err := r.List(t.Context()); !errors.Is(err, ukey.ErrTimeout) {
		t.Errorf("hanging: got %v, want ErrTimeout", err)
	}
	if infos, err := r.List(t.Context()); err != nil || len(infos) != 2 {
		t.Errorf("afterwards: got %d keys, %v; want the blank one and SoftHSM's spare slot", len(infos), err)
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
			r := start(t, Config{Module: ukeytest.SoftHSM, Command: tc.command})
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

func TestBadModules(t *testing.T) {
	t.Parallel()
	text := filepath.Join(t.TempDir(), "module.so")
	if err := os.WriteFile(text, []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, module := range []string{"/nonexistent.so", text} {
		r := start(t, Config{Module: module})
		if _, err := r.List(t.Context()); !errors.Is(err, ukey.ErrDevice) || !strings.Contains(err.Error(), module) {
			t.Errorf("got %v, want ErrDevice that names %s", err, module)
		}
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
			hub := ukeytest.NewHub(t, 1)
			var log bytes.Buffer
			r := start(t, Config{
				Module: ukeytest.SoftHSM, Rescan: Reinitialize, Env: hub.Env(),
				Deadlines: Deadlines{Call: 5 * time.Second}, Log: slog.New(slog.NewTextHandler(&log, nil)),
			})
			open := loggedIn(t, r, hub.Identity(0))
			if err := open.(*token).w.cmd.Process.Signal(tc.signal); err != nil {
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
			again := loggedIn(t, r, hub.Identity(0))
			if _, err := again.Info(t.Context()); err != nil {
				t.Errorf("opened again: %v", err)
			}
		})
	}
}

func TestCallerMayStopWaiting(t *testing.T) {
	t.Parallel()
	r := start(t, Config{Module: ukeytest.SoftHSM, Command: []string{"sh", "-c", "cat >/dev/null"}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.List(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// TestCallOutlivesItsCaller: who stops waiting, closes the key or ends does not cut a call off.
func TestCallOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	m, r := faultyReader(t, 1)
	open := loggedIn(t, r, m.Identity(0)).(*token)
	m.Set(t, ukeytest.FaultGenerateHeld, "")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := open.GenerateKey(ctx, testID, "l", ukey.ECP256)
		done <- err
	}()
	for !m.Holding() {
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if err := open.Close(); err != nil {
		t.Error(err)
	}
	select {
	case <-open.w.exited:
		t.Error("the worker was killed in the middle of the call")
	default:
	}
	m.Clear(t, ukeytest.FaultGenerateHeld)
	<-open.w.exited
	if _, err := loggedIn(t, r, m.Identity(0)).PublicKey(t.Context(), testID); err != nil {
		t.Errorf("pair: %v", err)
	}
}

// TestCallThatOutlivesItsCallerEndsAtItsDeadline: a module that hangs is not left for ever.
func TestCallThatOutlivesItsCallerEndsAtItsDeadline(t *testing.T) {
	t.Parallel()
	m := ukeytest.NewFaultModule(t, 1)
	r := start(t, Config{Module: m.Path, Env: m.Env(), Deadlines: Deadlines{Generate: 3 * time.Second}})
	open := loggedIn(t, r, m.Identity(0)).(*token)
	m.Set(t, ukeytest.FaultGenerateHeld, "")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for !m.Holding() {
			time.Sleep(5 * time.Millisecond)
		}
		cancel()
	}()
	if _, err := open.GenerateKey(ctx, testID, "l", ukey.ECP256); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	<-open.w.exited
}

func TestPINsStayInThePipe(t *testing.T) {
	t.Parallel()
	hub, r := hubReader(t, 1)
	open := loggedIn(t, r, hub.Identity(0)).(*token)
	for _, file := range []string{"cmdline", "environ"} {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", open.w.cmd.Process.Pid, file))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(ukeytest.FactoryCustomerPIN)) {
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
	go func() { done <- RunWorker(context.Background(), in, io.Discard, ukeytest.SoftHSM, Slots) }()
	if err := kiosk.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("got %v, want a clean end", err)
	}
}

func TestWorkerWithoutItsKioskFinishesTheCall(t *testing.T) {
	t.Parallel()
	hub, r := hubReader(t, 1)
	w, err := startWorker(r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.stop(r.cfg.Deadlines.Call) })
	for _, q := range []request{
		{Method: "open", Key: hub.Identity(0)},
		{Method: "login", Role: ukey.Customer, PIN: []byte(ukeytest.FactoryCustomerPIN)},
	} {
		if _, err := w.call(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeRequest(w.in, request{Method: "generate", ID: testID, Algorithm: ukey.ECP256}); err != nil {
		t.Fatal(err)
	}
	_, _ = w.in.Close(), w.out.Close()
	<-w.exited
	if _, err := loggedIn(t, r, hub.Identity(0)).PublicKey(t.Context(), testID); err != nil {
		t.Errorf("pair: %v", err)
	}
}

// TestPairIsMadeOnceWhenTheKioskDiesMeanwhile starts again at once, while the worker of before still generates.
func TestPairIsMadeOnceWhenTheKioskDiesMeanwhile(t *testing.T) {
	t.Parallel()
	hub, r := hubReader(t, 1)
	died := r.cfg
	died.Command = append([]string{"sh", "-c", `exec 3<&0; "$0" "$@" <&3 3<&- &`}, r.cfg.Command...) // the shell ends, the worker is left
	w, err := startWorker(died)
	if err != nil {
		t.Fatal(err)
	}
	<-w.exited
	for _, q := range []request{
		{Method: "open", Key: hub.Identity(0)},
		{Method: "login", Role: ukey.Customer, PIN: []byte(ukeytest.FactoryCustomerPIN)},
	} {
		if _, err := w.call(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeRequest(w.in, request{Method: "generate", ID: testID, Algorithm: ukey.RSA2048}); err != nil {
		t.Fatal(err)
	}
	_, _ = w.in.Close(), w.out.Close()
	again := loggedIn(t, r, hub.Identity(0))
	if _, err := again.GenerateKey(t.Context(), testID, "l", ukey.RSA2048); !errors.Is(err, ukey.ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	objects, err := again.Objects(t.Context())
	if err != nil || len(objects) != 2 {
		t.Errorf("%d objects, %v, want one pair", len(objects), err)
	}
}

func TestWorkerRefusesGarbage(t *testing.T) {
	t.Parallel()
	err := RunWorker(t.Context(), strings.NewReader("\xff\xff\xff\xff"), io.Discard, ukeytest.SoftHSM, Slots)
	if !errors.Is(err, errFrame) {
		t.Errorf("frame: got %v, want errFrame", err)
	}
	if err := RunWorker(t.Context(), strings.NewReader(""), io.Discard, ukeytest.SoftHSM, "x"); err == nil {
		t.Error("rescan: got no error")
	}
}

func TestKeysWorkInParallel(t *testing.T) {
	t.Parallel()
	const n = 3
	hub, r := hubReader(t, n)
	var wg sync.WaitGroup
	for i := range n {
		open := loggedIn(t, r, hub.Identity(i))
		wg.Go(func() {
			if _, err := open.GenerateKey(t.Context(), testID, "l", ukey.ECP256); err != nil {
				t.Errorf("key %d: %v", i, err)
			}
			if _, err := open.Sign(t.Context(), testID, digest[:], crypto.SHA256); err != nil {
				t.Errorf("key %d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

func TestInitializeFactoryNewKey(t *testing.T) {
	t.Parallel()
	hub := ukeytest.NewHub(t, 0)
	r := start(t, Config{Module: ukeytest.SoftHSM, Rescan: Reinitialize, Env: hub.Env()})
	ctx := t.Context()
	infos, err := r.List(ctx)
	if err != nil || len(infos) != 1 || infos[0].Initialized || infos[0].AdminPIN != ukey.PINUnset {
		t.Fatalf("got %+v, %v; want one key without a PIN", infos, err)
	}
	open, err := r.Open(ctx, infos[0].Identity())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = open.Close() })
	if err := open.Login(ctx, ukey.Administrator, []byte("11223344")); !errors.Is(err, ukey.ErrDevice) {
		t.Errorf("login before: got %v, want ErrDevice", err)
	}
	for i, step := range []func() error{
		func() error { return open.Initialize(ctx, "new key", []byte("11223344")) },
		func() error { return open.Login(ctx, ukey.Administrator, []byte("11223344")) },
		func() error { return open.InitPIN(ctx, []byte("55667788")) },
		func() error { return open.Login(ctx, ukey.Customer, []byte("55667788")) },
	} {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	info, err := open.Info(ctx)
	if err != nil || info.Label != "new key" || info.Serial == "" || !info.UserPINSet {
		t.Errorf("got %+v, %v; want an initialised key", info, err)
	}
	loggedInAs := func(key ukey.Identity) error {
		again, err := r.Open(ctx, key)
		if err != nil {
			return err
		}
		return errors.Join(again.Login(ctx, ukey.Customer, []byte("55667788")), again.Close())
	}
	if err := loggedInAs(info.Identity()); err != nil {
		t.Errorf("opened again by its identity: %v", err)
	}
}

func TestReadersCombine(t *testing.T) {
	t.Parallel()
	hubs := []*ukeytest.Hub{ukeytest.NewHub(t, 1), ukeytest.NewHub(t, 1)}
	var readers []ukey.Reader
	for _, hub := range hubs {
		cfg := Config{Module: ukeytest.SoftHSM, Rescan: Reinitialize, Env: hub.Env(), HideUninitialized: true}
		readers = append(readers, start(t, cfg), start(t, cfg)) // the second sees the same key
	}
	readers = append(readers, start(t, Config{Module: "/nonexistent.so"}))
	both := Readers(slog.New(slog.DiscardHandler), readers...)
	infos, err := both.List(t.Context())
	if err != nil || len(infos) != 2 {
		t.Fatalf("got %d keys, %v; want 2", len(infos), err)
	}
	loggedIn(t, both, hubs[1].Identity(0))
	if _, err := both.Open(t.Context(), ukey.Identity{Serial: "none"}); !errors.Is(err, ukey.ErrDevice) {
		t.Errorf("open: got %v, want what the broken module said", err)
	}
	none := Readers(slog.New(slog.DiscardHandler), readers[4])
	if _, err := none.List(t.Context()); !errors.Is(err, ukey.ErrDevice) {
		t.Errorf("only a broken module: got %v, want ErrDevice", err)
	}
}
