package write

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/write/writetest"
)

// holds is a Watcher that counts.
type holds struct {
	mu      sync.Mutex
	held    map[ukey.Identity]int
	removed []ukey.Identity
}

func (h *holds) Hold(key ukey.Identity) (release func()) {
	h.add(key, 1)
	return func() { h.add(key, -1) }
}

func (h *holds) add(key ukey.Identity, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held[key] += n
}

func (h *holds) count(key ukey.Identity) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.held[key]
}

func (h *holds) Removed(key ukey.Identity) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.removed = append(h.removed, key)
}

// oneFaulty opens one key with faults, all others without.
type oneFaulty struct {
	ukey.Reader
	faults *ukeytest.Faults
	key    ukey.Identity
}

func (r oneFaulty) Open(ctx context.Context, key ukey.Identity) (ukey.Token, error) {
	if key == r.key {
		return r.faults.Open(ctx, key)
	}
	return r.Reader.Open(ctx, key)
}

// hand is what has the jobs of a bench in hand, until the test ends.
type hand struct {
	*Jobs
	t     *testing.T
	holds *holds
	news  <-chan struct{}
	end   func() // of the program; it waits
}

func (b *bench) hand(t *testing.T, reader ukey.Reader) *hand {
	t.Helper()
	h := &hand{t: t, holds: &holds{held: map[ukey.Identity]int{}}}
	h.Jobs = NewJobs(New(Config{Office: b.office, Journal: b.journal, Keys: reader}), h.holds)
	h.news, _ = h.Subscribe()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { h.Jobs.Run(ctx); close(ended) }()
	h.end = func() { cancel(); <-ended }
	t.Cleanup(h.end)
	return h
}

// reserve begins jobs, and starts none.
func (h *hand) reserve(writes ...ra.Write) {
	h.t.Helper()
	for _, w := range writes {
		must(h.t, h.Reserve(h.t.Context(), "session", writetest.Code, w))
	}
}

func (h *hand) start(writes ...ra.Write) {
	h.t.Helper()
	for _, w := range writes {
		must(h.t, h.Start(ukey.Identity(w.Key), testPIN))
	}
}

// until waits for news until what is wanted is so.
func (h *hand) until(what string, ok func() bool) {
	h.t.Helper()
	for deadline := time.After(time.Minute); !ok(); {
		select {
		case <-h.news:
		case <-deadline:
			h.t.Fatalf("never: %s", what)
		}
	}
}

// stopped waits until the job of a key does not run.
func (h *hand) stopped(w ra.Write) Progress {
	h.t.Helper()
	var p Progress
	h.until("stopped", func() bool {
		var ok bool
		if p, ok = h.Look(ukey.Identity(w.Key)); !ok {
			h.t.Fatal("it is not in hand")
		}
		return !p.Running
	})
	return p
}

// TestThreeAtOnce: one key is pulled in the middle, which stops no other; it goes on where it stands when it is back.
func TestThreeAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, 3)
	writes := b.orders(3)
	pulled := writes[1]
	b.keys.StrikeAt("GenerateKey", 1, ukeytest.After, func() error {
		b.hub.Pull(t, 1)
		return ukey.ErrRemoved
	})
	h := b.hand(t, oneFaulty{writetest.Reader(t, ukeytest.SoftHSM, b.hub.Env()), b.keys, b.hub.Identity(1)})
	h.reserve(writes...)
	h.start(writes...)
	for _, w := range writes {
		p := h.stopped(w)
		if failed := w.ID == pulled.ID; failed != errors.Is(p.Err, ukey.ErrRemoved) || failed == (p.Made != nil) {
			t.Errorf("key %s: made %v, %v", w.Key.Serial, p.Made != nil, p.Err)
		}
		if at := p.Steps[len(p.Steps)-1]; p.Operation != w.ID || at.At.IsZero() || (w.ID == pulled.ID) != (at.Step == ra.StepGenerate) {
			t.Errorf("key %s: operation %s stopped at %s", w.Key.Serial, p.Operation, at.Step)
		}
		if n := h.holds.count(ukey.Identity(w.Key)); n != 0 {
			t.Errorf("key %s is held %d times after all", w.Key.Serial, n)
		}
	}
	if want := []ukey.Identity{b.hub.Identity(1)}; !slices.Equal(h.holds.removed, want) {
		t.Errorf("told as removed: %v, want %v", h.holds.removed, want)
	}
	if open, err := b.journal.OpenWrites(t.Context()); err != nil || len(open) != 1 || open[0].ID != pulled.ID {
		t.Errorf("open are %v, %v, want the one", open, err)
	}
	b.hub.Plug(t, 1)
	h.start(pulled)
	if p := h.stopped(pulled); p.Made == nil {
		t.Fatal(p.Err)
	}
	b.checkAll(t, writes...)
}

