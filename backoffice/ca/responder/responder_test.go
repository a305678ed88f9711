package responder_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ca/responder"
)

var now = time.Date(2026, 3, 1, 9, 0, 30, 0, time.UTC)

// authority is a CA that signs its answers itself.
func authority(t testing.TB) (*x509.Certificate, responder.Signer) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(9, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return ca, responder.Signer{Certificate: ca, Key: key}
}

// The parts of a request, as RFC 6960 has them.
type (
	outer struct {
		TBS       tbs
		Signature asn1.RawValue `asn1:"explicit,optional,tag:0"`
	}
	tbs struct {
		Version    int           `asn1:"explicit,tag:0,default:0,optional"`
		Requestor  asn1.RawValue `asn1:"explicit,optional,tag:1"`
		List       []single
		Extensions []pkix.Extension `asn1:"explicit,optional,tag:2"`
	}
	single struct {
		ID         asn1.RawValue
		Extensions []pkix.Extension `asn1:"explicit,optional,tag:0"`
	}
)

var oidNonce = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}

// id is the CertID of one of a CA's certificates.
func id(t testing.TB, ca *x509.Certificate, serial int64, hash crypto.Hash) asn1.RawValue {
	t.Helper()
	der, err := ocsp.CreateRequest(&x509.Certificate{SerialNumber: big.NewInt(serial)}, ca, &ocsp.RequestOptions{Hash: hash})
	if err != nil {
		t.Fatal(err)
	}
	var o outer
	if _, err := asn1.Unmarshal(der, &o); err != nil {
		t.Fatal(err)
	}
	return o.TBS.List[0].ID
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func nonce(t testing.TB, n int) pkix.Extension {
	t.Helper()
	return pkix.Extension{Id: oidNonce, Value: marshal(t, bytes.Repeat([]byte{7}, n))}
}

// known is what is known of the CA's certificates: 5 is good, 6 revoked, 7 on hold for no reason given.
func known() map[string]book.RevocationStatus {
	at := now.Add(-time.Hour)
	return map[string]book.RevocationStatus{"5": {}, "6": {RevokedAt: &at, Reason: 1}, "7": {RevokedAt: &at}}
}

func answer(t testing.TB, ca *x509.Certificate, by responder.Signer, request []byte) book.StatusAnswer {
	t.Helper()
	r, refusal := responder.Read(request, ca)
	if refusal != nil {
		t.Fatalf("refused: %x", refusal)
	}
	a, err := r.Answer(ca, by, known(), now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestRequests: what RFC 6960 and 9654 let clients ask is answered, else it is refused as they say.
func TestRequests(t *testing.T) {
	t.Parallel()
	ca, _ := authority(t)
	other, _ := authority(t)
	five := single{ID: id(t, ca, 5, crypto.SHA1)}
	with := func(e ...pkix.Extension) []byte {
		return marshal(t, outer{TBS: tbs{List: []single{five}, Extensions: e}})
	}
	plain := with()
	requestor := marshal(t, outer{TBS: tbs{Requestor: asn1.RawValue{Class: 2, Tag: 1, IsCompound: true, Bytes: []byte{0x82, 1, 'a'}}, List: []single{five}}})
	unknownHash := bytes.Replace(plain, []byte{6, 5, 0x2b, 14, 3, 2, 26}, []byte{6, 5, 0x2b, 14, 3, 2, 27}, 1)
	good, malformed, unauthorized := []byte(nil), ocsp.MalformedRequestErrorResponse, ocsp.UnauthorizedErrorResponse
	for name, c := range map[string]struct {
		request, want []byte
	}{
		"plain":                     {plain, good},
		"SHA-256":                   {marshal(t, outer{TBS: tbs{List: []single{{ID: id(t, ca, 5, crypto.SHA256)}}}}), good},
		"SHA-384":                   {marshal(t, outer{TBS: tbs{List: []single{{ID: id(t, ca, 5, crypto.SHA384)}}}}), good},
		"SHA-512":                   {marshal(t, outer{TBS: tbs{List: []single{{ID: id(t, ca, 5, crypto.SHA512)}}}}), good},
		"a name of the asker":       {requestor, good},
		"a signature":               {marshal(t, outer{TBS: tbs{List: []single{five}}, Signature: asn1.RawValue{Class: 2, Tag: 0, IsCompound: true, Bytes: []byte{0x30, 0}}}), good},
		"version 2":                 {marshal(t, outer{TBS: tbs{Version: 1, List: []single{five}}}), malformed},
		"nothing asked":             {marshal(t, outer{}), malformed},
		"empty":                     {nil, malformed},
		"half":                      {plain[:len(plain)/2], malformed},
		"something behind":          {append(bytes.Clone(plain), 0), malformed},
		"rubble":                    {[]byte("rubble"), malformed},
		"a nonce of 0":              {with(nonce(t, 0)), malformed},
		"a nonce of 1":              {with(nonce(t, 1)), good},
		"a nonce of 32":             {with(nonce(t, 32)), good},
		"a nonce of 128":            {with(nonce(t, 128)), good},
		"a nonce of 129":            {with(nonce(t, 129)), malformed},
		"two nonces":                {with(nonce(t, 8), nonce(t, 9)), malformed},
		"a nonce not wrapped":       {with(pkix.Extension{Id: oidNonce, Value: []byte{1, 2, 3}}), malformed},
		"a critical nonce":          {with(pkix.Extension{Id: oidNonce, Critical: true, Value: marshal(t, []byte{1})}), good},
		"a nonce of text":           {with(pkix.Extension{Id: oidNonce, Value: []byte{0x0c, 1, 'a'}}), malformed},
		"a nonce of two":            {with(pkix.Extension{Id: oidNonce, Value: []byte{4, 1, 1, 4, 1, 2}}), malformed},
		"an empty nonce":            {with(pkix.Extension{Id: oidNonce}), malformed},
		"a nonce for one":           {marshal(t, outer{TBS: tbs{List: []single{{five.ID, []pkix.Extension{nonce(t, 8)}}}}}), good},
		"a locator for one":         {marshal(t, outer{TBS: tbs{List: []single{{five.ID, []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 7}, Value: []byte{0x30, 0}}}}}}}), good},
		"no extensions":             {marshal(t, outer{TBS: tbs{List: []single{five}, Extensions: []pkix.Extension{}}}), good},
		"a serial number of 0":      {marshal(t, outer{TBS: tbs{List: []single{{ID: id(t, ca, 0, crypto.SHA1)}}}}), good},
		"a negative serial number":  {marshal(t, outer{TBS: tbs{List: []single{{ID: id(t, ca, -5, crypto.SHA1)}}}}), good},
		"the same twice":            {marshal(t, outer{TBS: tbs{List: []single{five, five}}}), good},
		"MD5":                       {bytes.Replace(plain, []byte{0x30, 9, 6, 5, 0x2b, 14, 3, 2, 26, 5, 0}, []byte{0x30, 9, 6, 5, 0x2b, 14, 3, 2, 3, 5, 0}, 1), unauthorized},
		"an answer":                 {ocsp.MalformedRequestErrorResponse, malformed},
		"a length without an end":   {[]byte{0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0}, malformed},
		"zeros":                     {make([]byte, 64), malformed},
		"another extension":         {with(pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: []byte{5, 0}}), good},
		"another critical one":      {with(pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}), malformed},
		"critical for one":          {marshal(t, outer{TBS: tbs{List: []single{{five.ID, []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2}, Critical: true}}}}}}), malformed},
		"the forms understood":      {with(pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 4}, Critical: true, Value: []byte{0x30, 0}}), good},
		"another CA":                {marshal(t, outer{TBS: tbs{List: []single{{ID: id(t, other, 5, crypto.SHA1)}}}}), unauthorized},
		"a hash that nobody knows":  {unknownHash, unauthorized},
		"another CA and this one":   {marshal(t, outer{TBS: tbs{List: []single{{ID: id(t, other, 5, crypto.SHA1)}, five}}}), good},
		"many, with one unreadable": {marshal(t, outer{TBS: tbs{List: []single{five, {ID: asn1.RawValue{Tag: 16, IsCompound: true}}}}}), malformed},
	} {
		if _, refusal := responder.Read(c.request, ca); !bytes.Equal(refusal, c.want) {
			t.Errorf("%s: refused with %x, want %x", name, refusal, c.want)
		}
	}
}

