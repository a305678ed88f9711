package write

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/ukeytest"
	"keyhall/device/ukey/worker"
	"keyhall/kiosk/journal"
	"keyhall/kiosk/write/writetest"
)

// childEnv makes a process of this binary a child.
const childEnv = "KEYHALL_WRITE_TEST_CHILD"

// errand is what a child process is to do.
type errand struct {
	Journal string
	Office  string // URL
	Module  string
	Env     []string
	Writes  []ra.Write // at once
	PIN     []byte
	Die     int // boundary of a step, counted from 1, at which it kills itself; 0: live
}

func (b *bench) errand(t *testing.T, die int, writes ...ra.Write) errand {
	e := errand{Journal: b.path, Office: serveOffice(t, b.office), Module: ukeytest.SoftHSM, Writes: writes, PIN: b.pin, Die: die}
	if b.hub != nil {
		e.Env = b.hub.Env()
	}
	return e
}

// message carries a call to the fake back office between processes.
type message struct {
	Args  []json.RawMessage `json:"args,omitempty"`
	Value json.RawMessage   `json:"value,omitempty"`
	Error *ra.Error         `json:"error,omitempty"`
}

// serveOffice lets children reach the fake.
func serveOffice(t *testing.T, f *writetest.Office) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m message
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		value, err := callFake(r.Context(), f, r.URL.Path[1:], m.Args)
		out := message{}
		if out.Value, _ = json.Marshal(value); err != nil {
			errors.As(err, &out.Error)
		}
		_ = json.NewEncoder(w).Encode(out) // the child may be dead
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func callFake(ctx context.Context, f *writetest.Office, method string, args []json.RawMessage) (any, error) {
	switch method {
	case "Reserve":
		return f.Reserve(ctx, "session", arg[ra.Reservation](args, 0))
	case "Resume":
		return f.Resume(ctx, "session", arg[ra.Resumption](args, 0))
	case "Administrator":
		return f.Administrator(ctx, arg[ra.Hold](args, 0), arg[ra.AdminAttempt](args, 1))
	case "Certify":
		return f.Certify(ctx, arg[ra.Hold](args, 0), arg[[]byte](args, 1), arg[int](args, 2))
	case "Challenge":
		return f.Challenge(ctx, arg[ra.Hold](args, 0))
	case "Confirm":
		return f.Confirm(ctx, arg[ra.Hold](args, 0), arg[ra.Proof](args, 1))
	}
	return nil, ra.E(ra.CodeInternal)
}

func arg[T any](args []json.RawMessage, i int) (v T) {
	_ = json.Unmarshal(args[i], &v)
	return v
}

// farOffice is the fake seen from a child, which asks for nothing else than what is here.
type farOffice struct {
	Office
	url string
}

func far[T any](ctx context.Context, to farOffice, method string, args ...any) (out T, err error) {
	var m message
	for _, a := range args {
		b, _ := json.Marshal(a)
		m.Args = append(m.Args, b)
	}
	body, _ := json.Marshal(m)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url+"/"+method, bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return out, ra.E(ra.CodeOfficeAway).Because(err)
	}
	defer resp.Body.Close()
	var in message
	if err := json.NewDecoder(resp.Body).Decode(&in); err != nil {
		return out, ra.E(ra.CodeOfficeError).Because(err)
	}
	if in.Error != nil {
		return out, in.Error
	}
	return out, json.Unmarshal(in.Value, &out)
}

func (u farOffice) Reserve(ctx context.Context, _ string, r ra.Reservation) (ra.Release, error) {
	return far[ra.Release](ctx, u, "Reserve", r)
}

func (u farOffice) Resume(ctx context.Context, _ string, r ra.Resumption) (ra.Release, error) {
	return far[ra.Release](ctx, u, "Resume", r)
}

func (u farOffice) Administrator(ctx context.Context, h ra.Hold, a ra.AdminAttempt) (ra.Opening, error) {
	return far[ra.Opening](ctx, u, "Administrator", h, a)
}

func (u farOffice) Certify(ctx context.Context, h ra.Hold, csr []byte, pin int) (ra.Issued, error) {
	return far[ra.Issued](ctx, u, "Certify", h, csr, pin)
}

func (u farOffice) Challenge(ctx context.Context, h ra.Hold) ([]byte, error) {
	return far[[]byte](ctx, u, "Challenge", h)
}

func (u farOffice) Confirm(ctx context.Context, h ra.Hold, p ra.Proof) (ra.Completion, error) {
	return far[ra.Completion](ctx, u, "Confirm", h, p)
}

