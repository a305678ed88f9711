package workflow

import (
	"errors"
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/scanner"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/write/writetest"
	"keyhall/printer"
)

func TestIdleClearsEverything(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.logIn()
	see[OrdersPage](h, nil)
	if f := h.now(); f.Customer != "138****1234" || f.Deadline.IsZero() || !f.Home {
		t.Errorf("frame %+v", f)
	}
	h.clock.add(2 * time.Minute)
	h.do(Touch{})
	h.do(NewApplication{})
	h.ready()
	see[ServicesPage](h, nil)
	h.clock.add(2 * time.Minute)
	see(h, func(p ServicesPage) bool { return !h.now().Deadline.IsZero() })
	h.clearFresh()
	h.clock.add(2 * time.Minute)
	see[HomePage](h, nil)
	eventually(t, "session ended", func() bool { return h.client.ended() == 1 })
	if f := h.now(); f.Customer != "" || !f.Deadline.IsZero() || !h.wasFresh() {
		t.Errorf("frame after the idle deadline %+v", f)
	}
	h.end()
}

// TestIdleWaitsForTheDevices: what is printed for longer than the idle time comes out, and there is time to go on then.
func TestIdleWaitsForTheDevices(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.printer.hold = make(chan struct{})
	h.account()
	id := h.order(1, ra.OrderOpen)
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{id})
	see[ScanPage](h, nil)
	h.do(Reprint{})
	see(h, func(p PrintPage) bool { return p.State == PrintReady && p.Preview != nil })
	h.do(Print{})
	see(h, func(p PrintPage) bool { return p.State == PrintRunning })
	for range 3 {
		due := h.now().Deadline
		h.clock.add(2 * time.Minute)
		see(h, func(PrintPage) bool { return h.now().Deadline.After(due) })
	}
	close(h.printer.hold)
	see(h, func(p PrintPage) bool { return p.State == PrintDone })
	h.clock.add(4 * time.Minute)
	see[HomePage](h, nil)
	h.end()
}

func TestStaleEventsAreDropped(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	see[HomePage](h, nil)
	old := h.now().Serial
	h.do(CallStaff{})
	see(h, func(p NoticePage) bool { return p.ID == "staff" })
	h.w.Do(Event{Serial: old, Do: Home{}})
	h.do(Touch{})
	see(h, func(p NoticePage) bool { return p.ID == "staff" })
	h.do(Home{})
	see[HomePage](h, nil)
	h.end()
}

func TestHomeTiles(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	see[HomePage](h, nil)
	for _, k := range ra.Kinds()[2:] {
		h.do(ChooseKind{k})
		see(h, func(p NoticePage) bool { return p.ID == "not_offered" && p.Args["kind"] == string(k) })
		h.do(Go{})
		see[HomePage](h, nil)
	}
	h.do(SeeInfo{})
	see(h, func(p ProjectsPage) bool { return len(p.Projects) == 2 })
	h.do(ChooseProject{"trade"})
	see(h, func(p InfoPage) bool { return p.Project.ID == "trade" && len(p.Project.Services) == 2 })
	h.do(Back{})
	see[ProjectsPage](h, nil)
	h.end()
}

