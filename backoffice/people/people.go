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
	passwords *password.Guard
}

// Config is what People stand on. All of it is required.
type Config struct {
	Clerk     book.Clerk
	Store     Store
	Passwords *password.Guard // of staff
}

// New makes People.
func New(c Config) *People { return &People{clerk: c.Clerk, store: c.Store, passwords: c.Passwords} }
