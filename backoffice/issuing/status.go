package issuing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// How revocation lists are made.
const (
	crlLifetime = 24 * time.Hour
	crlRenewal  = 10 * time.Minute // a list this old is made anew
	crlAhead    = time.Minute      // so far replicas' clocks may be apart; a list from later is made anew
)

// CRL returns the current revocation list, DER. It is at most ten minutes old and holds just what is revoked now, and what was when it
// ended until a list has said so all its time after that end (RFC 5280, 3.3). Whether one that was made before does is told by what it holds, and
// never by times: a clock may have been set back since. Its number only grows. While the CA is away the one before is served until
// it ends; without one: CodeIssuerAway.
func (is *Issuing) CRL(ctx context.Context) ([]byte, error) {
	now := is.clerk.Now()
	found, err := findList(ctx, is.store, now)
	if err != nil || found.current(now) {
		return found.latest.DER, err
	}
	made, err := is.newCRL(ctx, now)
	if ra.CodeOf(err) == ra.CodeIssuerAway && now.Before(found.latest.NextUpdate) {
		is.log.WarnContext(ctx, "the CA is away: an older revocation list is served", "number", found.latest.Number, "err", err)
		return found.latest.DER, nil
	}
	return made.DER, err
}

// list is the newest revocation list, none before the first, and what the next one holds.
type list struct {
	latest  book.CRL
	revoked []book.Revocation
	holds   []byte
}

func findList(ctx context.Context, in lists, now time.Time) (l list, err error) {
	if l.latest, err = in.LatestCRL(ctx); err != nil && ra.CodeOf(err) != ra.CodeNotFound {
		return l, err
	}
	l.revoked, err = in.Revoked(ctx, now)
	l.holds = digest(l.revoked)
	return l, err
}

// current reports whether the newest list does.
func (l list) current(now time.Time) bool {
	age := now.Add(-pki.ClockSlack).Sub(l.latest.ThisUpdate)
	return -crlAhead < age && age < crlRenewal && bytes.Equal(l.latest.Holds, l.holds)
}

// digest tells one list's entries from another's.
func digest(revoked []book.Revocation) []byte {
	h := sha256.New()
	for _, r := range revoked {
		fmt.Fprintf(h, "%s %d %d\n", r.SerialNumber, r.At.UnixMicro(), r.Reason)
	}
	return h.Sum(nil)
}

// newCRL makes the next list unless somebody else just did. One is made at a time, by all back offices together, so that a higher number
// never holds less; who waits here holds no connection meanwhile.
func (is *Issuing) newCRL(ctx context.Context, now time.Time) (made book.CRL, err error) {
	select {
	case is.listing <- struct{}{}:
		defer func() { <-is.listing }()
	case <-ctx.Done():
		return made, ctx.Err()
	}
	err = is.store.Do(ctx, func(tx Tx) error {
		if err := tx.LockCRLs(ctx); err != nil {
			return err
		}
		found, err := findList(ctx, tx, now)
		if made = found.latest; err != nil || found.current(now) {
			return err
		}
		made, err = is.signCRL(ctx, tx, found, now)
		return err
	})
	return made, err
}

func (is *Issuing) signCRL(ctx context.Context, tx Tx, l list, now time.Time) (book.CRL, error) {
	number, err := tx.NextCRLNumber(ctx, now)
	if err != nil {
		return book.CRL{}, err
	}
	// It begins earlier than now for whose clock is behind.
	next := book.CRL{Number: number, Holds: l.holds, ThisUpdate: now.Add(-pki.ClockSlack), NextUpdate: now.Add(crlLifetime)}
	if next.DER, err = is.revoker.CRL(ctx, next, l.revoked); err != nil {
		return book.CRL{}, err
	}
	if err := tx.InsertCRL(ctx, next); err != nil {
		return book.CRL{}, err
	}
	return next, is.clerk.Write(ctx, tx, book.RuleActor(), "crl.make", "", strconv.FormatInt(number, 10), "entries", strconv.Itoa(len(l.revoked)))
}

// OCSP answers a DER request; what is wrong with it the answer says. CodeIssuerAway, and what the store fails with.
func (is *Issuing) OCSP(ctx context.Context, request []byte) (book.StatusAnswer, error) {
	return is.status.OCSP(ctx, request, is.store.RevocationStatuses, is.clerk.Now())
}

// CAChain is the issuing CA's certificate and those above it, DER.
func (is *Issuing) CAChain() [][]byte { return is.issuer.Chain() }
