package issuing

import (
	"context"
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
)

// CRL returns the current revocation list, DER. It is at most ten minutes old and holds every revocation made so far.
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
	if err == nil && now.Sub(latest.ThisUpdate) < crlRenewal && !revokedSince(revoked, latest.ThisUpdate) {
		return latest.DER, nil
	}
	return is.newCRL(ctx, revoked, now)
}

func revokedSince(revoked []book.Revocation, t time.Time) bool {
	return len(revoked) > 0 && !revoked[len(revoked)-1].At.Before(t.Add(-time.Second))
}

func (is *Issuing) newCRL(ctx context.Context, revoked []book.Revocation, now time.Time) ([]byte, error) {
	number, err := is.store.NextCRLNumber(ctx)
	if err != nil {
		return nil, err
	}
	list := book.CRL{Number: number, ThisUpdate: now, NextUpdate: now.Add(crlLifetime)}
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
