package ra

import (
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"keyhall/backoffice/ra/text"
)

// attributes are the names of what stands in the subjects of certificates, the most telling first (X.520; RFC 4519 and 4514).
var attributes = []struct{ oid, name string }{
	{"2.5.4.3", "CN"}, {"2.5.4.10", "O"}, {"2.5.4.11", "OU"}, {"2.5.4.97", "organizationIdentifier"}, {"2.5.4.5", "serialNumber"},
	{"2.5.4.12", "title"}, {"2.5.4.4", "SN"}, {"2.5.4.42", "GN"}, {"1.2.840.113549.1.9.1", "E"}, {"0.9.2342.19200300.100.1.1", "UID"},
	{"2.5.4.9", "STREET"}, {"2.5.4.7", "L"}, {"2.5.4.8", "ST"}, {"2.5.4.6", "C"}, {"0.9.2342.19200300.100.1.25", "DC"},
}

// attribute is one of a subject; what it holds may be of any kind.
type attribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

// attributeSET is an RDN; encoding/asn1 goes by the end of its name.
type attributeSET []attribute

// SubjectText writes a subject (DER RDNSequence) as a person reads and searches it: "CN=…; O=…; organizationIdentifier=…; C=CN". Values
// stand as they are, but no value looks like more than one, and nothing in it moves a screen's cursor: see readable. An attribute that is
// not known has its number. "" for what is no RDNSequence.
func SubjectText(der []byte) string {
	var sequence []attributeSET
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
			parts = append(parts, part{rank, name + "=" + a.readable()})
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return a.rank - b.rank })
	words := make([]string, len(parts))
	for i, p := range parts {
		words[i] = p.text
	}
	return strings.Join(words, "; ")
}

// AttributeName is how the attribute of that number is called in a subject: the number itself where it has no name.
func AttributeName(oid string) string {
	_, name := attributeOf(oid)
	return name
}

func attributeOf(oid string) (rank int, name string) {
	for i, a := range attributes {
		if a.oid == oid {
			return i, a.name
		}
	}
	return len(attributes), oid
}

// readable is the value. One that could be taken for another stands in quotation marks, its own are doubled; what nobody sees in it is
// its number, and what is no text is "#" and its DER in hex (RFC 4514, 2.4).
func (a attribute) readable() string {
	var value any
	_, err := asn1.Unmarshal(a.Value.FullBytes, &value)
	s, is := value.(string)
	if err != nil || !is || CheckText(s) != nil {
		return "#" + hex.EncodeToString(a.Value.FullBytes)
	}
	var b strings.Builder
	for _, r := range s {
		if _, hidden := text.Hidden(string(r)); hidden {
			fmt.Fprintf(&b, `\u%04X`, r)
			continue
		}
		b.WriteRune(r)
	}
	if s = b.String(); strings.Contains(s, ";") || strings.HasPrefix(s, "#") || strings.HasPrefix(s, `"`) || strings.TrimSpace(s) != s {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}
