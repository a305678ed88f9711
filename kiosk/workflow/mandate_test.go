package workflow

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// TestLeftOnTheRealRules: the back office goes away before the order is placed, or before it is handed in; the customer leaves, the
// kiosk loses its power, and everything is done under the kiosk's own certificate when the back office is there again. The
// customer's session ended long before.
func TestLeftOnTheRealRules(t *testing.T) {
	t.Parallel()
	for _, awayFrom := range []string{"Place", "Submit"} {
		t.Run(awayFrom, func(t *testing.T) {
			t.Parallel()
			h, d := realHall(t, 0)
			away := losing(h, d, awayFrom)
			r := d.Registration(t)
			member, err := d.Register(t.Context(), "", r)
			if err != nil {
				t.Fatal(err)
			}
			fillIn(h, r)
			h.do(Go{})
			if awayFrom == "Submit" {
				see[PrintPage](h, nil)
				h.do(Skip{})
				scansAll(h)
				h.do(Go{})
				see(h, func(p ScanPage) bool { return isKept(p.Fault, keptPapers) && !p.Busy })
			} else {
				see(h, func(p SummaryPage) bool { return isKept(p.Fault, keptOrder) })
			}
			h.do(Home{})
			see[HomePage](h, nil)
			h.stop()
			if err := d.Store.EndSessionsOf(t.Context(), member.PersonID, "", d.Clock.Now()); err != nil {
				t.Fatal(err)
			}
			away.Store(false)
			h.restart()
			order := func() ra.Order {
				all, err := d.Hall.Orders(t.Context(), member)
				if err != nil || len(all) != 1 {
					return ra.Order{}
				}
				return all[0]
			}
			want := map[string]ra.MaterialsState{"Place": ra.MaterialsMissing, "Submit": ra.MaterialsSubmitted}[awayFrom]
			eventually(t, "carried out", func() bool { return order().Materials == want })
			eventually(t, "nothing kept", func() bool { all, err := h.journal.Mandates(t.Context(), ""); return err == nil && len(all) == 0 })
			for _, p := range order().Papers {
				if awayFrom == "Submit" && p.Kind != ra.MaterialRemittance && len(p.Pages) == 0 {
					t.Errorf("no page of %s arrived", p.Kind)
				}
			}
			h.end()
			d.Sound(t)
		})
	}
}

// TestWaitingGoesOnByItself: the customer stays while the back office is away. Looking at what they scanned takes nothing back, and
// once the back office answers the page goes on without them, each time.
func TestWaitingGoesOnByItself(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 0)
	away := &atomic.Bool{}
	d.lose = func(string, bool) error {
		if away.Load() {
			return errLine
		}
		return nil
	}
	t.Cleanup(h.stop)
	r := d.Registration(t)
	member, err := d.Register(t.Context(), "", r)
	if err != nil {
		t.Fatal(err)
	}
	comesBack := func() {
		away.Store(false)
		h.clock.add(time.Minute)
	}
	fillIn(h, r)
	away.Store(true)
	h.do(Go{})
	see(h, func(p SummaryPage) bool { return isKept(p.Fault, keptOrder) && !p.Busy })
	comesBack()
	see[PrintPage](h, nil)
	h.do(Skip{})
	scansAll(h)
	away.Store(true)
	h.do(Go{})
	see(h, func(p ScanPage) bool { return isKept(p.Fault, keptPapers) && !p.Busy })
	h.do(ChooseMaterial{ra.MaterialLicence})
	see(h, func(p ScanPage) bool { return p.Current == 0 && isKept(p.Fault, keptPapers) })
	comesBack()
	see(h, func(p PayPage) bool { return len(p.Sources) == 2 })
	h.do(Scan{"flatbed"})
	see(h, func(p PayPage) bool { return p.Slip.Pages == 1 && !p.Busy })
	away.Store(true)
	h.do(Go{})
	see(h, func(p PayPage) bool { return isKept(p.Fault, keptSlip) && !p.Busy })
	comesBack()
	see[WaitPage](h, nil)
	all, err := d.Hall.Orders(t.Context(), member)
	if err != nil || len(all) != 1 || all[0].Materials != ra.MaterialsSubmitted {
		t.Errorf("the hall has %+v, %v, want one order, handed in", all, err)
	}
	h.end()
	d.Sound(t)
}

// isKept tells a fault that says what is kept.
func isKept(f *Fault, what string) bool { return isFault(f, ra.CodeOfficeAway) && f.Kept == what }

// losing breaks the line at a method from its first call on, and then at every one that a left order needs.
func losing(h *hall, d *direct, method string) *atomic.Bool {
	away := &atomic.Bool{}
	d.lose = func(called string, _ bool) error {
		if called == method {
			away.Store(true)
		}
		if away.Load() {
			return errLine
		}
		return nil
	}
	h.t.Cleanup(h.stop) // nothing calls it any more when the test ends
	return away
}

// fillIn goes from home to the summary of an order.
func fillIn(h *hall, r ra.Registration) {
	h.t.Helper()
	see(h, func(p HomePage) bool { return len(p.Services) == 6 })
	h.do(ChooseKind{ra.KindNew})
	h.ready()
	h.form(FormLogIn, "login", r.Login, "password", r.Password)
	see(h, func(p ServicesPage) bool { return len(p.Items) == 2 && !p.Ready })
	h.do(SetQuantity{servicetest.ServiceID, 1}, Go{})
	h.form(FormInvoice)
	h.form(FormDelivery)
	see[SummaryPage](h, nil)
}

