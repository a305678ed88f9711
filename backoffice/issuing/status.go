package issuing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math/big"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// How revocation lists are made.
const (
	crlLifetime = 24 * time.Hour
	crlRenewal  = 10 * time.Minute // a list this old is made anew
	crlAhead    = time.Minute      // so far replicas' clocks may be apart; a list from later is made anew
)

// CRL returns the current revocation list, DER. It is at most ten minutes old and holds just what is revoked now. Whether one that was
// made before does is told by what it holds, and never by times: a clock may have been set back since. Its number only grows.
func (is *Issuing) CRL(ctx context.Context) ([]byte, error) {
	now := is.clerk.Now()
	revoked, err := is.store.Revoked(ctx, now)
	if err != nil {
		return nil, err
	}
	latest, err := is.store.LatestCRL(ctx)
	if err != nil && ra.CodeOf(err) != ra.CodeNotFound {
		return nil, err
	}
	holds := digest(revoked)
	if age := now.Sub(latest.ThisUpdate); err == nil && -crlAhead < age && age < crlRenewal && bytes.Equal(latest.Holds, holds) {
		return latest.DER, nil
	}
	return is.newCRL(ctx, revoked, holds, now)
}

// digest tells one list's entries from another's.
func digest(revoked []book.Revocation) []byte {
	h := sha256.New()
	for _, r := range revoked {
		fmt.Fprintf(h, "%s %d %d\n", r.SerialNumber, r.At.UnixMicro(), r.Reason)
	}
	return h.Sum(nil)
}

func (is *Issuing) newCRL(ctx context.Context, revoked []book.Revocation, holds []byte, now time.Time) ([]byte, error) {
	number, err := is.store.NextCRLNumber(ctx)
	if err != nil {
		return nil, err
	}
	list := book.CRL{Number: number, Holds: holds, ThisUpdate: now, NextUpdate: now.Add(crlLifetime)}
	if list.DER, err = is.revoker.CRL(ctx, list, revoked); err != nil {
		return nil, err
	}
	return list.DER, is.store.InsertCRL(ctx, list)
}

// OCSP answers a DER request.
func (is *Issuing) OCSP(ctx context.Context, request []byte) ([]byte, error) {
	return is.status.OCSP(ctx, request, func(ctx context.Context, serial *big.Int) (book.RevocationStatus, error) {
		return is.store.RevocationStatus(ctx, fmt.Sprintf("%x", serial))
	}, is.clerk.Now())
}

// CAChain is the issuing CA's certificate and those above it, DER.
func (is *Issuing) CAChain() [][]byte { return is.issuer.Chain() }
