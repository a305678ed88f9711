// Package book holds the back office's own records: the rows of its register, the lines of its trail, what waits in its queues
// and what it asks of a CA. With them stands what every part of the rules keeps them by: who acts, the clerk who writes it down,
// how a decision is carried out, and what one part asks of a transaction that another began.
//
// The words that the records are made of are ra's; a kiosk knows those and never this package.
package book

import "time"

// AuditRow is one line of the audit trail; the chain's fields are zero until it is sealed.
type AuditRow struct {
	ID        int64             `json:"id"`         // from the database, in no strict order
	At        time.Time         `json:"at"`         // UTC, microseconds
	ActorKind string            `json:"actor_kind"` // "kiosk", "customer", "staff", "system"
	ActorID   string            `json:"actor_id"`
	KioskID   string            `json:"kiosk_id,omitempty"`
	Action    string            `json:"action"` // "order.approve"
	OrderID   string            `json:"order_id,omitempty"`
	Subject   string            `json:"subject,omitempty"` // id of the thing acted on, where it is not the order
	Facts     map[string]string `json:"facts,omitempty"`
	Seq       int64             `json:"seq,omitempty"` // place in the chain, from 1
	Previous  []byte            `json:"previous,omitempty"`
	Hash      []byte            `json:"hash,omitempty"`
}

// Finding is a broken invariant of the design.
type Finding struct {
	Invariant int    // 1 to 5
	Subject   string // "unit 0192…"
	What      string
}
