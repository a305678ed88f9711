package issuing

import (
	"context"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Issuer gives customers' certificates (backoffice/ca/local, …). ra.CodeIssuerAway when it cannot be reached.
type Issuer interface {
	// Issue gives the certificate, DER, of the CA named in the request; the same request again one of the same serial number and key.
	Issue(ctx context.Context, r book.IssueRequest) (der []byte, err error)
	// Authority is the name of the CA that signs now, Chain its certificate, then those above it, DER.
	Authority() string
	Chain() [][]byte
}

// Revoker tells a CA what is revoked. It is told everything each time, so a CA that was away, or that publishes lists of its
// own, misses nothing. ra.CodeIssuerAway.
type Revoker interface {
	// CRL gives the signed list of these revocations, DER; CA, number and times are those of list.
	CRL(ctx context.Context, list book.CRL, revoked []book.Revocation) ([]byte, error)
	// ChainOf is the certificate of a CA, of customers' or of the operations', and those above it, DER; nil for one that there is not.
	ChainOf(authority string) [][]byte
	// Ends are those of the CAs that sign now, one for each purpose.
	Ends() []book.AuthorityEnd
	// Names are those of all CAs, also of the ones that sign nothing new: each still has its list.
	Names() []string
}

// StatusSigner answers for the status of single certificates. ra.CodeIssuerAway.
type StatusSigner interface {
	// OCSP answers a DER request; status is asked once for all serial numbers of one CA in it, in lower-case hex, and leaves out unknown ones.
	OCSP(ctx context.Context, request []byte, status func(ctx context.Context, authority string, serialNumbers []string) (map[string]book.RevocationStatus, error), now time.Time) (book.StatusAnswer, error)
}

// SignedLog is what the CA says of itself that it signed; the audit compares it with the register.
type SignedLog interface {
	// Signed calls each for every line.
	Signed(ctx context.Context, each func(book.Signed) error) error
}

// Vault derives secrets from the master keys (backoffice/vault), which have versions.
type Vault interface {
	// Current is the version of the master key that makes what is new.
	Current() int
	// AdminPIN derives a key's administrator PIN of a version from 1, from that version of the master key; version 0 is the
	// factory's and not its business.
	AdminPIN(master int, key ra.KeyIdentity, version int, rule book.AdminPINRule) ([]byte, error)
	// HMAC is a keyed hash under one version of the master key.
	HMAC(version int, purpose string, data []byte) ([]byte, error)
	// Sum is a keyed hash, Sums what it is or was with each version of the master key, newest first; Fits compares.
	Sum(purpose string, data []byte) ([]byte, error)
	Sums(purpose string, data []byte) ([][]byte, error)
	Fits(purpose string, data, sum []byte) (bool, error)
}

// Fleet knows what a kiosk's hall offers (backoffice/fleet).
type Fleet interface {
	MustOffer(ctx context.Context, in book.Offers, kiosk ra.Kiosk, projectID string) error
}

// Intake knows whose work on keys an order is (backoffice/intake): CodeNotFound for others', the order held until the transaction ends.
type Intake interface {
	LockWork(ctx context.Context, tx book.CasesTx, member ra.Membership, orderID string) (ra.Order, error)
	// SignedNonce takes a key's signature of what it was given at the kiosk for the purpose, and for that person: whose key it is. Refused
	// is what the customer is told, in a transaction that is kept.
	SignedNonce(ctx context.Context, tx book.SignedTx, kiosk ra.Kiosk, purpose ra.KeyPurpose, personID string, a ra.KeyAnswer) (m ra.Membership, refused, err error)
}

// Messages tells customers by text message (backoffice/notify).
type Messages interface {
	TakenOver(ctx context.Context, tx book.MessagesTx, o ra.Order, k ra.Kiosk) error
	// What becomes of a certificate by a ruling, and why, is told to everybody who may know of it.
	CertificateSuspended(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate, g ra.Ground) error
	CertificateRestored(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate, g ra.Ground) error
	CertificateRevoked(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate, g ra.Ground) error
	// That a key was reported lost at a kiosk, and that it is back, likewise.
	KeyLost(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate, k ra.Kiosk) error
	KeyFound(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate, k ra.Kiosk) error
	// Done tells that an order is done.
	Done(ctx context.Context, tx book.MessagesTx, o ra.Order) error
	// LetGo tells that what was ordered for a certificate ended, because it is over or past its time.
	LetGo(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate, because ra.Code) error
}

// Codes checks authorization codes (backoffice/review). Refused is what the customer is told, in a transaction that is kept; err
// ends it.
type Codes interface {
	CheckCode(ctx context.Context, tx book.CodesTx, who book.Actor, o ra.Order, given string) (refused, err error)
	// CheckTakeoverCode checks what NewTakeoverCode sent: codes of operations, for another kiosk.
	CheckTakeoverCode(ctx context.Context, tx book.CodesTx, who book.Actor, o ra.Order, operationID, given string) (refused, err error)
	NewTakeoverCode(ctx context.Context, tx book.TakeoversTx, who book.Actor, kiosk ra.Kiosk, o ra.Order, operationID string) (refused, err error)
	CheckCodeAlone(ctx context.Context, tx book.CodesTx, kiosk ra.Kiosk, o ra.Order, key ra.KeyIdentity, given string) (refused, err error)
}

// Trail checks the audit trail (backoffice/audit).
type Trail interface {
	BrokenTrail(ctx context.Context) ([]book.Finding, error)
	Health(ctx context.Context) (book.TrailHealth, error)
}

// People know who may do what (backoffice/people).
type People interface {
	MayAct(ctx context.Context, tx book.OwnersTx, staff ra.Staff, act ra.Act, o ra.Order) error
}
