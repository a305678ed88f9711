package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"

	"keyhall/backoffice/ra"
)

// ReadPublicKey reads the one public key of a file, PEM or DER: a certificate's, whoever made it and however long it lasts, or one by
// itself (PKIX). It is checked as every key is. Field "file": CodeKeyFile where there is none, or several; CodeKeyFilePrivate for a private key, which its
// owner is to throw away; CodeKeyFileKind; CodeKeyWeak (args: why).
func ReadPublicKey(file []byte) (Key, error) {
	der, kind, err := oneBlock(file)
	if err != nil {
		return Key{}, err
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if certificate, broken := x509.ParseCertificate(der); broken == nil {
		public, err = certificate.PublicKey, nil
	} else if err != nil {
		return Key{}, ra.E(ra.CodeKeyFile).At("file").Because(fmt.Errorf("%s: %w", kind, err))
	}
	k, err := KeyOf(public)
	if err != nil {
		return k, ra.E(ra.CodeKeyFileKind).At("file").Because(err)
	}
	if err := k.Check(); err != nil {
		return k, ra.FieldError("file", err)
	}
	return k, nil
}

// oneBlock is what the only block of a PEM file has, or the file itself where it is none.
func oneBlock(file []byte) (der []byte, kind string, err error) {
	block, rest := pem.Decode(file)
	switch {
	case block == nil && bytes.Contains(file, []byte("PRIVATE KEY")):
		return nil, "", ra.E(ra.CodeKeyFilePrivate).At("file")
	case block == nil:
		return file, "DER", nil
	}
	for next, more := pem.Decode(rest); next != nil; next, more = pem.Decode(more) {
		if strings.HasSuffix(next.Type, "PRIVATE KEY") {
			return nil, "", ra.E(ra.CodeKeyFilePrivate).At("file")
		}
		err = ra.E(ra.CodeKeyFile).At("file").Because(fmt.Errorf("%s and %s", block.Type, next.Type))
	}
	if strings.HasSuffix(block.Type, "PRIVATE KEY") {
		return nil, "", ra.E(ra.CodeKeyFilePrivate).At("file")
	}
	return block.Bytes, block.Type, err
}

// PKIX is the public key as it is kept: DER.
func (k Key) PKIX() ([]byte, error) { return x509.MarshalPKIXPublicKey(k.Public) }
