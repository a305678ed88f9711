package worker

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"keyhall/device/ukey"
)

var testPair = ukey.Pair{ID: testID, Label: "l", Algorithm: ukey.ECP256}

// left is a token whose caller left while a pair was being made; the rack holds the call.
func left(t *testing.T, rack *rack, r *Reader) *token {
	t.Helper()
	open := loggedIn(t, r, rack.identity("1")).(*token)
	rack.set(t, scriptHold+"generate", "")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		rack.reached("generate")
		cancel()
	}()
	if _, err := open.GenerateKey(ctx, testPair); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	return open
}

// TestCallOutlivesItsCaller: who stops waiting, closes the key and opens it again gets it when the call is over, and finds
// what it made.
func TestCallOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	r := rack.reader(t, nil)
	open := left(t, rack, r)
	if err := open.Close(); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := r.Open(ctx, rack.identity("1")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("opened beside the call: %v", err)
	}
	select {
	case <-open.p.exited:
		t.Error("the worker was killed in the middle of the call")
	default:
	}
	time.AfterFunc(50*time.Millisecond, func() { rack.clear(t, scriptHold+"generate") })
	again := loggedIn(t, r, rack.identity("1"))
	if _, err := again.GenerateKey(t.Context(), testPair); !errors.Is(err, ukey.ErrExists) {
		t.Errorf("pair: got %v, want ErrExists", err)
	}
	if again.(*token).p != open.p {
		t.Error("the worker was not kept")
	}
}

// TestTwinSeenMeanwhile: the key is given up, and the call is not cut off.
func TestTwinSeenMeanwhile(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	r := rack.reader(t, nil)
	open := left(t, rack, r)
	r.twins.saw(rack.identity("1"))
	if _, err := open.Info(t.Context()); !errors.Is(err, ukey.ErrTwin) {
		t.Errorf("got %v, want ErrTwin", err)
	}
	time.AfterFunc(50*time.Millisecond, func() { rack.clear(t, scriptHold+"generate") })
	if _, err := loggedIn(t, r, rack.identity("1")).PublicKey(t.Context(), testID); err != nil {
		t.Errorf("pair: %v", err)
	}
}

// TestNextCallWaitsForTheLast: a caller with less patience than the key is no reason to open it again.
func TestNextCallWaitsForTheLast(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	open := left(t, rack, rack.reader(t, nil))
	time.AfterFunc(50*time.Millisecond, func() { rack.clear(t, scriptHold+"generate") })
	if _, err := open.PublicKey(t.Context(), testID); err != nil {
		t.Errorf("pair: %v", err)
	}
}

// TestReaderClosedMeanwhile: the program ends politely, and the call too.
func TestReaderClosedMeanwhile(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	r := rack.reader(t, nil)
	open := left(t, rack, r)
	if err := errors.Join(open.Close(), r.Close()); err != nil {
		t.Error(err)
	}
	rack.clear(t, scriptHold+"generate")
	<-open.p.exited
	if _, err := loggedIn(t, rack.reader(t, nil), rack.identity("1")).PublicKey(t.Context(), testID); err != nil {
		t.Errorf("pair: %v", err)
	}
}

// TestPoliteStopMeanwhile: SIGTERM reaches the worker too, while a pair is being made.
func TestPoliteStopMeanwhile(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	open := loggedIn(t, rack.reader(t, nil), rack.identity("1")).(*token)
	rack.set(t, scriptHold+"generate", "")
	made := make(chan error)
	go func() {
		_, err := open.GenerateKey(t.Context(), testPair)
		made <- err
	}()
	rack.reached("generate")
	for _, polite := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2,
		syscall.SIGALRM, syscall.SIGPIPE, syscall.SIGTERM} {
		if err := open.p.cmd.Process.Signal(polite); err != nil {
			t.Fatal(err)
		}
	}
	rack.clear(t, scriptHold+"generate")
	if err := <-made; err != nil {
		t.Error(err)
	}
}

// TestCallThatOutlivesItsCallerEndsAtItsDeadline: a driver that hangs is not left for ever.
func TestCallThatOutlivesItsCallerEndsAtItsDeadline(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	open := left(t, rack, rack.reader(t, func(c *Config) { c.Deadlines.Generate = time.Second }))
	<-open.p.exited
	if _, err := open.Info(t.Context()); !errors.Is(err, ukey.ErrWorker) {
		t.Errorf("got %v, want ErrWorker", err)
	}
}

// TestLookingAroundIsNotCutOff: navigation ends the waiting, and the worker that looks around stays.
func TestLookingAroundIsNotCutOff(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	r := rack.reader(t, nil)
	rack.set(t, scriptHold+"list", "")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		rack.reached("list")
		cancel()
	}()
	if _, err := r.List(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	watcher := r.watcher
	rack.clear(t, scriptHold+"list")
	if infos, err := r.List(t.Context()); err != nil || len(infos) != 1 || r.watcher != watcher {
		t.Errorf("got %d keys, %v, same worker %v", len(infos), err, r.watcher == watcher)
	}
}

