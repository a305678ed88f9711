package intake_test

import (
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// holdings are the ids of the certificates that a member is told of.
func holdings(t *testing.T, h *servicetest.Hall, member ra.Membership, text string) (ids []string) {
	t.Helper()
	page, err := h.Holdings(t.Context(), h.Kiosk, member, ra.HoldingQuery{Serial: text})
	servicetest.Must(t, err)
	for _, one := range page.Holdings {
		ids = append(ids, one.ID)
	}
	return ids
}

// TestMyCertificates: a confirmed member sees all of the organisation's in the project with the key, what was bought and the dates, a
// claiming one sees those of their own orders, and nobody another's.
func TestMyCertificates(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 2, 40)
	p, err := h.Holdings(t.Context(), h.Kiosk, member, ra.HoldingQuery{})
	servicetest.Must(t, err)
	page := p.Holdings
	if len(page) != 2 || p.More {
		t.Fatalf("%d certificates, more: %v, want the two", len(page), p.More)
	}
	order := orderOf(t, h, member)
	for _, one := range page {
		if !slices.Contains(certificates, one.ID) || one.State != ra.CertificateActive || one.Key.Serial == "" || one.Model != servicetest.Model ||
			one.Service.ZH != "机构证书一年" || one.OrderNumber != order.Number || !one.NotAfter.Equal(h.CertificateEnd(t, one.ID)) {
			t.Errorf("holding %+v", one)
		}
	}
	mate := h.Registration(t)
	mate.Organisation = member.Organisation
	claimed, err := h.Register(t.Context(), h.Kiosk, mate)
	servicetest.Must(t, err)
	if got := holdings(t, h, claimed, ""); got != nil {
		t.Errorf("a claimed member sees %v, want nothing", got)
	}
	stranger, _ := h.Holder(t, 1)
	if got := holdings(t, h, stranger, ""); len(got) != 1 || slices.Contains(certificates, got[0]) {
		t.Errorf("another organisation sees %v, want its own", got)
	}
}

// orderOf is the member's newest order.
func orderOf(t *testing.T, h *servicetest.Hall, member ra.Membership) ra.Order {
	t.Helper()
	all, err := h.Orders(t.Context(), member)
	servicetest.Must(t, err)
	return all[0]
}

// TestMyCertificatesOfOwnOrders: what was signed and not proven is nobody's, and who only claims the organisation is told that of every service.

func TestMyCertificatesOfOwnOrders(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member, release, key := h.Begun(t)
	issued := h.Certified(t, release, key)
	if got := holdings(t, h, h.MemberAgain(t, member), ""); got != nil {
		t.Errorf("before the proof: %v, want nothing", got)
	}
	_, err := h.Confirm(t.Context(), h.Kiosk, release.Hold(), h.Proof(t, release, key))
	servicetest.Must(t, err)
	claimed := h.MemberAgain(t, member)
	if claimed.State = ra.MembershipClaimed; len(holdings(t, h, claimed, "")) != 1 {
		t.Errorf("after it: %v, want %s", holdings(t, h, claimed, ""), issued.CertificateID)
	}
	page, err := h.Holdings(t.Context(), h.Kiosk, claimed, ra.HoldingQuery{})
	servicetest.Must(t, err)
	for _, o := range page.Holdings[0].Offers {
		if o.Refused != ra.CodeMembershipClaimed {
			t.Errorf("%s %s is refused with %q, want %s", o.Kind, o.Reason, o.Refused, ra.CodeMembershipClaimed)
		}
	}
}

// TestMyCertificatesBySerial: a key is found by a part of its serial in either case, a certificate by the beginning of its own, and
// nothing in the text is a pattern; each search has a line that does not repeat it.
func TestMyCertificatesBySerial(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 2, 40)
	one, err := h.Store.CertificateByID(t.Context(), certificates[0])
	servicetest.Must(t, err)
	for text, want := range map[string]int{
		one.Key.Serial: 1, " " + one.Key.Serial[1:] + " ": 1, one.SerialNumber[:12]: 1, one.SerialNumber[1:13]: 0, "%": 0, "_": 0, "": 2,
	} {
		if got := holdings(t, h, member, text); len(got) != want {
			t.Errorf("%q finds %v, want %d", text, got, want)
		}
	}
	lines, err := h.Store.AuditAfter(t.Context(), 0, 10_000)
	servicetest.Must(t, err)
	searches := 0
	for _, l := range lines {
		if l.Action == "holdings.search" && l.ActorID == member.ID && l.Subject == "" {
			searches++
		}
	}
	if searches != 6 {
		t.Errorf("%d lines about searches, want 6", searches)
	}
}

