package service

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"keyhall/backoffice/ra"
)

// oidOrganizationIdentifier holds the unified social credit code (X.520, 6.4.9).
var oidOrganizationIdentifier = asn1.ObjectIdentifier{2, 5, 4, 97}

// subject is the DER RDNSequence of a certificate as the project's profile wants it. No identity number stands in it.
func subject(p ra.SubjectProfile, a ra.Applicant) ([]byte, error) {
	name := pkix.Name{
		Organization: []string{a.Organisation.Name},
		CommonName:   a.Organisation.Name,
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

// maxName bounds organisation and common name in characters (ub-organization-name and ub-common-name, RFC 5280, A.1).
const maxName = 64

// checkSubject refuses names that no certificate can carry: CodeSubjectTooLong (args: max; field).
func checkSubject(p ra.SubjectProfile, a ra.Applicant) error {
	if utf8.RuneCountInString(a.Organisation.Name) > maxName {
		return ra.E(ra.CodeSubjectTooLong, "max", strconv.Itoa(maxName)).At("organisation.name")
	}
	if p.Handler && utf8.RuneCountInString(a.Handler.Name) > maxName {
		return ra.E(ra.CodeSubjectTooLong, "max", strconv.Itoa(maxName)).At("handler.name")
	}
	return nil
}

// hallTime is where all halls are; China has no summer time.
var hallTime = time.FixedZone("Asia/Shanghai", 8*60*60)

// termEnd is the last second of a certificate that begins now.
func termEnd(now time.Time, months int) time.Time {
	return now.AddDate(0, months, 0).Truncate(time.Second)
}

// issuable makes sure that a certificate of this applicant and term can be issued at all, before anybody pays for it or a
// key is bound: CodeSubjectTooLong, CodeTermPastCA (args: until).
func (s *Service) issuable(p ra.SubjectProfile, a ra.Applicant, now time.Time, months int) error {
	if err := checkSubject(p, a); err != nil {
		return err
	}
	end, err := s.caEnd()
	if err != nil {
		return err
	}
	if termEnd(now, months).After(end) {
		return pastCA(end)
	}
	return nil
}

func pastCA(end time.Time) error {
	return ra.E(ra.CodeTermPastCA, "until", end.In(hallTime).Format(time.DateOnly))
}

// caEnd is when the CA's own certificate ends.
func (s *Service) caEnd() (time.Time, error) {
	chain := s.issuer.Chain()
	if len(chain) == 0 {
		return time.Time{}, errors.New("the CA has no certificate")
	}
	own, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return time.Time{}, fmt.Errorf("the CA's certificate: %w", err)
	}
	return own.NotAfter, nil
}
