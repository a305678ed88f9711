package e2e

import (
	"context"
	"testing"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/desk"
	"keyhall/packaging/sandbox/document"
)

// otherMembers: somebody of another organisation, and somebody who merely claimed to be of the same one, see nothing of the order
// and do nothing with its key, not even with ticket and code.
func (s *strangers) otherMembers(ctx context.Context, t *testing.T) {
	claimed := document.NewCompany(customerSeed)
	claimed.Handler = document.NewCompany(claimantSeed).Handler
	for name, company := range map[string]document.Company{
		"of another organisation": document.NewCompany(foreignerSeed), "who claimed the organisation": claimed,
	} {
		t.Run(name, func(t *testing.T) {
			atFirst, err := desk.Join(ctx, s.first, s.desk.Project, company)
			must(t, err)
			atSecond, err := s.second.LogIn(ctx, company.Handler.Mobile, desk.Password)
			must(t, err)
			s.trail.news(t)
			s.seesNothing(ctx, t, s.first, atFirst.Token)
			s.seesNothing(ctx, t, s.second, atSecond.Token)
		})
	}
	s.unharmed(ctx, t, ra.OperationReserved)
}

// seesNothing tries all that a session can do with somebody else's order and key.
func (s *strangers) seesNothing(ctx context.Context, t *testing.T, client *api.Client, session string) {
	t.Helper()
	s.seesOnlyThatItWaits(ctx, t, client, session)
	_, err := client.Order(ctx, session, s.order.ID)
	s.refused(t, "the order", err, ra.CodeNotFound, "")
	orders, err := client.Orders(ctx, session)
	if err != nil || len(orders) != 0 {
		t.Errorf("the session lists %d orders, %v, want none", len(orders), err)
	}
	for _, r := range []ra.Resumption{
		{OperationID: s.write.ID},
		{OperationID: s.write.ID, AuthCode: s.order.Code},
		{OperationID: s.write.ID, AuthCode: s.order.Code, Ticket: s.write.Ticket},
	} {
		_, err := client.Resume(ctx, session, r)
		s.refused(t, "going on", err, ra.CodeNotFound, "operation.refuse not_found")
	}
	for _, id := range []string{s.write.ID, newID()} {
		_, err := client.Reserve(ctx, session, s.reservation(id))
		s.refused(t, "reserving", err, ra.CodeNotFound, "operation.refuse not_found")
	}
}
