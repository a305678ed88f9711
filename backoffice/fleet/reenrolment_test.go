package fleet_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/fleet"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// anew enrols a kiosk with a code and a fresh key, signed by its old one.
func anew(t *testing.T, h *servicetest.Hall, who servicetest.Identity, code string) servicetest.Identity {
	t.Helper()
	key := servicetest.NewKey(t)
	csr := key.Request(t, nil)
	e, err := h.Enrol(t.Context(), code, csr, who.Previous(t, code, csr))
	servicetest.Must(t, err)
	key.Certificate = e.Certificate
	return servicetest.Identity{Kiosk: e.Kiosk, Key: key}
}

// inUse is a hall with a kiosk XH05 whose certificate was used.
func inUse(t *testing.T) (*servicetest.Hall, servicetest.Identity) {
	t.Helper()
	h := servicetest.New(t)
	who := h.IdentityAt(t, "XH05", servicetest.HallID)
	mustBe(t, h, who)
	return h, who
}

func TestEnrolledAnewKeepsItsID(t *testing.T) {
	t.Parallel()
	h, who := inUse(t)
	ctx := t.Context()
	servicetest.Must(t, h.Store.PutHall(ctx, 2, ra.Hall{ID: "binjiang", Name: ra.Text{ZH: "滨江服务大厅"}}))
	other := servicetest.Project()
	other.ID = "other"
	h.PutProject(t, 2, other)
	account := h.Registered(t)
	session, err := h.LogIn(ctx, who.Kiosk, account.Login, servicetest.Password)
	servicetest.Must(t, err)
	order, authCode := h.Approved(t, account, 1)
	release, err := h.Reserve(ctx, who.Kiosk, account, servicetest.Reservation(t, order, authCode, servicetest.NewKey(t)))
	servicetest.Must(t, err)

	code := h.CodeFor(t, "XH05", "binjiang", servicetest.ProjectID, "other")
	key := servicetest.NewKey(t)
	csr := key.Request(t, nil)
	typed := strings.ToLower(code) // the signature is over the code as it is compared
	first, err := h.Enrol(ctx, typed, csr, who.Previous(t, code, csr))
	servicetest.Must(t, err)
	if k := first.Kiosk; k.ID != who.Kiosk.ID || k.Prefix != "XH05" || k.HallID != "binjiang" || k.Hall.ZH != "滨江服务大厅" {
		t.Errorf("got %+v, want %s at the other hall", k, who.Kiosk.ID)
	}
	again, err := h.Enrol(ctx, code, csr, who.Previous(t, code, csr))
	if err != nil || !bytes.Equal(again.Certificate, first.Certificate) || again.Kiosk != first.Kiosk {
		t.Errorf("the same request again: another answer, %v", err)
	}
	status := statusOf(t, h, who.Kiosk)
	if status.Kiosk != first.Kiosk || len(status.Projects) != 2 {
		t.Errorf("the console shows %+v, want what the code says", status)
	}
	_, err = h.Session(ctx, first.Kiosk, session.Token)
	servicetest.WantCode(t, "a session at it", err, ra.CodeSessionOver, "")
	if p, err := h.Operation(ctx, first.Kiosk, release.Hold()); err != nil || p.KioskID != first.Kiosk.ID || p.ID != release.Operation.ID {
		t.Errorf("what it has in hand, by its ticket: %+v, %v", p, err)
	}

	who.Kiosk = first.Kiosk
	mustBe(t, h, who) // killed before it had the answer, it still is the old one
	key.Certificate = first.Certificate
	mustBe(t, h, servicetest.Identity{Kiosk: first.Kiosk, Key: key})
	wantUnknown(t, h, "the old one after the first use of the new one", who.Key.Certificate)
	if again, err := h.Enrol(ctx, code, csr, who.Previous(t, code, csr)); err != nil || !bytes.Equal(again.Certificate, first.Certificate) {
		t.Errorf("the same request after its first use: another answer, %v", err)
	}
	_, err = h.Enrol(ctx, code, servicetest.NewKey(t).Request(t, nil), nil)
	servicetest.WantCode(t, "the used code with another key", err, ra.CodeEnrolmentCode, "")
	for action, want := range map[string]int{"kiosk.enrol": 1, "kiosk.reenrol": 1, "kiosk.retire": 1} {
		if n := lines(t, h, action, who.Kiosk.ID); n != want {
			t.Errorf("%d lines %s, want %d", n, action, want)
		}
	}
	h.Sound(t)
}

