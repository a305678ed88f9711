package pkcs11

import (
	"crypto"
	"errors"
	"math"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
)

// A generation that is cut off (key pulled, power lost) can leave half a pair: one of the two keys, or a private key
// without its value. Half a pair counts as none.

// makeRoom erases half a pair under this id. ErrExists for a whole one, and for a private key with a certificate,
// which somebody needs whatever became of its public half.
func (s *session) makeRoom(id []byte) error {
	private, err := s.usable(id)
	if err != nil {
		return err
	}
	if private {
		public, err := s.publicKey(id)
		if err != nil && !errors.Is(err, ukey.ErrNotFound) {
			return err
		}
		certificates, err := s.findKind(ukey.KindCertificate, id)
		if err != nil {
			return err
		}
		if public != nil || len(certificates) > 0 {
			return ukey.ErrExists
		}
	}
	for _, kind := range []ukey.Kind{ukey.KindPublicKey, ukey.KindPrivateKey} {
		if err := s.delete(kind, id); err != nil && !errors.Is(err, ukey.ErrNotFound) {
			return err
		}
	}
	return nil
}

// publicKey returns the public key with this id as SubjectPublicKeyInfo. ErrNotFound; also for half a pair where
// that can be seen.
func (s *session) publicKey(id []byte) ([]byte, error) {
	if s.role == ukey.Customer {
		private, err := s.usable(id)
		if err != nil {
			return nil, err
		}
		if !private {
			return nil, ukey.ErrNotFound
		}
	}
	handles, err := s.findKind(ukey.KindPublicKey, id)
	if err != nil {
		return nil, err
	}
	for _, o := range handles {
		if spki, err := s.spki(o); !errors.Is(err, ukey.ErrDevice) {
			return spki, err
		}
	}
	return nil, ukey.ErrNotFound
}

// usable tells whether there is a whole private key with this id. ErrLogin.
func (s *session) usable(id []byte) (bool, error) {
	key, kind, err := s.privateKey(id)
	if errors.Is(err, ukey.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	parameters := uint(p11.CKA_MODULUS)
	if kind == p11.CKK_EC {
		parameters = p11.CKA_EC_PARAMS
	}
	if len(s.attribute(key, parameters)) > 0 {
		return true, nil
	}
	// Some tokens do not show them: then only a signature tells.
	_, err = s.sign(id, make([]byte, crypto.SHA256.Size()), crypto.SHA256)
	if errors.Is(err, ukey.ErrDevice) {
		return false, s.present()
	}
	return err == nil, err
}

// privateKey returns the private key with this id and its CKA_KEY_TYPE. ErrLogin, ErrNotFound.
func (s *session) privateKey(id []byte) (p11.ObjectHandle, uint, error) {
	if s.role != ukey.Customer {
		return 0, math.MaxUint, ukey.ErrLogin
	}
	handles, err := s.findKind(ukey.KindPrivateKey, id)
	if err != nil {
		return 0, math.MaxUint, err
	}
	if len(handles) == 0 {
		return 0, math.MaxUint, ukey.ErrNotFound
	}
	return handles[0], s.number(handles[0], p11.CKA_KEY_TYPE), nil
}
