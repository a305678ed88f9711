package widget

import (
	"math"

	"github.com/gotk3/gotk3/cairo"
	"github.com/gotk3/gotk3/gtk"
)

// NewPort draws a UKey before its port: what to do, without words.
func NewPort() *gtk.DrawingArea {
	area := Must(gtk.DrawingAreaNew())
	area.SetSizeRequest(420, 260)
	AddClass(area, "port")
	area.Connect("draw", func(area *gtk.DrawingArea, cr *cairo.Context) bool {
		style := Must(area.GetStyleContext())
		c := style.GetColor(style.GetState()).Floats()
		w, h := float64(area.GetAllocatedWidth()), float64(area.GetAllocatedHeight())
		factor := min(w/480, h/260, 1.6)
		cr.Translate(w/2-240*factor, h/2-130*factor)
		cr.Scale(factor, factor)
		cr.SetSourceRGBA(c[0], c[1], c[2], 1)
		cr.SetLineWidth(3)
		cr.SetLineJoin(cairo.LINE_JOIN_ROUND)
		cr.SetLineCap(cairo.LINE_CAP_ROUND)
		drawKey(cr)
		drawArrow(cr)
		drawPort(cr)
		return false
	})
	return area
}

func drawKey(cr *cairo.Context) {
	rounded(cr, 20, 85, 150, 90, 22)
	rounded(cr, 170, 103, 60, 54, 4)
	rounded(cr, 186, 114, 16, 12, 1)
	rounded(cr, 186, 134, 16, 12, 1)
	cr.Arc(60, 130, 15, 0, 2*math.Pi)
	cr.Stroke()
	cr.Arc(140, 130, 5, 0, 2*math.Pi)
	cr.Fill()
}

func drawArrow(cr *cairo.Context) {
	cr.MoveTo(262, 130)
	cr.LineTo(322, 130)
	cr.MoveTo(304, 112)
	cr.LineTo(322, 130)
	cr.LineTo(304, 148)
	cr.Stroke()
}

func drawPort(cr *cairo.Context) {
	rounded(cr, 356, 40, 100, 180, 18)
	rounded(cr, 386, 92, 40, 76, 4)
	cr.MoveTo(400, 106)
	cr.LineTo(400, 154)
	cr.Stroke()
	cr.Arc(406, 66, 6, 0, 2*math.Pi)
	cr.Fill()
}

func rounded(cr *cairo.Context, x, y, w, h, r float64) {
	cr.Arc(x+w-r, y+r, r, -math.Pi/2, 0)
	cr.Arc(x+w-r, y+h-r, r, 0, math.Pi/2)
	cr.Arc(x+r, y+h-r, r, math.Pi/2, math.Pi)
	cr.Arc(x+r, y+r, r, math.Pi, 3*math.Pi/2)
	cr.ClosePath()
	cr.Stroke()
}
