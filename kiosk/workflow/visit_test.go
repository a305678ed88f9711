package workflow

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/write/writetest"
)

// TestWholeVisit plays a customer from the first touch to the second proven key, with the mistakes people make.
func TestWholeVisit(t *testing.T) {
	t.Parallel()
	h := openHall(t, 2)
	see(h, func(p HomePage) bool { return len(p.Services) == 6 && p.Services[0].Offered && !p.Services[2].Offered })
	h.do(ChooseKind{ra.KindNew})
	see(h, func(p ProjectsPage) bool { return len(p.Projects) == 2 })
	h.do(Type{"query", "SEAL"})
	see(h, func(p ProjectsPage) bool { return len(p.Projects) == 1 })
	h.do(ChooseProject{"seal"})
	h.ready()
	registers(t, h)
	applies(t, h)
	handsIn(t, h)
	h.client.supervisor(t, func(o *ra.Order) { o.Materials, o.Payment = ra.MaterialsAccepted, ra.PaymentPaid })
	see(h, func(p WaitPage) bool { return p.Marks[len(p.Marks)-1].State == MarkRunning && !p.Make })
	h.client.supervisor(t, func(o *ra.Order) { o.State = ra.OrderApproved })
	see(h, func(p WaitPage) bool { return p.Make })
	h.do(Go{})
	makes(t, h)
	see(h, func(p HomePage) bool { return !p.Unfinished })
	if !h.fresh {
		t.Error("the next person was not told apart")
	}
	if h.client.Issued != 2 || h.client.Remaining() != 0 {
		t.Errorf("%d certificates, %d units left", h.client.Issued, h.client.Remaining())
	}
	h.end()
	if n := len(h.printer.printed); n != 3 || !strings.HasPrefix(h.printer.printed[0], "FORM XH03-000001-") {
		t.Errorf("printed %q, want the form and two slips", h.printer.printed)
	}
}

func registers(t *testing.T, h *hall) {
	t.Helper()
	see(h, func(p FormPage) bool { return p.ID == FormLogIn && slices.Contains(p.Secondary, Named(Register{})) })
	h.do(Register{})
	see(h, func(p FormPage) bool { return p.ID == FormAccount })
	h.do(Type{"login", "1380000"}, Leave{"login"})
	h.problem("login", ra.CodeLoginName)
	h.do(Type{"password", "short"}, Leave{"password"})
	h.problem("password", ra.CodePasswordWeak)
	h.do(Type{"password", "secret123"}, Type{"password_again", "secret124"})
	h.problem("password_again", ra.CodeMismatch)
	h.form(FormAccount, "login", "13800001234", "password_again", "secret123")
	see(h, func(p FormPage) bool { return p.ID == FormOrganisation })
	wrong := testCreditCode[:17] + string(testCreditCode[17]^1)
	h.do(Type{"organisation.credit_code", wrong})
	see(h, func(p FormPage) bool { return p.Fields[0].Problem != nil && !p.Fields[0].Good })
	h.form(FormOrganisation, "organisation.credit_code", testCreditCode, "organisation.credit_code_again", testCreditCode, "organisation.name", "杭州某某有限公司",
		"organisation.address", "杭州市西湖区文三路 478 号")
	h.form(FormLegal, "legal.name", "张三", "legal.id_number", testIDNumber)
	see(h, func(p FormPage) bool {
		return p.ID == FormHandler && p.Fields[3].Value == "13800001234" && p.Fields[3].Good
	})
	h.form(FormHandler, "handler.name", "李四", "handler.id_number", testIDNumber, "handler.email", "lisi@example.com")
	see(h, func(p AgreementsPage) bool { return len(p.Items) == 2 && !p.Ready })
	h.do(Agree{"terms", true})
	see(h, func(p AgreementsPage) bool { return isFault(p.Fault, ra.CodeAgreementUnread) })
	h.do(OpenAgreement{"terms"})
	see(h, func(p AgreementPage) bool { return p.Agreement.ID == "terms" })
	h.do(Go{})
	see(h, func(p AgreementsPage) bool { return p.Items[0].Agreed })
	h.do(OpenAgreement{"privacy"})
	see[AgreementPage](h, nil)
	h.do(Back{})
	see(h, func(p AgreementsPage) bool { return p.Items[1].Opened && !p.Items[1].Agreed })
	h.do(Agree{"privacy", true})
	see(h, func(p AgreementsPage) bool { return p.Ready })
	h.do(Go{})
	check := see(h, func(p FormPage) bool { return p.ID == FormCheck })
	var compared []string // nothing masked, nothing left out
	for _, f := range check.Facts {
		compared = append(compared, cmp.Or(f.Value, f.Key))
	}
	if want := []string{"13800001234", testCreditCode, "杭州某某有限公司", "杭州市西湖区文三路478号", "张三", "choice.resident", testIDNumber,
		"李四", "choice.resident", testIDNumber, "13800001234", "lisi@example.com"}; !slices.Equal(compared, want) {
		t.Errorf("compared with the documents: %q, want %q", compared, want)
	}
	h.do(Go{})
	see(h, func(p ServicesPage) bool { return len(p.Items) == 1 && p.Items[0].Quantity == 1 })
	if a := h.client.members["13800001234"][0]; len(a.Agreed) != 2 || a.Agreed[0].Version != 3 {
		t.Errorf("agreed to %+v", a.Agreed)
	}
}

