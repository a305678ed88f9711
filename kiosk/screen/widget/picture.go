package widget

import (
	"bytes"

	"github.com/gotk3/gotk3/cairo"
	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/loop"
)

// Picture shows an image as large as fits. Without one it shows a drawing and words in its place.
type Picture struct {
	*gtk.Overlay
	area   *gtk.DrawingArea
	blank  *gtk.Box
	words  *gtk.Label
	Data   []byte // the image, nil for none
	asked  int
	Pixbuf *gdk.Pixbuf // decoded
	Scaled *gdk.Pixbuf // as it was drawn last
}

// NewPicture shows that icon while it has no image.
func NewPicture(iconName string) *Picture {
	p := &Picture{Overlay: Must(gtk.OverlayNew()), area: Must(gtk.DrawingAreaNew()), words: NewLabel("faint")}
	sign := NewIcon(iconName, "i64")
	AddClass(sign.Box, "faint")
	p.words.SetJustify(gtk.JUSTIFY_CENTER)
	p.blank = VBox(16, sign, p.words)
	p.blank.SetHAlign(gtk.ALIGN_CENTER)
	p.blank.SetVAlign(gtk.ALIGN_CENTER)
	p.area.SetSizeRequest(240, 220)
	p.Add(p.area)
	p.AddOverlay(p.blank)
	p.area.Connect("draw", func(_ *gtk.DrawingArea, cr *cairo.Context) bool {
		p.draw(cr)
		return false
	})
	return ShowAll(p)
}

// Load decodes an image (PNG, JPEG) in the background; nil shows the words instead.
func (p *Picture) Load(data []byte, words string) {
	SetText(p.words, words)
	p.blank.SetVisible(len(data) == 0)
	if bytes.Equal(data, p.Data) {
		return
	}
	p.Data = data
	p.asked++
	if len(data) == 0 {
		p.set(nil)
		return
	}
	turn := p.asked
	loop.Background(func() *gdk.Pixbuf {
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

// Drop lets go of the picture at once, also of one that is being decoded.
func (p *Picture) Drop() {
	p.asked++
	p.Data = nil
	p.set(nil)
}

func (p *Picture) set(pixbuf *gdk.Pixbuf) {
	p.Pixbuf, p.Scaled = pixbuf, nil
	p.area.QueueDraw()
}

func (p *Picture) draw(cr *cairo.Context) {
	if p.Pixbuf == nil {
		return
	}
	aw, ah := float64(p.area.GetAllocatedWidth()), float64(p.area.GetAllocatedHeight())
	iw, ih := float64(p.Pixbuf.GetWidth()), float64(p.Pixbuf.GetHeight())
	factor := min(aw/iw, ah/ih)
	w, h := int(iw*factor), int(ih*factor)
	if p.Scaled == nil || p.Scaled.GetWidth() != w || p.Scaled.GetHeight() != h {
		p.Scaled = Must(p.Pixbuf.ScaleSimple(max(w, 1), max(h, 1), gdk.INTERP_BILINEAR))
	}
	x, y := (aw-float64(w))/2, (ah-float64(h))/2
	gtk.GdkCairoSetSourcePixBuf(cr, p.Scaled, x, y)
	cr.Paint()
	cr.SetSourceRGBA(0.85, 0.83, 0.78, 1)
	cr.SetLineWidth(1)
	cr.Rectangle(x+.5, y+.5, float64(w)-1, float64(h)-1)
	cr.Stroke()
}
