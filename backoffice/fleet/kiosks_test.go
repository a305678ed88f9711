package fleet_test

import (
	"bytes"
	"crypto/x509"
	"slices"
	"strings"
	"sync"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/fleet"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

func TestEnrol(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	window := ra.Text{ZH: "窗口 05"}
	code, err := h.EnrolmentCode(ctx, h.Admin, "XH05", servicetest.HallID, window, []string{servicetest.ProjectID})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(h.Dump(t), strings.ReplaceAll(code, "-", "")) {
		t.Error("the code stands in the database")
	}
	key := servicetest.NewKey(t)
	request := key.Request(t, nil)
	first, err := h.Enrol(ctx, strings.ToLower(code), request, nil)
	if err != nil || first.Kiosk.Prefix != "XH05" || first.Kiosk.Window != window || first.NextNumber != 1 {
		t.Fatalf("Enrol = %+v, %v", first.Kiosk, err)
	}
	again, err := h.Enrol(ctx, strings.ReplaceAll(code, "-", ""), key.Request(t, nil), nil)
	if err != nil || !bytes.Equal(again.Certificate, first.Certificate) || again.Kiosk.ID != first.Kiosk.ID {
		t.Errorf("enrolled again: another certificate, %v", err)
	}
	_, err = h.Enrol(ctx, code, servicetest.NewKey(t).Request(t, nil), nil)
	servicetest.WantCode(t, "another key", err, ra.CodeEnrolmentCode, "")
	_, err = h.Enrol(ctx, "AAAA-AAAA-AAAA-AAAA", request, nil)
	servicetest.WantCode(t, "made-up code", err, ra.CodeEnrolmentCode, "")
	_, err = h.Enrol(ctx, code, []byte("x"), nil)
	servicetest.WantCode(t, "no request", err, ra.CodeRequestBad, "")

	if kiosk, err := h.KioskByCertificate(ctx, first.Certificate); err != nil || kiosk != first.Kiosk {
		t.Errorf("KioskByCertificate = %+v, %v", kiosk, err)
	}
	_, err = h.KioskByCertificate(ctx, []byte("another"))
	servicetest.WantCode(t, "unknown certificate", err, ra.CodeKioskUnknown, "")
	parsed, err := x509.ParseCertificate(first.Certificate)
	if err != nil || parsed.Subject.CommonName != first.Kiosk.ID {
		t.Errorf("certificate of %s, %v", parsed.Subject, err)
	}
	if projects, err := h.Projects(ctx, first.Kiosk); err != nil || len(projects) != 1 || len(projects[0].Services) != len(h.Project.Services) {
		t.Errorf("projects %+v, %v", projects, err)
	}
	h.Clock.Advance(fleet.EnrolmentCodeLifetime)
	_, err = h.Enrol(ctx, code, request, nil)
	servicetest.WantCode(t, "after the code's life", err, ra.CodeEnrolmentCode, "")
	all, err := h.Kiosks(ctx, h.Counter)
	i := slices.IndexFunc(all, func(k book.KioskStatus) bool { return k.Kiosk == first.Kiosk })
	if err != nil || len(all) != 3 || i < 0 || all[i].SeenAt == nil || all[i].Projects[0] != servicetest.ProjectID {
		t.Errorf("kiosks %+v, %v", all, err)
	}
}

// superseded is a CRLReason.
const superseded = 4

func TestReplacedKiosk(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	h.Placed(t, h.Registered(t), 1)
	text := ra.Text{ZH: "窗口"}
	code, err := h.EnrolmentCode(ctx, h.Admin, h.Kiosk.Prefix, servicetest.HallID, text, []string{servicetest.ProjectID})
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := h.Enrol(ctx, code, servicetest.NewKey(t).Request(t, nil), nil)
	if err != nil || fresh.NextNumber < 2 {
		t.Errorf("the new kiosk begins with number %d, %v", fresh.NextNumber, err)
	}
	old := h.CertificatesOf(t, h.Kiosk.ID)[0]
	_, err = h.KioskByCertificate(ctx, old.DER)
	servicetest.WantCode(t, "the old kiosk", err, ra.CodeKioskUnknown, "")
	known, err := h.Store.RevocationStatuses(ctx, "ca", []string{old.SerialNumber})
	status := known[old.SerialNumber]
	if err != nil || status.RevokedAt == nil || status.Reason != superseded {
		t.Errorf("the old kiosk's certificate is %+v, %v, want it superseded", status, err)
	}
	h.Sound(t)
}

func TestEnrolmentCodeIsChecked(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	text, projects := ra.Text{ZH: "窗口"}, []string{servicetest.ProjectID}
	for name, c := range map[string]struct {
		staff    ra.Staff
		prefix   string
		hall     string
		projects []string
		code     ra.Code
		field    string
	}{
		"counter clerk":   {h.Counter, "XH05", servicetest.HallID, projects, ra.CodeForbidden, ""},
		"supervisor":      {h.Supervisor, "XH05", servicetest.HallID, projects, ra.CodeForbidden, ""},
		"no prefix":       {h.Admin, "", servicetest.HallID, projects, ra.CodeRequired, "prefix"},
		"bad prefix":      {h.Admin, "xh5", servicetest.HallID, projects, ra.CodeInvalid, "prefix"},
		"no hall":         {h.Admin, "XH05", "", projects, ra.CodeRequired, "hall"},
		"unknown hall":    {h.Admin, "XH05", "x", projects, ra.CodeNotFound, "hall"},
		"no project":      {h.Admin, "XH05", servicetest.HallID, nil, ra.CodeRequired, "projects"},
		"unknown project": {h.Admin, "XH05", servicetest.HallID, []string{"x"}, ra.CodeNotFound, "projects"},
	} {
		_, err := h.EnrolmentCode(t.Context(), c.staff, c.prefix, c.hall, text, c.projects)
		servicetest.WantCode(t, name, err, c.code, c.field)
	}
}

// TestBlockedWhileItAsks: what a kiosk began to ask before it was blocked, and what is carried out after it, leaves neither a session
// nor a ticket that would count once it is let in again.
func TestBlockedWhileItAsks(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	member := h.Registered(t)
	order, code := h.Approved(t, member, 2)
	release := h.Reserved(t, member, order, code, servicetest.NewKey(t))
	servicetest.Must(t, h.BlockKiosk(ctx, book.Command(), h.Kiosk.ID, "失窃"))
	_, err := h.LogIn(ctx, h.Kiosk, member.Login, servicetest.Password)
	servicetest.WantCode(t, "log in", err, ra.CodeKioskBlocked, "")
	_, err = h.Reserve(ctx, h.Kiosk, member, servicetest.Reservation(t, order, code, servicetest.NewKey(t)))
	servicetest.WantCode(t, "reserve", err, ra.CodeKioskBlocked, "")
	_, err = h.Resume(ctx, h.Kiosk, member, ra.Resumption{OperationID: release.Operation.ID, AuthCode: code})
	servicetest.WantCode(t, "resume", err, ra.CodeKioskBlocked, "")
	_, err = h.Place(ctx, h.Kiosk, member, h.Application(t, 1))
	servicetest.WantCode(t, "place", err, ra.CodeKioskBlocked, "")
	servicetest.Must(t, h.UnblockKiosk(ctx, book.Command(), h.Kiosk.ID))
	if _, err := h.LogIn(ctx, h.Kiosk, member.Login, servicetest.Password); err != nil {
		t.Error(err)
	}
	h.Reserved(t, member, order, code, servicetest.NewKey(t))
	h.Sound(t)
}

// TestBlockedAmidCalls blocks a kiosk again and again while it reserves and asks with its ticket: neither waits for the other for
// good, and no ticket from before a block counts after it.
func TestBlockedAmidCalls(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	member := h.Registered(t)
	const n = 5
	order, code := h.Approved(t, member, n)
	for range n {
		var release ra.Release
		var err error
		var wg sync.WaitGroup
		wg.Go(func() {
			release, err = h.Reserve(ctx, h.Kiosk, member, servicetest.Reservation(t, order, code, servicetest.NewKey(t)))
		})
		wg.Go(func() {
			servicetest.WantCode(t, "block", h.BlockKiosk(ctx, book.Command(), h.Kiosk.ID, "失窃"), "", "")
		})
		wg.Wait()
		if code := ra.CodeOf(err); err != nil && code != ra.CodeKioskBlocked {
			t.Errorf("reserve: %v", err)
		}
		servicetest.Must(t, h.UnblockKiosk(ctx, book.Command(), h.Kiosk.ID))
		if err == nil {
			_, err = h.Operation(ctx, h.Kiosk, ra.Hold{OperationID: release.Operation.ID, Ticket: release.Ticket})
			servicetest.WantCode(t, "the ticket of before the block", err, ra.CodeTicketDead, "")
		}
	}
	h.Sound(t)
}

// TestRefusedEnrolmentLeavesNothing but a line in the trail: the code still works, and the kiosk that has the prefix goes on.
func TestRefusedEnrolmentLeavesNothing(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	text := ra.Text{ZH: "窗口"}
	code, err := h.EnrolmentCode(ctx, h.Admin, h.Kiosk.Prefix, servicetest.HallID, text, []string{servicetest.ProjectID})
	if err != nil {
		t.Fatal(err)
	}
	working := h.CertificatesOf(t, h.Kiosk.ID)[0]
	for name, want := range map[string]ra.Code{"e3.csr.der": ra.CodeKeyWeak, "roca.csr.der": ra.CodeKeyWeak} {
		_, err := h.Enrol(ctx, code, servicetest.WeakRequest(t, name), nil)
		servicetest.WantCode(t, name, err, want, "public_key")
	}
	_, err = h.Enrol(ctx, code, []byte("x"), nil)
	servicetest.WantCode(t, "no request", err, ra.CodeRequestBad, "")
	_, err = h.Enrol(ctx, "AAAA-AAAA-AAAA-AAAA", servicetest.WeakRequest(t, "e3.csr.der"), nil)
	servicetest.WantCode(t, "a stranger learns nothing about requests", err, ra.CodeEnrolmentCode, "")
	if said := refusedAt(t, h, h.Kiosk.Prefix); !slices.Equal(said, []string{"key_weak", "key_weak", "request_bad"}) {
		t.Errorf("the trail says %q", said)
	}
	if _, err := h.KioskByCertificate(ctx, working.DER); err != nil {
		t.Errorf("the working kiosk: %v", err)
	}
	if _, err := h.Enrol(ctx, code, servicetest.NewKey(t).Request(t, nil), nil); err != nil {
		t.Errorf("a good request with the same code: %v", err)
	}
}

// refusedAt are the codes of the refused enrolments of a prefix, as the trail has them.
func refusedAt(t *testing.T, h *servicetest.Hall, prefix string) (codes []string) {
	t.Helper()
	h.Sealed(t)
	rows, err := h.Store.AuditAfter(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Action == "request.refuse" && r.Facts["prefix"] == prefix {
			codes = append(codes, r.Facts["code"])
		}
	}
	return codes
}