// TestAllSerialNumbers: each is answered, in one signed answer.
func TestAllSerialNumbers(t *testing.T) {
	t.Parallel()
	ca, by := authority(t)
	other, _ := authority(t)
	list := []single{{ID: id(t, other, 9, crypto.SHA1)}}
	for serial := range int64(4) {
		list = append(list, single{ID: id(t, ca, serial+5, crypto.SHA256)})
	}
	a := answer(t, ca, by, marshal(t, outer{TBS: tbs{List: list}}))
	for serial, want := range map[int64]int{5: ocsp.Good, 6: ocsp.Revoked, 7: ocsp.Revoked, 8: ocsp.Unknown, 9: ocsp.Unknown} {
		got, err := ocsp.ParseResponseForCert(a.DER, &x509.Certificate{SerialNumber: big.NewInt(serial)}, ca)
		if err != nil || got.Status != want {
			t.Errorf("%d: got %+v, %v, want %d", serial, got, err, want)
			continue
		}
		if is := known()[got.SerialNumber.Text(16)]; want == ocsp.Revoked && (!got.RevokedAt.Equal(*is.RevokedAt) || got.RevocationReason != is.Reason) {
			t.Errorf("%d: revoked %v for %d, want %+v", serial, got.RevokedAt, got.RevocationReason, is)
		}
	}
}

