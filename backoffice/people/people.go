// Package people knows the hall's staff: who they are, their passwords, what they may do where, and by whose word. The other
// parts of the rules ask it, inside their own transaction, whether somebody may act.
package people

import (
	"keyhall/backoffice/book"
	"keyhall/backoffice/password"
)

// People are the members of staff with their grants. It is safe for concurrent use and keeps no state of its own.
type People struct {
	clerk     book.Clerk
	store     Store
	vault     Vault
	passwords *password.Guard
}

// Vault derives secrets from the master keys (backoffice/vault). Sum is a keyed hash, Sums what it is or was with each version of the
// master key, newest first.
type Vault interface {
	Sum(purpose string, data []byte) ([]byte, error)
	Sums(purpose string, data []byte) ([][]byte, error)
}

// Config is what People stand on. All of it is required.
type Config struct {
	Clerk     book.Clerk
	Store     Store
	Vault     Vault
	Passwords *password.Guard // of staff
}

// New makes People.
func New(c Config) *People {
	return &People{clerk: c.Clerk, store: c.Store, vault: c.Vault, passwords: c.Passwords}
}
