package service

import (
	"context"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Store is what the rules need of the database (backoffice/store). Do runs f in one transaction; f may run again after a
// serialization failure or deadlock, so it keeps nothing from a run that failed. What is called on the store itself stands
// alone.
type Store interface {
	Do(ctx context.Context, f func(tx Tx) error) error
	Tx
	// Changed returns a channel that is closed at the next change of an order; it may miss one, so wait with a limit.
	Changed() <-chan struct{}
}

// Tx is a transaction in the hand. A missing row is ra.CodeNotFound. Methods called Lock… hold the row until the transaction
// ends; the order of locks is order, operation, code, key. Persons are held alone.
type Tx interface {
	catalogueStore
	kioskStore
	personStore
	staffStore
	orderStore
	operationStore
	registerStore
	deskStore
	trailStore
}

type catalogueStore interface {
	Project(ctx context.Context, id string) (ra.Project, error)
	ProjectsOfKiosk(ctx context.Context, kioskID string) ([]ra.Project, error)
	KioskOffers(ctx context.Context, kioskID, projectID string) (ok, blocked bool, err error)
	AdminPINRule(ctx context.Context, model string) (book.AdminPINRule, error)
}

type kioskStore interface {
}

type personStore interface {
	InsertPerson(ctx context.Context, p book.PersonRecord, now time.Time) error
	Person(ctx context.Context, id string) (book.PersonRecord, error)
	PersonByLogin(ctx context.Context, login string) (book.PersonRecord, error)
	LockPerson(ctx context.Context, id string) (book.PersonRecord, error)
	SetPersonPassword(ctx context.Context, id, passwordHash string) error
	InsertMembership(ctx context.Context, m ra.Membership, organisationID string) error
	Membership(ctx context.Context, id string) (ra.Membership, error)
	MembershipIn(ctx context.Context, personID, number, projectID string) (ra.Membership, error)
	MembershipsAt(ctx context.Context, personID, kioskID string) ([]ra.Membership, error)
	RegisteredMobile(ctx context.Context, membershipID string) (string, error)
	InsertSession(ctx context.Context, hash []byte, r book.SessionRecord, kioskID string, now, expires, ends time.Time) error
	UseSession(ctx context.Context, hashes [][]byte, kioskID string, now, expires time.Time) (book.SessionRecord, error)
	SetSessionMembership(ctx context.Context, id, membershipID string) error
	EndSession(ctx context.Context, hashes [][]byte, kioskID string, now time.Time) error
	EndSessionsOf(ctx context.Context, personID, but string, now time.Time) error
	MandateSession(ctx context.Context, id, kioskID string) (r book.SessionRecord, barred bool, err error)
	TakeAttempt(ctx context.Context, audience, login string, now, since time.Time) (n int, paused *time.Time, err error)
	PauseLogin(ctx context.Context, audience, login string, until time.Time) error
	ForgetAttempts(ctx context.Context, audience, login string) error
	ReturnAttempt(ctx context.Context, audience, login string) error
}

type staffStore interface {
	Staff(ctx context.Context, id string) (ra.Staff, string, error)
	OwnOrder(ctx context.Context, staffID, orderID string) (bool, error)
}

type orderStore interface {
	InsertOrder(ctx context.Context, o ra.Order, method ra.PaymentMethod, applicationHash []byte, limits []ra.Requirement) error
	SaveOrder(ctx context.Context, o *ra.Order, now time.Time) error
	SetWaitingSince(ctx context.Context, orderID string, at time.Time) error
	PutMandate(ctx context.Context, m book.MandateRecord, now, before time.Time) (fresh bool, err error)
	Mandate(ctx context.Context, kioskID, orderID string) (book.MandateRecord, error)
	EndMandates(ctx context.Context, orderID string, now time.Time) error
	Order(ctx context.Context, id string) (ra.Order, error)
	LockOrder(ctx context.Context, id string) (ra.Order, error)
	ApplicationHash(ctx context.Context, id string) ([]byte, error)
	OrdersOfMembership(ctx context.Context, membershipID string) ([]ra.Order, error)
	PageLimits(ctx context.Context, orderID string) ([]ra.Requirement, error)
	PagePlace(ctx context.Context, pageID string) (orderID string, kind ra.MaterialKind, sha256 string, err error)
	InsertPage(ctx context.Context, orderID string, kind ra.MaterialKind, p ra.Page) error
	DeletePage(ctx context.Context, pageID string) error
	SetVerdict(ctx context.Context, orderID string, m ra.Material, staffID string, at time.Time) error
	LockAuthorizationCode(ctx context.Context, orderID string) (book.AuthorizationCode, error)
	SetWrongCodes(ctx context.Context, c book.AuthorizationCode) error
}

type operationStore interface {
	Operation(ctx context.Context, id string) (book.OperationRecord, error)
	LockOperation(ctx context.Context, id string) (book.OperationRecord, error)
	LiveOperation(ctx context.Context, key ra.KeyIdentity) (book.OperationRecord, error)
	InsertOperation(ctx context.Context, p book.OperationRecord) error
	MoveOperation(ctx context.Context, p book.OperationRecord) error
	GiveBackOperation(ctx context.Context, id string, because ra.Code, now time.Time) error
	SetOperationRequest(ctx context.Context, p book.OperationRecord) error
	SetOperationState(ctx context.Context, id string, state ra.OperationState, now time.Time) error
	SetUnit(ctx context.Context, id string, state ra.UnitState, operationID string) error
	PutPresence(ctx context.Context, hash []byte, p book.Presence, now, expires time.Time) error
	PresenceLives(ctx context.Context, hashes [][]byte, p book.Presence, now time.Time) (bool, error)
	EndPresence(ctx context.Context, operationID string) error
	EndPresencesOf(ctx context.Context, personID string) error
	UKey(ctx context.Context, key ra.KeyIdentity) (book.UKey, error)
	LockUKey(ctx context.Context, key ra.KeyIdentity, model string, now time.Time) (book.UKey, error)
	SaveUKey(ctx context.Context, k book.UKey, now time.Time) error
	ProjectOfKey(ctx context.Context, key ra.KeyIdentity) (string, error)
	InsertAdminPIN(ctx context.Context, p book.AdminPINRecord, now time.Time) error
	AdminPIN(ctx context.Context, key ra.KeyIdentity, version int) (book.AdminPINRecord, error)
	AdminPINsPage(ctx context.Context, after book.AdminPINRecord, limit int) ([]book.AdminPINRecord, error)
	InsertAdminAttempt(ctx context.Context, kioskID string, key ra.KeyIdentity, a book.AttemptRecord, now time.Time) error
	AdminAttempts(ctx context.Context, key ra.KeyIdentity, target int) ([]book.AttemptRecord, error)
	SetAdminAttempt(ctx context.Context, a book.AttemptRecord) error
	SettleAdminAttempts(ctx context.Context, key ra.KeyIdentity, target int) error
	InsertChallenge(ctx context.Context, operationID string, challenge []byte, now, expires time.Time) error
	ChallengeLives(ctx context.Context, operationID string, challenge []byte, now time.Time) (bool, error)
	InsertProof(ctx context.Context, kioskID string, adminPIN int, p book.StoredProof) error
	Proof(ctx context.Context, operationID string) (book.StoredProof, error)
}

type registerStore interface {
	InsertPublicKey(ctx context.Context, hash []byte, ownerKind, ownerID string, now time.Time) error
	InsertCertificate(ctx context.Context, c ra.Certificate, now time.Time) error
	Certificate(ctx context.Context, v ra.Viewer, id string) (ra.Certificate, error)
	CertificateOfOperation(ctx context.Context, operationID string) (ra.Certificate, error)
	SetCertificateState(ctx context.Context, id string, state ra.CertificateState) error
	RevokeCertificate(ctx context.Context, id string, reason int, at time.Time) error
	SearchCertificates(ctx context.Context, v ra.Viewer, q book.CertificateQuery) ([]ra.Certificate, error)
	RevocationStatus(ctx context.Context, serialNumber string) (book.RevocationStatus, error)
	Revoked(ctx context.Context, now time.Time) ([]book.Revocation, error)
	LatestCRL(ctx context.Context) (book.CRL, error)
	NextCRLNumber(ctx context.Context) (int64, error)
	InsertCRL(ctx context.Context, c book.CRL) error
}

type deskStore interface {
	WithdrawMessages(ctx context.Context, orderID, template string) error
	InsertMessage(ctx context.Context, m book.OutboxRow) error
}

type trailStore interface {
	InsertAudit(ctx context.Context, r book.AuditRow) error
	// The Broken… methods look for breaches of the design's invariants 1 to 4 that the database can see.
	BrokenUnits(ctx context.Context) ([]book.Finding, error)
	BrokenRegister(ctx context.Context) ([]book.Finding, error)
	BrokenKeys(ctx context.Context) ([]book.Finding, error)
	BrokenCounts(ctx context.Context) ([]book.Finding, error)
	// RegisterPage lists the register by id, with what its operations say of the public keys.
	RegisterPage(ctx context.Context, after string, limit int) ([]book.RegisterRow, error)
	// KnownCertificates tells which of these serial numbers the register or a kiosk has, with the certificate's SHA-256.
	KnownCertificates(ctx context.Context, serialNumbers []string) (map[string][]byte, error)
	Changes(ctx context.Context, kioskID, after string, limit int) (changes []ra.Change, cursor string, err error)
}
