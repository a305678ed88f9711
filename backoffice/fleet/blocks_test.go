package fleet_test

import (
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
)

// TestBlockedKioskThatCallsIsTold: once for each block, however often it calls.
func TestBlockedKioskThatCallsIsTold(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	certificate := h.CertificatesOf(t, h.Kiosk.ID)[0].DER
	call := func(want ra.Code) {
		t.Helper()
		h.Clock.Advance(time.Second)
		_, err := h.KioskByCertificate(ctx, certificate)
		servicetest.WantCode(t, "a call", err, want, "")
	}
	for told := range 2 {
		call("")
		servicetest.Must(t, h.BlockKiosk(ctx, book.Command(), h.Kiosk.ID, "stolen"))
		if got := lines(t, h, "kiosk.refuse", h.Kiosk.ID); got != told {
			t.Errorf("%d lines before it calls, want %d", got, told)
		}
		call(ra.CodeKioskBlocked)
		call(ra.CodeKioskBlocked)
		if got := lines(t, h, "kiosk.refuse", h.Kiosk.ID); got != told+1 {
			t.Errorf("%d lines after it called, want %d", got, told+1)
		}
		servicetest.Must(t, h.UnblockKiosk(ctx, book.Command(), h.Kiosk.ID))
	}
	h.Sound(t)
}

// TestBlockGoesByTheOfficesClock, which is not the database's, and may have been ahead when the kiosk was seen last.
func TestBlockGoesByTheOfficesClock(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	certificate := h.CertificatesOf(t, h.Kiosk.ID)[0].DER
	_, err := h.KioskByCertificate(ctx, certificate)
	servicetest.Must(t, err)
	h.Clock.Advance(-48 * time.Hour)
	_, err = h.KioskByCertificate(ctx, certificate)
	servicetest.Must(t, err)
	if k, err := h.Store.Kiosk(ctx, h.Kiosk.ID); err != nil || k.SeenAt == nil || !k.SeenAt.Equal(h.Clock.Now()) {
		t.Errorf("seen %v, %v, want %v", k.SeenAt, err, h.Clock.Now())
	}
	_, err = h.LogIn(ctx, h.Kiosk, account.Login, servicetest.Password)
	servicetest.Must(t, err)
	h.Clock.Advance(-time.Minute)
	servicetest.Must(t, h.BlockKiosk(ctx, book.Command(), h.Kiosk.ID, "stolen"))
	var ended time.Time
	servicetest.Must(t, h.Store.Pool().QueryRow(ctx, `SELECT ended_at FROM sessions WHERE kiosk_id = $1`, h.Kiosk.ID).Scan(&ended))
	if !ended.Equal(h.Clock.Now()) {
		t.Errorf("the session ended at %v, want %v", ended, h.Clock.Now())
	}
	_, err = h.KioskByCertificate(ctx, certificate)
	servicetest.WantCode(t, "its next request", err, ra.CodeKioskBlocked, "")
	if got := lines(t, h, "kiosk.refuse", h.Kiosk.ID); got != 1 {
		t.Errorf("%d lines of a call, want 1", got)
	}
}

func TestBlockedKiosk(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	session, err := h.LogIn(ctx, h.Kiosk, account.Login, servicetest.Password)
	if err != nil {
		t.Fatal(err)
	}
	servicetest.WantCode(t, "no reason", h.BlockKiosk(ctx, h.Admin, h.Kiosk.ID, " "), ra.CodeReasonMissing, "reason")
	servicetest.WantCode(t, "by a supervisor", h.BlockKiosk(ctx, h.Supervisor, h.Kiosk.ID, "lost"), ra.CodeForbidden, "")
	for range 2 {
		if err := h.BlockKiosk(ctx, h.Admin, h.Kiosk.ID, "屏幕被换"); err != nil {
			t.Fatal(err)
		}
	}
	shown := h.CertificatesOf(t, h.Kiosk.ID)[0].DER
	_, err = h.KioskByCertificate(ctx, shown)
	servicetest.WantCode(t, "its next request", err, ra.CodeKioskBlocked, "")
	_, err = h.Session(ctx, h.Kiosk, session.Token)
	servicetest.WantCode(t, "a session at it", err, ra.CodeSessionOver, "")
	for range 2 {
		if err := h.UnblockKiosk(ctx, h.Admin, h.Kiosk.ID); err != nil {
			t.Fatal(err)
		}
	}
	if again, err := h.KioskByCertificate(ctx, shown); err != nil || again != h.Kiosk {
		t.Errorf("let in again: %+v, %v", again, err)
	}
	_, err = h.Session(ctx, h.Kiosk, session.Token)
	servicetest.WantCode(t, "the session stays ended", err, ra.CodeSessionOver, "")
	servicetest.WantCode(t, "no such kiosk", h.UnblockKiosk(ctx, h.Admin, servicetest.ID(t)), ra.CodeNotFound, "")
}

// TestKioskWithoutProjects takes who administers all of its hall.
func TestKioskWithoutProjects(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	k, err := h.Store.Kiosk(ctx, h.Other.ID)
	if err != nil {
		t.Fatal(err)
	}
	k.Projects = []string{}
	h.Furnish(t, func(tx *store.Tx) error { return tx.MoveKiosk(ctx, nil, k) })
	narrow := h.Hired(t, "zhou@hall.example", "周洁", ra.Grant{Role: ra.RoleAdministrator, ProjectID: servicetest.ProjectID})
	for name, who := range map[string]ra.Staff{"a clerk": h.Counter, "a supervisor": h.Supervisor, "an administrator of one project": narrow} {
		servicetest.WantCode(t, name, h.BlockKiosk(ctx, who, k.ID, "lost"), ra.CodeForbidden, "")
	}
	if err := h.BlockKiosk(ctx, h.Admin, k.ID, "lost"); err != nil {
		t.Errorf("an administrator: %v", err)
	}
}
