package lint

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"keyhall/backoffice/ca"
	"keyhall/backoffice/ra"
)

// rule is one thing that must hold; broken says why it does not.
type rule struct {
	name   string
	of     []Kind
	broken func(c *x509.Certificate, asked Asked) string
}

var (
	all    = []Kind{Customer, Office, Authority}
	leaves = []Kind{Customer, Office}
)

// rules are our own. The first ones compare with what was asked for; the others are RFC 5280's and X.520's.
var rules = []rule{
	{"serial number asked for", all, func(c *x509.Certificate, a Asked) string {
		return unless(c.SerialNumber.Cmp(a.Template.SerialNumber) == 0, "it is %x, not %x", c.SerialNumber, a.Template.SerialNumber)
	}},
	{"subject asked for", all, subjectAsked},
	{"public key asked for", all, func(c *x509.Certificate, a Asked) string {
		want, err := x509.MarshalPKIXPublicKey(a.Template.PublicKey)
		return unless(err == nil && bytes.Equal(want, c.RawSubjectPublicKeyInfo), "it is another one")
	}},
	{"time asked for", all, func(c *x509.Certificate, a Asked) string {
		return unless(c.NotBefore.Equal(a.Template.NotBefore) && c.NotAfter.Equal(a.Template.NotAfter), "it is good from %s to %s", c.NotBefore, c.NotAfter)
	}},
	{"usages asked for", all, usagesAsked},
	{"pointers asked for", all, func(c *x509.Certificate, a Asked) string {
		return unless(slices.Equal(c.CRLDistributionPoints, a.Template.CRLDistributionPoints) && slices.Equal(c.OCSPServer, a.Template.OCSPServer) &&
			slices.Equal(c.IssuingCertificateURL, a.Template.IssuingCertificateURL), "they are others")
	}},
	{"extensions asked for", all, extensionsAsked},
	{"signature", all, func(c *x509.Certificate, a Asked) string {
		if err := c.CheckSignatureFrom(a.CA); err != nil {
			return err.Error()
		}
		return unless(bytes.Equal(c.RawIssuer, a.CA.RawSubject), "the issuer named is not the one that signed")
	}},

	{"serial number", all, func(c *x509.Certificate, _ Asked) string {
		n := c.SerialNumber.BitLen()
		return unless(c.SerialNumber.Sign() > 0 && n >= 64 && n <= 159, "it has %d bits, 64 to 159 are wanted", n)
	}},
	{"name", all, nameBounds},
	{"time", all, func(c *x509.Certificate, a Asked) string {
		return unless(!c.NotAfter.After(a.CA.NotAfter) && !c.NotBefore.Before(a.CA.NotBefore) && c.NotBefore.Before(c.NotAfter),
			"%s to %s is not within the CA's own %s to %s", c.NotBefore, c.NotAfter, a.CA.NotBefore, a.CA.NotAfter)
	}},
	{"key identifiers", all, func(c *x509.Certificate, a Asked) string {
		id, err := ca.KeyID(c.PublicKey)
		return unless(err == nil && bytes.Equal(id, c.SubjectKeyId) && len(a.CA.SubjectKeyId) > 0 && bytes.Equal(c.AuthorityKeyId, a.CA.SubjectKeyId),
			"%x and %x do not name the key and the CA's", c.SubjectKeyId, c.AuthorityKeyId)
	}},
	{"no CA", leaves, func(c *x509.Certificate, _ Asked) string {
		return unless(!c.IsCA && c.BasicConstraintsValid && c.KeyUsage&(x509.KeyUsageCertSign|x509.KeyUsageCRLSign) == 0, "it could sign others")
	}},
	{"a CA", []Kind{Authority}, func(c *x509.Certificate, _ Asked) string {
		return unless(c.IsCA && c.BasicConstraintsValid && c.KeyUsage == x509.KeyUsageCertSign|x509.KeyUsageCRLSign, "it could not sign others, or more than that")
	}},
	{"usage of the key", leaves, func(c *x509.Certificate, _ Asked) string {
		_, ec := c.PublicKey.(*ecdsa.PublicKey)
		return unless(c.KeyUsage != 0 && len(extended(c)) > 0 && (!ec || c.KeyUsage&(x509.KeyUsageKeyEncipherment|x509.KeyUsageDataEncipherment) == 0),
			"its bits %b do not fit the kind of key, or an extended usage is missing", c.KeyUsage)
	}},
	{"pointers", []Kind{Customer}, func(c *x509.Certificate, _ Asked) string {
		n := len(c.CRLDistributionPoints) + len(c.OCSPServer) + len(c.IssuingCertificateURL)
		return unless(n == 0 || n == 3, "some of CRL, OCSP and CA are there, others not")
	}},
}

