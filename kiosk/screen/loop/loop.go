// Package loop is the only crossing to GTK's thread, which is that of the main goroutine: timers, work in the background and its
// results, and what other goroutines have for the screen.
package loop

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/gotk3/gotk3/gtk"
)

// GTK belongs to one thread: the one of the main goroutine.
func init() { runtime.LockOSThread() }

// Post runs f on GTK's thread, soon; it may be called from any goroutine.
func Post(f func()) {
	idle(priorityDefault, func() bool {
		f()
		return false
	})
}

// WhenIdle runs f on GTK's thread after everything is laid out and drawn.
func WhenIdle(f func()) {
	idle(priorityLow, func() bool {
		f()
		return false
	})
}

// Every runs f on GTK's thread at that interval until it returns false.
func Every(interval time.Duration, f func() bool) {
	timeout(interval, f)
}

// After runs f on GTK's thread once, that much later.
func After(delay time.Duration, f func()) {
	timeout(delay, func() bool {
		f()
		return false
	})
}

// Background runs work away from GTK's thread and brings its result back to it.
func Background[T any](work func() T, then func(T)) {
	go func() {
		result := work()
		Post(func() { then(result) })
	}()
}

// Run serves GTK until ctx is done or Stop is called. It must be called on the main goroutine.
func Run(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { Post(gtk.MainQuit) })
	defer stop()
	gtk.Main()
}

// Stop ends Run. It may be called from any goroutine.
func Stop() { Post(gtk.MainQuit) }

// Mailbox hands the newest value over to GTK's thread; older ones that were not taken yet are merged into it.
type Mailbox[T any] struct {
	mu      sync.Mutex
	value   T
	waiting bool
}

// Put may be called from any goroutine and does not block.
func (m *Mailbox[T]) Put(v T, merge func(old, next T) T, take func(T)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.waiting {
		m.value = merge(m.value, v)
		return
	}
	m.value, m.waiting = v, true
	Post(func() { take(m.get()) })
}

func (m *Mailbox[T]) get() T {
	m.mu.Lock()
	defer m.mu.Unlock()
	v := m.value
	var zero T
	m.value, m.waiting = zero, false
	return v
}
