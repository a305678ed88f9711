package usb

import (
	"context"
	"slices"
	"time"
)

// DefaultInterval is how often Watch looks when it is not told.
const DefaultInterval = time.Second

// Event is a UKey that came or went, or a look that failed.
type Event struct {
	Device  Device
	Plugged bool  // false: pulled
	Err     error // when not nil the other fields mean nothing; the watch goes on
}

// Watch looks at the bus every interval (DefaultInterval for zero) and tells what changed, beginning with what is
// there. The channel is closed when ctx ends. A failure is told once until a look succeeds again.
func Watch(ctx context.Context, interval time.Duration) <-chan Event {
	if interval <= 0 {
		interval = DefaultInterval
	}
	ticker := time.NewTicker(interval)
	events := make(chan Event)
	go func() {
		defer ticker.Stop()
		watch(ctx, Scan, ticker.C, events)
	}()
	return events
}

// watch scans at once and at every tick.
func watch(ctx context.Context, scan func(context.Context) ([]Device, error), ticks <-chan time.Time, events chan<- Event) {
	defer close(events)
	var before []Device
	failed := false
	for {
		now, err := scan(ctx)
		var news []Event
		switch {
		case err == nil:
			news, before, failed = changes(before, now), now, false
		case !failed:
			news, failed = []Event{{Err: err}}, true
		}
		for _, e := range news {
			select {
			case events <- e:
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-ticks:
		case <-ctx.Done():
			return
		}
	}
}

// changes tells what was pulled before what was plugged.
func changes(before, now []Device) []Event {
	var events []Event
	for _, d := range before {
		if !slices.Contains(now, d) {
			events = append(events, Event{Device: d})
		}
	}
	for _, d := range now {
		if !slices.Contains(before, d) {
			events = append(events, Event{Device: d, Plugged: true})
		}
	}
	return events
}
