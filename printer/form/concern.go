package form

import (
	"slices"
	"strconv"

	"keyhall/backoffice/ra"
)

// What an order is about, as it stands on its papers: why, which certificates, and what of the data changes.

// reasons are the reasons of orders as papers name them.
var reasons = map[ra.ServiceReason]ra.Text{
	ra.ReasonLegal:   {ZH: "变更法定代表人", EN: "Legal representative"},
	ra.ReasonName:    {ZH: "变更单位名称或代码", EN: "Organisation's name or number"},
	ra.ReasonData:    {ZH: "变更经办人及联系信息", EN: "Handler's data"},
	ra.ReasonLost:    {ZH: "UKey 遗失，补办新 UKey", EN: "The key is lost"},
	ra.ReasonDamaged: {ZH: "UKey 损坏，补办新 UKey", EN: "The key is damaged"},
}

// files are the answers about files that are still encrypted.
var files = map[ra.FilesAnswer]string{
	ra.FilesNone: "没有尚未解密的文件，或已另存",
	ra.FilesSome: "仍有用原证书加密、尚未解密的文件",
}

// targets are the certificates that an order is on, in the order of its units.
func targets(o ra.Order) (all []ra.UnitTarget) {
	for _, u := range o.Units {
		if u.Target != nil {
			all = append(all, *u.Target)
		}
	}
	return all
}

// matter is why an order is placed, for the kinds that have several reasons.
func (s *sheet) matter(o ra.Order) {
	if o.Reason == ra.ReasonNone {
		return
	}
	s.y += 1.4
	s.line(margin, s.y, margin+inner, s.y, 0.25, ink)
	s.row(lastLine, field{ra.Text{ZH: "办理原因", EN: "Reason"}, reasons[o.Reason].ZH})
}

// encrypted is what was said of files that are encrypted.
func (s *sheet) encrypted(o ra.Order) {
	if o.Files != ra.FilesUnasked {
		s.row(lastLine, field{ra.Text{ZH: "加密文件", EN: "Encrypted files"}, files[o.Files]})
	}
}

// changes is what an order brings anew, the old data beside it.
func (s *sheet) changes(o ra.Order) {
	if len(o.Changes) == 0 || o.Former == nil {
		return
	}
	s.section(ra.Text{ZH: "变更内容", EN: "What changes"})
	columns := []column{
		{head: ra.Text{ZH: "变更项目", EN: "Data"}, width: 38},
		{head: ra.Text{ZH: "变更前（旧）", EN: "Before"}, width: 70},
		{head: ra.Text{ZH: "变更后（新）", EN: "After"}, width: 70},
	}
	s.heads(columns)
	for _, c := range o.Former.Compare(o.Applicant) {
		if slices.Contains(o.Changes, c.ID) {
			s.cells(lastLine, columns, c.Name.ZH, c.Old, c.New)
		}
	}
}

// certificates are those that an order is on, with what becomes of their ends.
func (s *sheet) certificates(o ra.Order) {
	if len(targets(o)) == 0 {
		return
	}
	s.section(ra.Text{ZH: "所涉证书", EN: "Certificates concerned"})
	rule, _ := ra.RuleOf(o.Kind, o.Reason)
	columns := []column{
		{head: ra.Text{ZH: "序号", EN: "No."}, width: 12},
		{head: ra.Text{ZH: "UKey 序列号", EN: "Key serial number"}, width: 36},
		{head: ra.Text{ZH: "证书序列号", EN: "Certificate serial number"}, width: 66, small: true},
		{head: ra.Text{ZH: "现有效期至", EN: "Ends on"}, width: 26},
		{head: ra.Text{ZH: "办理后有效期至", EN: "Will end on"}, width: 38, small: true},
	}
	s.heads(columns)
	for _, u := range o.Units {
		if t := u.Target; t != nil {
			s.cells(lastLine, columns, strconv.Itoa(u.Index), t.Key.Serial, spaced(t.SerialNumber), day(t.NotAfter), newEnd(rule, o, u))
		}
	}
	s.encrypted(o)
}

// newEnd is when a unit's certificate will end, as it is known when the order is placed.
func newEnd(rule ra.ServiceRule, o ra.Order, u ra.Unit) string {
	switch {
	case rule.Terms == ra.TermsMade:
		return "另续 " + term(u.TermMonths) + "，延期时计入"
	case rule.Terms == ra.TermsUsed && u.Target.NotAfter.Before(o.CreatedAt):
		return "自办理之日起 " + term(u.TermMonths)
	case rule.Terms == ra.TermsUsed:
		return day(ra.ExtendedEnd(u.Target.NotAfter, o.CreatedAt, u.TermMonths)) + "（延长 " + term(u.TermMonths) + "）"
	}
	return "不变"
}
