package book

import "time"

// AuditRow is one line of the audit trail. Writer, Number and MAC are put on when it is written, the id by the database.
type AuditRow struct {
	ID        int64             `json:"id"`         // from the database; of two lines that moved the same row the later one has the higher
	At        time.Time         `json:"at"`         // UTC, microseconds
	ActorKind string            `json:"actor_kind"` // "kiosk", "customer", "key", "staff", "system"
	ActorID   string            `json:"actor_id"`
	KioskID   string            `json:"kiosk_id,omitempty"`
	Action    string            `json:"action"` // "order.approve"
	OrderID   string            `json:"order_id,omitempty"`
	Subject   string            `json:"subject,omitempty"` // id of the thing acted on, where it is not the order
	Facts     map[string]string `json:"facts,omitempty"`
	Moved     map[string]string `json:"moved,omitempty"` // rows of the register that its transaction changed, "unit 0192…", and what they are then
	Writer    string            `json:"writer"`          // who numbered it: a program's run, in a month
	Number    int64             `json:"number"`          // among the writer's lines, from 1
	MAC       []byte            `json:"mac"`
}

// Span is all numbers from First to Last.
type Span struct{ First, Last int64 }

// AuditSet is lines of one month that were sealed together, and a link of the chain: its hash covers what it says of itself, its lines'
// digest and the hash before it. A set outlives its lines.
type AuditSet struct {
	Number    int64     // from 1
	Month     time.Time // the first moment of it, UTC
	IDs       []Span    // of its lines, in order
	Lines     int
	Total     int64 // lines sealed so far, its own too
	High      int64 // the highest id sealed so far
	SealedAt  time.Time
	Digest    []byte
	Previous  []byte // hash of the set before, empty for the first
	Hash      []byte
	Signature []byte // of its checkpoint
}

// Finding is a broken invariant of the design.
type Finding struct {
	Invariant int    // 1 to 5
	Subject   string // "unit 0192…"
	What      string
}

// Month is the first moment of a time's month, in UTC: by those the trail is kept.
func Month(at time.Time) time.Time {
	year, month, _ := at.UTC().Date()
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
}

// MonthHolds is what a month of the trail has.
type MonthHolds struct {
	Sets    int
	Lines   int64 // that the sets have
	LastSet int64
	There   int64 // lines that are there
	Rest    bool  // lines of it came when it had no partition
}

// Word is what the trail said last of a row of the register.
type Word struct{ Key, Value string }

// TrailHealth is what is to be known of the trail while it is written.
type TrailHealth struct {
	Unsealed   time.Duration // age of the oldest line that is not sealed
	Unwritten  time.Duration // age of the oldest set that no checkpoint in the file covers
	MonthsMade int           // that have a partition already, after this one
}

// What is too much, or too little, of it.
const (
	SealOverdue       = 10 * time.Minute
	CheckpointOverdue = time.Hour
	MonthsFew         = 2
)

// Sick reports whether somebody should look.
func (h TrailHealth) Sick() bool {
	return h.Unsealed > SealOverdue || h.Unwritten > CheckpointOverdue || h.MonthsMade < MonthsFew
}

// FeedPlace is a place in the change feed of one history. The mark tells its change from another history's at the same place.
type FeedPlace struct {
	Epoch string `json:"epoch"`
	Place int64  `json:"place"` // from 1; 0: before the first change
	Mark  int64  `json:"mark"`
}
