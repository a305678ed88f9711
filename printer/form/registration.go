package form

import (
	"fmt"
	"strconv"
	"strings"

	"keyhall/backoffice/ra"
)

// The seal's place at the foot of the last page, in millimetres.
const (
	bottomBlock = 226.0 // top of the declaration and the seal box
	sealSide    = 50.0
	sealLeft    = pageWidth - margin - sealSide
	lastLine    = pageHeight - 18 // nothing but the footer below
)

// registration is what stands on the registration form (业务登记表): everything applied for, in the organisation's name. A section that
// means nothing for the order is left out.
func (s *sheet) registration(p ra.Project, o ra.Order, m ra.Membership) {
	s.kindBoxes(o)
	s.matter(o)
	s.applicant(o.Applicant)
	s.changes(o)
	s.certificates(o)
	s.services(o)
	s.terms(p, o, m)
	s.declaration(ra.Text{ZH: "本单位声明：以上信息及所提交的材料真实、有效，已阅读并同意上列服务协议；授权上述经办人办理本次业务，由此产生的责任由本单位承担。",
		EN: "We declare that the data above and the documents handed in are true, that we have read and agree to the agreements named, and that the handler acts on our behalf."})
}

// registrationData is what registration prints of an order.
func registrationData(_ ra.Project, o ra.Order) []any {
	return []any{o.Kind, o.Reason, o.CreatedAt.UTC(), o.Applicant, o.Changes, o.Former, targets(o), o.Files, o.Lines, o.AmountFen, o.Invoice, o.Delivery}
}

// kindBoxes is the row of services with the one applied for ticked.
func (s *sheet) kindBoxes(o ra.Order) {
	x := margin
	for _, k := range services {
		s.box(x, s.y+0.7, 3.2, 3.2, 0.2, muted)
		st := style{size: 9.5, tone: muted}
		if k.kind == o.Kind {
			st = style{size: 9.5, bold: true, tone: ink}
			s.tick(x, s.y+0.7, 3.2)
		}
		width, _ := s.lay(st, 0, k.name.ZH)
		s.show(x+4.4, s.y-0.3, st)
		english, _ := s.lay(englishStyle, 0, k.name.EN)
		s.text(x+4.4+width+1, s.y+1.6, 0, englishStyle, k.name.EN)
		x += 4.4 + width + 1 + english + 4.2
	}
	s.textRight(margin+inner, s.y+0.1, style{size: 8, tone: muted}, "申请日期 "+day(o.CreatedAt))
	s.y += 5
}

func (s *sheet) tick(x, y, side float64) {
	s.line(x+side*0.18, y+side*0.52, x+side*0.42, y+side*0.78, 0.45, ink)
	s.line(x+side*0.42, y+side*0.78, x+side*0.86, y+side*0.2, 0.45, ink)
}

func (s *sheet) applicant(a ra.Applicant) {
	s.section(ra.Text{ZH: "单位信息", EN: "Organisation"})
	s.row(lastLine, field{ra.Text{ZH: "单位名称", EN: "Name"}, a.Organisation.Name})
	if a.Organisation.ShortName != "" {
		s.row(lastLine, field{ra.Text{ZH: "证书中的简称", EN: "In the certificate"}, a.Organisation.ShortName})
	}
	s.row(lastLine,
		field{ra.Text{ZH: "统一社会信用代码", EN: "Unified social credit code"}, a.Organisation.CreditCode},
		field{ra.Text{ZH: "住所", EN: "Address"}, a.Organisation.Address})
	s.row(lastLine,
		field{ra.Text{ZH: "法定代表人", EN: "Legal representative"}, a.Legal.Name},
		field{ra.Text{ZH: "证件及号码", EN: "Identity document"}, identity(a.Legal)})
	s.section(ra.Text{ZH: "经办人", EN: "Handler"})
	s.row(lastLine,
		field{ra.Text{ZH: "姓名", EN: "Name"}, a.Handler.Name},
		field{ra.Text{ZH: "证件及号码", EN: "Identity document"}, identity(a.Handler)})
	s.row(lastLine,
		field{ra.Text{ZH: "手机", EN: "Mobile"}, a.Handler.Mobile},
		field{ra.Text{ZH: "电子邮箱", EN: "E-mail"}, a.Handler.Email})
}

// services is what is bought; nothing stands there where nothing is paid.
func (s *sheet) services(o ra.Order) {
	if o.AmountFen == 0 {
		return
	}
	s.section(ra.Text{ZH: "申请服务", EN: "Services applied for"})
	columns := []column{
		{head: ra.Text{ZH: "序号", EN: "No."}, width: 14},
		{head: ra.Text{ZH: "服务项目", EN: "Service"}, width: 76},
		{head: ra.Text{ZH: "有效期", EN: "Term"}, width: 22},
		{head: ra.Text{ZH: "单价（元）", EN: "Unit price"}, width: 24, figure: true},
		{head: ra.Text{ZH: "数量", EN: "Quantity"}, width: 16, figure: true},
		{head: ra.Text{ZH: "金额（元）", EN: "Amount"}, width: 26, figure: true},
	}
	s.heads(columns)
	units := 0
	for i, l := range o.Lines {
		units += l.Quantity
		s.cells(lastLine, columns, strconv.Itoa(i+1), l.Name.ZH, term(l.TermMonths), yuan(l.PriceFen), strconv.Itoa(l.Quantity),
			yuan(l.PriceFen*int64(l.Quantity)))
	}
	s.room(9, lastLine)
	s.text(margin+2, s.y+1.9, 0, labelStyle, "合计")
	s.text(margin+14+2, s.y+1.6, 0, valueStyle, "人民币（大写）"+capitalYuan(o.AmountFen))
	s.textRight(margin+inner-2-26, s.y+1.6, valueStyle, strconv.Itoa(units))
	s.textRight(margin+inner-2, s.y+1.4, style{size: 11, bold: true, tone: ink}, "¥"+yuan(o.AmountFen))
	s.y += 9
	s.line(margin, s.y, margin+inner, s.y, 0.25, ink)
}

