package document

import (
	"image"
	"time"
)

// Change is an entry of the register of companies that was changed.
type Change struct{ Item, Before, After string }

// ChangeNotice is the registrar's notice that changes were registered (准予变更登记通知书), A4.
func (p *Painter) ChangeNotice(c Company, changes []Change, at time.Time) image.Image {
	const width, height = 210, 297
	s := p.fonts.sheet(width, height, dpi, white)
	s.sample(point{width / 2, 170}, 46, -0.4, watermark)
	s.centered(width/2, 34, style{face: serifBold, size: 8, spacing: 1.6, ink: ink}, c.Registrar)
	s.centered(width/2, 50, style{face: serifBold, size: 9.5, spacing: 2.4, ink: ink}, "准予变更登记通知书")
	s.rect(24, 56, width-48, 0.7, sealRed)
	small := style{face: sans, size: 3.4, ink: muted}
	s.text(point{24, 64}, small, "统一社会信用代码："+c.CreditCode)
	number := "（示例）登记变字〔" + at.Format("2006") + "〕第 " + at.Format("0102") + "01 号"
	s.text(point{width - 24 - s.width(small, number), 64}, small, number)
	body := style{face: serif, size: 4.8, spacing: 0.2, ink: ink}
	s.text(point{24, 80}, body, c.Name+"：")
	y := 90 + s.paragraph(point{24, 90}, body, width-48, 9, "　　你单位提交的变更登记申请材料齐全，符合法定形式，我局决定准予变更登记。变更事项如下：")
	y = s.changeTable(y, changes)
	s.text(point{24, y + 16}, body, "　　特此通知。")
	s.text(point{118, y + 46}, style{face: serif, size: 5, ink: ink}, c.Registrar)
	s.text(point{126, y + 56}, style{face: serif, size: 5, ink: ink}, chineseDate(at))
	s.seal(point{148, y + 46}, c.Registrar, "", 0.06)
	s.text(point{24, height - 16}, small, "样本：仅供演示与测试，人名、机构、号码均为虚构，不具法律效力")
	return s.img
}

// changeTable is the entries, each as it was and as it is, and returns where it ends.
func (s *canvas) changeTable(y float64, changes []Change) float64 {
	const left, width, padding, line = 24.0, 162.0, 3.0, 6.4
	columns := []float64{left, left + 30, left + 96, left + width}
	head := style{face: sansBold, size: 4, ink: ink}
	value := style{face: sans, size: 4, ink: ink}
	rows := append([]Change{{"变更事项", "变更前", "变更后"}}, changes...)
	top := y
	for i, row := range rows {
		st := value
		if i == 0 {
			st = head
		}
		end := y + line
		for column, text := range []string{row.Item, row.Before, row.After} {
			x := columns[column] + padding
			end = max(end, y+padding+s.paragraph(point{x, y + padding + st.size}, st, columns[column+1]-x-padding, line, text))
		}
		s.rect(left, y, width, 0.25, ink)
		y = end + padding
	}
	s.rect(left, y, width, 0.25, ink)
	for _, x := range columns {
		s.rect(x, top, 0.25, y-top+0.25, ink)
	}
	return y
}
