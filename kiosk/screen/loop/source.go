package loop

/*
#cgo pkg-config: glib-2.0
#include <glib.h>

extern gboolean keyhallRun(guintptr id);

static gboolean keyhall_run(gpointer id) { return keyhallRun((guintptr)id); }

static void keyhall_idle(gint priority, guintptr id) { g_idle_add_full(priority, keyhall_run, (gpointer)id, NULL); }

static void keyhall_timeout(guint milliseconds, guintptr id) { g_timeout_add(milliseconds, keyhall_run, (gpointer)id); }
*/
import "C"

import (
	"runtime/cgo"
	"time"
)

// What is below does what glib.IdleAddPriority and glib.TimeoutAdd of gotk3 do. Those keep a small number in a variable of a
// pointer's type, and a garbage collection that meets it there ends the program ("invalid pointer found on stack"): seldom, but a
// kiosk crosses to GTK's thread many times a second. Here the number becomes a pointer in C only.

// Priorities of GLib's main loop: of events, and after everything is laid out and drawn.
const (
	priorityDefault = 0
	priorityLow     = 300
)

// idle runs f on GTK's thread until it returns false; it may be called from any goroutine.
func idle(priority int, f func() bool) {
	C.keyhall_idle(C.gint(priority), C.guintptr(cgo.NewHandle(f)))
}

// timeout runs f on GTK's thread at that interval until it returns false.
func timeout(interval time.Duration, f func() bool) {
	C.keyhall_timeout(C.guint(interval.Milliseconds()), C.guintptr(cgo.NewHandle(f)))
}