// reader is the module's; the one that locks PINs is told from the other by what it needs.
func (e errand) reader() (*worker.Reader, error) {
	config := pkcs11.Config{Module: e.Module, Env: e.Env, HideUninitialized: true}
	if e.Module == ukeytest.SoftHSM {
		config.Rescan = pkcs11.Reinitialize
	}
	return pkcs11.Start(config)
}

// writeChild is a kiosk that carries out writes, and dies on the way when told so.
func writeChild(text string) int {
	ctx := context.Background()
	var e errand
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return 2
	}
	j, err := journal.Open(ctx, e.Journal, bytes.Repeat([]byte{1}, journal.KeyBytes), time.Now)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	keys, err := e.reader()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 4
	}
	defer keys.Close()
	var boundary atomic.Int32
	hook := func(string) error {
		if int(boundary.Add(1)) == e.Die {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		return nil
	}
	x := New(Config{Office: farOffice{url: e.Office}, Journal: j, Keys: keys, Hook: hook})
	jobs := NewJobs(x, &holds{held: map[ukey.Identity]int{}})
	failed := make([]error, len(e.Writes))
	var wg sync.WaitGroup
	for i, w := range e.Writes {
		b := &bench{trial: trial{plan: w.Plan}, journal: j, write: w, pin: e.PIN}
		wg.Go(func() { failed[i] = b.carryOut(ctx, jobs) })
	}
	wg.Wait()
	if err := errors.Join(failed...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 5
	}
	return 0
}

// carryOut begins a job or takes it up, and waits until it stops.
func (b *bench) carryOut(ctx context.Context, jobs *Jobs) error {
	news, leave := jobs.Subscribe()
	defer leave()
	done, err := b.begin(ctx, func(code string, w ra.Write) error { return jobs.Reserve(ctx, "session", code, w) }, func(w ra.Write) error {
		return jobs.Adopt(ctx, "session", b.code(), ra.Operation{ID: w.ID, Key: w.Key})
	})
	if done != nil || err != nil {
		return err
	}
	key := ukey.Identity(b.write.Key)
	if p, _ := jobs.Look(key); p.Made != nil {
		return nil
	}
	if err := jobs.Start(key, b.pin); err != nil {
		return err
	}
	for {
		if p, ok := jobs.Look(key); !ok || !p.Running {
			return p.Err
		}
		<-news
	}
}

// runChild returns whether the child was killed.
func runChild(t *testing.T, e errand) (killed bool) {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return false
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		return true
	}
	t.Fatalf("child: %v: %s", err, stderr.Bytes())
	return false
}

// killed kills a child at a boundary, looks at what it left, and lets another one finish.
func (b *bench) killed(t *testing.T, die int, module string) {
	t.Helper()
	b.killedWith(t, die, module, b.write)
}

// killedWith is killed for a child that has several writes in hand.
func (b *bench) killedWith(t *testing.T, die int, module string, writes ...ra.Write) {
	t.Helper()
	must(t, b.journal.Close())
	e := b.errand(t, die, writes...)
	e.Module = module
	if !runChild(t, e) {
		t.Fatalf("no boundary %d", die)
	}
	for _, w := range writes {
		one := *b
		one.write = w
		one.checkBroken(t)
	}
	e.Die = 0
	if runChild(t, e) {
		t.Fatal("killed without being told to")
	}
	b.journal = writetest.Journal(t, b.path)
	b.checkAll(t, writes...)
}

// TestKilledAtEveryBoundary kills a real process at every boundary of a step of every plan and starts the next one.
func TestKilledAtEveryBoundary(t *testing.T) {
	t.Parallel()
	for _, x := range trials() {
		for die := range x.boundaries() + 1 {
			if die == 0 {
				continue
			}
			t.Run(fmt.Sprint(x.plan, " ", die), func(t *testing.T) {
				t.Parallel()
				setupFor(t, x, 1).killed(t, die, ukeytest.SoftHSM)
			})
		}
	}
}

// TestKilledWithTwoInHand kills a process that makes two keys at once, and the next one finishes both.
func TestKilledWithTwoInHand(t *testing.T) {
	t.Parallel()
	for die := 3; die <= 2*making.boundaries(); die += 4 {
		t.Run(fmt.Sprint(die), func(t *testing.T) {
			t.Parallel()
			b := setup(t, 2)
			b.killedWith(t, die, ukeytest.SoftHSM, b.orders(2)...)
		})
	}
}
