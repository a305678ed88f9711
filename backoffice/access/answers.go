package access

import (
	"context"
	"slices"
	"strings"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Confirm carries out what a colleague asked for: all sessions of the person end, codes that were sent are worth nothing, they are told at
// every number of theirs, and a code for a new password goes to the registered mobile, or that becomes another. Repeating it changes
// nothing. CodeRulingSecond for who asked, CodeAccessExpired, CodeState for what was declined, CodeAccessStale, CodeNothingChanged and
// CodeLoginTaken (field "mobile") for what is so no more; CodeNotFound, CodeForbidden, CodeSelfReview.
func (a *Access) Confirm(ctx context.Context, staff ra.Staff, id string) error {
	return a.settle(ctx, staff, id, ra.AccessDone, func(tx Tx, c *book.AccessChange, m ra.Membership) error {
		if c.AskedBy == staff.ID {
			return ra.E(ra.CodeRulingSecond)
		}
		if err := a.stillStands(ctx, tx, *c, m); err != nil {
			return err
		}
		person, err := tx.LockPerson(ctx, c.PersonID)
		if err != nil {
			return err
		}
		if err := a.checkMobile(ctx, tx, *c, m, person); err != nil {
			return err
		}
		if err := a.shut(ctx, tx, c.PersonID); err != nil {
			return err
		}
		if err := a.carryOut(ctx, tx, staff, *c, m, person); err != nil {
			return err
		}
		return a.write(ctx, tx, staff, "access.confirm", *c)
	})
}

// stillStands is CodeAccessStale once the membership in which somebody came is another's, whose papers these are not, or who asked may ask
// no more: two confirm what happens, each of whom may do it then.
func (a *Access) stillStands(ctx context.Context, tx Tx, c book.AccessChange, m ra.Membership) error {
	if m.PersonID != c.PersonID {
		return ra.E(ra.CodeAccessStale)
	}
	err := a.people.MayServe(ctx, tx, ra.Staff{ID: c.AskedBy}, ra.ActAccess, m, c.HallID)
	switch ra.CodeOf(err) {
	case ra.CodeForbidden, ra.CodeNotFound, ra.CodeSelfReview:
		return ra.E(ra.CodeAccessStale).Because(err)
	}
	return err
}

// Decline refuses what was asked for, with words; a second officer who asked may take it back. Repeating it changes nothing. CodeReasonMissing and CodeTooLong
// (field "answer"), CodeAccessExpired, CodeState for what was carried out; CodeNotFound, CodeForbidden, CodeSelfReview.
func (a *Access) Decline(ctx context.Context, staff ra.Staff, id, answer string) error {
	answer = strings.TrimSpace(answer)
	if err := checkWords("answer", answer); err != nil {
		return err
	}
	return a.settle(ctx, staff, id, ra.AccessDeclined, func(tx Tx, c *book.AccessChange, _ ra.Membership) error {
		c.Answer = answer
		return a.write(ctx, tx, staff, "access.decline", *c, "reason", answer)
	})
}

// settle ends a request that waits, by do.
func (a *Access) settle(ctx context.Context, staff ra.Staff, id string, to ra.AccessState, do func(tx Tx, c *book.AccessChange, m ra.Membership) error) error {
	if ra.CheckID(id) != nil {
		return ra.E(ra.CodeNotFound)
	}
	return book.Kept(ctx, a.store, func(tx Tx) (refused, err error) {
		c, err := tx.LockAccess(ctx, id)
		if err != nil {
			return nil, err
		}
		m, err := tx.Membership(ctx, c.MembershipID)
		if err != nil {
			return nil, err
		}
		if err := a.people.MayServe(ctx, tx, staff, ra.ActAgree, m, c.HallID); err != nil || c.State == to {
			return nil, err
		}
		if c.State == ra.AccessExpired {
			return nil, ra.E(ra.CodeAccessExpired)
		}
		if err := c.State.Move(to); err != nil {
			return nil, err
		}
		if c.Expired(a.clerk.Now()) {
			return ra.E(ra.CodeAccessExpired), a.expire(ctx, tx, c)
		}
		if err := do(tx, &c, m); err != nil {
			return nil, err
		}
		now := a.clerk.Now()
		c.State, c.SettledBy, c.SettledAt = to, staff.ID, &now
		return nil, tx.SettleAccess(ctx, c)
	})
}

// shut ends what a person has open, and every code that was sent for them.
func (a *Access) shut(ctx context.Context, tx Tx, personID string) error {
	now := a.clerk.Now()
	if err := tx.EndSessionsOf(ctx, personID, "", now); err != nil {
		return err
	}
	if err := tx.EndPresencesOf(ctx, personID); err != nil {
		return err
	}
	if err := tx.DropAuthorizationCode(ctx, personID); err != nil {
		return err
	}
	return tx.EndCodesOf(ctx, personID, now)
}

// carryOut does what was confirmed, and tells the person wherever they could be told before.
func (a *Access) carryOut(ctx context.Context, tx Tx, staff ra.Staff, c book.AccessChange, m ra.Membership, person book.PersonRecord) error {
	hall, err := tx.Hall(ctx, c.HallID)
	if err != nil {
		return err
	}
	to := book.Told{PersonID: c.PersonID, Name: m.Handler.Name, ProjectID: m.ProjectID, Kiosk: ra.Kiosk{HallID: hall.ID, Hall: hall.Name, Window: desk}}
	mobiles, err := tx.AddressesOf(ctx, c.PersonID)
	if err != nil {
		return err
	}
	if c.Kind == ra.AccessMobile && !slices.Contains(mobiles, c.Mobile) {
		mobiles = append(mobiles, c.Mobile)
	}
	for _, to.Mobile = range mobiles {
		if c.Kind == ra.AccessMobile {
			err = a.messages.MobileAtDesk(ctx, tx, to, c.Mobile)
		} else {
			err = a.messages.PasswordAtDesk(ctx, tx, to)
		}
		if err != nil {
			return err
		}
	}
	if c.Kind == ra.AccessMobile {
		return tx.SetRegisteredMobile(ctx, c.PersonID, person.Mobile, c.Mobile, a.clerk.Now())
	}
	to.Mobile = person.Mobile
	return a.codes.SendDeskCode(ctx, tx, staff, to)
}

// desk stands where messages tell a kiosk's window.
var desk = ra.Text{ZH: "服务台", EN: "service desk"}
