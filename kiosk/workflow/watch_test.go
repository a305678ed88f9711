package workflow

import (
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/device/usb"
)

// TestFailedLookIsToldAndPasses: the key stays on the page, and nobody has to touch anything.
func TestFailedLookIsToldAndPasses(t *testing.T) {
	t.Parallel()
	h := openHall(t, 1)
	h.account()
	id := h.order(1, ra.OrderApproved)
	h.hub.Plug(t, 0)
	h.toKey(id)
	for i := range 20 {
		h.keys.StrikeAt("List", i+1, ukeytest.Before, func() error { return ukey.ErrTimeout })
	}
	see(h, func(p KeyPage) bool { return isFault(p.Fault, ra.CodeKeyTimeout) && len(p.Keys) == 1 })
	see(h, func(p KeyPage) bool { return p.Fault == nil && p.Ready })
	h.end()
}

// TestKeyThatNoDriverSees is told with its port, by itself and when somebody wants to go on.
func TestKeyThatNoDriverSees(t *testing.T) {
	t.Parallel()
	h := openHall(t, 0)
	h.account()
	id := h.order(1, ra.OrderApproved)
	h.logIn()
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 1 })
	h.do(OpenOrder{id})
	see[KeyPage](h, nil)
	device := usb.Device{Model: usb.Model{Maker: "Feitian", Name: "ePass2003"}, Bus: 1, Address: 4, Port: "1-3.1"}
	h.usb <- usb.Event{Device: device, Plugged: true}
	p := see(h, func(p KeyPage) bool { return len(p.Keys) == 1 && isFault(p.Keys[0].Fault, ra.CodeKeyNoDriver) })
	if f := p.Keys[0].Fault; p.Ready || f.Args["port"] != "1-3.1" || f.Args["model"] != "Feitian ePass2003" {
		t.Errorf("got %+v", p.Keys[0])
	}
	h.do(Go{})
	see(h, func(p KeyPage) bool { return isFault(p.Fault, ra.CodeKeyNoDriver) })
	h.usb <- usb.Event{Device: device}
	see(h, func(p KeyPage) bool { return len(p.Keys) == 0 && p.Fault == nil })
	h.end()
}