func TestWorkerStaysWarm(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1", "2")
	r := rack.reader(t, nil)
	first := loggedIn(t, r, rack.identity("1")).(*token)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	other, err := r.Open(t.Context(), rack.identity("2"))
	if err != nil {
		t.Fatal(err)
	}
	second := other.(*token).p
	if second != first.p {
		t.Error("the next key got a worker of its own")
	}
	if _, err := other.GenerateKey(t.Context(), testPair); !errors.Is(err, ukey.ErrLogin) {
		t.Errorf("got %v, want ErrLogin: nobody is logged in to this key", err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if err := second.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	loggedIn(t, r, rack.identity("1"))
}

func TestTroubleOfAWarmWorkerPasses(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{scriptFail, scriptDie} {
		rack := newRack(t, "1")
		r := rack.reader(t, nil)
		if err := loggedIn(t, r, rack.identity("1")).Close(); err != nil {
			t.Fatal(err)
		}
		rack.set(t, fault+"open", "out of sorts")
		loggedIn(t, r, rack.identity("1"))
	}
}

func TestDeadlinesArePerModelAndCall(t *testing.T) {
	t.Parallel()
	d := Deadlines{Special: []Deadline{
		{Model: "slow", Call: "generate", Time: 5 * time.Minute}, {Model: "slow", Time: time.Minute}, {Call: "sign", Time: 40 * time.Second},
	}}.withDefaults()
	for _, tc := range []struct {
		model, call string
		want        time.Duration
	}{
		{"slow", "generate", 5 * time.Minute}, {"slow", "login", time.Minute}, {"other", "sign", 40 * time.Second},
		{"other", "login", 15 * time.Second}, {"", "list", 15 * time.Second}, {"other", "generate", 3 * time.Minute},
		{"other", "import", 3 * time.Minute}, {"other", "pad-login", time.Minute},
	} {
		if got := d.of(tc.model, tc.call); got != tc.want {
			t.Errorf("%s of %q: got %v, want %v", tc.call, tc.model, got, tc.want)
		}
	}
}

// TestPassingTroublePasses: nobody notices that a key was out of sorts once.
func TestPassingTroublePasses(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	r := rack.reader(t, nil)
	token := loggedIn(t, r, rack.identity("1"))
	if _, err := token.GenerateKey(t.Context(), testPair); err != nil {
		t.Fatal(err)
	}
	for call, do := range map[string]func(context.Context) error{
		"list":    func(ctx context.Context) error { _, err := r.List(ctx); return err },
		"info":    func(ctx context.Context) error { _, err := token.Info(ctx); return err },
		"objects": func(ctx context.Context) error { _, err := token.Objects(ctx); return err },
		"public":  func(ctx context.Context) error { _, err := token.PublicKey(ctx, testID); return err },
		"write":   func(ctx context.Context) error { return token.WriteCertificate(ctx, testID, "l", []byte("der")) },
		"login":   func(ctx context.Context) error { return token.Login(ctx, ukey.Customer, []byte(customerPIN)) },
		"sign": func(ctx context.Context) error {
			_, err := token.Sign(ctx, testID, ukey.ECDSASHA256, make([]byte, 32))
			return err
		},
	} {
		rack.set(t, scriptFail+call, "out of sorts")
		if err := do(t.Context()); err != nil {
			t.Errorf("%s: %v", call, err)
		}
	}
}

// TestPINsAreNotRisked: what may have been counted is not given again.
func TestPINsAreNotRisked(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	token := loggedIn(t, rack.reader(t, nil), rack.identity("1"))
	trouble := func(call string, do func() error) {
		t.Helper()
		rack.set(t, scriptFail+call, "out of sorts")
		if err := do(); !errors.Is(err, ukey.ErrDevice) {
			t.Errorf("%s: got %v, want ErrDevice", call, err)
		}
	}
	trouble("login", func() error { return token.Login(t.Context(), ukey.Administrator, []byte(adminPIN)) })
	trouble("setpin", func() error { return token.SetPIN(t.Context(), []byte(customerPIN), []byte("24682468")) })
	if err := token.Login(t.Context(), ukey.Customer, []byte("00000000")); !errors.Is(err, ukey.ErrPINWrong) {
		t.Errorf("got %v, want ErrPINWrong", err)
	}
	trouble("login", func() error { return token.Login(t.Context(), ukey.Customer, []byte(customerPIN)) })
	if err := token.Login(t.Context(), ukey.Customer, []byte(customerPIN)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