// rightOnes are the fields that are called right.
func rightOnes(p FormPage) (ids []string) {
	for _, f := range p.Fields {
		if f.Good {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// TestWrongPassword is told, and may be tried again; neither name nor password is called right.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	see[HomePage](h, nil)
	h.do(SeeOrders{})
	h.form(FormLogIn, "login", "13800001234", "password", "wrong-1234")
	see(h, func(p FormPage) bool {
		return isFault(p.Fault, ra.CodeLoginWrong) && p.Fault.Args["left"] == "4" && p.Fields[0].Value == "13800001234" && !p.Ready
	})
	if right := rightOnes(see[FormPage](h, nil)); len(right) > 0 {
		t.Errorf("%q are called right below a refused login", right)
	}
	h.do(Type{"password", "x"})
	see(h, func(p FormPage) bool {
		return p.Fault == nil && p.Ready
	}) // another try
	h.client.set(func() { h.client.refuse["LogIn"] = ra.E(ra.CodeLoginPaused, "minutes", "15") })
	h.form(FormLogIn, "password", "secret123")
	see(h, func(p FormPage) bool { return isFault(p.Fault, ra.CodeLoginPaused) && len(rightOnes(p)) == 0 })
	h.form(FormLogIn, "password", "secret123")
	see[OrdersPage](h, nil)
	h.end()
}

// TestLoginTaken: it is told at once, not after all pages; and after all pages where the back office was away, or somebody was quicker.
func TestLoginTaken(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	see[HomePage](h, nil)
	h.do(ChooseKind{ra.KindNew})
	see[ProjectsPage](h, nil)
	h.do(ChooseProject{"seal"})
	h.ready()
	see(h, func(p FormPage) bool { return p.ID == FormLogIn })
	h.do(Register{})
	h.form(FormAccount, "login", "138 0000 1234", "password", "other12345", "password_again", "other12345")
	h.problem("password", ra.CodeLoginKnown)
	h.client.set(func() { h.client.refuse["CheckAccount"] = ra.E(ra.CodeLoginPaused, "minutes", "15") })
	h.form(FormAccount, "password", "other12345", "password_again", "other12345")
	refused := see(h, func(p FormPage) bool { return p.ID == FormAccount && isFault(p.Fault, ra.CodeLoginPaused) })
	if right := rightOnes(refused); len(right) > 0 {
		t.Errorf("%q are called right below what says that they were refused", right)
	}
	h.do(Type{"password", "other12345"})
	see(h, func(p FormPage) bool { return p.ID == FormAccount && slices.Contains(rightOnes(p), "login") })
	h.client.set(func() { h.client.refuse["CheckAccount"] = ra.E(ra.CodeOfficeAway) })
	h.form(FormAccount, "login", "new@example.cn", "password", "secret123", "password_again", "secret123")
	h.form(FormOrganisation, "organisation.credit_code", testCreditCode, "organisation.credit_code_again", testCreditCode, "organisation.name", "杭州某某有限公司")
	h.form(FormLegal, "legal.name", "张三", "legal.id_number", testIDNumber)
	h.form(FormHandler, "handler.name", "李四", "handler.id_number", testIDNumber, "handler.mobile", "13800005678")
	h.agrees()
	see(h, func(p FormPage) bool { return p.ID == FormCheck && p.Facts[0].Value == "new@example.cn" })
	h.client.set(func() { h.client.words["new@example.cn"] = "quicker123" })
	h.do(Go{})
	h.problem("password", ra.CodeLoginKnown)
	if known, ok, err := h.journal.Known(t.Context(), "new@example.cn"); err != nil || !ok || known.LegalName != "张三" {
		t.Errorf("registration in hand is not kept: %+v %v %v", known, ok, err)
	}
	h.client.set(func() { delete(h.client.words, "new@example.cn") })
	h.form(FormAccount, "password", "secret123", "password_again", "secret123")
	see(h, func(p FormPage) bool { return p.ID == FormCheck })
	h.client.set(func() { h.client.away = true })
	h.do(Go{})
	see(h, func(p FormPage) bool { return isFault(p.Fault, ra.CodeOfficeAway) })
	h.client.set(func() { h.client.away = false })
	h.do(Go{})
	see[ServicesPage](h, nil)
	if _, ok, _ := h.journal.Known(t.Context(), "new@example.cn"); ok {
		t.Error("finished registration is still kept")
	}
	h.end()
}

// toSummary goes from an empty start page to the summary of an order.
func (h *hall) toSummary() {
	h.t.Helper()
	h.logIn()
	see[OrdersPage](h, nil)
	h.do(NewApplication{})
	h.ready()
	see(h, func(p ServicesPage) bool { return p.Ready })
	h.do(Go{})
	h.form(FormInvoice)
	h.form(FormDelivery)
	see[SummaryPage](h, nil)
}

func TestOfficeAwayWhilePlacing(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.toSummary()
	h.client.set(func() { h.client.away = true })
	h.do(Go{})
	see(h, func(p SummaryPage) bool { return isFault(p.Fault, ra.CodeOfficeAway) && !p.Busy })
	if h.now().OfficeUp {
		t.Error("the page does not tell that the back office is away")
	}
	h.client.set(func() { h.client.away = false })
	h.do(Go{})
	see[PrintPage](h, nil)
	if n := h.client.placed(); n != 1 {
		t.Errorf("%d orders, want 1", n)
	}
	h.end()
}

// TestLeftOrderIsPlacedByItself: the customer confirmed, the back office was away, the customer went home.
func TestLeftOrderIsPlacedByItself(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.toSummary()
	h.client.set(func() { h.client.away = true })
	h.do(Go{})
	see(h, func(p SummaryPage) bool { return p.Fault != nil })
	h.do(Home{})
	see[HomePage](h, nil)
	h.client.set(func() { h.client.away = false })
	eventually(t, "order placed", func() bool { return h.client.placed() == 1 })
	eventually(t, "session ended", func() bool { return h.client.ended() == 1 })
	drafts, err := h.journal.Drafts(t.Context(), h.client.members["13800001234"][0].ID)
	if err != nil || len(drafts) != 0 {
		t.Errorf("%d drafts left, %v", len(drafts), err)
	}
	h.end()
}

// TestConfirmedOrderSurvivesARestart: the kiosk dies with the answer still due; the next login places the order.
func TestConfirmedOrderSurvivesARestart(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.toSummary()
	h.client.set(func() { h.client.away = true })
	h.do(Go{})
	see(h, func(p SummaryPage) bool { return p.Fault != nil })
	h.stop()
	h.client.set(func() { h.client.away = false })
	h.restart()
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 && p.Orders[0].Next == "materials" })
	h.end()
}

