package issuing

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"strconv"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// Certify issues the operation's certificate for a PKCS#10 (DER); adminPIN is the version that the kiosk has set, from
// now on the known one. The same public key again gets the same certificate. Everything about the request is checked
// before anything is bound to it, and one that is refused leaves nothing but a line in the trail. CodeRequestBad,
// CodeKeyWeak (args: why), CodeKeyDuplicate, CodeRequestDiffers, CodeSubjectTooLong, CodeTermPastCA, CodeIssuerAway, CodeCertificateUnfit (the unit is given back), CodeCertificateOver,
// CodeCertificateSuspended, CodeWindowOver, CodeKeyLost, CodeKeyRetired,
// CodeState, CodeConflict (field "admin_pin"), CodeTicketDead, CodePresenceOver, CodeNotFound, CodeForbidden. A first request needs
// the person; the same again the ticket alone.
//
// The serial number is committed before the CA signs and the certificate before it is given away, each in a short
// transaction, so a crash in between signs the same serial number again.
func (is *Issuing) Certify(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, csr []byte, adminPIN int) (ra.Issued, error) {
	request, unfit := pki.ParseRequest(csr)
	ready, err := is.prepare(ctx, kiosk, hold, request, unfit, adminPIN)
	operation := ready.operation
	if pki.Refused(err) && operation.ID != "" {
		err = errors.Join(err, is.clerk.Write(ctx, is.store, book.KioskActor(kiosk), "request.refuse", operation.OrderID, operation.ID, refusal(err, operation)...))
	}
	if err != nil {
		return ra.Issued{}, err
	}
	certificate, challenge := ready.certificate, []byte(nil)
	if certificate.ID == "" {
		certificate, challenge, err = is.issue(ctx, kiosk, hold, operation, ready.issue)
	}
	if err == nil && certificate.State == ra.CertificateRevoked {
		err = operationState(operation)
	}
	if err != nil {
		return ra.Issued{}, err
	}
	return ra.Issued{CertificateID: certificate.ID, Certificate: certificate.DER, Chain: is.revoker.ChainOf(certificate.Authority), Challenge: challenge}, nil
}

// prepared is an operation whose certificate can be made, or was.
type prepared struct {
	operation   book.OperationRecord
	issue       book.IssueRequest
	certificate ra.Certificate // zero before
}

// refusal is what the trail keeps of a refused request: why, and which model of key made it.
func refusal(err error, p book.OperationRecord) []string {
	facts := []string{"code", string(ra.CodeOf(err)), "model", p.Model, "serial", p.Key.Serial}
	var e *ra.Error
	if errors.As(err, &e) && e.Args["why"] != "" {
		facts = append(facts, "why", e.Args["why"])
	}
	return facts
}

// prepare commits what the certificate will be made of. Unfit is what the request was refused for already; it counts
// once the kiosk has shown that the operation is its own.
func (is *Issuing) prepare(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, request pki.Request, unfit error, adminPIN int) (ready prepared, err error) {
	err = is.withTicket(ctx, kiosk, hold, func(tx Tx, order ra.Order, found book.OperationRecord) (err error) {
		ready = prepared{operation: found}
		p := &ready.operation
		if p.State == ra.OperationReleased || !p.Plan.Has(ra.StepCertificate) {
			return operationState(*p)
		}
		w, err := is.workOf(ctx, tx, order, *p)
		if err != nil {
			return err
		}
		if p.Request == nil {
			if err := is.mustBePresent(ctx, tx, *p, hold.Presence); err != nil {
				return err
			}
			if w.target.State == ra.CertificateSuspended {
				return ra.E(ra.CodeCertificateSuspended)
			}
		}
		if unfit != nil {
			return unfit
		}
		project, err := tx.Project(ctx, order.ProjectID)
		if err != nil {
			return err
		}
		ready.certificate, err = tx.CertificateOfOperation(ctx, p.ID)
		if err != nil && ra.CodeOf(err) != ra.CodeNotFound {
			return err
		}
		if err := is.bindKey(ctx, tx, kiosk, p, w, project, request, adminPIN); err != nil {
			return err
		}
		ready.issue, err = is.issueRequest(*p)
		return err
	})
	return ready, err
}

