package intake

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
	book.Offers
	applications
	persons
	PersonByLogin(ctx context.Context, login string) (book.PersonRecord, error)
	Person(ctx context.Context, id string) (book.PersonRecord, error)
	Project(ctx context.Context, id string) (ra.Project, error)
	MembershipsAt(ctx context.Context, personID, kioskID string) ([]ra.Membership, error)
	OrderNumbered(ctx context.Context, number string) (ra.Order, error)
	Agreement(ctx context.Context, projectID, id string, version int) (ra.Agreement, error)
	ForgetAttempts(ctx context.Context, audience, login string) error
	LiveSession(ctx context.Context, hashes [][]byte, kioskID string, now, latest time.Time) (book.SessionRecord, ra.Membership, error)
	UseSession(ctx context.Context, id string, expires time.Time) error
	MandateSession(ctx context.Context, id, kioskID string) (r book.SessionRecord, barred bool, err error)
	LastSequence(ctx context.Context, prefix string) (int64, error)
	CertificatesOfOrder(ctx context.Context, orderID string) ([]ra.Certificate, error)
	Holdings(ctx context.Context, membershipID string, q book.CertificateQuery) ([]ra.Holding, error)
	OpenOrdersOn(ctx context.Context, certificates []string) ([]ra.Order, error)
	OpenTerms(ctx context.Context, certificates []string) ([]ra.Term, error)
	WorkOf(ctx context.Context, membershipID string, limit int) ([]ra.Work, error)
	WorkOnKey(ctx context.Context, projectID string, key ra.KeyIdentity, limit int) ([]ra.Work, error)
	CertificatesOnKey(ctx context.Context, key ra.KeyIdentity, sums [][]byte) ([]ra.Certificate, error)
	OrdersOfMembership(ctx context.Context, membershipID string) ([]ra.Order, error)
	OrdersOnKey(ctx context.Context, projectID string, key ra.KeyIdentity) ([]ra.Order, error)
	Changes(ctx context.Context, kioskID, after string, limit int) (changes []ra.Change, cursor string, err error)
	BringScan(ctx context.Context, sha256, kioskID string, bytes int64, at time.Time) error
	BringPaper(ctx context.Context, sha256, staffID string, bytes int64, at time.Time) error
	LooseScansOf(ctx context.Context, kioskID string, since time.Time) (n int, bytes int64, err error)
	ScanStays(ctx context.Context, sha256 string, since time.Time) (bool, error)
	LooseScans(ctx context.Context, before time.Time, limit int) ([]string, error)
	Follow(ctx context.Context, kioskID string, orderIDs []string, now time.Time) error
	// Changed returns a channel that is closed at the next change of an order; it may miss one, so wait with a limit.
	Changed() <-chan struct{}
}

// Tx is a transaction in the hand. LockOrder and LockPerson hold the row until it ends.
type Tx interface {
	book.ApprovalTx
	book.CodesTx
	book.Offers
	applications
	persons
	InsertPerson(ctx context.Context, p book.PersonRecord, now time.Time) error
	LockPerson(ctx context.Context, id string) (book.PersonRecord, error)
	book.ResetsTx
	book.MembersTx
	keys
	ResetPassword(ctx context.Context, personID, passwordHash string, at time.Time) error
	SetPersonPassword(ctx context.Context, id, passwordHash string, at time.Time) error
	AmendMembership(ctx context.Context, m ra.Membership) error
	OrdersOfMembership(ctx context.Context, membershipID string) ([]ra.Order, error)
	InsertMembership(ctx context.Context, m ra.Membership, organisationID string) error
	MembershipIn(ctx context.Context, personID, number, projectID string) (ra.Membership, error)
	InsertSession(ctx context.Context, hash []byte, r book.SessionRecord, kioskID string, now, expires, ends time.Time) error
	SetSessionMembership(ctx context.Context, id, membershipID string) error
	EndSession(ctx context.Context, hashes [][]byte, kioskID string, now time.Time) (book.SessionRecord, error)
	EndSessionsOf(ctx context.Context, personID, but string, now time.Time) error
	EndPresencesOf(ctx context.Context, personID string) error
	Project(ctx context.Context, id string) (ra.Project, error)
	InsertOrder(ctx context.Context, o ra.Order, method ra.PaymentMethod, applicationHash []byte, limits []ra.Requirement) error
	InsertApplication(ctx context.Context, id, orderID string, hash []byte, now time.Time) error
	SetWaitingSince(ctx context.Context, orderID string, at time.Time) error
	targets
	PagePlace(ctx context.Context, pageID string) (orderID string, kind ra.MaterialKind, sha256 string, err error)
	InsertPage(ctx context.Context, orderID string, kind ra.MaterialKind, p ra.Page) error
	DeletePage(ctx context.Context, pageID string) error
	ScansOfOrder(ctx context.Context, orderID string) (n int, bytes int64, err error)
	ScanBytes(ctx context.Context, sha256 string) (int64, error)
	DropScan(ctx context.Context, sha256 string, before time.Time) (bool, error)
	SetVerdict(ctx context.Context, orderID string, m ra.Material, staffID string, at time.Time) error
	PutMandate(ctx context.Context, m book.MandateRecord, now, before time.Time) (fresh bool, err error)
	Mandate(ctx context.Context, kioskID, orderID string) (book.MandateRecord, error)
	EndMandates(ctx context.Context, orderID string, now time.Time) error
}

// targets are the certificates that orders are on. Those that are locked are held until the transaction ends, in one order.
type targets interface {
	LockTargets(ctx context.Context, membershipID string, certificates []string) ([]book.TargetRecord, error)
	LockLiveTargets(ctx context.Context, membershipID string, now time.Time) ([]book.TargetRecord, error)
	OpenTerms(ctx context.Context, certificates []string) ([]ra.Term, error)
	MonthsWaiting(ctx context.Context, certificates []string) (map[string]int, error)
	OrganisationKnown(ctx context.Context, number string) (bool, error)
}

// keys are those that log in, and what they signed.
type keys interface {
	book.SignedTx
	InsertKeyNonce(ctx context.Context, n book.KeyNonce, now, expires time.Time) error
	SameOrganisation(ctx context.Context, one, other string) (bool, error)
	CertificateByID(ctx context.Context, id string) (ra.Certificate, error)
}

// applications are the orders with what they were made of, in a transaction or alone.
type applications interface {
	Order(ctx context.Context, id string) (ra.Order, error)
	ApplicationHash(ctx context.Context, id string) ([]byte, error)
	AnsweredWith(ctx context.Context, id string) (orderID string, hash []byte, err error)
}

// persons are the members, in a transaction or alone.
type persons interface {
	Membership(ctx context.Context, id string) (ra.Membership, error)
}
