// Package issuing is what becomes of an approved order: operations on keys with their tickets, attempts at administrator PINs,
// certificates and proofs; the register with its status; and the auditor's look at all of it.
//
// Every mutation is repeatable: the same id with the same content gives the same answer, the same id with other content
// is ra.CodeConflict. Errors that a person can meet are *ra.Error.
package issuing

import (
	"log/slog"

	"keyhall/backoffice/book"
)

// Config is what an Issuing stands on. All but Log and PKIURL are required.
type Config struct {
	Clerk    book.Clerk
	Store    Store
	Issuer   Issuer
	Revoker  Revoker
	Status   StatusSigner
	Signed   SignedLog
	Vault    Vault
	Trail    Trail
	Fleet    Fleet
	Intake   Intake
	Codes    Codes
	People   People
	Messages Messages
	Log      *slog.Logger // nil: discards
	// PKIURL is where revocation lists, OCSP and the CA's certificates are found, without a slash at the end; empty: nowhere, and only
	// certificates that do not point to them are made.
	PKIURL string
}

// Issuing answers kiosks that write to keys. It is safe for concurrent use and keeps nothing of its own.
type Issuing struct {
	clerk    book.Clerk
	store    Store
	issuer   Issuer
	revoker  Revoker
	status   StatusSigner
	signed   SignedLog
	vault    Vault
	trail    Trail
	fleet    Fleet
	intake   Intake
	codes    Codes
	people   People
	messages Messages
	log      *slog.Logger

	pkiURL  string
	listing chan struct{} // holds one while a revocation list is made
}

// New makes an Issuing.
func New(c Config) *Issuing {
	is := &Issuing{clerk: c.Clerk, store: c.Store, issuer: c.Issuer, revoker: c.Revoker, status: c.Status, signed: c.Signed,
		vault: c.Vault, trail: c.Trail, fleet: c.Fleet, intake: c.Intake, codes: c.Codes, people: c.People, messages: c.Messages, log: c.Log, pkiURL: c.PKIURL,
		listing: make(chan struct{}, 1)}
	if is.log == nil {
		is.log = slog.New(slog.DiscardHandler)
	}
	return is
}
