package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// summary shows everything before the order is placed.
type summary struct {
	sheet
	Body       *gtk.Box   `ui:"body"`
	Left       *gtk.Box   `ui:"left"`
	Right      *gtk.Box   `ui:"right"`
	Total      *gtk.Label `ui:"total"`
	TotalLabel *gtk.Label `ui:"total_label"`
	left       *widget.Rows[*section]
	right      *widget.Rows[*section]
}

type section struct {
	*gtk.Box
	title *gtk.Label
	edit  *widget.Button
	facts *facts
}

func newSummary(k *kit) view {
	s := &summary{}
	bind("summary", s)
	s.dress(k)
	build := func() *section { return newSection(k) }
	s.left, s.right = widget.NewRows(s.Left, build), widget.NewRows(s.Right, build)
	return s
}

func newSection(k *kit) *section {
	s := &section{Box: widget.VBox(12), title: widget.NewLabel("h2"), edit: widget.NewButton("small", "edit"), facts: newFacts(k)}
	widget.AddClass(s.Box, "surface", "section")
	head := widget.HBox(16)
	head.SetSizeRequest(-1, 64)
	head.PackStart(s.title, true, true, 0)
	head.PackStart(s.edit, false, false, 0)
	s.PackStart(head, false, false, 0)
	s.PackStart(s.facts, false, false, 0)
	return widget.ShowAll(s)
}

func (s *summary) show(page workflow.Page) bar {
	m := page.(workflow.SummaryPage)
	k := s.kit
	s.head(k.t("summary.title"), k.t("summary.about"), m.Fault)
	k.beside(s.Body)
	left, right := balanced(m.Sections)
	s.left.Sync(len(left), func(i int, row *section) { row.show(k, left[i]) })
	s.right.Sync(len(right), func(i int, row *section) { row.show(k, right[i]) })
	widget.SetText(s.TotalLabel, k.t("summary.total"))
	widget.SetText(s.Total, k.words.money(m.TotalFen))
	return bar{main: k.forward("place", !m.Busy)}
}

// balanced splits the sections, in their order, into two columns of about the same height.
func balanced(all []workflow.Section) (left, right []workflow.Section) {
	height := func(s workflow.Section) int { return 3 + len(s.Rows) }
	total := 0
	for _, s := range all {
		total += height(s)
	}
	sum := 0
	for i, s := range all {
		if sum+height(s)/2 >= total/2 && i > 0 {
			return all[:i], all[i:]
		}
		sum += height(s)
	}
	return all, nil
}

func (s *section) show(k *kit, m workflow.Section) {
	title := k.t("section." + m.ID)
	widget.SetText(s.title, title)
	s.facts.show(m.Rows)
	s.edit.SetVisible(m.Edit)
	s.edit.Word(k.t("action.edit"), true, func() { k.do(workflow.Edit{Section: m.ID}) })
	s.edit.Name(k.t("action.edit") + " " + title)
}

func (pages) SummaryPage() row { return row{newSummary, summaryScenes} }

func summaryScenes() []scene {
	return []scene{
		{name: "summary", frame: galleryFrame(3), page: gallerySummary()},
		{name: "summary-change", frame: galleryFrame(3), page: changeSummary()},
		{name: "summary-kept", frame: cutOff(3), page: keptSummary()},
	}
}

func keptSummary() workflow.SummaryPage {
	s := gallerySummary()
	s.Fault = kept("order")
	for i := range s.Sections {
		s.Sections[i].Edit = false
	}
	return s
}

func gallerySummary() workflow.SummaryPage {
	return workflow.SummaryPage{TotalFen: 88000, Sections: []workflow.Section{
		{ID: "applicant", Rows: []workflow.Row{{ID: "organisation.name", Value: "杭州示例科技有限公司"}, {ID: "organisation.credit_code", Value: "91330106MA2B1X2C3D"},
			{ID: "legal.name", Value: "张三"}, {ID: "handler.name", Value: "李四"}, {ID: "handler.mobile", Value: "138****1234"}}},
		{ID: "services", Edit: true, Rows: []workflow.Row{
			{ID: "line", Text: ra.Text{ZH: "单位证书（一年）", EN: "Organisation certificate, 1 year"}, Args: map[string]string{"quantity": "2"}},
			{ID: "line", Text: ra.Text{ZH: "单位证书（三年）", EN: "Organisation certificate, 3 years"}, Args: map[string]string{"quantity": "1"}}}},
		{ID: "invoice", Edit: true, Rows: []workflow.Row{{ID: "invoice.kind", Key: "choice.special"}, {ID: "invoice.title", Value: "杭州示例科技有限公司"},
			{ID: "invoice.tax_number", Value: "91330106MA2B1X2C3D"}, {ID: "invoice.address", Value: "浙江省杭州市西湖区文三路 478 号华星时代广场 A 座 1203 室"},
			{ID: "invoice.bank", Value: "中国工商银行杭州西湖支行"}, {ID: "invoice.account", Value: "1202020309900012345"}}},
		{ID: "delivery", Edit: true, Rows: []workflow.Row{{ID: "delivery.kind", Key: "choice.counter"}}},
	}}
}

func changeSummary() workflow.SummaryPage {
	was := func(value string) *workflow.Row { return &workflow.Row{Value: value} }
	return workflow.SummaryPage{TotalFen: 12000, Sections: []workflow.Section{
		{ID: "changes", Edit: true, Rows: []workflow.Row{{ID: "organisation.name", Value: "杭州样例智能科技有限公司", Was: was("杭州示例科技有限公司")},
			{ID: "organisation.credit_code", Value: "91330106MA2B1X2C4B", Was: was("91330106MA2B1X2C3D")}}},
		{ID: "targets", Rows: []workflow.Row{{ID: "target", Key: "target.line", Args: map[string]string{"serial": galleryKey().Serial, "until": "2027-01-09"}},
			{ID: "target", Key: "target.line", Args: map[string]string{"serial": "2104 0091 80A1", "until": "2026-12-30"}}}},
		{ID: "services", Rows: []workflow.Row{{ID: "line", Text: ra.Text{ZH: "单位名称或代码变更", EN: "Change of the organisation's name or number"}, Args: map[string]string{"quantity": "2"}}}},
		{ID: "invoice", Edit: true, Rows: []workflow.Row{{ID: "invoice.kind", Key: "choice.ordinary"}, {ID: "invoice.title", Value: "杭州示例科技有限公司"}}},
	}}
}
