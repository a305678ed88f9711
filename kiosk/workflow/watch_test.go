package workflow

import (
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
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
