// Package intake is what customers do at a kiosk: they become members, log in, place orders, scan their papers and hand them in,
// in a session or under a mandate that they left.
//
// Every mutation is repeatable: the same id with the same content gives the same answer, the same id with other content
// is ra.CodeConflict. Errors that a person can meet are *ra.Error.
package intake

import (
	"cmp"
	"context"
	"io"
	"strings"

	"golang.org/x/sync/semaphore"

	"keyhall/backoffice/book"
	"keyhall/backoffice/password"
	"keyhall/backoffice/ra"
)

// CA tells whether what is ordered could be issued. Chain is the issuing CA's certificate, then those above it, DER.
type CA interface {
	Chain() [][]byte
}

// Vault derives secrets from the master keys (backoffice/vault), which have versions.
type Vault interface {
	// Current is the version of the master key that makes what is new.
	Current() int
	// HMAC is a keyed hash under one version of the master key.
	HMAC(version int, purpose string, data []byte) ([]byte, error)
	// Sum is a keyed hash, Sums what it is or was with each version of the master key, newest first.
	Sum(purpose string, data []byte) ([]byte, error)
	Sums(purpose string, data []byte) ([][]byte, error)
}

// Blobs keeps scans under their SHA-256, lower-case hex.
type Blobs interface {
	Put(ctx context.Context, sha256 string, r io.Reader) error
	Delete(ctx context.Context, sha256 string) error
	Exists(ctx context.Context, sha256 string) (bool, error)
}

// Fleet knows what a kiosk's hall offers, and whether the kiosk is blocked (backoffice/fleet).
type Fleet interface {
	MustOffer(ctx context.Context, in book.Offers, kiosk ra.Kiosk, projectID string) error
	MustBeIn(ctx context.Context, in book.Offers, kiosk ra.Kiosk) error
}

// Approvals approves what nobody has to review, sends the codes that approvals gave, and confirms members (backoffice/review). Refused is what the customer
// is told, in a transaction that is kept.
type Approvals interface {
	ApproveByRule(ctx context.Context, tx book.ApprovalTx, o *ra.Order) error
	SendAgain(ctx context.Context, tx book.TakeoversTx, who book.Actor, o ra.Order) (refused, err error)
	ConfirmMember(ctx context.Context, tx book.MembersTx, who book.Actor, kiosk ra.Kiosk, membershipID string, key ra.ActingKey) error
	TellAccount(ctx context.Context, tx book.TakeoversTx, who book.Actor, o ra.Order) (refused, err error)
}

// Config is what an Intake stands on. All of it is required but Quotas.
type Config struct {
	Clerk     book.Clerk
	Store     Store
	CA        CA
	Vault     Vault
	Blobs     Blobs
	Fleet     Fleet
	Approvals Approvals
	Resets    Resets
	Mobiles   Mobiles
	Slips     Slips
	Passwords *password.Guard // of customers
	Quotas    Quotas          // none: DefaultQuotas
}

// Intake answers kiosks for their customers. It is safe for concurrent use and keeps no state of its own.
type Intake struct {
	clerk     book.Clerk
	store     Store
	ca        CA
	vault     Vault
	blobs     Blobs
	fleet     Fleet
	approvals Approvals
	resets    Resets
	mobiles   Mobiles
	slips     Slips
	passwords *password.Guard
	quotas    Quotas
	decoding  *semaphore.Weighted // pixels of scans that are decoded at a time
}

// New makes an Intake.
func New(c Config) *Intake {
	return &Intake{clerk: c.Clerk, store: c.Store, ca: c.CA, vault: c.Vault, blobs: c.Blobs, fleet: c.Fleet, approvals: c.Approvals, resets: c.Resets, mobiles: c.Mobiles, slips: c.Slips, passwords: c.Passwords, quotas: cmp.Or(c.Quotas, DefaultQuotas()),
		decoding: semaphore.NewWeighted(ra.MaxPagePixels)}
}

// setting is when and for which project values are entered: what their checks look at.
func (in *Intake) setting(p ra.Project) ra.Setting {
	return ra.Setting{Now: in.clerk.Now(), Countries: p.MobileCountries}
}

// insisted are the facts of the trail about what a customer insisted on, though there are doubts: field and code, no values.
func insisted(said []*ra.Error) []string {
	var all []string
	for _, e := range said {
		if ra.Taken(e) {
			all = append(all, e.Field+" "+string(e.Code))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return []string{"doubts", strings.Join(all, ", ")}
}
