package service

import (
	"context"
	"slices"
	"time"

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
	Claim        *ra.Claim // nil: nobody
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

// OrderQuery finds orders, newest first.
type OrderQuery = ra.OrderQuery

// CertificateQuery finds certificates, newest first.
type CertificateQuery = ra.CertificateQuery

// Queue lists the open orders with something to judge, longest waiting first.
func (s *Service) Queue(ctx context.Context, staff ra.Staff) ([]QueueEntry, error) {
	orders, err := s.store.OrdersWithWork(ctx)
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
	claims, err := s.store.Claims(ctx, ids, s.time())
	if err != nil {
		return nil, err
	}
	kiosks := map[string]ra.KioskRecord{}
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

// Overview counts.
func (s *Service) Overview(ctx context.Context, staff ra.Staff) (Overview, error) {
	year, month, day := s.time().In(hallTime).Date()
	c, err := s.store.Counts(ctx, time.Date(year, month, day, 0, 0, 0, 0, hallTime))
	return Overview{Orders: c.Orders, DoneToday: c.DoneToday, WaitingPayments: c.Payments, WaitingMaterials: c.Materials,
		UnfinishedUnits: c.Operations, UnsentMessages: c.Messages, ActiveCertificates: c.Certificates}, err
}

// Claim takes an order to look at for 10 minutes, or renews that: CodeConflict (field "claim", args: name) when another
// has it, CodeNotFound.
func (s *Service) Claim(ctx context.Context, staff ra.Staff, orderID string) error {
	if err := s.mustExist(ctx, orderID); err != nil {
		return err
	}
	now := s.time()
	claim, mine, err := s.store.TakeClaim(ctx, orderID, staff.ID, now, now.Add(ClaimLifetime))
	if err == nil && !mine {
		err = claimed(claim)
	}
	return err
}

func claimed(c ra.Claim) error { return ra.E(ra.CodeConflict, "name", c.Name).At("claim") }

// Unclaim gives the order back; not having it is fine.
func (s *Service) Unclaim(ctx context.Context, staff ra.Staff, orderID string) error {
	if err := s.mustExist(ctx, orderID); err != nil {
		return err
	}
	return s.store.DropClaim(ctx, orderID, staff.ID)
}

func (s *Service) mustExist(ctx context.Context, orderID string) error {
	if err := ra.CheckID(orderID); err != nil {
		return ra.E(ra.CodeNotFound)
	}
	_, err := s.store.Order(ctx, orderID)
	return err
}

func (s *Service) notClaimedByOther(ctx context.Context, staff ra.Staff, orderID string) error {
	claims, err := s.store.Claims(ctx, []string{orderID}, s.time())
	if c, ok := claims[orderID]; ok && c.StaffID != staff.ID {
		return claimed(c)
	}
	return err
}

// SearchOrders finds orders by the beginning of their number or credit code, by organisation or login.
func (s *Service) SearchOrders(ctx context.Context, staff ra.Staff, q OrderQuery) ([]ra.Order, error) {
	if q.State != "" && !slices.Contains(ra.OrderStates(), q.State) {
		return nil, ra.E(ra.CodeInvalid).At("state")
	}
	if q.Before != "" && ra.CheckID(q.Before) != nil {
		return nil, ra.E(ra.CodeInvalid).At("before")
	}
	q.Limit = searchLimit(q.Limit)
	return s.store.SearchOrders(ctx, q)
}

func searchLimit(n int) int {
	if n <= 0 {
		return searchDefault
	}
	return min(n, searchMost)
}

// SearchCertificates finds certificates by the beginning of their serial number or of the key's, or by subject.
func (s *Service) SearchCertificates(ctx context.Context, staff ra.Staff, q CertificateQuery) ([]ra.Certificate, error) {
	if q.State != "" && !slices.Contains(ra.CertificateStates(), q.State) {
		return nil, ra.E(ra.CodeInvalid).At("state")
	}
	if q.Before != "" && ra.CheckID(q.Before) != nil {
		return nil, ra.E(ra.CodeInvalid).At("before")
	}
	q.Limit = searchLimit(q.Limit)
	return s.store.SearchCertificates(ctx, q)
}

// Certificate returns one row of the register: CodeNotFound.
func (s *Service) Certificate(ctx context.Context, staff ra.Staff, id string) (ra.Certificate, error) {
	if err := ra.CheckID(id); err != nil {
		return ra.Certificate{}, ra.E(ra.CodeNotFound)
	}
	return s.store.Certificate(ctx, id)
}
