package ra

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"testing"
)

func TestSubjectText(t *testing.T) {
	t.Parallel()
	der, err := asn1.Marshal(pkix.Name{Country: []string{"CN"}, Organization: []string{`A+B, "C" Ltd`}, CommonName: "李四",
		ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 97}, Value: "91330100MA00000072"}, {Type: asn1.ObjectIdentifier{1, 2, 3}, Value: "x"}}}.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := SubjectText(der), `CN=李四; O=A+B, "C" Ltd; organizationIdentifier=91330100MA00000072; C=CN; 1.2.3=x`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, wrong := range [][]byte{nil, {1}, append(slices.Clone(der), 0)} {
		if got := SubjectText(wrong); got != "" {
			t.Errorf("%x: %q", wrong, got)
		}
	}
}

func FuzzSubjectText(f *testing.F) {
	f.Add([]byte{0x30, 0})
	f.Fuzz(func(_ *testing.T, der []byte) { SubjectText(der) })
}

func TestSearchForms(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		" 测试(上海) ": "测试（上海）", "(A)": "（A）", "９１330100ma": "91330100MA", "138 0013 8000": "13800138000", "A+B, C": "A+B, C",
	} {
		if got := SearchForms(typed); !slices.Contains(got, want) {
			t.Errorf("SearchForms(%q) = %q, want %q among them", typed, got, want)
		}
	}
	if got := SearchForms(" "); len(got) != 0 {
		t.Errorf("for nothing: %q", got)
	}
}
