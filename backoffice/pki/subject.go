package pki

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"keyhall/backoffice/ra"
)

// oidOrganizationIdentifier holds the unified social credit code (X.520, 6.4.9).
var oidOrganizationIdentifier = asn1.ObjectIdentifier{2, 5, 4, 97}

// Subject is the DER RDNSequence of a certificate as the project's profile wants it. No identity number stands in it.
func Subject(p ra.SubjectProfile, a ra.Applicant) ([]byte, error) {
	name := pkix.Name{
		Organization: []string{a.Organisation.CertificateName()},
		CommonName:   a.Organisation.CertificateName(),
		ExtraNames:   []pkix.AttributeTypeAndValue{{Type: oidOrganizationIdentifier, Value: a.Organisation.CreditCode}},
	}
	if p.Country != "" {
		name.Country = []string{p.Country}
	}
	if p.Handler {
		name.CommonName = a.Handler.Name
	}
	return asn1.Marshal(name.ToRDNSequence())
}

// SubjectOf is the DER RDNSequence of a certificate.
func SubjectOf(der []byte) ([]byte, error) {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate in the register: %w", err)
	}
	return certificate.RawSubject, nil
}

// CheckSubject refuses names that no certificate can carry: CodeSubjectTooLong (args: max; field).
func CheckSubject(p ra.SubjectProfile, a ra.Applicant) error {
	if utf8.RuneCountInString(a.Organisation.CertificateName()) > ra.MaxName {
		return ra.E(ra.CodeSubjectTooLong, "max", strconv.Itoa(ra.MaxName)).At("organisation.name")
	}
	if p.Handler && utf8.RuneCountInString(a.Handler.Name) > ra.MaxName {
		return ra.E(ra.CodeSubjectTooLong, "max", strconv.Itoa(ra.MaxName)).At("handler.name")
	}
	return nil
}

// CheckIssuable makes sure that a certificate of this applicant and term can be issued at all by the CA of that chain, before
// anybody pays for it or a key is bound: CodeSubjectTooLong, CodeTermPastCA (args: until), CodeIssuerAway.
func CheckIssuable(chain [][]byte, p ra.SubjectProfile, a ra.Applicant, now time.Time, months int) error {
	if err := CheckSubject(p, a); err != nil {
		return err
	}
	return CheckWithinCA(chain, now, ra.TermEnd(now, months))
}

// CheckWithinCA is CodeTermPastCA (args: until) for what would end after the CA of that chain, CodeIssuerAway before that begins.
func CheckWithinCA(chain [][]byte, now, end time.Time) error {
	if _, err := Begin(chain, now); err != nil {
		return err
	}
	last, err := CAEnd(chain)
	if err == nil && end.After(last) {
		err = PastCA(last)
	}
	return err
}
