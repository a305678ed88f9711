// Package service holds the rules of the back office: who may do what, in which state, how often. It knows no SQL, no
// HTTP and no files; what it needs of them it declares as interfaces.
//
// Every mutation is repeatable: the same id with the same content gives the same answer, the same id with other content
// is ra.CodeConflict. Errors that a person can meet are *ra.Error.
package service

import (
	"log/slog"

	"keyhall/backoffice/book"
	"keyhall/backoffice/password"
)

// Config is what a Service stands on. All but Log, CRLURL and OCSPURL are required.
type Config struct {
	Clerk     book.Clerk
	Store     Store
	Issuer    Issuer
	Vault     Vault
	Blobs     Blobs
	Trail     Trail
	Messages  Messages
	Codes     Codes
	Staff     Staff
	Customers *password.Guard // of their passwords
	Log       *slog.Logger    // nil: discards
	// CRLURL and OCSPURL stand in the certificates; empty: left out.
	CRLURL, OCSPURL string
}

// Service answers the server's and the console's calls. It is safe for concurrent use and keeps no state of its own.
type Service struct {
	clerk    book.Clerk
	store    Store
	issuer   Issuer
	vault    Vault
	blobs    Blobs
	trail    Trail
	messages Messages
	codes    Codes
	log      *slog.Logger

	staff           Staff
	customers       *password.Guard
	crlURL, ocspURL string
}

// New makes a Service.
func New(c Config) *Service {
	s := &Service{
		clerk: c.Clerk, store: c.Store, issuer: c.Issuer, vault: c.Vault, blobs: c.Blobs, trail: c.Trail, messages: c.Messages, codes: c.Codes,
		log: c.Log, customers: c.Customers, staff: c.Staff, crlURL: c.CRLURL, ocspURL: c.OCSPURL,
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}