// TestRefusedOrderCanBePlacedAgain: an order that conflicts with another gets a number of its own, at once and at the next login.
func TestRefusedOrderCanBePlacedAgain(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.toSummary()
	h.do(Edit{"services"})
	see[ServicesPage](h, nil)
	h.do(SetQuantity{"one-year", 2}, Go{})
	see[SummaryPage](h, nil)
	h.client.set(func() { h.client.refuse["Place"] = ra.E(ra.CodeConflict) })
	h.do(Go{})
	see(h, func(p SummaryPage) bool { return isFault(p.Fault, ra.CodeConflict) && !p.Busy && p.Sections[1].Edit })
	h.client.set(func() { h.client.away = true })
	h.do(Go{})
	see(h, func(p SummaryPage) bool { return isFault(p.Fault, ra.CodeOfficeAway) && !p.Sections[1].Edit })
	h.stop()
	h.client.set(func() { h.client.away, h.client.refuse["Place"] = false, ra.E(ra.CodeConflict) })
	h.restart()
	h.logIn()
	see[OrdersPage](h, nil)
	h.do(NewApplication{})
	h.ready()
	see(h, func(p ServicesPage) bool { return p.Items[0].Quantity == 2 })
	h.do(Go{})
	h.form(FormInvoice)
	h.form(FormDelivery)
	see[SummaryPage](h, nil)
	h.do(Go{})
	number := see[PrintPage](h, nil).Number
	if _, n, err := ra.ParseOrderNumber(number); err != nil || n != 3 {
		t.Errorf("number %s, want the third", number)
	}
	h.end()
}

// TestDraftIsTakenUp: what was filled in and not confirmed is there again after the next login.
func TestDraftIsTakenUp(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.logIn()
	see[OrdersPage](h, nil)
	h.do(NewApplication{})
	h.ready()
	see(h, func(p ServicesPage) bool { return p.Ready })
	h.do(SetQuantity{"one-year", 3}, Go{})
	h.form(FormInvoice, "invoice.title", "另一抬头公司")
	see(h, func(p FormPage) bool { return p.ID == FormDelivery })
	h.stop()
	h.restart()
	see[HomePage](h, nil)
	h.do(ChooseKind{ra.KindNew})
	see[ProjectsPage](h, nil)
	h.do(ChooseProject{"seal"})
	h.ready()
	h.form(FormLogIn, "login", "13800001234", "password", "secret123")
	see(h, func(p ServicesPage) bool { return p.Items[0].Quantity == 3 })
	h.do(Go{})
	see(h, func(p FormPage) bool { return p.ID == FormInvoice && p.Fields[1].Value == "另一抬头公司" })
	h.end()
}

