package pkcs11

import (
	"cmp"
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
func (s *session) GenerateKey(asked ukey.Pair) ([]byte, error) {
	if s.role != ukey.Customer {
		return nil, ukey.ErrLogin
	}
	mechanism, public, private, err := templates(asked)
	if err != nil {
		return nil, err
	}
	if err := s.makeRoom(asked); err != nil {
		return nil, err
	}
	o, key, err := s.m.ctx.GenerateKeyPair(s.handle, []*p11.Mechanism{p11.NewMechanism(mechanism, nil)}, public, private)
	if err != nil {
		return nil, translate("C_GenerateKeyPair", err)
	}
	spki, err := s.shown(o, key)
	s.made[string(asked.ID)] = spki
	if err == nil || errors.Is(err, errUnknownKey) {
		err = s.fits(spki, asked, key)
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

// templates are what C_GenerateKeyPair is asked for. ErrUnsupported.
func templates(asked ukey.Pair) (mechanism uint, public, private []*p11.Attribute, err error) {
	public = []*p11.Attribute{
		p11.NewAttribute(p11.CKA_TOKEN, true),
		p11.NewAttribute(p11.CKA_ID, asked.ID),
		p11.NewAttribute(p11.CKA_LABEL, asked.Label),
	}
	private = []*p11.Attribute{
		p11.NewAttribute(p11.CKA_TOKEN, true),
		p11.NewAttribute(p11.CKA_PRIVATE, true),
		p11.NewAttribute(p11.CKA_SENSITIVE, true),
		p11.NewAttribute(p11.CKA_EXTRACTABLE, false),
		p11.NewAttribute(p11.CKA_ID, asked.ID),
		p11.NewAttribute(p11.CKA_LABEL, asked.Label),
	}
	for _, u := range purposes(asked) {
		public = append(public, p11.NewAttribute(u.public, u.want))
		private = append(private, p11.NewAttribute(u.private, u.want))
	}
	switch {
	case asked.Algorithm == ukey.RSA2048:
		return p11.CKM_RSA_PKCS_KEY_PAIR_GEN, append(public,
			p11.NewAttribute(p11.CKA_MODULUS_BITS, 2048),
			p11.NewAttribute(p11.CKA_PUBLIC_EXPONENT, []byte{1, 0, 1})), private, nil
	case asked.Algorithm == ukey.ECP256 && asked.Usage&ukey.UsageEncrypt == 0:
		return p11.CKM_EC_KEY_PAIR_GEN, append(public, p11.NewAttribute(p11.CKA_EC_PARAMS, p256)), private, nil
	}
	return 0, nil, nil, fmt.Errorf("algorithm %q to %s: %w", asked.Algorithm, asked.Usage, ukey.ErrUnsupported)
}

// purpose is one thing that a pair is to be for, or not to be for, as both of its halves say it.
type purpose struct {
	private, public uint
	name            string // of the private one
	want            bool
}

// purposes are said at generation, also the unwanted one: what is not said is the module's choice. EC keys do not decrypt, and some
// modules will not hear of it.
func purposes(asked ukey.Pair) []purpose {
	usage := cmp.Or(asked.Usage, ukey.UsageSign)
	all := []purpose{{p11.CKA_SIGN, p11.CKA_VERIFY, "CKA_SIGN", usage&ukey.UsageSign != 0}}
	if asked.Algorithm == ukey.RSA2048 {
		all = append(all, purpose{p11.CKA_DECRYPT, p11.CKA_ENCRYPT, "CKA_DECRYPT", usage&ukey.UsageEncrypt != 0})
	}
	return all
}

// errUnknownKey is a key of a kind that we do not know.
var errUnknownKey = fmt.Errorf("kind of key: %w", ukey.ErrUnsupported)

// spki reads the public key out of a public key object, or of a private one where it shows its public half. errEmpty,
// errUnshown, errUnknownKey.
func (s *session) spki(o p11.ObjectHandle) ([]byte, error) {
	kind, err := s.keyType(o)
	if err != nil {
		return nil, err
	}
	parts := map[uint][]uint{p11.CKK_RSA: {p11.CKA_MODULUS, p11.CKA_PUBLIC_EXPONENT}, p11.CKK_EC: {p11.CKA_EC_PARAMS, p11.CKA_EC_POINT}}
	if parts[kind] == nil {
		return nil, errUnknownKey
	}
	values, err := s.attributes(o, parts[kind]...)
	if errors.Is(err, errUnshown) {
		return s.publicKeyInfo(o)
	}
	if err != nil {
		return nil, err
	}
	var public any
	if kind == p11.CKK_RSA {
		public, err = rsaPublic(values[0], values[1])
	} else {
		public, err = ecPublic(values[0], values[1])
	}
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKIXPublicKey(public)
}

// shown is the public key as the first of these objects tells it that shows it. errEmpty, errUnshown, errUnknownKey.
func (s *session) shown(objects ...p11.ObjectHandle) (spki []byte, err error) {
	err = errUnshown
	for _, o := range objects {
		spki, err = s.spki(o)
		if !errors.Is(err, errEmpty) && !errors.Is(err, errUnshown) {
			return spki, err
		}
	}
	return nil, err
}

// keyType is CKA_KEY_TYPE; where a token does not show it, what the key has says which it is.
func (s *session) keyType(o p11.ObjectHandle) (uint, error) {
	_, shown, err := s.attribute(o, p11.CKA_KEY_TYPE)
	if err != nil || shown {
		return s.number(o, p11.CKA_KEY_TYPE)
	}
	for kind, attribute := range map[uint]uint{p11.CKK_RSA: p11.CKA_MODULUS, p11.CKK_EC: p11.CKA_EC_PARAMS} {
		if _, shown, err := s.attribute(o, attribute); err != nil || shown {
			return kind, err
		}
	}
	return s.number(o, p11.CKA_KEY_TYPE)
}

// publicKeyInfo is where newer modules show the public half of a private key, of which an EC key has no other attribute.
func (s *session) publicKeyInfo(o p11.ObjectHandle) ([]byte, error) {
	values, err := s.attributes(o, p11.CKA_PUBLIC_KEY_INFO)
	if errors.Is(err, errEmpty) {
		err = errUnshown
	}
	if err != nil {
		return nil, err
	}
	if algorithmOf(values[0]) == "" {
		return nil, errUnknownKey
	}
	return values[0], nil
}

func rsaPublic(modulus, exponent []byte) (*rsa.PublicKey, error) {
	n, e := new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(exponent)
	if n.BitLen() < 1024 || e.BitLen() > 31 || e.Int64() < 3 {
		return nil, &ukey.DeviceError{Call: "C_GetAttributeValue", Code: "RSA public key out of range"}
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
}

// bare takes CKA_EC_POINT out of what it may be wrapped in: the standard wants an OCTET STRING, some tokens give a BIT STRING
// and some the point itself, whose first bytes may look like the beginning of the first.
func bare(point []byte) []byte {
	var octets []byte
	var bits asn1.BitString
	switch {
	case len(point) == 65 && point[0] == 4:
	case complete(asn1.Unmarshal(point, &octets)):
		return octets
	case complete(asn1.Unmarshal(point, &bits)):
		return bits.Bytes
	}
	return point
}

func complete(rest []byte, err error) bool { return err == nil && len(rest) == 0 }

// ecPublic reads the point of a curve of ours.
func ecPublic(params, point []byte) (*ecdsa.PublicKey, error) {
	if string(params) != string(p256) {
		return nil, errUnknownKey
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), bare(point))
	if err != nil {
		return nil, &ukey.DeviceError{Call: "C_GetAttributeValue", Code: "EC point not on the curve"}
	}
	return public, nil
}
