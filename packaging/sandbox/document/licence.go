package document

import (
	"image"
	"math"

	"github.com/skip2/go-qrcode"
)

// Licence is the business licence (营业执照副本), A4 across.
func (p *Painter) Licence(c Company) image.Image {
	const width, height = 297, 210
	s := p.fonts.sheet(width, height, dpi, cream)
	s.ground(width, height)
	s.sample(point{width / 2, 128}, 46, -0.3, watermark)
	s.emblem(point{width / 2, 33})
	s.centered(width/2, 63, style{face: serifBold, size: 16, spacing: 8, ink: ink}, "营业执照")
	s.centered(width/2, 72, style{face: serif, size: 6.5, spacing: 1.5, ink: ink}, "（副 本）")

	s.text(point{28, 36}, style{face: sans, size: 4.4, ink: ink}, "统一社会信用代码")
	s.text(point{28, 44}, style{face: sansBold, size: 5.8, spacing: 0.3, ink: ink}, c.CreditCode)
	s.qr(237, 28, 27, "https://gsxt.example.cn/"+c.CreditCode)
	s.paragraph(point{237, 60}, style{face: sans, size: 2.6, ink: muted}, 28, 3.6, "扫描二维码查看登记、备案、许可、监管信息")

	s.licenceFields(c)
	s.text(point{186, 178}, style{face: serif, size: 5.6, spacing: 3, ink: ink}, "登记机关")
	s.seal(point{243, 170}, c.Registrar, "", -0.05)
	s.text(point{214, 191}, style{face: serif, size: 5, spacing: 0.6, ink: ink}, chineseDate(c.Founded))
	s.text(point{28, 191}, style{face: sans, size: 3, ink: muted}, "样本：仅供演示与测试，人名、机构、号码均为虚构，不具法律效力")
	return s.img
}

func (s *canvas) licenceFields(c Company) {
	label := style{face: serif, size: 5, ink: ink}
	value := style{face: sans, size: 5, spacing: 0.15, ink: ink}
	left := []struct{ name, text string }{
		{"名　　称", c.Name}, {"类　　型", c.Type}, {"法定代表人", c.Legal.Name}, {"经营范围", c.Scope},
	}
	y := 88.0
	for _, f := range left {
		s.text(point{28, y}, label, f.name)
		y += math.Max(12, s.paragraph(point{59, y}, value, 108, 7.4, f.text)+4.6)
	}
	right := []struct{ name, text string }{
		{"注册资本", c.Capital}, {"成立日期", chineseDate(c.Founded)}, {"住　　所", c.Address},
	}
	y = 88
	for _, f := range right {
		s.text(point{180, y}, label, f.name)
		y += math.Max(12, s.paragraph(point{206, y}, value, 63, 7.4, f.text)+4.6)
	}
}

// ground is the frame and the fine lines of a document of value.
func (s *canvas) ground(width, height float64) {
	lines := s.pen(paleGold)
	for i := range 34 {
		base := 16 + float64(i)*5.4
		phase := float64(i) * 0.7
		lines.wave(16, width-16, 0.16, func(x float64) float64 { return base + 2.2*math.Sin(x/17+phase) })
	}
	lines.fill()
	s.frame(10, 10, width-20, height-20, 1.3, gold)
	s.frame(12.4, 12.4, width-24.8, height-24.8, 0.4, gold)
	corners := s.pen(gold)
	for _, at := range []point{{12.4, 12.4}, {width - 12.4, 12.4}, {12.4, height - 12.4}, {width - 12.4, height - 12.4}} {
		corners.ring(at, 4.6, 0.5)
		corners.ring(at, 2.6, 1.1)
	}
	corners.fill()
}

// emblem stands where the state's would; it is a star in a wreath of dots, so that nobody takes it for that.
func (s *canvas) emblem(center point) {
	p := s.pen(sealRed)
	p.ring(center, 11, 0.7)
	for i := range 28 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / 28)
		p.ring(point{center.x + 9*cos, center.y + 9*sin}, 0.6, 0.6)
	}
	p.fill()
	star := s.pen(gold)
	star.star(center, 6.6, 0)
	star.fill()
}

// qr draws a code with side millimetres.
func (s *canvas) qr(x, y, side float64, content string) {
	code, err := qrcode.New(content, qrcode.Medium)
	if err != nil {
		return // only for contents beyond a code's size
	}
	code.DisableBorder = true
	dots := code.Bitmap()
	unit := side / float64(len(dots))
	p := s.pen(ink)
	for row, line := range dots {
		for column, dark := range line {
			if dark {
				left, top := x+float64(column)*unit, y+float64(row)*unit
				p.polygon(point{left, top}, point{left + unit, top}, point{left + unit, top + unit}, point{left, top + unit})
			}
		}
	}
	p.fill()
}
