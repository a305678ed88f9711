package audit

import (
	"bytes"
	"compress/gzip"
	"testing"
	"time"
)

// FuzzReadArchive: whatever stands in a file, it is an error or has only what the key signed.
func FuzzReadArchive(f *testing.F) {
	key, err := NewKey(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		f.Fatal(err)
	}
	t := NewTrail(Config{Key: key, Register: "r"})
	const head = `{"version":"keyhall-audit-archive-1","register":"r","month":"2026-03"}`
	for _, text := range []string{"", head, head + `{"set":{"Number":1,"Lines":1}}{"line":{"id":1}}`, head + `{"line":{}}`, head + `{}`, head + `{"set":null}`, `[]`} {
		f.Add(text)
	}
	month := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(tt *testing.T, text string) {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(text)); err != nil {
			tt.Fatal(err)
		}
		if err := w.Close(); err != nil {
			tt.Fatal(err)
		}
		if c, err := t.readArchive(&b, month); err == nil && (c.sets > 0 || c.lines > 0) {
			tt.Errorf("%q: %+v was taken for sealed", text, c)
		}
		_, _ = t.readArchive(bytes.NewReader([]byte(text)), month)
	})
}
