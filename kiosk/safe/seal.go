package safe

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"regexp"
)

// magic is how every sealed file begins; a later format gets another.
const magic = "keyhall safe 1\n"

const sealedEnding = ".sealed"

var nameShape = regexp.MustCompile(`^[a-z]{1,32}$`)

func fileOf(name string) (string, error) {
	if !nameShape.MatchString(name) {
		return "", fmt.Errorf("safe: %q is no name of a secret", name)
	}
	return name + sealedEnding, nil
}

// seal encrypts with AES-256-GCM under a random nonce. The name is authenticated too, so that one secret's file cannot
// be put in another's place.
func seal(key []byte, name string, secret []byte) ([]byte, error) {
	gcm, err := gcmOf(key)
	if err != nil {
		return nil, err
	}
	return gcm.Seal([]byte(magic), nil, secret, []byte(magic+name)), nil
}

// unseal is for bytes from outside: ErrDamaged for everything that seal did not make of this key and name.
func unseal(key []byte, name string, sealed []byte) ([]byte, error) {
	body, ours := bytes.CutPrefix(sealed, []byte(magic))
	if !ours {
		return nil, fmt.Errorf("%w: %s", ErrDamaged, name)
	}
	gcm, err := gcmOf(key)
	if err != nil {
		return nil, fmt.Errorf("safe: %s: %w", name, err)
	}
	secret, err := gcm.Open(nil, nil, body, []byte(magic+name))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrDamaged, name)
	}
	return secret, nil
}

func gcmOf(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
