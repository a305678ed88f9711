package review_test

import (
	"slices"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// TestCaseTellsWhatItIsAbout: each certificate with its key, the term that pays for it, and the other orders on it.
func TestCaseTellsWhatItIsAbout(t *testing.T) {
	t.Parallel()
	h, member, certificates := ending(t, 2)
	ctx := t.Context()
	renewal := h.Passed(t, member, h.On(t, ra.KindRenew, ra.ReasonNone, certificates[0]))
	extension, err := h.Place(ctx, h.Kiosk, member, h.On(t, ra.KindExtend, ra.ReasonNone, certificates...))
	servicetest.Must(t, err)
	page, err := h.Holdings(ctx, h.Kiosk, member, ra.HoldingQuery{})
	servicetest.Must(t, err)
	i := slices.IndexFunc(page.Holdings, func(x ra.Holding) bool { return x.ID == certificates[1] })
	servicetest.Must(t, h.ReportLost(ctx, h.Kiosk, member, page.Holdings[i].ID))
	reissue, err := h.Place(ctx, h.Kiosk, member, h.On(t, ra.KindReissue, ra.ReasonLost, certificates[1]))
	servicetest.Must(t, err)

	c, err := h.Case(ctx, h.Supervisor, extension.ID)
	servicetest.Must(t, err)
	if len(c.Concerns) != 2 {
		t.Fatalf("it is about %d certificates, want 2", len(c.Concerns))
	}
	paid, own := c.Concerns[0], c.Concerns[1]
	if paid.Certificate.ID != certificates[0] || paid.UnitID != extension.Units[0].ID || paid.Model != servicetest.Model || paid.PIN != ra.TokenPINOK ||
		paid.LostAt != nil || len(paid.Others) != 0 {
		t.Errorf("the first is %+v", paid)
	}
	if paid.Term == nil || paid.Term.Number != renewal.Number || paid.Term.Months != 12 || paid.Term.State != ra.TermOpen || paid.Waiting != 12 {
		t.Errorf("its term is %+v with %d months waiting, want 12 of %s", paid.Term, paid.Waiting, renewal.Number)
	}
	if own.Term != nil || own.Waiting != 0 || own.LostAt == nil || own.Certificate.State != ra.CertificateSuspended || !slices.Equal(own.Others, []string{reissue.Number}) {
		t.Errorf("the second is %+v, want it lost, paid for itself and with %s on it", own, reissue.Number)
	}
	fresh, err := h.Case(ctx, h.Supervisor, h.Placed(t, member, 1).ID)
	if err != nil || len(fresh.Concerns) != 0 {
		t.Errorf("a new key is about %d certificates, %v", len(fresh.Concerns), err)
	}
}
