package house

import (
	"context"
	"errors"
	"image"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/document"
)

// ErrNothingChanged says that the register of certificates has the customer as their papers say it.
var ErrNothingChanged = errors.New("没有登记过的变更 nothing of the customer changed")

// changes are what the customer's papers say otherwise than the register of certificates, which is what the market's regulator knew before.
func (h *House) changes(ctx context.Context) (all []document.Change) {
	was, legal, err := h.recorded(ctx, h.AtKiosk().CreditCode)
	if err != nil {
		return nil
	}
	now := h.AtKiosk()
	for _, c := range []document.Change{
		{Item: "名称", Before: was.Name, After: now.Name},
		{Item: "法定代表人", Before: legal.Name, After: now.Legal.Name},
		{Item: "住所", Before: was.Address, After: now.Address},
	} {
		if c.Before != "" && c.Before != c.After {
			all = append(all, c)
		}
	}
	return all
}

// recorded is what the register has of an organisation.
func (h *House) recorded(ctx context.Context, number string) (o ra.Organisation, legal ra.Person, err error) {
	if h.database == nil {
		return o, legal, pgx.ErrNoRows
	}
	conn, err := pgx.Connect(ctx, h.DSN())
	if err != nil {
		return o, legal, err
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, "SELECT record, legal FROM organisations WHERE number = $1 AND record IS NOT NULL", number).Scan(&o, &legal)
	return o, legal, err
}

// proofOfChange is the regulator's notice of what changed.
func (h *House) proofOfChange(ctx context.Context, painter *document.Painter) (image.Image, error) {
	changes := h.changes(ctx)
	if len(changes) == 0 {
		return nil, ErrNothingChanged
	}
	return painter.ChangeNotice(h.AtKiosk(), changes, time.Now()), nil
}
