package jobs

import (
	"context"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// How certificates near their end are gone through.
const expiryAtOnce = 100

// noticeDays is how many days before its end the holder of a certificate is told of it, each once; sorted.
var noticeDays = []int{7, 30, 90}

// ExpiryTx is what expiry takes of a transaction.
type ExpiryTx interface {
	book.Trail
	book.MessagesTx
	book.OwedTx
	Order(ctx context.Context, id string) (ra.Order, error)
	SetCertificateState(ctx context.Context, c ra.Certificate, state ra.CertificateState) error
	// LockExpired lists certificates that are over, and held until the transaction ends: superseded ones past their end, and those in use
	// past the time in which they can still be extended, unless something is in hand for them.
	LockExpired(ctx context.Context, now time.Time, limit int) ([]ra.Certificate, error)
	// LockEnding lists certificates in use that end between the times and that nobody renewed, extends or was told of for that many days
	// or fewer, held likewise.
	LockEnding(ctx context.Context, now, until time.Time, days, limit int) ([]ra.Certificate, error)
	InsertExpiryNotice(ctx context.Context, certificateID string, days int, at time.Time) error
}

// ExpiryMessages tells holders (backoffice/notify).
type ExpiryMessages interface {
	CertificateEnds(ctx context.Context, tx book.MessagesTx, o ra.Order, c ra.Certificate) error
}

// ExpiryStore runs f in one transaction.
type ExpiryStore interface {
	Do(ctx context.Context, f func(tx ExpiryTx) error) error
}

// Expiry ends certificates in the register when their time is over, and tells their holders before.
type Expiry struct {
	Clerk    book.Clerk
	Store    ExpiryStore
	Messages ExpiryMessages
}

// actor is who acts by itself at its hours.
var actor = book.Actor{Kind: "system", ID: "upkeep"}

// Expire moves certificates whose time is over to expired and returns how many. One that is past its end but may still be extended keeps its
// state: its dates say that it has ended. What was paid for its further life, and was never written, is owed.
func (e Expiry) Expire(ctx context.Context) (n int, err error) {
	for {
		some := 0
		err := e.Store.Do(ctx, func(tx ExpiryTx) error {
			over, err := tx.LockExpired(ctx, e.Clerk.Now(), expiryAtOnce)
			some = len(over)
			for _, c := range over {
				if err == nil {
					err = e.expire(ctx, tx, c)
				}
			}
			return err
		})
		if n += some; err != nil || some < expiryAtOnce {
			return n, err
		}
	}
}

func (e Expiry) expire(ctx context.Context, tx ExpiryTx, c ra.Certificate) error {
	if err := c.State.Move(ra.CertificateExpired); err != nil {
		return err
	}
	if err := tx.SetCertificateState(ctx, c, ra.CertificateExpired); err != nil {
		return err
	}
	if c.State != ra.CertificateSuperseded { // what waits for a superseded one is for the one that takes its place
		if err := e.Clerk.OweTerms(ctx, tx, c.ID, "certificate.expire"); err != nil {
			return err
		}
	}
	return e.Clerk.Write(ctx, tx, actor, "certificate.expire", c.OrderID, c.ID, "serial_number", c.SerialNumber, "from", string(c.State))
}

// Tell tells the holders of certificates that end soon, once for each of the numbers of days, and returns how many. After a time in which
// nobody was told, a holder hears of the nearest one only.
func (e Expiry) Tell(ctx context.Context) (n int, err error) {
	from := e.Clerk.Now()
	for _, days := range noticeDays {
		until := e.Clerk.Now().Add(time.Duration(days) * 24 * time.Hour)
		for {
			some := 0
			err := e.Store.Do(ctx, func(tx ExpiryTx) error {
				ending, err := tx.LockEnding(ctx, from, until, days, expiryAtOnce)
				some = len(ending)
				for _, c := range ending {
					if err == nil {
						err = e.tell(ctx, tx, c, days)
					}
				}
				return err
			})
			if n += some; err != nil {
				return n, err
			}
			if some < expiryAtOnce {
				break
			}
		}
		from = until
	}
	return n, nil
}

func (e Expiry) tell(ctx context.Context, tx ExpiryTx, c ra.Certificate, days int) error {
	order, err := tx.Order(ctx, c.OrderID)
	if err != nil {
		return err
	}
	if err := tx.InsertExpiryNotice(ctx, c.ID, days, e.Clerk.Now()); err != nil {
		return err
	}
	if err := e.Clerk.Write(ctx, tx, actor, "certificate.notice", c.OrderID, c.ID, "serial_number", c.SerialNumber, "days", strconv.Itoa(days)); err != nil {
		return err
	}
	return e.Messages.CertificateEnds(ctx, tx, order, c)
}
