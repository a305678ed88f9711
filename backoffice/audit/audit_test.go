package audit

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
)

func testKey(t testing.TB, b byte) *Key {
	t.Helper()
	key, err := NewKey(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func testLine() book.AuditRow {
	return book.AuditRow{ID: 7, At: time.UnixMicro(1_800_000_000_000_001), ActorKind: "staff", ActorID: "s", KioskID: "k", Action: "order.approve", OrderID: "o",
		Subject: "u", Facts: map[string]string{"a": "b", "c": "d"}, Moved: map[string]string{"order o": "2 approved"}}
}

// TestEveryWordOfALineCounts changes one thing after another: the MAC, or what a set keeps of the line, does not fit any more.
func TestEveryWordOfALineCounts(t *testing.T) {
	t.Parallel()
	key := testKey(t, 1)
	rows := []book.AuditRow{testLine()}
	if err := NewWriter(key).Stamp(rows); err != nil {
		t.Fatal(err)
	}
	good := rows[0]
	if !key.wrote(good) || testKey(t, 2).wrote(good) {
		t.Error("a good line, or another key")
	}
	sealed := digest(rows)
	for name, spoil := range map[string]func(*book.AuditRow){
		"time":       func(r *book.AuditRow) { r.At = r.At.Add(time.Microsecond) },
		"kind":       func(r *book.AuditRow) { r.ActorKind = "kiosk" },
		"actor":      func(r *book.AuditRow) { r.ActorID = "x" },
		"kiosk":      func(r *book.AuditRow) { r.KioskID = "" },
		"action":     func(r *book.AuditRow) { r.Action = "order.cancel" },
		"order":      func(r *book.AuditRow) { r.OrderID = "p" },
		"subject":    func(r *book.AuditRow) { r.Subject = "" },
		"fact":       func(r *book.AuditRow) { r.Facts = map[string]string{"a": "b", "c": "e"} },
		"fewer":      func(r *book.AuditRow) { r.Facts = map[string]string{"a": "b"} },
		"moved":      func(r *book.AuditRow) { r.Moved = map[string]string{"order o": "2 open"} },
		"fact moved": func(r *book.AuditRow) { r.Facts, r.Moved = r.Moved, r.Facts },
		"text moved": func(r *book.AuditRow) { r.ActorKind, r.ActorID = "staf", "fs" },
		"writer":     func(r *book.AuditRow) { r.Writer = strings.Repeat("0", 16) },
		"number":     func(r *book.AuditRow) { r.Number++ },
	} {
		line := good
		spoil(&line)
		if key.wrote(line) {
			t.Errorf("%s: the MAC fits still", name)
		}
		if bytes.Equal(digest([]book.AuditRow{line}), sealed) {
			t.Errorf("%s: the digest is the same", name)
		}
	}
	line := good
	line.ID++
	if bytes.Equal(digest([]book.AuditRow{line}), sealed) {
		t.Error("another id: the digest is the same")
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		seen, excused []int64
		first, count  int64
	}{
		"none":                  {nil, nil, 0, 0},
		"all":                   {[]int64{1, 2, 3}, nil, 0, 0},
		"in another order":      {[]int64{3, 1, 2}, nil, 0, 0},
		"the first missing":     {[]int64{2, 3}, nil, 1, 1},
		"two missing":           {[]int64{1, 3, 5}, nil, 2, 2},
		"excused":               {[]int64{1, 3, 5}, []int64{2, 4}, 0, 0},
		"one excused":           {[]int64{1, 3, 5}, []int64{4}, 2, 1},
		"excused after the end": {[]int64{1}, []int64{2, 3}, 0, 0},
	} {
		n := &numbers{}
		for _, number := range c.seen {
			if !n.add(number) {
				t.Errorf("%s: %d is not new", name, number)
			}
		}
		for _, number := range c.excused {
			n.excuse(number)
		}
		if first, count := n.missing(); first != c.first || count != c.count {
			t.Errorf("%s: %d missing from %d, want %d from %d", name, count, first, c.count, c.first)
		}
	}
	n := &numbers{}
	n.excuse(1)
	if !n.add(1) || n.add(1) {
		t.Error("an excused line that is there after all counts once")
	}
	n.add(2)
	n.excuse(4)
	n.add(3)
	if !n.add(4) || n.add(4) || n.add(2) {
		t.Error("a line counts once")
	}
}

func testCheckpoint(t testing.TB) Checkpoint {
	key := testKey(t, 1)
	c := Checkpoint{Register: "0192", Set: 12, Lines: 345, At: time.Date(2026, 11, 26, 8, 0, 0, 5000, time.UTC), Hash: bytes.Repeat([]byte{3}, 32), Key: key.Public()}
	c.Signature = key.sign(c.statement())
	return c
}

func TestCheckpointIsReadBack(t *testing.T) {
	t.Parallel()
	c := testCheckpoint(t)
	got, err := ParseCheckpoint(c.String())
	if err != nil || got.String() != c.String() || !got.At.Equal(c.At) {
		t.Errorf("got %v, %v", got, err)
	}
	words := strings.Fields(c.String())
	for i := range words {
		for _, other := range []string{"", "x", words[i] + "0", words[i][:len(words[i])-1]} {
			spoiled := append([]string{}, words...)
			spoiled[i] = other
			if _, err := ParseCheckpoint(strings.Join(spoiled, " ")); err == nil {
				t.Errorf("word %d as %q was taken", i, other)
			}
		}
	}
}

func FuzzCheckpoint(f *testing.F) {
	f.Add(testCheckpoint(f).String())
	f.Add("keyhall-audit-2 r 1 1 2026-11-26T08:00:00Z 00 AA AA")
	f.Fuzz(func(t *testing.T, line string) {
		if c, err := ParseCheckpoint(line); err == nil && c.String() != strings.Join(strings.Fields(line), " ") {
			t.Errorf("%q is read as %q", line, c)
		}
	})
}
