package book

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// OpenScan is a scan that was opened, with its kind as its first bytes tell it. What fails closes it.
func OpenScan(blob io.ReadCloser) (scan io.ReadCloser, contentType string, err error) {
	head := make([]byte, 512)
	n, err := io.ReadFull(blob, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, "", errors.Join(err, blob.Close())
	}
	return opened{io.MultiReader(bytes.NewReader(head[:n]), blob), blob}, http.DetectContentType(head[:n]), nil
}

// opened reads from one thing and closes another.
type opened struct {
	io.Reader
	io.Closer
}
