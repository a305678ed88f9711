package review_test

import (
	"strconv"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order := h.Submitted(t, account, 1)
	reason := []ra.Reason{{Kind: ra.ReasonUnreadable}}
	for name, c := range map[string]struct {
		staff   ra.Staff
		kind    ra.MaterialKind
		verdict ra.Verdict
		reasons []ra.Reason
		version int
		code    ra.Code
		field   string
	}{
		"no reason":       {h.Supervisor, ra.MaterialForm, ra.VerdictReturned, nil, order.Version, ra.CodeReasonMissing, "reasons"},
		"other, no note":  {h.Supervisor, ra.MaterialForm, ra.VerdictReturned, []ra.Reason{{Kind: ra.ReasonOther}}, order.Version, ra.CodeReasonMissing, "note"},
		"unknown reason":  {h.Supervisor, ra.MaterialForm, ra.VerdictReturned, []ra.Reason{{Kind: "x"}}, order.Version, ra.CodeInvalid, "reasons"},
		"unknown verdict": {h.Supervisor, ra.MaterialForm, "x", nil, order.Version, ra.CodeInvalid, "verdict"},
		"old version":     {h.Supervisor, ra.MaterialForm, ra.VerdictReturned, reason, order.Version - 1, ra.CodeConflict, "version"},
		"counter clerk":   {h.Counter, ra.MaterialForm, ra.VerdictAccepted, nil, order.Version, ra.CodeForbidden, ""},
		"the slip":        {h.Supervisor, ra.MaterialRemittance, ra.VerdictAccepted, nil, order.Version, ra.CodeNotFound, "kind"},
		"not needed":      {h.Supervisor, ra.MaterialProof, ra.VerdictAccepted, nil, order.Version, ra.CodeNotFound, "kind"},
	} {
		_, err := h.Judge(ctx, c.staff, order.ID, c.kind, c.verdict, c.reasons, c.version)
		servicetest.WantCode(t, name, err, c.code, c.field)
	}
	for range 2 { // the second finds its version gone, but also that its verdict stands
		judged, err := h.Judge(ctx, h.Supervisor, order.ID, ra.MaterialForm, ra.VerdictReturned, reason, order.Version)
		if err != nil || judged.Version != order.Version+1 || judged.Paper(ra.MaterialForm).Reasons[0].Material != ra.MaterialForm {
			t.Errorf("Judge = version %d, %+v, %v", judged.Version, judged.Paper(ra.MaterialForm), err)
		}
	}
	_, err := h.Return(ctx, h.Supervisor, servicetest.ID(t), 1)
	servicetest.WantCode(t, "no such order", err, ra.CodeNotFound, "")
	placed := h.Placed(t, account, 1)
	_, err = h.Judge(ctx, h.Supervisor, placed.ID, ra.MaterialForm, ra.VerdictAccepted, nil, placed.Version)
	servicetest.WantCode(t, "not handed in", err, ra.CodeState, "")
	_, err = h.Judge(ctx, h.Supervisor, order.ID, ra.MaterialForm, ra.VerdictAccepted, nil, order.Version+1)
	servicetest.WantCode(t, "never looked at", err, ra.CodePagesUnseen, "pages")
	h.Seen(t, h.Supervisor, order)
	changed, err := h.Judge(ctx, h.Supervisor, order.ID, ra.MaterialForm, ra.VerdictAccepted, nil, order.Version+1)
	if err != nil || changed.Paper(ra.MaterialForm).Verdict != ra.VerdictAccepted || len(changed.Paper(ra.MaterialForm).Reasons) != 0 {
		t.Errorf("changed verdict: %+v, %v", changed.Paper(ra.MaterialForm), err)
	}
	_, err = h.Return(ctx, h.Supervisor, order.ID, changed.Version)
	servicetest.WantCode(t, "returning nothing", err, ra.CodeReasonMissing, "reasons")
}

// TestAcceptedOnceAllPagesWereSeen: who accepts a card had both of its pages before them, at full size; another's look does not count, nor
// does a thumbnail, and a page that was scanned anew has to be looked at.
func TestAcceptedOnceAllPagesWereSeen(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	order := h.Submitted(t, h.Registered(t), 1)
	pages := order.Paper(ra.MaterialIdentity).Pages
	if len(pages) != 2 {
		t.Fatalf("%d pages", len(pages))
	}
	other := h.Hired(t, "qian@hall.example", "钱一", servicetest.Grants(ra.RoleReviewer)...)
	h.Seen(t, other, order)
	accept := func(when string, want ra.Code, left string) {
		t.Helper()
		_, err := h.Judge(t.Context(), h.Supervisor, order.ID, ra.MaterialIdentity, ra.VerdictAccepted, nil, order.Version)
		servicetest.WantCode(t, when, err, want, "pages")
		if got := servicetest.Argument(err, "n"); got != left {
			t.Errorf("%s: %s pages left, want %s", when, got, left)
		}
	}
	accept("nothing seen", ra.CodePagesUnseen, "2")
	for i, page := range pages {
		thumb, err := h.PageThumb(t.Context(), h.Supervisor, order.ID, page.SHA256)
		servicetest.Must(t, err)
		servicetest.Must(t, thumb.Close())
		accept("only a thumbnail", ra.CodePagesUnseen, strconv.Itoa(2-i))
		image, _, err := h.PageImage(t.Context(), h.Supervisor, order.ID, page.SHA256)
		servicetest.Must(t, err)
		servicetest.Must(t, image.Close())
	}
	_, err := h.Judge(t.Context(), h.Supervisor, order.ID, ra.MaterialIdentity, ra.VerdictAccepted, nil, order.Version)
	servicetest.Must(t, err)
}

