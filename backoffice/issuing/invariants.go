package issuing

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// verifyAtOnce is how many certificates are compared at once.
const verifyAtOnce = 2000

// Audit checks the five invariants of the design and returns what is broken.
func (is *Issuing) Audit(ctx context.Context) ([]book.Finding, error) {
	var all []book.Finding
	for _, check := range []func(context.Context) ([]book.Finding, error){
		is.store.BrokenUnits, is.store.BrokenRegister, is.auditCertificates, is.auditSigned, is.store.BrokenKeys, is.auditKeys, is.store.BrokenCounts, is.store.BrokenTerms, is.trail.BrokenTrail,
	} {
		found, err := check(ctx)
		if err != nil {
			return all, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// TrailHealth is what is to be known of the audit trail while it is written.
func (is *Issuing) TrailHealth(ctx context.Context) (book.TrailHealth, error) {
	return is.trail.Health(ctx)
}

// auditCertificates compares each certificate's bytes with the register and with the CA.
func (is *Issuing) auditCertificates(ctx context.Context) ([]book.Finding, error) {
	known := map[string]*x509.Certificate{} // by authority
	var all []book.Finding
	var moduli pki.Moduli
	after := ""
	for {
		rows, err := is.store.RegisterPage(ctx, after, verifyAtOnce)
		if err != nil || len(rows) == 0 {
			for _, serial := range moduli.Sharing() {
				all = append(all, book.Finding{Invariant: 2, Subject: "certificate " + serial, What: "its key has a prime in common with another one: whoever has both certificates computes both private keys; revoke it"})
			}
			return all, err
		}
		for _, c := range rows {
			ca := known[c.Authority]
			if ca == nil {
				if ca, err = pki.CA(is.revoker.ChainOf(c.Authority)); err != nil {
					all = append(all, book.Finding{Invariant: 2, Subject: "certificate " + c.SerialNumber, What: "no CA is called " + c.Authority})
					continue
				}
				known[c.Authority] = ca
			}
			if parsed, err := x509.ParseCertificate(c.DER); err == nil {
				moduli.Add(c.SerialNumber, parsed.PublicKey)
			}
			if what := certificateFits(ca, c); what != "" {
				all = append(all, book.Finding{Invariant: 2, Subject: "certificate " + c.SerialNumber, What: what})
			}
		}
		after = rows[len(rows)-1].ID
	}
}

// auditSigned looks for what the CA signed and the register does not have. A certificate that the CA signed twice for one
// request may differ in its bytes; that its serial number is known is what counts.
func (is *Issuing) auditSigned(ctx context.Context) ([]book.Finding, error) {
	var all []book.Finding
	var batch []book.Signed
	check := func() error {
		numbers := make([]string, len(batch))
		for i, c := range batch {
			numbers[i] = c.SerialNumber
		}
		known, err := is.store.KnownCertificates(ctx, numbers)
		for _, c := range batch {
			if _, ok := known[c.SerialNumber]; !ok {
				all = append(all, book.Finding{Invariant: 2, Subject: "certificate " + c.SerialNumber,
					What: "the CA signed it for a " + string(c.Kind) + ", but it stands outside the register"})
			}
		}
		batch = batch[:0]
		return err
	}
	err := is.signed.Signed(ctx, func(c book.Signed) error {
		if batch = append(batch, c); len(batch) < verifyAtOnce {
			return nil
		}
		return check()
	})
	if err == nil {
		err = check()
	}
	return all, err
}

// certificateFits says what of a certificate's bytes does not fit the register or the CA.
func certificateFits(ca *x509.Certificate, c book.RegisterRow) string {
	if c.DER == nil {
		return ""
	}
	parsed, err := x509.ParseCertificate(c.DER)
	if err != nil {
		return "its bytes are no certificate"
	}
	if fmt.Sprintf("%x", parsed.SerialNumber) != c.SerialNumber {
		return "its bytes have another serial number"
	}
	if hash, err := pki.KeyHash(parsed.PublicKey); err != nil || !bytes.Equal(hash, c.KeyHash) {
		return "its public key is not that of the request"
	}
	if err := parsed.CheckSignatureFrom(ca); err != nil {
		return "the CA did not sign it"
	}
	if ra.SubjectText(parsed.RawIssuer) != c.Issuer {
		return "its bytes name another issuer than " + c.Issuer
	}
	if !parsed.NotBefore.Equal(c.NotBefore) || !parsed.NotAfter.Equal(c.NotAfter) {
		return fmt.Sprintf("its bytes are good from %s to %s", parsed.NotBefore.Format(time.RFC3339), parsed.NotAfter.Format(time.RFC3339))
	}
	if ra.SubjectText(parsed.RawSubject) != c.Subject || !bytes.Equal(parsed.RawSubject, c.RawSubject) {
		return "its bytes name another subject"
	}
	if parsed.KeyUsage != c.Usage.Bits() {
		return "its bytes are for another use than " + string(c.Usage)
	}
	return ""
}

// auditKeys checks that every administrator PIN would come out today as it was released.
func (is *Issuing) auditKeys(ctx context.Context) ([]book.Finding, error) {
	var all []book.Finding
	rules := map[string]book.AdminPINRule{} // by model
	after := book.AdminPINRecord{}
	for {
		pins, err := is.store.AdminPINsPage(ctx, after, verifyAtOnce)
		if err != nil || len(pins) == 0 {
			return all, err
		}
		for _, p := range pins {
			if _, known := rules[p.Model]; !known {
				if rules[p.Model], err = is.store.AdminPINRule(ctx, p.Model); err != nil {
					return all, err
				}
			}
			if what := is.pinLost(p, rules[p.Model]); what != "" {
				all = append(all, book.Finding{Invariant: 3, Subject: "key " + p.Key.Model + " " + p.Key.Serial,
					What: "version " + strconv.Itoa(p.Version) + " of its administrator PIN cannot be derived any more: " + what})
			}
		}
		after = pins[len(pins)-1]
	}
}

// pinLost says why an administrator PIN would not come out as it was released, "" when it would.
func (is *Issuing) pinLost(p book.AdminPINRecord, rule book.AdminPINRule) string {
	fits, err := is.comesOut(p, rule)
	switch {
	case err != nil:
		return err.Error()
	case !fits:
		return "the master key or the model's rule has changed"
	}
	return ""
}
