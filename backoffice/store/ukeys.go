package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

const ukeyFields = `manufacturer, key_model, serial, model, life, pin, custody, admin_pin, pending, look`

const ukeyColumns = `SELECT ` + ukeyFields + ` FROM ukeys WHERE (manufacturer, key_model, serial) = ($1, $2, $3)`

func ukeyInto(k *book.UKey) []any {
	return []any{&k.Key.Manufacturer, &k.Key.Model, &k.Key.Serial, &k.Model, &k.Life, &k.PIN, &k.Custody, &k.AdminPIN, &k.Pending, &k.Look}
}

func scanUKey(row pgx.CollectableRow) (k book.UKey, err error) {
	err = row.Scan(ukeyInto(&k)...)
	return k, err
}

// UKey returns a key's record: CodeNotFound.
func (s statements) UKey(ctx context.Context, key ra.KeyIdentity) (book.UKey, error) {
	return one(list(ctx, s, scanUKey, ukeyColumns, key.Manufacturer, key.Model, key.Serial))
}

// LockUKey returns a key's record and holds it; a key never seen before gets a blank one of the catalogue's model, which
// the hall has.
func (s statements) LockUKey(ctx context.Context, key ra.KeyIdentity, model string, now time.Time) (book.UKey, error) {
	k, err := told(s, askKey(key), func() (book.UKey, error) {
		return one(list(ctx, s, scanUKey, ukeyColumns+` FOR UPDATE`, key.Manufacturer, key.Model, key.Serial))
	})
	if ra.CodeOf(err) != ra.CodeNotFound {
		return k, err
	}
	// Another transaction may put it by meanwhile: then this one is repeated, see repeatable.
	k = book.UKey{Key: key, Model: model, Life: ra.KeyBlank, PIN: ra.TokenPINOK, Custody: ra.CustodyStock}
	return k, s.write(ctx, "ukeys", `
		INSERT INTO ukeys (manufacturer, key_model, serial, model, life, pin, custody, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
		key.Manufacturer, key.Model, key.Serial, k.Model, k.Life, k.PIN, k.Custody, now)
}

// ModelUse tells what keys have of a model's rule.
func (s statements) ModelUse(ctx context.Context, model string) (u book.ModelUse, err error) {
	err = s.row(ctx, []any{&u.OwnPINs, &u.FactoryPINs}, `
		SELECT EXISTS (SELECT FROM ukeys k JOIN admin_pins a USING (manufacturer, key_model, serial) WHERE k.model = $1),
			EXISTS (SELECT FROM ukeys WHERE model = $1 AND admin_pin = 0 AND pending > 0)`, model)
	return u, err
}

// SaveUKey stores a key's life, who has it and what is known of its PINs.
func (s statements) SaveUKey(ctx context.Context, k book.UKey, now time.Time) error {
	return s.become(ctx, keyWord(k), `
		UPDATE ukeys SET life = $4, pin = $5, custody = $6, admin_pin = $7, pending = $8, look = $9, updated_at = $10
		WHERE (manufacturer, key_model, serial) = ($1, $2, $3)`,
		k.Key.Manufacturer, k.Key.Model, k.Key.Serial, k.Life, k.PIN, k.Custody, k.AdminPIN, k.Pending, k.Look, now)
}

// ProjectOfKey returns the project of the last operation on a key: CodeNotFound.
func (s statements) ProjectOfKey(ctx context.Context, key ra.KeyIdentity) (id string, err error) {
	err = s.row(ctx, []any{&id}, `
		SELECT m.project_id FROM operations p JOIN memberships m ON m.id = p.membership_id
		WHERE (p.manufacturer, p.key_model, p.serial) = ($1, $2, $3) ORDER BY p.created_at DESC, p.id DESC LIMIT 1`,
		key.Manufacturer, key.Model, key.Serial)
	return id, err
}

// SetKeyLife moves the life of a key.
func (s statements) SetKeyLife(ctx context.Context, key ra.KeyIdentity, life ra.KeyLife, now time.Time) error {
	return s.change(ctx, "key", `UPDATE ukeys SET life = $4, updated_at = $5 WHERE (manufacturer, key_model, serial) = ($1, $2, $3)`,
		key.Manufacturer, key.Model, key.Serial, life, now)
}
