package review_test

import (
	"crypto/x509"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
	"keyhall/backoffice/servicetest"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 1)
	_, _, key := h.Made(t, account, order, code)
	second := h.Placed(t, h.Registered(t), 1)
	find := func(q book.OrderQuery) []ra.Order {
		t.Helper()
		all, err := h.SearchOrders(ctx, h.Counter, q)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	for text, want := range map[string]int{"": 2, order.Number: 1, order.Number[:4]: 2, "示范科技": 2, "91110000": 2, account.Login: 1, "９１１１ 0000ma": 2, order.Applicant.Handler.Mobile: 1, order.Applicant.Handler.Name: 2, account.Login[:3] + " " + account.Login[3:]: 1,
		"+86" + account.Login: 1, "杭州 示范": 2, "%": 0, "_": 0, "nobody": 0} {
		if got := find(book.OrderQuery{Text: text}); len(got) != want {
			t.Errorf("search for %q found %d, want %d", text, len(got), want)
		}
	}
	if got := find(book.OrderQuery{State: ra.OrderOpen}); len(got) != 1 || got[0].ID != second.ID {
		t.Errorf("open orders: %d", len(got))
	}
	if got := find(book.OrderQuery{Limit: 1, Before: second.ID}); len(got) != 1 || got[0].ID != order.ID {
		t.Errorf("second page: %d", len(got))
	}
	_, err := h.SearchOrders(ctx, h.Counter, book.OrderQuery{State: "x"})
	servicetest.WantCode(t, "unknown state", err, ra.CodeInvalid, "state")
	_, err = h.SearchOrders(ctx, h.Counter, book.OrderQuery{Before: "x"})
	servicetest.WantCode(t, "bad page", err, ra.CodeInvalid, "before")

	parsed, err := x509.ParseCertificate(key.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{"": 1, hex.EncodeToString(parsed.SerialNumber.Bytes())[:8]: 1, "示范科技": 1, key.Identity.Serial: 1, "91110000MA00000152": 1, "9111 0000 ma00": 1, "nobody": 0} {
		all, err := h.SearchCertificates(ctx, h.Counter, book.CertificateQuery{Text: text})
		if err != nil || len(all) != want {
			t.Errorf("search for %q found %d certificates, %v, want %d", text, len(all), err, want)
		}
	}
	if all, err := h.SearchCertificates(ctx, h.Counter, book.CertificateQuery{State: ra.CertificateRevoked}); err != nil || len(all) != 0 {
		t.Errorf("%d revoked, %v", len(all), err)
	}
	_, err = h.Certificate(ctx, h.Counter, servicetest.ID(t))
	servicetest.WantCode(t, "no such certificate", err, ra.CodeNotFound, "")
}

// TestNewestIsWhatWasPlacedLast, page by page, whatever the kiosks' clocks put into the orders' ids.
func TestNewestIsWhatWasPlacedLast(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	var want []string
	for _, id := range []string{"fffffff0-0000-7000-8000-000000000001", servicetest.ID(t), "00000000-0000-7000-8000-000000000001"} {
		h.Clock.Advance(time.Second)
		a := h.Application(t, 1)
		a.ID = id
		_, err := h.Place(t.Context(), h.Kiosk, member, a)
		servicetest.Must(t, err)
		want = append([]string{id}, want...)
	}
	var got []string
	for before := ""; len(got) < len(want); before = got[len(got)-1] {
		page, err := h.SearchOrders(t.Context(), h.Counter, book.OrderQuery{Limit: 1, Before: before})
		if err != nil || len(page) != 1 {
			t.Fatalf("%d orders before %q, %v", len(page), before, err)
		}
		got = append(got, page[0].ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCaseChecks(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	r := h.Registration(t)
	first, err := h.Register(ctx, h.Kiosk, r)
	if err != nil {
		t.Fatal(err)
	}
	r.ID, r.Login, r.Organisation.CreditCode = servicetest.ID(t), "13955556666", "12310115MB1234562B"
	if _, err := h.Register(ctx, h.Kiosk, r); err != nil {
		t.Fatal(err)
	}
	order := h.Placed(t, first, 1)
	c, err := h.Case(ctx, h.Counter, order.ID)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, check := range c.Checks {
		got[check.Name] = check.OK
	}
	for name, want := range map[string]bool{"credit_code": true, "id_number": true, "mobile_elsewhere": false, "pages_complete": false, "payment_settled": false} {
		if ok, there := got[name]; !there || ok != want {
			t.Errorf("check %s: %v, want %v", name, ok, want)
		}
	}
	if c.Member.ID != first.ID || c.Kiosk != h.Kiosk || c.Project.ID != servicetest.ProjectID || len(c.History) != 1 || c.History[0].Action != "order.place" {
		t.Errorf("case %+v", c)
	}
	_, err = h.Case(ctx, h.Counter, servicetest.ID(t))
	servicetest.WantCode(t, "no such order", err, ra.CodeNotFound, "")
}

// TestSameMobileElsewhere: the fact is about other organisations, whether they registered or ordered, and whatever became of it.
func TestSameMobileElsewhere(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	first := h.Registered(t)
	told := func(what string, orderID, want string) {
		t.Helper()
		c, err := h.Case(t.Context(), h.Supervisor, orderID)
		servicetest.Must(t, err)
		i := slices.IndexFunc(c.Checks, func(c review.Check) bool { return c.Name == "mobile_elsewhere" })
		if got := c.Checks[i]; got.Note != want || got.OK != (want == "0") {
			t.Errorf("%s: %+v, want %s", what, got, want)
		}
	}
	order := h.Placed(t, first, 1)
	h.Placed(t, first, 1)
	colleague := h.Registration(t)
	colleague.Login, colleague.Organisation, colleague.Handler.Mobile = "13955556666", first.Organisation, first.Handler.Mobile
	same, err := h.Register(t.Context(), h.Kiosk, colleague)
	servicetest.Must(t, err)
	h.Placed(t, same, 1)
	told("others of the same organisation, with the same mobile", order.ID, "0")

	again := h.Registration(t)
	again.Login, again.Handler, again.Organisation.CreditCode = first.Login, first.Handler, "12310115MB1234562B"
	other, err := h.Register(t.Context(), h.Kiosk, again) // the same person
	servicetest.Must(t, err)
	told("the same person for another organisation", order.ID, "1")
	h.Clock.Advance(31 * 24 * time.Hour)
	told("which is long ago", order.ID, "0")
	late := h.Placed(t, other, 1)
	h.Placed(t, other, 1)
	told("and orders now, twice", order.ID, "1")
	told("seen from there", late.ID, "0")
	_, err = h.CancelOrder(t.Context(), h.Supervisor, late.ID, []ra.Reason{{Kind: ra.ReasonExpired}}, late.Version)
	servicetest.Must(t, err)
	told("cancelled", order.ID, "1")
	told("seen from there, where the other's are older", late.ID, "0")
	h.Placed(t, first, 1)
	told("and ordered again", late.ID, "1")
}

func TestPageImage(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order := h.Placed(t, account, 1)
	order = h.Page(t, account, order.ID, ra.MaterialLicence)
	page := order.Paper(ra.MaterialLicence).Pages[0]
	other := h.Placed(t, account, 1) // with the same scan
	_, err := h.AddPage(ctx, account, other.ID, ra.MaterialLicence, ra.Page{ID: servicetest.ID(t), SHA256: page.SHA256, Bytes: page.Bytes,
		Width: page.Width, Height: page.Height, At: page.At})
	servicetest.Must(t, err)
	for range 2 {
		image, kind, err := h.PageImage(ctx, h.Counter, other.ID, page.SHA256)
		servicetest.Must(t, err)
		if text, err := io.ReadAll(image); err != nil || int64(len(text)) != page.Bytes || kind != "image/png" {
			t.Errorf("%d bytes of %s, %v, want %d of image/png", len(text), kind, err, page.Bytes)
		}
		servicetest.Must(t, image.Close())
	}
	views := func(orderID string) (n int) {
		for _, line := range h.TrailOf(t, orderID) {
			if line.Action == "page.view" && line.ActorID == h.Counter.ID {
				n++
			}
		}
		return n
	}
	if views(order.ID) != 0 || views(other.ID) != 1 {
		t.Errorf("%d and %d lines about looks, want one, under the order that was looked at", views(order.ID), views(other.ID))
	}
	h.Clock.Advance(time.Hour)
	image, _, err := h.PageImage(ctx, h.Counter, other.ID, page.SHA256)
	servicetest.Must(t, err)
	servicetest.Must(t, image.Close())
	if views(other.ID) != 2 {
		t.Errorf("%d lines after another look, an hour later, want 2", views(other.ID))
	}
	_, _, err = h.PageImage(ctx, h.Counter, order.ID, strings.Repeat("0", 64))
	servicetest.WantCode(t, "no such page", err, ra.CodeNotFound, "")
}

// What a change brings anew is not held against the organisation's record, and what it leaves is.
func TestChangeFitsTheRecord(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member, _ := h.Holder(t, 1)
	order, err := h.Place(t.Context(), h.Kiosk, member, h.Change(t, member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = "杭州更名科技有限公司" }))
	servicetest.Must(t, err)
	fits := func() bool {
		c, err := h.Case(t.Context(), h.Supervisor, order.ID)
		servicetest.Must(t, err)
		i := slices.IndexFunc(c.Checks, func(c review.Check) bool { return c.Name == "organisation_record" })
		return c.Checks[i].OK
	}
	if !fits() {
		t.Error("a new name is told as one that differs from the record")
	}
	spoil(t, h, "UPDATE organisations SET legal = jsonb_set(legal, '{name}', '\"王五\"')")
	if fits() {
		t.Error("another legal representative than the record's is not told")
	}
}
