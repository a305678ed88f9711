package fleet

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// Limits of a kiosk's client certificates.
const (
	kioskLifetime = 3 * 365 * 24 * time.Hour
	kioskLeast    = 24 * time.Hour // a shorter one is of no use to a kiosk
)

// KioskByCertificate finds the kiosk that a TLS client certificate (DER) belongs to: CodeKioskUnknown, also for one that was
// retired or has ended; CodeKioskBlocked. The first use of a certificate retires the one before. A kiosk that goes on calling while it
// is blocked leaves a line in the trail, once for each block: one that is merely on asks again and again.
func (f *Fleet) KioskByCertificate(ctx context.Context, certificate []byte) (ra.Kiosk, error) {
	fingerprint := sha256.Sum256(certificate)
	kiosk, shown, err := f.admitted(ctx, f.store, fingerprint[:])
	if err == nil && shown.UsedAt == nil {
		err = f.firstUse(ctx, fingerprint[:])
	}
	if ra.CodeOf(err) == ra.CodeKioskBlocked {
		err = errors.Join(err, f.callsBlocked(ctx, kiosk))
	}
	if err != nil {
		return ra.Kiosk{}, err
	}
	if now := f.clerk.Now(); kiosk.SeenAt == nil || now.Sub(*kiosk.SeenAt).Abs() > seenEvery {
		err = f.store.SeeKiosk(ctx, kiosk.ID, now)
	}
	return kiosk.Kiosk, err
}

// callsBlocked tells of the first call since the block, by which the kiosk was seen last.
func (f *Fleet) callsBlocked(ctx context.Context, k book.KioskRecord) error {
	if seenBlocked(k) {
		return nil
	}
	return f.store.Do(ctx, func(tx Tx) error {
		k, err := tx.LockKiosk(ctx, k.ID)
		if err != nil || seenBlocked(k) {
			return err
		}
		if err := tx.SeeKiosk(ctx, k.ID, f.clerk.Now()); err != nil {
			return err
		}
		return f.clerk.Write(ctx, tx, book.KioskActor(k.Kiosk), "kiosk.refuse", "", k.ID, "prefix", k.Prefix, "code", string(ra.CodeKioskBlocked))
	})
}

// seenBlocked: there is nothing to tell of a kiosk that was let in again meanwhile, or was told of already.
func seenBlocked(k book.KioskRecord) bool {
	return k.BlockedAt == nil || k.SeenAt != nil && k.SeenAt.After(*k.BlockedAt)
}

// admitted returns the kiosk that may work with the certificate of that SHA-256: CodeKioskUnknown, CodeKioskBlocked.
func (f *Fleet) admitted(ctx context.Context, in finder, fingerprint []byte) (book.KioskRecord, book.KioskCertificate, error) {
	kiosk, shown, err := in.KioskByFingerprint(ctx, fingerprint)
	switch {
	case ra.CodeOf(err) == ra.CodeNotFound:
		err = ra.E(ra.CodeKioskUnknown)
	case err != nil:
	case kiosk.Retired || shown.RetiredAt != nil || !f.clerk.Now().Before(shown.NotAfter):
		err = ra.E(ra.CodeKioskUnknown)
	case kiosk.BlockedAt != nil:
		err = ra.E(ra.CodeKioskBlocked)
	}
	return kiosk, shown, err
}

// held is admitted with the kiosk's row held until the transaction ends.
func (f *Fleet) held(ctx context.Context, tx Tx, fingerprint []byte) (book.KioskRecord, book.KioskCertificate, error) {
	kiosk, shown, err := f.admitted(ctx, tx, fingerprint)
	if err != nil {
		return kiosk, shown, err
	}
	if _, err := tx.LockKiosk(ctx, kiosk.ID); err != nil {
		return kiosk, shown, err
	}
	return f.admitted(ctx, tx, fingerprint)
}

// firstUse looks again with the kiosk held: another request may have been first.
func (f *Fleet) firstUse(ctx context.Context, fingerprint []byte) error {
	return f.store.Do(ctx, func(tx Tx) error {
		kiosk, shown, err := f.held(ctx, tx, fingerprint)
		if err != nil || shown.UsedAt != nil {
			return err
		}
		return f.use(ctx, tx, kiosk.Kiosk, shown)
	})
}

// use puts a certificate into use in place of the one before. Now that the kiosk is known to have it, nobody needs the old
// one but who copied it. The kiosk is held.
func (f *Fleet) use(ctx context.Context, tx Tx, kiosk ra.Kiosk, c book.KioskCertificate) error {
	all, err := tx.KioskCertificates(ctx, kiosk.ID)
	if err != nil {
		return err
	}
	now := f.clerk.Now()
	for _, older := range all {
		if older.RetiredAt != nil || older.UsedAt == nil {
			continue
		}
		if err := tx.RetireKioskCertificate(ctx, older.SerialNumber, ra.RevokedSuperseded, now); err != nil {
			return err
		}
		if err := f.clerk.Write(ctx, tx, book.KioskActor(kiosk), "kiosk.retire", "", kiosk.ID, "serial_number", older.SerialNumber, "by", c.SerialNumber); err != nil {
			return err
		}
	}
	return tx.UseKioskCertificate(ctx, c.SerialNumber, now)
}

