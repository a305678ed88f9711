package main

import (
	"context"
	"log/slog"
	"time"

	"keyhall/backoffice/audit"
	"keyhall/backoffice/jobs"
	"keyhall/backoffice/server"
)

// uploadsKept is how long an unfinished upload waits for its kiosk.
const uploadsKept = 48 * time.Hour

// sealEvery is how long a line is not sealed yet, at most, while nothing is wrong.
const sealEvery = 2 * time.Second

// job is work that each back office repeats: each takes what nobody else has.
type job struct {
	name  string
	every time.Duration
	do    func(ctx context.Context) (n int, err error)
	done  func(job string, n int, err error)
}

// loops are what each back office does for itself, at shorter intervals than the queue is for, or with its own file.
func (o *office) loops(m *meters) []job {
	return []job{
		{"seal audit", sealEvery, o.trail.SealAudit, m.worked},
		{"seal strays of audit", time.Hour, o.trail.SealStrays, m.worked},
		{"write checkpoints", audit.CheckpointEvery(), o.trail.WriteCheckpoint, m.worked},
		{"keep feed", time.Second, o.keepFeed(), m.worked},
		{"watch audit", 15 * time.Second, o.watchTrail(m), m.worked},
		{"watch jobs", time.Minute, o.watchJobs(m), m.worked},
	}
}

// tasks are the upkeep.
func (o *office) tasks(kiosks *server.Server) []jobs.Task {
	return []jobs.Task{
		{Name: "ca_ends", Every: 24 * time.Hour, Do: o.warnOfEnds},
		{Name: "sweep_uploads", Every: time.Hour, Do: func(ctx context.Context) (int, error) {
			return kiosks.SweepUploads(ctx, time.Now().Add(-uploadsKept))
		}},
		{Name: "crl", Every: 5 * time.Minute, Do: o.issuing.KeepLists},
		{Name: "expire", Every: time.Hour, Do: o.expiry.Expire},
		{Name: "expiry_notices", Every: time.Hour, Do: o.expiry.Tell},
		{Name: "prune", Every: time.Hour, Do: func(ctx context.Context) (int, error) { return o.store.Prune(ctx, o.config.now()) }},
		{Name: "prune_scans", Every: time.Hour, Do: o.intake.PruneScans},
		{Name: "lost_messages", Every: 10 * time.Minute, Do: o.board.FailLost},
	}
}

// runner works at the queue.
func (o *office) runner(tasks []jobs.Task, m *meters) (*jobs.Runner, error) {
	c := jobs.Config{Pool: o.store.Pool(), Log: o.log, Done: m.worked, Tasks: tasks}
	if o.sending {
		c.Messages = o.outbox
	} else {
		o.log.Warn("no message gateway is configured: text messages wait in the outbox")
	}
	return jobs.New(c)
}

// run works until ctx ends. A failure is logged when it is new and once a minute while it lasts.
func (j job) run(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(j.every)
	defer ticker.Stop()
	var last string
	var logged time.Time
	for {
		n, err := j.do(ctx)
		if ctx.Err() != nil {
			return
		}
		j.done(j.name, n, err)
		switch {
		case err == nil:
			last = ""
		case err.Error() != last || time.Since(logged) > time.Minute:
			last, logged = err.Error(), time.Now()
			log.ErrorContext(ctx, "job failed", "job", j.name, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// watchJobs counts what was given up, for the alarm.
func (o *office) watchJobs(m *meters) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		given, err := o.board.GivenUp(ctx)
		for name, n := range given {
			m.givenUp.WithLabelValues(name).Set(float64(n))
		}
		return len(given), err
	}
}

// warnOfEnds tells, once a day, that a CA that signs ends within a year.
func (o *office) warnOfEnds(ctx context.Context) (int, error) {
	ending := o.issuing.EndingCAs()
	for _, e := range ending {
		o.log.WarnContext(ctx, "a CA ends within a year: make the next one with `keyhall-backoffice ca next`", "authority", e.Name,
			"purpose", e.Purpose, "until", e.NotAfter.Format(time.DateOnly))
	}
	return len(ending), nil
}
