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

// TestSubjectsThatDeceive: no value looks like more than one, and none does anything to the screen that it is shown on.
func TestSubjectsThatDeceive(t *testing.T) {
	t.Parallel()
	name := asn1.ObjectIdentifier{2, 5, 4, 3}
	for want, value := range map[string]any{
		`CN="A; O=B"`: "A; O=B", `CN="A;B"`: "A;B", `CN="A ""B""; C"`: `A "B"; C`, `CN="""A"""`: `"A"`, `CN="#1312"`: "#1312", `CN=" A"`: " A", `CN="A "`: "A ",
		`CN=A=B`: "A=B", `CN=A#B`: "A#B", `CN=A<b>\C`: `A<b>\C`, `CN=`: "", `CN=测试；公司`: "测试；公司",
		`CN=A\u000AO=B`: "A\nO=B", `CN=\u001B[2JA`: "\x1b[2JA", `CN=A\u202EB`: "A\u202eB", `CN=A\u0009B`: "A\tB", `CN=#0c03410042`: "A\x00B",
		`CN=#020105`: 5, `CN=#1c0400000041`: asn1.RawValue{Tag: 28, Bytes: []byte{0, 0, 0, 'A'}}, `CN=äÿ`: asn1.RawValue{Tag: asn1.TagT61String, Bytes: []byte{0xe4, 0xff}},
		`CN=A`: asn1.RawValue{Tag: asn1.TagBMPString, Bytes: []byte{0, 'A'}}, `CN=a@b`: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte("a@b")},
		`CN=#30020500`: asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: []byte{5, 0}}, `CN=#0c01ff`: asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte{0xff}},
	} {
		der, err := asn1.Marshal(pkix.RDNSequence{{{Type: name, Value: value}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := SubjectText(der); got != want {
			t.Errorf("%v: got %s, want %s", value, got, want)
		}
	}
	unit, mail := asn1.ObjectIdentifier{2, 5, 4, 11}, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
	der, err := asn1.Marshal(pkix.RDNSequence{{{Type: mail, Value: "a@b"}}, {{Type: unit, Value: "2"}}, {{Type: unit, Value: "1"}, {Type: name, Value: "甲"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := SubjectText(der), "CN=甲; OU=2; OU=1; E=a@b"; got != want {
		t.Errorf("several of one kind: got %s, want %s", got, want)
	}
}

func FuzzSubjectText(f *testing.F) {
	f.Add([]byte{0x30, 0})
	f.Fuzz(func(t *testing.T, der []byte) {
		if got := SubjectText(der); !Readable(got) {
			t.Errorf("%x: %q", der, got)
		}
	})
}
