package screen

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/gotk3/gotk3/glib"
	"github.com/gotk3/gotk3/gtk"
)

// GTK belongs to one thread: the one of the main goroutine.
func init() { runtime.LockOSThread() }

// startGTK prepares GTK on the calling thread. Finalizers that the garbage collector runs elsewhere are brought back to
// this thread, or they would free widgets while they are drawn.
func startGTK() error {
	glib.FinalizerStrategy = func(f glib.Finalizer) { post(f) }
	if err := gtk.InitCheck(nil); err != nil {
		return errors.Join(errors.New("no display for GTK"), err)
	}
	refusePopovers()
	return nil
}

// post runs f on GTK's thread, soon; it may be called from any goroutine. This file is the only crossing.
func post(f func()) {
	idle(priorityDefault, func() bool {
		f()
		return false
	})
}

// whenIdle runs f on GTK's thread after everything is laid out and drawn.
func whenIdle(f func()) {
	idle(priorityLow, func() bool {
		f()
		return false
	})
}

// every runs f on GTK's thread at that interval until it returns false.
func every(interval time.Duration, f func() bool) {
	timeout(interval, f)
}

// after runs f on GTK's thread once, that much later.
func after(delay time.Duration, f func()) {
	timeout(delay, func() bool {
		f()
		return false
	})
}

// background runs work away from GTK's thread and brings its result back to it.
func background[T any](work func() T, then func(T)) {
	go func() {
		result := work()
		post(func() { then(result) })
	}()
}

// runLoop serves GTK until ctx is done or stopLoop is called. It must be called on the thread of startGTK.
func runLoop(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { post(gtk.MainQuit) })
	defer stop()
	gtk.Main()
}

func stopLoop() { post(gtk.MainQuit) }

// mailbox hands the newest value over to GTK's thread; older ones that were not taken yet are merged into it.
type mailbox[T any] struct {
	mu      sync.Mutex
	value   T
	waiting bool
}

// put may be called from any goroutine and does not block.
func (m *mailbox[T]) put(v T, merge func(old, next T) T, take func(T)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.waiting {
		m.value = merge(m.value, v)
		return
	}
	m.value, m.waiting = v, true
	post(func() { take(m.get()) })
}

func (m *mailbox[T]) get() T {
	m.mu.Lock()
	defer m.mu.Unlock()
	v := m.value
	var zero T
	m.value, m.waiting = zero, false
	return v
}
