package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// InsertMessage puts a message, its body sealed, into the outbox.
func (s statements) InsertMessage(ctx context.Context, m book.OutboxRow) error {
	return s.exec(ctx, `
		INSERT INTO outbox (id, order_id, project_id, hall_id, mobile, template, opens, body, created_at)
		VALUES ($1, NULLIF($2, '')::uuid, $3, $4, $5, $6, NULLIF($7, '')::uuid, $8, $9)`,
		m.ID, m.OrderID, m.ProjectID, m.HallID, m.Mobile, m.Template, m.Opens, m.Body, m.CreatedAt)
}

// WithdrawMessages takes back an order's messages of that template that were not sent, and erases their bodies.
func (s statements) WithdrawMessages(ctx context.Context, orderID, template string, at time.Time) error {
	return s.exec(ctx, `
		UPDATE outbox SET state = 'withdrawn', ended_at = $3, body = NULL
		WHERE order_id = $1 AND template = $2 AND state IN ('failed', 'waiting')`, orderID, template, at)
}

// WithdrawTold is WithdrawMessages for what a person is told.
func (s statements) WithdrawTold(ctx context.Context, mobile, template string, at time.Time) error {
	return s.exec(ctx, `
		UPDATE outbox SET state = 'withdrawn', ended_at = $3, body = NULL
		WHERE order_id IS NULL AND mobile = $1 AND template = $2 AND state IN ('failed', 'waiting')`, mobile, template, at)
}

// deadCode is whether a message m has a code that opens nothing any more at that time: it was used, replaced or has expired, or what it
// opens is over.
func deadCode(at string) string {
	return `(m.opens IS NOT NULL AND (NOT EXISTS (
			SELECT FROM authorization_codes c WHERE c.opens = m.opens AND c.created_at <= m.created_at AND c.expires_at > ` + at + `)
		OR EXISTS (SELECT FROM orders o WHERE o.id = m.opens AND o.state IN ('done', 'cancelled'))
		OR EXISTS (SELECT FROM operations p WHERE p.id = m.opens AND p.state IN ('done', 'released'))))`
}

// TakeMessage counts an attempt at a message that waits and returns it: CodeNotFound when it waits no more. One whose code is dead is
// withdrawn.
func (s statements) TakeMessage(ctx context.Context, id string, now time.Time) (m book.OutboxRow, err error) {
	if err := s.exec(ctx, `UPDATE outbox m SET state = 'withdrawn', ended_at = $2, body = NULL WHERE m.id = $1 AND m.state = 'waiting' AND `+deadCode("$2"), id, now); err != nil {
		return m, err
	}
	err = s.row(ctx, []any{&m.ID, &m.OrderID, &m.ProjectID, &m.HallID, &m.Mobile, &m.Template, &m.Body, &m.CreatedAt, &m.Attempts}, `
		UPDATE outbox SET attempts = attempts + 1 WHERE id = $1 AND state = 'waiting'
		RETURNING id, COALESCE(order_id::text, ''), project_id, hall_id, mobile, template, body, created_at, attempts`, id)
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

const messageColumns = `SELECT m.id, COALESCE(m.order_id::text, ''), m.mobile, m.template, m.created_at, m.state, m.ended_at, m.attempts, m.answer FROM outbox m `

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

// FailedMessages lists messages that were not sent and are not tried again, newest first, the mobile number as stored.
func (s statements) FailedMessages(ctx context.Context, q book.MessageQuery) ([]book.FailedMessage, error) {
	return list(ctx, s, scanFailed, failedColumns("$5")+`
		WHERE m.state = 'failed' AND m.body IS NOT NULL AND `+seen+` AND ($3 = '' OR m.id < NULLIF($3, '')::uuid) ORDER BY m.id DESC LIMIT $4`,
		q.Viewer.StaffID, q.Viewer.Roles, q.Before, q.Limit, q.Now)
}

// LockMessage returns a message, in whatever state, and holds it until the transaction ends: CodeNotFound.
func (tx *Tx) LockMessage(ctx context.Context, id string, now time.Time) (book.FailedMessage, error) {
	all, err := list(ctx, tx.statements, scanFailed, failedColumns("$2")+`WHERE m.id = $1 FOR UPDATE OF m`, id, now)
	if err == nil && len(all) == 0 {
		err = ra.E(ra.CodeNotFound)
	}
	if err != nil {
		return book.FailedMessage{}, err
	}
	return all[0], nil
}

func failedColumns(now string) string {
	return `
	SELECT m.id, COALESCE(m.order_id::text, ''), m.mobile, m.template, m.created_at, m.state, m.ended_at, m.attempts, m.answer,
		COALESCE(about.number, ''), COALESCE(about.applicant -> 'organisation' ->> 'name', ''), o.project_id, o.hall_id, m.body IS NOT NULL, NOT ` + deadCode(now) + `
	FROM outbox m CROSS JOIN LATERAL (SELECT m.project_id, m.hall_id) o LEFT JOIN orders about ON about.id = m.order_id `
}

func scanFailed(row pgx.CollectableRow) (m book.FailedMessage, err error) {
	err = row.Scan(&m.ID, &m.OrderID, &m.Mobile, &m.Template, &m.CreatedAt, &m.State, &m.EndedAt, &m.Attempts, &m.Answer,
		&m.Number, &m.Organisation, &m.ProjectID, &m.HallID, &m.Kept, &m.Worth)
	return m, err
}

// MessageAgain lets a message that failed wait again. Its old job goes; the caller puts a new one by.
func (tx *Tx) MessageAgain(ctx context.Context, id string) error {
	if err := tx.exec(ctx, `UPDATE outbox SET state = 'waiting', ended_at = NULL, answer = 0 WHERE id = $1 AND state = 'failed' AND body IS NOT NULL`, id); err != nil {
		return err
	}
	return tx.exec(ctx, `DELETE FROM river.river_job WHERE kind = $1 AND args->>'message_id' = $2 AND state IN ('discarded', 'cancelled', 'completed')`,
		book.SendMessage{}.Kind(), id)
}

// FailLostMessages fails the messages that wait though no job will send them, and returns how many. River gives a job up by itself where
// its back office died over its last try.
func (s *Store) FailLostMessages(ctx context.Context, at time.Time) (int, error) {
	tag, err := s.db.Exec(ctx, `
		UPDATE outbox m SET state = 'failed', ended_at = $1 WHERE m.state = 'waiting' AND NOT EXISTS (
			SELECT FROM river.river_job j WHERE j.kind = $2 AND j.args->>'message_id' = m.id::text
				AND j.state IN ('available', 'pending', 'scheduled', 'running', 'retryable'))`, at, book.SendMessage{}.Kind())
	return int(tag.RowsAffected()), translate(err)
}

// CountFailedMessages counts the messages that were not sent, are not tried again, and have their text still.
func (s statements) CountFailedMessages(ctx context.Context) (n int, err error) {
	err = s.row(ctx, []any{&n}, `SELECT count(*) FROM outbox WHERE state = 'failed' AND body IS NOT NULL`)
	return n, err
}