func TestSessionOverComesBackToWhereItWas(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.order(1, ra.OrderOpen)
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{h.page.(OrdersPage).Orders[0].ID})
	for _, kind := range []ra.MaterialKind{ra.MaterialLicence, ra.MaterialForm} {
		see(h, func(p ScanPage) bool { return len(p.Sources) == 2 && !p.Busy })
		h.do(ChooseMaterial{kind}, Scan{"flatbed"})
		see(h, func(p ScanPage) bool {
			return p.Materials[p.Showing].Kind == kind && p.Materials[p.Showing].Pages == 1 && !p.Busy
		})
	}
	h.client.set(func() { clear(h.client.sessions) })
	h.do(Go{})
	see(h, func(p FormPage) bool { return p.ID == FormLogIn && isFault(p.Fault, ra.CodeSessionOver) })
	h.form(FormLogIn, "password", "secret123")
	see(h, func(p ScanPage) bool { return p.Ready && p.Image != nil })
	h.do(Go{})
	see[PayPage](h, nil)
	h.end()
}

// TestAnotherCustomerAfterASessionSeesNothing: the one who logs in again is somebody else.
func TestAnotherCustomerAfterASessionSeesNothing(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.order(1, ra.OrderOpen)
	h.client.set(func() {
		h.client.members["x@example.cn"] = []ra.Membership{{ID: "x", ProjectID: "seal", Login: "x@example.cn"}}
		h.client.words["x@example.cn"] = "secret123"
	})
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.client.set(func() { clear(h.client.sessions) })
	h.do(Retry{})
	h.form(FormLogIn, "login", "x@example.cn", "password", "secret123")
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 0 })
	h.end()
}

func TestOfficeAwayAtTheStart(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.client.set(func() { h.client.away = true })
	h.stop()
	h.restart() // with nothing in memory
	see[HomePage](h, nil)
	h.do(ChooseKind{ra.KindNew})
	see(h, func(p FaultPage) bool { return p.Fault.Code == ra.CodeOfficeAway && p.Actions[0] == Named(Retry{}) })
	h.client.set(func() { h.client.away = false })
	h.do(Retry{})
	see(h, func(p ProjectsPage) bool { return len(p.Projects) == 2 })
	h.end()
}

func TestPrinterTrouble(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderOpen)
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{id})
	see[ScanPage](h, nil)
	h.do(Reprint{})
	see(h, func(p PrintPage) bool { return p.Printer != "" && p.Preview != nil })
	for err, code := range map[error]ra.Code{
		printer.ErrNoPaper: ra.CodePrinterNoPaper, printer.ErrJam: ra.CodePrinterJam, printer.ErrCoverOpen: ra.CodePrinterCover,
		printer.ErrOffline: ra.CodePrinterMissing, printer.ErrStopped: ra.CodePrinterStopped, printer.ErrCertificate: ra.CodePrinterUnfit,
		printer.ErrFormat: ra.CodePrinterUnfit,
	} {
		h.printer.fail(err)
		h.do(Print{})
		see(h, func(p PrintPage) bool { return p.State == PrintFailed && isFault(p.Fault, code) })
	}
	h.printer.fail(nil)
	h.do(Reprint{})
	see(h, func(p PrintPage) bool { return p.State == PrintDone && p.Fault == nil })
	h.do(Skip{})
	see[ScanPage](h, nil)
	h.end()
}

func TestScannerTrouble(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderOpen)
	h.toScan(id)
	see(h, func(p ScanPage) bool { return len(p.Sources) == 2 })
	for err, code := range map[error]ra.Code{
		scanner.ErrJam: ra.CodeScannerJam, scanner.ErrCoverOpen: ra.CodeScannerCover, scanner.ErrNoPaper: ra.CodeScannerNoPaper,
		scanner.ErrMissing: ra.CodeScannerMissing, scanner.ErrTimeout: ra.CodeScannerTimeout, scanner.ErrIO: ra.CodeScannerError,
		scanner.ErrEmpty: ra.CodeScanEmpty, scanner.ErrTooLarge: ra.CodeScanTooLarge, scanner.ErrNotImage: ra.CodeScanNotImage,
	} {
		h.scanner.Fail(err)
		h.do(Scan{"flatbed"})
		see(h, func(p ScanPage) bool { return isFault(p.Fault, code) && !p.Busy })
	}
	h.scanner.Fail(nil)
	h.do(ChooseMaterial{ra.MaterialLicence})
	see(h, func(p ScanPage) bool { return p.Fault == nil })
	h.scanner.Lay(scanner.Page{JPEG: []byte("no picture")})
	h.do(Scan{"flatbed"})
	see(h, func(p ScanPage) bool {
		return isFault(p.Fault, ra.CodeScanNotImage) && p.Materials[0].Pages == 0 && !p.Busy
	})
	h.scanner.Lay(blankSheet())
	h.scanner.Load(blankSheet(), blankSheet(), blankSheet())
	h.do(Scan{"feeder"})
	see(h, func(p ScanPage) bool {
		return p.Materials[0].Pages == 2 && isFault(p.Fault, ra.CodeTooManyPages) && p.Fault.Args["max"] == "2" && !p.Busy
	})
	h.do(ChooseMaterial{ra.MaterialLicence}, Scan{"flatbed"}, ShowPage{0})
	see(h, func(p ScanPage) bool { return p.Shown == 0 && isFault(p.Fault, ra.CodeTooManyPages) })
	h.end()
}

