package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
)

// PutHall stores a hall of the catalogue, new or changed.
func (s statements) PutHall(ctx context.Context, position int, h ra.Hall) error {
	return s.exec(ctx, `
		INSERT INTO halls (id, position, name) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET position = $2, name = $3, listed = true`, h.ID, position, h.Name)
}

// Halls lists the halls of the catalogue in their order.
func (s statements) Halls(ctx context.Context) ([]ra.Hall, error) {
	return list(ctx, s, func(row pgx.CollectableRow) (h ra.Hall, err error) {
		err = row.Scan(&h.ID, &h.Name)
		return h, err
	}, `SELECT id, name FROM halls WHERE listed ORDER BY position, id`)
}

// Hall returns a hall, also one that the catalogue lists no more: CodeNotFound.
func (s statements) Hall(ctx context.Context, id string) (h ra.Hall, err error) {
	err = s.row(ctx, []any{&h.ID, &h.Name}, `SELECT id, name FROM halls WHERE id = $1`, id)
	return h, err
}
