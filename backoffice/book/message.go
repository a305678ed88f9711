package book

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// Message is a text message on its way to a customer. Text and Parameters hold secrets: never log them.
type Message struct {
	ID         string
	Mobile     string
	Template   string // "approved", "returned", "cancelled", …
	Signature  string // the project's, without brackets
	Parameters map[string]string
	Text       string // all of it as the customer reads it: the signature in its brackets, then the template with its parameters
}

// TemplateApproved is the message with an order's authorization code.
const TemplateApproved = "approved"

// MessageState is what became of a text message.
type MessageState string

// What becomes of a text message: it waits until the gateway took it, refused it for good, or was not reached in all its attempts.
// What is withdrawn was overtaken before it went out.
const (
	MessageWaiting   MessageState = "waiting"
	MessageSent      MessageState = "sent"
	MessageFailed    MessageState = "failed"
	MessageWithdrawn MessageState = "withdrawn"
)

// SentMessage is what the case file keeps of a message: never its text, the mobile masked.
type SentMessage struct {
	ID        string       `json:"id"`
	OrderID   string       `json:"order_id"`
	Mobile    string       `json:"mobile"` // masked
	Template  string       `json:"template"`
	CreatedAt time.Time    `json:"created_at"`
	State     MessageState `json:"state"`
	EndedAt   *time.Time   `json:"ended_at,omitempty"` // when it was sent, failed or was withdrawn
	Attempts  int          `json:"attempts"`
	Answer    int          `json:"answer,omitempty"` // the HTTP status with which the gateway refused it last, 0: none
}

// Told is a person who is told something that is about no order.
type Told struct {
	PersonID  string
	Mobile    string
	Name      string   // it is masked
	ProjectID string   // whose signature the message has
	Kiosk     ra.Kiosk // where they, or who says so, are
}

// MembersTx is what confirming a member takes of a transaction.
type MembersTx interface {
	Trail
	MessagesTx
	Membership(ctx context.Context, id string) (ra.Membership, error)
	LockOrganisationOf(ctx context.Context, membershipID string) error
	ConfirmMembership(ctx context.Context, m ra.Membership, now time.Time) error
	ColleaguesMobiles(ctx context.Context, membershipID string) ([]string, error)
}

// OutboxRow is a text message waiting to be sent; Body is sealed.
type OutboxRow struct {
	ID        string
	OrderID   string // "": it is about a person
	ProjectID string // whose signature it has
	HallID    string
	Mobile    string
	Template  string
	Opens     string // what the code in it opens, an order or an operation; "": it has none
	Body      []byte
	CreatedAt time.Time
	Attempts  int
}

// SendMessage is the job that sends a text message of the outbox.
type SendMessage struct {
	MessageID string `json:"message_id"`
}

// Kind is Job's.
func (SendMessage) Kind() string { return "send_message" }

// MessagesTx is what telling a member takes of a transaction.
type MessagesTx interface {
	Project(ctx context.Context, id string) (ra.Project, error)
	RegisteredMobile(ctx context.Context, membershipID string) (string, error)
	HoldersMobiles(ctx context.Context, membershipID string) ([]string, error)
	InsertMessage(ctx context.Context, m OutboxRow) error
	Enqueue(ctx context.Context, j Job) error
	WithdrawTold(ctx context.Context, mobile, template string, at time.Time) error
	WithdrawMessages(ctx context.Context, orderID, template string, at time.Time) error
}
