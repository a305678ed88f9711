package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"keyhall/backoffice/ra"
)

const writeColumns = `id, plan, order_id, order_number, project_id, model, manufacturer, key_model, serial, step, state, admin_pin, certificate_id,
	request, certificate, chain, proof, laps, ticket, attempt, next_attempt, target, remove, updated`

// SaveWrite stores how far a write to a key is. It is on the disk when SaveWrite returns.
func (j *Journal) SaveWrite(ctx context.Context, w ra.Write) error {
	var err error
	blob := func(v any) (body []byte) {
		body, failed := json.Marshal(v)
		err = errors.Join(err, failed)
		return body
	}
	values := []any{w.ID, string(w.Plan), w.OrderID, w.OrderNumber, w.ProjectID, w.Model, w.Key.Manufacturer, w.Key.Model, w.Key.Serial,
		string(w.Step), string(w.State), w.AdminPIN, w.CertificateID, w.Request, w.Certificate, blob(w.Chain), blob(w.Proof), blob(w.Laps),
		w.Ticket, blob(w.Attempt), w.NextAttempt, blob(w.Target), blob(w.Remove), j.stamp()}
	if err != nil {
		return err
	}
	_, err = j.db.ExecContext(ctx, `INSERT INTO operation (`+writeColumns+`) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
		ON CONFLICT (id) DO UPDATE SET step = excluded.step, state = excluded.state, admin_pin = excluded.admin_pin,
		certificate_id = excluded.certificate_id, request = excluded.request, certificate = excluded.certificate,
		chain = excluded.chain, proof = excluded.proof, laps = excluded.laps, ticket = excluded.ticket,
		attempt = excluded.attempt, next_attempt = excluded.next_attempt, target = excluded.target, remove = excluded.remove,
		updated = excluded.updated`, values...)
	return wrap("write", err)
}

// Write returns one write: ErrNotFound.
func (j *Journal) Write(ctx context.Context, id string) (ra.Write, error) {
	all, err := j.writes(ctx, `WHERE id = ?`, id)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%w: write %s", ErrNotFound, id)
	}
	if err != nil {
		return ra.Write{}, err
	}
	return all[0], nil
}

// OpenWrites returns the writes that are not done, newest first.
func (j *Journal) OpenWrites(ctx context.Context) ([]ra.Write, error) {
	return j.writes(ctx, `WHERE state = 'open' ORDER BY updated = 0 DESC, updated DESC, id DESC`)
}

// DropWrite forgets a write that the back office never heard of, or gave up.
func (j *Journal) DropWrite(ctx context.Context, id string) error {
	_, err := j.db.ExecContext(ctx, `DELETE FROM operation WHERE id = ?`, id)
	return wrap("write", err)
}

func (j *Journal) writes(ctx context.Context, where string, args ...any) ([]ra.Write, error) {
	rows, err := j.db.QueryContext(ctx, `SELECT `+writeColumns+` FROM operation `+where, args...)
	if err != nil {
		return nil, wrap("writes", err)
	}
	defer rows.Close()
	var all []ra.Write
	for rows.Next() {
		w, err := scanWrite(rows)
		if err != nil {
			return nil, wrap("writes", err)
		}
		all = append(all, w)
	}
	return all, wrap("writes", rows.Err())
}

func scanWrite(rows *sql.Rows) (w ra.Write, err error) {
	var chain, proof, laps, attempt, target, remove []byte
	var updated int64
	err = rows.Scan(&w.ID, &w.Plan, &w.OrderID, &w.OrderNumber, &w.ProjectID, &w.Model, &w.Key.Manufacturer, &w.Key.Model, &w.Key.Serial,
		&w.Step, &w.State, &w.AdminPIN, &w.CertificateID, &w.Request, &w.Certificate, &chain, &proof, &laps,
		&w.Ticket, &attempt, &w.NextAttempt, &target, &remove, &updated)
	if err != nil {
		return w, err
	}
	w.UpdatedAt = time.UnixMilli(updated).UTC()
	return w, errors.Join(json.Unmarshal(chain, &w.Chain), json.Unmarshal(proof, &w.Proof), json.Unmarshal(laps, &w.Laps),
		json.Unmarshal(attempt, &w.Attempt), json.Unmarshal(target, &w.Target), json.Unmarshal(remove, &w.Remove))
}
