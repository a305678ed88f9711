package screen

import (
	"time"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/workflow"
)

var galleryModel = ra.Text{ZH: "飞天 ePass2003", EN: "Feitian ePass2003"}

func galleryProjects() []ra.Project {
	first := ra.Project{ID: "seal", Name: galleryProject, MaxUnits: 20, Bank: ra.BankAccount{Holder: "示例电子印章中心有限公司",
		Bank: "中国工商银行杭州西湖支行", Number: "1202020309900012345"},
		Contact: ra.Contact{Hours: ra.Text{ZH: "工作日 9:00–17:00", EN: "Working days 9:00–17:00"}, Web: "www.example-seal.cn",
			Phone: "0571-88880000", Chat: "微信公众号：示例印章", Address: ra.Text{ZH: "杭州市西湖区文三路 478 号", EN: "478 Wensan Road, Hangzhou"}},
		Services: []ra.Service{
			{ID: "a", Name: ra.Text{ZH: "单位证书（一年）", EN: "Organisation certificate, 1 year"}, About: ra.Text{ZH: "用于电子签章、登录和加密", EN: "For seals, log-in and encryption"}, PriceFen: 20000, TermMonths: 12},
			{ID: "b", Name: ra.Text{ZH: "单位证书（三年）", EN: "Organisation certificate, 3 years"}, About: ra.Text{ZH: "用于电子签章、登录和加密，三年内免续费", EN: "The same, with three years paid at once"}, PriceFen: 48000, TermMonths: 36},
			{ID: "c", Name: ra.Text{ZH: "法定代表人证书（一年）", EN: "Legal representative's certificate, 1 year"}, PriceFen: 128000, TermMonths: 12},
		},
		Agreements: []ra.Agreement{
			{ID: "1", Version: 3, Title: ra.Text{ZH: "电子认证服务协议", EN: "Certification service agreement"}, Body: galleryBody()},
			{ID: "2", Version: 1, Title: ra.Text{ZH: "个人信息处理规则", EN: "How personal data is handled"}, Body: galleryBody()},
			{ID: "3", Version: 2, Title: ra.Text{ZH: "UKey 使用责任书", EN: "Responsibilities in using a UKey"}, Body: galleryBody()},
		}}
	second := first
	second.ID, second.Name = "trade", ra.Text{ZH: "长三角生态绿色一体化发展示范区公共资源交易中心", EN: "Public Resource Trading Centre of the Yangtze River Delta Demonstration Zone"}
	return []ra.Project{first, second, {ID: "third", Name: ra.Text{ZH: "示例产权交易所", EN: "Example Equity Exchange"}}}
}

func galleryBody() ra.Text {
	zh := "第一条　订户应当提供真实、完整、准确的材料，并对材料的真实性负责。\n\n第二条　证书私钥在 UKey 内生成，任何人（包括本中心）都无法读出。订户应当妥善保管 UKey 与密码，不得转借他人。\n\n"
	en := "1. The subscriber provides true, complete and accurate papers and answers for them.\n\n2. The private key is made inside the UKey and nobody, this centre included, can read it. The subscriber keeps UKey and PIN safe and lends them to nobody.\n\n"
	more := ra.Text{}
	for range 5 {
		more.ZH += zh
		more.EN += en
	}
	return more
}

func galleryOrder(state, next string) workflow.OrderCard {
	return workflow.OrderCard{ID: state, Number: "XH03-000127-8", Kind: ra.KindNew, State: state, Next: next, Done: 1, Of: 3,
		AmountFen: 60000, CreatedAt: galleryNow().Add(-40 * time.Minute)}
}