// bindKey gives the operation its public key and all that its certificate is made of, unless it has them.
func (is *Issuing) bindKey(ctx context.Context, tx Tx, kiosk ra.Kiosk, p *book.OperationRecord, w work, project ra.Project, request pki.Request, adminPIN int) error {
	if p.Request != nil {
		if !bytes.Equal(p.KeyHash, request.KeyHash) {
			return ra.E(ra.CodeRequestDiffers)
		}
		if p.State == ra.OperationReserved { // nothing was handed out for it yet
			return w.lives()
		}
		return nil
	}
	now := is.clerk.Now()
	subject, err := is.checkRequest(project, w, request)
	if err != nil {
		return err
	}
	if err := tx.InsertPublicKey(ctx, request.KeyHash, "operation", p.ID, now); err != nil {
		return err
	}
	key, err := tx.LockUKey(ctx, p.Key, p.Model, now)
	if err != nil {
		return err
	}
	if err := gone(key); err != nil {
		return err
	}
	if err := is.acknowledge(ctx, tx, *p, key, adminPIN); err != nil {
		return err
	}
	serial, err := pki.NewSerialNumber(is.clerk.Rand)
	if err != nil {
		return err
	}
	p.Request, p.KeyHash, p.SerialNumber = request.Raw, request.KeyHash, serial
	p.Subject, p.Usage, p.Authority = subject, project.Profile.Usage, is.issuer.Authority()
	if p.Shape, err = is.shape(project.Profile, p.Authority); err != nil {
		return err
	}
	if p.NotBefore, err = pki.Begin(is.issuer.Chain(), now); err != nil {
		return err
	}
	p.NotAfter = w.end(now)
	p.UpdatedAt = now
	if err := tx.SetOperationRequest(ctx, *p); err != nil {
		return err
	}
	return is.clerk.Write(ctx, tx, book.KioskActor(kiosk), "operation.request", p.OrderID, p.ID, "serial_number", serial, "admin_pin", strconv.Itoa(adminPIN))
}

// checkRequest is everything that must hold before the request is bound; it returns the subject.
func (is *Issuing) checkRequest(project ra.Project, w work, request pki.Request) (subject []byte, err error) {
	if err := w.fits(project, is.clerk.Now()); err != nil {
		return nil, err
	}
	if err := keyFits(project.Profile, request.Key); err != nil {
		return nil, err
	}
	if subject, err = pki.Subject(project.Profile, w.order.Applicant); err != nil {
		return nil, err
	}
	if err := request.CheckSubject(subject); err != nil {
		return nil, err
	}
	return subject, is.checkIssuable(project, w)
}

// keyFits wants a key of the kind that the project's certificates are for: CodeRequestBad (args: want; field "public_key").
func keyFits(profile ra.SubjectProfile, key pki.Key) error {
	if key.Suite.Name != profile.Algorithm {
		return ra.E(ra.CodeRequestBad, "want", profile.Algorithm).At("public_key")
	}
	return nil
}

// acknowledge saves the record of the operation's key, which is held, with the administrator PIN version that the kiosk says is on
// it as the known one: CodeConflict (field "admin_pin") for a version that was not released to this operation.
func (is *Issuing) acknowledge(ctx context.Context, tx Tx, p book.OperationRecord, key book.UKey, version int) error {
	if version != p.AdminPIN {
		return ra.E(ra.CodeConflict, "want", strconv.Itoa(p.AdminPIN)).At("admin_pin")
	}
	if p.AdminPIN != 0 {
		if key.Pending == version {
			key.AdminPIN, key.Pending = version, 0
		}
		if err := tx.SettleAdminAttempts(ctx, p.Key, version); err != nil {
			return err
		}
	}
	return tx.SaveUKey(ctx, key, is.clerk.Now())
}

