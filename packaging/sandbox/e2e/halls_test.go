package e2e

import (
	"context"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/display"
	"keyhall/packaging/sandbox/house"
	"keyhall/packaging/sandbox/play"
	"keyhall/packaging/sandbox/visit"
)

// TestTwoHalls: an extension is asked for in one hall and finished in the other: on another kiosk, with another journal, where the key was
// carried to.
func TestTwoHalls(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), visitLimit)
	defer cancel()
	h := startHall(t)
	screen, err := display.Start(ctx, 1920, 1080)
	must(t, err)
	t.Cleanup(screen.Stop)
	second, err := h.Second(ctx, house.KioskOptions{Display: screen.Name, Env: screen.Env()})
	must(t, err)
	must(t, second.Start(ctx))
	there, err := visit.NewCustomer(ctx, screen.Bus, catalogue)
	must(t, err)
	s := &play.Stage{House: h.House, At: h.Terminals()[0], Customer: h.customer, Keys: []int{1, 2, 3}, Then: &play.Place{At: second, Customer: there}}
	p, _, err := s.Run(ctx, "extend")
	must(t, err)
	h.wantExtended(t, p)
	var placed, written string
	must(t, p.Query(ctx, []any{&placed, &written}, `SELECT o.hall_id, k.hall_id FROM orders o JOIN units u ON u.order_id = o.id
		JOIN operations w ON w.id = u.operation_id JOIN kiosks k ON k.id = w.kiosk_id WHERE o.id = $1 AND u.state = $2`, p.Order.ID, ra.UnitDone))
	if placed != house.FirstHall.ID || written != house.SecondHall.ID {
		t.Errorf("the order was placed in hall %s and carried out in %s, want %s and %s", placed, written, house.FirstHall.ID, house.SecondHall.ID)
	}
}
