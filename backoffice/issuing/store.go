package issuing

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
	rules
	findings
	Order(ctx context.Context, id string) (ra.Order, error)
	Project(ctx context.Context, id string) (ra.Project, error)
	UKey(ctx context.Context, key ra.KeyIdentity) (book.UKey, error)
	ProjectOfKey(ctx context.Context, key ra.KeyIdentity) (string, error)
	LiveOperations(ctx context.Context, key ra.KeyIdentity) ([]book.OperationRecord, error)
	AdminPIN(ctx context.Context, key ra.KeyIdentity, version int) (book.AdminPINRecord, error)
	CertificateOfOperation(ctx context.Context, operationID string) (ra.Certificate, error)
	CertificateByID(ctx context.Context, id string) (ra.Certificate, error)
	Certificate(ctx context.Context, v ra.Viewer, id string) (ra.Certificate, error)
	SearchCertificates(ctx context.Context, v ra.Viewer, q book.CertificateQuery) ([]ra.Certificate, error)
	// CertificatesToServe lists what was made on a key, newest first, where a confirmed membership may serve it.
	CertificatesToServe(ctx context.Context, key ra.KeyIdentity, membershipID string) ([]ra.Certificate, error)
	CertificateBySerial(ctx context.Context, serialNumber string) (ra.Certificate, error)
	KeyReported(ctx context.Context, key ra.KeyIdentity) (bool, error)
	AllSuspensions(ctx context.Context, certificateID string) ([]book.Suspension, error)
	Ruling(ctx context.Context, id string) (book.Ruling, error)
	RulingWaiting(ctx context.Context, certificateID string) (book.Ruling, error)
	WaitingRulings(ctx context.Context, v ra.Viewer, limit int) ([]book.WaitingRuling, error)
	AuditOf(ctx context.Context, subject string) ([]book.AuditRow, error)
	HoldersMobiles(ctx context.Context, membershipID string) ([]string, error)
	OpenOrdersOn(ctx context.Context, certificates []string) ([]ra.Order, error)
	RevocationStatuses(ctx context.Context, authority string, serialNumbers []string) (map[string]book.RevocationStatus, error)
	lists
}

// Tx is a transaction in the hand. Methods called Lock… hold the row until it ends; the order of locks is ruling, order, operation,
// code, certificate, key.
type Tx interface {
	book.CasesTx
	book.UnitsTx
	book.Offers
	book.OwnersTx
	book.TakeoversTx
	rules
	operations
	certificates
	lists
	// AheadOf and AheadOfReservation lock and read in one trip what the other methods will be asked for; they answer the same without.
	AheadOf(ctx context.Context, x book.Showing) error
	AheadOfReservation(ctx context.Context, x book.Asking) error
	LockCRLs(ctx context.Context) error
	InsertCRL(ctx context.Context, c book.CRL) error
	// PasswordResetAt is when the password of a membership's person was last set anew by a code, zero for never.
	PasswordResetAt(ctx context.Context, membershipID string) (time.Time, error)
	Membership(ctx context.Context, id string) (ra.Membership, error)
	Project(ctx context.Context, id string) (ra.Project, error)
	reports
}

// reports are what members say of their keys.
type reports interface {
	book.SignedTx
	LockPerson(ctx context.Context, id string) (book.PersonRecord, error)
	Reported(ctx context.Context, personID string) (bool, error)
	LockLiveOnKey(ctx context.Context, key ra.KeyIdentity, membershipID string) ([]ra.Certificate, error)
	Standing(ctx context.Context, membershipID string) (book.Standing, error)
}

