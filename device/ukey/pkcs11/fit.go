package pkcs11

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"slices"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
)

// unfit is a pair that was looked at and must not be taken for the one that was asked for.
type unfit struct {
	why  string
	kind error // ukey.ErrReadable, ukey.ErrUnsupported
	bad  bool  // for sure, and for everybody: it is erased where it is met
}

func (e *unfit) Error() string { return e.why + ": " + e.kind.Error() }
func (e *unfit) Unwrap() error { return e.kind }

// fits judges a pair that was made here: *unfit for one of another kind or use than was asked for, and for private keys that
// can be or could be read out.
func (s *session) fits(spki []byte, asked ukey.Pair, private ...p11.ObjectHandle) error {
	if made := algorithmOf(spki); made != asked.Algorithm {
		return &unfit{why: fmt.Sprintf("pair is of %q, want %q", made, asked.Algorithm), kind: ukey.ErrUnsupported, bad: made == ""}
	}
	for _, key := range private {
		if err := s.staysInside(key); err != nil {
			return err
		}
		if err := s.stayedInside(key); err != nil {
			return err
		}
		if err := s.serves(key, asked); err != nil {
			return err
		}
	}
	return nil
}

// algorithmOf returns "" for a key that no algorithm of ours makes.
func algorithmOf(spki []byte) ukey.Algorithm {
	public, _ := x509.ParsePKIXPublicKey(spki) // of a kind that is not known: none of ours
	switch k := public.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() == 2048 && k.E == 65537 {
			return ukey.RSA2048
		}
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return ukey.ECP256
		}
	}
	return ""
}

// staysInside refuses a private key that the token would give away, or, unless that is allowed, does not tell of. *unfit.
func (s *session) staysInside(key p11.ObjectHandle) error {
	for _, a := range []struct {
		kind uint
		name string
		want bool
	}{
		{p11.CKA_SENSITIVE, "CKA_SENSITIVE", true},
		{p11.CKA_EXTRACTABLE, "CKA_EXTRACTABLE", false},
	} {
		set, known, err := s.flag(key, a.kind)
		switch {
		case err != nil:
			return err
		case !known && !s.mayBeUnknown():
			return &unfit{why: a.name + " is not reported", kind: ukey.ErrReadable}
		case known && set != a.want:
			return &unfit{why: fmt.Sprintf("%s is %v", a.name, set), kind: ukey.ErrReadable, bad: true}
		}
	}
	return nil
}

// mayBeUnknown: somebody asked the maker of this model, and the answer was good.
func (s *session) mayBeUnknown() bool {
	return slices.Contains(s.m.AllowUnknown, s.key.Model) || slices.Contains(s.m.AllowUnknown, AnyModel)
}

// stayedInside refuses a private key that says that it could be read out once, was made elsewhere, or is of use without a PIN, though it
// was made on the token for its customer. *unfit.
func (s *session) stayedInside(key p11.ObjectHandle) error {
	for _, a := range []struct {
		kind uint
		name string
	}{
		{p11.CKA_ALWAYS_SENSITIVE, "CKA_ALWAYS_SENSITIVE"},
		{p11.CKA_NEVER_EXTRACTABLE, "CKA_NEVER_EXTRACTABLE"},
		{p11.CKA_LOCAL, "CKA_LOCAL"},
		{p11.CKA_PRIVATE, "CKA_PRIVATE"},
	} {
		set, known, err := s.flag(key, a.kind)
		if err != nil {
			return err
		}
		if known && !set {
			return &unfit{why: a.name + " is false", kind: ukey.ErrReadable, bad: true}
		}
	}
	return nil
}

// serves refuses a private key that says of itself another use than was asked for: in a certificate it would lie. *unfit.
func (s *session) serves(key p11.ObjectHandle, asked ukey.Pair) error {
	for _, u := range purposes(asked) {
		set, known, err := s.flag(key, u.private)
		if err != nil {
			return err
		}
		if known && set != u.want {
			return &unfit{why: fmt.Sprintf("%s is %v, want %v", u.name, set, u.want), kind: ukey.ErrUnsupported, bad: true}
		}
	}
	return nil
}

// discard erases what is unfit, and tells when that cannot be done.
func (s *session) discard(why *unfit, handles ...p11.ObjectHandle) error {
	if err := s.destroy(handles...); err != nil {
		return fmt.Errorf("%w, and it could not be erased: %v", why, err)
	}
	return why
}
