package review

import (
	"context"
	"strconv"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// maxNote is the length of a note in characters.
const maxNote = 300

// Note writes a remark for colleagues into the order's history, where it stays; the customer never sees it.
// CodeRequired and CodeTooLong (field "note"), CodeForbidden, CodeSelfReview, CodeNotFound.
func (r *Review) Note(ctx context.Context, staff ra.Staff, orderID, note string) error {
	note = strings.TrimSpace(note)
	if note == "" {
		return ra.E(ra.CodeRequired).At("note")
	}
	if len([]rune(note)) > maxNote {
		return ra.E(ra.CodeTooLong, "max", strconv.Itoa(maxNote)).At("note")
	}
	return r.store.Do(ctx, func(tx Tx) error {
		if err := r.mayActOn(ctx, tx, staff, ra.ActNote, orderID); err != nil {
			return err
		}
		return r.clerk.Write(ctx, tx, book.StaffActor(staff), "order.note", orderID, "", "note", note)
	})
}
