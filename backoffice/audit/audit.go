// Package audit keeps the trail of the back office provable. A line carries its writer, its number among the writer's lines and a
// MAC, so that one that was made by anybody else, twice, or taken away before it was sealed shows. Lines are sealed in sets, each
// signed and chained to the one before; the newest set is a checkpoint, which is written outside the database. All of it hangs on one
// key of its own, which is in the data folder and never in the database.
package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"maps"
	"slices"

	"keyhall/backoffice/book"
)

// Versions begin every hashed text, so that one form cannot be taken for another or for a later one.
const (
	versionLine = "keyhall audit line 2"
	versionSet  = "keyhall audit set 2"
)

// hashLine writes all that a line says, but for its id and MAC.
func hashLine(h hash.Hash, r book.AuditRow) {
	text(h, versionLine)
	text(h, r.Writer)
	number(h, r.Number)
	number(h, r.At.UnixMicro())
	for _, s := range []string{r.ActorKind, r.ActorID, r.KioskID, r.Action, r.OrderID, r.Subject} {
		text(h, s)
	}
	pairs(h, r.Facts)
	pairs(h, r.Moved)
}

// digest is of a set's lines, in the order of their ids.
func digest(rows []book.AuditRow) []byte {
	h := sha256.New()
	for _, r := range rows {
		addLine(h, r)
	}
	return h.Sum(nil)
}

func addLine(h hash.Hash, r book.AuditRow) {
	number(h, r.ID)
	hashLine(h, r)
	text(h, string(r.MAC))
}

// hashSet is the link of the chain.
func hashSet(s book.AuditSet) []byte {
	h := sha256.New()
	text(h, versionSet)
	for _, n := range []int64{s.Number, s.Month.Unix(), int64(s.Lines), s.Total, s.High, s.SealedAt.UnixMicro(), int64(len(s.IDs))} {
		number(h, n)
	}
	for _, span := range s.IDs {
		number(h, span.First)
		number(h, span.Last)
	}
	text(h, string(s.Digest))
	text(h, string(s.Previous))
	return h.Sum(nil)
}

func number(h hash.Hash, n int64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	h.Write(b[:])
}

func text(h hash.Hash, s string) {
	number(h, int64(len(s)))
	h.Write([]byte(s))
}

func pairs(h hash.Hash, m map[string]string) {
	number(h, int64(len(m)))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		text(h, name)
		text(h, m[name])
	}
}
