// Package audit makes and checks the hash chain of the audit trail: each line's SHA-256 covers the line, its place and
// the hash before it, so a changed, missing or reordered line shows.
package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"maps"
	"slices"

	"keyhall/backoffice/book"
)

// Chain is the chain of version 1.
type Chain struct{}

// version begins every hashed text, so a later form of the line cannot be taken for this one.
const version = "keyhall audit 1"

// Seal returns the hash of the row, whose Seq is set, as it follows previous (nil for the first).
func (Chain) Seal(previous []byte, r book.AuditRow) []byte {
	h := sha256.New()
	text(h, version)
	text(h, string(previous))
	number(h, r.Seq)
	number(h, r.ID)
	number(h, r.At.UnixMicro())
	for _, s := range []string{r.ActorKind, r.ActorID, r.KioskID, r.Action, r.OrderID, r.Subject} {
		text(h, s)
	}
	number(h, int64(len(r.Facts)))
	for _, name := range slices.Sorted(maps.Keys(r.Facts)) {
		text(h, name)
		text(h, r.Facts[name])
	}
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

// Verify walks sealed rows that follow last (zero at the beginning) in the order of Seq and says what is wrong at the
// first broken place, "" when nothing is.
func (c Chain) Verify(last book.AuditRow, rows []book.AuditRow) (broken string) {
	for _, r := range rows {
		switch {
		case r.Seq > last.Seq+1:
			return fmt.Sprintf("line %d is missing", last.Seq+1)
		case r.Seq <= last.Seq:
			return fmt.Sprintf("line %d stands after line %d", r.Seq, last.Seq)
		case !bytes.Equal(r.Previous, last.Hash):
			return fmt.Sprintf("line %d does not follow line %d", r.Seq, last.Seq)
		case !bytes.Equal(r.Hash, c.Seal(last.Hash, r)):
			return fmt.Sprintf("line %d was changed", r.Seq)
		}
		last = r
	}
	return ""
}
