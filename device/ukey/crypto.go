package ukey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"fmt"
)

// Algorithm names a kind of key pair.
type Algorithm string

// The key pairs that the product issues certificates for.
const (
	RSA2048 Algorithm = "rsa-2048"
	ECP256  Algorithm = "ec-p256"
)

// Signature returns the way in which such a pair signs a SHA-256 digest; "" for a kind that is not known.
func (a Algorithm) Signature() Signature {
	switch a {
	case RSA2048:
		return RSASHA256
	case ECP256:
		return ECDSASHA256
	}
	return ""
}

// Usage is what a pair is for: a set. Of a key pair whose usage nobody told it is 0.
type Usage uint

// The usages. A pair for encryption decrypts on the key what was encrypted with its public half.
const (
	UsageSign Usage = 1 << iota
	UsageEncrypt
)

// String gives stable English words, for logs and tables.
func (u Usage) String() string {
	switch u {
	case 0:
		return "unknown"
	case UsageSign:
		return "sign"
	case UsageEncrypt:
		return "encrypt"
	case UsageSign | UsageEncrypt:
		return "sign, encrypt"
	}
	return fmt.Sprintf("Usage(%d)", uint(u))
}

// Signature names a way to sign a digest: the kind of pair, what is done with the digest, and how that was made.
type Signature string

// The signatures that X.509 knows of our pairs. RSA's are PKCS#1 v1.5; EC's come out as ASN.1.
const (
	RSASHA256   Signature = "rsa-sha256"
	RSASHA384   Signature = "rsa-sha384"
	RSASHA512   Signature = "rsa-sha512"
	ECDSASHA256 Signature = "ecdsa-sha256"
	ECDSASHA384 Signature = "ecdsa-sha384"
	ECDSASHA512 Signature = "ecdsa-sha512"
)

// signatureOf is the way that Go's crypto.Signer asks for. ErrUnsupported.
func signatureOf(public crypto.PublicKey, hash crypto.Hash) (Signature, error) {
	ways := map[crypto.Hash]Signature{}
	switch public.(type) {
	case *rsa.PublicKey:
		ways = map[crypto.Hash]Signature{crypto.SHA256: RSASHA256, crypto.SHA384: RSASHA384, crypto.SHA512: RSASHA512}
	case *ecdsa.PublicKey:
		ways = map[crypto.Hash]Signature{crypto.SHA256: ECDSASHA256, crypto.SHA384: ECDSASHA384, crypto.SHA512: ECDSASHA512}
	}
	if way, known := ways[hash]; known {
		return way, nil
	}
	return "", fmt.Errorf("signature of %T over %v: %w", public, hash, ErrUnsupported)
}

// Decryption names a way to decrypt.
type Decryption string

// RSAPKCS1 is what mail uses with RSA pairs.
const RSAPKCS1 Decryption = "rsa-pkcs1" // v1.5
