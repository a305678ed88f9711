package worker

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keyhall/device/ukey"
)

func TestReadersCombine(t *testing.T) {
	t.Parallel()
	racks := []*rack{newRack(t, "1"), newRack(t, "2")}
	var readers []ukey.Reader
	for _, rack := range racks {
		readers = append(readers, rack.reader(t, nil), rack.reader(t, nil)) // the second sees the same key
	}
	readers = append(readers, start(t, Config{Driver: "skf", Command: []string{"false"}}))
	both := Readers(slog.New(slog.DiscardHandler), readers...)
	infos, err := both.List(t.Context())
	if err != nil || len(infos) != 2 {
		t.Fatalf("got %d keys, %v; want 2", len(infos), err)
	}
	loggedIn(t, both, racks[1].identity("2"))
	if _, err := both.Open(t.Context(), ukey.Identity{Serial: "none"}); !errors.Is(err, ukey.ErrWorker) {
		t.Errorf("open: got %v, want what the broken driver said", err)
	}
	none := Readers(slog.New(slog.DiscardHandler), readers[4])
	if _, err := none.List(t.Context()); !errors.Is(err, ukey.ErrWorker) {
		t.Errorf("only a broken driver: got %v, want ErrWorker", err)
	}
}

// hanging is a reader whose looks hang while its lock is held.
type hanging struct {
	lock  sync.Mutex
	infos []ukey.Info
	looks int
	opens int
}

func (h *hanging) List(context.Context) ([]ukey.Info, error) {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.looks++
	return h.infos, nil
}

func (h *hanging) Open(context.Context, ukey.Identity) (ukey.Token, error) {
	h.opens++
	return nil, ukey.ErrTwin // ends the asking
}

func serials(infos []ukey.Info) (all []string) {
	for _, i := range infos {
		all = append(all, i.Serial)
	}
	return all
}

// TestHangingDriverNeitherDelaysNorHides: it is waited for once.
func TestHangingDriverNeitherDelaysNorHides(t *testing.T) {
	t.Parallel()
	sick := &hanging{infos: []ukey.Info{{Serial: "sick"}}}
	well := &hanging{infos: []ukey.Info{{Serial: "well"}}}
	var log bytes.Buffer
	both := Readers(slog.New(slog.NewTextHandler(&log, nil)), sick, well).(*combined)
	listed := func(want ...string) {
		t.Helper()
		infos, err := both.List(t.Context())
		if got := serials(infos); err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
	both.patience = time.Hour
	listed("sick", "well")
	sick.lock.Lock()
	both.patience = 300 * time.Millisecond
	listed("sick", "well") // waited for, then as it was last seen
	both.patience = time.Hour
	for _, serial := range []string{"another", "well"} {
		well.infos = []ukey.Info{{Serial: serial}}
		listed("sick", serial) // not waited for
	}
	if _, err := both.Open(t.Context(), ukey.Identity{Serial: "well"}); !errors.Is(err, ukey.ErrTwin) || sick.opens > 0 {
		t.Errorf("open: %v, the hanging driver was asked %d times", err, sick.opens)
	}
	sick.infos = nil
	sick.lock.Unlock()
	for both.lanes[0].isSlow() {
		if _, err := both.List(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	listed("well")
	if got := strings.Count(log.String(), "slow"); got != 1 {
		t.Errorf("told %d times, want once:\n%s", got, log.String())
	}
}

// TestCallerLeavesALook: the look goes on, and the next one hears of it.
func TestCallerLeavesALook(t *testing.T) {
	t.Parallel()
	sick := &hanging{infos: []ukey.Info{{Serial: "sick"}}}
	both := Readers(slog.New(slog.DiscardHandler), sick)
	sick.lock.Lock()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := both.List(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	time.AfterFunc(20*time.Millisecond, sick.lock.Unlock)
	if infos, err := both.List(t.Context()); err != nil || len(infos) != 1 || sick.looks != 1 {
		t.Errorf("got %v, %v by %d looks, want the key by the one that went on", serials(infos), err, sick.looks)
	}
}

// TestHiddenKeysAreNotListed, and whoever has to know asks for them.
func TestHiddenKeysAreNotListed(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	if err := rack.save("2", &scriptedKey{Info: ukey.Info{Serial: "2"}}); err != nil {
		t.Fatal(err)
	}
	r := Readers(slog.New(slog.DiscardHandler), rack.reader(t, func(c *Config) { c.HideUninitialized = true }))
	infos, err := r.List(t.Context())
	if got := serials(infos); err != nil || !slices.Equal(got, []string{"1"}) {
		t.Errorf("got %v, %v, want the one that was initialised", got, err)
	}
	if got := serials(r.(ukey.Hiding).Hidden()); !slices.Equal(got, []string{"2"}) {
		t.Errorf("hidden are %v, want the other", got)
	}
}
