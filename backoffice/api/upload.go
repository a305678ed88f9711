package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"keyhall/backoffice/ra"
)

const (
	tusVersion = "1.0.0"
	// uploadTries bounds how often one call goes on after a broken connection; a later call goes on from there too.
	uploadTries = 3
)

// Upload is Line's. An upload that was broken off goes on where it stopped, in the same call or in a later one.
func (c *Client) Upload(ctx context.Context, sha256 string, data []byte) error {
	var err error
	for range uploadTries {
		// Asked before each try: the answer to the last piece may be what was lost.
		var stored bool
		if stored, err = c.Stored(ctx, sha256); err == nil && !stored {
			err = c.resume(ctx, sha256, data)
		}
		if err == nil || ctx.Err() != nil || !again(err) {
			return err
		}
	}
	return err
}

// resume is the tus protocol: where did we stop (HEAD), else begin (POST), then the rest (PATCH).
func (c *Client) resume(ctx context.Context, sha256 string, data []byte) error {
	offset, err := c.uploadOffset(ctx, sha256)
	if statusOf(err) == http.StatusNotFound {
		offset, err = 0, c.beginUpload(ctx, sha256, len(data))
	}
	if err != nil {
		return err
	}
	if offset > int64(len(data)) {
		return ra.E(ra.CodeScanDamaged).Because(fmt.Errorf("back office has %d bytes of %d", offset, len(data)))
	}
	if offset == int64(len(data)) {
		return nil
	}
	_, err = c.tus(ctx, http.MethodPatch, PathUploads+sha256, data[offset:], map[string]string{
		"Content-Type": "application/offset+octet-stream", "Upload-Offset": strconv.FormatInt(offset, 10)})
	return err
}

func (c *Client) uploadOffset(ctx context.Context, sha256 string) (int64, error) {
	header, err := c.tus(ctx, http.MethodHead, PathUploads+sha256, nil, nil)
	if err != nil {
		return 0, err
	}
	offset, err := strconv.ParseInt(header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset < 0 {
		return 0, ra.E(ra.CodeOfficeError).Because(fmt.Errorf("upload offset %q", header.Get("Upload-Offset")))
	}
	return offset, nil
}

func (c *Client) beginUpload(ctx context.Context, sha256 string, size int) error {
	_, err := c.tus(ctx, http.MethodPost, PathUploads, nil, map[string]string{
		"Upload-Length":   strconv.Itoa(size),
		"Upload-Metadata": "sha256 " + base64.StdEncoding.EncodeToString([]byte(sha256))})
	return err
}

// slowest line that an upload still gets through on, bytes per second.
const slowest = 8 << 10

func (c *Client) tus(ctx context.Context, method, path string, data []byte, header map[string]string) (http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout+time.Duration(len(data)/slowest)*time.Second)
	defer cancel()
	req, err := c.request(ctx, method, path, "", bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Tus-Resumable", tusVersion)
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := c.send(req)
	if err != nil {
		return nil, err
	}
	return resp.Header, resp.Body.Close()
}

// again tells whether going on from where the back office is now may help: nothing answered, or the piece did not fit
// because an earlier connection was still being put away.
func again(err error) bool {
	switch statusOf(err) {
	case http.StatusConflict, http.StatusLocked:
		return ra.CodeOf(err) == ra.CodeOfficeError
	}
	return ra.CodeOf(err) == ra.CodeOfficeAway
}

// statusOf is the HTTP status behind an error that an answer made, 0 for others.
func statusOf(err error) int {
	var p errProblem
	if errors.As(err, &p) {
		return p.status
	}
	return 0
}
