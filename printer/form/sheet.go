package form

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"unsafe"

	"github.com/gotk3/gotk3/cairo"
	"github.com/gotk3/gotk3/glib"
	"github.com/gotk3/gotk3/pango"
	"github.com/skip2/go-qrcode"
	"golang.org/x/sys/unix"
)

// A4 in millimetres, and what is drawn on.
const (
	pageWidth  = 210.0
	pageHeight = 297.0
	margin     = 16.0
	inner      = pageWidth - 2*margin
)

// unit is the number of drawing units in a millimetre: pango rounds every character's width to whole units.
const unit = 100

// pangoUnit is how pango counts the same length.
const pangoUnit = unit * 1024

// sheet is a PDF being drawn, in millimetres from each page's top left corner.
type sheet struct {
	cr     *cairo.Context
	layout *pango.Layout
	font   *pango.FontDescription
	footer func(s *sheet, page int)

	further func()  // writes the top of a page behind the first; nil: nothing is there
	y       float64 // where the next thing goes
	page    int
}

// render draws a document into memory; it never touches a disk, since it shows personal data.
func render(footer func(s *sheet, page int), paint func(s *sheet)) ([]byte, error) {
	fd, err := unix.MemfdCreate("form", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memory for the document: %w", err)
	}
	file := os.NewFile(uintptr(fd), "form")
	defer file.Close()
	if err := renderTo("/proc/self/fd/"+strconv.Itoa(fd), footer, paint); err != nil {
		return nil, err
	}
	return whole(file)
}

// whole reads a file in memory from its beginning.
func whole(file *os.File) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	data := make([]byte, info.Size())
	_, err = file.ReadAt(data, 0)
	return data, err
}

func renderTo(name string, footer func(s *sheet, page int), paint func(s *sheet)) error {
	runtime.LockOSThread() // pango keeps its fonts by thread and lets no two threads share them
	defer runtime.UnlockOSThread()
	const point = 72 / 25.4
	surface, err := cairo.CreatePDFSurface(name, pageWidth*point, pageHeight*point)
	if err != nil {
		return fmt.Errorf("document: %w", err)
	}
	defer surface.Close()
	cr := cairo.Create(surface)
	defer cr.Close()
	cr.Scale(point/unit, point/unit)
	s := &sheet{cr: cr, layout: pango.CairoCreateLayout(cr), font: pango.FontDescriptionNew(), footer: footer, page: 1}
	defer release(s.layout)
	defer s.font.Free()
	s.font.SetFamily(Family)
	s.layout.SetWrap(pango.WRAP_WORD_CHAR)
	paint(s)
	s.endPage()
	if status := cr.Status(); status != cairo.STATUS_SUCCESS {
		return fmt.Errorf("document: %w", cairo.ErrorStatus(status))
	}
	return nil
}

// release does what gotk3 forgets: its layouts have no finalizer.
func release(l *pango.Layout) {
	address := l.Native()
	object := glib.Object{GObject: glib.ToGObject(*(*unsafe.Pointer)(unsafe.Pointer(&address)))}
	object.Unref()
}

func (s *sheet) endPage() {
	s.footer(s, s.page)
	s.cr.ShowPage()
}

// room begins a new page unless height fits above bottom.
func (s *sheet) room(height, bottom float64) {
	if s.y+height <= bottom {
		return
	}
	s.endPage()
	s.page++
	s.y = margin
	if s.further != nil {
		s.further()
	}
}

// tone is a colour of the house, all of them readable in black and white.
type tone [3]float64

var (
	ink      = tone{0x1B / 255.0, 0x27 / 255.0, 0x33 / 255.0}
	muted    = tone{0x5E / 255.0, 0x6B / 255.0, 0x78 / 255.0}
	faint    = tone{0x8A / 255.0, 0x95 / 255.0, 0xA0 / 255.0}
	hairline = tone{0xC4 / 255.0, 0xC8 / 255.0, 0xCC / 255.0}
	tint     = tone{0xF4 / 255.0, 0xF6 / 255.0, 0xF7 / 255.0}
	teal     = tone{0x0F / 255.0, 0x4C / 255.0, 0x5C / 255.0}
)

func (s *sheet) color(t tone) { s.cr.SetSourceRGB(t[0], t[1], t[2]) }

// style is how a text is written; size in points, as printers of forms think.
type style struct {
	size float64
	bold bool
	tone tone
}

const pointMM = 25.4 / 72

// lay puts a text into the layout and returns its size in millimetres; width 0 keeps it on one line.
func (s *sheet) lay(st style, width float64, text string) (w, h float64) {
	s.font.SetWeight(pango.WEIGHT_NORMAL)
	if st.bold {
		s.font.SetWeight(pango.WEIGHT_BOLD)
	}
	s.font.SetAbsoluteSize(st.size * pointMM * pangoUnit)
	s.layout.SetFontDescription(s.font)
	s.layout.SetWidth(-1)
	if width > 0 {
		s.layout.SetWidth(int(width * pangoUnit))
	}
	s.layout.SetText(text, len(text))
	if unknown(s.layout) > 0 {
		text = numbered(text)
		s.layout.SetText(text, len(text))
	}
	pw, ph := s.layout.GetSize()
	return float64(pw) / pangoUnit, float64(ph) / pangoUnit
}

// text writes with the top left corner at x, y, in lines of at most width, and returns the height.
func (s *sheet) text(x, y, width float64, st style, text string) float64 {
	_, height := s.lay(st, width, text)
	s.show(x, y, st)
	return height
}

// textRight writes one line that ends at x.
func (s *sheet) textRight(x, y float64, st style, text string) {
	width, _ := s.lay(st, 0, text)
	s.show(x-width, y, st)
}

// textCentered writes one line around x.
func (s *sheet) textCentered(x, y float64, st style, text string) {
	width, _ := s.lay(st, 0, text)
	s.show(x-width/2, y, st)
}

func (s *sheet) show(x, y float64, st style) {
	s.color(st.tone)
	s.cr.MoveTo(x*unit, y*unit)
	pango.CairoShowLayout(s.cr, s.layout)
}

func (s *sheet) fill(x, y, width, height float64, t tone) {
	s.color(t)
	s.cr.Rectangle(x*unit, y*unit, width*unit, height*unit)
	s.cr.Fill()
}

func (s *sheet) line(x0, y0, x1, y1, thick float64, t tone) {
	s.color(t)
	s.cr.SetLineWidth(thick * unit)
	s.cr.MoveTo(x0*unit, y0*unit)
	s.cr.LineTo(x1*unit, y1*unit)
	s.cr.Stroke()
}

func (s *sheet) box(x, y, width, height, thick float64, t tone, dashes ...float64) {
	s.color(t)
	s.cr.SetLineWidth(thick * unit)
	for i := range dashes {
		dashes[i] *= unit
	}
	s.cr.SetDash(dashes, 0)
	s.cr.Rectangle(x*unit, y*unit, width*unit, height*unit)
	s.cr.Stroke()
	s.cr.SetDash(nil, 0)
}

// qr draws a code that a scanner at 150 dpi still reads.
func (s *sheet) qr(x, y, side float64, content string) {
	code, err := qrcode.New(content, qrcode.Medium)
	if err != nil {
		return // only for contents beyond a code's size
	}
	code.DisableBorder = true
	dots := code.Bitmap()
	dot := side / float64(len(dots))
	s.color(ink)
	for row, line := range dots {
		for column, dark := range line {
			if dark {
				s.cr.Rectangle((x+float64(column)*dot)*unit, (y+float64(row)*dot)*unit, dot*unit, dot*unit)
			}
		}
	}
	s.cr.Fill()
}
