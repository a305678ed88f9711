package local_test

import (
	"context"
	"math/big"
	"testing"

	"golang.org/x/crypto/ocsp"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ca/local"
)

// FuzzOCSP: whatever is asked gets an answer that OCSP clients can read, and only about this CA's certificates.
func FuzzOCSP(f *testing.F) {
	issuer, err := local.Found(f.Context(), local.Config{Dir: f.TempDir()})
	if err != nil {
		f.Fatal(err)
	}
	own := issuer.Certificate()
	request, err := ocsp.CreateRequest(own, own, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(request)
	f.Add(request[:len(request)/2])
	f.Add([]byte{})
	good := func(context.Context, *big.Int) (book.RevocationStatus, error) {
		return book.RevocationStatus{Known: true}, nil
	}
	f.Fuzz(func(t *testing.T, request []byte) {
		answer, err := issuer.OCSP(t.Context(), request, good, now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ocsp.ParseResponse(answer, own); err != nil {
			if _, refused := err.(ocsp.ResponseError); !refused {
				t.Errorf("got %x: %v", answer, err)
			}
		}
	})
}
