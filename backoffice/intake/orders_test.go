package intake_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

func TestPlace(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	a := h.Application(t, 2)
	order, err := h.Place(ctx, h.Kiosk, account, a)
	if err != nil {
		t.Fatal(err)
	}
	if order.State != ra.OrderOpen || order.Payment != ra.PaymentUnpaid || order.Materials != ra.MaterialsMissing || order.Version != 1 ||
		order.AmountFen != 40000 || len(order.Units) != 2 || len(order.Papers) != 4 || order.Number != a.Number {
		t.Errorf("placed %+v", order)
	}
	again, err := h.Place(ctx, h.Kiosk, account, a)
	if err != nil || !reflect.DeepEqual(again, order) {
		t.Errorf("placed again: %+v, %v, want %+v", again, err, order)
	}
	other := h.Registered(t)
	for name, c := range map[string]struct {
		member ra.Membership
		change func(*ra.Application)
		code   ra.Code
		field  string
	}{
		"same id, other quantity": {account, func(a *ra.Application) { a.Lines = []ra.ChosenLine{{ServiceID: servicetest.ServiceID, Quantity: 1}} }, ra.CodeConflict, "id"},
		"same id, other account":  {other, func(*ra.Application) {}, ra.CodeConflict, "id"},
		"same number":             {account, func(a *ra.Application) { a.ID = servicetest.ID(t) }, ra.CodeConflict, "number"},
		"another kiosk's number":  {account, func(a *ra.Application) { a.Number = ra.OrderNumber("XH02", 1) }, ra.CodeInvalid, "number"},
		"wrong check digit":       {account, func(a *ra.Application) { a.Number = "XH01-000127-0" }, ra.CodeInvalid, "number"},
		"nothing":                 {account, func(a *ra.Application) { a.ID, a.Lines = servicetest.ID(t), nil }, ra.CodeNothingChosen, "lines"},
		"too many": {account, func(a *ra.Application) {
			a.ID, a.Lines = servicetest.ID(t), []ra.ChosenLine{{ServiceID: servicetest.ServiceID, Quantity: 3}, {ServiceID: "free-trial", Quantity: 3}}
		}, ra.CodeQuantity, "lines"},
		"none of it": {account, func(a *ra.Application) {
			a.ID, a.Lines = servicetest.ID(t), []ra.ChosenLine{{ServiceID: servicetest.ServiceID}}
		}, ra.CodeQuantity, "lines"},
		"unknown service": {account, func(a *ra.Application) {
			a.ID, a.Lines = servicetest.ID(t), []ra.ChosenLine{{ServiceID: "x", Quantity: 1}}
		}, ra.CodeNotFound, "lines"},
		"certificates for a new key": {account, func(a *ra.Application) {
			a.ID, a.Lines = servicetest.ID(t), []ra.ChosenLine{{ServiceID: servicetest.ServiceID, Quantity: 1, Targets: []string{servicetest.ID(t)}}}
		}, ra.CodeInvalid, "targets"},
		"data for a new key": {account, func(a *ra.Application) { a.ID, a.Applicant = servicetest.ID(t), &ra.Applicant{} }, ra.CodeInvalid, "applicant"},
		"kind unknown":       {account, func(a *ra.Application) { a.ID, a.Kind = servicetest.ID(t), "x" }, ra.CodeInvalid, "kind"},
		"reason":             {account, func(a *ra.Application) { a.ID, a.Reason = servicetest.ID(t), ra.ReasonLost }, ra.CodeInvalid, "reason"},
		"no reason":          {account, func(a *ra.Application) { a.ID, a.Kind = servicetest.ID(t), ra.KindReissue }, ra.CodeInvalid, "reason"},
		"method":             {account, func(a *ra.Application) { a.ID, a.Method = servicetest.ID(t), "cash" }, ra.CodeInvalid, "method"},
		"invoice":            {account, func(a *ra.Application) { a.ID, a.Invoice.Title = servicetest.ID(t), "" }, ra.CodeRequired, "invoice.title"},
		"delivery":           {account, func(a *ra.Application) { a.ID, a.Delivery.Kind = servicetest.ID(t), ra.DeliveryCollect }, ra.CodeRequired, "delivery.name"},
		"id is not an UUID":  {account, func(a *ra.Application) { a.ID = "7" }, ra.CodeInvalid, "id"},
	} {
		changed := a
		c.change(&changed)
		_, err := h.Place(ctx, h.Kiosk, c.member, changed)
		servicetest.WantCode(t, name, err, c.code, c.field)
	}
	if orders, err := h.Orders(ctx, account); err != nil || len(orders) != 1 {
		t.Errorf("%d orders, %v, want one", len(orders), err)
	}
	taken := a
	taken.ID = servicetest.ID(t)
	_, err = h.Place(ctx, h.Kiosk, account, taken)
	next, _ := strconv.ParseInt(servicetest.Argument(err, "next"), 10, 64)
	taken.Number = ra.OrderNumber(h.Kiosk.Prefix, next)
	if _, err := h.Place(ctx, h.Kiosk, account, taken); err != nil {
		t.Errorf("the next number, %d, is refused: %v", next, err)
	}
	_, err = h.Order(ctx, other, order.ID)
	servicetest.WantCode(t, "another's order", err, ra.CodeNotFound, "")
	_, err = h.Order(ctx, account, "7")
	servicetest.WantCode(t, "no id", err, ra.CodeNotFound, "")
	h.Sound(t)
}

