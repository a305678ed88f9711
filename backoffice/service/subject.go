package service

import (
	"crypto/x509/pkix"
	"encoding/asn1"

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
