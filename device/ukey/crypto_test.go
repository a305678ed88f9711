package ukey_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"testing"

	"keyhall/device/ukey"
)

// onePair is a Token of which only the pair is looked at.
type onePair struct {
	ukey.Token
	spki []byte
	ways []ukey.Signature
}

func (p *onePair) PublicKey(context.Context, []byte) ([]byte, error) { return p.spki, nil }

func (p *onePair) Sign(_ context.Context, _ []byte, way ukey.Signature, _ []byte) ([]byte, error) {
	p.ways = append(p.ways, way)
	return nil, nil
}

func TestSignerAsksForTheRightSignature(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		public crypto.PublicKey
		hash   crypto.Hash
		want   ukey.Signature
	}{
		{rsaKey.Public(), crypto.SHA256, ukey.RSA2048.Signature()},
		{rsaKey.Public(), crypto.SHA512, ukey.RSASHA512},
		{ecKey.Public(), crypto.SHA256, ukey.ECP256.Signature()},
		{ecKey.Public(), crypto.SHA384, ukey.ECDSASHA384},
		{rsaKey.Public(), crypto.SHA1, ""},
	} {
		spki, err := x509.MarshalPKIXPublicKey(tc.public)
		if err != nil {
			t.Fatal(err)
		}
		token := &onePair{spki: spki}
		signer, err := ukey.Signer(t.Context(), token, []byte("id"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = signer.Sign(nil, make([]byte, tc.hash.Size()), tc.hash)
		if tc.want == "" {
			if !errors.Is(err, ukey.ErrUnsupported) || len(token.ways) > 0 {
				t.Errorf("%v: got %v, want ErrUnsupported", tc.hash, err)
			}
		} else if err != nil || len(token.ways) != 1 || token.ways[0] != tc.want {
			t.Errorf("%v: got %v, %v, want %s", tc.hash, token.ways, err, tc.want)
		}
	}
	pss := &rsa.PSSOptions{Hash: crypto.SHA256}
	spki, _ := x509.MarshalPKIXPublicKey(rsaKey.Public())
	if signer, err := ukey.Signer(t.Context(), &onePair{spki: spki}, nil); err != nil {
		t.Error(err)
	} else if _, err := signer.Sign(nil, make([]byte, 32), pss); !errors.Is(err, ukey.ErrUnsupported) {
		t.Errorf("PSS: got %v, want ErrUnsupported", err)
	}
	if _, err := ukey.Signer(t.Context(), &onePair{spki: []byte("sm2")}, nil); err == nil {
		t.Error("a pair that crypto/x509 does not know became a signer")
	}
}

func TestUsagesHaveNames(t *testing.T) {
	t.Parallel()
	for usage, want := range map[ukey.Usage]string{
		0: "unknown", ukey.UsageSign: "sign", ukey.UsageEncrypt: "encrypt", ukey.UsageSign | ukey.UsageEncrypt: "sign, encrypt", 8: "Usage(8)",
	} {
		if got := usage.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := ukey.Algorithm("sm2").Signature(); got != "" {
		t.Errorf("signature of an algorithm that is not known: %q", got)
	}
}
