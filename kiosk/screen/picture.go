package screen

import (
	"bytes"

	"github.com/gotk3/gotk3/cairo"
	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/gtk"
)

// picture shows an image as large as fits. Without one it shows a drawing and words in its place.
type picture struct {
	*gtk.Overlay
	area   *gtk.DrawingArea
	blank  *gtk.Box
	words  *gtk.Label
	data   []byte
	asked  int
	pixbuf *gdk.Pixbuf
	scaled *gdk.Pixbuf
}

func newPicture(iconName string) *picture {
	p := &picture{Overlay: must(gtk.OverlayNew()), area: must(gtk.DrawingAreaNew()), words: newLabel("faint")}
	sign := newIcon(iconName, "i64")
	addClass(sign.Box, "faint")
	p.words.SetJustify(gtk.JUSTIFY_CENTER)
	p.blank = vbox(16, sign, p.words)
	p.blank.SetHAlign(gtk.ALIGN_CENTER)
	p.blank.SetVAlign(gtk.ALIGN_CENTER)
	p.area.SetSizeRequest(240, 220)
	p.Add(p.area)
	p.AddOverlay(p.blank)
	p.area.Connect("draw", func(_ *gtk.DrawingArea, cr *cairo.Context) bool {
		p.draw(cr)
		return false
	})
	return showAll(p)
}

// show decodes an image (PNG, JPEG) in the background; nil shows the words instead.
func (p *picture) show(data []byte, words string) {
	setText(p.words, words)
	p.blank.SetVisible(len(data) == 0)
	if bytes.Equal(data, p.data) {
		return
	}
	p.data = data
	p.asked++
	if len(data) == 0 {
		p.set(nil)
		return
	}
	turn := p.asked
	background(func() *gdk.Pixbuf {
		pixbuf, err := gdk.PixbufNewFromBytesOnly(data)
		if err != nil {
			return nil
		}
		return pixbuf
	}, func(pixbuf *gdk.Pixbuf) {
		if turn == p.asked {
			p.set(pixbuf)
		}
	})
}

// drop lets go of the picture at once, also of one that is being decoded.
func (p *picture) drop() {
	p.asked++
	p.data = nil
	p.set(nil)
}

func (p *picture) set(pixbuf *gdk.Pixbuf) {
	p.pixbuf, p.scaled = pixbuf, nil
	p.area.QueueDraw()
}

func (p *picture) draw(cr *cairo.Context) {
	if p.pixbuf == nil {
		return
	}
	aw, ah := float64(p.area.GetAllocatedWidth()), float64(p.area.GetAllocatedHeight())
	iw, ih := float64(p.pixbuf.GetWidth()), float64(p.pixbuf.GetHeight())
	factor := min(aw/iw, ah/ih)
	w, h := int(iw*factor), int(ih*factor)
	if p.scaled == nil || p.scaled.GetWidth() != w || p.scaled.GetHeight() != h {
		p.scaled = must(p.pixbuf.ScaleSimple(max(w, 1), max(h, 1), gdk.INTERP_BILINEAR))
	}
	x, y := (aw-float64(w))/2, (ah-float64(h))/2
	gtk.GdkCairoSetSourcePixBuf(cr, p.scaled, x, y)
	cr.Paint()
	cr.SetSourceRGBA(0.85, 0.83, 0.78, 1)
	cr.SetLineWidth(1)
	cr.Rectangle(x+.5, y+.5, float64(w)-1, float64(h)-1)
	cr.Stroke()
}
