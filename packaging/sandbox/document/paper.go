package document

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"time"
)

const dpi = 200

// Painter draws papers. It may be used by several goroutines.
type Painter struct{ fonts *fonts }

// NewPainter reads the fonts from dir; FontDir when empty. It answers ErrNoFont.
func NewPainter(dir string) (*Painter, error) {
	if dir == "" {
		dir = FontDir
	}
	f, err := openFonts(dir)
	if err != nil {
		return nil, err
	}
	return &Painter{fonts: f}, nil
}

// Stamp puts the company's seal onto a printed page, as the customer does before scanning it back. x and y are the
// middle of the seal as shares of the page's width and height.
func (p *Painter) Stamp(page image.Image, c Company, x, y float64) image.Image {
	const a4 = 210.0
	b := page.Bounds()
	s := &canvas{img: image.NewRGBA(image.Rectangle{Max: b.Size()}), scale: float64(b.Dx()) / a4, fonts: p.fonts}
	draw.Draw(s.img, s.img.Bounds(), page, b.Min, draw.Src)
	s.seal(point{x * a4, y * float64(b.Dy()) / s.scale}, c.Name, c.CreditCode[8:17], -0.12)
	return s.img
}

// Payee is who a transfer goes to.
type Payee struct{ Holder, Bank, Number string }

// Remittance is a bank's slip for a transfer from the company (电子回单), 210 × 105 mm. Amounts are fen.
func (p *Painter) Remittance(c Company, to Payee, amountFen int64, purpose string, at time.Time) image.Image {
	const width, height = 210, 105
	s := p.fonts.sheet(width, height, dpi, white)
	s.sample(point{width / 2, 66}, 30, -0.25, watermark)
	s.centered(width/2, 15, style{face: serifBold, size: 6.4, spacing: 1.4, ink: ink}, bankName(c.Bank)+"　网上银行电子回单")
	small := style{face: sans, size: 2.9, ink: muted}
	s.text(point{14, 23}, small, "回单编号："+at.Format("20060102150405")+"0001")
	s.text(point{156, 23}, small, "交易时间："+at.Format("2006-01-02 15:04:05"))
	s.remittanceTable(c, to)
	label := style{face: sans, size: 3.2, ink: muted}
	value := style{face: sans, size: 3.6, ink: ink}
	s.text(point{17, 63.5}, label, "金额（小写）")
	s.text(point{41, 63.8}, style{face: sansBold, size: 4.4, ink: ink}, "¥ "+yuan(amountFen))
	s.text(point{108, 63.5}, label, "币种")
	s.text(point{132, 63.5}, value, "人民币")
	s.text(point{17, 73.5}, label, "用途 / 附言")
	s.text(point{41, 73.5}, value, purpose)
	s.text(point{14, 92}, small, "样本：仅供演示与测试，不具法律效力")
	s.seal(point{170, 77}, bankName(c.Bank)+"电子回单专用章", "", 0.08)
	return s.img
}

// remittanceTable is the lines and the two parties.
func (s *canvas) remittanceTable(c Company, to Payee) {
	const left, top, right = 14.0, 27.0, 196.0
	for _, y := range []float64{top, 37, 47, 57, 67, 77} {
		s.rect(left, y, right-left, 0.25, faint)
	}
	for _, x := range []float64{left, 38, right - 0.25} {
		s.rect(x, top, 0.25, 50, faint)
	}
	for _, x := range []float64{105, 129} {
		s.rect(x, top, 0.25, 40, faint)
	}
	label := style{face: sans, size: 3.2, ink: muted}
	value := style{face: sans, size: 3.6, ink: ink}
	rows := [][4]string{
		{"付款人户名", c.Name, "收款人户名", to.Holder},
		{"付款账号", c.Account, "收款账号", to.Number},
		{"付款行", c.Bank, "收款行", to.Bank},
	}
	for i, row := range rows {
		y := top + 6.4 + float64(i)*10
		for column, x := range []float64{17, 41, 108, 132} {
			st := value
			if column%2 == 0 {
				st = label
			}
			for st.size > 2.2 && s.width(st, row[column]) > 63 {
				st.size -= 0.1
			}
			s.text(point{x, y}, st, row[column])
		}
	}
}

// bankName is the bank without its branch.
func bankName(branch string) string {
	const bank = "银行"
	if i := bytes.Index([]byte(branch), []byte(bank)); i >= 0 {
		return branch[:i+len(bank)]
	}
	return branch
}

func yuan(fen int64) string {
	text := fmt.Sprintf("%d", fen/100)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return fmt.Sprintf("%s.%02d", text, fen%100)
}

func chineseDate(t time.Time) string {
	return fmt.Sprintf("%d 年 %02d 月 %02d 日", t.Year(), t.Month(), t.Day())
}

// PNG is a paper as a file, without loss.
func PNG(page image.Image) ([]byte, error) {
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	err := encoder.Encode(&out, page)
	return out.Bytes(), err
}

// JPEG is smaller, with the losses of a scan.
func JPEG(page image.Image) ([]byte, error) {
	var out bytes.Buffer
	err := jpeg.Encode(&out, page, &jpeg.Options{Quality: 88})
	return out.Bytes(), err
}
