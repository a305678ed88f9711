// Package blobs keeps scans in a bucket under their SHA-256, so that the same page is never stored twice. What may be
// stored backoffice/intake decides.
package blobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"

	"keyhall/backoffice/ra"
)

var hashShape = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Bucket holds scans. It is safe for concurrent use.
type Bucket struct {
	bucket *blob.Bucket
	dir    string
}

// Open opens the bucket at a URL: "file:///folder" is the only kind this program is built with. The folder is made when
// it is not there, for this user only.
func Open(_ context.Context, address string) (*Bucket, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "file" || u.Host != "" || !filepath.IsAbs(u.Path) || u.RawQuery != "" {
		return nil, fmt.Errorf("bucket %q: want file:///folder", address)
	}
	if err := os.MkdirAll(u.Path, 0o700); err != nil {
		return nil, fmt.Errorf("bucket: %w", err)
	}
	// Without temporary files beside the target a scan would be copied across file systems, not moved whole.
	b, err := fileblob.OpenBucket(u.Path, &fileblob.Options{NoTempDir: true, DirFileMode: 0o700, Metadata: fileblob.MetadataDontWrite})
	if err != nil {
		return nil, fmt.Errorf("bucket: %w", err)
	}
	return &Bucket{bucket: b, dir: u.Path}, nil
}

// Close ends the use of the bucket.
func (b *Bucket) Close() error { return b.bucket.Close() }

// PutThumb stores the thumbnail of a scan, whole or not at all; one that is there stays.
func (b *Bucket) PutThumb(ctx context.Context, sha256 string, r io.Reader) error {
	there, err := b.Exists(ctx, sha256)
	if err == nil && there {
		there, err = b.has(ctx, thumbKey(sha256))
		if err == nil && !there {
			err = b.put(ctx, thumbKey(sha256), r)
		}
	}
	return err
}

// OpenThumb reads the thumbnail of a scan: CodeNotFound.
func (b *Bucket) OpenThumb(ctx context.Context, sha256 string) (io.ReadCloser, error) {
	return b.open(ctx, sha256, thumbKey)
}

// Put stores the bytes of r under their hash, whole or not at all. The caller has checked that they belong together; what
// is there already stays.
func (b *Bucket) Put(ctx context.Context, sha256 string, r io.Reader) error {
	there, err := b.Exists(ctx, sha256)
	if err != nil || there {
		return err
	}
	return b.put(ctx, key(sha256), r)
}

func (b *Bucket) put(ctx context.Context, key string, r io.Reader) error {
	// Cancelling the writer's context is how a broken write is given up.
	write, cancel := context.WithCancel(ctx)
	defer cancel()
	var file *os.File
	w, err := b.bucket.NewWriter(write, key, &blob.WriterOptions{
		ContentType: "application/octet-stream", DisableContentTypeDetection: true,
		BeforeWrite: func(as func(any) bool) error {
			if !as(&file) {
				return errors.New("the bucket has no files")
			}
			return file.Chmod(0o600)
		},
	})
	if err != nil {
		return fmt.Errorf("store scan: %w", err)
	}
	if _, err = io.Copy(w, r); err == nil {
		err = file.Sync() // before it gets its name: the kiosk erases its own copy
	}
	if err != nil {
		cancel()
		return errors.Join(fmt.Errorf("store scan: %w", err), ignoreCanceled(w.Close()))
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("store scan: %w", err)
	}
	return syncDir(filepath.Dir(filepath.Join(b.dir, key)))
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("store scan: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

func ignoreCanceled(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// Open reads a scan: CodeNotFound.
func (b *Bucket) Open(ctx context.Context, sha256 string) (io.ReadCloser, error) {
	return b.open(ctx, sha256, key)
}

func (b *Bucket) open(ctx context.Context, sha256 string, key func(string) string) (io.ReadCloser, error) {
	if !hashShape.MatchString(sha256) {
		return nil, ra.E(ra.CodeNotFound).At("sha256")
	}
	r, err := b.bucket.NewReader(ctx, key(sha256), nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, ra.E(ra.CodeNotFound).At("sha256")
	}
	if err != nil {
		return nil, fmt.Errorf("read scan: %w", err)
	}
	return r, nil
}

// Exists tells whether a scan is stored.
func (b *Bucket) Exists(ctx context.Context, sha256 string) (bool, error) {
	if !hashShape.MatchString(sha256) {
		return false, ra.E(ra.CodeInvalid).At("sha256")
	}
	return b.has(ctx, key(sha256))
}

func (b *Bucket) has(ctx context.Context, key string) (bool, error) {
	there, err := b.bucket.Exists(ctx, key)
	if err != nil {
		return false, fmt.Errorf("look for scan: %w", err)
	}
	return there, nil
}

// Delete erases a scan with its thumbnail; one that is not there is fine.
func (b *Bucket) Delete(ctx context.Context, sha256 string) error {
	if !hashShape.MatchString(sha256) {
		return ra.E(ra.CodeInvalid).At("sha256")
	}
	for _, key := range []string{key(sha256), thumbKey(sha256)} {
		if err := b.bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return fmt.Errorf("erase scan: %w", err)
		}
	}
	return nil
}

// key spreads the scans over folders.
func key(sha256 string) string { return sha256[:2] + "/" + sha256 }

// thumbKey is where a scan's thumbnail lies.
func thumbKey(sha256 string) string { return "thumb/" + key(sha256) }
