// Package review is what staff do with orders: the queue and who has claimed what, the case with everything under one number,
// verdicts on materials, approval with the authorization code that it gives, and notes.
//
// Every decision is repeatable: the same again changes nothing, and one on another version of the order is ra.CodeConflict.
package review

import (
	"context"
	"io"
	"time"

	"golang.org/x/sync/semaphore"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Vault makes keyed hashes (backoffice/vault); Fits compares with one under any version of the master key.
type Vault interface {
	Sum(purpose string, data []byte) ([]byte, error)
	Fits(purpose string, data, sum []byte) (bool, error)
}

// Blobs keeps scans under their SHA-256, lower-case hex, each with its thumbnail once there is one: CodeNotFound.
type Blobs interface {
	Open(ctx context.Context, sha256 string) (io.ReadCloser, error)
	OpenThumb(ctx context.Context, sha256 string) (io.ReadCloser, error)
	PutThumb(ctx context.Context, sha256 string, r io.Reader) error
}

// People know who may do what (backoffice/people).
type People interface {
	MayAct(ctx context.Context, tx book.OwnersTx, staff ra.Staff, act ra.Act, o ra.Order) error
}

// Messages tells customers by text message (backoffice/notify).
type Messages interface {
	Approved(ctx context.Context, tx book.MessagesTx, o ra.Order, code string, life time.Duration) error
	Account(ctx context.Context, tx book.MessagesTx, o ra.Order) error
	Takeover(ctx context.Context, tx book.MessagesTx, o ra.Order, operationID string, k ra.Kiosk, code string, life time.Duration) error
	PasswordCode(ctx context.Context, tx book.MessagesTx, to book.Told, code string, life time.Duration) error
	PasswordReset(ctx context.Context, tx book.MessagesTx, to book.Told) error
	SlipCode(ctx context.Context, tx book.MessagesTx, o ra.Order, to book.Told, opens, code string, life time.Duration) error
	MobileCode(ctx context.Context, tx book.MessagesTx, to book.Told, opens, code string, life time.Duration) error
	Ready(ctx context.Context, tx book.MessagesTx, o ra.Order) error
	Done(ctx context.Context, tx book.MessagesTx, o ra.Order) error
	Overtaken(ctx context.Context, tx book.MessagesTx, o, by ra.Order) error
	MobileChanged(ctx context.Context, tx book.MessagesTx, o ra.Order, before ra.Membership) error
	Returned(ctx context.Context, tx book.MessagesTx, o ra.Order, reasons []ra.Reason) error
	Stopped(ctx context.Context, tx book.MessagesTx, o ra.Order, reasons []ra.Reason) error
	Cancelled(ctx context.Context, tx book.MessagesTx, o ra.Order, reasons []ra.Reason) error
	MemberConfirmed(ctx context.Context, tx book.MessagesTx, o ra.Order, m ra.Membership) error
	ColleagueConfirmed(ctx context.Context, tx book.MessagesTx, o ra.Order, mobile string, m ra.Membership) error
	MemberByKey(ctx context.Context, tx book.MessagesTx, to book.Told, m ra.Membership, key ra.KeyIdentity) error
	ColleagueByKey(ctx context.Context, tx book.MessagesTx, to book.Told, m ra.Membership, key ra.KeyIdentity) error
}

// Register ends certificates (backoffice/issuing).
type Register interface {
	Retire(ctx context.Context, tx book.RegisterTx, who book.Actor, o ra.Order, certificateID string, to ra.OldCertificate) error
}

// Config is what a Review stands on. All of it is required.
type Config struct {
	Clerk    book.Clerk
	Store    Store
	Vault    Vault
	Blobs    Blobs
	People   People
	Messages Messages
	Register Register
}

// Review answers the console, and checks the codes that it gave. It is safe for concurrent use and keeps no state of its own.
type Review struct {
	clerk    book.Clerk
	store    Store
	vault    Vault
	blobs    Blobs
	people   People
	messages Messages
	register Register
	drawing  *semaphore.Weighted // pixels of scans of which thumbnails are made at a time
}

// New makes a Review.
func New(c Config) *Review {
	return &Review{clerk: c.Clerk, store: c.Store, vault: c.Vault, blobs: c.Blobs, people: c.People, messages: c.Messages, register: c.Register, drawing: semaphore.NewWeighted(ra.MaxPagePixels)}
}
