package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
)

// CheckSignature checks RSA PKCS#1 v1.5 or ECDSA (ASN.1) over SHA-256 of the message.
func CheckSignature(key crypto.PublicKey, message, signature []byte) error {
	sum := sha256.Sum256(message)
	switch k := key.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], signature)
	case *ecdsa.PublicKey:
		if !ecdsa.VerifyASN1(k, sum[:], signature) {
			return errors.New("ecdsa: verification error")
		}
		return nil
	}
	return fmt.Errorf("key of type %T", key)
}
