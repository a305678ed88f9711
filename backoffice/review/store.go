package review

import (
	"context"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Store is what is asked of the database alone; Do runs f in one transaction, again after a serialization failure or deadlock.
// A missing row is ra.CodeNotFound.
type Store interface {
	Do(ctx context.Context, f func(tx Tx) error) error
	book.Looks
	cases
	// Changed returns a channel that is closed at the next change of an order; it may miss one, so wait with a limit.
	Changed() <-chan struct{}
	OrdersWithWork(ctx context.Context, v ra.Viewer) ([]ra.Order, error)
	WaitingSince(ctx context.Context, ids []string) (map[string]time.Time, error)
	Claims(ctx context.Context, orderIDs []string, now time.Time) (map[string]book.Claim, error)
	Titles(ctx context.Context) (book.Titles, error)
	Counts(ctx context.Context, v ra.Viewer, midnight, accesses time.Time) (book.Counts, error)
	SearchOrders(ctx context.Context, v ra.Viewer, q book.OrderQuery) ([]ra.Order, error)
}

// cases are what a case's page shows.
type cases interface {
	SeenOrder(ctx context.Context, v ra.Viewer, id string) (ra.Order, error)
	Membership(ctx context.Context, id string) (ra.Membership, error)
	Project(ctx context.Context, id string) (ra.Project, error)
	Kiosk(ctx context.Context, id string) (book.KioskRecord, error)
	OperationsOfOrder(ctx context.Context, orderID string) ([]book.OperationRecord, error)
	CertificatesOfOrder(ctx context.Context, orderID string) ([]ra.Certificate, error)
	ProofsOfOrder(ctx context.Context, orderID string) ([]book.StoredProof, error)
	MessagesOfOrder(ctx context.Context, orderID string) ([]book.SentMessage, error)
	AuthorizationCode(ctx context.Context, opens string) (book.AuthorizationCode, error)
	AuditOfOrder(ctx context.Context, orderID string) ([]book.AuditRow, error)
	Payment(ctx context.Context, orderID string) (amountFen int64, reference string, err error)
	ConcernsOfOrder(ctx context.Context, orderID string) ([]book.Concern, error)
	OwedOfOrder(ctx context.Context, orderID string) ([]book.Owed, error)
	OwnOrder(ctx context.Context, staffID, orderID string) (bool, error)
	MobileElsewhere(ctx context.Context, mobile string, own []string, since time.Time) (int, error)
	OrganisationRecord(ctx context.Context, number string) (ra.Organisation, ra.Person, error)
	InsertPageLook(ctx context.Context, orderID, staffID, sha256 string, at time.Time) error
	SeenPage(ctx context.Context, v ra.Viewer, orderID, sha256 string) error
}

// Tx is a transaction in the hand.
type Tx interface {
	book.ApprovalTx
	book.OwnersTx
	book.CodesTx
	UnseenPages(ctx context.Context, orderID string, kind ra.MaterialKind, staffID string) (int, error)
	SetVerdict(ctx context.Context, orderID string, m ra.Material, staffID string, at time.Time) error
	TakeClaim(ctx context.Context, orderID, staffID string, now, until time.Time) (book.Claim, bool, error)
	MoveClaim(ctx context.Context, orderID, staffID string, until time.Time) error
	DropClaim(ctx context.Context, orderID, staffID string) error
	Claims(ctx context.Context, orderIDs []string, now time.Time) (map[string]book.Claim, error)
	book.MembersTx
}
