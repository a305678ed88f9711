package uplink

import (
	"sync"
	"time"
)

// clockTolerance is how far this machine's clock may be from the back office's before somebody is told.
const clockTolerance = 5 * time.Minute

// dateSteps is how exact the back office's time is heard: in whole seconds, some time on the way.
const dateSteps = 2 * time.Second

// Clock is the back office's time, heard with its answers and kept going without this machine's clock, which may be wrong or
// jump. It is safe for concurrent use.
type Clock struct {
	own func() time.Time

	mu    sync.Mutex
	heard time.Time // of the back office, zero before the first
	at    time.Time // when that was, with the monotonic reading
}

// NewClock makes a Clock; own is time.Now.
func NewClock(own func() time.Time) *Clock { return &Clock{own: own} }

// Hear takes up what time it is at the back office, from an answer whose sender is proven.
func (c *Clock) Hear(office time.Time) {
	now, known := c.Time()
	if off := office.Sub(now); known && off.Abs() <= dateSteps {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard, c.at = office.UTC(), c.own()
}

// Time is the back office's time, UTC; false and zero before it was heard.
func (c *Clock) Time() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heard.IsZero() {
		return time.Time{}, false
	}
	return c.heard.Add(c.own().Sub(c.at)), true
}

// Certain is Time, zero before it was heard.
func (c *Clock) Certain() time.Time {
	t, _ := c.Time()
	return t
}

// Now is the back office's time, or before it was heard this machine's: for what is shown, never for what expires.
func (c *Clock) Now() time.Time {
	if t, known := c.Time(); known {
		return t
	}
	return c.own()
}

// Wrong tells that this machine's clock is not the back office's.
func (c *Clock) Wrong() bool {
	t, known := c.Time()
	return known && c.own().Round(0).Sub(t).Abs() > clockTolerance // Round takes the monotonic reading off
}
