package conformance

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"time"

	"keyhall/device/ukey"
)

const label = "keyhall conformance"

// writing are the checks that make keys and certificates. Each takes away what it made.
func writing() []Check {
	return []Check{
		{Name: "makes an rsa-2048 pair and signs with it", Writes: true, run: pair(ukey.RSA2048),
			Needs: "CKM_RSA_PKCS_KEY_PAIR_GEN with CKA_SIGN true, CKA_DECRYPT false; CKM_RSA_PKCS to sign"},
		{Name: "makes an ec-p256 pair and signs with it", Writes: true, run: pair(ukey.ECP256),
			Needs: "CKM_EC_KEY_PAIR_GEN on P-256 by its object identifier; CKM_ECDSA to sign"},
		{Name: "makes no pair without a login", Writes: true, run: pairNoLogin,
			Needs: "C_GenerateKeyPair with CKA_PRIVATE refuses before C_Login"},
		{Name: "makes no second pair under the same id", Writes: true, run: pairTwice,
			Needs: "C_FindObjects finds the pair by CKA_ID, as it was given to C_GenerateKeyPair"},
		{Name: "the private key stays inside when it is looked at again", Writes: true, run: staysInside,
			Needs: "CKA_SENSITIVE true and CKA_EXTRACTABLE false are kept and told by C_GetAttributeValue"},
		{Name: "tells an algorithm it does not know", Writes: true, run: pairUnknown,
			Needs: "nothing of the key: the driver answers"},
		{Name: "tells a key, a certificate that is not there", Writes: true, run: missing,
			Needs: "C_FindObjects finds nothing under an unknown CKA_ID"},
		{Name: "keeps a certificate as it was written, once", Writes: true, run: certificate,
			Needs: "C_CreateObject of a CKO_CERTIFICATE; C_GetAttributeValue gives CKA_VALUE, CKA_ID, CKA_LABEL as they were given"},
		{Name: "keeps pair and certificate when it is opened again", Writes: true, run: reopen,
			Needs: "objects with CKA_TOKEN outlive the session"},
	}
}

// inside runs do with the customer logged in and an id of its own, and erases everything under that id afterwards.
func inside(ctx context.Context, s Subject, do func(t ukey.Token, id []byte) error) error {
	return with(ctx, s, func(t ukey.Token) error {
		if err := t.Login(ctx, ukey.Customer, s.CustomerPIN); err != nil {
			return err
		}
		id := make([]byte, 16)
		if _, err := rand.Read(id); err != nil {
			return err
		}
		return errors.Join(do(t, id), erase(ctx, t, id))
	})
}

// erase leaves nothing of this id, and tells when that cannot be done.
func erase(ctx context.Context, t ukey.Token, id []byte) error {
	for _, kind := range []ukey.Kind{ukey.KindCertificate, ukey.KindPrivateKey, ukey.KindPublicKey} {
		if err := t.Delete(ctx, kind, id); err != nil && !errors.Is(err, ukey.ErrNotFound) {
			return fmt.Errorf("delete %s: %w", kind, err)
		}
	}
	objects, err := t.Objects(ctx)
	for _, o := range objects {
		if bytes.Equal(o.ID, id) {
			return fmt.Errorf("%s is still there after its deletion", o.Kind)
		}
	}
	return err
}

// anyPair makes a pair of the quickest kind that the key knows.
func anyPair(ctx context.Context, t ukey.Token, id []byte) (spki []byte, err error) {
	p := ukey.Pair{ID: id, Label: label, Algorithm: ukey.ECP256}
	spki, err = t.GenerateKey(ctx, p)
	if errors.Is(err, ukey.ErrUnsupported) {
		p.Algorithm = ukey.RSA2048
		return t.GenerateKey(ctx, p)
	}
	return spki, err
}

func pair(alg ukey.Algorithm) func(ctx context.Context, s Subject) error {
	return func(ctx context.Context, s Subject) error {
		return inside(ctx, s, func(t ukey.Token, id []byte) error {
			spki, err := t.GenerateKey(ctx, ukey.Pair{ID: id, Label: label, Algorithm: alg})
			if err != nil {
				return fmt.Errorf("generate: %w", err)
			}
			again, err := t.PublicKey(ctx, id)
			if err != nil {
				return fmt.Errorf("public key: %w", err)
			}
			if !bytes.Equal(spki, again) {
				return errors.New("public key read back is another")
			}
			for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384} {
				if err := signs(ctx, t, id, spki, hash); err != nil {
					return err
				}
			}
			return request(ctx, t, id)
		})
	}
}

// signs makes a signature and verifies it.
func signs(ctx context.Context, t ukey.Token, id, spki []byte, hash crypto.Hash) error {
	h := hash.New()
	_, _ = h.Write([]byte(label))
	digest := h.Sum(nil)
	signer, err := ukey.Signer(ctx, t, id)
	if err != nil {
		return err
	}
	signature, err := signer.Sign(nil, digest, hash)
	if err != nil {
		return fmt.Errorf("sign %v: %w", hash, err)
	}
	public, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return err
	}
	ok := false
	switch public := public.(type) {
	case *rsa.PublicKey:
		ok = rsa.VerifyPKCS1v15(public, hash, digest, signature) == nil
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(public, digest, signature)
	}
	if !ok {
		return fmt.Errorf("signature over %v does not verify", hash)
	}
	return nil
}

