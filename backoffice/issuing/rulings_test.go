package issuing_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// ruling is one on the holder's certificate, with an id of its own.
func (h holder) ruling(t *testing.T, act ra.Act, g ra.Ground) book.Ruling {
	t.Helper()
	return book.Ruling{ID: servicetest.ID(t), CertificateID: h.certificate, Act: act, Ground: g, Note: "公安来函"}
}

func (h holder) wantWaiting(t *testing.T, when string, want int) {
	t.Helper()
	all, err := h.WaitingRulings(t.Context(), h.Supervisor)
	if err != nil || len(all) != want {
		t.Errorf("%s: %d rulings wait, %v, want %d", when, len(all), err, want)
	}
}

// TestSecondPersonRevokes: nothing happens before another supervisor confirms, who is nobody of the organisation; then all of it does,
// once.
func TestSecondPersonRevokes(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	h.WantSecond(t, ra.ActRevoke)
	second := h.Hired(t, "second@hall.example", "钱主管", servicetest.Grants(ra.RoleSupervisor)...)
	own := h.Hired(t, h.member.Login, "李四", servicetest.Grants(ra.RoleSupervisor)...)
	order := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	r := h.ruling(t, ra.ActRevoke, ra.GroundCessation)
	again := h.ruling(t, ra.ActRevoke, ra.GroundCessation)
	for _, asked := range []book.Ruling{r, r, again} {
		waits, err := h.Rule(ctx, h.Supervisor, asked)
		if !waits || err != nil {
			t.Fatalf("asked: it waits: %v, %v, want it to", waits, err)
		}
	}
	h.wantStatus(t, "asked", "good")
	h.wantWaiting(t, "asked", 1)
	_, err := h.Rule(ctx, second, h.ruling(t, ra.ActRevoke, ra.GroundKeyCompromise))
	servicetest.WantCode(t, "something else", err, ra.CodeRulingWaits, "")
	_, err = h.Rule(ctx, book.Command(), h.ruling(t, ra.ActRevoke, ra.GroundCessation))
	servicetest.WantCode(t, "by a command", err, ra.CodeSecondPerson, "")
	servicetest.WantCode(t, "by who asked", h.ConfirmRuling(ctx, h.Supervisor, r.ID), ra.CodeRulingSecond, "")
	servicetest.WantCode(t, "at the counter", h.ConfirmRuling(ctx, h.Counter, r.ID), ra.CodeForbidden, "")
	servicetest.WantCode(t, "their own", h.ConfirmRuling(ctx, own, r.ID), ra.CodeSelfReview, "")
	servicetest.WantCode(t, "of none", h.ConfirmRuling(ctx, second, servicetest.ID(t)), ra.CodeNotFound, "")
	for range 2 {
		servicetest.Must(t, h.ConfirmRuling(ctx, second, r.ID))
	}
	h.wantStatus(t, "confirmed", "5 5")
	h.wantWaiting(t, "confirmed", 0)
	servicetest.WantCode(t, "dropped after that", h.DropRuling(ctx, second, r.ID), ra.CodeState, "")
	if got := h.OrderOf(t, h.member, order.ID); got.State != ra.OrderCancelled {
		t.Errorf("the order on it is %s, want cancelled", got.State)
	}
	h.Texted(t, h.number(t), "已吊销，不能再使用（不再使用）")
	h.wantLine(t, "certificate.revoke", second.ID, "asked_by", h.Supervisor.ID)
	h.Sound(t)
}

