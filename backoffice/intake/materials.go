package intake

import (
	"context"
	"slices"
	"strconv"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// AddPage puts a page, whose blob is stored, under a material. The same page id again changes nothing. CodeNotFound
// (field "sha256" when the blob is not there, "kind" for a material that the order does not need), CodeState,
// CodeTooLong (field "pages", args: max), CodeOrderFull, CodeConflict.
func (in *Intake) AddPage(ctx context.Context, member ra.Membership, orderID string, kind ra.MaterialKind, page ra.Page) (order ra.Order, err error) {
	if err := in.stored(ctx, page); err != nil {
		return order, err
	}
	err = in.store.Do(ctx, func(tx Tx) (err error) {
		order, err = in.addPage(ctx, tx, member, orderID, kind, page)
		return err
	})
	return order, err
}

// stored is CodeNotFound (field "sha256") for a page whose blob is not there.
func (in *Intake) stored(ctx context.Context, page ra.Page) error {
	if err := checkPage(page); err != nil {
		return err
	}
	there, err := in.blobs.Exists(ctx, page.SHA256)
	if err == nil && !there {
		err = ra.E(ra.CodeNotFound).At("sha256")
	}
	return err
}

func (in *Intake) addPage(ctx context.Context, tx Tx, member ra.Membership, orderID string, kind ra.MaterialKind, page ra.Page) (ra.Order, error) {
	return in.changePaper(ctx, tx, member, orderID, kind, func(o *ra.Order, m *ra.Material) (bool, error) {
		had, err := in.samePage(ctx, tx, orderID, kind, page)
		if had || err != nil {
			return false, err
		}
		if err := in.mayChange(*o, *m); err != nil {
			return false, err
		}
		if len(m.Pages) >= m.MaxPages {
			return false, ra.E(ra.CodeTooManyPages, "max", strconv.Itoa(m.MaxPages)).At("pages")
		}
		if err := in.roomFor(ctx, tx, orderID, page); err != nil {
			return false, err
		}
		page.At = page.At.UTC()
		return true, tx.InsertPage(ctx, orderID, kind, page)
	}, "material.add_page", page.ID)
}

func checkPage(p ra.Page) error {
	switch {
	case ra.CheckID(p.ID) != nil:
		return ra.E(ra.CodeInvalid).At("id")
	case len(p.SHA256) != 64 || p.Width <= 0 || p.Height <= 0:
		return ra.E(ra.CodeInvalid).At("page")
	case p.Place < 0 || p.Place > ra.MaxPagePlace:
		return ra.E(ra.CodeInvalid).At("place")
	case p.Bytes <= 0:
		return ra.E(ra.CodeScanEmpty)
	case p.Bytes > ra.MaxPageBytes || p.Width > ra.MaxPagePixels/p.Height:
		return scanTooLarge()
	}
	return nil
}

// samePage reports whether the page stands there already: CodeConflict when its id means another.
func (in *Intake) samePage(ctx context.Context, tx Tx, orderID string, kind ra.MaterialKind, page ra.Page) (bool, error) {
	atOrder, atKind, sum, err := tx.PagePlace(ctx, page.ID)
	switch {
	case ra.CodeOf(err) == ra.CodeNotFound:
		return false, nil
	case err != nil:
		return false, err
	case atOrder != orderID || atKind != kind || sum != page.SHA256:
		return false, ra.E(ra.CodeConflict).At("id")
	}
	return true, nil
}

// RemovePage takes a page away while its material is neither under review nor accepted: CodeState. A page that is not
// there is fine.
func (in *Intake) RemovePage(ctx context.Context, member ra.Membership, orderID string, kind ra.MaterialKind, pageID string) (order ra.Order, err error) {
	err = in.store.Do(ctx, func(tx Tx) (err error) {
		order, err = in.changePaper(ctx, tx, member, orderID, kind, func(o *ra.Order, m *ra.Material) (bool, error) {
			if !slices.ContainsFunc(m.Pages, func(p ra.Page) bool { return p.ID == pageID }) {
				return false, nil
			}
			if err := in.mayChange(*o, *m); err != nil {
				return false, err
			}
			return true, tx.DeletePage(ctx, pageID)
		}, "material.remove_page", pageID)
		return err
	})
	return order, err
}

// changePaper runs change on a material of the member's order; a changed material has no verdict any more.
func (in *Intake) changePaper(ctx context.Context, tx Tx, member ra.Membership, orderID string, kind ra.MaterialKind,
	change func(*ra.Order, *ra.Material) (bool, error), action, pageID string) (ra.Order, error) {
	order, err := in.LockOwn(ctx, tx, member, orderID)
	if err != nil {
		return order, err
	}
	i := slices.IndexFunc(order.Papers, func(m ra.Material) bool { return m.Kind == kind })
	if i < 0 {
		return order, ra.E(ra.CodeNotFound).At("kind")
	}
	changed, err := change(&order, &order.Papers[i])
	if err != nil || !changed {
		return order, err
	}
	if order.Papers[i].Verdict != ra.VerdictNone {
		if err := tx.SetVerdict(ctx, orderID, ra.Material{Kind: kind, Verdict: ra.VerdictNone}, "", in.clerk.Now()); err != nil {
			return order, err
		}
	}
	if err := in.clerk.Save(ctx, tx, &order, book.CustomerActor(member), action, pageID, "material", string(kind)); err != nil {
		return order, err
	}
	return tx.Order(ctx, orderID)
}

// mayChange is CodeState when the customer may not touch the material now.
func (in *Intake) mayChange(o ra.Order, m ra.Material) error {
	if o.State != ra.OrderOpen {
		return o.State.Bars(o.State)
	}
	if m.Kind == ra.MaterialRemittance {
		if o.Payment != ra.PaymentUnpaid {
			return ra.E(ra.CodeState, "what", "payment", "from", string(o.Payment))
		}
		return nil
	}
	open := o.Materials == ra.MaterialsMissing || o.Materials == ra.MaterialsReturned
	if !open || m.Verdict == ra.VerdictAccepted {
		return ra.E(ra.CodeState, "what", "materials", "from", string(o.Materials))
	}
	return nil
}

// Submit hands the materials in for review, and the remittance slip for confirmation when it is there; it may be called
// again when the slip comes later, and repeating it changes nothing. It ends the order's mandates. CodeMaterialMissing (args:
// material) when a material has too few pages or was sent back and is unchanged; CodeState.
func (in *Intake) Submit(ctx context.Context, member ra.Membership, orderID string) (order ra.Order, err error) {
	err = in.store.Do(ctx, func(tx Tx) (err error) {
		order, err = in.submit(ctx, tx, member, orderID)
		return err
	})
	return order, err
}

func (in *Intake) submit(ctx context.Context, tx Tx, member ra.Membership, orderID string) (ra.Order, error) {
	order, err := in.LockOwn(ctx, tx, member, orderID)
	if err != nil {
		return order, err
	}
	if order.State == ra.OrderCancelled {
		return order, order.State.Bars(order.State)
	}
	if err := tx.EndMandates(ctx, orderID, in.clerk.Now()); err != nil {
		return order, err
	}
	if order.State != ra.OrderOpen {
		return order, nil // a repeat that came late
	}
	materials, err := submitMaterials(&order)
	if err != nil {
		return order, err
	}
	slip := submitSlip(&order)
	if !materials && !slip {
		return order, nil
	}
	if err := tx.SetWaitingSince(ctx, orderID, in.clerk.Now()); err != nil {
		return order, err
	}
	return order, in.clerk.Save(ctx, tx, &order, book.CustomerActor(member), "order.submit", "",
		"materials", strconv.FormatBool(materials), "slip", strconv.FormatBool(slip))
}

// submitMaterials moves the materials track when everything is there, and reports whether it moved.
func submitMaterials(o *ra.Order) (bool, error) {
	if o.Materials != ra.MaterialsMissing && o.Materials != ra.MaterialsReturned {
		return false, nil
	}
	for _, m := range o.Papers {
		if m.Kind == ra.MaterialRemittance {
			continue
		}
		if len(m.Pages) < m.MinPages || m.Verdict == ra.VerdictReturned {
			return false, ra.E(ra.CodeMaterialMissing, "material", string(m.Kind)).At("materials")
		}
	}
	o.Materials = ra.MaterialsSubmitted
	o.Returned = slices.DeleteFunc(o.Returned, func(r ra.Reason) bool { return r.Material != ra.MaterialRemittance })
	return true, nil
}

// submitSlip moves the payment track when a slip is there that was not sent back, and reports whether it moved.
func submitSlip(o *ra.Order) bool {
	slip := o.Paper(ra.MaterialRemittance)
	if o.Payment != ra.PaymentUnpaid || len(slip.Pages) == 0 || slip.Verdict == ra.VerdictReturned {
		return false
	}
	o.Payment = ra.PaymentAwaitingConfirmation
	o.Returned = slices.DeleteFunc(o.Returned, func(r ra.Reason) bool { return r.Material == ra.MaterialRemittance })
	return true
}
