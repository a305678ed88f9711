package screen

import (
	"slices"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/workflow"
)

var (
	galleryHall    = ra.Text{ZH: "数字证书服务大厅", EN: "Digital certificate service hall"}
	galleryProject = ra.Text{ZH: "示例电子印章中心", EN: "Example E-Seal Centre"}
)

// trail is the step bar of a new certificate.
func galleryTrail() []string {
	return []string{"step.login", "step.services", "step.invoice", "step.confirm", "step.print", "step.scan", "step.pay", "step.review",
		"step.make"}
}

func galleryFrame(current int) workflow.Frame {
	f := workflow.Frame{Serial: 1, Title: galleryProject, Hall: galleryHall, Window: ra.Text{ZH: "西湖窗口 03", EN: "West Lake window 03"},
		Back: true, Home: true, OfficeUp: true, Deadline: galleryNow().Add(4*time.Minute + 20*time.Second)}
	if current >= 0 {
		f.Trail, f.Current = galleryTrail(), current
	}
	if current > 0 {
		f.Customer = "138****1234"
	}
	return f
}

// scenes lists the pictures: every page, its faults, long names, the keyboard.
func scenes() []scene {
	return slices.Concat(homeScenes(), formScenes(), orderScenes(), paperScenes(), waitScenes(), makeScenes(), middleScenes())
}

func homeScenes() []scene {
	f := galleryFrame(-1)
	f.Back, f.Home, f.Deadline = false, false, time.Time{}
	f.Title = f.Hall
	page := workflow.HomePage{}
	for i, k := range ra.Kinds() {
		page.Services = append(page.Services, workflow.ServiceTile{Kind: k, Built: i == 0})
	}
	cut := page
	cut.Unfinished = true
	cut.Fault = &workflow.Fault{Code: ra.CodeOfficeAway}
	away := f
	away.OfficeUp = false
	away.Title = ra.Text{ZH: "长三角生态绿色一体化发展示范区公共资源交易电子印章与数字证书联合服务中心", EN: "Joint Service Centre for Electronic Seals and Digital Certificates of the Demonstration Zone"}
	blocked := page
	blocked.Fault = &workflow.Fault{Code: ra.CodeKioskBlocked}
	return []scene{{name: "home", frame: f, page: page}, {name: "home-blocked", frame: f, page: blocked}, {name: "home-unfinished", frame: away, page: cut}}
}

func formScenes() []scene {
	organisation := workflow.FormPage{ID: "organisation", Primary: "next", Fields: []workflow.Field{
		{ID: "organisation.name", Kind: workflow.FieldChinese, Value: "杭州示例科技有限公司", Good: true},
		{ID: "organisation.credit_code", Kind: workflow.FieldUpper, Value: "91330106MA2B1X2C3D", MaxLen: 18, Problem: &workflow.Fault{Code: ra.CodeCreditCodeCheck}},
		{ID: "legal.name", Kind: workflow.FieldChinese, Value: "张"},
	}}
	login := workflow.FormPage{ID: "login", Primary: "login", Secondary: []workflow.Named{workflow.Register{}}, Fields: []workflow.Field{
		{ID: "login", Kind: workflow.FieldLatin, Value: "13800001234"},
		{ID: "password", Kind: workflow.FieldPassword},
	}, Fault: &workflow.Fault{Code: ra.CodeLoginWrong, Args: map[string]string{"left": "3"}}}
	pin := workflow.FormPage{ID: "pin", Primary: "next", Fields: []workflow.Field{
		{ID: "pin", Kind: workflow.FieldPIN, Hint: "hint.pin", Args: map[string]string{"min": "6", "max": "16"}},
		{ID: "pin_again", Kind: workflow.FieldPIN, Problem: &workflow.Fault{Code: ra.CodeMismatch}},
	}, Facts: []workflow.Row{{ID: "model", Value: "飞天 ePass2003"}, {ID: "serial", Value: "2104 0091 77F3"}, {ID: "order", Value: "XH03-000127-8"},
		{ID: "organisation", Value: "杭州示例科技有限公司"}}}
	return []scene{
		{name: "form-login", frame: galleryFrame(0), page: login},
		{name: "form-organisation", frame: galleryFrame(2), page: organisation},
		{name: "form-pinyin", frame: galleryFrame(2), page: organisation, then: typeInto("legal.name", "s", "h", "u")},
		{name: "form-latin", frame: galleryFrame(0), page: login, then: typeInto("login")},
		{name: "form-upper", frame: galleryFrame(2), page: organisation, then: typeInto("organisation.credit_code")},
		{name: "form-invoice", frame: galleryFrame(2), page: invoiceForm()},
		{name: "form-invoice-typing", frame: galleryFrame(2), page: invoiceForm(), then: typeInto("invoice.account")},
		{name: "form-pin", frame: galleryFrame(8), page: pin},
		{name: "form-pin-typing", frame: galleryFrame(8), page: pin, then: typeInto("pin_again", "2", "4", "6")},
	}
}

func invoiceForm() workflow.FormPage {
	return workflow.FormPage{ID: "invoice", Primary: "next", Ready: true, Fields: []workflow.Field{
		{ID: "invoice.kind", Kind: workflow.FieldChoice, Value: "special", Choices: []string{"ordinary", "special"}},
		{ID: "invoice.title", Kind: workflow.FieldChinese, Value: "杭州示例科技有限公司", Good: true},
		{ID: "invoice.tax_number", Kind: workflow.FieldUpper, Value: "91330106MA2B1X2C3D", Hint: "hint.tax_number"},
		{ID: "invoice.address", Kind: workflow.FieldChinese, Value: "浙江省杭州市西湖区文三路 478 号华星时代广场 A 座 1203 室"},
		{ID: "invoice.phone", Kind: workflow.FieldDigits, Problem: &workflow.Fault{Code: ra.CodeMobile}},
		{ID: "invoice.bank", Kind: workflow.FieldChinese},
		{ID: "invoice.account", Kind: workflow.FieldDigits, Problem: &workflow.Fault{Code: ra.CodeRequired}},
		{ID: "delivery.kind", Kind: workflow.FieldChoice, Value: "counter", Choices: []string{"counter", "courier_prepaid", "courier_collect"}},
		{ID: "handler.email", Kind: workflow.FieldLatin, Optional: true, Hint: "hint.email"},
	}}
}

// typeInto gives a field the focus and presses keys of the screen's keyboard.
func typeInto(id string, keys ...string) func(*Window) {
	return func(w *Window) {
		f, ok := w.current.(*form)
		if !ok {
			return
		}
		entry := f.fields[id].entry
		entry.GrabFocusWithoutSelecting()
		entry.SetPosition(-1)
		for _, k := range keys {
			w.kit.keyboard.press(k)
		}
	}
}
