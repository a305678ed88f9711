package review

import (
	"context"
	"slices"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// ClaimLifetime is how long a claim holds unless renewed.
const ClaimLifetime = 10 * time.Minute

// QueueEntry is an order with something to judge.
type QueueEntry struct {
	Order        ra.Order
	WaitingSince time.Time
	Hall, Window ra.Text
	Claim        *book.Claim // nil: nobody
}

// Overview is the console's first page in numbers.
type Overview struct {
	Orders             map[ra.OrderState]int
	DoneToday          int // units done since midnight, Asia/Shanghai
	WaitingPayments    int // slips awaiting confirmation
	WaitingMaterials   int // open orders with materials handed in
	UnfinishedUnits    int // operations begun and not done
	UnsentMessages     int
	ActiveCertificates int
	WaitingRulings     int // on certificates, for a second person
	WaitingAccesses    int // of the desk, likewise
}

// Queue lists the open orders with something to judge that the member of staff may see, longest waiting first, and writes down who looked.
func (r *Review) Queue(ctx context.Context, staff ra.Staff) ([]QueueEntry, error) {
	orders, err := r.store.OrdersWithWork(ctx, staff.For(ra.ActSee))
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(orders))
	for i, o := range orders {
		ids[i] = o.ID
	}
	since, err := r.store.WaitingSince(ctx, ids)
	if err != nil {
		return nil, err
	}
	claims, err := r.store.Claims(ctx, ids, r.clerk.Now())
	if err != nil {
		return nil, err
	}
	kiosks := map[string]book.KioskRecord{}
	queue := make([]QueueEntry, 0, len(orders))
	for _, o := range orders {
		kiosk, known := kiosks[o.KioskID]
		if !known {
			if kiosk, err = r.store.Kiosk(ctx, o.KioskID); err != nil {
				return nil, err
			}
			kiosks[o.KioskID] = kiosk
		}
		entry := QueueEntry{Order: o, WaitingSince: since[o.ID], Hall: kiosk.Hall, Window: kiosk.Window}
		if c, ok := claims[o.ID]; ok {
			entry.Claim = &c
		}
		queue = append(queue, entry)
	}
	if err := r.clerk.LookAtList(ctx, r.store, book.StaffActor(staff), "queue", len(queue)); err != nil {
		return nil, err
	}
	return queue, nil
}

// Titles are what people call the things of the catalogue.
func (r *Review) Titles(ctx context.Context) (book.Titles, error) { return r.store.Titles(ctx) }

// Overview counts what the member of staff may see.
func (r *Review) Overview(ctx context.Context, staff ra.Staff) (Overview, error) {
	year, month, day := r.clerk.Now().In(ra.HallTime).Date()
	c, err := r.store.Counts(ctx, staff.For(ra.ActSee), time.Date(year, month, day, 0, 0, 0, 0, ra.HallTime), r.clerk.Now().Add(-ra.AccessStays))
	return Overview{Orders: c.Orders, DoneToday: c.DoneToday, WaitingPayments: c.Payments, WaitingMaterials: c.Materials,
		UnfinishedUnits: c.Operations, UnsentMessages: c.Messages, ActiveCertificates: c.Certificates, WaitingRulings: c.Rulings, WaitingAccesses: c.Accesses}, err
}

// Claim takes an order to judge for 10 minutes, or renews that: CodeConflict (field "claim", args: name) when another has
// it, CodeForbidden for who is no reviewer, CodeSelfReview, CodeNotFound.
func (r *Review) Claim(ctx context.Context, staff ra.Staff, orderID string) error {
	return r.store.Do(ctx, func(tx Tx) error {
		if err := r.mayActOn(ctx, tx, staff, ra.ActJudge, orderID); err != nil {
			return err
		}
		now := r.clerk.Now()
		had, err := tx.Claims(ctx, []string{orderID}, now)
		if err != nil {
			return err
		}
		claim, mine, err := tx.TakeClaim(ctx, orderID, staff.ID, now, now.Add(ClaimLifetime))
		if err == nil && !mine {
			err = claimed(claim)
		}
		if err != nil || had[orderID].StaffID == staff.ID { // it is theirs already
			return err
		}
		return r.clerk.Write(ctx, tx, book.StaffActor(staff), "claim.take", orderID, "")
	})
}

