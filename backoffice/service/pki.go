package service

import (
	"context"
	"crypto/x509"
	"fmt"
	"math/big"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// How revocation lists are made.
const (
	crlLifetime = 24 * time.Hour
	crlRenewal  = 10 * time.Minute // a list this old is made anew
)

// CRL returns the current revocation list, DER. It is at most ten minutes old and holds every revocation made so far.
func (s *Service) CRL(ctx context.Context) ([]byte, error) {
	now := s.clerk.Now()
	revoked, err := s.store.Revoked(ctx, now)
	if err != nil {
		return nil, err
	}
	latest, err := s.store.LatestCRL(ctx)
	if err != nil && ra.CodeOf(err) != ra.CodeNotFound {
		return nil, err
	}
	if err == nil && now.Sub(latest.ThisUpdate) < crlRenewal && !revokedSince(revoked, latest.ThisUpdate) {
		return latest.DER, nil
	}
	return s.newCRL(ctx, revoked, now)
}

func revokedSince(revoked []book.Revocation, t time.Time) bool {
	return len(revoked) > 0 && !revoked[len(revoked)-1].At.Before(t.Add(-time.Second))
}

func (s *Service) newCRL(ctx context.Context, revoked []book.Revocation, now time.Time) ([]byte, error) {
	entries := make([]x509.RevocationListEntry, 0, len(revoked))
	for _, r := range revoked {
		serial, err := pki.SerialNumber(r.SerialNumber)
		if err != nil {
			return nil, err
		}
		entries = append(entries, x509.RevocationListEntry{SerialNumber: serial, RevocationTime: r.At.Truncate(time.Second), ReasonCode: r.Reason})
	}
	number, err := s.store.NextCRLNumber(ctx)
	if err != nil {
		return nil, err
	}
	der, err := s.issuer.CRL(ctx, big.NewInt(number), now.Truncate(time.Second), now.Add(crlLifetime).Truncate(time.Second), entries)
	if err != nil {
		return nil, err
	}
	return der, s.store.InsertCRL(ctx, book.CRL{Number: number, ThisUpdate: now, NextUpdate: now.Add(crlLifetime), DER: der})
}

// OCSP answers a DER request.
func (s *Service) OCSP(ctx context.Context, request []byte) ([]byte, error) {
	return s.issuer.OCSP(ctx, request, func(ctx context.Context, serial *big.Int) (book.RevocationStatus, error) {
		return s.store.RevocationStatus(ctx, fmt.Sprintf("%x", serial))
	}, s.clerk.Now())
}

// CAChain is the issuing CA's certificate and those above it, DER.
func (s *Service) CAChain() [][]byte { return s.issuer.Chain() }