// scansAll scans as many pages of each material as are needed.
func scansAll(h *hall) {
	h.t.Helper()
	for _, m := range see(h, func(p ScanPage) bool { return len(p.Sources) == 2 }).Materials {
		h.do(ChooseMaterial{m.Kind})
		for n := range m.MinPages {
			h.do(Scan{"flatbed"})
			see(h, func(p ScanPage) bool {
				return p.Materials[p.Showing].Pages == n+1 && p.Materials[p.Showing].Kind == m.Kind && !p.Busy
			})
		}
	}
}

// TestChangedAfterHandingIn: what the customer changes after the hand-in met a broken line is not handed in without them; the pages
// go over all the same when they leave.
func TestChangedAfterHandingIn(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderOpen)
	h.toScan(id)
	scansAll(h)
	h.client.set(func() { h.client.away = true })
	h.do(Go{})
	see(h, func(p ScanPage) bool { return isFault(p.Fault, ra.CodeOfficeAway) && !p.Busy })
	if all, err := h.journal.Mandates(t.Context(), ""); err != nil || len(all) != 1 || !all[0].Submit {
		t.Errorf("kept %+v, %v, want what was handed in", all, err)
	}
	h.do(Scan{"flatbed"})
	see(h, func(p ScanPage) bool { return p.Materials[p.Current].Pages == 2 && !p.Busy && p.Fault == nil })
	if all, err := h.journal.Mandates(t.Context(), ""); err != nil || len(all) != 0 {
		t.Errorf("kept %+v, %v, want nothing: the customer changes it", all, err)
	}
	h.do(Home{})
	see[HomePage](h, nil)
	h.client.set(func() { h.client.away = false })
	eventually(t, "nothing kept", func() bool { all, err := h.journal.Mandates(t.Context(), ""); return err == nil && len(all) == 0 })
	h.client.set(func() {
		o := h.client.orders[id]
		if o.Materials != ra.MaterialsMissing || len(paperOf(o, ra.MaterialForm).Pages) != 2 || len(paperOf(o, ra.MaterialLicence).Pages) != 1 {
			t.Errorf("materials %s, %+v, want the pages and nothing handed in", o.Materials, o.Papers)
		}
	})
	h.end()
}

// TestPagesOfEveryOrderGoOver: a customer scans for one order, looks at the list, and leaves.
func TestPagesOfEveryOrderGoOver(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderOpen)
	h.toScan(id)
	see(h, func(p ScanPage) bool { return len(p.Sources) == 2 })
	h.do(Scan{"flatbed"})
	see(h, func(p ScanPage) bool { return p.Materials[0].Pages == 1 && !p.Busy })
	h.client.set(func() { clear(h.client.sessions) })
	h.do(ChooseMaterial{ra.MaterialForm}, Scan{"flatbed"})
	see(h, func(p ScanPage) bool { return p.Materials[1].Pages == 1 && !p.Busy })
	h.do(Home{})
	see[HomePage](h, nil)
	eventually(t, "pages delivered", func() (ok bool) {
		h.client.set(func() { ok = len(paperOf(h.client.orders[id], ra.MaterialForm).Pages) == 1 })
		return ok
	})
	h.end()
}

// TestCarriedOutWhileTheListIsOpen: what still waited when the customer logged in is carried out before they open the order; it opens
// as handed in. While the back office is away it opens as the list has it.
func TestCarriedOutWhileTheListIsOpen(t *testing.T) {
	t.Parallel()
	for _, away := range []bool{false, true} {
		h := openHall(t, 0)
		h.account()
		id := h.order(1, ra.OrderOpen)
		h.logIn()
		see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
		h.client.set(func() {
			o := h.client.orders[id]
			o.Materials, o.Payment = ra.MaterialsSubmitted, ra.PaymentAwaitingConfirmation
			h.client.away = away
		})
		h.do(OpenOrder{id})
		if away {
			see[ScanPage](h, nil)
		} else {
			see[WaitPage](h, nil)
		}
		h.end()
	}
}

// TestLeftAndRefused: nobody is there when the back office refuses an order for good. The next login opens it for changes again.
func TestLeftAndRefused(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	h.toSummary()
	h.client.set(func() { h.client.away = true })
	h.do(Go{})
	see(h, func(p SummaryPage) bool { return isFault(p.Fault, ra.CodeOfficeAway) })
	h.do(Home{})
	see[HomePage](h, nil)
	h.client.set(func() { h.client.away, h.client.refuse["Place"] = false, ra.E(ra.CodeConflict).At("number") })
	eventually(t, "shelved", func() bool {
		all, err := h.journal.Mandates(t.Context(), "")
		return err == nil && len(all) == 1 && all[0].Refused != nil && all[0].Refused.Code == ra.CodeConflict
	})
	h.logIn()
	see[OrdersPage](h, nil)
	h.do(NewApplication{})
	h.ready()
	see(h, func(p ServicesPage) bool { return p.Items[0].Quantity == 1 })
	h.do(Go{})
	h.form(FormInvoice)
	h.form(FormDelivery)
	see(h, func(p SummaryPage) bool {
		return slices.ContainsFunc(p.Sections, func(s Section) bool { return s.Edit })
	})
	h.do(Go{})
	if number := see[PrintPage](h, nil).Number; number == ra.OrderNumber("XH03", 1) {
		t.Errorf("number %s again, want one of its own", number)
	}
	h.end()
}

// TestNothingSealsAfterHome: the key of the session's mandates is overwritten with everything else.
func TestNothingSealsAfterHome(t *testing.T) {
	t.Parallel()
	v := newVisit(nil)
	v.mandate = ra.MandateKey{SessionID: "s", Key: []byte("secret")}
	key := v.mandate.Key
	v.wipe()
	if slices.ContainsFunc(key, func(b byte) bool { return b != 0 }) {
		t.Error("the mandate key is still in memory")
	}
}
