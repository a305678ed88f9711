package screen

import (
	"keyhall/backoffice/ra"
	"keyhall/kiosk/workflow"
)

// pinScenes are the forms for the PIN of a key that somebody has.
func pinScenes() []scene {
	f := galleryFrame(-1)
	f.Title = f.Hall
	left := workflow.Row{ID: "pin_left", Key: "pin_state.left", Args: map[string]string{"left": "2"}}
	change, last := changePINForm("pin_state.ok"), changePINForm("pin_state.final")
	wrong := changePINForm("pin_state.low")
	wrong.Facts[1], wrong.Fields[0].Problem = left, &workflow.Fault{Code: ra.CodePINWrong, Args: map[string]string{"left": "2"}}
	trivial := changePINForm("pin_state.ok")
	trivial.Fields[1].Problem = &workflow.Fault{Code: ra.CodePINSerial}
	last.Ready, last.Fault, last.Secondary = true, &workflow.Fault{Code: ra.CodePINLast}, []workflow.Named{workflow.TryLast{}}
	pulled := changePINForm("pin_state.ok")
	pulled.Fault = &workflow.Fault{Code: ra.CodePINUnsure}
	ask := keyForm("ask_pin", "start", "")
	ask.Fields[0].ID, ask.Facts = "held_pin", append(ask.Facts, workflow.Row{ID: "pin_left", Key: "pin_state.ok"})
	pad := workflow.FormPage{ID: "change_pin_pad", Primary: "change_pin", Ready: true, Facts: change.Facts}
	choose, chosen := faultyKeyForm(ra.CodeKeyChoose), keyForm("key_login", "login", "hint.key_pin")
	choose.Facts, choose.Keys, chosen.Keys = nil, galleryChoice(-1), galleryChoice(0)
	padLogin := workflow.FormPage{ID: "key_login", Primary: "login", Ready: true, Facts: []workflow.Row{{ID: "serial", Value: galleryKey().Serial},
		{ID: "pin_left", Key: "pin_state.ok"}, {ID: "key_pin", Key: "hint.key_pin_pad"}}}
	return []scene{
		{name: "form-change-pin", frame: f, page: change},
		{name: "form-change-pin-wrong", frame: f, page: wrong},
		{name: "form-change-pin-serial", frame: f, page: trivial},
		{name: "form-change-pin-typing", frame: f, page: change, then: typeInto("pin", "2", "4", "6")},
		{name: "form-change-pin-last", frame: f, page: last},
		{name: "form-change-pin-pulled", frame: f, page: pulled},
		{name: "form-change-pin-pad", frame: f, page: pad},
		{name: "form-ask-pin", frame: f, page: ask},
		{name: "form-lost", frame: memberFrame(), page: lostForm("lost", "understood")},
		{name: "form-lost-sure", frame: memberFrame(), page: lostForm("lost_sure", "report_lost")},
		{name: "form-found", frame: memberFrame(), page: keyForm("found", "restore_lost", "hint.key_pin")},
		{name: "form-found-wrong", frame: memberFrame(), page: otherKeyForm()},
		{name: "form-key-pad", frame: galleryFrame(0), page: padLogin},
		{name: "form-key-choose", frame: galleryFrame(0), page: choose},
		{name: "form-key-chosen", frame: galleryFrame(0), page: chosen},
	}
}

func changePINForm(left string) workflow.FormPage {
	return workflow.FormPage{ID: "change_pin", Primary: "change_pin", Most: 3,
		Facts: []workflow.Row{{ID: "serial", Value: galleryKey().Serial}, {ID: "pin_left", Key: left}},
		Fields: []workflow.Field{
			{ID: "held_pin", Kind: workflow.FieldPIN, MaxLen: 64},
			{ID: "pin", Kind: workflow.FieldPIN, Hint: "hint.pin", Args: map[string]string{"min": "6", "max": "16"}},
			{ID: "pin_again", Kind: workflow.FieldPIN, Hint: "hint.again"}}}
}

// lostForm says what it means to report a key lost, and asks once more.
func lostForm(id, primary string) workflow.FormPage {
	return workflow.FormPage{ID: id, Primary: primary, Ready: true, Facts: []workflow.Row{
		{ID: "organisation.name", Value: "杭州示例科技有限公司"}, {ID: "model", Text: galleryModel}, {ID: "serial", Value: galleryKey().Serial},
		{ID: "certificate_number", Value: "5A31 0C44 9E02 77B1"}}}
}

// otherKeyForm has another key plugged in than the one that is to be restored.
func otherKeyForm() workflow.FormPage {
	p := keyForm("found", "restore_lost", "hint.key_pin")
	p.Fault = &workflow.Fault{Code: ra.CodeKeyWrong, Args: map[string]string{"expected": galleryKey().Serial, "found": "2104 0091 80A1"}}
	return p
}
