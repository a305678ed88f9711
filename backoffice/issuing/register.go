package issuing

import (
	"context"
	"slices"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// SearchCertificates finds certificates by the beginning of their serial number or of the key's, or by subject, and writes down who looked.
func (is *Issuing) SearchCertificates(ctx context.Context, staff ra.Staff, q book.CertificateQuery) ([]ra.Certificate, error) {
	if q.State != "" && !slices.Contains(ra.CertificateStates(), q.State) {
		return nil, ra.E(ra.CodeInvalid).At("state")
	}
	if q.Before != "" && ra.CheckID(q.Before) != nil {
		return nil, ra.E(ra.CodeInvalid).At("before")
	}
	q.Limit = book.SearchLimit(q.Limit)
	found, err := is.store.SearchCertificates(ctx, staff.For(ra.ActSee), q)
	if err == nil {
		err = is.clerk.LookAtFound(ctx, is.store, book.StaffActor(staff), "certificates", q.Text, len(found), "state", string(q.State), "before", q.Before)
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Certificate returns one row of the register, and writes down who looked: CodeNotFound.
func (is *Issuing) Certificate(ctx context.Context, staff ra.Staff, id string) (ra.Certificate, error) {
	if err := ra.CheckID(id); err != nil {
		return ra.Certificate{}, ra.E(ra.CodeNotFound)
	}
	c, err := is.store.Certificate(ctx, staff.For(ra.ActSee), id)
	if err != nil {
		return ra.Certificate{}, err
	}
	return c, is.clerk.Look(ctx, is.store, book.StaffActor(staff), "certificate.view", c.OrderID, c.ID)
}

// ExportCertificate is Certificate for who takes it along, each time with a line of its own.
func (is *Issuing) ExportCertificate(ctx context.Context, staff ra.Staff, id string) (ra.Certificate, error) {
	if err := ra.CheckID(id); err != nil {
		return ra.Certificate{}, ra.E(ra.CodeNotFound)
	}
	c, err := is.store.Certificate(ctx, staff.For(ra.ActSee), id)
	if err == nil {
		err = is.clerk.Write(ctx, is.store, book.StaffActor(staff), "certificate.export", c.OrderID, c.ID)
	}
	if err != nil {
		return ra.Certificate{}, err
	}
	return c, nil
}

// CertificateFile is what the register keeps of a certificate and what staff need to rule on it.
type CertificateFile struct {
	ra.Certificate
	Suspensions []book.Suspension // open and lifted, newest first
	Waiting     *book.Ruling      // what waits for a second person; nil: nothing
	History     []book.AuditRow   // oldest first
	Told        int               // so many mobiles hear of a ruling
	Ending      []ra.Order        // what was ordered for it and ends with a revocation
}

// CertificateFile returns all that is known of a row of the register: CodeNotFound.
func (is *Issuing) CertificateFile(ctx context.Context, staff ra.Staff, id string) (f CertificateFile, err error) {
	if f.Certificate, err = is.Certificate(ctx, staff, id); err != nil {
		return f, err
	}
	if f.Suspensions, err = is.store.AllSuspensions(ctx, id); err != nil {
		return f, err
	}
	waiting, err := is.store.RulingWaiting(ctx, id)
	switch {
	case err == nil:
		f.Waiting = &waiting
	case ra.CodeOf(err) != ra.CodeNotFound:
		return f, err
	}
	if f.History, err = is.store.AuditOf(ctx, id); err != nil {
		return f, err
	}
	told, err := is.store.HoldersMobiles(ctx, f.MembershipID)
	if err != nil {
		return f, err
	}
	f.Told = len(told)
	open, err := is.store.OpenOrdersOn(ctx, []string{id})
	f.Ending = slices.DeleteFunc(open, outlives)
	return f, err
}

// CertificateBySerial returns a row of the register by its serial number in hex, as tools show it: CodeNotFound. It is for commands,
// which may see everything.
func (is *Issuing) CertificateBySerial(ctx context.Context, serialNumber string) (ra.Certificate, error) {
	for _, number := range book.SerialNumberForms(serialNumber) {
		if c, err := is.store.CertificateBySerial(ctx, number); ra.CodeOf(err) != ra.CodeNotFound {
			return c, err
		}
	}
	return ra.Certificate{}, ra.E(ra.CodeNotFound)
}

// outlives reports whether an order goes on although the certificate that it is about ends: it makes another key.
func outlives(o ra.Order) bool {
	rule, _ := ra.RuleOf(o.Kind, o.Reason)
	return rule.Plan.Blank()
}

// Register ends certificates for what is decided elsewhere. It stands on the clerk alone.
type Register struct{ clerk book.Clerk }

// NewRegister makes a Register.
func NewRegister(clerk book.Clerk) Register { return Register{clerk} }

// Retire lets a certificate, and the key that it is on, become what the table of services says of the one that an order replaces. One
// that is there already stays: CodeState, CodeNotFound.
func (r Register) Retire(ctx context.Context, tx book.RegisterTx, who book.Actor, o ra.Order, certificateID string, to ra.OldCertificate) error {
	c, err := tx.LockCertificate(ctx, certificateID)
	if err != nil || c.State == to.Becomes || c.State == ra.CertificateRevoked {
		return err
	}
	if err := retire(ctx, tx, c, to, r.clerk.Now()); err != nil {
		return err
	}
	return r.clerk.Write(ctx, tx, who, "certificate.retire", o.ID, c.ID, "serial_number", c.SerialNumber, "state", string(to.Becomes))
}

// retire lets a certificate, which is held, and its key become what the table of services says of it.
func retire(ctx context.Context, tx book.RegisterTx, c ra.Certificate, to ra.OldCertificate, now time.Time) error {
	if err := c.State.Move(to.Becomes); err != nil {
		return err
	}
	if to.Key != "" {
		if err := tx.SetKeyLife(ctx, c.Key, to.Key, now); err != nil {
			return err
		}
	}
	if to.Becomes != ra.CertificateRevoked {
		return tx.SetCertificateState(ctx, c, to.Becomes)
	}
	if err := tx.RevokeCertificate(ctx, c.ID, to.Because, now); err != nil || to.Key == "" {
		return err
	}
	return revokeOthers(ctx, tx, c.Key, to.Because, now)
}

// revokeOthers revokes the other certificates of a key that is gone for the same reason as the one in use: whoever has the key has the old
// pairs too, and the one that was being made.
func revokeOthers(ctx context.Context, tx book.RegisterTx, key ra.KeyIdentity, because int, now time.Time) error {
	others, err := tx.LockOthers(ctx, key)
	for _, c := range others {
		if err := tx.RevokeCertificate(ctx, c.ID, because, now); err != nil {
			return err
		}
	}
	return err
}
