package screen

import (
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/workflow"
)

func formScenes() []scene {
	organisation := workflow.FormPage{ID: "organisation", Primary: "next", Fields: []workflow.Field{
		{ID: "organisation.name", Kind: workflow.FieldChinese, Value: "杭州示例科技有限公司", Good: true},
		{ID: "organisation.credit_code", Kind: workflow.FieldCredit, Value: "91330106MA2B1X2C3D", MaxLen: 18, Problem: &workflow.Fault{Code: ra.CodeCreditCodeCheck}},
		{ID: "legal.name", Kind: workflow.FieldChinese, Value: "张"},
	}}
	login := workflow.FormPage{ID: "login", Primary: "login", Secondary: []workflow.Named{workflow.LogInByKey{}, workflow.ForgotPassword{}, workflow.Register{}}, Fields: []workflow.Field{
		{ID: "login", Kind: workflow.FieldLatin, Value: "13800001234"},
		{ID: "password", Kind: workflow.FieldPassword},
	}, Fault: &workflow.Fault{Code: ra.CodeLoginWrong, Args: map[string]string{"left": "3"}}}
	pin := workflow.FormPage{ID: "pin", Primary: "start", Most: 2, Fields: []workflow.Field{
		{ID: "pin", Kind: workflow.FieldPIN, Hint: "hint.pin", Args: map[string]string{"min": "6", "max": "16"}},
		{ID: "pin_again", Kind: workflow.FieldPIN, Problem: &workflow.Fault{Code: ra.CodeMismatch}}}}
	proof := workflow.FormPage{ID: "proof", Primary: "next", Secondary: []workflow.Named{workflow.LogIn{}}, Fields: []workflow.Field{
		{ID: "auth_code", Kind: workflow.FieldDigits, Hint: "hint.auth_code", MaxLen: 12}}}
	code := workflow.FormPage{ID: "code", Primary: "next", Secondary: []workflow.Named{workflow.SendCode{}}, Fields: []workflow.Field{
		{ID: "auth_code", Kind: workflow.FieldDigits, Value: "12345678", MaxLen: 12,
			Problem: &workflow.Fault{Code: ra.CodeAuthCodeWrong, Args: map[string]string{"left": "4"}}}},
		Facts: []workflow.Row{{ID: "number", Value: "XH03-000127-8"}, {ID: "sent_to", Value: "138****1234"}}}
	bySlip := login
	bySlip.Secondary = []workflow.Named{workflow.LogInByKey{}, workflow.ForgotPassword{}, workflow.LogInByCode{}}
	paused := proof
	paused.Fields = []workflow.Field{{ID: "auth_code", Kind: workflow.FieldDigits, Value: "12345678", MaxLen: 12,
		Problem: &workflow.Fault{Code: ra.CodeAuthCodePaused, Args: map[string]string{"minutes": "15"}}}}
	return slices.Concat([]scene{
		{name: "form-legal", frame: galleryFrame(2), page: legalForm()},
		{name: "form-insisted", frame: galleryFrame(2), page: insistedForm()},
		{name: "form-login", frame: galleryFrame(0), page: login},
		{name: "form-login-slip", frame: galleryFrame(-1), page: bySlip},
		{name: "form-slip-code", frame: galleryFrame(-1), page: slipCodeForm()},
		{name: "form-takeover", frame: galleryFrame(8), page: takeOverForm()},
		{name: "form-organisation", frame: galleryFrame(2), page: organisation},
		{name: "form-pinyin", frame: galleryFrame(2), page: organisation, then: typeInto("legal.name", "s", "h", "u")},
		{name: "form-latin", frame: galleryFrame(0), page: login, then: typeInto("login")},
		{name: "form-credit", frame: galleryFrame(2), page: organisation, then: typeInto("organisation.credit_code")},
		{name: "form-invoice", frame: galleryFrame(2), page: invoiceForm()},
		{name: "form-invoice-ordinary", frame: galleryFrame(2), page: ordinaryForm()},
		{name: "form-invoice-typing", frame: galleryFrame(2), page: invoiceForm(), then: typeInto("invoice.account")},
		{name: "form-pin", frame: galleryFrame(8), page: pin},
		{name: "form-pin-typing", frame: galleryFrame(8), page: pin, then: typeInto("pin_again", "2", "4", "6")},
		{name: "form-check", frame: galleryFrame(0), page: checkForm()},
		{name: "form-password", frame: memberFrame(), page: passwordForm()},
		{name: "form-forgot", frame: galleryFrame(0), page: forgotForm()},
		{name: "form-recover", frame: galleryFrame(0), page: recoverForm()},
		{name: "form-recover-held", frame: galleryFrame(0), page: heldForm()},
		{name: "form-mobile", frame: galleryFrame(0), page: mobileForm()},
		{name: "form-key", frame: galleryFrame(0), page: keyForm("key_login", "login", "hint.key_pin")},
		{name: "form-key-last", frame: galleryFrame(0), page: lastKeyForm()},
		{name: "form-key-away", frame: galleryFrame(0), page: faultyKeyForm(ra.CodeKeyAway)},
		{name: "form-key-suspended", frame: galleryFrame(0), page: faultyKeyForm(ra.CodeKeySuspended)},
		{name: "form-key-write", frame: galleryFrame(8), page: keyForm("consent", "start", "")},
		{name: "form-key-confirm", frame: memberFrame(), page: keyForm("key_confirm", "confirm_key", "hint.key_pin_low")},
		{name: "form-staff", frame: galleryFrame(-1), page: workflow.FormPage{ID: workflow.FormStaff, Primary: "next", Secondary: []workflow.Named{workflow.LogInStaff{}},
			Fields: []workflow.Field{{ID: "staff_pin", Kind: workflow.FieldPIN, MaxLen: 32}}}},
		{name: "form-staff-key", frame: galleryFrame(-1), page: staffForm(true, ra.CodeStaffKeyOther)},
		{name: "form-staff-keyless", frame: galleryFrame(-1), page: staffForm(false, ra.CodeStaffKeyNeeded)},
		{name: "form-code", frame: galleryFrame(8), page: code},
		{name: "proof", frame: galleryFrame(-1), page: proof},
		{name: "proof-paused", frame: galleryFrame(-1), page: paused},
	}, pinScenes(), serviceScenes())
}

