// Package access is what the desk does for somebody who does not get in any more: the password is forgotten and the mobile does not help, or
// the registered mobile is another. Staff scan the papers that are wanted and ask; a second officer, who holds them beside what is known,
// confirms or declines. Neither of the two hands out a code or has a key made for that person for a day (people.MayAct).
package access

import (
	"context"
	"io"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// People know who may do what (backoffice/people).
type People interface {
	MayServe(ctx context.Context, tx book.OwnPeopleTx, staff ra.Staff, act ra.Act, m ra.Membership, hallID string) error
}

// Scans checks and keeps scans (backoffice/intake).
type Scans interface {
	KeepPaper(ctx context.Context, staff ra.Staff, r io.Reader) (sha256 string, err error)
}

// Blobs keeps scans under their SHA-256, lower-case hex: CodeNotFound.
type Blobs interface {
	Open(ctx context.Context, sha256 string) (io.ReadCloser, error)
}

// Codes make and send the code with which a password is set anew (backoffice/review).
type Codes interface {
	SendDeskCode(ctx context.Context, tx book.ResetsTx, staff ra.Staff, to book.Told) error
}

// Messages tells people by text message (backoffice/notify).
type Messages interface {
	PasswordAtDesk(ctx context.Context, tx book.MessagesTx, to book.Told) error
	MobileAtDesk(ctx context.Context, tx book.MessagesTx, to book.Told, mobile string) error
}

// Config is what an Access stands on. All of it is required.
type Config struct {
	Clerk    book.Clerk
	Store    Store
	People   People
	Scans    Scans
	Blobs    Blobs
	Codes    Codes
	Messages Messages
}

// Access is the desk for who does not get in. It is safe for concurrent use and keeps no state of its own.
type Access struct {
	clerk    book.Clerk
	store    Store
	people   People
	scans    Scans
	blobs    Blobs
	codes    Codes
	messages Messages
}

// New makes an Access.
func New(c Config) *Access {
	return &Access{clerk: c.Clerk, store: c.Store, people: c.People, scans: c.Scans, blobs: c.Blobs, codes: c.Codes, messages: c.Messages}
}

// Store is what is asked of the database alone; Do runs f in one transaction, again after a serialization failure or deadlock.
// A missing row is ra.CodeNotFound.
type Store interface {
	Do(ctx context.Context, f func(tx Tx) error) error
	book.Looks
	FindMemberships(ctx context.Context, v ra.Viewer, forms []string, limit int) ([]ra.Membership, error)
	SeenMembership(ctx context.Context, v ra.Viewer, id string) (ra.Membership, error)
	SeenAccess(ctx context.Context, v ra.Viewer, id string) (book.AccessChange, error)
	AccessesOf(ctx context.Context, personID string, limit int) ([]book.AccessChange, error)
	WaitingAccesses(ctx context.Context, v ra.Viewer, since time.Time, limit int) ([]book.WaitingAccess, error)
	Membership(ctx context.Context, id string) (ra.Membership, error)
	Person(ctx context.Context, id string) (book.PersonRecord, error)
	LoginsOf(ctx context.Context, personID string) ([]string, error)
	Project(ctx context.Context, id string) (ra.Project, error)
	Halls(ctx context.Context) ([]ra.Hall, error)
	OwnPerson(ctx context.Context, staffID, personID string) (bool, error)
}

// Tx is a transaction in the hand. Methods called Lock… hold the row until it ends; a request is held before the person.
type Tx interface {
	book.AccessTx
	book.OwnPeopleTx
	book.ResetsTx
	LockPerson(ctx context.Context, id string) (book.PersonRecord, error)
	PersonByLogin(ctx context.Context, login string) (book.PersonRecord, error)
	Membership(ctx context.Context, id string) (ra.Membership, error)
	Hall(ctx context.Context, id string) (ra.Hall, error)
	BroughtBy(ctx context.Context, sha256, staffID string) (bool, error)
	SetRegisteredMobile(ctx context.Context, personID, before, mobile string, at time.Time) error
	EndSessionsOf(ctx context.Context, personID, but string, now time.Time) error
	EndPresencesOf(ctx context.Context, personID string) error
}
