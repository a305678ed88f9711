package workflow

import (
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	papers "keyhall/printer/form"
)

// TestSlipFindsItsOrder: by the paper on the glass or the number typed, and a login leads straight to it.
func TestSlipFindsItsOrder(t *testing.T) {
	t.Parallel()
	number := ra.OrderNumber("XH03", 1)
	for name, find := range map[string]func(h *hall){
		"the form on the glass": func(h *hall) {
			h.scanner.Lay(coded(h.t, papers.Code{Paper: papers.PaperRegistration, Number: number}.String(), true))
			h.do(ReadSlip{})
		},
		"the slip on the glass": func(h *hall) {
			h.scanner.Lay(coded(h.t, papers.Code{Paper: papers.PaperSlip, Number: number}.String(), false))
			h.do(ReadSlip{})
		},
		"its number":             func(h *hall) { h.form(FormSlip, "slip_number", number) },
		"its number, any way":    func(h *hall) { h.form(FormSlip, "slip_number", " xh03 000001"+number[len(number)-1:]) },
		"nothing, then a number": func(h *hall) { h.do(ReadSlip{}); h.unread(); h.form(FormSlip, "slip_number", number) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHall(t, 0)
			h.account()
			h.order(1, ra.OrderOpen)
			see[HomePage](h, nil)
			h.do(UseSlip{})
			see(h, func(p FormPage) bool { return p.ID == FormSlip })
			find(h)
			h.form(FormLogIn, "login", "13800001234", "password", "secret123")
			see(h, func(p ScanPage) bool { return p.Number == number })
			h.end()
		})
	}
}

// unread waits until the paper on the glass was refused.
func (h *hall) unread() {
	h.t.Helper()
	see(h, func(p FormPage) bool { return p.ID == FormSlip && isFault(p.Fault, ra.CodePaperUnread) })
}

// TestSlipOfAnotherOpensNothing: forged ones are refused at once, those of somebody else, another project or hall after the login, in the
// same words, so that nobody learns which orders there are.
func TestSlipOfAnotherOpensNothing(t *testing.T) {
	t.Parallel()
	other := ra.OrderNumber("NB07", 9) // of another hall, or project
	for name, content := range map[string]string{
		"forged":            "KH2:FORM:XH03-000001-0",
		"of another system": "http://zzgs.example.cn/xcx/?id=123",
		"without a number":  "KH2:SLIP:",
		"with more in it":   "KH2:FORM:" + ra.OrderNumber("XH03", 1) + "' OR 1=1",
		"of another time":   "KH1:FORM:" + ra.OrderNumber("XH03", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHall(t, 0)
			see[HomePage](h, nil)
			h.do(UseSlip{})
			see(h, func(p FormPage) bool { return p.ID == FormSlip })
			h.scanner.Lay(coded(t, content, false))
			h.do(ReadSlip{})
			h.unread()
			h.do(Type{"slip_number", "XH03-000001-0"}, Leave{"slip_number"})
			h.problem("slip_number", ra.CodeSlipNumber)
			h.end()
		})
	}
	for name, number := range map[string]string{"of another hall": other, "of somebody else": ra.OrderNumber("XH03", 2)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHall(t, 0)
			h.account()
			h.order(1, ra.OrderOpen)
			h.client.set(func() {
				h.client.orders["theirs"] = &ra.Order{ID: "theirs", Number: ra.OrderNumber("XH03", 2), MembershipID: "somebody's"}
			})
			see[HomePage](h, nil)
			h.do(UseSlip{})
			see(h, func(p FormPage) bool { return p.ID == FormSlip })
			h.scanner.Lay(coded(t, papers.Code{Paper: papers.PaperSlip, Number: number}.String(), false))
			h.do(ReadSlip{})
			h.form(FormLogIn, "login", "13800001234", "password", "secret123")
			h.problem("slip_number", ra.CodeSlipUnknown)
			h.end()
		})
	}
}

// TestSlipOfAnotherMembership: the person is the same, the organisation is found by the order.
func TestSlipOfAnotherMembership(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.order(1, ra.OrderOpen)
	h.client.set(func() {
		first := h.client.members["13800001234"][0]
		second := first
		second.ID, second.ProjectID = newID(), "trade"
		h.client.members["13800001234"] = []ra.Membership{second, first}
	})
	see[HomePage](h, nil)
	h.do(UseSlip{})
	h.form(FormSlip, "slip_number", ra.OrderNumber("XH03", 1))
	h.form(FormLogIn, "login", "13800001234", "password", "secret123")
	see(h, func(p ScanPage) bool { return p.Number == ra.OrderNumber("XH03", 1) })
	h.end()
}

// toSlip goes from home to where an order is looked for by its number.
func (h *hall) toSlip(number string) {
	h.t.Helper()
	see[HomePage](h, nil)
	h.do(UseSlip{})
	h.form(FormSlip, "slip_number", number)
}

