package book

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// Message is a text message on its way to a customer. Text holds secrets: never log it.
type Message struct {
	ID       string
	Mobile   string
	Template string // "approved", "returned", "cancelled", …
	Text     string
}

// SentMessage is what the case file keeps of a message: never its text, the mobile masked.
type SentMessage struct {
	ID        string     `json:"id"`
	OrderID   string     `json:"order_id"`
	Mobile    string     `json:"mobile"` // masked
	Template  string     `json:"template"`
	CreatedAt time.Time  `json:"created_at"`
	SentAt    *time.Time `json:"sent_at,omitempty"`
	Attempts  int        `json:"attempts"`
}

// OutboxRow is a text message waiting to be sent; Body is sealed.
type OutboxRow struct {
	ID        string
	OrderID   string
	Mobile    string
	Template  string
	Body      []byte
	CreatedAt time.Time
	Attempts  int
}

// MessagesTx is what telling a member takes of a transaction.
type MessagesTx interface {
	Project(ctx context.Context, id string) (ra.Project, error)
	RegisteredMobile(ctx context.Context, membershipID string) (string, error)
	InsertMessage(ctx context.Context, m OutboxRow) error
	WithdrawMessages(ctx context.Context, orderID, template string) error
}
