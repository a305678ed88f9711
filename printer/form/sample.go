package form

import (
	"time"

	"keyhall/backoffice/ra"
)

// sampleHeight is how many pixels high the picture of a whole sheet is: a kiosk shows it beside the list of materials.
const sampleHeight = 900

// sample is what a good paper of a material looks like, width × height in millimetres.
type sample struct {
	material      ra.MaterialKind
	width, height float64
	paint         func(*sheet)
}

// samples are those that are not drawn from an order.
var samples = []sample{
	{ra.MaterialLicence, 297, 210, (*sheet).sampleLicence},
	{ra.MaterialIdentity, 102, 132, (*sheet).sampleIdentity},
	{ra.MaterialProof, pageWidth, pageHeight, (*sheet).sampleProof},
	{ra.MaterialRemittance, pageWidth, 120, (*sheet).sampleRemittance},
}

// Sample draws what a good paper for a material of an order of that kind looks like, as PNG: made up, and marked as a sample. It is
// CodeNotFound for what is no material.
func Sample(k ra.Kind, m ra.MaterialKind) ([]byte, error) {
	if paper := For(k, m); paper != "" {
		return samplePaper(paper, k)
	}
	for _, s := range samples {
		if s.material == m {
			return picture(s.width, s.height, int(min(sampleHeight, sampleHeight*s.height/s.width*1.4)), func(on *sheet) {
				s.paint(on)
				on.specimen(s.width, s.height)
			})
		}
	}
	return nil, ra.E(ra.CodeNotFound).At("material")
}

// samplePaper is one of our own papers, sealed.
func samplePaper(paper Paper, k ra.Kind) ([]byte, error) {
	what, _ := sealedOf(paper)
	p, o := sampleProject(k), sampleOrder(k)
	return picture(pageWidth, pageHeight, sampleHeight, func(s *sheet) {
		s.sealed(what, p, o, ra.Membership{})
		s.text(margin+24, bottomBlock+39, 0, style{size: 14, tone: ink}, "李示例")
		s.text(margin+84, bottomBlock+39.6, 0, style{size: 11, tone: ink}, day(o.CreatedAt))
		s.seal(SealX*pageWidth, SealY*pageHeight, 21, sampleName)
		s.specimen(pageWidth, pageHeight)
	})
}

const (
	sampleName   = "某某示例有限公司"
	sampleNumber = "91330100XXXXXXXXXX"
)

var sampleDay = time.Date(2026, 1, 5, 2, 0, 0, 0, time.UTC)

func sampleProject(k ra.Kind) ra.Project {
	return ra.Project{Name: ra.Text{ZH: "示例项目"}, Contact: ra.Contact{Phone: "0571-00000000"}, Notices: []ra.Notice{{Kind: k, Version: 1,
		Title: ra.Text{ZH: "证书业务风险告知函"}, Body: ra.Text{ZH: "一、……\n\n二、……\n\n三、……"}}}}
}

// sampleOrder has of everything what the kind has, and nothing of anybody.
func sampleOrder(k ra.Kind) ra.Order {
	o := ra.Order{Number: ra.OrderNumber("XH00", 1), Kind: k, CreatedAt: sampleDay, Applicant: ra.Applicant{
		Organisation: ra.Organisation{Name: sampleName, CreditCode: sampleNumber, Address: "示例市示例路 1 号"},
		Legal:        ra.Person{Name: "王示例", IDNumber: "3301XXXXXXXXXXXXXX"},
		Handler:      ra.Person{Name: "李示例", IDNumber: "3301XXXXXXXXXXXXXX", Mobile: "138XXXXXXXX"},
	}}
	for _, rule := range ra.ServiceRules() {
		if rule.Kind == k && rule.Targets != ra.TargetsNone {
			o.Units = []ra.Unit{{Index: 1, TermMonths: 12, Target: &ra.UnitTarget{SerialNumber: "0123456789abcdef", Key: ra.KeyIdentity{Serial: "XXXX0001"},
				NotAfter: sampleDay.AddDate(0, 1, 0)}}}
		}
	}
	return o
}

func (s *sheet) sampleLicence() {
	s.fill(0, 0, 297, 210, cream)
	s.box(9, 9, 279, 192, 1.2, gold)
	s.box(11.5, 11.5, 274, 187, 0.4, gold)
	s.ring(148.5, 33, 10, 0.8, sealRed)
	s.star(148.5, 33, 6.4, gold)
	s.textCentered(148.5, 46, style{size: 36, bold: true, tone: ink}, "营 业 执 照")
	s.textCentered(148.5, 66, style{size: 17, tone: ink}, "（副 本）")
	s.text(28, 34, 0, style{size: 12, tone: muted}, "统一社会信用代码")
	s.text(28, 41, 0, style{size: 15, bold: true, tone: ink}, sampleNumber)
	s.lines(28, 88, 13, []field{{ra.Text{ZH: "名　　称"}, sampleName}, {ra.Text{ZH: "类　　型"}, "有限责任公司"}, {ra.Text{ZH: "法定代表人"}, "王示例"},
		{ra.Text{ZH: "经营范围"}, "……（字迹清晰，四角完整，在有效期内）"}})
	s.lines(180, 88, 13, []field{{ra.Text{ZH: "注册资本"}, "壹佰万元整"}, {ra.Text{ZH: "成立日期"}, "2020 年 01 月 01 日"}, {ra.Text{ZH: "住　　所"}, "示例市示例路 1 号"}})
	s.text(188, 172, 0, style{size: 15, tone: ink}, "登记机关")
	s.seal(240, 166, 20, "示例市市场监督管理局")
}

