package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
)

var ecRequests = []x509.SignatureAlgorithm{x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512}

type ecKey struct{ *ecdsa.PublicKey }

// takeEC takes keys of one curve.
func takeEC(curve elliptic.Curve) func(crypto.PublicKey) material {
	return func(public crypto.PublicKey) material {
		if k, is := public.(*ecdsa.PublicKey); is && k.Curve == curve {
			return ecKey{k}
		}
		return nil
	}
}

func (k ecKey) weak() string {
	if _, err := k.ECDH(); err != nil {
		return WeakPoint
	}
	return ""
}

func (k ecKey) identity() ([]byte, error) {
	point, err := k.Bytes() // SEC 1, 2.3.3: 04, x, y
	if err != nil {
		return nil, fmt.Errorf("EC key: %w", err)
	}
	return append([]byte("ec\x00"+k.Curve.Params().Name+"\x00"), point[1:1+len(point)/2]...), nil
}

func (k ecKey) verify(message, signature []byte) error {
	if sum := sha256.Sum256(message); !ecdsa.VerifyASN1(k.PublicKey, sum[:], signature) {
		return errors.New("ecdsa: verification error")
	}
	return nil
}
