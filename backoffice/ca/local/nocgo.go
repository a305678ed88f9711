//go:build !cgo

package local

import (
	"context"
	"errors"
)

// Tokens are tokens that several CAs share.
type Tokens struct{}

func (*Tokens) open(context.Context, Token, string, bool) (signer, error) {
	return nil, errors.New("the CA's key is configured to be in a PKCS#11 token, but this program was built without cgo: " +
		"start keyhall-backoffice-pkcs11 instead, or keep the key in a file")
}