func TestPlaceTheSameAtOnce(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	account := h.Registered(t)
	a := h.Application(t, 1)
	errs := make(chan error)
	for range 8 {
		go func() {
			_, err := h.Place(t.Context(), h.Kiosk, account, a)
			errs <- err
		}()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Errorf("Place: %v", err)
		}
	}
}

func TestNothingDue(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	account := h.Registered(t)
	a := h.Application(t, 1)
	a.Lines[0].ServiceID = "free-trial"
	order, err := h.Place(t.Context(), h.Kiosk, account, a)
	if err != nil || order.Payment != ra.PaymentNothingDue || len(order.Papers) != 3 {
		t.Errorf("free order: %s, %d papers, %v", order.Payment, len(order.Papers), err)
	}
}

// TestPriceThatWasNotSeen: nobody orders for another price than they were shown, at the kiosk or under what they left with it; what is ordered
// keeps its price.
func TestPriceThatWasNotSeen(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	saw := func(a ra.Application, fen int64) ra.Application {
		a.SeenFen = &fen
		return a
	}
	wantChanged := func(what string, err error, fen string) {
		t.Helper()
		servicetest.WantCode(t, what, err, ra.CodePriceChanged, "seen_fen")
		if got := servicetest.Argument(err, "fen"); got != fen {
			t.Errorf("%s: it costs %q, want %q", what, got, fen)
		}
	}
	first := saw(h.Application(t, 2), 40000)
	order, err := h.Place(t.Context(), h.Kiosk, member, first)
	servicetest.Must(t, err)
	draft := saw(h.Application(t, 1), 20000)
	left := sealed(t, loggedIn(t, h, member), h.Kiosk, ra.Mandate{OrderID: draft.ID, MembershipID: member.ID, Application: &draft, Submit: true})
	i := slices.IndexFunc(h.Project.Services, func(s ra.Service) bool { return s.ID == servicetest.ServiceID })
	h.Project.Services[i].PriceFen = 21000
	h.PutProject(t, 2, h.Project)

	_, err = h.Place(t.Context(), h.Kiosk, member, draft)
	wantChanged("a draft of before", err, "21000")
	wantChanged("left with the kiosk before", h.GiveMandate(t.Context(), h.Kiosk, left), "21000")
	if again, err := h.Place(t.Context(), h.Kiosk, member, first); err != nil || again.ID != order.ID || again.AmountFen != 40000 {
		t.Errorf("what was ordered costs %d, %v, want the 40000 of then", again.AmountFen, err)
	}
	if now, err := h.Place(t.Context(), h.Kiosk, member, saw(draft, 21000)); err != nil || now.AmountFen != 21000 {
		t.Errorf("seen now: it costs %d, %v", now.AmountFen, err)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order := h.Placed(t, account, 2)
	_, err := h.Cancel(ctx, account, order.ID, order.Version+1)
	servicetest.WantCode(t, "another version", err, ra.CodeConflict, "version")
	_, err = h.Cancel(ctx, h.Registered(t), order.ID, order.Version)
	servicetest.WantCode(t, "another's", err, ra.CodeNotFound, "")
	for range 2 {
		cancelled, err := h.Cancel(ctx, account, order.ID, order.Version)
		if err != nil || cancelled.State != ra.OrderCancelled || cancelled.Units[1].State != ra.UnitReleased || cancelled.Version != 2 {
			t.Errorf("Cancel = %s, version %d, %v", cancelled.State, cancelled.Version, err)
		}
	}
	approved, _ := h.Approved(t, account, 1)
	_, err = h.Cancel(ctx, account, approved.ID, approved.Version)
	servicetest.WantCode(t, "approved", err, ra.CodeState, "")
	h.Sound(t)
}

func TestStoreBlob(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	scan, page := servicetest.Scan(t, 1)
	sum := func(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }
	large := make([]byte, ra.MaxPageBytes+1)
	text := []byte("%PDF-1.4 not an image")
	for name, c := range map[string]struct {
		blob []byte
		sum  string
		size int64
		code ra.Code
	}{
		"good":                  {scan, page.SHA256, page.Bytes, ""},
		"good again":            {scan, page.SHA256, page.Bytes, ""},
		"size unknown":          {scan, page.SHA256, -1, ""},
		"empty":                 {nil, sum(nil), 0, ra.CodeScanEmpty},
		"too large, announced":  {nil, sum(nil), 200 << 20, ra.CodeScanTooLarge},
		"too large, lied about": {large, sum(large), 100, ra.CodeScanTooLarge},
		"no image":              {text, sum(text), int64(len(text)), ra.CodeScanNotImage},
		"other bytes":           {scan, sum(text), page.Bytes, ra.CodeScanDamaged},
		"cut off":               {scan[:len(scan)-9], page.SHA256, page.Bytes, ra.CodeScanDamaged},
	} {
		err := h.StoreBlob(t.Context(), h.Kiosk, bytes.NewReader(c.blob), c.sum, c.size)
		servicetest.WantCode(t, name, err, c.code, "")
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order := h.Placed(t, account, 1)
	scan, page := servicetest.Scan(t, 99)
	_, err := h.AddPage(ctx, account, order.ID, ra.MaterialLicence, page)
	servicetest.WantCode(t, "blob not there", err, ra.CodeNotFound, "sha256")
	if err := h.StoreBlob(ctx, h.Kiosk, bytes.NewReader(scan), page.SHA256, page.Bytes); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err := h.AddPage(ctx, account, order.ID, ra.MaterialLicence, page)
		if err != nil || got.Version != 2 || len(got.Paper(ra.MaterialLicence).Pages) != 1 || got.Paper(ra.MaterialLicence).Pages[0] != page {
			t.Errorf("AddPage = %+v, version %d, %v", got.Paper(ra.MaterialLicence), got.Version, err)
		}
	}
	_, err = h.AddPage(ctx, account, order.ID, ra.MaterialForm, page)
	servicetest.WantCode(t, "same id elsewhere", err, ra.CodeConflict, "id")
	_, err = h.AddPage(ctx, account, order.ID, ra.MaterialProof, page)
	servicetest.WantCode(t, "material not needed", err, ra.CodeNotFound, "kind")
	_, err = h.AddPage(ctx, h.Registered(t), order.ID, ra.MaterialLicence, page)
	servicetest.WantCode(t, "another's order", err, ra.CodeNotFound, "")
	huge := page
	huge.Bytes = ra.MaxPageBytes + 1
	_, err = h.AddPage(ctx, account, order.ID, ra.MaterialLicence, huge)
	servicetest.WantCode(t, "huge", err, ra.CodeScanTooLarge, "")
	for _, size := range [][2]int{{math.MaxInt, 1}, {1, math.MaxInt}, {math.MaxInt, math.MaxInt}, {1 << 32, 1 << 32}, {ra.MaxPagePixels/2 + 1, 2}} {
		huge := page
		huge.Width, huge.Height = size[0], size[1]
		_, err = h.AddPage(ctx, account, order.ID, ra.MaterialLicence, huge)
		servicetest.WantCode(t, fmt.Sprintf("%d × %d", size[0], size[1]), err, ra.CodeScanTooLarge, "")
	}
	h.Page(t, account, order.ID, ra.MaterialLicence)
	page.ID = servicetest.ID(t)
	_, err = h.AddPage(ctx, account, order.ID, ra.MaterialLicence, page)
	servicetest.WantCode(t, "third of two", err, ra.CodeTooManyPages, "pages")
	if _, err := h.Store.Pool().Exec(ctx, `UPDATE requirements SET min_pages = 7, max_pages = 9`); err != nil {
		t.Fatal(err)
	}
	kept, err := h.Order(ctx, account, order.ID)
	licence, slip := kept.Paper(ra.MaterialLicence), kept.Paper(ra.MaterialRemittance)
	if err != nil || licence.MinPages != 1 || licence.MaxPages != 2 || slip.MinPages != 1 || slip.MaxPages != 3 {
		t.Errorf("licence %+v, slip %+v, %v: want the limits from when the order was placed", licence, slip, err)
	}

	first := h.OrderOf(t, account, order.ID).Paper(ra.MaterialLicence).Pages[0]
	for range 2 {
		got, err := h.RemovePage(ctx, account, order.ID, ra.MaterialLicence, first.ID)
		if err != nil || len(got.Paper(ra.MaterialLicence).Pages) != 1 {
			t.Errorf("RemovePage left %d pages, %v", len(got.Paper(ra.MaterialLicence).Pages), err)
		}
	}
}

func TestSubmitAndReturn(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order := h.Placed(t, account, 1)
	_, err := h.Submit(ctx, account, order.ID)
	servicetest.WantCode(t, "nothing there", err, ra.CodeMaterialMissing, "materials")
	for _, kind := range []ra.MaterialKind{ra.MaterialLicence, ra.MaterialIdentity, ra.MaterialForm} {
		h.Page(t, account, order.ID, kind)
	}
	_, err = h.Submit(ctx, account, order.ID)
	servicetest.WantCode(t, "one side of the card", err, ra.CodeMaterialMissing, "")
	if got := servicetest.Argument(err, "material"); got != string(ra.MaterialIdentity) {
		t.Errorf("missing %q, want the identity card", got)
	}
	h.Page(t, account, order.ID, ra.MaterialIdentity)
	order, err = h.Submit(ctx, account, order.ID)
	if err != nil || order.Materials != ra.MaterialsSubmitted || order.Payment != ra.PaymentUnpaid {
		t.Fatalf("Submit = %s, %s, %v", order.Materials, order.Payment, err)
	}
	if again, err := h.Submit(ctx, account, order.ID); err != nil || again.Version != order.Version {
		t.Errorf("Submit again: version %d, %v, want %d", again.Version, err, order.Version)
	}
	_, page := servicetest.Scan(t, 1)
	_, err = h.RemovePage(ctx, account, order.ID, ra.MaterialForm, order.Paper(ra.MaterialForm).Pages[0].ID)
	servicetest.WantCode(t, "removing while under review", err, ra.CodeState, "")
	page.SHA256 = order.Paper(ra.MaterialForm).Pages[0].SHA256
	_, err = h.AddPage(ctx, account, order.ID, ra.MaterialForm, page)
	servicetest.WantCode(t, "adding while under review", err, ra.CodeState, "")

	h.Page(t, account, order.ID, ra.MaterialRemittance) // the slip comes later
	order, err = h.Submit(ctx, account, order.ID)
	if err != nil || order.Payment != ra.PaymentAwaitingConfirmation {
		t.Fatalf("the slip: %s, %v", order.Payment, err)
	}

	reasons := []ra.Reason{{Kind: ra.ReasonNoSeal}, {Kind: ra.ReasonOther, Note: "第二页缺失"}}
	order, err = h.Judge(ctx, h.Supervisor, order.ID, ra.MaterialForm, ra.VerdictReturned, reasons, order.Version)
	if err != nil {
		t.Fatal(err)
	}
	h.Seen(t, h.Supervisor, order)
	order, err = h.Judge(ctx, h.Supervisor, order.ID, ra.MaterialLicence, ra.VerdictAccepted, nil, order.Version)
	if err != nil {
		t.Fatal(err)
	}
	version := order.Version
	for range 2 {
		order, err = h.Return(ctx, h.Supervisor, order.ID, version)
		if err != nil || order.Materials != ra.MaterialsReturned || len(order.Returned) != 2 || order.Version != version+1 {
			t.Fatalf("Return = %s, %v, version %d, %v", order.Materials, order.Returned, order.Version, err)
		}
	}
	if n, err := h.DeliverMessages(ctx); err != nil || n != 1 || !strings.Contains(h.Sender.Sent()[0].Text, "业务登记表未加盖公章；业务登记表第二页缺失") {
		t.Errorf("%d messages, %v: %+v", n, err, h.Sender.Sent())
	}

	_, err = h.Submit(ctx, account, order.ID)
	servicetest.WantCode(t, "unchanged, as a late repeat would be", err, ra.CodeMaterialMissing, "")
	_, err = h.RemovePage(ctx, account, order.ID, ra.MaterialLicence, order.Paper(ra.MaterialLicence).Pages[0].ID)
	servicetest.WantCode(t, "removing an accepted one", err, ra.CodeState, "")
	order, err = h.RemovePage(ctx, account, order.ID, ra.MaterialForm, order.Paper(ra.MaterialForm).Pages[0].ID)
	if err != nil || order.Paper(ra.MaterialForm).Verdict != ra.VerdictNone {
		t.Errorf("after removing: %s, %v", order.Paper(ra.MaterialForm).Verdict, err)
	}
	h.Page(t, account, order.ID, ra.MaterialForm)
	order, err = h.Submit(ctx, account, order.ID)
	if err != nil || order.Materials != ra.MaterialsSubmitted || len(order.Returned) != 0 {
		t.Errorf("handed in again: %s, %v, %v", order.Materials, order.Returned, err)
	}
}
