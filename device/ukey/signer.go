package ukey

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"io"
)

// signer is a key pair on a token as a crypto.Signer. It keeps the context because crypto.Signer has none: it lives
// no longer than the call it was made for.
type signer struct {
	ctx    context.Context
	token  Token
	id     []byte
	public crypto.PublicKey
}

// Signer returns the pair with this id as a crypto.Signer, so that x509.CreateCertificateRequest can use it while ctx
// lasts. ErrNotFound; another error for a pair of a kind that crypto/x509 does not know.
func Signer(ctx context.Context, t Token, id []byte) (crypto.Signer, error) {
	spki, err := t.PublicKey(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("public key for signing: %w", err)
	}
	public, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil, fmt.Errorf("public key for signing: %w", err)
	}
	return &signer{ctx: ctx, token: t, id: id, public: public}, nil
}

func (s *signer) Public() crypto.PublicKey { return s.public }

// Sign signs with the key's own randomness; rand is not used.
func (s *signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	way, err := signatureOf(s.public, opts.HashFunc())
	if err != nil {
		return nil, err
	}
	if _, pss := opts.(*rsa.PSSOptions); pss {
		return nil, fmt.Errorf("RSA-PSS: %w", ErrUnsupported)
	}
	return s.token.Sign(s.ctx, s.id, way, digest)
}
