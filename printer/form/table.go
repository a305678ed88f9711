package form

import "keyhall/backoffice/ra"

const (
	labelWidth = 28.0
	rowPadding = 1.7
	rowMinimum = 9.2
)

// field is a label in both languages and its value.
type field struct {
	label ra.Text
	value string
}

var (
	labelStyle   = style{size: 8.5, tone: muted}
	englishStyle = style{size: 5.5, tone: faint}
	valueStyle   = style{size: 9.5, tone: ink}
	smallStyle   = style{size: 8, tone: ink}
)

// section writes a heading with a rule below it.
func (s *sheet) section(title ra.Text) {
	s.y += 3.2
	s.fill(margin, s.y+0.6, 1.1, 4, teal)
	width, _ := s.lay(style{size: 10.5, bold: true, tone: ink}, 0, title.ZH)
	s.show(margin+2.8, s.y, style{tone: ink})
	s.text(margin+2.8+width+2.2, s.y+1.7, 0, style{size: 6.5, tone: faint}, title.EN)
	s.y += 6
	s.line(margin, s.y, margin+inner, s.y, 0.25, ink)
}

// row writes fields side by side, each as high as the highest, with a hairline below.
func (s *sheet) row(bottom float64, fields ...field) {
	width := inner / float64(len(fields))
	height := rowMinimum
	for _, f := range fields {
		_, h := s.lay(valueStyle, width-labelWidth-4, orNone(f.value))
		height = max(height, h+2*rowPadding)
	}
	s.room(height, bottom)
	for i, f := range fields {
		x := margin + float64(i)*width
		s.fill(x, s.y+0.13, labelWidth, height-0.2, tint) // between the lines, not over them
		s.label(x+2, s.y, height, f.label)
		_, h := s.lay(valueStyle, width-labelWidth-4, orNone(f.value))
		s.show(x+labelWidth+2.4, s.y+(height-h)/2, valueStyle)
	}
	s.y += height
	s.line(margin, s.y, margin+inner, s.y, 0.12, hairline)
}

// label writes both languages, one above the other, in the middle of a row.
func (s *sheet) label(x, y, height float64, label ra.Text) {
	_, zh := s.lay(labelStyle, 0, label.ZH)
	_, en := s.lay(englishStyle, 0, label.EN)
	top := y + (height-zh*0.86-en)/2
	s.text(x, top, 0, labelStyle, label.ZH)
	s.text(x, top+zh*0.86, 0, englishStyle, label.EN)
}

// column of a table: its heading, its width in millimetres, whether it holds figures, and whether it is written small, as long numbers are.
type column struct {
	head   ra.Text
	width  float64
	figure bool
	small  bool
}

func (c column) style() style {
	if c.small {
		return smallStyle
	}
	return valueStyle
}

// heads writes a table's headings.
func (s *sheet) heads(columns []column) {
	const height = 9.0
	s.fill(margin, s.y+0.13, inner, height-0.2, tint)
	x := margin
	for _, c := range columns {
		if c.figure {
			s.textRight(x+c.width-2, s.y+1, labelStyle, c.head.ZH)
			s.textRight(x+c.width-2, s.y+5.2, englishStyle, c.head.EN)
		} else {
			s.text(x+2, s.y+1, 0, labelStyle, c.head.ZH)
			s.text(x+2, s.y+5.2, 0, englishStyle, c.head.EN)
		}
		x += c.width
	}
	s.y += height
	s.line(margin, s.y, margin+inner, s.y, 0.12, hairline)
}

// cells writes a table's row. On a new page the headings stand above it again.
func (s *sheet) cells(bottom float64, columns []column, values ...string) {
	height := rowMinimum - 1
	for i, v := range values {
		_, h := s.lay(columns[i].style(), columns[i].width-4, orNone(v))
		height = max(height, h+2*rowPadding-0.6)
	}
	page := s.page
	if s.room(height, bottom); s.page != page {
		s.heads(columns)
	}
	x := margin
	for i, v := range values {
		c := columns[i]
		w, h := s.lay(c.style(), c.width-4, orNone(v))
		left := x + 2
		if c.figure {
			left = x + c.width - 2 - w
		}
		s.show(left, s.y+(height-h)/2, c.style())
		x += c.width
	}
	s.y += height
	s.line(margin, s.y, margin+inner, s.y, 0.12, hairline)
}

// header is the top of a paper: whose it is, what it is, and the order's number as text and code.
func (s *sheet) header(c Code, project, title ra.Text) {
	const code = 23.0
	s.text(margin, margin-2, 0, style{size: 9, tone: muted}, project.ZH)
	s.text(margin, margin+3.6, 0, style{size: 21, bold: true, tone: ink}, title.ZH)
	s.text(margin, margin+14.6, 0, style{size: 8, tone: faint}, title.EN)
	left := margin + inner - code
	s.qr(left, margin-3, code, c.String())
	s.textRight(left-4, margin+9, style{size: 7, tone: faint}, "订单编号 Order number")
	s.textRight(left-4, margin+12.6, style{size: 13, bold: true, tone: ink}, c.Number)
	s.y = margin + 22.4
	s.further = func() { s.continued(c, title) }
}

// continued is the top of a paper's further pages, which are scanned like the first: the seal stands on the last one.
func (s *sheet) continued(c Code, title ra.Text) {
	const code = 18.0
	s.qr(margin+inner-code, margin-4, code, c.String())
	s.text(margin, margin+3, 0, style{size: 9, tone: muted}, joined(title.ZH, c.Number))
	s.y = margin + code
}

// foot writes the line below everything.
func foot(contact ra.Contact, number string) func(s *sheet, page int) {
	return func(s *sheet, page int) {
		const y = pageHeight - 14
		s.line(margin, y, margin+inner, y, 0.12, hairline)
		small := style{size: 6.5, tone: muted}
		s.text(margin, y+1.4, inner-40, small, contactLine(contact))
		s.textRight(margin+inner, y+1.4, small, number+"　第 "+itoa(page)+" 页")
	}
}
