package workflow

import (
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/ra"
)

// TestFinishedOrderHasItsOwnPage: an order that is over is not under review; it tells what was made and prints the slip again.
func TestFinishedOrderHasItsOwnPage(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(2, ra.OrderInProgress)
	h.client.Lock.Lock()
	for i := range h.client.Units {
		u := &h.client.Units[i]
		u.State, u.UKeyModel, u.UKeySerial, u.CertificateID = ra.UnitDone, "softhsm", "77F"+string(rune('1'+i)), "c"+string(rune('1'+i))
	}
	h.client.Lock.Unlock()
	ends := time.Date(2027, 11, 23, 17, 0, 0, 0, time.UTC) // in Shanghai it is the next day
	h.client.set(func() {
		h.client.made = []ra.Certificate{{ID: "c2", SerialNumber: "ab34", State: ra.CertificateActive, NotBefore: ends.AddDate(-1, 0, 0), NotAfter: ends},
			{ID: "c1", SerialNumber: "ab12", State: ra.CertificateSuperseded, NotBefore: ends.AddDate(-1, 0, 0), NotAfter: ends}}
		h.client.refuse["Certificates"] = ra.E(ra.CodeInternal)
	})
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 && p.Orders[0].State == "done" })
	h.do(OpenOrder{id})
	see(h, func(p FinishedPage) bool { return isFault(p.Fault, ra.CodeInternal) })
	h.do(Retry{})
	p := see(h, func(p FinishedPage) bool { return p.Fault == nil && len(p.Keys) == 2 })
	for i, want := range []string{"77F1 ab12 2027-11-24 certificate.superseded", "77F2 ab34 2027-11-24 certificate.active"} {
		facts := p.Keys[i].Facts
		if got := strings.Join([]string{facts[1].Value, facts[2].Value, facts[4].Value, facts[5].Key}, " "); got != want || p.Keys[i].Number != i+1 {
			t.Errorf("key %d: got %q, want %q", p.Keys[i].Number, got, want)
		}
	}
	h.do(Reprint{})
	see(h, func(p FinishedPage) bool { return p.Slip == PrintDone })
	if got, want := h.printer.printed, "slip "+p.Order.Number+" 1 软件钥匙 ab12 2 软件钥匙 ab34"; len(got) != 1 || got[0] != want {
		t.Errorf("printed %q, want %q", got, want)
	}
	h.do(Go{})
	see[HomePage](h, nil)
	h.end()
}

// TestCancelledOrderTellsWhy, and offers nothing that cannot be.
func TestCancelledOrderTellsWhy(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderCancelled)
	h.client.set(func() { h.client.orders[id].Returned = []ra.Reason{{Kind: ra.ReasonDiffers}} })
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{id})
	see(h, func(p FinishedPage) bool {
		return p.Order.State == "cancelled" && len(p.Keys) == 0 && len(p.Reasons) == 1 && !p.Looking
	})
	h.do(Reprint{}, Back{})
	see[OrdersPage](h, nil)
	h.end()
}
