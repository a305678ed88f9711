package worker

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"slices"

	"keyhall/device/ukey"
)

type scriptedSession struct {
	d           *scriptedDriver
	name        string
	key         ukey.Identity
	initialized bool
	role        ukey.Role
}

func (s *scriptedSession) Initialized() bool { return s.initialized }

func (s *scriptedSession) Present() error {
	infos, err := s.d.list(func(string, ukey.Info) {})
	if err == nil {
		_, err = Find(infos, s.key)
	}
	return err
}

// look reads the key; change stores what do made of it, too. Either needs the role, 0 none.
func (s *scriptedSession) look(call string, role ukey.Role, do func(k *scriptedKey) error) error {
	if err := s.d.rack.play(call); err != nil {
		return err
	}
	k, err := s.d.rack.load(s.name)
	if err != nil {
		return err
	}
	if role != 0 && s.role != role {
		return ukey.ErrLogin
	}
	return do(k)
}

func (s *scriptedSession) change(call string, role ukey.Role, do func(k *scriptedKey) error) error {
	return s.look(call, role, func(k *scriptedKey) error {
		err := do(k)
		return cmp.Or(s.d.rack.save(s.name, k), err)
	})
}

func (s *scriptedSession) Info() (info ukey.Info, err error) {
	err = s.look("info", 0, func(k *scriptedKey) error { info = k.Info; return nil })
	return info, err
}

func (s *scriptedSession) Initialize(setup ukey.Setup) error {
	return s.change("initialize", 0, func(k *scriptedKey) error {
		if k.Initialized {
			return ukey.ErrNotBlank
		}
		k.Initialized, k.Label, k.Admin, s.initialized = true, setup.Label, bytes.Clone(setup.AdminPIN), true
		if setup.CustomerPIN == nil {
			return nil
		}
		return k.put(ukey.Customer, setup.CustomerPIN)
	})
}

func (s *scriptedSession) Login(role ukey.Role, pin []byte) error {
	s.role = 0
	return s.change("login", 0, func(k *scriptedKey) error {
		if err := k.try(role, pin); err != nil {
			return err
		}
		s.role = role
		return nil
	})
}

func (s *scriptedSession) Logout() { s.role = 0 }

// try counts a PIN.
func (k *scriptedKey) try(role ukey.Role, pin []byte) error {
	right, wrong := k.Customer, &k.CustomerWrong
	if role == ukey.Administrator {
		right, wrong = k.Admin, &k.AdminWrong
	}
	var err error
	switch {
	case right == nil:
		err = ukey.ErrPINUnset
	case *wrong >= scriptedTries:
		err = ukey.ErrPINLocked
	case !bytes.Equal(pin, right):
		*wrong++
		err = ukey.ErrPINWrong
	default:
		*wrong = 0
		return nil
	}
	return &ukey.PINError{Role: role, State: pinStateOf(right, *wrong), Left: max(0, scriptedTries-*wrong), Err: err}
}

// put sets a PIN.
func (k *scriptedKey) put(role ukey.Role, pin []byte) error {
	if len(pin) < k.MinPIN || len(pin) > k.MaxPIN {
		return &ukey.PINError{Role: role, Err: ukey.ErrPINLength}
	}
	if role == ukey.Administrator {
		k.Admin, k.AdminWrong = bytes.Clone(pin), 0
	} else {
		k.Customer, k.CustomerWrong, k.UserPINSet = bytes.Clone(pin), 0, true
	}
	return nil
}

func (s *scriptedSession) SetPIN(old, pin []byte) error {
	return s.change("setpin", 0, func(k *scriptedKey) error {
		if s.role == 0 {
			return ukey.ErrLogin
		}
		if err := k.try(s.role, old); err != nil {
			return err
		}
		return k.put(s.role, pin)
	})
}

func (s *scriptedSession) InitPIN(admin, pin []byte) error {
	return s.change("initpin", ukey.Administrator, func(k *scriptedKey) error {
		if err := k.try(ukey.Administrator, admin); err != nil { // as SKF_UnblockPIN does
			return err
		}
		return k.put(ukey.Customer, pin)
	})
}

