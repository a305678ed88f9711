package document

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// FontDir is where Debian's fonts-noto-cjk puts its files.
const FontDir = "/usr/share/fonts/opentype/noto"

// ErrNoFont means that the Noto CJK fonts are not installed.
var ErrNoFont = errors.New("document: no Noto CJK font")

// face is one of the fonts.
type face string

const (
	sans      face = "NotoSansCJK-Regular.ttc"
	sansBold  face = "NotoSansCJK-Bold.ttc"
	serif     face = "NotoSerifCJK-Regular.ttc"
	serifBold face = "NotoSerifCJK-Bold.ttc"
)

type fonts struct{ byFace map[face]*sfnt.Font }

func openFonts(dir string) (*fonts, error) {
	f := &fonts{byFace: map[face]*sfnt.Font{}}
	for _, name := range []face{sans, sansBold, serif, serifBold} {
		data, err := os.ReadFile(filepath.Join(dir, string(name)))
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrNoFont, err)
		}
		if f.byFace[name], err = simplified(data); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return f, nil
}

// simplified finds the mainland's forms in a collection: the same character is drawn differently in Japan.
func simplified(data []byte) (*sfnt.Font, error) {
	collection, err := sfnt.ParseCollection(data)
	if err != nil {
		return nil, err
	}
	for i := range collection.NumFonts() {
		f, err := collection.Font(i)
		if err != nil {
			return nil, err
		}
		if name, err := f.Name(nil, sfnt.NameIDFull); err == nil && strings.Contains(name, "CJK SC") {
			return f, nil
		}
	}
	return nil, ErrNoFont
}

// style is how a text is written; sizes in millimetres.
type style struct {
	face    face
	size    float64
	spacing float64 // added between characters
	ink     color.Color
}

// text writes a line; at is the left end of its base line. It returns the width.
func (c *canvas) text(at point, s style, text string) float64 {
	return c.textTurned(at, s, text, 0)
}

func (c *canvas) textTurned(at point, s style, text string, angle float64) float64 {
	f, buf, p := c.fonts.byFace[s.face], &sfnt.Buffer{}, c.pen(s.ink)
	x := 0.0
	for _, r := range text {
		index, _ := f.GlyphIndex(buf, r) // 0, a box, for what the font lacks
		sin, cos := math.Sincos(angle)
		p.glyph(f, buf, index, s.size, affine{angle, 1, 1, point{at.x + x*cos, at.y + x*sin}})
		x += advance(f, buf, index, s.size) + s.spacing
	}
	p.fill()
	return x - s.spacing
}

func advance(f *sfnt.Font, buf *sfnt.Buffer, index sfnt.GlyphIndex, size float64) float64 {
	const ppem = 1000
	width, err := f.GlyphAdvance(buf, index, fixed.I(ppem), font.HintingNone)
	if err != nil {
		return size
	}
	return float64(width) / 64 / ppem * size
}

func (c *canvas) width(s style, text string) float64 {
	f, buf, width := c.fonts.byFace[s.face], &sfnt.Buffer{}, -s.spacing
	for _, r := range text {
		index, _ := f.GlyphIndex(buf, r)
		width += advance(f, buf, index, s.size) + s.spacing
	}
	return width
}

// centered writes a line around x.
func (c *canvas) centered(x, y float64, s style, text string) {
	c.text(point{x - c.width(s, text)/2, y}, s, text)
}

// paragraph breaks a text into lines of at most width and returns the height below the first base line.
func (c *canvas) paragraph(at point, s style, width, lineHeight float64, text string) float64 {
	y, line := 0.0, ""
	for _, r := range text {
		if line != "" && c.width(s, line+string(r)) > width && !strings.ContainsRune("，。；、）", r) {
			c.text(point{at.x, at.y + y}, s, line)
			y, line = y+lineHeight, ""
			if r == ' ' {
				continue
			}
		}
		line += string(r)
	}
	c.text(point{at.x, at.y + y}, s, line)
	return y + lineHeight
}

// arc writes a text around a circle, upright at its top; span is the angle from its first to its last character.
func (c *canvas) arc(center point, r, span, turn float64, s style, narrow float64, text string) {
	f, buf, p := c.fonts.byFace[s.face], &sfnt.Buffer{}, c.pen(s.ink)
	runes := []rune(text)
	for i, char := range runes {
		angle := turn - span/2
		if len(runes) > 1 {
			angle += span * float64(i) / float64(len(runes)-1)
		}
		index, _ := f.GlyphIndex(buf, char)
		half := advance(f, buf, index, s.size) * narrow / 2
		sin, cos := math.Sincos(angle)
		// the base line's left end: on the circle, then half a character back along it
		p.glyph(f, buf, index, s.size, affine{angle, narrow, 1, point{center.x + r*sin - half*cos, center.y - r*cos - half*sin}})
	}
	p.fill()
}
