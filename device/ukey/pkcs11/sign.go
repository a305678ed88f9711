package pkcs11

import (
	"encoding/asn1"
	"fmt"
	"math/big"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
)

// scheme is how PKCS#11 makes a signature.
type scheme struct {
	key       uint // CKK_...
	mechanism uint
	prefix    []byte // DER that PKCS#1 v1.5 puts before a digest (RFC 8017, 9.2): CKM_RSA_PKCS leaves it to us
	digest    int    // bytes
}

var schemes = map[ukey.Signature]scheme{
	ukey.RSASHA256:   {p11.CKK_RSA, p11.CKM_RSA_PKCS, digestInfo(1, 32), 32},
	ukey.RSASHA384:   {p11.CKK_RSA, p11.CKM_RSA_PKCS, digestInfo(2, 48), 48},
	ukey.RSASHA512:   {p11.CKK_RSA, p11.CKM_RSA_PKCS, digestInfo(3, 64), 64},
	ukey.ECDSASHA256: {p11.CKK_EC, p11.CKM_ECDSA, nil, 32},
	ukey.ECDSASHA384: {p11.CKK_EC, p11.CKM_ECDSA, nil, 48},
	ukey.ECDSASHA512: {p11.CKK_EC, p11.CKM_ECDSA, nil, 64},
}

// digestInfo is the prefix of a hash whose object identifier is 2.16.840.1.101.3.4.2.last.
func digestInfo(last, size byte) []byte {
	return []byte{0x30, 17 + size, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last, 0x05, 0x00, 0x04, size}
}

// Sign signs with the customer's private key. ErrLogin, ErrNotFound, ErrReadable, ErrUnsupported.
func (s *session) Sign(id []byte, way ukey.Signature, digest []byte) ([]byte, error) {
	key, kind, err := s.usable(id)
	if err != nil {
		return nil, err
	}
	return s.signWith(key, kind, way, digest)
}

// usable is the customer's private key of this id, and of which type it is.
func (s *session) usable(id []byte) (key p11.ObjectHandle, kind uint, err error) {
	if s.role != ukey.Customer {
		return 0, 0, ukey.ErrLogin
	}
	keys, err := s.findKind(ukey.KindPrivateKey, id)
	if err != nil {
		return 0, 0, err
	}
	if len(keys) == 0 {
		return 0, 0, ukey.ErrNotFound
	}
	for _, key := range keys {
		if err := s.staysInside(key); err != nil {
			return 0, 0, err
		}
	}
	kind, err = s.keyType(keys[0])
	return keys[0], kind, err
}

func (s *session) signWith(key p11.ObjectHandle, kind uint, way ukey.Signature, digest []byte) ([]byte, error) {
	how, known := schemes[way]
	if !known || how.key != kind || len(digest) != how.digest {
		return nil, fmt.Errorf("%q over %d bytes by a key of type %#x: %w", way, len(digest), kind, ukey.ErrUnsupported)
	}
	raw, err := s.signRaw(how.mechanism, key, append(how.prefix[:len(how.prefix):len(how.prefix)], digest...))
	if err != nil || kind != p11.CKK_EC {
		return raw, err
	}
	return ecdsaASN1(raw)
}

func (s *session) signRaw(mechanism uint, key p11.ObjectHandle, data []byte) ([]byte, error) {
	if err := s.m.ctx.SignInit(s.handle, []*p11.Mechanism{p11.NewMechanism(mechanism, nil)}, key); err != nil {
		return nil, translate("C_SignInit", err)
	}
	signature, err := s.m.ctx.Sign(s.handle, data)
	return signature, translate("C_Sign", err)
}

// ecdsaASN1 turns PKCS#11's r‖s into the SEQUENCE that certificates carry.
func ecdsaASN1(raw []byte) ([]byte, error) {
	if len(raw) == 0 || len(raw)%2 != 0 {
		return nil, &ukey.DeviceError{Call: "C_Sign", Code: fmt.Sprintf("signature of %d bytes", len(raw))}
	}
	half := len(raw) / 2
	r, s := new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:])
	return asn1.Marshal(struct{ R, S *big.Int }{r, s})
}

// Decrypt decrypts with the customer's private key. ErrLogin, ErrNotFound, ErrReadable, ErrUnsupported.
func (s *session) Decrypt(id []byte, way ukey.Decryption, ciphertext []byte) ([]byte, error) {
	key, kind, err := s.usable(id)
	if err != nil {
		return nil, err
	}
	if way != ukey.RSAPKCS1 || kind != p11.CKK_RSA {
		return nil, fmt.Errorf("%q by a key of type %#x: %w", way, kind, ukey.ErrUnsupported)
	}
	if err := s.m.ctx.DecryptInit(s.handle, []*p11.Mechanism{p11.NewMechanism(p11.CKM_RSA_PKCS, nil)}, key); err != nil {
		return nil, translate("C_DecryptInit", err)
	}
	plain, err := s.m.ctx.Decrypt(s.handle, ciphertext)
	return plain, translate("C_Decrypt", err)
}
