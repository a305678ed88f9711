package audit_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/servicetest"
)

// TestArchiveOfADroppedMonth: its lines are in a file, with their seals, and the audit finds whatever was done to it.
func TestArchiveOfADroppedMonth(t *testing.T) {
	t.Parallel()
	h := lived(t)
	h.Trail.Archive = filepath.Join(t.TempDir(), "archive")
	month := book.Month(h.Clock.Now())
	lines := h.Lines(t, "")
	h.Clock.Advance(month.AddDate(0, 13, 1).Sub(h.Clock.Now()))
	by := owner(t, h)
	_, err := by.MakeMonths(t.Context(), h.Clock.Now(), 2)
	servicetest.Must(t, err)
	h.Registered(t)
	h.Sealed(t)
	checkpoint(t, h)
	servicetest.Must(t, h.Trail.Drop(t.Context(), by, []time.Time{month}))
	wantWhole(t, h)
	file := filepath.Join(h.Trail.Archive, "audit-"+month.Format("2006-01")+".jsonl.gz")
	zipped, err := os.ReadFile(file)
	servicetest.Must(t, err)
	text := unzipped(t, zipped)
	if got := bytes.Count(text, []byte(`{"line":`)); got != lines || got < 10 {
		t.Errorf("%d lines are in the archive, want %d", got, lines)
	}
	for name, c := range map[string]struct {
		change func(text string) string
		want   string
	}{
		"a line altered": {func(s string) string {
			return strings.Replace(s, `"actor_kind":"customer"`, `"actor_kind":"system"`, 1)
		}, "was changed, or written by somebody else"},
		"a line taken away":   {func(s string) string { return without(s, 3) }, "are not those that were sealed"},
		"a set's count":       {func(s string) string { return strings.Replace(s, `"Lines":`, `"Lines":1`, 1) }, "was changed, or made by somebody else"},
		"another register's":  {func(s string) string { return strings.Replace(s, `"register":"`, `"register":"x`, 1) }, "it is of"},
		"its end cut off":     {func(s string) string { return s[:strings.LastIndex(s, `{"set":`)] }, "another one than was made"},
		"the same, once more": {func(s string) string { return s }, "another one than was made"}, // zipped otherwise
	} {
		servicetest.Must(t, os.WriteFile(file, zip(t, c.change(string(text))), 0o600))
		if found := findings(t, h); !strings.Contains(found, c.want) {
			t.Errorf("%s: found\n%s\nwant … %s", name, found, c.want)
		}
	}
	servicetest.Must(t, os.WriteFile(file, zipped[:len(zipped)/2], 0o600))
	if found := findings(t, h); !strings.Contains(found, "unexpected EOF") {
		t.Errorf("half a file: found\n%s", found)
	}
	servicetest.Must(t, os.Remove(file))
	if found := findings(t, h); !strings.Contains(found, "is not in") {
		t.Errorf("no file: found\n%s", found)
	}
	servicetest.Must(t, os.WriteFile(file, zipped, 0o600))
	wantWhole(t, h)
}

func unzipped(t *testing.T, zipped []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(zipped))
	servicetest.Must(t, err)
	text, err := io.ReadAll(r)
	servicetest.Must(t, err)
	return text
}

func zip(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.NoCompression)
	servicetest.Must(t, err)
	_, err = io.WriteString(w, text)
	servicetest.Must(t, err)
	servicetest.Must(t, w.Close())
	return b.Bytes()
}

// without is the text without its n-th line.
func without(text string, n int) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(append(lines[:n:n], lines[n+1:]...), "")
}