func unless(holds bool, what string, args ...any) string {
	if holds {
		return ""
	}
	return fmt.Sprintf(what, args...)
}

func subjectAsked(c *x509.Certificate, a Asked) string {
	want := a.Template.RawSubject
	if want == nil {
		var err error
		if want, err = asn1.Marshal(a.Template.Subject.ToRDNSequence()); err != nil {
			return err.Error()
		}
	}
	return unless(bytes.Equal(want, c.RawSubject), "it is another one")
}

func usagesAsked(c *x509.Certificate, a Asked) string {
	want := make([]string, 0, 3)
	for _, u := range a.Template.ExtKeyUsage {
		want = append(want, u.OID().String())
	}
	for _, u := range a.Template.UnknownExtKeyUsage {
		want = append(want, u.String())
	}
	return unless(c.KeyUsage == a.Template.KeyUsage && slices.Equal(extended(c), want), "they are %b and %s", c.KeyUsage, extended(c))
}

// extended are the OIDs of the extended usages as they stand in the certificate.
func extended(c *x509.Certificate) []string {
	var oids []asn1.ObjectIdentifier
	texts := []string{}
	for _, e := range c.Extensions {
		if e.Id.String() != "2.5.29.37" {
			continue
		}
		if rest, err := asn1.Unmarshal(e.Value, &oids); err != nil || len(rest) > 0 {
			return nil
		}
	}
	for _, o := range oids {
		texts = append(texts, o.String())
	}
	return texts
}

// usual are the extensions that follow from the template's fields: key identifiers, usages, names, constraints, pointers.
var usual = []string{"2.5.29.14", "2.5.29.35", "2.5.29.15", "2.5.29.37", "2.5.29.17", "2.5.29.19", "2.5.29.31", "1.3.6.1.5.5.7.1.1"}

func extensionsAsked(c *x509.Certificate, a Asked) string {
	asked := func(e pkix.Extension) bool {
		return slices.ContainsFunc(a.Template.ExtraExtensions, func(x pkix.Extension) bool {
			return x.Id.Equal(e.Id) && x.Critical == e.Critical && bytes.Equal(x.Value, e.Value)
		})
	}
	there := 0
	for _, e := range c.Extensions {
		switch {
		case asked(e):
			there++
		case !slices.Contains(usual, e.Id.String()):
			return "nobody asked for " + e.Id.String()
		}
	}
	return unless(there == len(a.Template.ExtraExtensions), "one that was asked for is missing")
}

// bounds are the upper bounds of X.520 and RFC 5280, A.1 in characters, by attribute. Others have 64, the least of all.
var bounds = map[string]int{
	"2.5.4.6": 2, "2.5.4.7": 128, "2.5.4.8": 128, "2.5.4.9": 128, "2.5.4.17": 40, "2.5.4.97": 256, "1.2.840.113549.1.9.1": 255,
}

const leastBound = 64

// nameBounds wants every attribute of the subject to be text that people see, within its bound.
func nameBounds(c *x509.Certificate, _ Asked) string {
	var sequence pkix.RDNSequence
	if rest, err := asn1.Unmarshal(c.RawSubject, &sequence); err != nil || len(rest) > 0 || len(sequence) == 0 {
		return "it cannot be read, or is empty"
	}
	for _, set := range sequence {
		for _, a := range set {
			most, known := bounds[a.Type.String()]
			if !known {
				most = leastBound
			}
			value, isText := a.Value.(string)
			switch {
			case !isText || value == "" || !utf8.ValidString(value):
				return fmt.Sprintf("%s is no text", a.Type)
			case utf8.RuneCountInString(value) > most:
				return fmt.Sprintf("%s has %d characters, at most %d are allowed", a.Type, utf8.RuneCountInString(value), most)
			case strings.TrimSpace(value) != value || !ra.Readable(value):
				return fmt.Sprintf("%s holds a character that nobody sees", a.Type)
			}
		}
	}
	return ""
}
