//go:build !cgo

package local

import (
	"context"
	"errors"
)

func openToken(context.Context, Token, string, bool) (signer, error) {
	return nil, errors.New("the CA's key is configured to be in a PKCS#11 token, but this program was built without cgo: " +
		"build it with CGO_ENABLED=1, or keep the key in a file")
}