// request makes a PKCS#10, as a certificate is asked for.
func request(ctx context.Context, t ukey.Token, id []byte) error {
	signer, err := ukey.Signer(ctx, t, id)
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader,
		&x509.CertificateRequest{Subject: pkix.Name{CommonName: label}}, signer)
	if err != nil {
		return fmt.Errorf("certificate request: %w", err)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return err
	}
	return csr.CheckSignature()
}

func pairNoLogin(ctx context.Context, s Subject) error {
	return with(ctx, s, func(t ukey.Token) error {
		_, err := anyPair(ctx, t, []byte("no login"))
		return want("generate", err, ukey.ErrLogin)
	})
}

func pairTwice(ctx context.Context, s Subject) error {
	return inside(ctx, s, func(t ukey.Token, id []byte) error {
		if _, err := anyPair(ctx, t, id); err != nil {
			return err
		}
		_, err := anyPair(ctx, t, id)
		return want("generate again", err, ukey.ErrExists)
	})
}

// staysInside looks at the pair from a new session: a driver tells here what its key does not report of it, too.
func staysInside(ctx context.Context, s Subject) error {
	return inside(ctx, s, func(t ukey.Token, id []byte) error {
		public, err := anyPair(ctx, t, id)
		if err != nil {
			return err
		}
		return with(ctx, s, func(again ukey.Token) error {
			if err := again.Login(ctx, ukey.Customer, s.CustomerPIN); err != nil {
				return err
			}
			if _, err := again.PublicKey(ctx, id); err != nil {
				return fmt.Errorf("public key: %w", err)
			}
			return signs(ctx, again, id, public, crypto.SHA256)
		})
	})
}

func pairUnknown(ctx context.Context, s Subject) error {
	return inside(ctx, s, func(t ukey.Token, id []byte) error {
		_, err := t.GenerateKey(ctx, ukey.Pair{ID: id, Label: label, Algorithm: "rsa-17"})
		return want("generate", err, ukey.ErrUnsupported)
	})
}

func missing(ctx context.Context, s Subject) error {
	return inside(ctx, s, func(t ukey.Token, id []byte) error {
		digest := sha256.Sum256(nil)
		_, public := t.PublicKey(ctx, id)
		_, sign := t.Sign(ctx, id, ukey.ECDSASHA256, digest[:])
		return errors.Join(
			want("public key", public, ukey.ErrNotFound),
			want("sign", sign, ukey.ErrNotFound),
			want("delete", t.Delete(ctx, ukey.KindCertificate, id), ukey.ErrNotFound),
		)
	})
}

func certificate(ctx context.Context, s Subject) error {
	return inside(ctx, s, func(t ukey.Token, id []byte) error {
		der, other, err := twoCertificates()
		if err != nil {
			return err
		}
		for range 2 {
			if err := t.WriteCertificate(ctx, id, label, der); err != nil {
				return fmt.Errorf("write: %w", err)
			}
		}
		if err := holds(ctx, t, id, der); err != nil {
			return err
		}
		return want("write another", t.WriteCertificate(ctx, id, label, other), ukey.ErrExists)
	})
}

// holds wants this certificate exactly once.
func holds(ctx context.Context, t ukey.Token, id, der []byte) error {
	certificates, err := t.Certificates(ctx)
	if err != nil {
		return err
	}
	found := 0
	for _, c := range certificates {
		if bytes.Equal(c.ID, id) && bytes.Equal(c.Value, der) && c.Label == label {
			found++
		}
	}
	if found != 1 {
		return fmt.Errorf("certificate is there %d times, want once", found)
	}
	return nil
}

func reopen(ctx context.Context, s Subject) error {
	return inside(ctx, s, func(t ukey.Token, id []byte) error {
		der, _, err := twoCertificates()
		if err != nil {
			return err
		}
		public, err := anyPair(ctx, t, id)
		if err != nil {
			return err
		}
		if err := t.WriteCertificate(ctx, id, label, der); err != nil {
			return err
		}
		return with(ctx, s, func(again ukey.Token) error {
			if err := again.Login(ctx, ukey.Customer, s.CustomerPIN); err != nil {
				return err
			}
			if err := holds(ctx, again, id, der); err != nil {
				return err
			}
			return signs(ctx, again, id, public, crypto.SHA256)
		})
	})
}

// twoCertificates makes two different certificates of a throw-away authority.
func twoCertificates() (one, two []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	var made [2][]byte
	for i := range made {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(i + 1)),
			Subject:      pkix.Name{CommonName: label},
			NotBefore:    time.Unix(0, 0), NotAfter: time.Unix(1, 0),
		}
		if made[i], err = x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key); err != nil {
			return nil, nil, err
		}
	}
	return made[0], made[1], nil
}
