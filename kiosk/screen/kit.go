package screen

import (
	"time"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// kit is what every page needs of the window around it.
type kit struct {
	words    *words
	now      func() time.Time
	do       func(workflow.Action)
	keyboard *keyboard
	portrait bool
	large    bool
	width    int // of the window, px
}

// view is one page's widgets. show puts a page into them, in place, and says what the foot bar offers.
type view interface {
	root() gtk.IWidget
	show(workflow.Page) bar
}

// forgetter is a view that keeps what a person typed or scanned until it is left.
type forgetter interface{ forget() }

// ticker is a view that shows running time.
type ticker interface{ tick() }

// bar is what the foot bar offers beside the ways out.
type bar struct {
	left  []choice
	right []choice
	main  *choice
}

// choice is one button of the foot bar.
type choice struct {
	label string
	icon  string
	after bool // the icon stands behind the label
	quiet bool // without a border
	off   bool // may not be pressed now
	do    workflow.Action
	act   func() // instead of do
}

func (k *kit) t(key string, pairs ...string) string { return k.words.t(key, pairs...) }

// action words a choice by its action's name.
func (k *kit) action(name, icon string, do workflow.Action) choice {
	return choice{label: k.t("action." + name), icon: icon, do: do}
}

// offer is a button for something that a page offers beside its main button.
func (k *kit) offer(do workflow.Named, icon string) choice { return k.action(do.Name(), icon, do) }

// forward is the main button that goes on.
func (k *kit) forward(name string, ready bool) *choice {
	return &choice{label: k.t("action." + name), icon: "next", after: true, off: !ready, do: workflow.Go{}}
}

// beside sets the parts of boxes beside each other in landscape, evenly in one of class "even", and below each other in
// portrait.
func (k *kit) beside(boxes ...*gtk.Box) {
	o := gtk.ORIENTATION_HORIZONTAL
	if k.portrait {
		o = gtk.ORIENTATION_VERTICAL
	}
	for _, b := range boxes {
		b.SetOrientation(o)
		b.SetHomogeneous(!k.portrait && widget.Must(b.GetStyleContext()).HasClass("even"))
	}
}
