// Package jobs works at what is put by in the database's queue (River, in a schema of its own): text messages, each in the transaction
// that it tells of, and upkeep, which the leader of all back offices puts by at its hours. A job is one back office's at a time, and is
// done again when its back office died over it; so all of it can be repeated.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"keyhall/backoffice/book"
	"keyhall/backoffice/store"
)

// How jobs are worked at.
const (
	longest = time.Minute     // one job
	lost    = 5 * time.Minute // after that a running job's back office is believed dead
	polite  = 5 * time.Second // what jobs have to end when the program does
	look    = 500 * time.Millisecond
	senders = 4
	keepers = 2

	messageTries = 60 // with an hour between the last ones: about two days
	upkeepTries  = 3
	firstWait    = 5 * time.Second
	longestWait  = time.Hour

	failuresStay = 7 * 24 * time.Hour // as long as the texts of failed messages
)

// The queues: upkeep never waits behind a gateway that is slow.
const (
	queueMessages = river.QueueDefault
	queueUpkeep   = "upkeep"
)

// Messages sends what waits in the outbox (backoffice/notify).
type Messages interface {
	Deliver(ctx context.Context, id string, last bool) error
}

// Task is upkeep that repeats.
type Task struct {
	Name  string // for ever: the jobs are called so
	Every time.Duration
	Do    func(ctx context.Context) (n int, err error)
}

// Config is what a Runner works with.
type Config struct {
	Pool     *pgxpool.Pool
	Messages Messages // nil: messages wait
	Tasks    []Task
	Log      *slog.Logger
	Done     func(job string, n int, err error) // counts; nil: nobody does
}

// Runner works at jobs.
type Runner struct{ client *river.Client[pgx.Tx] }

// New makes a Runner; Run starts it.
func New(c Config) (*Runner, error) {
	if c.Done == nil {
		c.Done = func(string, int, error) {}
	}
	workers := river.NewWorkers()
	queues := map[string]river.QueueConfig{queueUpkeep: {MaxWorkers: keepers}}
	// The worker is there in any case: a leader without it would throw away what another back office's gateway died over.
	river.AddWorker(workers, &messageWorker{messages: c.Messages, done: c.Done})
	if c.Messages != nil {
		queues[queueMessages] = river.QueueConfig{MaxWorkers: senders}
	}
	var periodic []*river.PeriodicJob
	river.AddWorker(workers, &upkeepWorker{tasks: c.Tasks, done: c.Done})
	for _, t := range c.Tasks {
		periodic = append(periodic, t.periodic())
	}
	client, err := store.NewJobClient(c.Pool, &river.Config{Queues: queues, Workers: workers, PeriodicJobs: periodic, Logger: c.Log,
		JobTimeout: longest, RescueStuckJobsAfter: lost, SoftStopTimeout: polite, FetchPollInterval: look, MaxAttempts: messageTries,
		RetryPolicy: patience{}, ErrorHandler: &teller{c.Log}, FetchOnlyKnownKinds: true,
		CancelledJobRetentionPeriod: failuresStay, DiscardedJobRetentionPeriod: failuresStay})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &Runner{client}, nil
}

// Run works until ctx ends, then lets the jobs under way end.
func (r *Runner) Run(ctx context.Context) error {
	if err := r.client.Start(ctx); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	<-r.client.Stopped()
	return nil
}

// messageWorker sends text messages.
type messageWorker struct {
	river.WorkerDefaults[book.SendMessage]
	messages Messages
	done     func(job string, n int, err error)
}

// Work is river's.
func (w *messageWorker) Work(ctx context.Context, j *river.Job[book.SendMessage]) error {
	err := w.messages.Deliver(ctx, j.Args.MessageID, j.Attempt >= j.MaxAttempts)
	w.done(j.Kind, 1, err)
	if errors.Is(err, book.ErrForGood) {
		return river.JobCancel(kept(err))
	}
	return kept(err)
}

// upkeep is the job of a task.
type upkeep struct {
	Task string `json:"task" river:"unique"`
}

// Kind is river's.
func (upkeep) Kind() string { return "upkeep" }

// InsertOpts is river's: a task that still waits, runs or is tried again is not put by once more.
func (upkeep) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueUpkeep, MaxAttempts: upkeepTries, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}}}
}

// upkeepWorker does tasks.
type upkeepWorker struct {
	river.WorkerDefaults[upkeep]
	tasks []Task
	done  func(job string, n int, err error)
}

// Work is river's. A task that this back office does not know is another version's.
func (w *upkeepWorker) Work(ctx context.Context, j *river.Job[upkeep]) error {
	for _, t := range w.tasks {
		if t.Name == j.Args.Task {
			n, err := t.Do(ctx)
			w.done(t.Name, n, err)
			return kept(err)
		}
	}
	return river.JobSnooze(time.Minute)
}

// periodic puts the task by at its hours.
func (t Task) periodic() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(t.Every), func() (river.JobArgs, *river.InsertOpts) { return upkeep{t.Name}, nil },
		&river.PeriodicJobOpts{ID: t.Name, RunOnStart: true})
}

// patience waits twice as long after each failure, up to an hour.
type patience struct{}

// NextRetry is river's.
func (patience) NextRetry(j *rivertype.JobRow) time.Time {
	wait := min(firstWait<<min(len(j.Errors), 10), longestWait)
	return time.Now().Add(wait - wait/10 + rand.N(wait/5))
}

// teller logs what failed; the first time and the last, so that a gateway that is away does not fill the log.
type teller struct{ log *slog.Logger }

// HandleError is river's.
func (t *teller) HandleError(ctx context.Context, j *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	if j.Attempt == 1 || j.Attempt >= j.MaxAttempts || errors.Is(err, book.ErrForGood) {
		t.log.ErrorContext(ctx, "job failed", "job", j.Kind, "id", j.ID, "attempt", j.Attempt, "err", told(err))
	}
	return nil
}

// HandlePanic is river's.
func (t *teller) HandlePanic(ctx context.Context, j *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	t.log.ErrorContext(ctx, "job panicked", "job", j.Kind, "id", j.ID, "panic", value, "trace", trace)
	return nil
}
