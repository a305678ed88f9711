package form

import (
	"strconv"
	"strings"
	"time"

	"keyhall/backoffice/ra"
)

// Key is one made key on a collection slip.
type Key struct {
	Number      int // among the keys of its order, from 1
	Model       ra.Text
	Serial      string
	Certificate ra.Certificate
}

// Slip draws the collection slip (领取回执): which keys were handed over with which certificates. It is carried about,
// so people's data are masked on it. It fails only when memory or fonts do.
func Slip(p ra.Project, o ra.Order, keys []Key, at time.Time) ([]byte, error) {
	title := ra.Text{ZH: "数字证书领取回执", EN: "Digital certificate · collection slip"}
	return render(foot(p.Contact, o.Number), func(s *sheet) {
		s.header(Code{Paper: PaperSlip, Number: o.Number}, p.Name, title)
		s.slipFacts(o, at)
		s.keys(keys)
		s.remember()
		s.contact(p.Contact)
		s.signatures()
	})
}

func (s *sheet) slipFacts(o ra.Order, at time.Time) {
	a := o.Applicant
	s.section(ra.Text{ZH: "领取信息", EN: "Collection"})
	s.row(lastLine, field{ra.Text{ZH: "机构名称", EN: "Organisation"}, a.Organisation.Name})
	s.row(lastLine,
		field{ra.Text{ZH: "统一社会信用代码", EN: "Unified social credit code"}, a.Organisation.CreditCode},
		field{ra.Text{ZH: "领取时间", EN: "Collected at"}, minute(at)})
	s.row(lastLine,
		field{ra.Text{ZH: "经办人", EN: "Handler"}, ra.MaskName(a.Handler.Name)},
		field{ra.Text{ZH: "手机", EN: "Mobile"}, ra.MaskMobile(a.Handler.Mobile)})
}

func (s *sheet) keys(keys []Key) {
	s.section(ra.Text{ZH: "已领取的 UKey", EN: "UKeys handed over"})
	columns := []column{
		{head: ra.Text{ZH: "序号", EN: "No."}, width: 14},
		{head: ra.Text{ZH: "型号", EN: "Model"}, width: 36},
		{head: ra.Text{ZH: "UKey 序列号", EN: "Key serial number"}, width: 40},
		{head: ra.Text{ZH: "证书序列号", EN: "Certificate serial number"}, width: 50},
		{head: ra.Text{ZH: "有效期", EN: "Valid"}, width: 38},
	}
	s.heads(columns)
	for _, k := range keys {
		s.cells(lastLine, columns, strconv.Itoa(k.Number), k.Model.ZH, k.Serial, spaced(k.Certificate.SerialNumber),
			day(k.Certificate.NotBefore)+" 至 "+day(k.Certificate.NotAfter))
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

func (s *sheet) remember() {
	s.section(ra.Text{ZH: "请妥善保管", EN: "Please keep in mind"})
	s.points(
		"UKey 密码由您本人设定，本中心不保存、也无法查询；连续输错将锁定 UKey，解锁须凭盖章材料办理。",
		"UKey 遗失或损坏，请立即联系服务大厅办理挂失或补办。用旧 UKey 加密的文件，请在办理补办、变更前先行解密。",
		"证书到期前 90 天内可办理续期。登录任意一台终端的“我的订单”，可按订单号查看本订单、重新打印本回执。",
	)
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
	for i, label := range []ra.Text{{ZH: "领取人签字", EN: "Received by"}, {ZH: "日期", EN: "Date"}} {
		x := margin + float64(i)*92
		s.text(x, y, 0, labelStyle, label.ZH)
		s.text(x, y+4, 0, englishStyle, label.EN)
		s.line(x+22, y+6.4, x+78, y+6.4, 0.15, muted)
	}
	s.y = y + 10
}
