package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
)

// InsertMessage puts a message, its body sealed, into the outbox.
func (s statements) InsertMessage(ctx context.Context, m book.OutboxRow) error {
	return s.exec(ctx, `
		INSERT INTO outbox (id, order_id, mobile, template, body, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		m.ID, m.OrderID, m.Mobile, m.Template, m.Body, m.CreatedAt)
}

// WithdrawMessages takes back an order's messages of that template that were not sent, and erases their bodies.
func (s statements) WithdrawMessages(ctx context.Context, orderID, template string, at time.Time) error {
	return s.exec(ctx, `
		UPDATE outbox SET state = 'withdrawn', ended_at = $3, body = NULL
		WHERE order_id = $1 AND template = $2 AND state IN ('failed', 'waiting')`, orderID, template, at)
}

// TakeMessage counts an attempt at a message that waits and returns it: CodeNotFound when it waits no more.
func (s statements) TakeMessage(ctx context.Context, id string) (m book.OutboxRow, err error) {
	err = s.row(ctx, []any{&m.ID, &m.OrderID, &m.Mobile, &m.Template, &m.Body, &m.CreatedAt, &m.Attempts}, `
		UPDATE outbox SET attempts = attempts + 1 WHERE id = $1 AND state = 'waiting'
		RETURNING id, order_id, mobile, template, body, created_at, attempts`, id)
	return m, err
}

// MessageSent ends a message and erases its body.
func (s statements) MessageSent(ctx context.Context, id string, at time.Time) error {
	return s.exec(ctx, `UPDATE outbox SET state = 'sent', ended_at = $2, body = NULL, answer = 0 WHERE id = $1 AND state = 'waiting'`, id, at)
}

// MessageRefused keeps with which HTTP status a message was refused that is tried again.
func (s statements) MessageRefused(ctx context.Context, id string, answer int) error {
	return s.exec(ctx, `UPDATE outbox SET answer = $2 WHERE id = $1 AND state = 'waiting'`, id, answer)
}

// MessageFailed ends a message that could not be sent. Its body stays: it may be tried again by hand.
func (s statements) MessageFailed(ctx context.Context, id string, answer int, at time.Time) error {
	return s.exec(ctx, `UPDATE outbox SET state = 'failed', ended_at = $3, answer = $2 WHERE id = $1 AND state = 'waiting'`, id, answer, at)
}

const messageColumns = `SELECT m.id, m.order_id, m.mobile, m.template, m.created_at, m.state, m.ended_at, m.attempts, m.answer FROM outbox m `

func scanMessage(row pgx.CollectableRow) (m book.SentMessage, err error) {
	err = row.Scan(&m.ID, &m.OrderID, &m.Mobile, &m.Template, &m.CreatedAt, &m.State, &m.EndedAt, &m.Attempts, &m.Answer)
	return m, err
}

// MessagesOfOrder lists an order's messages without their text, the mobile number as stored.
func (s statements) MessagesOfOrder(ctx context.Context, orderID string) ([]book.SentMessage, error) {
	return list(ctx, s, scanMessage, messageColumns+`WHERE m.order_id = $1 ORDER BY m.created_at, m.id`, orderID)
}

// WaitingMessages lists the ids of the messages that wait, oldest first.
func (s statements) WaitingMessages(ctx context.Context) ([]string, error) {
	return list(ctx, s, pgx.RowTo[string], `SELECT id FROM outbox WHERE state = 'waiting' ORDER BY created_at, id`)
}
