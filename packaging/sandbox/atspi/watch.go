package atspi

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

const objectEvents = "org.a11y.atspi.Event.Object"

// Watch hears when widgets come onto the screen, to the millisecond, where looking again and again is too coarse.
type Watch struct {
	signals chan *dbus.Signal
	bus     *dbus.Conn

	mu    sync.Mutex
	shown []time.Time
}

// Watch starts to listen; End stops it.
func (d *Desktop) Watch(ctx context.Context) (*Watch, error) {
	registry := d.bus.Object(registry, "/org/a11y/atspi/registry")
	call := registry.CallWithContext(ctx, registry.Destination()+".RegisterEvent", 0, "object:state-changed:showing", []string{}, "")
	if call.Err != nil {
		return nil, fmt.Errorf("accessibility events: %w", call.Err)
	}
	err := d.bus.AddMatchSignalContext(ctx, dbus.WithMatchInterface(objectEvents), dbus.WithMatchMember("StateChanged"))
	if err != nil {
		return nil, fmt.Errorf("accessibility events: %w", err)
	}
	w := &Watch{signals: make(chan *dbus.Signal, 1024), bus: d.bus}
	d.bus.Signal(w.signals)
	go w.listen()
	return w, nil
}

// End stops listening.
func (w *Watch) End() {
	w.bus.RemoveSignal(w.signals)
	close(w.signals)
}

func (w *Watch) listen() {
	for s := range w.signals {
		now := time.Now()
		if s.Name != objectEvents+".StateChanged" || len(s.Body) < 2 || s.Body[0] != "showing" || s.Body[1] != int32(1) {
			continue
		}
		w.mu.Lock()
		w.shown = append(w.shown, now)
		w.mu.Unlock()
	}
}

// LastShown tells when the last widget came onto the screen between from and to; false when none did.
func (w *Watch) LastShown(from, to time.Time) (at time.Time, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.shown {
		if t.After(from) && !t.After(to) && t.After(at) {
			at, ok = t, true
		}
	}
	return at, ok
}