// operations are the operations on keys, who is proven for them, and the keys with their administrator PINs.
type operations interface {
	Operation(ctx context.Context, id string) (book.OperationRecord, error)
	LockOperation(ctx context.Context, id string) (book.OperationRecord, error)
	LiveOperations(ctx context.Context, key ra.KeyIdentity) ([]book.OperationRecord, error)
	InsertOperation(ctx context.Context, p book.OperationRecord) error
	MoveOperation(ctx context.Context, p book.OperationRecord) error
	GiveBackOperation(ctx context.Context, id string, because ra.Code, now time.Time) error
	SetOperationRequest(ctx context.Context, p book.OperationRecord) error
	EndTicket(ctx context.Context, id string, now time.Time) error
	SetOperationState(ctx context.Context, p book.OperationRecord, state ra.OperationState, now time.Time) error
	PutPresence(ctx context.Context, hash []byte, p book.Presence, now, expires time.Time) error
	PresenceLives(ctx context.Context, hashes [][]byte, p book.Presence, now time.Time) (bool, error)
	EndPresence(ctx context.Context, operationID string) error
	LockUKey(ctx context.Context, key ra.KeyIdentity, model string, now time.Time) (book.UKey, error)
	SaveUKey(ctx context.Context, k book.UKey, now time.Time) error
	InsertAdminPIN(ctx context.Context, p book.AdminPINRecord, now time.Time) error
	AdminPIN(ctx context.Context, key ra.KeyIdentity, version int) (book.AdminPINRecord, error)
	InsertAdminAttempt(ctx context.Context, kioskID string, key ra.KeyIdentity, a book.AttemptRecord, now time.Time) error
	AdminAttempts(ctx context.Context, key ra.KeyIdentity, target int) ([]book.AttemptRecord, error)
	SetAdminAttempt(ctx context.Context, a book.AttemptRecord) error
	SettleAdminAttempts(ctx context.Context, key ra.KeyIdentity, target int) error
}

// certificates are the register and what was proven of it.
type certificates interface {
	book.RegisterTx
	book.SuspensionsTx
	book.RulingsTx
	CertificateByID(ctx context.Context, id string) (ra.Certificate, error)
	// OpenOrdersOn lists the orders that have a unit about one of the certificates which is neither done nor given up.
	OpenOrdersOn(ctx context.Context, certificates []string) ([]ra.Order, error)
	InsertPublicKey(ctx context.Context, hash []byte, ownerKind, ownerID string, now time.Time) error
	// LockTarget is LockCertificate for one that a confirmed membership may serve: of its organisation in its project.
	LockTarget(ctx context.Context, id, membershipID string) (ra.Certificate, error)
	LockCertificate(ctx context.Context, id string) (ra.Certificate, error)
	InsertCertificate(ctx context.Context, c ra.Certificate, now time.Time) error
	CertificateOfOperation(ctx context.Context, operationID string) (ra.Certificate, error)
	SetCertificateState(ctx context.Context, c ra.Certificate, state ra.CertificateState) error
	RevokeCertificate(ctx context.Context, id string, reason int, at time.Time) error
	InsertChallenge(ctx context.Context, operationID string, purpose book.Purpose, challenge []byte, now, expires time.Time) error
	ChallengeLives(ctx context.Context, operationID string, challenge []byte, now time.Time) (bool, error)
	UseChallenge(ctx context.Context, operationID string, challenge []byte, now time.Time) (bool, error)
	InsertProof(ctx context.Context, kioskID string, adminPIN int, p book.StoredProof) error
	Proof(ctx context.Context, operationID string) (book.StoredProof, error)
}

// lists are what revocation lists are made of, in a transaction or alone.
type lists interface {
	EachRevoked(ctx context.Context, authority string, now time.Time, each func(book.Revocation) error) error
	LatestCRL(ctx context.Context, authority string) (book.CRL, error)
}

// rules are how the administrator PINs of a model are made, in a transaction or alone.
type rules interface {
	AdminPINRule(ctx context.Context, model string) (book.AdminPINRule, error)
}

// findings look for breaches of the design's invariants 1 to 4.
type findings interface {
	BrokenUnits(ctx context.Context) ([]book.Finding, error)
	BrokenRegister(ctx context.Context) ([]book.Finding, error)
	BrokenKeys(ctx context.Context) ([]book.Finding, error)
	BrokenCounts(ctx context.Context) ([]book.Finding, error)
	BrokenTerms(ctx context.Context) ([]book.Finding, error)
	AdminPINsPage(ctx context.Context, after book.AdminPINRecord, limit int) ([]book.AdminPINRecord, error)
	// RegisterPage lists the register by id, with what was asked for.
	RegisterPage(ctx context.Context, after string, limit int) ([]book.RegisterRow, error)
	// KnownCertificates tells which of these serial numbers the register or a kiosk has, with the certificate's SHA-256.
	KnownCertificates(ctx context.Context, serialNumbers []string) (map[string][]byte, error)
}