// TestManyWriteAtOnce: eight keys, as in a desk's hub.
func TestManyWriteAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, 8)
	h := b.hand(t, b.keys)
	writes := b.orders(8)
	h.reserve(writes...)
	h.start(writes...)
	for _, w := range writes {
		if p := h.stopped(w); p.Made == nil {
			t.Errorf("key %s: %v", w.Key.Serial, p.Err)
		}
	}
	b.checkAll(t, writes...)
}

// TestOneJobForAKey: a second one is refused from the moment that the first is begun until it is left, whatever it wants to be.
func TestOneJobForAKey(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	w := b.write
	key, op := ukey.Identity(w.Key), ra.Operation{ID: w.ID, Key: w.Key, Plan: w.Plan}
	asked, answer := make(chan struct{}), make(chan struct{})
	b.keys.StrikeAt("List", 1, ukeytest.Before, func() error {
		close(asked)
		<-answer
		return nil
	})
	h := b.hand(t, b.keys)
	first := make(chan error)
	go func() { first <- h.Reserve(t.Context(), "session", writetest.Code, w) }()
	refused := func(when string) {
		t.Helper()
		second := w
		second.ID = b.orders(1)[0].ID
		for how, err := range map[string]error{
			"reserve": h.Reserve(t.Context(), "session", writetest.Code, second), "adopt": h.Adopt(t.Context(), "session", writetest.Code, op),
		} {
			if ra.CodeOf(err) != ra.CodeKeyBusy {
				t.Errorf("%s, %s: got %v, want %s", when, how, err, ra.CodeKeyBusy)
			}
		}
	}
	<-asked
	refused("while it is begun")
	close(answer)
	must(t, <-first)
	refused("before it starts")
	holdCall(t, b, h, w, func() {
		refused("while it runs")
		if err := h.Start(key, testPIN); ra.CodeOf(err) != ra.CodeKeyBusy {
			t.Errorf("start: got %v, want %s", err, ra.CodeKeyBusy)
		}
		if n := h.holds.count(key); n != 1 {
			t.Errorf("the key is held %d times, want once", n)
		}
	})
	if p := h.stopped(w); p.Made == nil {
		t.Fatal(p.Err)
	}
	refused("when it is done")
	h.Leave(key)
	if err := h.Start(key, testPIN); ra.CodeOf(err) != ra.CodeNotFound {
		t.Errorf("got %v, want %s", err, ra.CodeNotFound)
	}
	b.write = w
	b.check(t)
}

// holdCall starts the job of a key, and does something while the key makes its pair.
func holdCall(t *testing.T, b *bench, h *hand, w ra.Write, do func()) {
	t.Helper()
	in, out := make(chan struct{}), make(chan struct{})
	b.keys.StrikeAt("GenerateKey", 1, ukeytest.Before, func() error {
		close(in)
		<-out
		return nil
	})
	h.start(w)
	<-in
	do()
	close(out)
}