// TakeOver frees an order from a colleague's claim; a supervisor who reviews as well has it from then on. Nobody's claim
// is fine. CodeForbidden, CodeSelfReview, CodeNotFound.
func (r *Review) TakeOver(ctx context.Context, staff ra.Staff, orderID string) error {
	return r.store.Do(ctx, func(tx Tx) error {
		if err := r.mayActOn(ctx, tx, staff, ra.ActTakeOver, orderID); err != nil {
			return err
		}
		now := r.clerk.Now()
		claims, err := tx.Claims(ctx, []string{orderID}, now)
		if err != nil {
			return err
		}
		had, taken := claims[orderID]
		if taken && had.StaffID == staff.ID {
			return nil
		}
		switch judge := r.mayActOn(ctx, tx, staff, ra.ActJudge, orderID); {
		case judge == nil:
			err = tx.MoveClaim(ctx, orderID, staff.ID, now.Add(ClaimLifetime))
		case ra.CodeOf(judge) != ra.CodeForbidden:
			err = judge
		case taken:
			err = tx.DropClaim(ctx, orderID, had.StaffID)
		}
		if err != nil || !taken {
			return err
		}
		return r.clerk.Write(ctx, tx, book.StaffActor(staff), "claim.take_over", orderID, "", "from", had.StaffID)
	})
}

func claimed(c book.Claim) error { return ra.E(ra.CodeConflict, "name", c.Name).At("claim") }

// Unclaim gives the order back; not having it is fine.
func (r *Review) Unclaim(ctx context.Context, staff ra.Staff, orderID string) error {
	if _, err := r.seenOrder(ctx, staff, orderID); err != nil {
		return err
	}
	return r.store.Do(ctx, func(tx Tx) error {
		had, err := tx.Claims(ctx, []string{orderID}, r.clerk.Now())
		if err != nil {
			return err
		}
		if err := tx.DropClaim(ctx, orderID, staff.ID); err != nil || had[orderID].StaffID != staff.ID {
			return err
		}
		return r.clerk.Write(ctx, tx, book.StaffActor(staff), "claim.drop", orderID, "")
	})
}

// mayActOn is MayAct for an order by its id.
func (r *Review) mayActOn(ctx context.Context, tx Tx, staff ra.Staff, act ra.Act, orderID string) error {
	if err := ra.CheckID(orderID); err != nil {
		return ra.E(ra.CodeNotFound)
	}
	order, err := tx.Order(ctx, orderID)
	if err != nil {
		return err
	}
	return r.people.MayAct(ctx, tx, staff, act, order)
}

// seenOrder returns an order that the member of staff may see: CodeNotFound.
func (r *Review) seenOrder(ctx context.Context, staff ra.Staff, id string) (ra.Order, error) {
	if err := ra.CheckID(id); err != nil {
		return ra.Order{}, ra.E(ra.CodeNotFound)
	}
	return r.store.SeenOrder(ctx, staff.For(ra.ActSee), id)
}

func (r *Review) notClaimedByOther(ctx context.Context, tx Tx, staff ra.Staff, orderID string) error {
	claims, err := tx.Claims(ctx, []string{orderID}, r.clerk.Now())
	if c, ok := claims[orderID]; ok && c.StaffID != staff.ID {
		return claimed(c)
	}
	return err
}

// SearchOrders finds orders by the beginning of their number or credit code, by organisation or login, and writes down who looked.
func (r *Review) SearchOrders(ctx context.Context, staff ra.Staff, q book.OrderQuery) ([]ra.Order, error) {
	if q.State != "" && !slices.Contains(ra.OrderStates(), q.State) {
		return nil, ra.E(ra.CodeInvalid).At("state")
	}
	if q.Before != "" && ra.CheckID(q.Before) != nil {
		return nil, ra.E(ra.CodeInvalid).At("before")
	}
	q.Limit = book.SearchLimit(q.Limit)
	found, err := r.store.SearchOrders(ctx, staff.For(ra.ActSee), q)
	if err == nil {
		err = r.clerk.LookAtFound(ctx, r.store, book.StaffActor(staff), "orders", q.Text, len(found), "state", string(q.State), "before", q.Before)
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Watch returns a channel that gets a value whenever an order changed, several changes possibly as one, until ctx ends;
// then it is closed. Who may see no orders gets no values.
func (r *Review) Watch(ctx context.Context, staff ra.Staff) (<-chan struct{}, error) {
	told := make(chan struct{}, 1)
	changed := r.store.Changed()
	go func() {
		defer close(told)
		if !staff.MayAnywhere(ra.ActSee) {
			<-ctx.Done()
			return
		}
		for {
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
			changed = r.store.Changed()
			select {
			case told <- struct{}{}:
			default: // not yet read: one value stands for both
			}
		}
	}()
	return told, nil
}
