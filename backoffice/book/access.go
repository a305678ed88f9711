package book

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// Paper is a scan of a paper that was laid before staff at the desk.
type Paper struct {
	Kind   ra.PaperKind `json:"kind"`
	SHA256 string       `json:"sha256"` // lower-case hex
}

// AccessChange is what staff ask for at the desk for somebody who does not get in any more.
type AccessChange struct {
	ID           string // made where it is asked for
	PersonID     string
	MembershipID string // in which they came
	HallID       string // to whose desk
	Kind         ra.AccessKind
	Mobile       string // registered from then on, "" where it stays
	MobileBefore string
	Note         string // why, in the asker's own words
	Papers       []Paper
	AskedBy      string // staff id
	AskedAt      time.Time
	State        ra.AccessState
	SettledBy    string // who confirmed or declined it; "" while it waits, and where nobody did
	SettledAt    *time.Time
	Answer       string // why it was declined
}

// Expired reports whether nobody answered in time.
func (c AccessChange) Expired(now time.Time) bool {
	return c.State == ra.AccessWaiting && !c.AskedAt.Add(ra.AccessStays).After(now)
}

// WaitingAccess is one that waits for the second officer, with what a list shows of it.
type WaitingAccess struct {
	AccessChange
	Person       string // name
	Organisation string
	Asker        string // name of who asked for it
}

// AccessTx is what keeping such requests takes of a transaction. LockAccess holds the row until it ends.
type AccessTx interface {
	InsertAccess(ctx context.Context, c AccessChange) error
	Access(ctx context.Context, id string) (AccessChange, error)
	LockAccess(ctx context.Context, id string) (AccessChange, error)
	// LockAccessOf is the one that waits for a person: CodeNotFound.
	LockAccessOf(ctx context.Context, personID string) (AccessChange, error)
	SettleAccess(ctx context.Context, c AccessChange) error
}
