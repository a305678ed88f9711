package uplink

import (
	"context"

	"keyhall/backoffice/ra"
)

// The calls below are the client's own, repeated when the line broke.

// Register makes a member. It is asked once: a wrong password that is repeated counts twice.
func (u *Uplink) Register(ctx context.Context, session string, r ra.Registration) (ra.Membership, error) {
	m, err := u.cfg.Client.Register(ctx, session, r)
	u.note(ctx, err)
	return m, err
}

// LogIn opens a session. It is asked once, too.
func (u *Uplink) LogIn(ctx context.Context, login, password string) (ra.Session, error) {
	s, err := u.cfg.Client.LogIn(ctx, login, password)
	u.note(ctx, err)
	return s, err
}

// Choose puts a session into a membership.
func (u *Uplink) Choose(ctx context.Context, session, membershipID string) (ra.Membership, error) {
	return call(ctx, u, func() (ra.Membership, error) { return u.cfg.Client.Choose(ctx, session, membershipID) })
}

// ChangePassword sets the person's password. It is asked once, too.
func (u *Uplink) ChangePassword(ctx context.Context, session, old, password string) error {
	err := u.cfg.Client.ChangePassword(ctx, session, old, password)
	u.note(ctx, err)
	return err
}

// Orders lists the member's orders, newest first.
func (u *Uplink) Orders(ctx context.Context, session string) ([]ra.Order, error) {
	return call(ctx, u, func() ([]ra.Order, error) { return u.cfg.Client.Orders(ctx, session) })
}

// Order returns one order of the member.
func (u *Uplink) Order(ctx context.Context, session, id string) (ra.Order, error) {
	return call(ctx, u, func() (ra.Order, error) { return u.cfg.Client.Order(ctx, session, id) })
}

// RemovePage takes a delivered page away.
func (u *Uplink) RemovePage(ctx context.Context, session, orderID string, kind ra.MaterialKind, pageID string) (ra.Order, error) {
	return call(ctx, u, func() (ra.Order, error) { return u.cfg.Client.RemovePage(ctx, session, orderID, kind, pageID) })
}

// Reserve binds a unit of an order to a key.
func (u *Uplink) Reserve(ctx context.Context, session string, r ra.Reservation) (ra.Release, error) {
	return call(ctx, u, func() (ra.Release, error) { return u.cfg.Client.Reserve(ctx, session, r) })
}

// Resume lets a person go on with an operation.
func (u *Uplink) Resume(ctx context.Context, session string, r ra.Resumption) (ra.Release, error) {
	return call(ctx, u, func() (ra.Release, error) { return u.cfg.Client.Resume(ctx, session, r) })
}

// Operation tells how far an operation in hand is.
func (u *Uplink) Operation(ctx context.Context, h ra.Hold) (ra.Operation, error) {
	return call(ctx, u, func() (ra.Operation, error) { return u.cfg.Client.Operation(ctx, h) })
}

// Administrator allows an attempt at the key's administrator PIN.
func (u *Uplink) Administrator(ctx context.Context, h ra.Hold, a ra.AdminAttempt) (ra.Opening, error) {
	return call(ctx, u, func() (ra.Opening, error) { return u.cfg.Client.Administrator(ctx, h, a) })
}

// GiveBack gives the unit of a useless key back.
func (u *Uplink) GiveBack(ctx context.Context, h ra.Hold, because ra.Code) error {
	_, err := call(ctx, u, func() (struct{}, error) { return struct{}{}, u.cfg.Client.GiveBack(ctx, h, because) })
	return err
}

// Certify gets a certificate.
func (u *Uplink) Certify(ctx context.Context, h ra.Hold, csr []byte, adminPIN int) (ra.Issued, error) {
	return call(ctx, u, func() (ra.Issued, error) { return u.cfg.Client.Certify(ctx, h, csr, adminPIN) })
}

// Challenge returns what the key signs.
func (u *Uplink) Challenge(ctx context.Context, h ra.Hold) ([]byte, error) {
	return call(ctx, u, func() ([]byte, error) { return u.cfg.Client.Challenge(ctx, h) })
}

// Confirm hands in a proof.
func (u *Uplink) Confirm(ctx context.Context, h ra.Hold, proof ra.Proof) (ra.Completion, error) {
	return call(ctx, u, func() (ra.Completion, error) { return u.cfg.Client.Confirm(ctx, h, proof) })
}

// KeyStatus tells what may be known of a key.
func (u *Uplink) KeyStatus(ctx context.Context, session string, key ra.KeyIdentity) (ra.KeyStatus, error) {
	return call(ctx, u, func() (ra.KeyStatus, error) { return u.cfg.Client.KeyStatus(ctx, session, key) })
}