// wantLine wants one line of the trail about the holder's certificate, by that member of staff, with a fact.
func (h holder) wantLine(t *testing.T, action, staffID, fact, want string) {
	t.Helper()
	rows, err := h.Store.AuditOf(t.Context(), h.certificate)
	servicetest.Must(t, err)
	n := 0
	for _, row := range rows {
		if row.Action == action && row.ActorID == staffID && row.Facts[fact] == want {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d lines %s by %s with %s %q, want 1", n, action, staffID, fact, want)
	}
}

// TestSuspensionNeverWaits: also where a second person confirms everything else, and the restoration does wait.
func TestSuspensionNeverWaits(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	h.WantSecond(t, ra.ActRestore, ra.ActRevoke)
	waits, err := h.Rule(ctx, h.Supervisor, h.ruling(t, ra.ActSuspend, ra.GroundMisuse))
	if waits || err != nil {
		t.Fatalf("suspended: it waits: %v, %v", waits, err)
	}
	h.wantStatus(t, "suspended", "6 6")
	h.Texted(t, h.number(t), "已暂停使用（可能被他人使用）")
	r := h.ruling(t, ra.ActRestore, ra.GroundMistake)
	if waits, err = h.Rule(ctx, h.Supervisor, r); !waits || err != nil {
		t.Fatalf("restored: it waits: %v, %v, want it to", waits, err)
	}
	h.wantStatus(t, "asked", "6 6")
	for range 2 {
		servicetest.Must(t, h.DropRuling(ctx, h.Supervisor, r.ID))
	}
	servicetest.WantCode(t, "confirmed after that", h.ConfirmRuling(ctx, h.Counter, r.ID), ra.CodeForbidden, "")
	second := h.Hired(t, "second@hall.example", "钱主管", servicetest.Grants(ra.RoleSupervisor)...)
	servicetest.WantCode(t, "confirmed after that", h.ConfirmRuling(ctx, second, r.ID), ra.CodeState, "")
	waits, err = h.Rule(ctx, h.Supervisor, r)
	if err != nil {
		t.Errorf("sent again: it waits: %v, %v", waits, err)
	}
	h.wantWaiting(t, "sent again after it was dropped", 0)
	r.ID = servicetest.ID(t)
	_, err = h.Rule(ctx, h.Supervisor, r)
	servicetest.Must(t, err)
	servicetest.Must(t, h.ConfirmRuling(ctx, second, r.ID))
	h.wantStatus(t, "confirmed", "good")
	h.Sound(t)
}

// TestManySecondPersons: who confirms at the same moment, and who drops, leave one outcome.
func TestManySecondPersons(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	h.WantSecond(t, ra.ActRevoke)
	r := h.ruling(t, ra.ActRevoke, ra.GroundPrivilegeWithdrawn)
	_, err := h.Rule(ctx, h.Supervisor, r)
	servicetest.Must(t, err)
	var group errgroup.Group
	for _, login := range []string{"a@hall.example", "b@hall.example", "c@hall.example"} {
		second := h.Hired(t, login, "钱主管", servicetest.Grants(ra.RoleSupervisor)...)
		group.Go(func() error { return h.ConfirmRuling(ctx, second, r.ID) })
	}
	servicetest.Must(t, group.Wait())
	h.Texted(t, h.number(t), "已吊销")
	h.Sound(t)
}

// TestRevokedOnHold counts from the hold: nothing that was signed meanwhile becomes good.
func TestRevokedOnHold(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	held := h.Clock.Now()
	servicetest.Must(t, h.Suspend(ctx, h.Supervisor, h.certificate, "x"))
	h.Clock.Advance(48 * time.Hour)
	servicetest.Must(t, h.Revoke(ctx, h.Supervisor, h.certificate, ra.GroundSuperseded, "x"))
	h.wantStatus(t, "revoked", "4 4")
	c, err := h.Store.CertificateByID(ctx, h.certificate)
	if err != nil || c.RevokedAt == nil || !c.RevokedAt.Equal(held) {
		t.Errorf("revoked at %v, %v, want %v", c.RevokedAt, err, held)
	}
	h.Sound(t)
}

// TestEverybodyWhoMayKnowIsTold: the confirmed members of the organisation in the project, and nobody who only claims it.
func TestEverybodyWhoMayKnowIsTold(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	colleague, claims := h.Registered(t), h.Registered(t)
	order, code := h.Approved(t, colleague, 1)
	h.Made(t, colleague, order, code)
	_, err := h.DeliverMessages(ctx)
	servicetest.Must(t, err)
	before := len(h.Sender.Sent())
	servicetest.Must(t, h.Suspend(ctx, h.Supervisor, h.certificate, "x"))
	_, err = h.DeliverMessages(ctx)
	servicetest.Must(t, err)
	told := map[string]int{}
	for _, m := range h.Sender.Sent()[before:] {
		if strings.Contains(m.Text, "已暂停使用") {
			told[m.Mobile]++
		}
	}
	if len(told) != 2 || told[h.member.Handler.Mobile] != 1 || told[colleague.Handler.Mobile] != 1 || told[claims.Handler.Mobile] != 0 {
		t.Errorf("told %v, want %s and %s once each", told, h.member.Handler.Mobile, colleague.Handler.Mobile)
	}
}

// TestCertificateFile: what staff see before they rule.
func TestCertificateFile(t *testing.T) {
	t.Parallel()
	h := holding(t)
	ctx := t.Context()
	h.WantSecond(t, ra.ActRevoke)
	order := h.Passed(t, h.member, h.On(t, ra.KindExtend, ra.ReasonNone, h.certificate))
	servicetest.Must(t, h.Suspend(ctx, h.Supervisor, h.certificate, "x"))
	r := h.ruling(t, ra.ActRevoke, ra.GroundCessation)
	_, err := h.Rule(ctx, h.Supervisor, r)
	servicetest.Must(t, err)
	f, err := h.CertificateFile(ctx, h.Supervisor, h.certificate)
	servicetest.Must(t, err)
	if len(f.Suspensions) != 1 || f.Suspensions[0].By != h.Supervisor.ID || f.Suspensions[0].LiftedAt != nil {
		t.Errorf("suspensions %+v, want one by the supervisor", f.Suspensions)
	}
	if f.Waiting == nil || f.Waiting.ID != r.ID || f.Told != 1 {
		t.Errorf("waiting %+v, told %d, want %s and 1", f.Waiting, f.Told, r.ID)
	}
	if len(f.Ending) != 1 || f.Ending[0].ID != order.ID {
		t.Errorf("ending %v, want the extension", f.Ending)
	}
	if !slices.ContainsFunc(f.History, func(row book.AuditRow) bool { return row.Action == "ruling.ask" && row.ActorID == h.Supervisor.ID }) {
		t.Errorf("history %v, want it to have what was asked for", f.History)
	}
	found, err := h.CertificateBySerial(ctx, "0x00"+strings.ToUpper(f.SerialNumber[:2])+":"+f.SerialNumber[2:])
	if err != nil || found.ID != h.certificate {
		t.Errorf("by its serial number: %s, %v", found.ID, err)
	}
	_, err = h.CertificateFile(ctx, h.Counter, servicetest.ID(t))
	servicetest.WantCode(t, "of none", err, ra.CodeNotFound, "")
}