func (s *scriptedSession) GenerateKey(asked ukey.Pair) (spki []byte, err error) {
	err = s.change("generate", ukey.Customer, func(k *scriptedKey) error {
		if k.Private[hex.EncodeToString(asked.ID)] != nil {
			return ukey.ErrExists
		}
		var pair crypto.Signer
		switch asked.Algorithm {
		case ukey.RSA2048:
			pair, err = rsa.GenerateKey(rand.Reader, 2048)
		case ukey.ECP256:
			pair, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		default:
			err = ukey.ErrUnsupported
		}
		if err != nil {
			return err
		}
		private, err := x509.MarshalPKCS8PrivateKey(pair)
		if err != nil {
			return err
		}
		spki, err = x509.MarshalPKIXPublicKey(pair.Public())
		k.Private[hex.EncodeToString(asked.ID)] = private
		k.Objects = append(k.Objects, ukey.Object{Kind: ukey.KindPublicKey, ID: asked.ID, Label: asked.Label, Usage: asked.Usage, Value: spki},
			ukey.Object{Kind: ukey.KindPrivateKey, ID: asked.ID, Label: asked.Label, Usage: asked.Usage})
		return err
	})
	return spki, err
}

func (s *scriptedSession) PublicKey(id []byte) (spki []byte, err error) {
	err = s.look("public", 0, func(k *scriptedKey) error {
		spki = k.value(ukey.KindPublicKey, id)
		if spki == nil {
			return ukey.ErrNotFound
		}
		return nil
	})
	return spki, err
}

func (k *scriptedKey) value(kind ukey.Kind, id []byte) []byte {
	for _, o := range k.Objects {
		if o.Kind == kind && bytes.Equal(o.ID, id) {
			return o.Value
		}
	}
	return nil
}

// with runs do with the private key.
func (s *scriptedSession) with(call string, id []byte, do func(private any) error) error {
	return s.look(call, ukey.Customer, func(k *scriptedKey) error {
		der := k.Private[hex.EncodeToString(id)]
		if der == nil {
			return ukey.ErrNotFound
		}
		private, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			return err
		}
		return do(private)
	})
}

func (s *scriptedSession) Sign(id []byte, way ukey.Signature, digest []byte) (signature []byte, err error) {
	hashes := map[ukey.Signature]crypto.Hash{
		ukey.RSASHA256: crypto.SHA256, ukey.RSASHA384: crypto.SHA384, ukey.ECDSASHA256: crypto.SHA256, ukey.ECDSASHA384: crypto.SHA384,
	}
	err = s.with("sign", id, func(private any) (err error) {
		signature, err = private.(crypto.Signer).Sign(rand.Reader, digest, hashes[way])
		return err
	})
	return signature, err
}

func (s *scriptedSession) Decrypt(id []byte, _ ukey.Decryption, ciphertext []byte) (plain []byte, err error) {
	err = s.with("decrypt", id, func(private any) (err error) {
		key, is := private.(crypto.Decrypter)
		if !is {
			return ukey.ErrUnsupported
		}
		plain, err = key.Decrypt(rand.Reader, ciphertext, nil)
		return err
	})
	return plain, err
}

func (s *scriptedSession) WriteCertificate(id []byte, label string, der []byte) error {
	return s.change("write", ukey.Customer, func(k *scriptedKey) error {
		switch there := k.value(ukey.KindCertificate, id); {
		case bytes.Equal(there, der):
			return nil
		case there != nil:
			return ukey.ErrExists
		}
		k.Objects = append(k.Objects, ukey.Object{Kind: ukey.KindCertificate, ID: id, Label: label, Value: der})
		return nil
	})
}

func (s *scriptedSession) Objects() (objects []ukey.Object, err error) {
	err = s.look("objects", 0, func(k *scriptedKey) error {
		for _, o := range k.Objects {
			if o.Kind != ukey.KindPrivateKey || s.role == ukey.Customer {
				objects = append(objects, o)
			}
		}
		return nil
	})
	return objects, err
}

func (s *scriptedSession) Delete(kind ukey.Kind, id []byte) error {
	return s.change("delete", ukey.Customer, func(k *scriptedKey) error {
		before := len(k.Objects)
		k.Objects = slices.DeleteFunc(k.Objects, func(o ukey.Object) bool { return o.Kind == kind && bytes.Equal(o.ID, id) })
		if len(k.Objects) == before {
			return ukey.ErrNotFound
		}
		if kind == ukey.KindPrivateKey {
			delete(k.Private, hex.EncodeToString(id))
		}
		return nil
	})
}

func (s *scriptedSession) Close() error { return nil }
