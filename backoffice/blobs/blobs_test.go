package blobs_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"keyhall/backoffice/blobs"
	"keyhall/backoffice/ra"
)

const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func setup(t *testing.T) (*blobs.Bucket, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "scans")
	b, err := blobs.Open(t.Context(), "file://"+dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b, dir
}

func TestPutAndOpen(t *testing.T) {
	t.Parallel()
	b, dir := setup(t)
	ctx := t.Context()
	if there, err := b.Exists(ctx, hash); err != nil || there {
		t.Errorf("before: got %v, %v", there, err)
	}
	for range 2 {
		if err := b.Put(ctx, hash, strings.NewReader("test")); err != nil {
			t.Fatal(err)
		}
	}
	if there, err := b.Exists(ctx, hash); err != nil || !there {
		t.Errorf("after: got %v, %v", there, err)
	}
	r, err := b.Open(ctx, hash)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, []byte("test")) {
		t.Errorf("got %q, %v", got, err)
	}
	if got := files(t, dir); len(got) != 1 {
		t.Errorf("got files %v, want one", got)
	}
}

func TestBrokenPutLeavesNothing(t *testing.T) {
	t.Parallel()
	b, dir := setup(t)
	broken := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errors.New("line is dead")))
	if err := b.Put(t.Context(), hash, broken); err == nil {
		t.Error("got no error")
	}
	if there, err := b.Exists(t.Context(), hash); err != nil || there {
		t.Errorf("got %v, %v, want nothing", there, err)
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("got files %v, want none", got)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	b, dir := setup(t)
	for range 2 { // the second time there is nothing
		if err := b.Put(t.Context(), hash, strings.NewReader("scan")); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := b.Delete(t.Context(), hash); err != nil {
				t.Error(err)
			}
		}
		if got := files(t, dir); len(got) != 0 {
			t.Errorf("got files %v, want none", got)
		}
	}
	if err := b.Delete(t.Context(), "../x"); ra.CodeOf(err) != ra.CodeInvalid {
		t.Errorf("got %v, want %q", err, ra.CodeInvalid)
	}
}

// TestThumb: a thumbnail lies beside its scan, is kept once, and goes with it.
func TestThumb(t *testing.T) {
	t.Parallel()
	b, dir := setup(t)
	if err := b.PutThumb(t.Context(), hash, strings.NewReader("small")); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("a thumbnail of no scan: %v", got)
	}
	if err := b.Put(t.Context(), hash, strings.NewReader("scan")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.OpenThumb(t.Context(), hash); ra.CodeOf(err) != ra.CodeNotFound {
		t.Errorf("before it is made: %v", err)
	}
	for _, text := range []string{"small", "other"} {
		if err := b.PutThumb(t.Context(), hash, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		r, err := b.OpenThumb(t.Context(), hash)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil || string(got) != "small" {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if err := b.Delete(t.Context(), hash); err != nil || len(files(t, dir)) != 0 {
		t.Errorf("left %v, %v", files(t, dir), err)
	}
}

func TestMissingAndMalformed(t *testing.T) {
	t.Parallel()
	b, _ := setup(t)
	for _, name := range []string{hash, "../../etc/passwd", ""} {
		if _, err := b.Open(t.Context(), name); ra.CodeOf(err) != ra.CodeNotFound {
			t.Errorf("Open(%q): got %v, want %q", name, err, ra.CodeNotFound)
		}
	}
	if err := b.Put(t.Context(), "../x", strings.NewReader("")); ra.CodeOf(err) != ra.CodeInvalid {
		t.Errorf("got %v, want %q", err, ra.CodeInvalid)
	}
	for _, address := range []string{"", "s3://bucket", "file://relative", "/folder"} {
		if _, err := blobs.Open(t.Context(), address); err == nil {
			t.Errorf("Open(%q): got a bucket", address)
		}
	}
}

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
			info, statErr := os.Stat(path)
			if statErr != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: got %v, want it closed to others", path, info.Mode())
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