// terms is how what was paid is invoiced, how new keys are handed over, and what was agreed to.
func (s *sheet) terms(p ra.Project, o ra.Order, m ra.Membership) {
	rule, _ := ra.RuleOf(o.Kind, o.Reason)
	paid, sent := o.AmountFen > 0, rule.Plan.Blank()
	title := ra.Text{ZH: "服务协议", EN: "Agreements"}
	switch {
	case paid && sent:
		title = ra.Text{ZH: "发票、领取方式与服务协议", EN: "Invoice, delivery and agreements"}
	case paid:
		title = ra.Text{ZH: "发票与服务协议", EN: "Invoice and agreements"}
	case sent:
		title = ra.Text{ZH: "领取方式与服务协议", EN: "Delivery and agreements"}
	}
	s.section(title)
	if paid {
		s.invoice(o.Invoice)
	}
	if sent {
		s.delivery(o.Delivery)
	}
	s.agreements(p, m.Agreed)
}

func (s *sheet) invoice(i ra.Invoice) {
	s.row(lastLine,
		field{ra.Text{ZH: "发票类型", EN: "Invoice"}, chosen(ra.InvoiceKinds(), string(i.Kind))},
		field{ra.Text{ZH: "纳税人识别号", EN: "Taxpayer number"}, i.TaxNumber})
	s.row(lastLine, field{ra.Text{ZH: "发票抬头", EN: "Invoice title"}, i.Title})
	if i.Kind == ra.InvoiceSpecial {
		s.row(lastLine,
			field{ra.Text{ZH: "地址、电话", EN: "Address, phone"}, joined(i.Address, i.Phone)},
			field{ra.Text{ZH: "开户行及账号", EN: "Bank and account"}, joined(i.Bank, i.Account)})
	}
}

func (s *sheet) delivery(d ra.Delivery) {
	s.row(lastLine,
		field{ra.Text{ZH: "领取方式", EN: "Delivery"}, chosen(ra.DeliveryKinds(), string(d.Kind))},
		field{ra.Text{ZH: "收件人", EN: "Recipient"}, joined(d.Name, d.Phone)})
	if d.Kind != ra.DeliveryCounter {
		s.row(lastLine, field{ra.Text{ZH: "收件地址", EN: "Delivery address"}, d.Address})
	}
}

// agreements names what was opened and agreed to, in the version that was.
func (s *sheet) agreements(p ra.Project, agreed []ra.Agreed) {
	var names []string
	for _, a := range agreed {
		names = append(names, fmt.Sprintf("《%s》第 %d 版（%s）", agreementTitle(p, a.AgreementID), a.Version, minute(a.At)))
	}
	s.row(lastLine, field{ra.Text{ZH: "服务协议", EN: "Agreements read"}, strings.Join(names, "\n")})
}

func agreementTitle(p ra.Project, id string) string {
	for _, a := range p.Agreements {
		if a.ID == id {
			return a.Title.ZH
		}
	}
	return id // no longer in the catalogue
}

// declaration is what the seal stands for, and its place, at the foot of the last page.
func (s *sheet) declaration(what ra.Text) {
	const width = sealLeft - margin - 8
	s.room(0, bottomBlock-2)
	y := bottomBlock
	s.line(margin, y, margin+inner, y, 0.25, ink)
	height := s.text(margin, y+4, width, style{size: 9, tone: ink}, what.ZH)
	s.text(margin, y+6+height, width, style{size: 6.5, tone: faint}, what.EN)
	const sign = 42.0
	for i, label := range []ra.Text{{ZH: "经办人签字", EN: "Handler's signature"}, {ZH: "日期", EN: "Date"}} {
		x := margin + float64(i)*62
		s.text(x, y+sign-4, 0, labelStyle, label.ZH)
		s.text(x, y+sign, 0, englishStyle, label.EN)
		s.line(x+20, y+sign+2.4, x+56, y+sign+2.4, 0.15, muted)
	}
	s.box(sealLeft, y+2, sealSide, sealSide, 0.2, faint, 1.6, 1.2)
	s.textCentered(sealLeft+sealSide/2, y+2+sealSide-9, style{size: 8.5, tone: faint}, "单位公章")
	s.textCentered(sealLeft+sealSide/2, y+2+sealSide-4.8, englishStyle, "Organisation seal")
}

// identity is the kind of a person's document and its number.
func identity(p ra.Person) string { return joined(p.Document.Name().ZH, p.IDNumber) }

func joined(parts ...string) string {
	var some []string
	for _, p := range parts {
		if strings.TrimSpace(p) != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, "　")
}

func contactLine(c ra.Contact) string {
	return joined(c.Address.ZH, c.Phone, c.Web, c.Hours.ZH)
}

func itoa(n int) string { return strconv.Itoa(n) }
