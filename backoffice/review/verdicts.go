package review

import (
	"context"
	"slices"
	"strconv"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// decided runs change on an order that somebody with a grant for the act has before them (see book.Decide): CodeNotFound,
// CodeForbidden, CodeSelfReview, and CodeConflict where a reviewer decides what another has claimed.
func (r *Review) decided(ctx context.Context, staff ra.Staff, act ra.Act, id string, version int, already func(Tx, ra.Order) (bool, error),
	change func(Tx, *ra.Order) error) (ra.Order, error) {
	return book.Decide(ctx, r.store.Do, book.Decision[Tx]{OrderID: id, Version: version, Already: already,
		May: func(tx Tx, o ra.Order) error { return r.people.MayAct(ctx, tx, staff, act, o) },
		Change: func(tx Tx, o *ra.Order) error {
			if act == ra.ActJudge {
				if err := r.notClaimedByOther(ctx, tx, staff, id); err != nil {
					return err
				}
			}
			return change(tx, o)
		}})
}

// Judge puts a verdict on one submitted material: CodeReasonMissing, CodePagesUnseen (args: n) for one that is accepted before all of its
// pages were looked at by who accepts, CodeConflict, CodeState, CodeForbidden,
// CodeSelfReview, CodeNotFound (field "kind"). The materials as a whole are accepted with Approve, so a verdict can be changed until then.
func (r *Review) Judge(ctx context.Context, staff ra.Staff, orderID string, kind ra.MaterialKind, verdict ra.Verdict, reasons []ra.Reason, version int) (ra.Order, error) {
	if !slices.Contains(ra.Verdicts(), verdict) {
		return ra.Order{}, ra.E(ra.CodeInvalid).At("verdict")
	}
	if verdict != ra.VerdictReturned {
		reasons = nil
	} else if err := ra.CheckReasons(reasons); err != nil {
		return ra.Order{}, err
	}
	reasons = slices.Clone(reasons)
	for i := range reasons {
		reasons[i].Material = kind
	}
	already := func(_ Tx, o ra.Order) (bool, error) {
		m := o.Paper(kind)
		return verdict != ra.VerdictNone && m.Verdict == verdict && slices.Equal(m.Reasons, reasons), nil
	}
	return r.decided(ctx, staff, ra.ActJudge, orderID, version, already, func(tx Tx, o *ra.Order) error {
		if o.State != ra.OrderOpen || o.Materials != ra.MaterialsSubmitted {
			return ra.E(ra.CodeState, "what", "materials", "from", string(o.Materials))
		}
		known := slices.ContainsFunc(o.Papers, func(m ra.Material) bool { return m.Kind == kind })
		if !known || kind == ra.MaterialRemittance {
			return ra.E(ra.CodeNotFound).At("kind")
		}
		if verdict == ra.VerdictAccepted {
			unseen, err := tx.UnseenPages(ctx, orderID, kind, staff.ID)
			if err != nil {
				return err
			}
			if unseen > 0 {
				return ra.E(ra.CodePagesUnseen, "n", strconv.Itoa(unseen)).At("pages")
			}
		}
		if err := tx.SetVerdict(ctx, orderID, ra.Material{Kind: kind, Verdict: verdict, Reasons: reasons}, staff.ID, r.clerk.Now()); err != nil {
			return err
		}
		return r.clerk.Save(ctx, tx, o, book.StaffActor(staff), "material.judge", "", "material", string(kind), "verdict", string(verdict), "reasons", ra.ReasonsText(reasons))
	})
}

// Return sends the materials back to the customer, with the reasons of those judged so: CodeReasonMissing when none is,
// CodeConflict, CodeState, CodeForbidden.
func (r *Review) Return(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error) {
	already := func(_ Tx, o ra.Order) (bool, error) { return o.Materials == ra.MaterialsReturned, nil }
	return r.decided(ctx, staff, ra.ActJudge, orderID, version, already, func(tx Tx, o *ra.Order) error {
		if o.State != ra.OrderOpen || o.Materials != ra.MaterialsSubmitted {
			return ra.E(ra.CodeState, "what", "materials", "from", string(o.Materials))
		}
		var reasons []ra.Reason
		for _, m := range o.Papers {
			if m.Verdict == ra.VerdictReturned && m.Kind != ra.MaterialRemittance {
				reasons = append(reasons, m.Reasons...)
			}
		}
		if len(reasons) == 0 {
			return ra.E(ra.CodeReasonMissing).At("reasons")
		}
		o.Materials = ra.MaterialsReturned
		o.Returned = slices.DeleteFunc(o.Returned, func(r ra.Reason) bool { return r.Material != ra.MaterialRemittance })
		o.Returned = append(o.Returned, reasons...)
		if err := r.messages.Returned(ctx, tx, *o, reasons); err != nil {
			return err
		}
		return r.clerk.Save(ctx, tx, o, book.StaffActor(staff), "order.return", "", "reasons", ra.ReasonsText(reasons))
	})
}
