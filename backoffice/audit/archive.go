package audit

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/disk"
)

// An archive has the lines of a month that were dropped and the sets that they were sealed in: a gzipped file "audit-2026-03.jsonl.gz" of
// JSON, one value a line. The first says whose it is, then comes each set, before its lines. Sets are signed and name the digest of their
// lines, so an archive is proven by the trail's key alone.
const archiveVersion = "keyhall-audit-archive-1"

type archiveHead struct {
	Version  string `json:"version"`
	Register string `json:"register"`
	Month    string `json:"month"` // "2026-03"
}

// archiveEntry is a set, or a line of the set before.
type archiveEntry struct {
	Set  *book.AuditSet `json:"set,omitempty"`
	Line *book.AuditRow `json:"line,omitempty"`
}

// contents is what an archive has.
type contents struct {
	sets   int
	lines  int64
	sha256 string // of the file, hex
}

// holds is how the line about a dropped month says it.
func (c contents) holds() string { return fmt.Sprintf("%d sets, %d lines", c.sets, c.lines) }

// errArchive is for a file that is not what was sealed.
var errArchive = errors.New("audit: archive")

func (t *Trail) archivePath(month time.Time) string {
	return filepath.Join(t.Archive, "audit-"+month.Format(monthsAsText)+".jsonl.gz")
}

// archive writes a month into the folder of archives, reads it back, and returns what the line about the month says of it; nothing where
// there is no folder.
func (t *Trail) archive(ctx context.Context, month time.Time, holds string) ([]string, error) {
	if t.Archive == "" {
		return nil, nil
	}
	if err := os.MkdirAll(t.Archive, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", errArchive, err)
	}
	path := t.archivePath(month)
	if err := disk.ReplaceBy(path, 0o600, func(w io.Writer) error { return t.writeArchive(ctx, w, month) }); err != nil {
		return nil, err
	}
	c, err := t.checkArchive(month)
	if err == nil && c.holds() != holds {
		err = fmt.Errorf("%w: %s has %s, want %s", errArchive, path, c.holds(), holds)
	}
	return []string{"archive", filepath.Base(path), "sha256", c.sha256}, err
}

func (t *Trail) writeArchive(ctx context.Context, w io.Writer, month time.Time) error {
	zipped := gzip.NewWriter(w)
	out := json.NewEncoder(zipped)
	if err := out.Encode(archiveHead{archiveVersion, t.Register, month.Format(monthsAsText)}); err != nil {
		return err
	}
	after := int64(0)
	for {
		sets, err := t.Store.AuditSets(ctx, after, setsAtOnce)
		if err != nil {
			return err
		}
		if len(sets) == 0 {
			return zipped.Close()
		}
		for _, s := range sets {
			if after = s.Number; !s.Month.Equal(month) {
				continue
			}
			if err := out.Encode(archiveEntry{Set: &s}); err != nil {
				return err
			}
			line := func(_ int64, r book.AuditRow) error { return out.Encode(archiveEntry{Line: &r}) }
			if err := t.Store.LinesOfSets(ctx, s.Number, s.Number, line); err != nil {
				return err
			}
		}
	}
}

// checkArchive reads the archive of a month: errArchive for one that is not as it was sealed.
func (t *Trail) checkArchive(month time.Time) (c contents, err error) {
	f, err := os.Open(t.archivePath(month))
	if err != nil {
		return c, fmt.Errorf("%w: %w", errArchive, err)
	}
	defer f.Close()
	sum := sha256.New()
	if c, err = t.readArchive(io.TeeReader(f, sum), month); err != nil {
		return c, fmt.Errorf("%w: %w", errArchive, err)
	}
	c.sha256 = hex.EncodeToString(sum.Sum(nil))
	return c, nil
}

func (t *Trail) readArchive(r io.Reader, month time.Time) (c contents, err error) {
	zipped, err := gzip.NewReader(r)
	if err != nil {
		return c, err
	}
	in := json.NewDecoder(zipped)
	var head archiveHead
	if err := in.Decode(&head); err != nil {
		return c, err
	}
	if want := (archiveHead{archiveVersion, t.Register, month.Format(monthsAsText)}); head != want {
		return c, fmt.Errorf("it is of %+v, want %+v", head, want)
	}
	var s *setWalk
	for {
		var e archiveEntry
		switch err := in.Decode(&e); {
		case errors.Is(err, io.EOF):
			return c, t.archivedSet(s)
		case err != nil:
			return c, err
		case e.Set != nil && e.Line == nil:
			if err := t.archivedSet(s); err != nil {
				return c, err
			}
			s = &setWalk{AuditSet: *e.Set, digest: sha256.New()}
			c.sets++
		case e.Line != nil && e.Set == nil && s != nil && t.Key.wrote(*e.Line):
			addLine(s.digest, *e.Line)
			s.lines++
			c.lines++
		default:
			return c, fmt.Errorf("what follows %d sets and %d lines was changed, or written by somebody else", c.sets, c.lines)
		}
	}
}

// archivedSet looks at a set all of whose lines were read; nil: none was begun.
func (t *Trail) archivedSet(s *setWalk) error {
	if s == nil {
		return nil
	}
	c := t.checkpoint(s.AuditSet)
	switch {
	case !bytes.Equal(s.Hash, hashSet(s.AuditSet)), !ed25519.Verify(c.Key, []byte(c.statement()), c.Signature):
		return fmt.Errorf("set %d was changed, or made by somebody else", s.Number)
	case s.lines != s.Lines, !bytes.Equal(s.digest.Sum(nil), s.Digest):
		return fmt.Errorf("the lines of set %d are not those that were sealed", s.Number)
	}
	return nil
}

// archived looks at the archive of a month whose lines were dropped, where the line about it names one.
func (w *walk) archived(month time.Time, drop book.AuditRow) {
	if drop.Facts["archive"] == "" || w.trail.Archive == "" {
		return
	}
	c, err := w.trail.checkArchive(month)
	switch {
	case errors.Is(err, os.ErrNotExist):
		w.find("the archive %s is not in %s", drop.Facts["archive"], w.trail.Archive)
	case err != nil:
		w.find("the archive %s: %v", drop.Facts["archive"], err)
	case c.sha256 != drop.Facts["sha256"] || c.holds() != drop.Facts["holds"]:
		w.find("the archive %s is another one than was made when the lines were dropped", drop.Facts["archive"])
	}
}