// lines writes labels and values below each other, in large letters.
func (s *sheet) lines(x, y, step float64, fields []field) {
	for i, f := range fields {
		s.text(x, y+float64(i)*step, 0, style{size: 13, tone: muted}, f.label.ZH)
		s.text(x+32, y+float64(i)*step, 0, style{size: 13, tone: ink}, f.value)
	}
}

// sampleIdentity is both sides of a card, one above the other.
func (s *sheet) sampleIdentity() {
	for _, top := range []float64{8, 68} {
		s.fill(8, top, 85.6, 54, card)
		s.box(8, top, 85.6, 54, 0.4, hairline)
	}
	label, value := style{size: 8, tone: teal}, style{size: 9.5, tone: ink}
	for i, f := range [][2]string{{"姓名", "李示例"}, {"性别", "女　　民族　汉"}, {"出生", "1990 年 1 月 1 日"}, {"住址", "示例市示例路 1 号"}} {
		s.text(14, 14+float64(i)*8, 0, label, f[0])
		s.text(26, 13.6+float64(i)*8, 0, value, f[1])
	}
	s.text(14, 53, 0, label, "公民身份号码")
	s.text(38, 52.4, 0, style{size: 11, bold: true, tone: ink}, "3301XXXXXXXXXXXXXX")
	s.fill(68, 14, 20, 26, hairline)
	s.textCentered(78, 25, label, "照片")
	s.ring(24, 84, 8, 0.5, sealRed)
	s.star(24, 84, 5, sealRed)
	s.text(38, 77, 0, style{size: 13, bold: true, tone: ink}, "居民身份证（样例）")
	s.text(38, 86, 0, style{size: 9, tone: muted}, "国徽面")
	s.text(24, 102, 0, label, "签发机关")
	s.text(42, 101.6, 0, value, "示例市公安局")
	s.text(24, 111, 0, label, "有效期限")
	s.text(42, 110.6, 0, value, "2020.01.01-2040.01.01")
}

func (s *sheet) sampleProof() {
	s.textCentered(pageWidth/2, 34, style{size: 17, tone: ink}, "示例市市场监督管理局")
	s.textCentered(pageWidth/2, 48, style{size: 28, bold: true, tone: ink}, "准予变更登记通知书")
	s.line(20, 68, 190, 68, 0.6, sealRed)
	body := style{size: 15, tone: ink}
	s.text(24, 80, 160, body, sampleName+"：")
	s.text(24, 92, 162, body, "　　经审查，你单位提交的变更登记申请材料齐全，符合法定形式，准予变更登记。")
	s.y = 124
	columns := []column{{head: ra.Text{ZH: "变更事项"}, width: 42}, {head: ra.Text{ZH: "变更前"}, width: 68}, {head: ra.Text{ZH: "变更后"}, width: 68}}
	s.heads(columns)
	s.cells(lastLine, columns, "名称", "某某旧名有限公司", sampleName)
	s.cells(lastLine, columns, "法定代表人", "赵示例", "王示例")
	s.text(24, 176, 160, style{size: 12, tone: muted}, "变更前后的内容都要看得见，登记机关的印章完整。")
	s.seal(150, 220, 21, "示例市市场监督管理局")
	s.text(126, 246, 0, body, "2026 年 1 月 5 日")
}

func (s *sheet) sampleRemittance() {
	s.textCentered(pageWidth/2, 8, style{size: 18, bold: true, tone: ink}, "示例银行　网上银行电子回单")
	s.y = 24
	s.line(margin, s.y, margin+inner, s.y, 0.25, ink)
	s.row(lastLine, field{ra.Text{ZH: "付款人户名", EN: "Payer"}, sampleName}, field{ra.Text{ZH: "收款人户名", EN: "Payee"}, "示例项目"})
	s.row(lastLine, field{ra.Text{ZH: "付款账号", EN: "Account"}, "3301 XXXX XXXX XXXX"}, field{ra.Text{ZH: "收款账号", EN: "Account"}, "6222 XXXX XXXX XXXX"})
	s.row(lastLine, field{ra.Text{ZH: "金额", EN: "Amount"}, "¥200.00"}, field{ra.Text{ZH: "附言", EN: "Reference"}, ra.OrderNumber("XH00", 1)})
	s.row(lastLine, field{ra.Text{ZH: "交易时间", EN: "At"}, minute(sampleDay)}, field{ra.Text{ZH: "状态", EN: "State"}, "交易成功"})
	s.text(margin, s.y+6, 120, style{size: 11, tone: muted}, "金额与订单一致，附言中有订单号，回单完整、清晰。")
	s.seal(166, 88, 17, "示例银行电子回单章")
}
