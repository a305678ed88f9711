package issuing_test

import (
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// TestKeyRecordIsTheOrganisations: confirmed members see what was made on a key, anybody else nothing, and each look leaves one line.
func TestKeyRecordIsTheOrganisations(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	claimed := h.Registered(t)
	order, code := h.Approved(t, claimed, 1)
	done, release, key := h.Made(t, claimed, order, code)
	member := h.MemberAgain(t, claimed)
	for range 2 {
		r, err := h.KeyRecord(t.Context(), h.Kiosk, member, key.Identity)
		servicetest.Must(t, err)
		if len(r.Certificates) != 1 || r.Certificates[0].ID != done.Unit.CertificateID || r.Certificates[0].State != ra.CertificateActive || len(r.Certificates[0].DER) == 0 {
			t.Errorf("got %+v, want the certificate of %s", r, release.Operation.ID)
		}
	}
	rows, err := h.Store.AuditOf(t.Context(), key.Identity.String())
	servicetest.Must(t, err)
	if len(rows) != 1 || rows[0].Action != "key.look" || rows[0].ActorID != member.ID {
		t.Errorf("lines %+v, want one look by %s", rows, member.ID)
	}
	other := h.Registered(t)
	for name, who := range map[string]ra.Membership{"another organisation": other, "nobody": {ID: servicetest.ID(t)}} {
		if r, err := h.KeyRecord(t.Context(), h.Kiosk, who, key.Identity); ra.CodeOf(err) != ra.CodeNotFound || len(r.Certificates) > 0 {
			t.Errorf("%s: got %+v, %v, want not_found", name, r, err)
		}
	}
	unknown := servicetest.NewKey(t).Identity
	if _, err := h.KeyRecord(t.Context(), h.Kiosk, member, unknown); ra.CodeOf(err) != ra.CodeNotFound {
		t.Errorf("got %v, want not_found", err)
	}
	if _, err := h.KeyRecord(t.Context(), h.Kiosk, member, ra.KeyIdentity{Serial: "a\x00b"}); ra.CodeOf(err) != ra.CodeInvalid {
		t.Errorf("got %v, want invalid", err)
	}
}

// TestPINChangeLeavesLines: said twice they stand once; a lost key is refused before it is touched, and not after.
func TestPINChangeLeavesLines(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member := h.Registered(t)
	order, code := h.Approved(t, member, 1)
	_, _, key := h.Made(t, member, order, code)
	said := func(id string, as ra.PINOutcome) error {
		return h.PINChange(t.Context(), h.Kiosk, ra.Membership{}, ra.PINChange{ID: id, Key: key.Identity, As: as})
	}
	lines := func(id string, want ...string) {
		t.Helper()
		rows, err := h.Store.AuditOf(t.Context(), id)
		servicetest.Must(t, err)
		var got []string
		for _, r := range rows {
			got = append(got, r.Action)
			if r.KioskID != h.Kiosk.ID || r.Facts["serial"] != key.Identity.Serial {
				t.Errorf("line %+v", r)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("lines %v, want %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("lines %v, want %v", got, want)
			}
		}
	}
	id := servicetest.ID(t)
	for _, as := range []ra.PINOutcome{ra.PINBegun, ra.PINBegun, ra.PINChanged, ra.PINChanged} {
		servicetest.Must(t, said(id, as))
	}
	lines(id, "pin.begun", "pin.changed")

	cut := servicetest.ID(t)
	servicetest.Must(t, said(cut, ra.PINBegun))
	_, err := h.Store.Pool().Exec(t.Context(), `UPDATE ukeys SET life = 'lost' WHERE serial = $1`, key.Identity.Serial)
	servicetest.Must(t, err)
	servicetest.Must(t, said(cut, ra.PINUnsure))
	lines(cut, "pin.begun", "pin.unsure")
	late := servicetest.ID(t)
	for range 2 {
		if err := said(late, ra.PINBegun); ra.CodeOf(err) != ra.CodeKeyLost {
			t.Errorf("got %v, want key_lost", err)
		}
	}
	lines(late, "pin.refuse")

	for name, c := range map[string]struct {
		change ra.PINChange
		want   ra.Code
	}{
		"no id":       {ra.PINChange{ID: "x", Key: key.Identity, As: ra.PINBegun}, ra.CodeInvalid},
		"no outcome":  {ra.PINChange{ID: id, Key: key.Identity, As: "done"}, ra.CodeInvalid},
		"another key": {ra.PINChange{ID: servicetest.ID(t), Key: servicetest.NewKey(t).Identity, As: ra.PINBegun}, ra.CodeNotFound},
	} {
		if err := h.PINChange(t.Context(), h.Kiosk, ra.Membership{}, c.change); ra.CodeOf(err) != c.want {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}