func orderScenes() []scene {
	projects := galleryProjects()
	p := projects[0]
	plain := galleryFrame(-1)
	plain.Customer = "138****1234"
	var items []workflow.AgreementItem
	for i, a := range p.Agreements {
		items = append(items, workflow.AgreementItem{Agreement: a, Opened: i < 2, Agreed: i == 0})
	}
	services := workflow.ServicesPage{MaxUnits: 20, TotalFen: 88000, Ready: true}
	for i, s := range p.Services {
		services.Items = append(services.Items, workflow.ServiceItem{Service: s, Quantity: []int{2, 1, 0}[i]})
	}
	tooMany := services
	tooMany.Fault = &workflow.Fault{Code: ra.CodeQuantity, Args: map[string]string{"max": "20"}}
	var cards []workflow.OrderCard
	for _, s := range [][2]string{{"making", "make"}, {"sent_back", "materials"}, {"under_review", "wait"}, {"unpaid", "pay"}, {"done", "none"}} {
		cards = append(cards, galleryOrder(s[0], s[1]))
	}
	return []scene{
		{name: "projects", frame: galleryFrame(-1), page: workflow.ProjectsPage{Projects: projects}},
		{name: "projects-none", frame: galleryFrame(-1), page: workflow.ProjectsPage{Query: "上海"}},
		{name: "agreements", frame: galleryFrame(0), page: workflow.AgreementsPage{Items: items}},
		{name: "agreement", frame: galleryFrame(0), page: workflow.AgreementPage{Agreement: p.Agreements[0]}},
		{name: "services", frame: galleryFrame(1), page: services},
		{name: "services-fault", frame: galleryFrame(1), page: tooMany},
		{name: "summary", frame: galleryFrame(3), page: gallerySummary()},
		{name: "summary-kept", frame: cutOff(3), page: keptSummary()},
		{name: "form-check", frame: galleryFrame(0), page: checkForm()},
		{name: "members", frame: plain, page: workflow.MembersPage{Members: galleryMembers()}},
		{name: "members-none", frame: plain, page: workflow.MembersPage{}},
		{name: "form-password", frame: plain, page: passwordForm()},
		{name: "orders", frame: plain, page: workflow.OrdersPage{Orders: cards, Member: galleryMembers()[0]}},
		{name: "orders-none", frame: plain, page: workflow.OrdersPage{Member: galleryMembers()[2]}},
		{name: "info", frame: plain, page: workflow.InfoPage{Project: p}},
	}
}

// cutOff is a frame while the back office is out of reach.
func cutOff(current int) workflow.Frame {
	f := galleryFrame(current)
	f.OfficeUp = false
	return f
}

// kept is what a page tells whose customer confirmed what, which waits for the back office.
func kept(what string) *workflow.Fault { return &workflow.Fault{Code: ra.CodeOfficeAway, Kept: what} }

func keptSummary() workflow.SummaryPage {
	s := gallerySummary()
	s.Fault = kept("order")
	for i := range s.Sections {
		s.Sections[i].Edit = false
	}
	return s
}

func galleryMembers() []workflow.MemberCard {
	return []workflow.MemberCard{
		{ID: "1", Organisation: "杭州示例科技有限公司", Project: galleryProject, Confirmed: true, Current: true},
		{ID: "2", Organisation: "杭州示例科技有限公司", Project: ra.Text{ZH: "示例产权交易所", EN: "Example Equity Exchange"}, Confirmed: true},
		{ID: "3", Organisation: "长三角生态绿色一体化发展示范区样本建设工程咨询有限责任公司", Project: galleryProject},
	}
}

func passwordForm() workflow.FormPage {
	return workflow.FormPage{ID: "password", Primary: "change_password", Fields: []workflow.Field{
		{ID: "old", Kind: workflow.FieldPassword, Problem: &workflow.Fault{Code: ra.CodePasswordWrong, Args: map[string]string{"left": "4"}}},
		{ID: "new_password", Kind: workflow.FieldPassword, Hint: "hint.password"},
		{ID: "new_password_again", Kind: workflow.FieldPassword, Hint: "hint.again"}}}
}

func checkForm() workflow.FormPage {
	return workflow.FormPage{ID: "check", Primary: "register", Ready: true, Facts: []workflow.Row{
		{ID: "login", Value: "13800001234"}, {ID: "organisation.name", Value: "杭州示例科技有限公司"},
		{ID: "organisation.credit_code", Value: "91330106MA2B1X2C3D"}, {ID: "legal.name", Value: "张三"},
		{ID: "legal.id_number", Value: "330***********1233"}, {ID: "handler.name", Value: "李四"}, {ID: "handler.mobile", Value: "13800001234"}}}
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
