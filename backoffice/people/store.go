package people

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
	book.Officers
	StaffByLogin(ctx context.Context, login string) (m ra.Staff, passwordHash string, err error)
	StaffList(ctx context.Context, v ra.Viewer) ([]ra.Staff, error)
	AllStaff(ctx context.Context) ([]ra.Staff, error)
	StaffName(ctx context.Context, id string) (string, error)
	AllProjects(ctx context.Context) ([]ra.Project, error)
	Halls(ctx context.Context) ([]ra.Hall, error)
	LiveStaffSession(ctx context.Context, hashes [][]byte, kioskID string, now, latest time.Time) (book.StaffSessionRecord, error)
	UseStaffSession(ctx context.Context, id string, expires time.Time) error
	book.Offers
}

// Tx is a transaction in the hand. LockStaff holds the row until it ends.
type Tx interface {
	book.Trail
	book.Officers
	LockStaff(ctx context.Context, id string) (m ra.Staff, passwordHash string, err error)
	InsertStaff(ctx context.Context, m ra.Staff, passwordHash string, now time.Time) error
	SetStaffPassword(ctx context.Context, id, passwordHash string, temporary bool) error
	SetStaffDisabled(ctx context.Context, id string, at *time.Time) error
	ForgetAttempts(ctx context.Context, audience, login string) error
	InsertGrant(ctx context.Context, g ra.Grant) error
	GrantHolder(ctx context.Context, id string) (staffID string, err error)
	ConfirmGrant(ctx context.Context, id, staffID string, at time.Time) error
	WithdrawGrant(ctx context.Context, id, staffID string, at time.Time) error
	InsertPublicKey(ctx context.Context, hash []byte, ownerKind, ownerID string, now time.Time) error
	InsertStaffKey(ctx context.Context, k ra.StaffKey, hash []byte) error
	StaffKeyHolder(ctx context.Context, id string) (staffID string, err error)
	ConfirmStaffKey(ctx context.Context, id, staffID string, at time.Time) error
	RemoveStaffKey(ctx context.Context, id, staffID string, at time.Time) error
	StaffKeyBySum(ctx context.Context, sums [][]byte) (ra.StaffKey, error)
	StaffKey(ctx context.Context, id string) (ra.StaffKey, error)
	InsertKeyNonce(ctx context.Context, n book.KeyNonce, now, expires time.Time) error
	UseKeyNonce(ctx context.Context, n book.KeyNonce, now time.Time) (book.KeyNonce, error)
	InsertStaffSession(ctx context.Context, hash []byte, r book.StaffSessionRecord, kioskID string, now, expires, ends time.Time) error
	EndStaffSession(ctx context.Context, hashes [][]byte, kioskID string, now time.Time) (staffID string, err error)
	book.Offers
	Project(ctx context.Context, id string) (ra.Project, error)
	Hall(ctx context.Context, id string) (ra.Hall, error)
}
