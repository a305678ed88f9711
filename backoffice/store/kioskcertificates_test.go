package store_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/store"
	"keyhall/backoffice/store/storetest"
)

// enrolled is a store with one kiosk; its certificates are those that a test inserts.
func enrolled(t *testing.T) *store.Store {
	t.Helper()
	s := storetest.New(t)
	must(t, s.PutHall(t.Context(), 1, ra.Hall{ID: "h", Name: ra.Text{ZH: "大厅"}}))
	must(t, storetest.Do(t, s, func(tx *store.Tx) error {
		return tx.InsertKiosk(t.Context(), nil, book.KioskRecord{Kiosk: ra.Kiosk{ID: kiosk, Prefix: "XH01", HallID: "h"}, EnrolledAt: noon}, 4)
	}))
	return s
}

var noon = time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)

// insert adds a certificate of the kiosk; its key and its bytes are named after its serial number.
func insert(t *testing.T, s *store.Store, serial string, signed bool) error {
	t.Helper()
	err := storetest.Do(t, s, func(tx *store.Tx) error {
		return tx.InsertKioskCertificate(t.Context(), book.KioskCertificate{SerialNumber: serial, Authority: "operations", KioskID: kiosk, KeyHash: []byte(serial),
			NotBefore: noon, NotAfter: noon.Add(time.Hour), RequestedAt: noon})
	})
	if err == nil && signed {
		_, err = s.SetKioskCertificate(t.Context(), serial, []byte(serial), fingerprint(serial))
	}
	return err
}

func fingerprint(serial string) []byte {
	sum := sha256.Sum256([]byte(serial))
	return sum[:]
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestOneKioskCertificateInUseAndOneNewer is what the database itself refuses, whatever the rules forget.
func TestOneKioskCertificateInUseAndOneNewer(t *testing.T) {
	t.Parallel()
	s, ctx := enrolled(t), t.Context()
	must(t, insert(t, s, "a1", true))
	if err := insert(t, s, "a2", true); ra.CodeOf(err) != ra.CodeConflict {
		t.Errorf("a second one that was never used: %v, want %s", err, ra.CodeConflict)
	}
	must(t, s.UseKioskCertificate(ctx, "a1", noon))
	must(t, insert(t, s, "a2", false))
	if err := s.UseKioskCertificate(ctx, "a2", noon); !strings.Contains(fmt.Sprint(err), "kiosk_certificates_signed") || ra.CodeOf(err) != ra.CodeInternal {
		t.Errorf("use before it was signed: %v, want the constraint's name", err)
	}
	_, err := s.SetKioskCertificate(ctx, "a2", []byte("a2"), fingerprint("a2"))
	must(t, err)
	if err := s.UseKioskCertificate(ctx, "a2", noon); ra.CodeOf(err) != ra.CodeConflict {
		t.Errorf("two in use: %v, want %s", err, ra.CodeConflict)
	}
	must(t, storetest.Do(t, s, func(tx *store.Tx) error { return tx.RetireKioskCertificate(ctx, "a1", 4, noon) }))
	must(t, s.UseKioskCertificate(ctx, "a2", noon))
	if err := insert(t, s, "A3", true); ra.CodeOf(err) != ra.CodeInternal {
		t.Errorf("upper-case serial number: %v, want %s", err, ra.CodeInternal)
	}
}

func TestKioskCertificateSignedTwiceIsOne(t *testing.T) {
	t.Parallel()
	s, ctx := enrolled(t), t.Context()
	must(t, insert(t, s, "a1", false))
	for _, der := range []string{"first", "second"} {
		kept, err := s.SetKioskCertificate(ctx, "a1", []byte(der), fingerprint(der))
		if err != nil || string(kept) != "first" {
			t.Errorf("kept %q, %v, want the first", kept, err)
		}
	}
	must(t, storetest.Do(t, s, func(tx *store.Tx) error { return tx.RetireKioskCertificate(ctx, "a1", 4, noon) }))
	if _, err := s.SetKioskCertificate(ctx, "a1", []byte("third"), fingerprint("third")); ra.CodeOf(err) != ra.CodeNotFound {
		t.Errorf("after it was retired: %v, want %s", err, ra.CodeNotFound)
	}
	k, c, err := s.KioskByFingerprint(ctx, fingerprint("first"))
	if err != nil || k.ID != kiosk || string(c.DER) != "first" || c.RetiredAt == nil {
		t.Errorf("got %+v of %s, %v, want the retired one", c, k.ID, err)
	}
}

// TestRetiredKioskCertificatesAreRevoked tells for each that the CA signed, or may be signing now, what the world hears of it.
func TestRetiredKioskCertificatesAreRevoked(t *testing.T) {
	t.Parallel()
	s, ctx := enrolled(t), t.Context()
	later := noon.Add(time.Minute)
	must(t, insert(t, s, "a1", true))
	must(t, s.UseKioskCertificate(ctx, "a1", noon))
	must(t, storetest.Do(t, s, func(tx *store.Tx) error { return tx.RetireKioskCertificate(ctx, "a1", 4, noon) }))
	must(t, storetest.Do(t, s, func(tx *store.Tx) error { return tx.RetireKioskCertificate(ctx, "a1", 5, later) })) // again changes nothing
	must(t, insert(t, s, "a2", false))
	must(t, storetest.Do(t, s, func(tx *store.Tx) error { return tx.RetireKioskCertificate(ctx, "a2", 4, later) }))
	must(t, insert(t, s, "a3", true))
	must(t, s.UseKioskCertificate(ctx, "a3", noon))
	must(t, insert(t, s, "a4", false))
	statuses, err := s.RevocationStatuses(ctx, "operations", []string{"a1", "a2", "a3", "a4", "a5"})
	if err != nil || len(statuses) != 3 {
		t.Errorf("known are %+v, %v, want a1, a2 and a3", statuses, err)
	}
	for serial, want := range map[string]book.RevocationStatus{"a1": {RevokedAt: &noon, Reason: 4}, "a2": {RevokedAt: &later, Reason: 4}, "a3": {}} {
		got, there := statuses[serial]
		same := (got.RevokedAt == nil) == (want.RevokedAt == nil) && (got.RevokedAt == nil || got.RevokedAt.Equal(*want.RevokedAt))
		if !there || got.Reason != want.Reason || !same {
			t.Errorf("%s: got %+v, want %+v", serial, got, want)
		}
	}
	list, err := revoked(t, s, noon)
	if err != nil || len(list) != 2 || list[0].SerialNumber != "a1" || list[1].SerialNumber != "a2" {
		t.Errorf("revocation list %+v, %v, want a1 and a2", list, err)
	}
	said := book.CRL{Authority: "operations", Number: 1, ThisUpdate: noon.Add(time.Hour), NextUpdate: noon.Add(2 * time.Hour), Holds: []byte{1}, DER: []byte{1}}
	if err := storetest.Do(t, s, func(tx *store.Tx) error { return tx.InsertCRL(ctx, said) }); err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]int{time.Hour: 2, 2 * time.Hour: 0} {
		if list, err := revoked(t, s, noon.Add(after)); err != nil || len(list) != want {
			t.Errorf("%s on, past their end, the revocation list holds %+v, %v, want %d", after, list, err, want)
		}
	}
	if others, err := s.RevocationStatuses(ctx, "ca", []string{"a1", "a2", "a3"}); err != nil || len(others) != 0 {
		t.Errorf("of another CA: %+v, %v", others, err)
	}
	known, err := s.KnownCertificates(ctx, []string{"a1", "a2", "a5"})
	if _, there := known["a2"]; err != nil || len(known) != 2 || !there || known["a2"] != nil {
		t.Errorf("known %v, %v, want a1, and a2 without a certificate", known, err)
	}
}

