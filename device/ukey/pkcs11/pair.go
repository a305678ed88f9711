package pkcs11

import (
	"crypto/x509"
	"errors"
	"slices"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
)

// A generation that is cut off (key pulled, power lost) can leave half a pair: a public key alone, or a private key without
// its value. Half a pair counts as none.

// pair is what a key holds under an id, as its customer sees it.
type pair struct {
	private, public, certificates []p11.ObjectHandle

	whole   bool   // a private key has its value
	spki    []byte // nil: nothing shows the public half
	unknown bool   // the public half is of a kind that is not known to us
}

func (s *session) pair(id []byte) (p pair, err error) {
	if s.role != ukey.Customer {
		return p, ukey.ErrLogin
	}
	if p.private, err = s.findKind(ukey.KindPrivateKey, id); err != nil {
		return p, err
	}
	if p.public, err = s.findKind(ukey.KindPublicKey, id); err != nil {
		return p, err
	}
	if p.certificates, err = s.findKind(ukey.KindCertificate, id); err != nil {
		return p, err
	}
	for _, key := range p.private {
		has, err := s.hasValue(key)
		if err != nil {
			return p, err
		}
		p.whole = p.whole || has
	}
	err = s.readPublic(&p)
	if p.whole && p.spki == nil && !p.unknown {
		p.spki = s.made[string(id)]
	}
	return p, err
}

// makeRoom erases half a pair under this id. ErrExists for a whole one that fits; a bad one is erased, unless it has a
// certificate, and told in either case. A certificate under the id is left to whoever needs it.
func (s *session) makeRoom(asked ukey.Pair) error {
	p, err := s.pair(asked.ID)
	switch {
	case err != nil:
		return err
	case p.whole && p.spki == nil && !p.unknown:
		return &ukey.DeviceError{Call: "generate", Code: "a private key of this id is there, its public key is not shown"}
	case p.whole:
		err = s.fits(p.spki, asked, p.private...)
		var not *unfit
		if errors.As(err, &not) && not.bad && len(p.certificates) == 0 {
			return s.discard(not, append(p.private, p.public...)...)
		}
		if err == nil {
			err = ukey.ErrExists
		}
		return err
	case len(p.certificates) > 0:
		return ukey.ErrExists
	}
	return s.destroy(append(p.private, p.public...)...)
}

// PublicKey returns the public key with this id as SubjectPublicKeyInfo. ErrNotFound; for the customer also for half a
// pair, and ErrReadable.
func (s *session) PublicKey(id []byte) ([]byte, error) {
	p, err := s.visible(id)
	if err != nil {
		return nil, err
	}
	switch {
	case s.role == ukey.Customer && !p.whole:
		return nil, ukey.ErrNotFound
	case p.unknown:
		return nil, errUnknownKey
	case p.spki == nil:
		return nil, ukey.ErrNotFound
	}
	for _, key := range p.private {
		if err := s.staysInside(key); err != nil {
			return nil, err
		}
	}
	return p.spki, nil
}

// visible is the pair for whoever is logged in: without the customer nothing is known of private keys.
func (s *session) visible(id []byte) (p pair, err error) {
	if s.role == ukey.Customer {
		return s.pair(id)
	}
	if p.public, err = s.findKind(ukey.KindPublicKey, id); err != nil {
		return p, err
	}
	if p.certificates, err = s.findKind(ukey.KindCertificate, id); err != nil {
		return p, err
	}
	return p, s.readPublic(&p)
}

// readPublic reads the public key from wherever the token shows it: some have no public key object.
func (s *session) readPublic(p *pair) (err error) {
	p.spki, err = s.shown(slices.Concat(p.public, p.private)...)
	switch {
	case errors.Is(err, errUnknownKey):
		p.unknown = true
		return nil
	case !errors.Is(err, errEmpty) && !errors.Is(err, errUnshown):
		return err
	}
	for _, o := range p.certificates {
		der, _, err := s.attribute(o, p11.CKA_VALUE)
		if err != nil {
			return err
		}
		if c, err := x509.ParseCertificate(der); err == nil {
			p.spki = c.RawSubjectPublicKeyInfo
			return nil
		}
	}
	return nil
}

// hasValue tells whether a private key is whole.
func (s *session) hasValue(key p11.ObjectHandle) (bool, error) {
	kind, err := s.keyType(key)
	if err != nil {
		return false, err
	}
	parameters, way := uint(p11.CKA_MODULUS), ukey.RSASHA256
	if kind == p11.CKK_EC {
		parameters, way = p11.CKA_EC_PARAMS, ukey.ECDSASHA256
	}
	value, shown, err := s.attribute(key, parameters)
	if err != nil || shown {
		return len(value) > 0, err
	}
	// Some tokens do not show them: then only a signature tells.
	_, err = s.signWith(key, kind, way, make([]byte, schemes[way].digest))
	var device *ukey.DeviceError
	if errors.As(err, &device) && device.Code == codeName(p11.CKR_KEY_HANDLE_INVALID) {
		return false, nil
	}
	return err == nil, err
}