// TestTimes: an answer is good for a clock that is behind, the same for a minute, and over before its signer is.
func TestTimes(t *testing.T) {
	t.Parallel()
	ca, by := authority(t)
	plain, withNonce := marshal(t, outer{TBS: tbs{List: []single{{ID: id(t, ca, 5, crypto.SHA1)}}}}),
		marshal(t, outer{TBS: tbs{List: []single{{ID: id(t, ca, 5, crypto.SHA1)}}, Extensions: []pkix.Extension{nonce(t, 128)}}})
	a := answer(t, ca, by, plain)
	got, err := ocsp.ParseResponse(a.DER, ca)
	if err != nil || !got.ThisUpdate.Equal(a.ThisUpdate) || !got.NextUpdate.Equal(a.NextUpdate) || now.Sub(got.ThisUpdate) < time.Minute || !got.NextUpdate.After(now) {
		t.Errorf("got %+v, %v, at %v", got, err, now)
	}
	once := answer(t, ca, by, withNonce)
	if a.Once || !once.Once || !bytes.Contains(once.DER, nonce(t, 128).Value) || bytes.Contains(a.DER, marshal(t, oidNonce)) {
		t.Error("the nonce is not repeated, or where there was none")
	}
	by.Certificate = &x509.Certificate{Raw: ca.Raw, RawSubjectPublicKeyInfo: ca.RawSubjectPublicKeyInfo, NotAfter: now.Add(time.Minute)}
	if a := answer(t, ca, by, plain); !a.NextUpdate.Equal(by.Certificate.NotAfter) {
		t.Errorf("good until %v, its signer until %v", a.NextUpdate, by.Certificate.NotAfter)
	}
}

// FuzzRead: whatever is asked is refused as RFC 6960 has it, or gets an answer that clients can read.
func FuzzRead(f *testing.F) {
	ca, by := authority(f)
	one := single{ID: id(f, ca, 5, crypto.SHA1)}
	f.Add(marshal(f, outer{TBS: tbs{List: []single{one}, Extensions: []pkix.Extension{nonce(f, 32)}}}))
	f.Add(marshal(f, outer{TBS: tbs{List: []single{one, {ID: id(f, ca, 6, crypto.SHA256)}}}}))
	f.Fuzz(func(t *testing.T, request []byte) {
		r, refusal := responder.Read(request, ca)
		if refusal != nil {
			return
		}
		a, err := r.Answer(ca, by, known(), now)
		if err != nil {
			t.Fatal(err)
		}
		for _, serial := range r.SerialNumbers() {
			n, ok := new(big.Int).SetString(serial, 16)
			if _, err := ocsp.ParseResponseForCert(a.DER, &x509.Certificate{SerialNumber: n}, ca); err != nil || !ok {
				t.Errorf("%s: %x: %v", serial, a.DER, err)
			}
		}
	})
}