// TestEndOfAKiosksCertificate is that of the one in use, else of the newest.
func TestEndOfAKiosksCertificate(t *testing.T) {
	t.Parallel()
	s, ctx := enrolled(t), t.Context()
	ends := func(want time.Time) {
		t.Helper()
		if k, err := s.Kiosk(ctx, kiosk); err != nil || !k.NotAfter.Equal(want) {
			t.Errorf("it ends %s, %v, want %s", k.NotAfter, err, want)
		}
	}
	for i, serial := range []string{"a1", "a2"} {
		must(t, storetest.Do(t, s, func(tx *store.Tx) error {
			return tx.InsertKioskCertificate(ctx, book.KioskCertificate{SerialNumber: serial, Authority: "operations", KioskID: kiosk, KeyHash: []byte(serial), NotBefore: noon,
				NotAfter: noon.AddDate(i+1, 0, 0), RequestedAt: noon.AddDate(0, i, 0)})
		}))
		ends(noon.AddDate(1, 0, 0)) // the newer one does not count before it is used
		if _, err := s.SetKioskCertificate(ctx, serial, []byte(serial), fingerprint(serial)); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			must(t, s.UseKioskCertificate(ctx, serial, noon))
		}
	}
	must(t, storetest.Do(t, s, func(tx *store.Tx) error { return tx.RetireKioskCertificate(ctx, "a1", 4, noon) }))
	must(t, s.UseKioskCertificate(ctx, "a2", noon))
	ends(noon.AddDate(2, 0, 0))
	must(t, storetest.Do(t, s, func(tx *store.Tx) error { return tx.RetireKioskCertificate(ctx, "a2", 4, noon) }))
	ends(noon.AddDate(2, 0, 0))
}

// revoked is what the operations CA's list holds.
func revoked(t *testing.T, s *store.Store, at time.Time) (all []book.Revocation, err error) {
	t.Helper()
	err = s.EachRevoked(t.Context(), "operations", at, func(r book.Revocation) error { all = append(all, r); return nil })
	return all, err
}
