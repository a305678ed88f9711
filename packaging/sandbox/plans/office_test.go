package plans

import (
	"context"

	"keyhall/backoffice/issuing"
	"keyhall/backoffice/ra"
	"keyhall/kiosk/write"
)

// office is the back office as one kiosk reaches it, with a member logged in.
type office struct {
	issuing *issuing.Issuing
	kiosk   ra.Kiosk
	member  ra.Membership
}

var _ write.Office = office{}

// session is what stands for the member's login.
const session = "session"

func (o office) who(token string) ra.Membership {
	if token != session {
		return ra.Membership{}
	}
	return o.member
}

func (o office) Reserve(ctx context.Context, token string, r ra.Reservation) (ra.Release, error) {
	return o.issuing.Reserve(ctx, o.kiosk, o.who(token), r)
}

func (o office) Resume(ctx context.Context, token string, r ra.Resumption) (ra.Release, error) {
	return o.issuing.Resume(ctx, o.kiosk, o.who(token), r)
}

func (o office) Operation(ctx context.Context, h ra.Hold) (ra.Operation, error) {
	return o.issuing.Operation(ctx, o.kiosk, h)
}

func (o office) Administrator(ctx context.Context, h ra.Hold, a ra.AdminAttempt) (ra.Opening, error) {
	return o.issuing.Administrator(ctx, o.kiosk, h, a)
}

func (o office) GiveBack(ctx context.Context, h ra.Hold, because ra.Code) error {
	return o.issuing.GiveBack(ctx, o.kiosk, h, because)
}

func (o office) Certify(ctx context.Context, h ra.Hold, csr []byte, adminPIN int) (ra.Issued, error) {
	return o.issuing.Certify(ctx, o.kiosk, h, csr, adminPIN)
}

func (o office) Challenge(ctx context.Context, h ra.Hold) ([]byte, error) {
	return o.issuing.Challenge(ctx, o.kiosk, h)
}

func (o office) Confirm(ctx context.Context, h ra.Hold, p ra.Proof) (ra.Completion, error) {
	return o.issuing.Confirm(ctx, o.kiosk, h, p)
}

func (o office) KeyStatus(ctx context.Context, token string, key ra.KeyIdentity) (ra.KeyStatus, error) {
	return o.issuing.KeyStatus(ctx, o.kiosk, o.who(token), key)
}
