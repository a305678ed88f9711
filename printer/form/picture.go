package form

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"

	"github.com/gotk3/gotk3/cairo"
	"github.com/gotk3/gotk3/pango"
	"golang.org/x/sys/unix"
)

// picture draws one page of width × height millimetres as PNG, so many pixels high.
func picture(width, height float64, pixels int, paint func(s *sheet)) ([]byte, error) {
	runtime.LockOSThread() // see renderTo
	defer runtime.UnlockOSThread()
	scale := float64(pixels) / height
	surface := cairo.CreateImageSurface(cairo.FORMAT_RGB24, int(width*scale), pixels)
	defer surface.Close()
	cr := cairo.Create(surface)
	defer cr.Close()
	cr.Scale(scale/unit, scale/unit)
	s := &sheet{cr: cr, layout: pango.CairoCreateLayout(cr), font: pango.FontDescriptionNew(), footer: func(*sheet, int) {}, page: 1}
	defer release(s.layout)
	defer s.font.Free()
	s.font.SetFamily(Family)
	s.layout.SetWrap(pango.WRAP_WORD_CHAR)
	s.fill(0, 0, width, height, white)
	paint(s)
	if status := cr.Status(); status != cairo.STATUS_SUCCESS {
		return nil, fmt.Errorf("picture: %w", cairo.ErrorStatus(status))
	}
	return png(surface)
}

// png is a surface as a file in memory.
func png(surface *cairo.Surface) ([]byte, error) {
	fd, err := unix.MemfdCreate("picture", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memory for the picture: %w", err)
	}
	file := os.NewFile(uintptr(fd), "picture")
	defer file.Close()
	if err := surface.WriteToPNG("/proc/self/fd/" + strconv.Itoa(fd)); err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return whole(file)
}

// turned paints around a point, turned by an angle (clockwise).
func (s *sheet) turned(x, y, angle float64, paint func()) {
	s.cr.Save()
	s.cr.Translate(x*unit, y*unit)
	s.cr.Rotate(angle)
	paint()
	s.cr.Restore()
}

func (s *sheet) ring(x, y, radius, thick float64, t tone) {
	s.color(t)
	s.cr.SetLineWidth(thick * unit)
	s.cr.NewPath()
	s.cr.Arc(x*unit, y*unit, radius*unit, 0, 2*math.Pi)
	s.cr.Stroke()
}

// star has five points, one of them up.
func (s *sheet) star(x, y, radius float64, t tone) {
	s.color(t)
	s.cr.NewPath()
	for i := range 10 {
		r := radius
		if i%2 == 1 {
			r = radius * 0.382
		}
		sin, cos := math.Sincos(-math.Pi/2 + math.Pi*float64(i)/5)
		s.cr.LineTo((x+r*cos)*unit, (y+r*sin)*unit)
	}
	s.cr.ClosePath()
	s.cr.Fill()
}

// seal is a round red seal with a name along its rim.
func (s *sheet) seal(x, y, radius float64, name string) {
	s.ring(x, y, radius, 0.9, sealRed)
	s.star(x, y, radius*0.36, sealRed)
	letters := []rune(name)
	const arc = 1.5 * math.Pi
	st := style{size: radius * 0.72, bold: true, tone: sealRed}
	for i, r := range letters {
		angle := -arc/2 + arc*float64(i)/float64(max(len(letters)-1, 1))
		s.turned(x, y, angle, func() { s.textCentered(0, -radius*0.94, st, string(r)) })
	}
}

// specimen marks a picture as a sample, across its middle and in words at its foot.
func (s *sheet) specimen(width, height float64) {
	s.turned(width/2, height/2, -0.4, func() {
		st := style{size: min(width, height) * 0.72, bold: true, tone: pale}
		w, h := s.lay(st, 0, "样例")
		s.cr.SetOperator(cairo.OPERATOR_DARKEN)
		s.show(-w/2, -h/2, st)
		s.cr.SetOperator(cairo.OPERATOR_OVER)
	})
	st := style{size: min(width, height) * 0.045, bold: true, tone: sealRed}
	w, h := s.lay(st, 0, sampleWords)
	s.fill(width/2-w/2-1, height-h-1.6, w+2, h+0.8, white)
	s.textCentered(width/2, height-h-1.2, st, sampleWords)
}

const sampleWords = "样例 · 内容均为虚构"

var (
	white   = tone{1, 1, 1}
	sealRed = tone{0xC8 / 255.0, 0x1E / 255.0, 0x1E / 255.0}
	pale    = tone{0xF3 / 255.0, 0xD9 / 255.0, 0xD9 / 255.0}
	cream   = tone{0xFD / 255.0, 0xFA / 255.0, 0xF1 / 255.0}
	gold    = tone{0xB8 / 255.0, 0x93 / 255.0, 0x4A / 255.0}
	card    = tone{0xE3 / 255.0, 0xEF / 255.0, 0xF4 / 255.0}
)
