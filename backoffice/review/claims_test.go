package review_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
	"keyhall/backoffice/servicetest"
)

func TestTakeOver(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	order := h.Submitted(t, h.Registered(t), 1)
	reviewer := h.Hired(t, "qian@hall.example", "钱一", servicetest.Grants(ra.RoleReviewer)...)
	only := h.Hired(t, "feng@hall.example", "冯二", servicetest.Grants(ra.RoleSupervisor)...)
	servicetest.WantCode(t, "a clerk's claim", h.Claim(ctx, h.Counter, order.ID), ra.CodeForbidden, "")
	servicetest.Must(t, h.Claim(ctx, reviewer, order.ID))
	for range 2 {
		servicetest.Must(t, h.TakeOver(ctx, h.Supervisor, order.ID))
	}
	h.Seen(t, reviewer, order)
	h.Seen(t, h.Supervisor, order)
	_, err := h.Judge(ctx, reviewer, order.ID, ra.MaterialForm, ra.VerdictAccepted, nil, order.Version)
	servicetest.WantCode(t, "judging what was taken over", err, ra.CodeConflict, "claim")
	order, err = h.Judge(ctx, h.Supervisor, order.ID, ra.MaterialForm, ra.VerdictAccepted, nil, order.Version)
	servicetest.Must(t, err)
	servicetest.Must(t, h.TakeOver(ctx, only, order.ID)) // who does not review only frees it
	servicetest.Must(t, h.Claim(ctx, reviewer, order.ID))
	c, err := h.Case(ctx, h.Supervisor, order.ID)
	told := 0
	for _, line := range c.History {
		if line.Action == "claim.take_over" {
			told++
		}
	}
	if err != nil || told != 2 || c.Claim == nil || c.Claim.StaffID != reviewer.ID {
		t.Errorf("%d lines tell of it, claim %+v, %v, want two and the reviewer's", told, c.Claim, err)
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	order := h.Submitted(t, h.Registered(t), 1)
	other := h.Hired(t, "qian@hall.example", "钱主管", servicetest.Grants(ra.RoleReviewer)...)
	for range 2 {
		if err := h.Claim(ctx, other, order.ID); err != nil {
			t.Fatal(err)
		}
	}
	err := h.Claim(ctx, h.Supervisor, order.ID)
	servicetest.WantCode(t, "claimed by another", err, ra.CodeConflict, "claim")
	if got := servicetest.Argument(err, "name"); got != "钱主管" {
		t.Errorf("claimed by %q", got)
	}
	_, err = h.Judge(ctx, h.Supervisor, order.ID, ra.MaterialForm, ra.VerdictAccepted, nil, order.Version)
	servicetest.WantCode(t, "judging another's", err, ra.CodeConflict, "claim")
	if queue, err := h.Queue(ctx, h.Counter); err != nil || len(queue) != 1 || queue[0].Claim == nil || queue[0].Claim.StaffID != other.ID {
		t.Errorf("queue %+v, %v", queue, err)
	}
	h.Clock.Advance(review.ClaimLifetime)
	if err := h.Claim(ctx, h.Supervisor, order.ID); err != nil {
		t.Errorf("after the claim: %v", err)
	}
	for range 2 {
		if err := h.Unclaim(ctx, h.Supervisor, order.ID); err != nil {
			t.Errorf("Unclaim: %v", err)
		}
	}
	if err := h.Claim(ctx, other, order.ID); err != nil {
		t.Errorf("after Unclaim: %v", err)
	}
	servicetest.WantCode(t, "no such order", h.Claim(ctx, other, servicetest.ID(t)), ra.CodeNotFound, "")
}

// TestClaimOfAClockThatWasAhead is nobody's once the clock is right.
func TestClaimOfAClockThatWasAhead(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	order := h.Submitted(t, h.Registered(t), 1)
	other := h.Hired(t, "qian@hall.example", "钱主管", servicetest.Grants(ra.RoleReviewer)...)
	h.Clock.Advance(24 * time.Hour)
	servicetest.Must(t, h.Claim(t.Context(), other, order.ID))
	h.Clock.Advance(-time.Minute)
	servicetest.WantCode(t, "a minute apart", h.Claim(t.Context(), h.Supervisor, order.ID), ra.CodeConflict, "claim")
	h.Clock.Advance(-24 * time.Hour)
	servicetest.Must(t, h.Claim(t.Context(), h.Supervisor, order.ID))
}

func TestQueueAndOverview(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	first := h.Submitted(t, account, 1)
	h.Clock.Advance(time.Minute)
	second := h.Submitted(t, account, 1)
	h.Placed(t, account, 1)
	queue := func() (ids []string) {
		entries, err := h.Queue(ctx, h.Supervisor)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Window != h.Kiosk.Window || e.WaitingSince.IsZero() {
				t.Errorf("entry of %v since %v", e.Window, e.WaitingSince)
			}
			ids = append(ids, e.Order.ID)
		}
		return ids
	}
	if got := queue(); len(got) != 2 || got[0] != first.ID || got[1] != second.ID {
		t.Errorf("queue %v, want %s and %s", got, first.ID, second.ID)
	}
	first = h.Paid(t, h.Judged(t, first))
	if got := queue(); len(got) != 2 {
		t.Errorf("an order ready to be approved left the queue: %v", got)
	}
	if _, err := h.Approve(ctx, h.Supervisor, first.ID, first.Version); err != nil {
		t.Fatal(err)
	}
	if got := queue(); len(got) != 1 || got[0] != second.ID {
		t.Errorf("queue %v, want %s", got, second.ID)
	}
	o, err := h.Overview(ctx, h.Supervisor)
	if err != nil || o.Orders[ra.OrderOpen] != 2 || o.Orders[ra.OrderApproved] != 1 || o.WaitingPayments != 1 || o.WaitingMaterials != 1 || o.UnsentMessages != 2 {
		t.Errorf("overview %+v, %v", o, err)
	}
	order, code := h.Approved(t, account, 1)
	h.Made(t, account, order, code)
	if o, err = h.Overview(ctx, h.Supervisor); err != nil || o.DoneToday != 1 || o.ActiveCertificates != 1 || o.UnfinishedUnits != 0 {
		t.Errorf("overview %+v, %v", o, err)
	}
}

