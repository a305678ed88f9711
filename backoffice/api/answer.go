package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"keyhall/backoffice/ra"
)

// maxAnswerBytes bounds what is read of one answer; the whole catalogue with its agreements is the largest.
const maxAnswerBytes = 32 << 20

// decode reads a JSON answer. Its bytes may hold PINs and tokens, so they are overwritten.
func decode(resp *http.Response, out any) error {
	if _, none := out.(*None); none {
		return nil
	}
	b, err := readAnswer(io.LimitReader(resp.Body, maxAnswerBytes), resp.ContentLength)
	defer clear(b)
	if err != nil {
		return ra.E(ra.CodeOfficeAway).Because(err)
	}
	if err := json.Unmarshal(b, out); err != nil {
		return ra.E(ra.CodeOfficeError).Because(fmt.Errorf("answer: %w", err))
	}
	return nil
}

// readAnswer is io.ReadAll for something whose length may be told, -1 for unknown: it leaves no copies behind as it grows.
func readAnswer(r io.Reader, length int64) ([]byte, error) {
	b := make([]byte, 0, min(max(length, 511), maxAnswerBytes)+1) // one more, to see the end
	for {
		if len(b) == cap(b) {
			grown := append(make([]byte, 0, 2*cap(b)), b...)
			clear(b)
			b = grown
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}
