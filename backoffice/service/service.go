// Package service holds the rules of the back office: who may do what, in which state, how often. It knows no SQL, no
// HTTP and no files; what it needs of them it declares as interfaces.
//
// Every mutation is repeatable: the same id with the same content gives the same answer, the same id with other content
// is ra.CodeConflict. Errors that a person can meet are *ra.Error.
package service

import (
	"cmp"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"time"

	"keyhall/backoffice/ra"
)

// Config is what a Service stands on. Store, Issuer, Vault, Blobs, Chain are required; Sender is only needed by
// DeliverMessages.
type Config struct {
	Store  Store
	Issuer Issuer
	Vault  Vault
	Blobs  Blobs
	Chain  Chain // keyhall/backoffice/audit.Chain
	Sender Sender
	Now    func() time.Time // nil: time.Now
	Rand   io.Reader        // nil: crypto/rand
	Log    *slog.Logger     // nil: discards
	// CRLURL and OCSPURL stand in the certificates; empty: left out.
	CRLURL, OCSPURL string
	// PasswordCost is argon2id's memory in KiB; 0: 19456. Tests lower it.
	PasswordCost uint32
}

// Service answers the server's and the console's calls. It is safe for concurrent use and keeps no state of its own.
type Service struct {
	store  Store
	issuer Issuer
	vault  Vault
	blobs  Blobs
	chain  Chain
	sender Sender
	now    func() time.Time
	rand   io.Reader
	log    *slog.Logger

	crlURL, ocspURL string
	passwordCost    uint32
}

// New checks the parts and returns a Service.
func New(c Config) (*Service, error) {
	if c.Store == nil || c.Issuer == nil || c.Vault == nil || c.Blobs == nil || c.Chain == nil {
		return nil, errors.New("service: store, issuer, vault, blobs and chain are required")
	}
	s := &Service{
		store: c.Store, issuer: c.Issuer, vault: c.Vault, blobs: c.Blobs, chain: c.Chain, sender: c.Sender,
		now: c.Now, rand: c.Rand, log: c.Log, crlURL: c.CRLURL, ocspURL: c.OCSPURL,
		passwordCost: cmp.Or(c.PasswordCost, 19456),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.rand == nil {
		s.rand = rand.Reader
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// time is now, in UTC and in the database's precision.
func (s *Service) time() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Names of the vocabulary that callers meet here.
type (
	Staff = ra.Staff
	Role  = ra.Role
)
