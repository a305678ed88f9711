package audit_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// listLooks are all the lists of people, or of what they asked for or have, that staff, and a member, are shown without a search.
func listLooks(h *servicetest.Hall, member ra.Membership) map[string]func(context.Context) error {
	drop := func(_ any, err error) error { return err }
	return map[string]func(context.Context) error{
		"queue.list queue": func(ctx context.Context) error { return drop(h.Queue(ctx, h.Supervisor)) },
		"orders.list orders": func(ctx context.Context) error {
			return drop(h.SearchOrders(ctx, h.Supervisor, book.OrderQuery{}))
		},
		"orders.list orders state=open": func(ctx context.Context) error {
			return drop(h.SearchOrders(ctx, h.Supervisor, book.OrderQuery{State: ra.OrderOpen}))
		},
		"certificates.list certificates": func(ctx context.Context) error {
			return drop(h.SearchCertificates(ctx, h.Supervisor, book.CertificateQuery{}))
		},
		"rulings.list rulings": func(ctx context.Context) error { return drop(h.WaitingRulings(ctx, h.Supervisor)) },
		"messages.list messages": func(ctx context.Context) error {
			_, _, err := h.Board.FailedMessages(ctx, h.Supervisor, "")
			return err
		},
		"holdings.list holdings": func(ctx context.Context) error {
			return drop(h.Holdings(ctx, h.Kiosk, member, ra.HoldingQuery{}))
		},
		"work.list work":   func(ctx context.Context) error { return drop(h.Work(ctx, h.Kiosk, member)) },
		"staff.list staff": func(ctx context.Context) error { return drop(h.StaffList(ctx, h.Admin)) },
	}
}

// lineCounts counts the lines about looks at lists by what they say.
func lineCounts(t *testing.T, h *servicetest.Hall) map[string]int {
	t.Helper()
	counts := map[string]int{}
	rows, err := h.Store.AuditAfter(t.Context(), 0, 10_000)
	servicetest.Must(t, err)
	for _, r := range rows {
		if r.Facts["rows"] != "" {
			counts[r.Action+" "+r.Subject]++
		}
	}
	return counts
}

// TestEveryListHasItsLine: a look at a list without a search leaves a line, asked again at once none, and another one later and by somebody
// else; a search leaves one each time. Nothing is shown where no line can be written, and an empty list leaves none.
func TestEveryListHasItsLine(t *testing.T) {
	t.Parallel()
	h, member := ruled(t)
	ctx := t.Context()
	h.Sender.Refuse(fmt.Errorf("no: %w", book.ErrForGood))
	h.Submitted(t, member, 1)
	h.Passed(t, member, h.Application(t, 1))
	if _, err := h.DeliverMessages(ctx); !errors.Is(err, book.ErrForGood) {
		t.Fatalf("delivered: %v, want messages that failed", err)
	}
	looks := listLooks(h, member)
	before := lineCounts(t, h)
	want := func(when string, n int) {
		t.Helper()
		now := lineCounts(t, h)
		for _, name := range slices.Sorted(maps.Keys(looks)) {
			if got := now[name] - before[name]; got != n {
				t.Errorf("%s: %d lines %s, want %d", when, got, name, n)
			}
		}
	}
	for _, look := range looks {
		servicetest.Must(t, look(ctx))
	}
	want("the first time", 1)
	for range 3 {
		for _, look := range looks {
			servicetest.Must(t, look(ctx))
		}
	}
	want("asked again", 1)
	h.Clock.Advance(31 * time.Minute)
	for _, look := range looks {
		servicetest.Must(t, look(ctx))
	}
	want("later", 2)
	second := h.Hired(t, "third@hall.example", "吴主管", servicetest.Grants(ra.RoleSupervisor)...)
	_, err := h.Queue(ctx, second)
	servicetest.Must(t, err)
	if got := lineCounts(t, h)["queue.list queue"] - before["queue.list queue"]; got != 3 {
		t.Errorf("%d lines about the queue, want one of somebody else's too", got)
	}
	for range 2 {
		_, err = h.SearchOrders(ctx, h.Supervisor, book.OrderQuery{Text: member.Login})
		servicetest.Must(t, err)
	}
	if got := lineCounts(t, h)["orders.search "]; got != 2 {
		t.Errorf("%d lines about searches, want 2", got)
	}
	h.Clock.Advance(31 * time.Minute)
	h.WithoutTrail(t, func() {
		for name, look := range looks {
			servicetest.WantCode(t, name+" without the trail", look(ctx), ra.CodeTrailAway, "")
		}
	})
	h.Sound(t)
	empty := servicetest.New(t)
	servicetest.Must(t, listLooks(empty, ra.Membership{})["queue.list queue"](ctx))
	if got := lineCounts(t, empty)["queue.list queue"]; got != 0 {
		t.Errorf("%d lines about an empty list, want none", got)
	}
}
