package pkcs11

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
)

// p256 is the DER of the curve's object identifier, 1.2.840.10045.3.1.7.
var p256 = []byte{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}

// GenerateKey makes a pair and returns its public key as SubjectPublicKeyInfo. A pair that must not be taken is erased at once;
// where reading it back is in trouble it stays, and is looked at again by the next call.
func (s *session) GenerateKey(id []byte, label string, alg ukey.Algorithm) ([]byte, error) {
	if s.role != ukey.Customer {
		return nil, ukey.ErrLogin
	}
	mechanism, extra, err := generation(alg)
	if err != nil {
		return nil, err
	}
	if err := s.makeRoom(id, alg); err != nil {
		return nil, err
	}
	public := append([]*p11.Attribute{
		p11.NewAttribute(p11.CKA_TOKEN, true),
		p11.NewAttribute(p11.CKA_VERIFY, true),
		p11.NewAttribute(p11.CKA_ID, id),
		p11.NewAttribute(p11.CKA_LABEL, label),
	}, extra...)
	private := []*p11.Attribute{
		p11.NewAttribute(p11.CKA_TOKEN, true),
		p11.NewAttribute(p11.CKA_PRIVATE, true),
		p11.NewAttribute(p11.CKA_SENSITIVE, true),
		p11.NewAttribute(p11.CKA_EXTRACTABLE, false),
		p11.NewAttribute(p11.CKA_SIGN, true),
		p11.NewAttribute(p11.CKA_ID, id),
		p11.NewAttribute(p11.CKA_LABEL, label),
	}
	o, key, err := s.m.ctx.GenerateKeyPair(s.handle, []*p11.Mechanism{p11.NewMechanism(mechanism, nil)}, public, private)
	if err != nil {
		return nil, translate("C_GenerateKeyPair", err)
	}
	spki, err := s.spki(o)
	if err == nil || errors.Is(err, errUnknownKey) {
		err = s.fits(spki, alg, key)
	}
	var not *unfit
	if errors.As(err, &not) { // nobody has seen this pair yet
		return nil, s.discard(not, key, o)
	}
	if err != nil {
		return nil, err
	}
	return spki, nil
}

func generation(alg ukey.Algorithm) (mechanism uint, public []*p11.Attribute, err error) {
	switch alg {
	case ukey.RSA2048:
		return p11.CKM_RSA_PKCS_KEY_PAIR_GEN, []*p11.Attribute{
			p11.NewAttribute(p11.CKA_MODULUS_BITS, 2048),
			p11.NewAttribute(p11.CKA_PUBLIC_EXPONENT, []byte{1, 0, 1}),
		}, nil
	case ukey.ECP256:
		return p11.CKM_EC_KEY_PAIR_GEN, []*p11.Attribute{p11.NewAttribute(p11.CKA_EC_PARAMS, p256)}, nil
	default:
		return 0, nil, fmt.Errorf("algorithm %q: %w", alg, ukey.ErrUnsupported)
	}
}

// errUnknownKey is a key of a kind that we do not know.
var errUnknownKey = fmt.Errorf("kind of key: %w", ukey.ErrUnsupported)

// spki reads the public key out of a public key object, or of a private one where it shows its public half. errEmpty,
// errUnshown, errUnknownKey.
func (s *session) spki(o p11.ObjectHandle) ([]byte, error) {
	kind, err := s.number(o, p11.CKA_KEY_TYPE)
	if err != nil {
		return nil, err
	}
	var public any
	switch kind {
	case p11.CKK_RSA:
		values, readErr := s.attributes(o, p11.CKA_MODULUS, p11.CKA_PUBLIC_EXPONENT)
		if readErr != nil {
			return nil, readErr
		}
		public, err = rsaPublic(values[0], values[1])
	case p11.CKK_EC:
		values, readErr := s.attributes(o, p11.CKA_EC_PARAMS, p11.CKA_EC_POINT)
		if readErr != nil {
			return nil, readErr
		}
		public, err = ecPublic(values[0], values[1])
	default:
		err = errUnknownKey
	}
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKIXPublicKey(public)
}

func rsaPublic(modulus, exponent []byte) (*rsa.PublicKey, error) {
	n, e := new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(exponent)
	if n.BitLen() < 1024 || e.BitLen() > 31 || e.Int64() < 3 {
		return nil, &ukey.DeviceError{Call: "C_GetAttributeValue", Code: "RSA public key out of range"}
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
}

// ecPublic reads CKA_EC_POINT, which the standard wants as an OCTET STRING and some tokens give bare.
func ecPublic(params, point []byte) (*ecdsa.PublicKey, error) {
	if string(params) != string(p256) {
		return nil, errUnknownKey
	}
	var inner []byte
	if rest, err := asn1.Unmarshal(point, &inner); err == nil && len(rest) == 0 {
		point = inner
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, &ukey.DeviceError{Call: "C_GetAttributeValue", Code: "EC point not on the curve"}
	}
	return public, nil
}
