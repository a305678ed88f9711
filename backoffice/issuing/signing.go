package issuing

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// issueRequest is what the CA signs for an operation: the same each time.
func (is *Issuing) issueRequest(p book.OperationRecord) (book.IssueRequest, error) {
	serial, err := pki.SerialNumber(p.SerialNumber)
	return book.IssueRequest{OperationID: p.ID, Request: p.Request, Subject: p.Subject, Usage: p.Usage,
		NotBefore: p.NotBefore, NotAfter: p.NotAfter, SerialNumber: serial, Authority: p.Authority, Shape: p.Shape}, err
}

// shape is what a project's certificates say besides, when that CA signs them. Where the office has no address for what they point to,
// only profiles do that want no pointers.
func (is *Issuing) shape(profile ra.SubjectProfile, authority string) (book.Shape, error) {
	s := book.Shape{Extended: profile.Extended, Policies: profile.Policies}
	if len(s.Extended) == 0 {
		s.Extended = []ra.ExtendedUsage{ra.ExtendedClientAuth}
	}
	switch {
	case profile.Unlinked:
		return s, nil
	case is.pkiURL == "":
		return s, errors.New("the profile's certificates point to their revocation list, but the back office has no address for it (pki.url)")
	}
	s.CRLURL, s.OCSPURL, s.CAURL = is.pkiURL+"/crl/"+authority, is.pkiURL+"/ocsp", is.pkiURL+"/ca/"+authority
	return s, nil
}

// burn gives the unit of an operation back whose certificate the CA signed against the rules: nobody gets it, and its serial number is
// registered as revoked. The trail says which rules.
func (is *Issuing) burn(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, unfit error) error {
	return is.withTicket(ctx, kiosk, hold, func(tx Tx, o ra.Order, p book.OperationRecord) error {
		if p.State != ra.OperationReserved {
			return operationState(p)
		}
		key, err := tx.LockUKey(ctx, p.Key, p.Model, is.clerk.Now())
		if err != nil {
			return err
		}
		var e *ra.Error
		why := ""
		if errors.As(unfit, &e) && e.Err != nil {
			why = e.Err.Error()
		}
		if err := is.clerk.Write(ctx, tx, book.KioskActor(kiosk), "certificate.unfit", p.OrderID, p.ID, "serial_number", p.SerialNumber, "why", why); err != nil {
			return err
		}
		return is.giveBack(ctx, tx, kiosk, o, p, key, ra.CodeCertificateUnfit)
	})
}

// checkIssued makes sure that the CA signed what it was asked to.
func checkIssued(der []byte, p book.OperationRecord, r book.IssueRequest) (*x509.Certificate, error) {
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate from the CA: %w", err)
	}
	hash, err := pki.KeyHash(signed.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("certificate from the CA: %w", err)
	}
	if signed.SerialNumber.Cmp(r.SerialNumber) != 0 || !bytes.Equal(hash, p.KeyHash) || !bytes.Equal(signed.RawSubject, r.Subject) {
		return nil, errors.New("certificate from the CA: not the serial number, key or subject asked for")
	}
	if !signed.NotBefore.Equal(r.NotBefore) || !signed.NotAfter.Equal(r.NotAfter) {
		return nil, fmt.Errorf("certificate from the CA: from %s to %s, not from %s to %s as asked for", signed.NotBefore, signed.NotAfter, r.NotBefore, r.NotAfter)
	}
	if signed.KeyUsage != r.Usage.Bits() {
		return nil, fmt.Errorf("certificate from the CA: its key usage %b is not %q", signed.KeyUsage, r.Usage)
	}
	return signed, nil
}