// TestLeftJobGoesOn: it is found again while it runs, by who names its operation; when it is left for good it finishes, and nothing of
// it stays.
func TestLeftJobGoesOn(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	h := b.hand(t, b.keys)
	key := ukey.Identity(b.write.Key)
	h.reserve(b.write)
	if h.Return(key, b.write.ID) {
		t.Error("one that nobody left was taken back")
	}
	var job *Job
	holdCall(t, b, h, b.write, func() {
		h.mu.Lock()
		job = h.places[key].job
		h.mu.Unlock()
		h.Leave(key)
		if h.Return(key, "another") || !h.Return(key, b.write.ID) || h.Return(key, b.write.ID) {
			t.Error("it is to be taken back once, by its own operation")
		}
		if p, ok := h.Look(key); !ok || !p.Running || p.Steps[len(p.Steps)-1].Step != ra.StepGenerate {
			t.Errorf("found again: %v, %+v", ok, p)
		}
		h.Leave(key)
	})
	h.until("forgotten", func() bool { return h.Running() == 0 })
	if _, ok := h.Look(key); ok || h.Return(key, b.write.ID) {
		t.Error("it is in hand still")
	}
	if job.release != nil {
		t.Error("the proof of the person was kept")
	}
	b.check(t)
}

// TestLeftBeforeItBegan: an answer that nobody waits for any more blocks no key, and the next one waits for it instead of being refused.
func TestLeftBeforeItBegan(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	h := b.hand(t, b.keys)
	key := ukey.Identity(b.write.Key)
	asked, answer := make(chan struct{}), make(chan struct{})
	b.keys.StrikeAt("List", 1, ukeytest.Before, func() error {
		close(asked)
		<-answer
		return nil
	})
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- h.Reserve(t.Context(), "session", writetest.Code, b.write) }()
	<-asked
	h.Leave(key)
	go func() { second <- h.Reserve(t.Context(), "session", writetest.Code, b.write) }()
	close(answer)
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was given up", err)
	}
	must(t, <-second)
	h.start(b.write)
	h.stopped(b.write)
	b.check(t)
}

// TestSettleLeavesAloneWhatIsInHand: also what no ticket came for yet, which looks as if it had never begun.
func TestSettleLeavesAloneWhatIsInHand(t *testing.T) {
	t.Parallel()
	b := setup(t, 2)
	writes := b.orders(2)
	h := b.hand(t, b.keys)
	must(t, b.journal.SaveWrite(t.Context(), openWrite(writes[1]))) // of an earlier start; the back office never heard of it
	h.reserve(writes[0])
	inHand := openWrite(writes[0])
	must(t, b.journal.SaveWrite(t.Context(), inHand))
	waiting, err := h.Settle(t.Context())
	if err != nil || len(waiting) != 0 {
		t.Errorf("%d wait, %v, want none", len(waiting), err)
	}
	open, err := b.journal.OpenWrites(t.Context())
	if err != nil || len(open) != 1 || open[0].ID != inHand.ID {
		t.Errorf("open are %v, %v, want the one in hand", open, err)
	}
}

// openWrite is a write as the journal has it before its reservation is answered.
func openWrite(w ra.Write) ra.Write {
	w.State, w.Step = ra.WriteOpen, ra.StepReserve
	return w
}

// TestEndWaitsForTheCallInHand: the program does not end while a key makes its pair, and the write goes on at the next start.
func TestEndWaitsForTheCallInHand(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	h := b.hand(t, b.keys)
	h.reserve(b.write)
	ended := make(chan struct{})
	holdCall(t, b, h, b.write, func() {
		go func() { h.end(); close(ended) }()
		<-h.ctx.Done()
		select {
		case <-ended:
			t.Error("it did not wait")
		default:
		}
	})
	<-ended
	for how, err := range map[string]error{
		"start": h.Start(ukey.Identity(b.write.Key), testPIN), "reserve": h.Reserve(t.Context(), "session", writetest.Code, b.write),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s after the end: %v", how, err)
		}
	}
	finish(t, b)
}

// TestProgressIsTold: a subscriber who takes a word sees what it was about.
func TestProgressIsTold(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	h := b.hand(t, b.keys)
	h.reserve(b.write)
	h.start(b.write)
	p := h.stopped(b.write)
	var told []ra.Step
	for _, r := range p.Steps {
		told = append(told, r.Step)
	}
	if want := making.plan.Steps(); fmt.Sprint(told) != fmt.Sprint(want) || p.Stopped.IsZero() || p.PINMin != 6 || p.PINMax != 16 {
		t.Errorf("told %v, want %v; %+v", told, want, p)
	}
}
