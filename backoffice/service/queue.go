package service

import (
	"context"
	"slices"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// ClaimLifetime is how long a claim holds unless renewed.
const ClaimLifetime = 10 * time.Minute

// Limits of searches.
const (
	searchDefault = 50
	searchMost    = 200
)

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
}

// Queue lists the open orders with something to judge that the member of staff may see, longest waiting first.
func (s *Service) Queue(ctx context.Context, staff ra.Staff) ([]QueueEntry, error) {
	orders, err := s.store.OrdersWithWork(ctx, staff.For(ra.ActSee))
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(orders))
	for i, o := range orders {
		ids[i] = o.ID
	}
	since, err := s.store.WaitingSince(ctx, ids)
	if err != nil {
		return nil, err
	}
	claims, err := s.store.Claims(ctx, ids, s.clerk.Now())
	if err != nil {
		return nil, err
	}
	kiosks := map[string]book.KioskRecord{}
	queue := make([]QueueEntry, 0, len(orders))
	for _, o := range orders {
		kiosk, known := kiosks[o.KioskID]
		if !known {
			if kiosk, err = s.store.Kiosk(ctx, o.KioskID); err != nil {
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
	return queue, nil
}

// Overview counts what the member of staff may see.
func (s *Service) Overview(ctx context.Context, staff ra.Staff) (Overview, error) {
	year, month, day := s.clerk.Now().In(ra.HallTime).Date()
	c, err := s.store.Counts(ctx, staff.For(ra.ActSee), time.Date(year, month, day, 0, 0, 0, 0, ra.HallTime))
	return Overview{Orders: c.Orders, DoneToday: c.DoneToday, WaitingPayments: c.Payments, WaitingMaterials: c.Materials,
		UnfinishedUnits: c.Operations, UnsentMessages: c.Messages, ActiveCertificates: c.Certificates}, err
}

// Claim takes an order to judge for 10 minutes, or renews that: CodeConflict (field "claim", args: name) when another has
// it, CodeForbidden for who is no reviewer, CodeSelfReview, CodeNotFound.
func (s *Service) Claim(ctx context.Context, staff ra.Staff, orderID string) error {
	return s.store.Do(ctx, func(tx Tx) error {
		if err := s.mayActOn(ctx, tx, staff, ra.ActJudge, orderID); err != nil {
			return err
		}
		now := s.clerk.Now()
		claim, mine, err := tx.TakeClaim(ctx, orderID, staff.ID, now, now.Add(ClaimLifetime))
		if err == nil && !mine {
			err = claimed(claim)
		}
		return err
	})
}

// TakeOver frees an order from a colleague's claim; a supervisor who reviews as well has it from then on. Nobody's claim
// is fine. CodeForbidden, CodeSelfReview, CodeNotFound.
func (s *Service) TakeOver(ctx context.Context, staff ra.Staff, orderID string) error {
	return s.store.Do(ctx, func(tx Tx) error {
		if err := s.mayActOn(ctx, tx, staff, ra.ActTakeOver, orderID); err != nil {
			return err
		}
		now := s.clerk.Now()
		claims, err := tx.Claims(ctx, []string{orderID}, now)
		if err != nil {
			return err
		}
		had, taken := claims[orderID]
		if taken && had.StaffID == staff.ID {
			return nil
		}
		switch judge := s.mayActOn(ctx, tx, staff, ra.ActJudge, orderID); {
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
		return s.clerk.Write(ctx, tx, book.StaffActor(staff), "claim.take_over", orderID, "", "from", had.StaffID)
	})
}

func claimed(c book.Claim) error { return ra.E(ra.CodeConflict, "name", c.Name).At("claim") }

// Unclaim gives the order back; not having it is fine.
func (s *Service) Unclaim(ctx context.Context, staff ra.Staff, orderID string) error {
	if _, err := s.seenOrder(ctx, staff, orderID); err != nil {
		return err
	}
	return s.store.DropClaim(ctx, orderID, staff.ID)
}

// mayActOn is mayAct for an order by its id.
func (s *Service) mayActOn(ctx context.Context, tx Tx, staff ra.Staff, act ra.Act, orderID string) error {
	if err := ra.CheckID(orderID); err != nil {
		return ra.E(ra.CodeNotFound)
	}
	order, err := tx.Order(ctx, orderID)
	if err != nil {
		return err
	}
	return s.staff.MayAct(ctx, tx, staff, act, order)
}

// seenOrder returns an order that the member of staff may see: CodeNotFound.
func (s *Service) seenOrder(ctx context.Context, staff ra.Staff, id string) (ra.Order, error) {
	if err := ra.CheckID(id); err != nil {
		return ra.Order{}, ra.E(ra.CodeNotFound)
	}
	return s.store.SeenOrder(ctx, staff.For(ra.ActSee), id)
}

func (s *Service) notClaimedByOther(ctx context.Context, tx Tx, staff ra.Staff, orderID string) error {
	claims, err := tx.Claims(ctx, []string{orderID}, s.clerk.Now())
	if c, ok := claims[orderID]; ok && c.StaffID != staff.ID {
		return claimed(c)
	}
	return err
}

// SearchOrders finds orders by the beginning of their number or credit code, by organisation or login.
func (s *Service) SearchOrders(ctx context.Context, staff ra.Staff, q book.OrderQuery) ([]ra.Order, error) {
	if q.State != "" && !slices.Contains(ra.OrderStates(), q.State) {
		return nil, ra.E(ra.CodeInvalid).At("state")
	}
	if q.Before != "" && ra.CheckID(q.Before) != nil {
		return nil, ra.E(ra.CodeInvalid).At("before")
	}
	q.Limit = searchLimit(q.Limit)
	return s.store.SearchOrders(ctx, staff.For(ra.ActSee), q)
}

func searchLimit(n int) int {
	if n <= 0 {
		return searchDefault
	}
	return min(n, searchMost)
}

// SearchCertificates finds certificates by the beginning of their serial number or of the key's, or by subject.
func (s *Service) SearchCertificates(ctx context.Context, staff ra.Staff, q book.CertificateQuery) ([]ra.Certificate, error) {
	if q.State != "" && !slices.Contains(ra.CertificateStates(), q.State) {
		return nil, ra.E(ra.CodeInvalid).At("state")
	}
	if q.Before != "" && ra.CheckID(q.Before) != nil {
		return nil, ra.E(ra.CodeInvalid).At("before")
	}
	q.Limit = searchLimit(q.Limit)
	return s.store.SearchCertificates(ctx, staff.For(ra.ActSee), q)
}

// Certificate returns one row of the register: CodeNotFound.
func (s *Service) Certificate(ctx context.Context, staff ra.Staff, id string) (ra.Certificate, error) {
	if err := ra.CheckID(id); err != nil {
		return ra.Certificate{}, ra.E(ra.CodeNotFound)
	}
	return s.store.Certificate(ctx, staff.For(ra.ActSee), id)
}