// nextCertificate binds a fresh key to a kiosk, whose row is held, and tells of it. Of all its certificates, one that was
// never used makes room.
func (f *Fleet) nextCertificate(ctx context.Context, tx Tx, kiosk ra.Kiosk, action string, all []book.KioskCertificate, request pki.Request, now time.Time) (book.KioskCertificate, error) {
	facts := []string{"prefix", kiosk.Prefix}
	if newer, there := neverUsed(all); there {
		if err := tx.RetireKioskCertificate(ctx, newer.SerialNumber, ra.RevokedSuperseded, now); err != nil {
			return newer, err
		}
		facts = append(facts, "replaces", newer.SerialNumber)
	}
	next, err := f.bindKioskKey(ctx, tx, kiosk.ID, request, now)
	if err != nil {
		return next, err
	}
	return next, f.clerk.Write(ctx, tx, book.KioskActor(kiosk), action, "", kiosk.ID, append(facts, "serial_number", next.SerialNumber)...)
}

// neverUsed is the certificate that waits for its first use.
func neverUsed(all []book.KioskCertificate) (book.KioskCertificate, bool) {
	i := slices.IndexFunc(all, func(c book.KioskCertificate) bool { return c.RetiredAt == nil && c.UsedAt == nil })
	if i < 0 {
		return book.KioskCertificate{}, false
	}
	return all[i], true
}

// bindKioskKey commits what a kiosk's certificate will be made of: CodeKeyDuplicate, CodeTermPastCA, CodeIssuerAway.
func (f *Fleet) bindKioskKey(ctx context.Context, tx Tx, kioskID string, request pki.Request, now time.Time) (book.KioskCertificate, error) {
	none := book.KioskCertificate{}
	serial, err := pki.NewSerialNumber(f.clerk.Rand)
	if err != nil {
		return none, err
	}
	begin, err := pki.Begin(f.issuer.Chain(), now)
	if err != nil {
		return none, err
	}
	end, err := f.kioskEnd(now)
	if err != nil {
		return none, err
	}
	if err := tx.InsertPublicKey(ctx, request.KeyHash, "kiosk", serial, now); err != nil {
		return none, err
	}
	c := book.KioskCertificate{SerialNumber: serial, Authority: f.issuer.Authority(), KioskID: kioskID, KeyHash: request.KeyHash,
		NotBefore: begin, NotAfter: end, RequestedAt: now}
	return c, tx.InsertKioskCertificate(ctx, c)
}

// kioskEnd is when a kiosk's certificate ends that begins now: after its own life or with the CA, whatever comes first.
// CodeTermPastCA when the CA ends too soon for any.
func (f *Fleet) kioskEnd(now time.Time) (time.Time, error) {
	end := now.Add(kioskLifetime).Truncate(time.Second)
	ca, err := pki.CAEnd(f.issuer.Chain())
	if err != nil {
		return end, err
	}
	if ca.Before(now.Add(kioskLeast)) {
		return end, pki.PastCA(ca)
	}
	if ca.Before(end) {
		end = ca
	}
	return end, nil
}

// signKiosk lets the CA sign, holding no row, and keeps what it signed, unless another request was first: CodeIssuerAway, CodeCertificateUnfit,
// CodeConflict when the certificate was retired meanwhile.
func (f *Fleet) signKiosk(ctx context.Context, c book.KioskCertificate, key crypto.PublicKey) ([]byte, error) {
	if c.DER != nil {
		return c.DER, nil
	}
	serial, err := pki.SerialNumber(c.SerialNumber)
	if err != nil {
		return nil, err
	}
	der, err := f.issuer.IssueKiosk(ctx, book.KioskIssueRequest{Authority: c.Authority, PublicKey: key, CommonName: c.KioskID,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, SerialNumber: serial})
	if ra.CodeOf(err) == ra.CodeCertificateUnfit {
		err = errors.Join(err, f.burn(ctx, c, err))
	}
	if err == nil {
		err = kioskSigned(der, c)
	}
	if err != nil {
		return nil, err
	}
	fingerprint := sha256.Sum256(der)
	kept, err := f.store.SetKioskCertificate(ctx, c.SerialNumber, der, fingerprint[:])
	if ra.CodeOf(err) == ra.CodeNotFound {
		err = ra.E(ra.CodeConflict)
	}
	return kept, err
}

// burn retires a certificate that the CA signed against the rules: nobody gets it, and its serial number is revoked. The trail says which
// rules. The kiosk asks with another key.
func (f *Fleet) burn(ctx context.Context, c book.KioskCertificate, unfit error) error {
	return f.store.Do(ctx, func(tx Tx) error {
		if err := tx.RetireKioskCertificate(ctx, c.SerialNumber, ra.RevokedCessation, f.clerk.Now()); err != nil {
			return err
		}
		why := ""
		var e *ra.Error
		if errors.As(unfit, &e) && e.Err != nil {
			why = e.Err.Error()
		}
		return f.clerk.Write(ctx, tx, book.KioskActor(ra.Kiosk{ID: c.KioskID}), "certificate.unfit", "", c.KioskID, "serial_number", c.SerialNumber, "why", why)
	})
}

// kioskSigned makes sure that the CA signed what it was asked to.
func kioskSigned(der []byte, c book.KioskCertificate) error {
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("certificate from the CA: %w", err)
	}
	hash, err := pki.KeyHash(signed.PublicKey)
	if err != nil {
		return fmt.Errorf("certificate from the CA: %w", err)
	}
	if fmt.Sprintf("%x", signed.SerialNumber) != c.SerialNumber || !bytes.Equal(hash, c.KeyHash) || signed.Subject.CommonName != c.KioskID {
		return errors.New("certificate from the CA: not the serial number, key or name asked for")
	}
	return nil
}
