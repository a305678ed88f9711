package local

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"keyhall/backoffice/disk"
)

// fileKey is a key from a file. It signs deterministically, so that signing again gives the same bytes.
type fileKey struct{ crypto.Signer }

// Sign ignores rand: ECDSA without it is RFC 6979, and RSA PKCS#1 v1.5 needs none.
func (k fileKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.Signer.Sign(nil, digest, opts)
}

// Close does nothing.
func (fileKey) Close() error { return nil }

func openFile(path, algorithm string, mayCreate bool) (signer, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && mayCreate {
		return createFile(path, algorithm)
	}
	if err != nil {
		return nil, fmt.Errorf("CA key: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("CA key: %s is open to others (%v), want 0600", path, info.Mode().Perm())
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, fmt.Errorf("CA key: %s holds no PKCS#8 key", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("CA key: %w", err)
	}
	s, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("CA key: a %T cannot sign", key)
	}
	return fileKey{s}, nil
}

func createFile(path, algorithm string) (signer, error) {
	var key crypto.Signer
	var err error
	if algorithm == RSA3072 {
		key, err = rsa.GenerateKey(rand.Reader, 3072)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		return nil, fmt.Errorf("CA key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("CA key: %w", err)
	}
	if err := disk.WriteNew(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		return nil, fmt.Errorf("CA key: %w", err)
	}
	return fileKey{key}, nil
}