// TestMyCertificatesInPages: each comes once, newest first.
func TestMyCertificatesInPages(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	h.Project.MaxUnits = 30
	h.PutProject(t, 1, h.Project)
	member, certificates := h.Holder(t, 23)
	var seen []string
	for before := ""; ; {
		page, err := h.Holdings(t.Context(), h.Kiosk, member, ra.HoldingQuery{Before: before})
		servicetest.Must(t, err)
		for _, one := range page.Holdings {
			seen = append(seen, one.ID)
		}
		if !page.More {
			break
		}
		before = seen[len(seen)-1]
	}
	slices.Reverse(seen)
	if !slices.Equal(seen, slices.Sorted(slices.Values(certificates))) {
		t.Errorf("%d seen, want the %d, newest first", len(seen), len(certificates))
	}
	_, err := h.Holdings(t.Context(), h.Kiosk, member, ra.HoldingQuery{Before: "7"})
	servicetest.WantCode(t, "after no id", err, ra.CodeInvalid, "before")
}

// TestOffersSayWhyNot: the services that the project sells on certificates, each with why it cannot be ordered now, as placing it says.
func TestOffersSayWhyNot(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 1, 200)
	offers := func(when string, want map[ra.Kind]ra.Code) map[ra.Kind]ra.Offer {
		t.Helper()
		page, err := h.Holdings(t.Context(), h.Kiosk, member, ra.HoldingQuery{})
		servicetest.Must(t, err)
		got := map[ra.Kind]ra.Offer{}
		for _, o := range page.Holdings[0].Offers {
			got[o.Kind] = o
			if o.Refused != want[o.Kind] {
				t.Errorf("%s: %s %s is refused with %q, want %q", when, o.Kind, o.Reason, o.Refused, want[o.Kind])
			}
		}
		if len(page.Holdings[0].Offers) != 8 {
			t.Errorf("%s: %d offers, want all 8 services on certificates", when, len(page.Holdings[0].Offers))
		}
		return got
	}
	early := offers("long before its end", map[ra.Kind]ra.Code{ra.KindRenew: ra.CodeWindowEarly, ra.KindExtend: ra.CodeWindowEarly})
	if early[ra.KindExtend].Args["from"] == "" {
		t.Errorf("offer %+v, want from when", early[ra.KindExtend])
	}
	h.Clock.Advance(160 * 24 * time.Hour)
	offers("near its end", nil)
	order, err := h.Place(t.Context(), h.Kiosk, member, h.On(t, ra.KindUnlock, ra.ReasonNone, certificates[0]))
	servicetest.Must(t, err)
	if got := offers("ordered", map[ra.Kind]ra.Code{ra.KindUnlock: ra.CodeOrderOpen}); got[ra.KindUnlock].Args["number"] != order.Number {
		t.Errorf("offer %+v, want the number %s", got[ra.KindUnlock], order.Number)
	}
	servicetest.Must(t, h.Suspend(t.Context(), h.Supervisor, certificates[0], "x"))
	held := ra.CodeCertificateSuspended
	offers("suspended", map[ra.Kind]ra.Code{ra.KindRenew: held, ra.KindExtend: held, ra.KindChange: held, ra.KindUnlock: held})
	h.Project.Services = slices.DeleteFunc(h.Project.Services, func(s ra.Service) bool { return s.Kind != ra.KindNew })
	h.PutProject(t, 1, h.Project)
	page, err := h.Holdings(t.Context(), h.Kiosk, member, ra.HoldingQuery{})
	servicetest.Must(t, err)
	if len(page.Holdings[0].Offers) != 0 {
		t.Errorf("offers %+v of a project that sells none", page.Holdings[0].Offers)
	}
}

// TestApprovedWork is one list over all orders: new keys and work on known ones, without what waits for a review or is done.
func TestApprovedWork(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 1, 40)
	h.Submitted(t, member, 1)
	fresh, _ := h.Approved(t, member, 2)
	extended := h.Passed(t, member, h.On(t, ra.KindExtend, ra.ReasonNone, certificates[0]))
	all, err := h.Work(t.Context(), h.Kiosk, member)
	servicetest.Must(t, err)
	if len(all) != 3 || all[0].OrderID != fresh.ID || all[0].Target != nil || all[0].Service.ZH == "" || all[2].OrderNumber != extended.Number ||
		all[2].Kind != ra.KindExtend || all[2].Target == nil || all[2].Target.CertificateID != certificates[0] || all[2].Target.SerialNumber == "" || all[2].State != ra.UnitWaiting {
		t.Errorf("work %+v", all)
	}
	stranger, _ := h.Holder(t, 1)
	if got, err := h.Work(t.Context(), h.Kiosk, stranger); err != nil || len(got) != 0 {
		t.Errorf("another organisation's: %v, %v", got, err)
	}
}

// TestWorkAtTwoPricesIsListedOnce: an extension of two certificates, of which one has a term, has two lines of one service.
func TestWorkAtTwoPricesIsListedOnce(t *testing.T) {
	t.Parallel()
	h, member, certificates := holding(t, 2, 40)
	h.Passed(t, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates[0]))
	order := h.Passed(t, member, h.On(t, ra.KindExtend, ra.ReasonNone, certificates...))
	all, err := h.Work(t.Context(), h.Kiosk, member)
	servicetest.Must(t, err)
	if len(order.Lines) != 2 || len(all) != 2 || all[0].UnitID == all[1].UnitID {
		t.Errorf("work on %d lines is %+v, want two units once each", len(order.Lines), all)
	}
}
