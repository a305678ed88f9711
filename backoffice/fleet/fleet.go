// Package fleet knows the kiosks of the halls: how one is enrolled and enrolled anew, which certificate shows that it is itself,
// how that is renewed, and who blocks it.
package fleet

import (
	"context"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Issuer signs kiosks' certificates (backoffice/ca/local, …). ra.CodeIssuerAway when it cannot be reached.
type Issuer interface {
	IssueKiosk(ctx context.Context, r book.KioskIssueRequest) (der []byte, err error)
	// Authority is the name of the CA that signs now, Chain its certificate, then those above it, DER; ChainOf that of another.
	Authority() string
	Chain() [][]byte
	ChainOf(authority string) [][]byte
}

// Vault makes keyed hashes (backoffice/vault). Sum is one, Sums what it is or was with each version of the master key.
type Vault interface {
	Sum(purpose string, data []byte) ([]byte, error)
	Sums(purpose string, data []byte) ([][]byte, error)
}

// People know who acts (backoffice/people): the member as they are now, CodeForbidden for who is disabled or gone.
type People interface {
	Acting(ctx context.Context, tx book.Officers, staff ra.Staff) (ra.Staff, error)
}

// Config is what a Fleet stands on. All of it is required.
type Config struct {
	Clerk  book.Clerk
	Store  Store
	Issuer Issuer
	Vault  Vault
	People People
}

// Fleet is all kiosks. It is safe for concurrent use and keeps no state of its own.
type Fleet struct {
	clerk  book.Clerk
	store  Store
	issuer Issuer
	vault  Vault
	people People
}

// New makes a Fleet.
func New(c Config) *Fleet {
	return &Fleet{clerk: c.Clerk, store: c.Store, issuer: c.Issuer, vault: c.Vault, people: c.People}
}
