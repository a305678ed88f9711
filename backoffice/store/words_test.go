package store_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
	"keyhall/backoffice/store/storetest"
)

// TestWordsAreTheRegisters: what Go says that a row is, is what the database says, for rows of every kind that is told beforehand.
func TestWordsAreTheRegisters(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	member, certificates := h.Holder(t, 3)
	supervisor := h.Hired(t, "supervisor", "Sun", servicetest.Grants(ra.RoleSupervisor)...)
	servicetest.Must(t, h.Suspend(t.Context(), supervisor, certificates[0], "lost"))
	servicetest.Must(t, h.Revoke(t.Context(), supervisor, certificates[1], ra.GroundCessation, "over"))
	order, code := h.Approved(t, member, 3)
	h.Reserved(t, member, order, code, servicetest.NewKey(t))
	key := servicetest.NewKey(t)
	h.Certified(t, h.Reserved(t, member, order, code, key), key)
	here, there, err := h.Store.Words(t.Context())
	servicetest.Must(t, err)
	if !maps.Equal(here, there) {
		for k, v := range there {
			if here[k] != v {
				t.Errorf("%s: got %q, want %q", k, here[k], v)
			}
		}
	}
	kinds := map[string]int{}
	for k := range here {
		kind, _, _ := strings.Cut(k, " ")
		kinds[kind]++
	}
	want := []string{"admin_pin", "certificate", "key", "operation", "order", "proof", "unit"}
	if got := slices.Sorted(maps.Keys(kinds)); !slices.Equal(got, want) {
		t.Errorf("got rows of %v, want of %v", kinds, want)
	}
}

// TestFalseWordIsRefused: a row that becomes something else than what goes into the trail is not kept, and neither is the line.
func TestFalseWordIsRefused(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	_, certificates := h.Holder(t, 1)
	c, err := h.Store.CertificateByID(t.Context(), certificates[0])
	servicetest.Must(t, err)
	c.SerialNumber = "another"
	for what, do := range map[string]func(tx *store.Tx) error{
		"another serial number": func(tx *store.Tx) error { return tx.SetCertificateState(t.Context(), c, ra.CertificateSuspended) },
		"a key that is not there": func(tx *store.Tx) error {
			return tx.SaveUKey(t.Context(), book.UKey{Key: servicetest.KeyIdentity("none"), Life: ra.KeyActive, PIN: ra.TokenPINOK, Custody: ra.CustodyPerson}, time.Now())
		},
	} {
		err := storetest.Do(t, h.Store, do)
		if err == nil || !strings.Contains(err.Error(), "line_differs") || ra.CodeOf(err) == ra.CodeConflict {
			t.Errorf("%s: got %v, want line_differs", what, err)
		}
	}
	if n := lines(t, h.Store, "test"); n != 0 {
		t.Errorf("%d lines tell of it, want none", n)
	}
	h.Sound(t)
}
