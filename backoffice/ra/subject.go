package ra

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"

	"keyhall/backoffice/ra/text"
)

// attributes are the names of what stands in the subjects of certificates, the most telling first (X.520; RFC 4519 and 4514).
var attributes = []struct{ oid, name string }{
	{"2.5.4.3", "CN"}, {"2.5.4.10", "O"}, {"2.5.4.11", "OU"}, {"2.5.4.97", "organizationIdentifier"}, {"2.5.4.5", "serialNumber"},
	{"2.5.4.7", "L"}, {"2.5.4.8", "ST"}, {"2.5.4.6", "C"},
}

// SubjectText writes a subject (DER RDNSequence) as a person reads and searches it: "CN=…; O=…; organizationIdentifier=…; C=CN". Values
// stand as they are, nothing is escaped; an attribute that is not known has its number. "" for what is no RDNSequence.
func SubjectText(der []byte) string {
	var sequence pkix.RDNSequence
	if rest, err := asn1.Unmarshal(der, &sequence); err != nil || len(rest) > 0 {
		return ""
	}
	type part struct {
		rank int
		text string
	}
	var parts []part
	for _, set := range sequence {
		for _, a := range set {
			rank, name := attributeOf(a.Type.String())
			parts = append(parts, part{rank, fmt.Sprintf("%s=%v", name, a.Value)})
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return a.rank - b.rank })
	words := make([]string, len(parts))
	for i, p := range parts {
		words[i] = p.text
	}
	return strings.Join(words, "; ")
}

func attributeOf(oid string) (rank int, name string) {
	for i, a := range attributes {
		if a.oid == oid {
			return i, a.name
		}
	}
	return len(attributes), oid
}

// SearchForms are the forms in which what somebody typed into a search may be kept: as a line of text, with the marks of Chinese and of
// other writing, as a number or code, as a login name. None for nothing.
func SearchForms(typed string) []string {
	const han = "一"
	forms := []string{text.Line(typed), strings.TrimSuffix(text.Line(typed+han), han), NormalCreditCode(typed), NormalLogin(typed)}
	slices.Sort(forms)
	forms = slices.Compact(forms)
	return slices.DeleteFunc(forms, func(s string) bool { return s == "" })
}
