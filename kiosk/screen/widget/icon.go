package widget

import (
	"embed"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gotk3/gotk3/cairo"
	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/loop"
)

//go:embed icons/*.svg
var drawings embed.FS

// Icon is one drawing of the set in icons/, in the text colour that the stylesheet gives it and at the size of its style
// class ("i24", "i32", …). It is a box, the plainest widget that honours a minimum size of the stylesheet.
type Icon struct {
	*gtk.Box
	name   string
	pixbuf *gdk.Pixbuf
	drawn  string // what pixbuf shows: name, colour, size

	turning bool
	angle   float64 // radians
}

const (
	turnInterval = 40 * time.Millisecond
	turnTime     = 1200 * time.Millisecond // once around
)

// NewIcon draws icons/NAME.svg.
func NewIcon(name string, classes ...string) *Icon {
	i := &Icon{Box: Must(gtk.BoxNew(gtk.ORIENTATION_HORIZONTAL, 0)), name: name}
	AddClass(i.Box, "icon")
	AddClass(i.Box, classes...)
	i.SetVAlign(gtk.ALIGN_CENTER)
	i.SetHAlign(gtk.ALIGN_CENTER)
	i.ConnectAfter("draw", func(_ *gtk.Box, cr *cairo.Context) bool {
		i.draw(cr)
		return false
	})
	i.Connect("style-updated", func() { queueResize(i) }) // one that was hidden meanwhile keeps its old size otherwise
	i.turn()
	return i
}

// Change changes the drawing; "" draws nothing and keeps the room.
func (i *Icon) Change(name string) {
	if i.name != name {
		i.name = name
		i.QueueDraw()
		i.turn()
	}
}

// turn keeps a running icon turning as long as it is one.
func (i *Icon) turn() {
	if i.name != "running" || i.turning {
		return
	}
	i.turning = true
	loop.Every(turnInterval, func() bool {
		i.turning = i.name == "running"
		if i.GetMapped() {
			i.angle += 2 * math.Pi * float64(turnInterval) / float64(turnTime)
			i.QueueDraw()
		}
		return i.turning
	})
}

func (i *Icon) draw(cr *cairo.Context) {
	if i.name == "" {
		return
	}
	w, h := i.GetAllocatedWidth(), i.GetAllocatedHeight()
	size := min(w, h)
	style := Must(i.GetStyleContext())
	c := style.GetColor(style.GetState()).Floats()
	colour := fmt.Sprintf("rgba(%d,%d,%d,%.3f)", int(c[0]*255+.5), int(c[1]*255+.5), int(c[2]*255+.5), c[3])
	if want := fmt.Sprint(i.name, colour, size); want != i.drawn {
		i.pixbuf, i.drawn = drawIcon(i.name, colour, size), want
	}
	cr.Translate(float64(w)/2, float64(h)/2)
	if i.name == "running" {
		cr.Rotate(i.angle)
	}
	gtk.GdkCairoSetSourcePixBuf(cr, i.pixbuf, -float64(size)/2, -float64(size)/2)
	cr.Paint()
}

// drawIcon renders an icon in a colour at a size, px.
func drawIcon(name, colour string, size int) *gdk.Pixbuf {
	data, err := drawings.ReadFile("icons/" + name + ".svg")
	if err != nil {
		panic(err)
	}
	svg := strings.ReplaceAll(string(data), "currentColor", colour)
	svg = strings.Replace(svg, `width="24" height="24"`, fmt.Sprintf(`width="%d" height="%d"`, size, size), 1)
	loader := Must(gdk.PixbufLoaderNewWithType("svg"))
	return Must(loader.WriteAndReturnPixbuf([]byte(svg)))
}