// TestWrongSignatureSpendsNothing: whatever was signed for something else, or by somebody else, is refused with a line in the
// trail, and the code is still good for the kiosk itself.
func TestWrongSignatureSpendsNothing(t *testing.T) {
	t.Parallel()
	h, who := inUse(t)
	ctx := t.Context()
	other := h.IdentityAt(t, "XH06", servicetest.HallID)
	retired := h.IdentityAt(t, "XH07", servicetest.HallID)
	h.IdentityAt(t, "XH07", servicetest.HallID)
	code, spare := h.CodeFor(t, "XH05", servicetest.HallID), h.CodeFor(t, "XH05", servicetest.HallID)
	key := servicetest.NewKey(t)
	csr := key.Request(t, nil)
	previous := who.Previous(t, code, csr)
	seen := who.Previous(t, spare, csr)
	swapped := func(from, by servicetest.Identity) *ra.Previous {
		return &ra.Previous{Fingerprint: from.Previous(t, code, csr).Fingerprint, Signature: by.Previous(t, code, csr).Signature}
	}
	before := h.Dump(t, "kiosks", "kiosk_certificates", "enrolment_codes", "public_keys")
	for name, p := range map[string]*ra.Previous{
		"replayed with another code":     seen,
		"replayed with another request":  who.Previous(t, code, servicetest.NewKey(t).Request(t, nil)),
		"no signature":                   {Fingerprint: previous.Fingerprint},
		"of another kiosk":               swapped(who, other),
		"of a retired key":               swapped(who, retired),
		"for a retired key":              swapped(retired, who),
		"of the new key itself":          swapped(who, servicetest.Identity{Key: key}),
		"of the request alone":           {Fingerprint: previous.Fingerprint, Signature: who.Key.Sign(t, csr)},
		"of the code alone":              {Fingerprint: previous.Fingerprint, Signature: who.Key.Sign(t, []byte(code))},
		"of the message without a name":  {Fingerprint: previous.Fingerprint, Signature: who.Key.Sign(t, ra.EnrolmentMessage(code, csr)[16:])},
		"with a byte changed":            {Fingerprint: previous.Fingerprint, Signature: flipped(previous.Signature)},
		"made of a code with other text": who.Previous(t, code+"A", csr),
	} {
		_, err := h.Enrol(ctx, code, csr, p)
		servicetest.WantCode(t, name, err, ra.CodeRequestBad, "previous")
	}
	_, err := h.Enrol(ctx, "AAAA-AAAA-AAAA-AAAA", csr, seen)
	servicetest.WantCode(t, "without a code nobody learns anything", err, ra.CodeEnrolmentCode, "")
	if after := h.Dump(t, "kiosks", "kiosk_certificates", "enrolment_codes", "public_keys"); after != before {
		t.Error("the refused enrolments left something")
	}
	if said := refusedAt(t, h, "XH05"); len(said) != 12 {
		t.Errorf("the trail says %q, want each of the twelve", said)
	}
	mustBe(t, h, who)
	if e, err := h.Enrol(ctx, code, csr, previous); err != nil || e.Kiosk.ID != who.Kiosk.ID {
		t.Errorf("the kiosk itself: %+v, %v", e.Kiosk, err)
	}
	_, err = h.Enrol(ctx, code, csr, seen)
	servicetest.WantCode(t, "the used code with a wrong signature", err, ra.CodeRequestBad, "previous")
	h.Sound(t)
}

func flipped(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)-1] ^= 1
	return b
}

// TestEnrolledAnewAsAnother lists the good signatures that do not keep a kiosk's id.
func TestEnrolledAnewAsAnother(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(t *testing.T, h *servicetest.Hall, who servicetest.Identity) servicetest.Identity{
		"a blocked kiosk": func(t *testing.T, h *servicetest.Hall, who servicetest.Identity) servicetest.Identity {
			servicetest.Must(t, h.BlockKiosk(t.Context(), h.Admin, who.Kiosk.ID, "screen replaced"))
			return who
		},
		"a kiosk of another prefix": func(t *testing.T, h *servicetest.Hall, _ servicetest.Identity) servicetest.Identity {
			return h.IdentityAt(t, "XH06", servicetest.HallID)
		},
		"a replaced kiosk": func(t *testing.T, h *servicetest.Hall, who servicetest.Identity) servicetest.Identity {
			h.IdentityAt(t, "XH05", servicetest.HallID)
			return who
		},
		"a retired certificate": func(t *testing.T, h *servicetest.Hall, who servicetest.Identity) servicetest.Identity {
			h.Clock.Advance(aYearLeft)
			mustBe(t, h, h.Renewed(t, who))
			return who
		},
		"a kiosk of another register": func(t *testing.T, h *servicetest.Hall, _ servicetest.Identity) servicetest.Identity {
			foreign := servicetest.NewKey(t)
			foreign.Certificate = []byte("a certificate from elsewhere")
			return servicetest.Identity{Key: foreign}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, who := inUse(t)
			signing := prepare(t, h, who)
			fresh := anew(t, h, signing, h.CodeFor(t, "XH05", servicetest.HallID))
			if fresh.Kiosk.ID == who.Kiosk.ID || fresh.Kiosk.ID == signing.Kiosk.ID || fresh.Kiosk.Prefix != "XH05" {
				t.Errorf("got %+v, want another kiosk", fresh.Kiosk)
			}
			mustBe(t, h, fresh)
			wantUnknown(t, h, "the kiosk that had the prefix", who.Key.Certificate)
			if signing.Kiosk.Prefix == "XH06" {
				mustBe(t, h, signing)
			}
			if n := lines(t, h, "kiosk.reenrol", who.Kiosk.ID); n != 0 {
				t.Errorf("%d lines tell that the old one goes on", n)
			}
			h.Sound(t)
		})
	}
}

