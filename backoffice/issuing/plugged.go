package issuing

import (
	"context"
	"slices"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// KeyRecord tells a confirmed member of a key's organisation, in its project, which certificates were made on it, so that the key can be
// compared with them; whoever else asks learns nothing. Each look leaves a line in the trail. CodeNotFound, CodeKeyWrong for another key than the one whose session it is, field errors.
func (is *Issuing) KeyRecord(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, key ra.KeyIdentity) (ra.KeyRecord, error) {
	if err := checkKey(key); err != nil {
		return ra.KeyRecord{}, err
	}
	if err := byKey(member, key); err != nil {
		return ra.KeyRecord{}, err
	}
	found, err := is.store.CertificatesToServe(ctx, key, member.ID)
	if err != nil {
		return ra.KeyRecord{}, err
	}
	if len(found) == 0 {
		return ra.KeyRecord{}, ra.E(ra.CodeNotFound)
	}
	who := book.CustomerAt(kiosk, member)
	if err := is.clerk.Look(ctx, is.store, who, "key.look", "", key.String(), "certificates", strconv.Itoa(len(found))); err != nil {
		return ra.KeyRecord{}, err
	}
	return ra.KeyRecord{Key: key, Certificates: found}, nil
}

// PINChange leaves the lines about a holder who changes the PIN of a key at a kiosk: that it begins, before the key is touched, and what
// came of it; said again it leaves none. A key that was reported lost opens nothing, which is said before. What came of a change counts
// whatever became of the key meanwhile. Member is zero without a login. CodeNotFound, CodeKeyLost, field errors.
func (is *Issuing) PINChange(ctx context.Context, kiosk ra.Kiosk, member ra.Membership, c ra.PINChange) error {
	if err := ra.CheckID(c.ID); err != nil {
		return ra.E(ra.CodeInvalid).At("change")
	}
	if !slices.Contains(ra.PINOutcomes(), c.As) {
		return ra.E(ra.CodeInvalid).At("as")
	}
	if err := checkKey(c.Key); err != nil {
		return err
	}
	return book.Kept(ctx, is.store, func(tx Tx) (refused, err error) {
		if refused, err = is.mayChangePIN(ctx, c); err != nil {
			return nil, err
		}
		action, facts := "pin."+string(c.As), []string{"serial", c.Key.Serial, "model", c.Key.Model}
		if refused != nil {
			action, facts = "pin.refuse", append(facts, "code", string(ra.CodeOf(refused)))
		}
		said, err := is.store.SawLately(ctx, resumedBy(kiosk, member).ID, action, "", c.ID, time.Time{})
		if err != nil || said {
			return refused, err
		}
		return refused, is.clerk.Write(ctx, tx, resumedBy(kiosk, member), action, "", c.ID, facts...)
	})
}

// mayChangePIN refuses a change that begins on a lost key.
func (is *Issuing) mayChangePIN(ctx context.Context, c ra.PINChange) (refused, err error) {
	record, err := is.store.UKey(ctx, c.Key)
	if err != nil {
		return nil, err
	}
	reported, err := is.store.KeyReported(ctx, c.Key)
	if err != nil {
		return nil, err
	}
	if (reported || record.Life == ra.KeyLost) && c.As == ra.PINBegun {
		return ra.E(ra.CodeKeyLost), nil
	}
	return nil, nil
}
