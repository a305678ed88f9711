package form

import (
	"strconv"
	"strings"

	"keyhall/backoffice/ra"
)

// notice is what stands on the notice of risks (证书业务风险告知函): the text of the catalogue, and the organisation, keys and certificates
// that it is about.
func (s *sheet) notice(p ra.Project, o ra.Order, _ ra.Membership) {
	text, _ := p.NoticeFor(o.Kind, o.Reason)
	a := o.Before().Organisation
	s.section(ra.Text{ZH: "告知对象", EN: "To"})
	s.row(lastLine, field{ra.Text{ZH: "单位名称", EN: "Organisation"}, a.Name})
	s.row(lastLine,
		field{ra.Text{ZH: "统一社会信用代码", EN: "Unified social credit code"}, a.CreditCode},
		field{ra.Text{ZH: "办理业务", EN: "Service"}, joined(serviceOf(o.Kind).name.ZH, reasons[o.Reason].ZH)})
	s.replaced(o)
	s.encrypted(o)
	s.section(ra.Text{ZH: "告知内容（第 " + strconv.Itoa(text.Version) + " 版）", EN: "What you are told, version " + strconv.Itoa(text.Version)})
	s.paragraphs(text.Body.ZH)
	s.declaration(ra.Text{
		ZH: "本单位声明：已逐条阅读并理解以上告知内容，知悉用原证书加密的文件须自行处理，自愿办理上述业务，由此产生的风险由本单位承担。",
		EN: "We declare that we have read and understood all of the above, know that files encrypted for the old certificate are ours to take care of, and ask for the service at our own risk."})
}

func noticeVersion(p ra.Project, o ra.Order) int {
	n, _ := p.NoticeFor(o.Kind, o.Reason)
	return n.Version
}

// noticeData is what notice prints of an order. The order itself is none of it: the same words to the same organisation about the same
// certificates count whichever order they were printed for.
func noticeData(p ra.Project, o ra.Order) []any {
	a := o.Before().Organisation
	n, _ := p.NoticeFor(o.Kind, o.Reason)
	return []any{p.ID, n, a.Name, a.CreditCode, targets(o), o.Files}
}

// replaced are the certificates that give way to others, and how.
func (s *sheet) replaced(o ra.Order) {
	s.section(ra.Text{ZH: "所涉证书", EN: "Certificates concerned"})
	rule, _ := ra.RuleOf(o.Kind, o.Reason)
	columns := []column{
		{head: ra.Text{ZH: "UKey 序列号", EN: "Key serial number"}, width: 36},
		{head: ra.Text{ZH: "证书序列号", EN: "Certificate serial number"}, width: 66, small: true},
		{head: ra.Text{ZH: "现有效期至", EN: "Ends on"}, width: 26},
		{head: ra.Text{ZH: "原证书的处理", EN: "What becomes of it"}, width: 50, small: true},
	}
	s.heads(columns)
	for _, t := range targets(o) {
		s.cells(lastLine, columns, t.Key.Serial, spaced(t.SerialNumber), day(t.NotAfter), OldCertificate(rule).ZH)
	}
}

// OldCertificate tells what becomes of the certificate that an order of that row replaces.
func OldCertificate(rule ra.ServiceRule) ra.Text {
	when := ra.Text{ZH: "新证书通过验证后", EN: "once the new one is proven"}
	if rule.Old.AtApproval {
		when = ra.Text{ZH: "审核通过时", EN: "when the order is approved"}
	}
	switch rule.Old.Becomes {
	case "":
		return ra.Text{ZH: "保持不变", EN: "Stays as it is"}
	case ra.CertificateRevoked:
		return ra.Text{ZH: when.ZH + "吊销，不能恢复", EN: "Revoked for good " + when.EN}
	}
	return ra.Text{ZH: when.ZH + "停止使用", EN: "No longer used " + when.EN}
}

// paragraphs writes a text below what stands, on as many pages as it takes.
func (s *sheet) paragraphs(text string) {
	s.y += 2.4
	for _, paragraph := range strings.Split(text, "\n") {
		if strings.TrimSpace(paragraph) == "" {
			s.y += 1.2
			continue
		}
		_, height := s.lay(proseStyle, inner-2, paragraph)
		s.room(height, lastLine)
		s.y += s.text(margin+1, s.y, inner-2, proseStyle, paragraph)
	}
}

var proseStyle = style{size: 9.5, tone: ink}
