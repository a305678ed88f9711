package loop

// #include <glib.h>
import "C"

import "runtime/cgo"

// keyhallRun is called by GTK's loop for what idle and timeout gave it.
//
//export keyhallRun
func keyhallRun(id C.guintptr) C.gboolean {
	h := cgo.Handle(id)
	if h.Value().(func() bool)() {
		return 1
	}
	h.Delete()
	return 0
}