func applies(t *testing.T, h *hall) {
	t.Helper()
	h.do(SetQuantity{"one-year", 9})
	see(h, func(p ServicesPage) bool { return isFault(p.Fault, ra.CodeQuantity) && p.Fault.Args["max"] == "3" })
	h.do(SetQuantity{"one-year", 0}, Go{})
	see(h, func(p ServicesPage) bool { return isFault(p.Fault, ra.CodeNothingChosen) && !p.Ready })
	h.do(SetQuantity{"one-year", 2})
	see(h, func(p ServicesPage) bool { return p.TotalFen == 40000 && p.Ready })
	h.do(Go{})
	p := see(h, func(p FormPage) bool { return p.ID == FormInvoice })
	if p.Fields[1].Value != "杭州某某有限公司" || p.Fields[2].Value != testCreditCode || len(p.Fields) != 3 {
		t.Errorf("invoice is not filled in from the organisation: %+v", p.Fields)
	}
	h.do(Type{"invoice.kind", "special"})
	see(h, func(p FormPage) bool { return len(p.Fields) == 7 && !p.Ready })
	h.do(Go{})
	h.problem("invoice.bank", ra.CodeRequired)
	h.form(FormInvoice, "invoice.kind", "ordinary")
	see(h, func(p FormPage) bool { return p.ID == FormDelivery })
	h.form(FormDelivery, "delivery.kind", "courier_collect", "delivery.address", "文三路 1 号")
	see(h, func(p SummaryPage) bool { return len(p.Sections) == 4 && p.TotalFen == 40000 })
	h.do(Edit{"invoice"})
	see(h, func(p FormPage) bool { return p.ID == FormInvoice })
	h.do(Go{})
	see[SummaryPage](h, nil)
	h.do(Go{})
	see(h, func(p PrintPage) bool {
		return p.Preview != nil && p.Printer == "Hall Printer" && p.State == PrintReady
	})
	h.do(Print{})
	see(h, func(p PrintPage) bool { return p.State == PrintDone })
	h.do(Go{})
}

func handsIn(t *testing.T, h *hall) {
	t.Helper()
	see(h, func(p ScanPage) bool { return len(p.Sources) == 2 && p.Shown == -1 && !p.Ready })
	h.do(Scan{"flatbed"})
	first := see(h, func(p ScanPage) bool { return p.Materials[0].Pages == 1 && p.Image != nil && !p.Busy })
	h.do(Turn{})
	see(h, func(p ScanPage) bool { return !p.Busy && string(p.Image) != string(first.Image) })
	h.do(Go{})
	see(h, func(p ScanPage) bool { return isFault(p.Fault, ra.CodeMaterialMissing) && p.Current == 1 })
	h.scanner.Load(blankSheet(), blankSheet())
	h.do(Scan{"feeder"})
	see(h, func(p ScanPage) bool { return p.Materials[1].Pages == 2 && !p.Busy && p.Shown == 1 })
	h.do(Drop{})
	see(h, func(p ScanPage) bool { return p.Materials[1].Pages == 1 && !p.Busy && p.Ready && p.Shown == 0 })
	h.do(Go{})
	see(h, func(p PayPage) bool { return p.AmountFen == 40000 && p.Account.Number == "6222" && len(p.Sources) == 2 })
	h.do(Go{})
	see(h, func(p PayPage) bool { return isFault(p.Fault, ra.CodeMaterialMissing) })
	h.do(Later{})
	see(h, func(p WaitPage) bool { return p.Order.State == "unpaid" && p.Mend })
	h.do(Go{})
	see(h, func(p PayPage) bool { return len(p.Sources) == 2 })
	h.do(Scan{"flatbed"})
	see(h, func(p PayPage) bool { return p.Slip.Pages == 1 && !p.Busy && p.Image != nil })
	h.do(Go{})
	see(h, func(p WaitPage) bool { return p.Order.State == "under_review" && !p.Mend })
	id := see[WaitPage](h, nil).Order.ID
	if pages, err := h.journal.Pages(t.Context(), id); err != nil || len(pages) != 0 {
		t.Errorf("%d pages are still in the journal, %v", len(pages), err)
	}
}

