package document

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
)

var (
	ink       = color.RGBA{0x1B, 0x27, 0x33, 0xFF}
	muted     = color.RGBA{0x5E, 0x6B, 0x78, 0xFF}
	faint     = color.RGBA{0xC9, 0xC2, 0xB4, 0xFF}
	white     = color.RGBA{0xFF, 0xFF, 0xFF, 0xFF}
	cream     = color.RGBA{0xFD, 0xFA, 0xF1, 0xFF}
	gold      = color.RGBA{0xB8, 0x93, 0x4A, 0xFF}
	paleGold  = color.RGBA{0xE9, 0xDF, 0xC6, 0xFF}
	watermark = color.RGBA{0xF3, 0xED, 0xDD, 0xFF}
	sealRed   = color.RGBA{0xC8, 0x22, 0x1C, 0xFF}
)

// seal stamps a round organisation seal of 40 mm, a little turned, as a hand does it.
func (c *canvas) seal(center point, name, below string, turn float64) {
	mark := &canvas{img: image.NewRGBA(c.img.Bounds()), scale: c.scale, fonts: c.fonts}
	p := mark.pen(sealRed)
	p.ring(center, 20, 1.1)
	p.star(center, 6.2, turn)
	p.fill()

	count := float64(len([]rune(name)))
	size := math.Min(5, 58/count)
	span := math.Min(1.32*math.Pi, 0.36*count)
	mark.arc(center, 18-size*0.86, span, turn, style{face: serifBold, size: size, ink: sealRed}, 0.82, name)
	if below != "" {
		s := style{face: sansBold, size: 2.6, spacing: 0.4, ink: sealRed}
		half := mark.width(s, below) / 2
		sin, cos := math.Sincos(turn)
		mark.textTurned(point{center.x - half*cos - 13.6*sin, center.y - half*sin + 13.6*cos}, s, below, turn)
	}
	c.press(mark.img)
}

// press lays the seal's colour on as ink: what lies below shows through, and the pad was not wet everywhere.
func (c *canvas) press(mark *image.RGBA) {
	r := rand.New(rand.NewPCG(1, 2))
	b := c.img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			alpha := mark.RGBAAt(x, y).A
			if alpha == 0 {
				continue
			}
			wet := 0.80 + 0.16*math.Sin(float64(x)/31)*math.Cos(float64(y)/23) - 0.14*r.Float64()
			c.img.SetRGBA(x, y, multiply(c.img.RGBAAt(x, y), sealRed, wet*float64(alpha)/255))
		}
	}
}

func multiply(below, over color.RGBA, share float64) color.RGBA {
	mix := func(b, o uint8) uint8 {
		return uint8(float64(b)*(1-share) + float64(b)*float64(o)/255*share + 0.5)
	}
	return color.RGBA{mix(below.R, over.R), mix(below.G, over.G), mix(below.B, over.B), 0xFF}
}

// sample writes the word that keeps these papers from being taken for real ones.
func (c *canvas) sample(center point, size, angle float64, ink color.Color) {
	s := style{face: sansBold, size: size, spacing: size / 2, ink: ink}
	half := c.width(s, "样本") / 2
	sin, cos := math.Sincos(angle)
	c.textTurned(point{center.x - half*cos, center.y - half*sin}, s, "样本", angle)
}
