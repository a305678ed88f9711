package book

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// PersonRecord is somebody with logins, as the back office keeps them.
type PersonRecord struct {
	ID       string
	Login    string    // one of theirs
	Mobile   string    // registered: where codes and warnings go
	Password string    // hashed
	ResetAt  time.Time // when the password was last set anew by a code; zero: never
}

// SessionRecord is a live session.
type SessionRecord struct {
	ID            string
	PersonID      string // "" for a key's
	CertificateID string // of the key whose session it is, "" for a person's
	MembershipID  string // "" before one is chosen
	OrderID       string // the one order that it is about, "" for all
	Master        int    // version of the master key that its mandate key comes from
	CreatedAt     time.Time
	IdleEnd       time.Time // when it ends unless it is used before
}

// KeyNonce is what a key was given to sign.
type KeyNonce struct {
	Nonce         []byte
	KioskID       string
	Purpose       ra.KeyPurpose
	CertificateID string // whose pair signs, "" for a key of staff
	StaffKeyID    string // likewise, "" for a customer's
	PersonID      string // who was logged in, "" for nobody
}

// StaffSessionRecord is a member of staff at a kiosk.
type StaffSessionRecord struct {
	ID      string
	StaffID string
	Epoch   int       // of the member, at the login
	KeyID   string    // of the key that they showed, "" for none
	IdleEnd time.Time // when it ends unless it is used before
}

// SignedTx is what taking a key's signature of a nonce takes of a transaction.
type SignedTx interface {
	Offers
	UseKeyNonce(ctx context.Context, n KeyNonce, now time.Time) (KeyNonce, error)
	LockCertificate(ctx context.Context, id string) (ra.Certificate, error)
	Membership(ctx context.Context, id string) (ra.Membership, error)
	UKey(ctx context.Context, key ra.KeyIdentity) (UKey, error)
	KeyReported(ctx context.Context, key ra.KeyIdentity) (bool, error)
	Project(ctx context.Context, id string) (ra.Project, error)
}

// MandateRecord is a mandate as the back office keeps it.
type MandateRecord struct {
	ra.Mandate
	KioskID string
	Began   time.Time // the session in which it was given
	Barred  bool      // the kiosk was blocked since
	Ended   bool      // by a submission of the order
}