// TestEnrolledAnewAfterItsEnd: a kiosk that stood in a cellar until its certificate had ended is still itself.
func TestEnrolledAnewAfterItsEnd(t *testing.T) {
	t.Parallel()
	h, who := inUse(t)
	h.Clock.Advance(4 * 365 * 24 * time.Hour)
	fresh := anew(t, h, who, h.CodeFor(t, "XH05", servicetest.HallID))
	if fresh.Kiosk.ID != who.Kiosk.ID {
		t.Errorf("got %+v, want the same kiosk", fresh.Kiosk)
	}
	mustBe(t, h, fresh)
	h.Sound(t)
}

// TestEnrolledAnewBeforeTheFirstUse: the signature is the new certificate's first use.
func TestEnrolledAnewBeforeTheFirstUse(t *testing.T) {
	t.Parallel()
	h, who := inUse(t)
	first := anew(t, h, who, h.CodeFor(t, "XH05", servicetest.HallID))
	second := anew(t, h, first, h.CodeFor(t, "XH05", servicetest.HallID))
	wantUnknown(t, h, "the one before", who.Key.Certificate)
	mustBe(t, h, servicetest.Identity{Kiosk: second.Kiosk, Key: first.Key})
	mustBe(t, h, second)
	wantUnknown(t, h, "the first", first.Key.Certificate)
	h.Sound(t)
}

// TestEnrolmentGivenUp: the answer never came and the code is over. The kiosk goes on as it was, renews, and is enrolled anew
// with another code; what the lost answer brought is revoked.
func TestEnrolmentGivenUp(t *testing.T) {
	t.Parallel()
	h, who := inUse(t)
	lost := anew(t, h, who, h.CodeFor(t, "XH05", servicetest.HallID))
	h.Clock.Advance(aYearLeft)
	mustBe(t, h, who)
	renewed := h.Renewed(t, who)
	wantUnknown(t, h, "the lost one", lost.Key.Certificate)
	again := anew(t, h, who, h.CodeFor(t, "XH05", servicetest.HallID))
	wantUnknown(t, h, "the renewed one, which was never used", renewed.Key.Certificate)
	mustBe(t, h, again)
	wantUnknown(t, h, "the old one", who.Key.Certificate)
	h.Sound(t)
}

// TestEnrolledAnewAtOnce sends one code with two keys side by side, and blocks the kiosk meanwhile.
func TestEnrolledAnewAtOnce(t *testing.T) {
	t.Parallel()
	h, who := inUse(t)
	code := h.CodeFor(t, "XH05", servicetest.HallID)
	requests := [][]byte{servicetest.NewKey(t).Request(t, nil), servicetest.NewKey(t).Request(t, nil)}
	answers := make([]fleet.Enrolled, 7)
	errs := atOnce(7, func(i int) (err error) {
		if i == 6 {
			return h.BlockKiosk(t.Context(), h.Admin, who.Kiosk.ID, "lost")
		}
		answers[i], err = h.Enrol(t.Context(), code, requests[i%2], who.Previous(t, code, requests[i%2]))
		return err
	})
	won := map[string]int{}
	for i, err := range errs[:6] {
		if err == nil {
			won[string(answers[i].Certificate)]++
		} else if ra.CodeOf(err) != ra.CodeEnrolmentCode {
			t.Errorf("request %d: %v", i, err)
		}
	}
	if len(won) != 1 {
		t.Errorf("%d keys got a certificate, want one", len(won))
	}
	if err := errs[6]; err != nil && ra.CodeOf(err) != ra.CodeNotFound { // replaced before it was blocked
		t.Errorf("blocking: %v", err)
	}
	k, err := h.Store.Kiosk(t.Context(), who.Kiosk.ID)
	if err != nil || k.BlockedAt == nil && !k.Retired {
		t.Errorf("the kiosk is %+v, %v, want it out", k, err)
	}
	h.Sound(t)
}
