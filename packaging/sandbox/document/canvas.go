package document

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// canvas is a sheet that is drawn on in millimetres from its top left corner.
type canvas struct {
	img   *image.RGBA
	scale float64 // pixels in a millimetre
	fonts *fonts
}

func (f *fonts) sheet(width, height, dpi float64, ground color.Color) *canvas {
	scale := dpi / 25.4
	img := image.NewRGBA(image.Rect(0, 0, int(width*scale+0.5), int(height*scale+0.5)))
	draw.Draw(img, img.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src)
	return &canvas{img: img, scale: scale, fonts: f}
}

// point is a place in millimetres.
type point struct{ x, y float64 }

// affine turns by angle (radians, clockwise), stretches, and moves.
type affine struct {
	angle, stretchX, stretchY float64
	to                        point
}

func (a affine) apply(p point) point {
	sin, cos := math.Sincos(a.angle)
	x, y := p.x*a.stretchX, p.y*a.stretchY
	return point{x*cos - y*sin + a.to.x, x*sin + y*cos + a.to.y}
}

// pen draws paths with one colour.
type pen struct {
	c   *canvas
	r   *vector.Rasterizer
	ink color.Color
}

func (c *canvas) pen(ink color.Color) *pen {
	b := c.img.Bounds()
	return &pen{c: c, r: vector.NewRasterizer(b.Dx(), b.Dy()), ink: ink}
}

func (p *pen) at(q point) (x, y float32) {
	return float32(q.x * p.c.scale), float32(q.y * p.c.scale)
}

func (p *pen) polygon(points ...point) {
	for i, q := range points {
		x, y := p.at(q)
		if i == 0 {
			p.r.MoveTo(x, y)
		} else {
			p.r.LineTo(x, y)
		}
	}
	p.r.ClosePath()
}

// fill lays the ink of everything drawn so far.
func (p *pen) fill() {
	p.r.Draw(p.c.img, p.c.img.Bounds(), image.NewUniform(p.ink), image.Point{})
	p.r.Reset(p.c.img.Bounds().Dx(), p.c.img.Bounds().Dy())
}

func (c *canvas) rect(x, y, width, height float64, ink color.Color) {
	p := c.pen(ink)
	p.polygon(point{x, y}, point{x + width, y}, point{x + width, y + height}, point{x, y + height})
	p.fill()
}

// frame draws the four sides of a rectangle, the line inside it.
func (c *canvas) frame(x, y, width, height, line float64, ink color.Color) {
	c.rect(x, y, width, line, ink)
	c.rect(x, y+height-line, width, line, ink)
	c.rect(x, y, line, height, ink)
	c.rect(x+width-line, y, line, height, ink)
}

// ring draws a circle line of radius r (its outer edge); as thick as r it is a disc.
func (p *pen) ring(center point, r, line float64) {
	p.circle(center, r, 1)
	if line < r {
		p.circle(center, r-line, -1)
	}
}

func (p *pen) circle(center point, r, direction float64) {
	const corners = 180
	points := make([]point, corners)
	for i := range points {
		sin, cos := math.Sincos(direction * 2 * math.Pi * float64(i) / corners)
		points[i] = point{center.x + r*cos, center.y + r*sin}
	}
	p.polygon(points...)
}

// star draws five points, one of them up (before turning by angle).
func (p *pen) star(center point, r, angle float64) {
	points := make([]point, 10)
	for i := range points {
		radius := r
		if i%2 == 1 {
			radius = r * 0.382
		}
		sin, cos := math.Sincos(angle - math.Pi/2 + math.Pi*float64(i)/5)
		points[i] = point{center.x + radius*cos, center.y + radius*sin}
	}
	p.polygon(points...)
}

// wave draws a fine line along f from x0 to x1, as the ground of a document of value.
func (p *pen) wave(x0, x1, line float64, f func(x float64) float64) {
	const step = 1.5
	var upper, lower []point
	for x := x0; x <= x1; x += step {
		upper = append(upper, point{x, f(x) - line/2})
		lower = append(lower, point{x, f(x) + line/2})
	}
	for i := len(lower) - 1; i >= 0; i-- {
		upper = append(upper, lower[i])
	}
	p.polygon(upper...)
}

// glyph draws one character's outline; size is the em in millimetres.
func (p *pen) glyph(f *sfnt.Font, buf *sfnt.Buffer, index sfnt.GlyphIndex, size float64, a affine) {
	const ppem = 1000
	segments, err := f.LoadGlyph(buf, index, fixed.I(ppem), nil)
	if err != nil {
		return // a character that the font lacks stays blank
	}
	at := func(q fixed.Point26_6) (x, y float32) {
		k := size / ppem / 64
		return p.at(a.apply(point{float64(q.X) * k, float64(q.Y) * k}))
	}
	for _, s := range segments {
		x, y := at(s.Args[0])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			p.r.ClosePath()
			p.r.MoveTo(x, y)
		case sfnt.SegmentOpLineTo:
			p.r.LineTo(x, y)
		case sfnt.SegmentOpQuadTo:
			x1, y1 := at(s.Args[1])
			p.r.QuadTo(x, y, x1, y1)
		case sfnt.SegmentOpCubeTo:
			x1, y1 := at(s.Args[1])
			x2, y2 := at(s.Args[2])
			p.r.CubeTo(x, y, x1, y1, x2, y2)
		}
	}
	p.r.ClosePath()
}