// TestScannedPagesSurviveARestart: the kiosk dies between scanning and handing in.
func TestScannedPagesSurviveARestart(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderOpen)
	toScan := func() {
		h.toScan(id)
		see(h, func(p ScanPage) bool { return len(p.Sources) == 2 })
	}
	toScan()
	h.do(Scan{"flatbed"})
	see(h, func(p ScanPage) bool { return p.Materials[0].Pages == 1 && !p.Busy })
	h.stop()
	h.restart()
	toScan()
	see(h, func(p ScanPage) bool { return p.Materials[0].Pages == 1 && p.Current == 1 })
	h.do(ChooseMaterial{ra.MaterialLicence})
	see(h, func(p ScanPage) bool { return p.Image != nil })
	h.do(Retake{"flatbed"})
	see(h, func(p ScanPage) bool { return p.Materials[0].Pages == 1 && !p.Busy })
	h.end()
}

// TestSentBack shows the reasons and mends what was sent back.
func TestSentBack(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderOpen)
	page := ra.Page{ID: newID(), SHA256: "x"}
	h.client.set(func() {
		o := h.client.orders[id]
		o.Materials, o.Payment = ra.MaterialsReturned, ra.PaymentAwaitingConfirmation
		for i := range o.Papers {
			o.Papers[i].Pages, o.Papers[i].Verdict = []ra.Page{page}, ra.VerdictAccepted
		}
		o.Papers[1].Verdict = ra.VerdictReturned
		o.Papers[1].Reasons = []ra.Reason{{Kind: ra.ReasonNoSeal, Material: ra.MaterialForm}}
	})
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 && p.Orders[0].State == "sent_back" })
	h.do(OpenOrder{id})
	see(h, func(p ScanPage) bool {
		m := p.Materials[p.Current]
		return p.Current == 1 && m.Verdict == ra.VerdictReturned && m.Reasons[0].Kind == ra.ReasonNoSeal && m.Pages == 1 && len(p.Sources) == 2
	})
	h.do(ShowPage{0}, Retake{"flatbed"})
	see(h, func(p ScanPage) bool { return p.Materials[1].Pages == 1 && p.Image != nil && !p.Busy })
	h.do(ChooseMaterial{ra.MaterialLicence}, Drop{})
	see(h, func(p ScanPage) bool { return p.Current == 0 && p.Materials[0].Pages == 1 })
	h.do(Go{})
	see(h, func(p WaitPage) bool { return p.Order.State == "under_review" })
	h.client.set(func() {
		if got := paperOf(h.client.orders[id], ra.MaterialForm).Pages; len(got) != 1 || got[0].ID == page.ID {
			t.Errorf("the form's pages are %+v, want the new one", got)
		}
	})
	h.end()
}

