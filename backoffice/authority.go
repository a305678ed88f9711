package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ca/local"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/store"
)

// authorityCmd are the commands for the CAs.
type authorityCmd struct {
	List authorityListCmd `cmd:"" help:"Print the CAs, and which of them sign."`
	Next authorityNextCmd `cmd:"" help:"Make the next CA of a purpose. The one before answers for what it signed until it ends."`
}

type authorityListCmd struct{ configFlag }

// Run prints a line for each.
func (c authorityListCmd) Run(ctx context.Context) error {
	return c.withStore(ctx, func(s *store.Store) error {
		f, err := s.Foundation(ctx)
		if err != nil {
			return err
		}
		return printAuthorities("CA", f.Authorities)
	})
}

func printAuthorities(what string, all []book.Authority) error {
	for _, a := range all {
		certificate, err := x509.ParseCertificate(a.Certificate)
		if err != nil {
			return err
		}
		if _, err := fmt.Printf("%s: %s for %s: %s, until %s, signs from %s\n", what, a.Name, a.Purpose, ra.SubjectText(certificate.RawSubject),
			ra.HallDay(certificate.NotAfter), a.SignsFrom.In(ra.HallTime).Format("2006-01-02 15:04")); err != nil {
			return err
		}
	}
	return nil
}

type authorityNextCmd struct {
	configFlag
	Purpose book.AuthorityPurpose `enum:"customers,operations" default:"customers" help:"customers: of certificates on keys; operations: of kiosks and the back office's TLS."`
	From    string                `help:"The day from which it signs, YYYY-MM-DD; without it at once. For operations needed: kiosks have to trust it before."`
}

// Run says what to do next: the files are nowhere else yet.
func (c authorityNextCmd) Run(ctx context.Context) error {
	config, _, err := c.read()
	if err != nil {
		return err
	}
	from := time.Now()
	switch {
	case c.From != "":
		if from, err = time.ParseInLocation(time.DateOnly, c.From, ra.HallTime); err != nil {
			return fmt.Errorf("--from: a day is needed, as 2027-01-31: %w", err)
		}
	case c.Purpose == book.ForOperations:
		return errors.New("--from: say from which day on it signs. Until then its certificate, PEM, has to stand beside the one before in the file `ca` of every kiosk's configuration")
	}
	return withSchema(ctx, config, func(s *store.Store) error {
		next, err := nextAuthority(ctx, s, config, c.Purpose, from.UTC())
		if err != nil {
			return err
		}
		if err := printAuthorities("made", []book.Authority{next}); err != nil {
			return err
		}
		_, err = fmt.Printf("back up %s and its key, bring them to every other back office of this register, then start all of them again\n",
			filepath.Join(config.Data, next.Name+".pem"))
		return err
	})
}

// nextAuthority makes the next CA of a purpose. It may be broken off and called again. One that does not sign yet is not overtaken.
func nextAuthority(ctx context.Context, s *store.Store, c Config, purpose book.AuthorityPurpose, from time.Time) (next book.Authority, err error) {
	if err := checkFoundation(ctx, s, c.Data); err != nil {
		return next, err
	}
	if _, _, err := keepTrail(s, c.Data); err != nil {
		return next, err
	}
	f, err := s.Foundation(ctx)
	if err != nil {
		return next, err
	}
	var last book.Authority
	count := 1
	for _, a := range f.Authorities {
		if a.Purpose == purpose {
			last, count = a, count+1
		}
	}
	if time.Now().Before(last.SignsFrom) {
		return next, fmt.Errorf("the CA %s does not sign before %s: there is a next one already", last.Name, ra.HallDay(last.SignsFrom))
	}
	base, _, _ := strings.Cut(last.Name, "-")
	next = book.Authority{Name: fmt.Sprintf("%s-%d", base, count), Purpose: purpose, SignsFrom: from}
	tokens := new(local.Tokens)
	after := c.authority(next)
	after.Tokens = tokens
	made, err := local.Found(ctx, after)
	if err != nil {
		return next, err
	}
	defer made.Close()
	before := c.authority(last)
	before.Register, before.Tokens = s.PutOwnCertificate, tokens
	issuer, err := local.Open(ctx, before)
	if err != nil {
		return next, err
	}
	defer issuer.Close()
	next.Certificate = made.Certificate().Raw
	if next.Cross, err = issuer.Cross(ctx, made.Certificate()); err != nil {
		return next, err
	}
	now := time.Now().UTC()
	return next, s.Do(ctx, func(tx *store.Tx) error {
		if err := keepAuthority(ctx, tx, next, now); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, byCommand("authority.next", now, map[string]string{"authority": next.Name, "sha256": fingerprint(next)}))
	})
}

// firstAuthorities are the CAs of a new register, without their certificates.
func firstAuthorities() []book.Authority {
	return []book.Authority{{Name: "ca", Purpose: book.ForCustomers}, {Name: "operations", Purpose: book.ForOperations}}
}

// keepAuthority keeps a CA in the register, and its key for itself alone.
func keepAuthority(ctx context.Context, tx *store.Tx, a book.Authority, now time.Time) error {
	own, err := x509.ParseCertificate(a.Certificate)
	if err != nil {
		return err
	}
	hash, err := pki.KeyHash(own.PublicKey)
	if err != nil {
		return err
	}
	if err := tx.InsertAuthority(ctx, a, now); err != nil {
		return err
	}
	return tx.InsertPublicKey(ctx, hash, "ca", a.Name, now)
}

// fingerprint is the SHA-256 of a CA's certificate, hex.
func fingerprint(a book.Authority) string {
	sum := sha256.Sum256(a.Certificate)
	return hex.EncodeToString(sum[:])
}
