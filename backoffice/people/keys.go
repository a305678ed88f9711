package people

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/pki"
	"keyhall/backoffice/ra"
)

// MaxStaffKeys is how many keys a member of staff may have, those that wait among them: one in use, and some to spare.
const MaxStaffKeys = 5

// BindKey asks that a key counts as a member of staff's: its public key, or a certificate of it, from a file. It counts once a second
// administrator has confirmed it; one bound by a command counts at once. Nobody else has the key, or had it: no colleague and no customer,
// so that what it signed has one author for ever. The same again changes nothing. Field errors, pki.ReadPublicKey's, CodeKeyDuplicate
// (field "file"), CodeStaffKeys (args: max), CodeForbidden, CodeNotFound.
func (p *People) BindKey(ctx context.Context, by ra.Staff, k ra.StaffKey, file []byte) error {
	if err := ra.FieldError("id", ra.CheckID(k.ID)); err != nil {
		return err
	}
	k.Name = strings.TrimSpace(k.Name)
	if err := ra.FieldError("name", ra.CheckKeyName(k.Name)); err != nil {
		return err
	}
	key, err := pki.ReadPublicKey(file)
	if err != nil {
		return err
	}
	if k.PublicKey, err = key.PKIX(); err != nil {
		return err
	}
	hash, err := key.Hash()
	if err != nil {
		return err
	}
	err = p.manage(ctx, by, func(tx Tx, by ra.Staff) error {
		member, err := reached(ctx, tx, by, k.StaffID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(member.Keys, func(had ra.StaffKey) bool { return bytes.Equal(had.PublicKey, k.PublicKey) })
		if i >= 0 {
			return nil
		}
		if len(member.Keys) >= MaxStaffKeys {
			return ra.E(ra.CodeStaffKeys, "max", strconv.Itoa(MaxStaffKeys)).At("file")
		}
		return p.bindKey(ctx, tx, by, k, hash)
	})
	if ra.CodeOf(err) == ra.CodeKeyDuplicate {
		return ra.Retold(ra.CodeKeyDuplicate, "file", err)
	}
	return err
}

func (p *People) bindKey(ctx context.Context, tx Tx, by ra.Staff, k ra.StaffKey, hash []byte) error {
	now := p.clerk.Now()
	k.AskedBy, k.AskedAt, k.ConfirmedBy, k.ConfirmedAt = book.StaffID(by), now, "", nil
	if book.ByCommand(by) {
		k.ConfirmedAt = &now
	}
	if err := tx.InsertPublicKey(ctx, hash, "staff", k.StaffID, now); err != nil {
		return err
	}
	if err := tx.InsertStaffKey(ctx, k, hash); err != nil {
		return err
	}
	return p.clerk.Write(ctx, tx, book.StaffActor(by), "staff_key.ask", "", k.StaffID, keyFacts(k)...)
}

func keyFacts(k ra.StaffKey) []string {
	return []string{"key", k.ID, "name", k.Name, "fingerprint", k.Fingerprint()}
}

// reached is a member of staff, held, all of whose grants the administrator reaches; themselves, too: CodeNotFound, CodeForbidden.
func reached(ctx context.Context, tx Tx, by ra.Staff, id string) (ra.Staff, error) {
	if ra.CheckID(id) != nil {
		return ra.Staff{}, ra.E(ra.CodeNotFound)
	}
	member, _, err := tx.LockStaff(ctx, id)
	if err == nil {
		err = mayReach(by, member)
	}
	return member, err
}

// ConfirmKey makes a key count: CodeStaffKeySecond for who asked for it or gets it, CodeForbidden, CodeNotFound. Repeating it changes
// nothing.
func (p *People) ConfirmKey(ctx context.Context, by ra.Staff, id string) error {
	return p.changeKey(ctx, by, id, func(tx Tx, by, member ra.Staff, k ra.StaffKey) error {
		if k.Live() {
			return nil
		}
		if by.ID == k.AskedBy || by.ID == member.ID {
			return ra.E(ra.CodeStaffKeySecond)
		}
		if err := tx.ConfirmStaffKey(ctx, id, book.StaffID(by), p.clerk.Now()); err != nil {
			return err
		}
		return p.clerk.Write(ctx, tx, book.StaffActor(by), "staff_key.confirm", "", member.ID, keyFacts(k)...)
	})
}

// RemoveKey takes a key away, and ends what its owner does by it. Any one administrator does that, also with their own, for it gives nobody
// anything: a lost key waits for no second person. CodeForbidden, CodeNotFound, also for one that was removed already.
func (p *People) RemoveKey(ctx context.Context, by ra.Staff, id string) error {
	return p.changeKey(ctx, by, id, func(tx Tx, by, member ra.Staff, k ra.StaffKey) error {
		if err := tx.RemoveStaffKey(ctx, id, book.StaffID(by), p.clerk.Now()); err != nil {
			return err
		}
		return p.clerk.Write(ctx, tx, book.StaffActor(by), "staff_key.remove", "", member.ID, keyFacts(k)...)
	})
}

// changeKey runs change on a key of somebody within the administrator's reach, in one transaction.
func (p *People) changeKey(ctx context.Context, by ra.Staff, id string, change func(tx Tx, by, member ra.Staff, k ra.StaffKey) error) error {
	if err := ra.CheckID(id); err != nil {
		return ra.E(ra.CodeNotFound)
	}
	return p.manage(ctx, by, func(tx Tx, by ra.Staff) error {
		holder, err := tx.StaffKeyHolder(ctx, id)
		if err != nil {
			return err
		}
		member, err := reached(ctx, tx, by, holder)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(member.Keys, func(k ra.StaffKey) bool { return k.ID == id })
		if i < 0 {
			return ra.E(ra.CodeNotFound)
		}
		return change(tx, by, member, member.Keys[i])
	})
}