// TestKeysThatCannotBeUsed shows what is wrong with each.
func TestKeysThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	h := openHall(t, 2)
	h.account()
	h.hub.Plug(t, 1)
	foreign(t, h, 1)
	id := h.order(1, ra.OrderApproved)
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 && p.Orders[0].Next == "make" })
	h.do(OpenOrder{id})
	see(h, func(p KeyPage) bool {
		return len(p.Keys) == 1 && isFault(p.Keys[0].Fault, ra.CodeKeyNotBlank) && !p.Ready
	})
	h.do(Go{})
	see(h, func(p KeyPage) bool { return isFault(p.Fault, ra.CodeKeyNotBlank) })
	h.hub.Plug(t, 0)
	see(h, func(p KeyPage) bool { return len(p.Keys) == 2 && p.Ready })
	h.client.set(func() {
		h.client.orders["another order"] = &ra.Order{ID: "another order", MembershipID: h.client.orders[id].MembershipID}
	})
	h.client.Lock.Lock()
	h.client.Operations["other"] = &writetest.Operation{Op: ra.Operation{ID: "other", OrderID: "another order", Key: ra.KeyIdentity(h.hub.Identity(0)), State: ra.OperationReserved}}
	h.client.Lock.Unlock()
	h.hub.Pull(t, 0)
	see(h, func(p KeyPage) bool { return len(p.Keys) == 1 })
	h.hub.Plug(t, 0)
	see(h, func(p KeyPage) bool {
		return len(p.Keys) == 2 && !p.Ready && (isFault(p.Keys[0].Fault, ra.CodeResumeOtherOrder) || isFault(p.Keys[1].Fault, ra.CodeResumeOtherOrder))
	})
	h.end()
}

func foreign(t *testing.T, h *hall, i int) {
	t.Helper()
	defer h.w.cfg.Watcher.Hold(h.hub.Identity(i))()
	token, err := h.keys.Open(t.Context(), h.hub.Identity(i))
	if err != nil {
		t.Fatal(err)
	}
	defer token.Close()
	if err := token.Login(t.Context(), ukey.Customer, []byte(ukeytest.FactoryCustomerPIN)); err != nil {
		t.Fatal(err)
	}
	if _, err := token.GenerateKey(t.Context(), ukey.Pair{ID: []byte("x"), Label: "x", Algorithm: ukey.ECP256}); err != nil {
		t.Fatal(err)
	}
}

func TestUnknownModelAndRefusedReservation(t *testing.T) {
	t.Parallel()
	h := openHall(t, 1)
	h.account()
	id := h.order(1, ra.OrderApproved)
	models := h.client.projects[0].Models
	h.client.set(func() { h.client.projects[0].Models = nil }) // another project of the hall has it still
	h.hub.Plug(t, 0)
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{id})
	see(h, func(p KeyPage) bool { return len(p.Keys) == 1 && isFault(p.Keys[0].Fault, ra.CodeKeyUnknownModel) })
	h.do(Home{})
	see[HomePage](h, nil)
	h.client.set(func() { h.client.projects[0].Models = models })
	h.do(ChooseKind{ra.KindNew}) // the catalogue is asked for anew
	see[ProjectsPage](h, nil)
	h.do(Home{})
	h.toKey(id)
	for _, code := range []ra.Code{ra.CodeUnitTaken, ra.CodeNoUnitLeft, ra.CodeKeyInUse, ra.CodeKeyRetired} {
		h.client.StrikeAt("Reserve", 1, false, ra.E(code))
		h.do(Go{})
		if code == ra.CodeUnitTaken {
			h.form(FormCode, "auth_code", writetest.Code)
		}
		see(h, func(p KeyPage) bool { return isFault(p.Fault, code) && p.Ready })
	}
	for _, code := range []ra.Code{ra.CodeAuthCodeUsedUp, ra.CodeAuthCodeExpired} {
		h.client.StrikeAt("Reserve", 1, false, ra.E(code))
		h.do(Go{})
		if code == ra.CodeAuthCodeExpired {
			h.form(FormCode, "auth_code", writetest.Code)
		}
		h.problem("auth_code", code)
	}
	h.form(FormCode, "auth_code", writetest.Code)
	see(h, func(p FormPage) bool { return p.ID == FormPIN })
	h.end()
}

// toKey goes from home to the key page of an approved order, with the key plugged in.
func (h *hall) toKey(id string) {
	h.t.Helper()
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{id})
	see(h, func(p KeyPage) bool { return p.Ready })
}

// write begins a write and lets it run.
func (h *hall) write(id string) {
	h.t.Helper()
	h.toKey(id)
	h.do(Go{})
	h.form(FormCode, "auth_code", writetest.Code)
	h.form(FormPIN, "pin", "13579246", "pin_again", "13579246")
}