// issue lets the CA sign, holding no row, and then registers the certificate, with the first challenge for its proof, unless another request
// was first. Where key or target came to their end meanwhile it is registered as revoked, and nobody gets it.
func (is *Issuing) issue(ctx context.Context, kiosk ra.Kiosk, hold ra.Hold, p book.OperationRecord, r book.IssueRequest) (certificate ra.Certificate, challenge []byte, err error) {
	der, err := is.issuer.Issue(ctx, r)
	if err != nil {
		is.log.WarnContext(ctx, "the CA did not sign", "operation", p.ID, "serial_number", p.SerialNumber, "error", err)
		if ra.CodeOf(err) == ra.CodeCertificateUnfit {
			err = errors.Join(err, is.burn(ctx, kiosk, hold, err))
		}
		return certificate, nil, err
	}
	signed, err := checkIssued(der, p, r)
	if err != nil {
		return certificate, nil, err
	}
	var refused error
	err = is.withTicket(ctx, kiosk, hold, func(tx Tx, order ra.Order, p book.OperationRecord) error {
		refused, challenge = nil, nil
		certificate, err = tx.CertificateOfOperation(ctx, p.ID)
		if err == nil && certificate.State == ra.CertificateRevoked || p.State == ra.OperationReleased {
			return operationState(p)
		}
		if ra.CodeOf(err) != ra.CodeNotFound {
			return err
		}
		if _, refused, err = is.goOn(ctx, tx, kiosk, order, p); refused != nil || err != nil {
			return err
		}
		if certificate, err = is.register(ctx, tx, kiosk, order, p, signed); err != nil {
			return err
		}
		challenge, err = is.newChallenge(ctx, tx, p)
		return err
	})
	if refused != nil {
		err = refused
	}
	return certificate, challenge, err
}

// register adds the certificate and moves operation, unit and order with it.
func (is *Issuing) register(ctx context.Context, tx Tx, kiosk ra.Kiosk, o ra.Order, p book.OperationRecord, signed *x509.Certificate) (ra.Certificate, error) {
	certificate, err := is.rowOf(p)
	if err != nil {
		return ra.Certificate{}, err
	}
	now := is.clerk.Now()
	certificate.State, certificate.Usage, certificate.Subject, certificate.DER = ra.CertificateIssued, p.Usage, ra.SubjectText(signed.RawSubject), signed.Raw
	if err := tx.InsertCertificate(ctx, certificate, now); err != nil {
		return ra.Certificate{}, err
	}
	if err := moveUnit(ctx, tx, o, p, ra.UnitIssued); err != nil {
		return ra.Certificate{}, err
	}
	if err := tx.SetOperationState(ctx, p, ra.OperationIssued, now); err != nil {
		return ra.Certificate{}, err
	}
	return certificate, is.clerk.Save(ctx, tx, &o, book.KioskActor(kiosk), "certificate.issue", certificate.ID, "serial_number", p.SerialNumber)
}

// rowOf begins the row of an operation's certificate.
func (is *Issuing) rowOf(p book.OperationRecord) (ra.Certificate, error) {
	id, err := is.clerk.ID()
	if err != nil {
		return ra.Certificate{}, err
	}
	ca, err := pki.CA(is.revoker.ChainOf(p.Authority))
	if err != nil {
		return ra.Certificate{}, err
	}
	return ra.Certificate{ID: id, SerialNumber: p.SerialNumber, OperationID: p.ID, OrderID: p.OrderID, UnitID: p.UnitID, Authority: p.Authority, Issuer: ra.SubjectText(ca.RawSubject),
		Key: p.Key, MembershipID: p.MembershipID, Supersedes: p.TargetID, NotBefore: p.NotBefore, NotAfter: p.NotAfter}, nil
}
