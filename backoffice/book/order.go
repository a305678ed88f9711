package book

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// OrderQuery finds orders, newest first. Before is the id of the last one of the page before.
type OrderQuery struct {
	Text   string
	State  ra.OrderState // "": all
	Limit  int           // 0: 50; at most 200
	Before string
}

// Limits of searches.
const (
	searchDefault = 50
	searchMost    = 200
)

// SearchLimit is how many a search finds that asks for n.
func SearchLimit(n int) int {
	if n <= 0 {
		return searchDefault
	}
	return min(n, searchMost)
}

// AuthorizationCode is the code of an approved order, of an operation that is to go on at another kiosk, or with which a person sets a
// password that they forgot, as stored.
type AuthorizationCode struct {
	Opens     string // id of the order, the operation or the person
	OrderID   string // "": a person's
	Hash      []byte
	Wrong     int
	Tried     [][]byte // hashes of wrong codes: the same one again does not count
	CreatedAt time.Time
	ExpiresAt time.Time
}

// NewCodesTx is what making an authorization code takes of a transaction.
type NewCodesTx interface {
	PutAuthorizationCode(ctx context.Context, c AuthorizationCode) error
}

// CodesTx is what checking an authorization code takes of a transaction. LockAuthorizationCode holds the code until it ends.
type CodesTx interface {
	Trail
	LockAuthorizationCode(ctx context.Context, opens string) (AuthorizationCode, error)
	DropAuthorizationCode(ctx context.Context, opens string) error
	SetWrongCodes(ctx context.Context, c AuthorizationCode) error
	TakeAttempt(ctx context.Context, audience, login string, now, since time.Time) (n int, paused *time.Time, err error)
	PauseLogin(ctx context.Context, audience, login string, until time.Time) error
	ForgetAttempts(ctx context.Context, audience, login string) error
	ReturnAttempt(ctx context.Context, audience, login string) error
}

// ResetsTx is what setting a forgotten password takes of a transaction.
type ResetsTx interface {
	NewCodesTx
	CodesTx
	MessagesTx
	EndCodesOf(ctx context.Context, personID string, now time.Time) error
	AddressesOf(ctx context.Context, personID string) ([]string, error)
}

// Claim says who is looking at an order, until when.
type Claim struct {
	OrderID string    `json:"order_id"`
	StaffID string    `json:"staff_id"`
	Name    string    `json:"name"`
	Until   time.Time `json:"until"`
}

// Counts are the numbers of the console's first page.
type Counts struct {
	Orders       map[ra.OrderState]int
	DoneToday    int // proofs since midnight
	Payments     int // slips awaiting confirmation
	Materials    int // open orders with submitted materials
	Operations   int // begun and not done
	Messages     int // not sent
	Certificates int // active
	Rulings      int // waiting for a second person
	Accesses     int // of the desk, likewise
}

// TakeoversTx is what a code for going on at another kiosk takes of a transaction.
type TakeoversTx interface {
	NewCodesTx
	CodesTx
	MessagesTx
}
