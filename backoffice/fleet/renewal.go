package fleet

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// renewalPause is how long a kiosk waits before it may ask for a certificate with yet another key. Each one that is replaced
// stands in the revocation list until its end, so a kiosk in the wrong hands must not make many.
const renewalPause = 24 * time.Hour

// Renewed is the answer to a renewal.
type Renewed struct {
	Certificate []byte   // DER
	Chain       [][]byte // DER, issuer first
}

// Renew gives a kiosk its next certificate, asked for with the one in use (DER) and a PKCS#10 (DER) of a fresh key. The same
// key again gets the same certificate; another key, while the newer certificate was never used, gets one in its place. The
// one in use goes on until the newer one is used. A request that is refused leaves nothing but a line in the trail.
// CodeRenewalEarly (args: from) in the first half of its life, and within a day of another key; CodeRequestBad, CodeKeyWeak
// (args: why), CodeKeyDuplicate, CodeTermPastCA when the CA gives none that lasts longer, CodeIssuerAway, CodeKioskUnknown,
// CodeKioskBlocked.
func (f *Fleet) Renew(ctx context.Context, shown, csr []byte) (Renewed, error) {
	kiosk, err := f.KioskByCertificate(ctx, shown)
	if err != nil {
		return Renewed{}, err
	}
	request, unfit := pki.ParseRequest(csr)
	var next book.KioskCertificate
	err = f.store.Do(ctx, func(tx Tx) (err error) {
		next, err = f.renew(ctx, tx, shown, request, unfit)
		return err
	})
	if pki.Refused(err) {
		err = errors.Join(err, f.clerk.Write(ctx, f.store, book.KioskActor(kiosk), "request.refuse", "", kiosk.ID, kioskRefusal(err)...))
	}
	if err != nil {
		return Renewed{}, err
	}
	der, err := f.signKiosk(ctx, next, request.Key.Public)
	return Renewed{Certificate: der, Chain: f.issuer.ChainOf(next.Authority)}, err
}

// kioskRefusal is what the trail keeps of a kiosk's request that was refused.
func kioskRefusal(err error) []string {
	facts := []string{"code", string(ra.CodeOf(err))}
	var e *ra.Error
	if errors.As(err, &e) && e.Args["why"] != "" {
		facts = append(facts, "why", e.Args["why"])
	}
	return facts
}

// renew binds the key to the kiosk's next certificate, or finds the one that it made of it before. Whether it is time at
// all counts before anything is told about the request.
func (f *Fleet) renew(ctx context.Context, tx Tx, certificate []byte, request pki.Request, unfit error) (book.KioskCertificate, error) {
	none := book.KioskCertificate{}
	fingerprint := sha256.Sum256(certificate)
	kiosk, shown, err := f.held(ctx, tx, fingerprint[:])
	if err != nil {
		return none, err
	}
	all, err := tx.KioskCertificates(ctx, kiosk.ID)
	if err != nil {
		return none, err
	}
	newer, there := neverUsed(all)
	if there && bytes.Equal(newer.KeyHash, request.KeyHash) {
		return newer, nil
	}
	now := f.clerk.Now()
	if from := renewableFrom(shown, all); now.Before(from) {
		return none, ra.E(ra.CodeRenewalEarly, "from", from.In(ra.HallTime).Format(time.DateTime))
	}
	if unfit != nil {
		return none, unfit
	}
	next, err := f.nextCertificate(ctx, tx, kiosk.Kiosk, "kiosk.renew", all, request, now)
	if err == nil && !next.NotAfter.After(shown.NotAfter) {
		err = pki.PastCA(next.NotAfter)
	}
	return next, err
}

// renewableFrom is when the kiosk with that certificate may ask for one of another key: from the middle of its life, and not
// soon after the last time.
func renewableFrom(shown book.KioskCertificate, all []book.KioskCertificate) time.Time {
	from := shown.NotBefore.Add(shown.NotAfter.Sub(shown.NotBefore) / 2)
	for _, c := range all {
		if again := c.RequestedAt.Add(renewalPause); c.SerialNumber != shown.SerialNumber && again.After(from) {
			from = again
		}
	}
	return from
}
