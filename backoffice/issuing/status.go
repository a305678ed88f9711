package issuing

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
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

// KeepLists makes the lists of all CAs that are due, also while nobody asks for them, and returns how many there are.
func (is *Issuing) KeepLists(ctx context.Context) (n int, err error) {
	var errs []error
	for _, name := range is.revoker.Names() {
		if _, err := is.CRL(ctx, name); err != nil {
			errs = append(errs, fmt.Errorf("the list of CA %s: %w", name, err))
			continue
		}
		n++
	}
	return n, errors.Join(errs...)
}

// CRL returns the current revocation list of a CA, "" for the one that signs now: CodeNotFound. It is at most ten minutes old and
// holds just what is revoked now, and what was when it ended until a list has said so all its time after that end (RFC 5280, 3.3).
// Whether one that was made before does is told by what it holds, and never by times: a clock may have been set back since. Its
// number only grows. While the CA is away the one before is served until it ends; without one: CodeIssuerAway.
func (is *Issuing) CRL(ctx context.Context, authority string) (book.CRL, error) {
	authority = cmp.Or(authority, is.issuer.Authority())
	if is.revoker.ChainOf(authority) == nil {
		return book.CRL{}, ra.E(ra.CodeNotFound)
	}
	now := is.clerk.Now()
	found, err := latestList(ctx, is.store, authority)
	if err != nil {
		return book.CRL{}, err
	}
	if found.young(now) { // what is due anyway is looked up once, where it is made
		if err := found.read(ctx, is.store, authority, now); err != nil || found.current(now) {
			return found.latest, err
		}
	}
	made, err := is.newCRL(ctx, authority, now)
	if ra.CodeOf(err) == ra.CodeIssuerAway && now.Before(found.latest.NextUpdate) {
		is.log.WarnContext(ctx, "the CA is away: an older revocation list is served", "authority", authority, "number", found.latest.Number, "err", err)
		return found.latest, nil
	}
	return made, err
}

// list is the newest revocation list of a CA, none before the first, and what the next one holds.
type list struct {
	latest  book.CRL
	revoked []book.Revocation
	holds   []byte // tells one list's entries from another's
}

func latestList(ctx context.Context, in lists, authority string) (l list, err error) {
	if l.latest, err = in.LatestCRL(ctx, authority); ra.CodeOf(err) == ra.CodeNotFound {
		err = nil
	}
	return l, err
}

// read reads what is revoked in one query, a row at a time.
func (l *list) read(ctx context.Context, in lists, authority string, now time.Time) error {
	h := sha256.New()
	line := make([]byte, 0, 80)
	err := in.EachRevoked(ctx, authority, now, func(r book.Revocation) error {
		line = strconv.AppendInt(append(append(line[:0], r.SerialNumber...), ' '), r.At.UnixMicro(), 10)
		line = append(strconv.AppendInt(append(line, ' '), int64(r.Reason), 10), '\n')
		h.Write(line)
		l.revoked = append(l.revoked, r)
		return nil
	})
	l.holds = h.Sum(nil)
	return err
}

// young reports whether the newest list is not due yet, unless it holds something else. One from before a restore is: lists that were made
// since the dump are known out there, with higher numbers.
func (l list) young(now time.Time) bool {
	age := now.Add(-pki.ClockSlack).Sub(l.latest.ThisUpdate)
	return !l.latest.Elsewhere && -crlAhead < age && age < crlRenewal
}

// current reports whether the newest list is young and holds what was read.
func (l list) current(now time.Time) bool {
	return l.young(now) && bytes.Equal(l.latest.Holds, l.holds)
}

// newCRL makes the next list unless somebody else just did. One is made at a time, by all back offices together, so that a higher number
// never holds less; who waits here holds no connection meanwhile.
func (is *Issuing) newCRL(ctx context.Context, authority string, now time.Time) (made book.CRL, err error) {
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
		found, err := latestList(ctx, tx, authority)
		if err == nil {
			err = found.read(ctx, tx, authority, now)
		}
		if made = found.latest; err != nil || found.current(now) {
			return err
		}
		made, err = is.signCRL(ctx, tx, authority, found, now)
		return err
	})
	return made, err
}

// signCRL numbers a list by its time, so that numbers grow also after an older dump was restored.
func (is *Issuing) signCRL(ctx context.Context, tx Tx, authority string, l list, now time.Time) (next book.CRL, err error) {
	// It begins earlier than now for whose clock is behind.
	next = book.CRL{Authority: authority, Number: max(l.latest.Number+1, now.UnixMilli()), Holds: l.holds,
		ThisUpdate: now.Add(-pki.ClockSlack), NextUpdate: now.Add(crlLifetime)}
	if next.DER, err = is.revoker.CRL(ctx, next, l.revoked); err != nil {
		return book.CRL{}, err
	}
	if err := tx.InsertCRL(ctx, next); err != nil {
		return book.CRL{}, err
	}
	return next, is.clerk.Write(ctx, tx, book.RuleActor(), "crl.make", "", strconv.FormatInt(next.Number, 10), "authority", authority, "entries", strconv.Itoa(len(l.revoked)))
}

// OCSP answers a DER request; what is wrong with it the answer says. CodeIssuerAway, and what the store fails with.
func (is *Issuing) OCSP(ctx context.Context, request []byte) (book.StatusAnswer, error) {
	return is.status.OCSP(ctx, request, is.store.RevocationStatuses, is.clerk.Now())
}

// CAChain is the certificate of a CA, "" for the one that signs now, and those above it, DER: CodeNotFound.
func (is *Issuing) CAChain(authority string) ([][]byte, error) {
	if chain := is.revoker.ChainOf(cmp.Or(authority, is.issuer.Authority())); chain != nil {
		return chain, nil
	}
	return nil, ra.E(ra.CodeNotFound)
}

// endsSoon is how long before a CA's end somebody has to make the next one: its certificates have terms of a year.
const endsSoon = 366 * 24 * time.Hour

// EndingCAs are the CAs that sign now and end within a year.
func (is *Issuing) EndingCAs() []book.AuthorityEnd {
	return slices.DeleteFunc(is.revoker.Ends(), func(e book.AuthorityEnd) bool { return e.NotAfter.Sub(is.clerk.Now()) > endsSoon })
}