// TestSlipLeadsAKeyToItsOrder: who logs in with the key that the order is on comes to the order, and to no other; what the key may not see
// is told at the number.
func TestSlipLeadsAKeyToItsOrder(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 1)
	member, certificate := d.holdsKey(t, h)
	made, err := d.Hall.Orders(t.Context(), member)
	if err != nil || len(made) != 1 {
		t.Fatalf("got %d orders, %v, want 1", len(made), err)
	}
	d.Clock.Advance(d.CertificateEnd(t, certificate).Sub(d.Clock.Now()) - 40*24*time.Hour)
	order := d.Passed(t, member, d.On(t, ra.KindExtend, ra.ReasonNone, certificate))
	serial := h.hub.Identity(0).Serial
	byKey := func() {
		see(h, func(p FormPage) bool { return p.ID == FormLogIn && slices.Contains(p.Secondary, Named(LogInByKey{})) })
		h.do(LogInByKey{})
		see(h, func(p FormPage) bool { return p.ID == FormKeyLogIn && p.Fault == nil })
		h.form(FormKeyLogIn, "key_pin", keyPIN)
	}
	h.toSlip(made[0].Number) // the order that the key was made for is the person's
	byKey()
	h.problem("slip_number", ra.CodeSlipUnknown)
	h.form(FormSlip, "slip_number", order.Number)
	see(h, func(p KeyPage) bool { return slices.Equal(p.Wanted, []string{serial}) })
	h.do(Home{})
	h.toSlip(order.Number)
	byKey()
	see(h, func(p KeyPage) bool { return p.Ready && slices.Equal(p.Wanted, []string{serial}) })
	h.end()
	d.Sound(t)
}

// TestSlipOfAnotherProject: of one that this hall does not offer nothing is found, by whoever logs in.
func TestSlipOfAnotherProject(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 0)
	d.Elsewhere(t)
	far := d.EnrolledAt(t, "NB07", servicetest.OtherHallID, servicetest.OtherProjectID)
	r := d.Registration(t)
	r.ProjectID = servicetest.OtherProjectID
	member, err := d.Hall.Register(t.Context(), far, r)
	servicetest.Must(t, err)
	a := d.Application(t, 1)
	a.Number = ra.OrderNumber(far.Prefix, 1)
	order, err := d.Hall.Place(t.Context(), far, member, a)
	servicetest.Must(t, err)
	h.toSlip(order.Number)
	h.form(FormLogIn, "login", r.Login, "password", r.Password)
	h.problem("slip_number", ra.CodeSlipUnknown)
	h.end()
}

// codeSent is the code of the newest message.
func codeSent(t *testing.T, d *direct) string {
	t.Helper()
	_, err := d.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	all := d.Sender.Sent()
	return all[len(all)-1].Parameters["code"]
}

// TestSlipIsOpenedByACode that is sent to the registered mobile: it leads straight to the order and to nothing else of its member. Whether
// there is such an order the page does not tell.
func TestSlipIsOpenedByACode(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 0)
	member := d.Registered(t)
	order := d.Placed(t, member, 1)
	sent := func() string { return codeSent(t, d) }
	toCode := func(number string) {
		h.toSlip(number)
		see(h, func(p FormPage) bool { return p.ID == FormLogIn && slices.Contains(p.Secondary, Named(LogInByCode{})) })
		h.do(LogInByCode{})
		see(h, func(p FormPage) bool { return p.ID == FormSlipCode && p.Facts[0].Value == number })
	}
	toCode(ra.OrderNumber("XH03", 999)) // there is none
	h.form(FormSlipCode, "slip_code", "12345678")
	h.problem("slip_code", ra.CodeSMSCodeOver)
	h.do(Back{})
	see(h, func(p FormPage) bool { return p.ID == FormLogIn })
	h.do(Home{})

	toCode(order.Number)
	first := sent()
	h.do(SendSlipCode{})
	see(h, func(p NoticePage) bool { return p.ID == "slip_code_sent" })
	h.do(Go{})
	h.form(FormSlipCode, "slip_code", first)
	h.problem("slip_code", ra.CodeSMSCodeWrong)
	h.form(FormSlipCode, "slip_code", sent())
	see(h, func(p ScanPage) bool { return p.Number == order.Number })
	h.end()
	d.Sound(t)
}

// TestOrderByCodeAsksForTheLogInBeforeTheKey: what the telephone opened goes on to everything but a new key, which wants the password, too.
func TestOrderByCodeAsksForTheLogInBeforeTheKey(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 1)
	r := d.Registration(t)
	member, err := d.Hall.Register(t.Context(), d.Kiosk, r)
	servicetest.Must(t, err)
	order, code := d.Approved(t, member, 1)
	h.hub.Plug(t, 0)
	h.toSlip(order.Number)
	see(h, func(p FormPage) bool { return p.ID == FormLogIn })
	h.do(LogInByCode{})
	see(h, func(p FormPage) bool { return p.ID == FormSlipCode })
	h.form(FormSlipCode, "slip_code", codeSent(t, d))
	see(h, func(p KeyPage) bool { return p.Ready })
	h.do(Go{})
	h.form(FormCode, "auth_code", code)
	see(h, func(p FormPage) bool {
		return p.ID == FormLogIn && isFault(p.Fault, ra.CodeOrderSession) && !slices.Contains(p.Secondary, Named(LogInByCode{}))
	})
	h.form(FormLogIn, "login", r.Login, "password", r.Password)
	see(h, func(p KeyPage) bool { return p.Ready && !p.NeedsCode }) // nothing is asked twice
	h.do(Go{})
	see(h, func(p FormPage) bool { return p.ID == FormPIN })
	h.do(Home{})
	h.end()
	d.Sound(t)
}
