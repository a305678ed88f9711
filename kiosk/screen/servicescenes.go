package screen

import (
	"keyhall/backoffice/ra"
	"keyhall/kiosk/workflow"
)

// serviceScenes are the forms of the services on existing keys.
func serviceScenes() []scene {
	name := workflow.FormPage{ID: workflow.FormNewOrganisation, Primary: "next", Most: 5, Fields: []workflow.Field{
		{ID: "organisation.credit_code", Kind: workflow.FieldCredit, Value: "91330106MA2B1X2C3D", Was: "91330106MA2B1X2C3D", Good: true},
		{ID: "organisation.credit_code_again", Kind: workflow.FieldCredit, Value: "91330106MA2B1X2C3D", Was: "91330106MA2B1X2C3D", Good: true},
		{ID: "organisation.name", Kind: workflow.FieldChinese, Value: "杭州样例智能科技有限公司", Was: "杭州示例科技有限公司", Good: true},
		{ID: "organisation.address", Kind: workflow.FieldChinese, Value: "浙江省杭州市西湖区文三路 478 号", Was: "浙江省杭州市西湖区文三路 478 号", Optional: true},
	}}
	same := name
	same.Fault = &workflow.Fault{Code: ra.CodeNothingChanged}
	handler := workflow.FormPage{ID: workflow.FormNewHandler, Primary: "next", Most: 5, Fields: []workflow.Field{
		{ID: "handler.name", Kind: workflow.FieldName, Value: "王芳", Was: "李四", Good: true},
		{ID: "handler.document", Kind: workflow.FieldChoice, Value: "resident", Choices: []string{"resident", "passport"}, Was: "resident"},
		{ID: "handler.id_number", Kind: workflow.FieldIDNumber, Was: "330106199003071234"},
		{ID: "handler.mobile", Kind: workflow.FieldPhone, Value: "13900001234", Was: "13800001234", Good: true},
		{ID: "handler.email", Kind: workflow.FieldLatin, Optional: true, Was: "lisi@example.org"},
	}}
	files := workflow.FormPage{ID: workflow.FormWarning + "_extend", Primary: "no_files", Secondary: []workflow.Named{workflow.HaveFiles{}}, Ready: true,
		Facts: []workflow.Row{{ID: "target", Key: "target.line", Args: map[string]string{"serial": "2104 0091 77F3", "until": "2027-01-09"}},
			{ID: "risk_then", Text: ra.Text{ZH: "新证书通过验证后停止使用", EN: "No longer used once the new one is proven"}}}}
	some := workflow.FormPage{ID: workflow.FormFiles, Primary: "files_go_on", Ready: true, Facts: []workflow.Row{{ID: "phone", Value: "0571-88880000"},
		{ID: "hours", Text: galleryProjects()[0].Contact.Hours}, {ID: "chat", Value: galleryProjects()[0].Contact.Chat}}}
	consent := workflow.FormPage{ID: workflow.FormConsent, Primary: "start", Fields: []workflow.Field{{ID: "held_pin", Kind: workflow.FieldPIN}},
		Facts: []workflow.Row{{ID: "number", Value: "XH03-000131-6"}, {ID: "serial", Value: galleryKey().Serial}, {ID: "certificate_number", Value: "3f8a21c09d17e44b3f8a21c09d17e44b"},
			{ID: "old_end", Value: "2027-01-09"}, {ID: "new_end", Value: "2028-01-09"}, {ID: "stays", Key: "stays.readable"}, {ID: "on_key", Key: "on_key.same"},
			{ID: "pin_left", Key: "pin_state.left", Args: map[string]string{"left": "5"}}}}
	return []scene{
		{name: "form-change-name", frame: galleryFrame(1), page: name},
		{name: "form-change-same", frame: galleryFrame(1), page: same},
		{name: "form-change-handler", frame: galleryFrame(1), page: handler},
		{name: "form-files", frame: galleryFrame(1), page: files},
		{name: "form-files-some", frame: galleryFrame(1), page: some},
		{name: "form-consent", frame: galleryFrame(8), page: consent},
	}
}
