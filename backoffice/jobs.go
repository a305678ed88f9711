package main

import (
	"context"
	"log/slog"
	"time"

	"keyhall/backoffice/server"
)

// uploadsKept is how long an unfinished upload waits for its kiosk.
const uploadsKept = 48 * time.Hour

// job is work that repeats. Several back offices may do the same one: each takes what nobody else has.
type job struct {
	name  string
	every time.Duration
	do    func(ctx context.Context) (n int, err error)
	done  func(job string, n int, err error)
}

func (o *office) jobs(kiosks *server.Server, m *meters) []job {
	all := []job{
		{"seal audit", time.Second, o.trail.SealAudit, m.worked},
		{"sweep uploads", time.Hour, func(ctx context.Context) (int, error) {
			return kiosks.SweepUploads(ctx, time.Now().Add(-uploadsKept))
		}, m.worked},
	}
	if !o.sending {
		o.log.Warn("no message gateway is configured: text messages wait in the outbox")
		return all
	}
	return append(all, job{"deliver messages", time.Second, o.outbox.DeliverMessages, m.worked})
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