// TestClaimsHaveTheirLines: taking and giving back, but not renewing, and not giving back what one does not have.
func TestClaimsHaveTheirLines(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	order := h.Submitted(t, h.Registered(t), 1)
	said := h.NewLines(t, order.ID)
	servicetest.Must(t, h.Unclaim(ctx, h.Supervisor, order.ID))
	servicetest.Must(t, h.Claim(ctx, h.Supervisor, order.ID))
	servicetest.Must(t, h.Claim(ctx, h.Supervisor, order.ID))
	servicetest.Must(t, h.Unclaim(ctx, h.Supervisor, order.ID))
	if got := said(); !slices.Equal(got, []string{"claim.take ", "claim.drop "}) {
		t.Errorf("the trail says %q", got)
	}
}

// TestWrongPasswordsHaveTheirLines: the one that begins a pause too, and none during it; no name of a login that nobody has.
func TestWrongPasswordsHaveTheirLines(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	for range 8 {
		_, err := h.StaffLogIn(ctx, h.Counter.Login, "wrong password 1")
		servicetest.WantCode(t, "a wrong password", err, ra.CodeOf(err), "")
		_, err = h.LogIn(ctx, h.Kiosk, "13999999999", "wrong password 1")
		servicetest.WantCode(t, "nobody's login", err, ra.CodeOf(err), "")
	}
	rows, err := h.Store.AuditAfter(ctx, 0, 10_000)
	servicetest.Must(t, err)
	staff, nobody := 0, 0
	for _, r := range rows {
		switch r.Action {
		case "staff.refuse":
			staff++
			if r.ActorID != h.Counter.ID {
				t.Errorf("line %+v, want it to say whose login", r)
			}
		case "session.refuse":
			nobody++
			if r.ActorKind != "kiosk" || r.ActorID != h.Kiosk.ID || r.Subject != "nobody" {
				t.Errorf("line %+v, want the kiosk alone", r)
			}
		}
	}
	if staff != 5 || nobody == 0 {
		t.Errorf("%d and %d lines about eight wrong passwords each, want the five that were compared, and some", staff, nobody)
	}
}

// TestInventedNamesHaveFewLines: who invents login names, at a kiosk or at the console, fills no trail; an hour later there is another line.
func TestInventedNamesHaveFewLines(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	other := h.Enrolled(t, "XH07")
	invent := func() {
		for i := range 12 {
			for _, kiosk := range []ra.Kiosk{h.Kiosk, other} {
				_, err := h.LogIn(t.Context(), kiosk, fmt.Sprintf("139%08d", i), "wrong password 1")
				servicetest.WantCode(t, "nobody's login", err, ra.CodeLoginWrong, "")
			}
			_, err := h.StaffLogIn(t.Context(), fmt.Sprint("nobody", i), "wrong password 1")
			servicetest.WantCode(t, "nobody's login at the console", err, ra.CodeLoginWrong, "")
		}
	}
	for hours := range 2 {
		invent()
		rows, err := h.Store.AuditOf(t.Context(), "nobody")
		servicetest.Must(t, err)
		got := map[string]int{}
		for _, r := range rows {
			got[r.Action+" "+r.KioskID]++
		}
		want := map[string]int{"session.refuse " + h.Kiosk.ID: hours + 1, "session.refuse " + other.ID: hours + 1, "staff.refuse ": hours + 1}
		if !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		h.Clock.Advance(time.Hour)
	}
}