// legalForm has a doubt about its last field.
func legalForm() workflow.FormPage {
	var documents []string
	for _, c := range ra.Documents() {
		documents = append(documents, c.Value)
	}
	return workflow.FormPage{ID: "legal", Primary: "next", Fields: []workflow.Field{
		{ID: "legal.name", Kind: workflow.FieldName, Value: "𠮷䶮", Good: true},
		{ID: "legal.document", Kind: workflow.FieldChoice, Value: "resident", Choices: documents},
		{ID: "legal.id_number", Kind: workflow.FieldIDNumber, Value: "110101202401010019", MaxLen: 18, Doubt: true,
			Problem: &workflow.Fault{Code: ra.CodeAge, Args: map[string]string{"age": "2"}}}}}
}

// insistedForm is the same once the person insists.
func insistedForm() workflow.FormPage {
	p := legalForm()
	number := &p.Fields[2]
	p.Ready, number.Problem, number.Doubt, number.Insisted = true, nil, false, true
	return p
}

// ordinaryForm is the invoice's while the special invoice's fields do not apply.
func ordinaryForm() workflow.FormPage {
	p := invoiceForm()
	p.Most, p.Fields = len(p.Fields), slices.Clone(p.Fields[:3])
	p.Fields[0].Value = "ordinary"
	return p
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

func passwordForm() workflow.FormPage {
	return workflow.FormPage{ID: "password", Primary: "change_password", Fields: []workflow.Field{
		{ID: "old", Kind: workflow.FieldPassword, Problem: &workflow.Fault{Code: ra.CodePasswordWrong, Args: map[string]string{"left": "4"}}},
		{ID: "new_password", Kind: workflow.FieldPassword, Hint: "hint.password"},
		{ID: "new_password_again", Kind: workflow.FieldPassword, Hint: "hint.again"}}}
}

func forgotForm() workflow.FormPage {
	return workflow.FormPage{ID: "forgot", Primary: "send_code", Ready: true, Secondary: []workflow.Named{workflow.HaveCode{}, workflow.NoMobile{}}, Fields: []workflow.Field{
		{ID: "login", Kind: workflow.FieldLatin, Value: "13800001234", Hint: "hint.login"}}}
}

// recoverForm is the password's with a code in place of the old one.
func recoverForm() workflow.FormPage {
	p := passwordForm()
	p.ID, p.Secondary, p.Facts = "recover", []workflow.Named{workflow.SendReset{}, workflow.NoMobile{}}, []workflow.Row{{ID: "login", Value: "13800001234"}}
	p.Fields[0] = workflow.Field{ID: "reset_code", Kind: workflow.FieldDigits, Value: "12345670",
		Problem: &workflow.Fault{Code: ra.CodeSMSCodeWrong, Args: map[string]string{"left": "4"}}}
	return p
}

// heldForm is for a code that was there before, empty yet.
func heldForm() workflow.FormPage {
	p := recoverForm()
	p.ID, p.Fields[0] = workflow.FormRecoverHeld, workflow.Field{ID: "reset_code", Kind: workflow.FieldDigits, Hint: "hint.auth_code"}
	return p
}

func mobileForm() workflow.FormPage {
	return workflow.FormPage{ID: "mobile", Primary: "next", Ready: true, Secondary: []workflow.Named{workflow.SendMobile{}},
		Facts: []workflow.Row{{ID: "handler.mobile", Value: "13800001234"}}, Fields: []workflow.Field{
			{ID: "mobile_code", Kind: workflow.FieldDigits, Value: "12345678", Hint: "hint.auth_code", MaxLen: 8}}}
}

// keyForm asks for the PIN of a key that logs in, or confirms.
func keyForm(id, primary, hint string) workflow.FormPage {
	p := workflow.FormPage{ID: id, Primary: primary, Facts: []workflow.Row{{ID: "serial", Value: galleryKey().Serial}},
		Fields: []workflow.Field{{ID: "key_pin", Kind: workflow.FieldPIN, Hint: hint, MaxLen: 32}}}
	if id == "consent" {
		p.Fields[0].ID, p.Facts = "held_pin", append([]workflow.Row{{ID: "number", Value: "XH03-000127-8"}}, p.Facts...)
	}
	if id == "key_confirm" {
		p.Facts = append([]workflow.Row{{ID: "organisation.name", Value: "杭州示例科技有限公司"}}, p.Facts...)
	}
	return p
}

// staffForm asks a member of staff who they are, with their key plugged in or without, after a try that was refused.
func staffForm(key bool, refused ra.Code) workflow.FormPage {
	p := workflow.FormPage{ID: workflow.FormStaffLogIn, Primary: "login", Most: 3, Fault: &workflow.Fault{Code: refused}, Fields: []workflow.Field{
		{ID: "staff_name", Kind: workflow.FieldLatin, Value: "wang@hall.example", MaxLen: 64}, {ID: "password", Kind: workflow.FieldPassword}}}
	if key {
		p.Facts = []workflow.Row{{ID: "serial", Value: galleryKey().Serial}}
		p.Fields = append(p.Fields, workflow.Field{ID: "key_pin", Kind: workflow.FieldPIN, Hint: "hint.key_pin_left", Args: map[string]string{"left": "3"}, MaxLen: 32})
	}
	return p
}

// lastKeyForm asks whether to make the last attempt at the PIN.
func lastKeyForm() workflow.FormPage {
	p := keyForm("key_login", "login", "hint.key_pin_final")
	p.Ready, p.Fault, p.Secondary = true, &workflow.Fault{Code: ra.CodePINLast}, []workflow.Named{workflow.TryLast{}}
	return p
}

func faultyKeyForm(code ra.Code) workflow.FormPage {
	p := keyForm("key_login", "login", "hint.key_pin")
	p.Fault = &workflow.Fault{Code: code}
	return p
}

func checkForm() workflow.FormPage {
	return workflow.FormPage{ID: "check", Primary: "create", Ready: true, Facts: []workflow.Row{
		{ID: "login", Value: "13800001234"}, {ID: "organisation.credit_code", Value: "91330106MA2B1X2C36"}, {ID: "organisation.name", Value: "杭州示例科技有限公司"},
		{ID: "organisation.address", Value: "浙江省杭州市西湖区文三路478号华星时代广场A座1203室"},
		{ID: "legal.name", Value: "张三"}, {ID: "legal.document", Key: "choice.resident"}, {ID: "legal.id_number", Value: "330106197501010019"},
		{ID: "handler.name", Value: "李四"}, {ID: "handler.document", Key: "choice.resident"}, {ID: "handler.id_number", Value: "33010619900307123X"},
		{ID: "handler.mobile", Value: "13800001234"}, {ID: "handler.email", Value: "lisi@example.com"}}}
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

func slipCodeForm() workflow.FormPage {
	return workflow.FormPage{ID: workflow.FormSlipCode, Primary: "login", Secondary: []workflow.Named{workflow.SendSlipCode{}, workflow.NoMobile{}},
		Facts:  []workflow.Row{{ID: "number", Value: "XH03-000127-8"}},
		Fields: []workflow.Field{{ID: "slip_code", Kind: workflow.FieldDigits, Hint: "hint.auth_code", MaxLen: 8}}}
}

func takeOverForm() workflow.FormPage {
	return workflow.FormPage{ID: workflow.FormTakeOver, Primary: "takeover", Secondary: []workflow.Named{workflow.TakeOverByCode{}},
		Facts:  []workflow.Row{{ID: "serial", Value: "2104 0091 80B7"}},
		Fields: []workflow.Field{{ID: "held_pin", Kind: workflow.FieldPIN, Problem: &workflow.Fault{Code: ra.CodePINWrong}}}}
}