// TestPulledWhileWriting: the page says so, and writing goes on by itself when the key is back.
func TestPulledWhileWriting(t *testing.T) {
	t.Parallel()
	h := openHall(t, 2)
	h.account()
	id := h.order(1, ra.OrderApproved)
	h.hub.Plug(t, 0)
	h.keys.StrikeAt("GenerateKey", 1, ukeytest.After, func() error {
		h.hub.Pull(t, 0)
		return ukey.ErrRemoved
	})
	h.write(id)
	see(h, func(p ProgressPage) bool {
		return isFault(p.Fault, ra.CodeKeyPulled) && p.Retry && p.Marks[2].State == MarkFailed
	})
	if f := h.now(); !f.Home || f.Deadline.IsZero() {
		t.Errorf("a stopped write cannot be left: %+v", f)
	}
	h.hub.Plug(t, 1)
	see(h, func(p ProgressPage) bool {
		return isFault(p.Fault, ra.CodeKeyWrong) && p.Fault.Args["expected"] == h.hub.Serial(0) && p.Fault.Args["found"] == h.hub.Serial(1)
	})
	h.hub.Pull(t, 1)
	see(h, func(p ProgressPage) bool { return isFault(p.Fault, ra.CodeKeyPulled) })
	h.hub.Plug(t, 0)
	see(h, func(p DonePage) bool { return p.Remaining == 0 })
	if h.client.Issued != 1 {
		t.Errorf("%d certificates, want 1", h.client.Issued)
	}
	h.end()
}

func TestOfficeAwayWhileWriting(t *testing.T) {
	t.Parallel()
	h := openHall(t, 1)
	h.account()
	id := h.order(1, ra.OrderApproved)
	h.hub.Plug(t, 0)
	for n := range 3 { // the uplink tries three times by itself
		h.client.StrikeAt("Certify", n+1, true, ra.E(ra.CodeOfficeAway))
	}
	h.write(id)
	see(h, func(p ProgressPage) bool { return isFault(p.Fault, ra.CodeOfficeAway) && p.Retry })
	h.do(Go{})
	see(h, func(p DonePage) bool { return p.Remaining == 0 })
	if h.client.Issued != 1 {
		t.Errorf("%d certificates, want 1", h.client.Issued)
	}
	h.end()
}

var errPowerCut = errors.New("power cut")

// TestLostProofAnswerIsSettledAtHome: everything was written and proven, only the answer was lost.
func TestLostProofAnswerIsSettledAtHome(t *testing.T) {
	t.Parallel()
	h := openHall(t, 1)
	h.account()
	id := h.order(1, ra.OrderApproved)
	h.hub.Plug(t, 0)
	for n := range 3 {
		h.client.StrikeAt("Confirm", n+1, true, ra.E(ra.CodeOfficeAway))
	}
	h.write(id)
	see(h, func(p ProgressPage) bool { return isFault(p.Fault, ra.CodeOfficeAway) })
	h.hub.Pull(t, 0)
	h.do(Home{})
	see[HomePage](h, nil)
	eventually(t, "settled", func() bool {
		open, err := h.journal.OpenWrites(t.Context())
		return err == nil && len(open) == 0
	})
	h.end()
}

// TestPINThatTheKeyRefuses comes back to the PIN form.
func TestPINThatTheKeyRefuses(t *testing.T) {
	t.Parallel()
	h := openHall(t, 1)
	h.account()
	id := h.order(1, ra.OrderApproved)
	h.hub.Plug(t, 0)
	h.keys.FailAt("InitPIN", ukeytest.Before, &ukey.PINError{Role: ukey.Customer, Err: ukey.ErrPINInvalid})
	h.write(id)
	h.problem("pin", ra.CodePINCharacters)
	h.form(FormPIN, "pin", "13579246", "pin_again", "13579246")
	see(h, func(p DonePage) bool { return p.Remaining == 0 })
	h.end()
}

// TestShutOutIsToldAtOnce: nobody types a password into a kiosk that takes nothing; once it is let in again it says so no more.
func TestShutOutIsToldAtOnce(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	see(h, func(p HomePage) bool { return p.Fault == nil })
	h.client.set(func() { h.client.refuse["Projects"] = ra.E(ra.CodeKioskBlocked) })
	h.clock.add(2 * time.Minute)
	see(h, func(p HomePage) bool { return isFault(p.Fault, ra.CodeKioskBlocked) })
	h.client.set(func() { delete(h.client.refuse, "Projects") })
	h.clock.add(time.Minute)
	see(h, func(p HomePage) bool { return p.Fault == nil })
	h.end()
}
