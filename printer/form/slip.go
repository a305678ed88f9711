package form

import (
	"strings"
	"time"

	"keyhall/backoffice/ra"
)

// Key is one key on a receipt: the certificate that was made on it, and the one that its unit is about, nil for a new key.
type Key struct {
	Number      int // among the keys of its order, from 1
	Model       ra.Text
	Serial      string
	Certificate ra.Certificate // zero where none was made
	Target      *ra.UnitTarget
	TermMonths  int // that a renewal made
}

// Slip draws the receipt of an order (回执): what was done to which keys. It is carried about, so people's data are masked on it. It
// fails only when memory or fonts do.
func Slip(p ra.Project, o ra.Order, keys []Key, at time.Time) ([]byte, error) {
	kind := serviceOf(o.Kind)
	return render(foot(p.Contact, o.Number), func(s *sheet) {
		s.header(Code{Paper: PaperSlip, Number: o.Number}, p.Name, kind.receipt)
		s.slipFacts(o, at)
		s.keys(kind, keys)
		s.remember(kind)
		s.contact(p.Contact)
		s.signatures()
	})
}

func (s *sheet) slipFacts(o ra.Order, at time.Time) {
	a := o.Applicant
	s.section(ra.Text{ZH: "办理信息", EN: "What was done"})
	s.row(lastLine, field{ra.Text{ZH: "单位名称", EN: "Organisation"}, a.Organisation.Name})
	s.row(lastLine,
		field{ra.Text{ZH: "统一社会信用代码", EN: "Unified social credit code"}, a.Organisation.CreditCode},
		field{ra.Text{ZH: "办理时间", EN: "Done at"}, minute(at)})
	s.row(lastLine,
		field{ra.Text{ZH: "经办人", EN: "Handler"}, ra.MaskName(a.Handler.Name)},
		field{ra.Text{ZH: "手机", EN: "Mobile"}, ra.MaskMobile(a.Handler.Mobile)})
	if o.Reason != ra.ReasonNone {
		s.row(lastLine, field{ra.Text{ZH: "办理原因", EN: "Reason"}, reasons[o.Reason].ZH})
	}
}

func (s *sheet) keys(kind service, keys []Key) {
	s.section(kind.done)
	var columns []column
	for _, c := range kind.columns {
		columns = append(columns, c.column)
	}
	s.heads(columns)
	for _, k := range keys {
		var values []string
		for _, c := range kind.columns {
			values = append(values, c.cell(k))
		}
		s.cells(lastLine, columns, values...)
	}
}

// spaced groups a certificate's serial number so that it can be compared by eye and wraps between groups.
func spaced(hex string) string {
	var b strings.Builder
	for i, r := range strings.ToUpper(hex) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (s *sheet) remember(kind service) {
	s.section(ra.Text{ZH: "请妥善保管", EN: "Please keep in mind"})
	s.points(kind.remember...)
}

// points writes sentences below each other, each with a mark before it.
func (s *sheet) points(all ...string) {
	s.y += 2.4
	for _, text := range all {
		s.room(12, lastLine)
		s.fill(margin+1.2, s.y+1.7, 1, 1, teal)
		s.y += s.text(margin+4.4, s.y, inner-6, style{size: 9, tone: ink}, text) + 1.6
	}
}

func (s *sheet) contact(c ra.Contact) {
	s.section(ra.Text{ZH: "服务大厅", EN: "Service hall"})
	s.row(lastLine,
		field{ra.Text{ZH: "服务电话", EN: "Phone"}, c.Phone},
		field{ra.Text{ZH: "服务时间", EN: "Hours"}, c.Hours.ZH})
	s.row(lastLine,
		field{ra.Text{ZH: "网址", EN: "Web"}, c.Web},
		field{ra.Text{ZH: "在线客服", EN: "Chat"}, c.Chat})
	s.row(lastLine, field{ra.Text{ZH: "地址", EN: "Address"}, c.Address.ZH})
}

func (s *sheet) signatures() {
	s.room(26, lastLine)
	y := s.y + 14
	for i, label := range []ra.Text{{ZH: "经办人签字", EN: "Handler's signature"}, {ZH: "日期", EN: "Date"}} {
		x := margin + float64(i)*92
		s.text(x, y, 0, labelStyle, label.ZH)
		s.text(x, y+4, 0, englishStyle, label.EN)
		s.line(x+22, y+6.4, x+78, y+6.4, 0.15, muted)
	}
	s.y = y + 10
}
