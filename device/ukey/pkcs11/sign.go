package pkcs11

import (
	"crypto"
	"encoding/asn1"
	"fmt"
	"math/big"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
)

// digestInfo are the DER beginnings that PKCS#1 v1.5 puts before a digest (RFC 8017, 9.2): CKM_RSA_PKCS leaves them to us.
var digestInfo = map[crypto.Hash][]byte{
	crypto.SHA1:   {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14},
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	crypto.SHA384: {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	crypto.SHA512: {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
}

// Sign signs with the customer's private key. ErrLogin, ErrNotFound, ErrReadable, ErrUnsupported.
func (s *session) Sign(id, digest []byte, hash crypto.Hash) ([]byte, error) {
	if s.role != ukey.Customer {
		return nil, ukey.ErrLogin
	}
	keys, err := s.findKind(ukey.KindPrivateKey, id)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, ukey.ErrNotFound
	}
	for _, key := range keys {
		if err := s.staysInside(key); err != nil {
			return nil, err
		}
	}
	kind, err := s.number(keys[0], p11.CKA_KEY_TYPE)
	if err != nil {
		return nil, err
	}
	return s.signWith(keys[0], kind, digest, hash)
}

func (s *session) signWith(key p11.ObjectHandle, kind uint, digest []byte, hash crypto.Hash) ([]byte, error) {
	prefix, ok := digestInfo[hash]
	if !ok || len(digest) != hash.Size() {
		return nil, fmt.Errorf("digest of %d bytes for hash %d: %w", len(digest), hash, ukey.ErrUnsupported)
	}
	switch kind {
	case p11.CKK_RSA:
		return s.signRaw(p11.CKM_RSA_PKCS, key, append(append([]byte{}, prefix...), digest...))
	case p11.CKK_EC:
		raw, err := s.signRaw(p11.CKM_ECDSA, key, digest)
		if err != nil {
			return nil, err
		}
		return ecdsaASN1(raw)
	default:
		return nil, fmt.Errorf("key type %#x: %w", kind, ukey.ErrUnsupported)
	}
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
