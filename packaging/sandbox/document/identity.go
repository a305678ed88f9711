package document

import (
	"fmt"
	"image"
	"image/color"
	"math"
)

// An identity card is 85.6 × 54 mm; it is drawn as it lies on the glass, with some white around it.
const (
	cardWidth, cardHeight = 85.6, 54
	cardMargin            = 8
	cardDPI               = 300
)

var (
	cardBlue  = color.RGBA{0xE3, 0xEF, 0xF4, 0xFF}
	cardLine  = color.RGBA{0xC6, 0xDE, 0xE8, 0xFF}
	cardLabel = color.RGBA{0x2B, 0x6C, 0x8F, 0xFF}
	cardWord  = color.RGBA{0xCB, 0xDF, 0xE8, 0xFF}
	skin      = color.RGBA{0xE8, 0xC8, 0xB0, 0xFF}
)

// IdentityFront is the side with the person's data.
func (p *Painter) IdentityFront(who Person) image.Image {
	s := p.card()
	sex := "男"
	if who.Female {
		sex = "女"
	}
	s.cardField(6, 9.5, "姓名", who.Name, 4)
	s.cardField(6, 17, "性别", sex, 3.4)
	s.cardField(26, 17, "民族", "汉", 3.4)
	s.cardField(6, 24.5, "出生", fmt.Sprintf("%d 年 %d 月 %d 日", who.Birth.Year(), who.Birth.Month(), who.Birth.Day()), 3.4)
	s.cardField(6, 32, "住址", "", 3.4)
	s.paragraph(onCard(16.1, 32.2), style{face: sans, size: 3.4, ink: ink}, 38, 4.8, who.Address)
	s.text(onCard(6, 48), style{face: sans, size: 2.9, ink: cardLabel}, "公民身份号码")
	s.text(onCard(29, 48.2), style{face: sansBold, size: 4, spacing: 0.35, ink: ink}, who.IDNumber)
	s.portrait(onCard(67, 22), who)
	return s.img
}

// IdentityBack is the side with the issuing authority.
func (p *Painter) IdentityBack(who Person) image.Image {
	s := p.card()
	s.emblemSmall(onCard(15, 14))
	s.text(onCard(27, 13.5), style{face: serifBold, size: 4.6, spacing: 1.6, ink: ink}, "居民身份证样本")
	s.text(onCard(27, 21), style{face: serif, size: 2.9, spacing: 0.35, ink: muted}, "SPECIMEN IDENTITY CARD")
	s.cardField(14, 39, "签发机关", who.Issuer, 3.4)
	s.cardField(14, 47, "有效期限", who.From.Format("2006.01.02")+"-"+who.To.Format("2006.01.02"), 3.4)
	return s.img
}

func onCard(x, y float64) point { return point{x + cardMargin, y + cardMargin} }

func (p *Painter) card() *canvas {
	s := p.fonts.sheet(cardWidth+2*cardMargin, cardHeight+2*cardMargin, cardDPI, white)
	s.rounded(cardMargin-0.3, cardMargin-0.3, cardWidth+0.6, cardHeight+0.6, 3.4, faint)
	s.rounded(cardMargin, cardMargin, cardWidth, cardHeight, 3.2, cardBlue)
	lines := s.pen(cardLine)
	for i := range 24 {
		phase := float64(i) * 0.5
		base := cardMargin + 3 + float64(i)*2.1
		lines.wave(cardMargin+2, cardMargin+cardWidth-2, 0.12, func(x float64) float64 { return base + 1.2*math.Sin(x/6+phase) })
	}
	lines.fill()
	s.sample(onCard(38, 34), 17, -0.35, cardWord)
	return s
}

// cardField writes a blue label and, beside it, a value.
func (s *canvas) cardField(x, y float64, label, value string, size float64) {
	width := s.text(onCard(x, y), style{face: sans, size: 2.9, spacing: 0.3, ink: cardLabel}, label)
	s.text(onCard(x+width+4, y+0.2), style{face: sans, size: size, spacing: 0.2, ink: ink}, value)
}

// portrait is nobody's face.
func (s *canvas) portrait(center point, who Person) {
	s.rounded(center.x-12, center.y-15.5, 24, 31, 1.2, white)
	hair, shirt := s.pen(color.RGBA{0x2C, 0x2A, 0x2B, 0xFF}), s.pen(color.RGBA{0x3E, 0x55, 0x70, 0xFF})
	if who.Female {
		hair.ellipse(point{center.x, center.y - 2}, 7.4, 10)
	} else {
		hair.ellipse(point{center.x, center.y - 6}, 6.2, 6.4)
	}
	hair.fill()
	shirt.halfEllipse(point{center.x, center.y + 15.5}, 11, 8.5)
	shirt.fill()
	face := s.pen(skin)
	face.ellipse(point{center.x, center.y + 6}, 2.4, 4)
	face.fill()
	face.ellipse(point{center.x, center.y - 3}, 5.2, 6.6)
	face.fill()
	fringe := s.pen(color.RGBA{0x2C, 0x2A, 0x2B, 0xFF})
	fringe.halfEllipse(point{center.x, center.y - 6}, 5.4, 4.6)
	fringe.fill()
}

func (s *canvas) emblemSmall(center point) {
	p := s.pen(sealRed)
	p.ring(center, 8, 0.5)
	p.star(center, 4.8, 0)
	p.fill()
}

func (p *pen) ellipse(center point, rx, ry float64) {
	const corners = 120
	points := make([]point, corners)
	for i := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		points[i] = point{center.x + rx*cos, center.y + ry*sin}
	}
	p.polygon(points...)
}

// halfEllipse is its upper half.
func (p *pen) halfEllipse(center point, rx, ry float64) {
	const corners = 60
	points := make([]point, corners+1)
	for i := range points {
		sin, cos := math.Sincos(math.Pi + math.Pi*float64(i)/corners)
		points[i] = point{center.x + rx*cos, center.y + ry*sin}
	}
	p.polygon(points...)
}

func (s *canvas) rounded(x, y, width, height, r float64, ink color.Color) {
	p := s.pen(ink)
	var points []point
	for quarter, at := range []point{{x + width - r, y + height - r}, {x + r, y + height - r}, {x + r, y + r}, {x + width - r, y + r}} {
		for i := range 13 {
			sin, cos := math.Sincos(math.Pi/2*float64(quarter) + math.Pi/2*float64(i)/12)
			points = append(points, point{at.x + r*cos, at.y + r*sin})
		}
	}
	p.polygon(points...)
	p.fill()
}
