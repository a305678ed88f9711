package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"keyhall/backoffice/book"
	"keyhall/backoffice/jobs"
	"keyhall/backoffice/store"
	"keyhall/backoffice/store/storetest"
)

// gateway notes what it was given and answers with the errors that it has left.
type gateway struct {
	mu       sync.Mutex
	got      []string
	answers  []error
	received chan string
}

func (g *gateway) Deliver(_ context.Context, id string, _ bool) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.got = append(g.got, id)
	var err error
	if len(g.answers) > 0 {
		err, g.answers = g.answers[0], g.answers[1:]
	}
	g.received <- id
	return err
}

func newGateway(answers ...error) *gateway {
	return &gateway{answers: answers, received: make(chan string, 1000)}
}

// start runs a back office's jobs until the test ends or stop is called.
func start(t *testing.T, s *store.Store, g *gateway, tasks ...jobs.Task) (stop func()) {
	t.Helper()
	c := jobs.Config{Pool: s.Pool(), Tasks: tasks, Log: slog.New(slog.DiscardHandler)}
	if g != nil {
		c.Messages = g
	}
	r, err := jobs.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	stop = sync.OnceFunc(func() { cancel(); done.Wait() })
	t.Cleanup(stop)
	return stop
}

func enqueue(t *testing.T, s *store.Store, n int) (ids []string) {
	t.Helper()
	for range n {
		id := uuid.Must(uuid.NewV7()).String()
		ids = append(ids, id)
		if err := s.Do(t.Context(), func(tx *store.Tx) error { return tx.Enqueue(t.Context(), book.SendMessage{MessageID: id}) }); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

func wait(t *testing.T, from <-chan string, n int) (got []string) {
	t.Helper()
	late := time.After(time.Minute)
	for len(got) < n {
		select {
		case id := <-from:
			got = append(got, id)
		case <-late:
			t.Fatalf("got %d of %d", len(got), n)
		}
	}
	return got
}

// TestOnceWithTwoReplicas: what two back offices work at is done once, by one of them.
func TestOnceWithTwoReplicas(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t)
	one, two := storetest.Open(t, dsn), storetest.Open(t, dsn)
	g := newGateway()
	want := enqueue(t, one, 50)
	stops := []func(){start(t, one, g), start(t, two, g)}
	wait(t, g.received, 50)
	for _, stop := range stops {
		stop() // what was fetched twice would be done now
	}
	got := slices.Clone(g.got)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d deliveries of %d messages", len(got), len(want))
	}
}

// TestRolledBackIsNeverDone: a job belongs to its transaction.
func TestRolledBackIsNeverDone(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	failure := errors.New("rolled back")
	err := s.Do(t.Context(), func(tx *store.Tx) error {
		if err := tx.Enqueue(t.Context(), book.SendMessage{MessageID: "never"}); err != nil {
			t.Error(err)
		}
		return failure
	})
	if !errors.Is(err, failure) {
		t.Fatal(err)
	}
	g := newGateway()
	want := enqueue(t, s, 1)
	start(t, s, g)
	if got := wait(t, g.received, 1); got[0] != want[0] {
		t.Errorf("delivered %v, want %v", got, want)
	}
}

// TestFailures: what failed is tried again later, what is refused for good is not.
func TestFailures(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	g := newGateway(fmt.Errorf("gateway answered 400: %w", book.ErrForGood), errors.New("no route"))
	enqueue(t, s, 2)
	stop := start(t, s, g)
	wait(t, g.received, 2)
	stop()
	states := map[string]int{}
	rows, err := s.Pool().Query(t.Context(), `SELECT state::text, errors::text FROM river.river_job WHERE kind = 'send_message'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var state, told string
		if err := rows.Scan(&state, &told); err != nil {
			t.Fatal(err)
		}
		states[state]++
		if !strings.Contains(told, string(book.TroubleOther)) {
			t.Errorf("%s job says %s", state, told)
		}
	}
	// River has a job whose next try is only seconds away available already.
	if states["cancelled"] != 1 || states["retryable"]+states["available"] != 1 {
		t.Errorf("states %v, want one cancelled and one that is tried again", states)
	}
}

// TestWaitsWithoutGateway: messages wait, upkeep goes on.
func TestWaitsWithoutGateway(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	enqueue(t, s, 1)
	ran := make(chan string, 100)
	stop := start(t, s, nil, jobs.Task{Name: "tidy", Every: time.Hour, Do: func(context.Context) (int, error) { ran <- "tidy"; return 1, nil }})
	wait(t, ran, 1)
	stop()
	var state string
	if err := s.Pool().QueryRow(t.Context(), `SELECT state::text FROM river.river_job WHERE kind = 'send_message'`).Scan(&state); err != nil || state != "available" {
		t.Errorf("the message's job is %s, %v", state, err)
	}
}

// TestUpkeepIsOneLeaders: of two back offices one puts a task by, and it is done once for each of its hours.
func TestUpkeepIsOneLeaders(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t)
	ran := make(chan string, 100)
	task := jobs.Task{Name: "tidy", Every: time.Hour, Do: func(context.Context) (int, error) { ran <- "tidy"; return 1, nil }}
	one, two := storetest.Open(t, dsn), storetest.Open(t, dsn)
	stops := []func(){start(t, one, nil, task), start(t, two, nil, task)}
	wait(t, ran, 1)
	for _, stop := range stops {
		stop()
	}
	var n, leaders int
	if err := one.Pool().QueryRow(t.Context(), `SELECT (SELECT count(*) FROM river.river_job WHERE kind = 'upkeep'), (SELECT count(*) FROM river.river_leader)`).Scan(&n, &leaders); err != nil {
		t.Fatal(err)
	}
	if n != 1 || leaders > 1 || len(ran) != 0 {
		t.Errorf("%d jobs, %d leaders, run %d times more", n, leaders, len(ran))
	}
}
