package e2e

import (
	"context"
	"strings"
	"testing"
)

// TestLostKey: whoever got a key finds it among their certificates and reports it lost; another program sees at once that it is on hold,
// and the telephone tells of it; found, its PIN restores it.
func TestLostKey(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), visitLimit)
	defer cancel()
	h, want := startHall(t), wish(1)
	must(t, h.customer.Register(ctx, want))
	must(t, h.customer.Order(ctx, want))
	must(t, h.customer.Scan(ctx, h))
	h.approve(t, 1)
	must(t, h.customer.Press(ctx, "action.make"))
	must(t, h.Hub.Plug(1))
	must(t, h.customer.Make(ctx, h.code(t), ownPIN))
	leaf := h.leaves(t, 1)[0]
	if said := h.ocsp(t, leaf); !strings.Contains(said, ": good") {
		t.Fatalf("before: %s", said)
	}
	must(t, h.customer.Press(ctx, "action.logout"))
	must(t, h.Hub.Pull(1))
	must(t, h.customer.FindCertificate(ctx, want))
	must(t, h.customer.ReportLost(ctx, want))
	if said := h.ocsp(t, leaf); !strings.Contains(said, ": revoked") || !strings.Contains(said, "certificateHold") {
		t.Errorf("reported: %s", said)
	}
	h.texted(ctx, t, want.Company.Handler.Mobile, "挂失，证书已暂停使用")
	must(t, h.customer.Press(ctx, "action.logout"))
	must(t, h.Hub.Plug(1))
	must(t, h.customer.FindCertificate(ctx, want))
	must(t, h.customer.RestoreLost(ctx, want, ownPIN))
	if said := h.ocsp(t, leaf); !strings.Contains(said, ": good") {
		t.Errorf("restored: %s", said)
	}
	h.texted(ctx, t, want.Company.Handler.Mobile, "凭 UKey 解除挂失")
	h.checkAudit(t)
}
