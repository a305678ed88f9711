package issuing

import (
	"context"
	"strings"
	"unicode/utf8"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

const (
	mostNote    = 500 // characters of a ruling's own words
	mostWaiting = 200 // rulings in a list
)

// Rule carries out what staff decide on a certificate, or keeps it until a second person confirms it where the project wants one: then
// it waits. A suspension never does. A revocation ends what was ordered for the certificate, also in somebody's hand, but for what goes on
// a blank key in its place. Repeating it changes nothing. CodeInvalid (field "reason"), CodeReasonMissing and CodeTooLong ("note"),
// CodeState for what the certificate's state does not allow, as one that was never proven, whose operation staff release; CodeRulingWaits,
// CodeSecondPerson for a command; CodeNotFound, CodeForbidden, CodeSelfReview.
func (is *Issuing) Rule(ctx context.Context, staff ra.Staff, r book.Ruling) (waits bool, err error) {
	r.Note = strings.TrimSpace(r.Note)
	switch {
	case !r.Ground.For(r.Act):
		return false, ra.E(ra.CodeInvalid).At("reason")
	case r.Note == "":
		return false, ra.E(ra.CodeReasonMissing).At("note")
	case utf8.RuneCountInString(r.Note) > mostNote:
		return false, ra.E(ra.CodeTooLong, "max", "500").At("note")
	}
	err = is.onCertificate(ctx, staff, r.Act, r.CertificateID, func(tx Tx, o ra.Order, c ra.Certificate) error {
		project, err := tx.Project(ctx, o.ProjectID)
		if err != nil {
			return err
		}
		if waits = project.NeedsSecond(r.Act); waits {
			return is.ask(ctx, tx, staff, o, c, r)
		}
		return is.carryOut(ctx, tx, staff, o, c, r)
	})
	return waits && err == nil, err
}

// ConfirmRuling carries out what a colleague asked for. Repeating it changes nothing. CodeRulingSecond for who asked, CodeState for what
// was dropped or what the certificate's state does not allow any more; CodeNotFound, CodeForbidden, CodeSelfReview.
func (is *Issuing) ConfirmRuling(ctx context.Context, staff ra.Staff, id string) error {
	return is.settle(ctx, staff, id, ra.RulingDone, func(tx Tx, o ra.Order, c ra.Certificate, r book.Ruling) error {
		return is.carryOut(ctx, tx, staff, o, c, r)
	})
}

// DropRuling takes back what was asked for: by who asked, or by the second person, who does not agree. Repeating it changes nothing.
// CodeState for what was carried out; CodeNotFound, CodeForbidden, CodeSelfReview.
func (is *Issuing) DropRuling(ctx context.Context, staff ra.Staff, id string) error {
	return is.settle(ctx, staff, id, ra.RulingDropped, func(tx Tx, o ra.Order, c ra.Certificate, r book.Ruling) error {
		return is.ruled(ctx, tx, staff, "ruling.drop", o, c, r)
	})
}

// Ruling returns one on a certificate that the member of staff may see: CodeNotFound.
func (is *Issuing) Ruling(ctx context.Context, staff ra.Staff, id string) (book.Ruling, error) {
	if ra.CheckID(id) != nil {
		return book.Ruling{}, ra.E(ra.CodeNotFound)
	}
	r, err := is.store.Ruling(ctx, id)
	if err == nil {
		_, err = is.Certificate(ctx, staff, r.CertificateID)
	}
	return r, err
}

// WaitingRulings lists what waits for a second person on certificates that the member of staff may see, oldest first, and writes
// down who looked.
func (is *Issuing) WaitingRulings(ctx context.Context, staff ra.Staff) ([]book.WaitingRuling, error) {
	found, err := is.store.WaitingRulings(ctx, staff.For(ra.ActSee), mostWaiting)
	if err == nil {
		err = is.clerk.LookAtList(ctx, is.store, book.StaffActor(staff), "rulings", len(found))
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// onCertificate runs what a member of staff who may does with a certificate, and with the order that it came from, in one transaction.
func (is *Issuing) onCertificate(ctx context.Context, staff ra.Staff, act ra.Act, id string, do func(tx Tx, o ra.Order, c ra.Certificate) error) error {
	if ra.CheckID(id) != nil {
		return ra.E(ra.CodeNotFound)
	}
	return is.store.Do(ctx, func(tx Tx) error {
		c, err := tx.CertificateByID(ctx, id)
		if err != nil {
			return err
		}
		o, err := tx.Order(ctx, c.OrderID)
		if err != nil {
			return err
		}
		if err := is.people.MayAct(ctx, tx, staff, act, o); err != nil {
			return err
		}
		return do(tx, o, c)
	})
}

// carryOut does what was ruled, whoever has to agree has.
func (is *Issuing) carryOut(ctx context.Context, tx Tx, by ra.Staff, o ra.Order, c ra.Certificate, r book.Ruling) error {
	if r.Act == ra.ActRevoke { // orders are held before certificates
		if err := is.endOrdersOn(ctx, tx, book.StaffActor(by), c); err != nil {
			return err
		}
	}
	c, err := tx.LockCertificate(ctx, c.ID)
	if err != nil {
		return err
	}
	switch r.Act {
	case ra.ActSuspend:
		return is.suspend(ctx, tx, by, o, c, r)
	case ra.ActRestore, ra.ActFound:
		return is.restore(ctx, tx, by, o, c, r)
	}
	return is.revokeFor(ctx, tx, by, o, c, r)
}

// ask keeps what needs a second person. The same asked for again, by whomever, is answered with what waits.
func (is *Issuing) ask(ctx context.Context, tx Tx, staff ra.Staff, o ra.Order, c ra.Certificate, r book.Ruling) error {
	if book.ByCommand(staff) {
		return ra.E(ra.CodeSecondPerson)
	}
	if err := ra.FieldError("id", ra.CheckID(r.ID)); err != nil {
		return err
	}
	c, err := tx.LockCertificate(ctx, c.ID)
	if err != nil {
		return err
	}
	if already, err := ruledAlready(ctx, tx, r.Act, c); already || err != nil {
		return err
	}
	if had, err := tx.Ruling(ctx, r.ID); err == nil && had.CertificateID == c.ID && had.AskedBy == staff.ID && had.Act == r.Act {
		return nil // it may have been settled since
	} else if err != nil && ra.CodeOf(err) != ra.CodeNotFound {
		return err
	}
	had, err := tx.RulingWaiting(ctx, c.ID)
	switch {
	case err == nil && had.Act == r.Act && had.Ground == r.Ground:
		return nil
	case err == nil:
		return ra.E(ra.CodeRulingWaits)
	case ra.CodeOf(err) != ra.CodeNotFound:
		return err
	}
	r.CertificateID, r.AskedBy, r.AskedAt, r.State = c.ID, staff.ID, is.clerk.Now(), ra.RulingWaiting
	if err := tx.InsertRuling(ctx, r); err != nil {
		return err
	}
	return is.ruled(ctx, tx, staff, "ruling.ask", o, c, r)
}

// settle ends a ruling that waits, by do. It is held before the orders and the certificate that it is about.
func (is *Issuing) settle(ctx context.Context, staff ra.Staff, id string, to ra.RulingState, do func(tx Tx, o ra.Order, c ra.Certificate, r book.Ruling) error) error {
	if ra.CheckID(id) != nil {
		return ra.E(ra.CodeNotFound)
	}
	asked, err := is.store.Ruling(ctx, id)
	if err != nil {
		return err
	}
	return is.onCertificate(ctx, staff, asked.Act, asked.CertificateID, func(tx Tx, o ra.Order, c ra.Certificate) error {
		r, err := tx.LockRuling(ctx, id)
		if err != nil || r.State == to {
			return err
		}
		if err := r.State.Move(to); err != nil {
			return err
		}
		if to == ra.RulingDone && r.AskedBy == staff.ID {
			return ra.E(ra.CodeRulingSecond)
		}
		if err := do(tx, o, c, r); err != nil {
			return err
		}
		now := is.clerk.Now()
		r.State, r.SettledBy, r.SettledAt = to, staff.ID, &now
		return tx.SettleRuling(ctx, r)
	})
}

// ruledAlready reports whether a certificate, held, is as an act would leave it: CodeState for what its state does not allow.
func ruledAlready(ctx context.Context, tx Tx, act ra.Act, c ra.Certificate) (bool, error) {
	if act == ra.ActRevoke {
		if c.State == ra.CertificateIssued {
			return false, ra.E(ra.CodeState, "what", "certificate", "from", string(c.State), "to", string(ra.CertificateRevoked))
		}
		return c.State == ra.CertificateRevoked, nil
	}
	if c.State == ra.CertificateRevoked {
		return false, c.State.Move(ra.CertificateActive)
	}
	held, err := holdsFor(ctx, tx, c, ra.LiftedBy(act)...)
	return !held, err
}

// ruled writes the line of a ruling into the trail, with who asked for it where that was somebody else.
func (is *Issuing) ruled(ctx context.Context, tx Tx, by ra.Staff, action string, o ra.Order, c ra.Certificate, r book.Ruling) error {
	facts := []string{"serial_number", c.SerialNumber, "because", string(r.Ground), "reason", r.Note}
	if r.AskedBy != "" {
		facts = append(facts, "act", string(r.Act), "asked_by", r.AskedBy)
	}
	return is.clerk.Write(ctx, tx, book.StaffActor(by), action, o.ID, c.ID, facts...)
}