func makes(t *testing.T, h *hall) {
	t.Helper()
	see(h, func(p KeyPage) bool { return len(p.Keys) == 0 && p.NeedsCode && p.Index == 1 && p.Of == 2 })
	h.do(Go{})
	see(h, func(p KeyPage) bool { return isFault(p.Fault, ra.CodeKeyNone) })
	h.hub.Plug(t, 0)
	h.hub.Plug(t, 1)
	see(h, func(p KeyPage) bool { return len(p.Keys) == 2 && isFault(p.Fault, ra.CodeKeySeveral) && !p.Ready })
	h.hub.Pull(t, 1)
	see(h, func(p KeyPage) bool {
		return p.Ready && p.Keys[0].Blank && p.Keys[0].Serial == h.hub.Serial(0) && p.Fault == nil
	})
	h.do(Go{})
	h.form(FormCode, "auth_code", "00000000")
	h.problem("auth_code", ra.CodeAuthCodeWrong)
	h.form(FormCode, "auth_code", writetest.Code)
	pinPage(t, h)
	see(h, func(p DonePage) bool {
		return p.Remaining == 1 && p.Slip == PrintDone && len(p.Facts) == 6 && len(p.Proof) == 4
	})
	h.do(Go{}) // not before the key is pulled
	h.do(Home{})
	see(h, func(p NoticePage) bool { return p.ID == noticePullKey && p.Asks }) // also between two keys
	h.do(Go{})
	see(h, func(p DonePage) bool { return p.Remaining == 1 })
	h.hub.Pull(t, 0)
	see(h, func(p KeyPage) bool { return p.Index == 2 && !p.NeedsCode })
	h.hub.Plug(t, 1)
	see(h, func(p KeyPage) bool { return p.Ready })
	h.do(Go{})
	h.form(FormPIN, "pin", "97531864", "pin_again", "97531864")
	see(h, func(p DonePage) bool { return p.Remaining == 0 && p.Order.State == "done" && p.Slip == PrintDone })
	h.do(Go{}) // the key is still plugged in
	see(h, func(p NoticePage) bool { return p.ID == noticePullKey && p.Asks })
	h.hub.Pull(t, 1)
}

func pinPage(t *testing.T, h *hall) {
	t.Helper()
	see(h, func(p FormPage) bool { return p.ID == FormPIN && p.Fields[0].Args["min"] == "6" })
	h.do(Type{"pin", "123456"}, Leave{"pin"})
	h.problem("pin", ra.CodePINTrivial)
	h.do(Type{"pin", "13"}, Leave{"pin"})
	h.problem("pin", ra.CodePINTooShort)
	h.do(Type{"pin", "13579246"}, Type{"pin_again", "13579247"})
	h.problem("pin_again", ra.CodeMismatch)
	for _, f := range see[FormPage](h, nil).Fields {
		if f.Value != "" {
			t.Errorf("a PIN stands on the page")
		}
	}
	h.form(FormPIN, "pin_again", "13579246")
}

// TestNobodyComesBackToWhatIsPlaced: an order that is approved by the time that its placing is answered leads on to the key, and back from
// there to the orders, not to the application, which is empty.
func TestNobodyComesBackToWhatIsPlaced(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.client.set(func() { h.client.swift = true })
	see[HomePage](h, nil)
	h.do(ChooseKind{ra.KindNew})
	see[ProjectsPage](h, nil)
	h.do(ChooseProject{"seal"})
	h.ready()
	h.form(FormLogIn, "login", "13800001234", "password", "secret123")
	see[ServicesPage](h, nil)
	h.do(SetQuantity{"one-year", 2})
	see(h, func(p ServicesPage) bool { return p.Ready })
	h.do(Go{})
	h.form(FormInvoice)
	h.form(FormDelivery)
	see[SummaryPage](h, nil)
	h.do(Go{})
	see[KeyPage](h, nil)
	h.do(Back{})
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.end()
}
