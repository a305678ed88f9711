package workflow

import (
	"testing"
	"time"

	"keyhall/backoffice/ra"
)

// underReview is a hall with an order that is paid and handed in.
func underReview(t *testing.T) (h *hall, orderID string) {
	t.Helper()
	h = openHall(t, 0)
	h.account()
	orderID = h.order(1, ra.OrderOpen)
	h.client.set(func() {
		h.client.orders[orderID].Materials, h.client.orders[orderID].Payment = ra.MaterialsSubmitted, ra.PaymentPaid
	})
	return h, orderID
}

// TestWaitingPageWaitsAsLongAsItSays: for the minutes that it tells and the idle time, hidden after the idle time; a touch shows it
// again and does nothing else. Where it takes days it ends with the idle time.
func TestWaitingPageWaitsAsLongAsItSays(t *testing.T) {
	t.Parallel()
	h, id := underReview(t)
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{id})
	see(h, func(p WaitPage) bool { return p.Order.State == "under_review" && p.Span.Args["minutes"] == "10" })
	shown := h.now()
	h.clock.add(4 * time.Minute)
	see(h, func(p NoticePage) bool { return p.ID == noticeRest })
	if f := h.now(); f.Customer != "" || f.Back || !f.Home || f.Deadline != shown.Deadline {
		t.Errorf("frame of the hidden page %+v, want nobody's, until %v", f, shown.Deadline)
	}
	h.client.supervisor(t, func(o *ra.Order) { o.State = ra.OrderApproved })
	see(h, func(p NoticePage) bool { return p.ID == noticeRestApproved })
	h.do(Go{}, Go{}) // on the hidden page: it is shown, and nothing on it is pressed
	see(h, func(p WaitPage) bool { return p.Make })
	if f := h.now(); f.Customer != "138****1234" {
		t.Errorf("frame of the page that is shown again %+v", f)
	}
	h.clock.add(12 * time.Minute)
	see(h, func(p NoticePage) bool { return p.ID == noticeRestApproved })
	h.clock.add(2 * time.Minute)
	see[HomePage](h, nil)
	eventually(t, "session ended", func() bool { return h.client.ended() == 1 })
	h.client.set(func() {
		h.client.orders[id].State, h.client.orders[id].Payment = ra.OrderOpen, ra.PaymentAwaitingConfirmation
	})
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{id})
	see(h, func(p WaitPage) bool { return p.Span.Key == "span.working_days" })
	h.clock.add(4 * time.Minute)
	see[HomePage](h, nil)
	h.end()
}

// TestHiddenWaitingPageAsksForNoLogin: a session that ends meanwhile is asked for when somebody is there, not before: the form has
// the person's login. Going home from the hidden page is possible at once.
func TestHiddenWaitingPageAsksForNoLogin(t *testing.T) {
	t.Parallel()
	h, id := underReview(t)
	waits := func() {
		see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
		h.do(OpenOrder{id})
		see[WaitPage](h, nil)
		h.clock.add(4 * time.Minute)
		see(h, func(p NoticePage) bool { return p.ID == noticeRest })
	}
	h.logIn()
	waits()
	h.client.set(func() { clear(h.client.sessions); h.client.refuse["Order"] = ra.E(ra.CodeSessionOver) })
	eventually(t, "asked without a session", func() (asked bool) {
		h.clock.add(10 * time.Second)
		h.client.set(func() { asked = h.client.refuse["Order"] == nil })
		return asked
	})
	see(h, func(p NoticePage) bool { return p.ID == noticeRest })
	h.do(Touch{})
	see(h, func(p FormPage) bool { return p.ID == FormLogIn && isFault(p.Fault, ra.CodeSessionOver) })
	h.form(FormLogIn, "password", "secret123")
	see[WaitPage](h, nil)
	h.clock.add(4 * time.Minute)
	see(h, func(p NoticePage) bool { return p.ID == noticeRest })
	h.do(Home{})
	see[HomePage](h, nil)
	h.end()
}

// TestSamePageBegunAnewIsShownAnew: what a person does to a page counts also when the stage begins anew and looks as before.
func TestSamePageBegunAnewIsShownAnew(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	see[HomePage](h, nil)
	h.do(SeeInfo{})
	see(h, func(p ProjectsPage) bool { return len(p.Projects) == 2 })
	h.w.post(0, func() { h.w.become(&faultStep{}) })
	see[FaultPage](h, nil)
	h.w.post(0, func() { h.w.become(&faultStep{}) })
	done := make(chan struct{})
	h.w.post(0, func() { close(done) })
	<-done
	h.do(CallStaff{})
	see(h, func(p NoticePage) bool { return p.ID == "staff" })
	h.end()
}
