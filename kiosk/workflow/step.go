package workflow

import (
	"time"

	"keyhall/kiosk/keys"
)

// step is what works at a stage. Its methods run on Run's goroutine and do not block. It says by done that the stage is, and
// knows no other.
type step interface {
	page(w *Workflow) Page
	// act is called for everything a person does but going back or home.
	act(w *Workflow, a Action)
}

// What a step may do besides.
type (
	enterer  interface{ enter(w *Workflow) } // on becoming the one in hand
	leaver   interface{ leave(w *Workflow) } // on being left
	ticker   interface{ tick(w *Workflow) }  // each Config.Tick
	watching interface {
		saw(w *Workflow, seen keys.Snapshot)
	} // after each look at the keys that began since it is in hand
	refresher interface{ refresh(w *Workflow) }      // the order changed
	following interface{ moved(w *Workflow) }        // a job did
	stayer    interface{ stays(w *Workflow) bool }   // there is no way back now
	worker    interface{ works() bool }              // a device works for the customer, who can do nothing meanwhile
	keeper    interface{ keeps(w *Workflow) string } // what going home now would lose or leave: the notice that asks, "" for nothing
	passing   interface{ passing() }                 // has no page but waiting: breaking off goes back
	// patient waits with somebody for longer than the idle time, by what it returns; its page rests then.
	patient interface {
		patience(w *Workflow) time.Duration
		rests(w *Workflow) NoticePage // stands for the page, and tells nothing of the person
	}
	// inner has pages of its own behind the first: 上一步 leads out of them.
	inner interface {
		inside() bool
		out(w *Workflow)
	}
)

// attend counts a device's work as somebody there. Half of the idle time is always left when it ends, and the page is not shown anew
// at every tick for it.
func (w *Workflow) attend() {
	if d, ok := w.at.(worker); ok && d.works() && w.cfg.Now().Sub(w.touched) > w.idle()/2 {
		w.touched = w.cfg.Now()
	}
}
