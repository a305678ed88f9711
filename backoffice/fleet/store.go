package fleet

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
	book.Trail
	finder
	Kiosks(ctx context.Context, v ra.Viewer) ([]book.KioskRecord, error)
	AllKiosks(ctx context.Context) ([]book.KioskRecord, error)
	SeeKiosk(ctx context.Context, id string, at time.Time) error
	LastSequence(ctx context.Context, prefix string) (int64, error)
	SetKioskCertificate(ctx context.Context, serialNumber string, der, fingerprint []byte) (kept []byte, err error)
	Project(ctx context.Context, id string) (ra.Project, error)
	ProjectsOfKiosk(ctx context.Context, kioskID string) ([]ra.Project, error)
	Halls(ctx context.Context) ([]ra.Hall, error)
}

// Tx is a transaction in the hand. LockEnrolmentCode and LockKiosk hold the row until it ends, in that order.
type Tx interface {
	book.Trail
	book.Officers
	finder
	InsertEnrolmentCode(ctx context.Context, c book.EnrolmentCode) error
	LockEnrolmentCode(ctx context.Context, hashes [][]byte) (book.EnrolmentCode, error)
	InsertKiosk(ctx context.Context, code []byte, k book.KioskRecord, reason int) error
	MoveKiosk(ctx context.Context, code []byte, k book.KioskRecord) error
	Kiosk(ctx context.Context, id string) (book.KioskRecord, error)
	LockKiosk(ctx context.Context, id string) (book.KioskRecord, error)
	AllKiosks(ctx context.Context) ([]book.KioskRecord, error)
	SeeKiosk(ctx context.Context, id string, at time.Time) error
	SetKioskBlocked(ctx context.Context, id string, blocked bool, now time.Time) error
	LoseTickets(ctx context.Context, kioskID string, now time.Time) error
	InsertPublicKey(ctx context.Context, hash []byte, ownerKind, ownerID string, now time.Time) error
	InsertKioskCertificate(ctx context.Context, c book.KioskCertificate) error
	KioskCertificates(ctx context.Context, kioskID string) ([]book.KioskCertificate, error)
	UseKioskCertificate(ctx context.Context, serialNumber string, at time.Time) error
	RetireKioskCertificate(ctx context.Context, serialNumber string, reason int, at time.Time) error
	Hall(ctx context.Context, id string) (ra.Hall, error)
}

// finder finds the kiosk of a certificate, in a transaction or alone.
type finder interface {
	KioskByFingerprint(ctx context.Context, fingerprint []byte) (book.KioskRecord, book.KioskCertificate, error)
}