func TestApprove(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	order := h.Submitted(t, h.Registered(t), 1)
	_, err := h.Approve(ctx, h.Supervisor, order.ID, order.Version)
	servicetest.WantCode(t, "nothing judged", err, ra.CodeMaterialsUnjudged, "")
	order = h.Judged(t, order)
	order = h.Paid(t, order)
	_, err = h.Approve(ctx, h.Counter, order.ID, order.Version)
	servicetest.WantCode(t, "counter clerk", err, ra.CodeForbidden, "")
	_, err = h.Approve(ctx, h.Supervisor, order.ID, order.Version-1)
	servicetest.WantCode(t, "old version", err, ra.CodeConflict, "version")
	for range 2 {
		approved, err := h.Approve(ctx, h.Supervisor, order.ID, order.Version)
		if err != nil || approved.State != ra.OrderApproved || approved.ApprovedAt == nil || approved.Version != order.Version+1 {
			t.Errorf("Approve = %s, version %d, %v", approved.State, approved.Version, err)
		}
	}
	if n, err := h.DeliverMessages(ctx); err != nil || n != 2 {
		t.Errorf("approving twice sent %d messages, %v, want the code and the confirmation", n, err)
	}
	h.Sound(t)
}

func TestVerdictBeforePayment(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	order := h.Judged(t, h.Submitted(t, h.Registered(t), 1))
	accepted := order
	for range 2 {
		var err error
		accepted, err = h.Approve(t.Context(), h.Supervisor, order.ID, order.Version)
		if err != nil || accepted.State != ra.OrderOpen || accepted.Materials != ra.MaterialsAccepted || accepted.Version != order.Version+1 {
			t.Fatalf("accepted before it is paid it is %s, %s, version %d, %v", accepted.State, accepted.Materials, accepted.Version, err)
		}
	}
	if paid := h.Paid(t, accepted); paid.State != ra.OrderApproved {
		t.Errorf("with the payment it is %s", paid.State)
	}
	h.Texted(t, order.Number, "授权码")
	h.Sound(t)
}

func TestVerdictOnWhoChangedBeforePayment(t *testing.T) {
	t.Parallel()
	h, member, _ := ending(t, 1)
	order := h.Judged(t, h.Submitted(t, member, 1))
	order, err := h.Approve(t.Context(), h.Supervisor, order.ID, order.Version)
	servicetest.Must(t, err)
	h.Passed(t, member, h.Change(t, member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = "杭州更名科技有限公司" }))
	order = h.Paid(t, order)
	if order.State != ra.OrderOpen || order.Materials != ra.MaterialsSubmitted || order.Applicant.Organisation.Name != "杭州更名科技有限公司" {
		t.Errorf("it is %s, %s, for %s, want it back in review", order.State, order.Materials, order.Applicant.Organisation.Name)
	}
	order, err = h.Approve(t.Context(), h.Supervisor, order.ID, order.Version)
	if err != nil || order.State != ra.OrderApproved {
		t.Errorf("reviewed again it is %s, %v", order.State, err)
	}
	h.Sound(t)
}

func TestCancelOrder(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 2)
	reasons := []ra.Reason{{Kind: ra.ReasonDiffers, Note: "地址"}}
	_, err := h.CancelOrder(ctx, h.Supervisor, order.ID, nil, order.Version)
	servicetest.WantCode(t, "no reason", err, ra.CodeReasonMissing, "reasons")
	_, err = h.CancelOrder(ctx, h.Counter, order.ID, reasons, order.Version)
	servicetest.WantCode(t, "counter clerk", err, ra.CodeForbidden, "")
	for range 2 {
		cancelled, err := h.CancelOrder(ctx, h.Supervisor, order.ID, reasons, order.Version)
		if err != nil || cancelled.State != ra.OrderCancelled || cancelled.Remaining() != 0 || len(cancelled.Returned) != 1 {
			t.Errorf("CancelOrder = %s, %d remaining, %v, %v", cancelled.State, cancelled.Remaining(), cancelled.Returned, err)
		}
	}
	_, err = h.Reserve(ctx, h.Kiosk, account, servicetest.ReservationFor(t, order, code, "S"))
	servicetest.WantCode(t, "making a key of it", err, ra.CodeState, "")
	begun, code := h.Approved(t, account, 1)
	h.Reserved(t, account, begun, code, servicetest.NewKey(t))
	_, err = h.CancelOrder(ctx, h.Supervisor, begun.ID, reasons, begun.Version+1)
	servicetest.WantCode(t, "one in progress", err, ra.CodeUnitTaken, "")
	h.Sound(t)
}
