package intake

import (
	"context"
	"crypto/hmac"
	"errors"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// MandateLife is how long a mandate may be used after the session began in which it was given. It ends with a submission or
// the cancellation of its order and with a block of its kiosk before that.
const MandateLife = 30 * 24 * time.Hour

const purposeMandate = "mandate"

// mandateKey is what seals the mandates of a session: derived, so that it is stored nowhere.
func (in *Intake) mandateKey(r book.SessionRecord) (ra.MandateKey, error) {
	key, err := in.vault.HMAC(r.Master, purposeMandate, []byte(r.ID))
	return ra.MandateKey{SessionID: r.ID, Key: key}, err
}

// GiveMandate takes a mandate that a customer gave the kiosk, and places its application where the order is not there yet.
// One that was given before the order was handed in, from wherever, is over. Repeating it changes nothing. It tells the kiosk
// nothing of the order. CodeMandateOver (args: why), CodeInvalid, CodeNotFound, Place's; CodeOrderOpen (args: number) also where Place
// answers with another order.
func (in *Intake) GiveMandate(ctx context.Context, kiosk ra.Kiosk, m ra.Mandate) error {
	err := in.giveMandate(ctx, kiosk, m)
	return in.tellRefusedMandate(ctx, kiosk, m.OrderID, err)
}

func (in *Intake) giveMandate(ctx context.Context, kiosk ra.Kiosk, m ra.Mandate) error {
	if err := checkMandate(m); err != nil {
		return err
	}
	member, began, err := in.giver(ctx, kiosk, m)
	if err != nil {
		return err
	}
	if m.Application != nil {
		placed, err := in.Place(ctx, kiosk, member, *m.Application)
		if err == nil && placed.ID != m.OrderID { // the same was ordered meanwhile, elsewhere
			err = ra.E(ra.CodeOrderOpen, "number", placed.Number).At("targets")
		}
		if err != nil {
			return err
		}
	}
	return in.store.Do(ctx, func(tx Tx) error {
		if _, err := in.mandatedOrder(ctx, tx, kiosk, member, m.OrderID); err != nil {
			return err
		}
		now := in.clerk.Now()
		fresh, err := tx.PutMandate(ctx, book.MandateRecord{Mandate: m, KioskID: kiosk.ID, Began: began}, now, now.Add(-2*MandateLife))
		if err != nil || !fresh {
			return err
		}
		return in.clerk.Write(ctx, tx, book.CustomerAt(kiosk, member), "mandate.give", m.OrderID, m.SessionID,
			"pages", strconv.Itoa(len(m.Pages)), "submit", strconv.FormatBool(m.Submit))
	})
}

func checkMandate(m ra.Mandate) error {
	for field, id := range map[string]string{"order_id": m.OrderID, "session_id": m.SessionID, "membership_id": m.MembershipID} {
		if err := ra.FieldError(field, ra.CheckID(id)); err != nil {
			return err
		}
	}
	if len(m.Pages) > ra.MaxMandatePages {
		return ra.E(ra.CodeTooManyPages, "max", strconv.Itoa(ra.MaxMandatePages)).At("pages")
	}
	if m.Application != nil && m.Application.ID != m.OrderID {
		return ra.E(ra.CodeInvalid).At("application.id")
	}
	return nil
}

// giver returns the membership in whose name a mandate was given at this kiosk, and when the session began.
func (in *Intake) giver(ctx context.Context, kiosk ra.Kiosk, m ra.Mandate) (member ra.Membership, began time.Time, err error) {
	session, barred, err := in.store.MandateSession(ctx, m.SessionID, kiosk.ID)
	if ra.CodeOf(err) == ra.CodeNotFound {
		return member, began, mandateOver("session")
	}
	if err != nil {
		return member, began, err
	}
	key, err := in.mandateKey(session)
	if err != nil {
		return member, began, err
	}
	defer key.Wipe()
	want, err := ra.MandateSeal(key.Key, kiosk.ID, m)
	if err != nil {
		return member, began, err
	}
	if !hmac.Equal(want, m.Seal) {
		return member, began, mandateOver("seal")
	}
	if err := in.mandateLives(session.CreatedAt, barred); err != nil {
		return member, began, err
	}
	member, err = in.store.Membership(ctx, m.MembershipID)
	switch {
	case err == nil && member.PersonID != session.PersonID, ra.CodeOf(err) == ra.CodeNotFound:
		err = mandateOver("membership")
	case session.OrderID != "" && m.OrderID != session.OrderID:
		err = mandateOver("order")
	}
	member.OrderID = session.OrderID
	return member, session.CreatedAt, err
}

func (in *Intake) mandateLives(began time.Time, barred bool) error {
	switch {
	case barred:
		return mandateOver("blocked")
	case !in.clerk.Now().Before(began.Add(MandateLife)):
		return mandateOver("expired")
	}
	return nil
}

// mandatedOrder is LockOwn for a kiosk that acts under a mandate; nothing is done for an order that was cancelled.
func (in *Intake) mandatedOrder(ctx context.Context, tx Tx, kiosk ra.Kiosk, member ra.Membership, id string) (ra.Order, error) {
	order, err := in.LockOwn(ctx, tx, member, id)
	if ra.CodeOf(err) == ra.CodeNotFound {
		err = mandateOver("order")
	}
	if err == nil && order.State == ra.OrderCancelled {
		err = mandateOver("cancelled")
	}
	if err != nil {
		return order, err
	}
	return order, in.fleet.MustOffer(ctx, tx, kiosk, order.ProjectID)
}

// MandatePage puts a page, whose blob is stored, under the material that the mandate names. CodeMandateOver, AddPage's.
func (in *Intake) MandatePage(ctx context.Context, kiosk ra.Kiosk, orderID, pageID string) error {
	return in.underMandate(ctx, kiosk, orderID, func(tx Tx, m book.MandateRecord, member ra.Membership) error {
		page, ok := m.Page(pageID)
		if !ok {
			return mandateOver("page")
		}
		if m.Ended {
			had, err := in.samePage(ctx, tx, orderID, page.Material, page.Page)
			if err == nil && !had {
				err = mandateOver("submitted")
			}
			return err
		}
		if err := in.stored(ctx, page.Page); err != nil {
			return err
		}
		_, err := in.addPage(ctx, tx, member, orderID, page.Material, page.Page)
		return err
	})
}

// MandateSubmit hands the order in, which ends the mandate; repeating it changes nothing. CodeMandateOver, Submit's.
func (in *Intake) MandateSubmit(ctx context.Context, kiosk ra.Kiosk, orderID string) error {
	return in.underMandate(ctx, kiosk, orderID, func(tx Tx, m book.MandateRecord, member ra.Membership) error {
		if !m.Submit {
			return mandateOver("submit")
		}
		if m.Ended {
			return nil
		}
		_, err := in.submit(ctx, tx, member, orderID)
		return err
	})
}

// underMandate runs do in one transaction under the kiosk's mandate for the order, which is held.
func (in *Intake) underMandate(ctx context.Context, kiosk ra.Kiosk, orderID string,
	do func(Tx, book.MandateRecord, ra.Membership) error) error {
	if err := ra.CheckID(orderID); err != nil {
		return ra.E(ra.CodeNotFound)
	}
	err := in.store.Do(ctx, func(tx Tx) error {
		m, err := tx.Mandate(ctx, kiosk.ID, orderID)
		if ra.CodeOf(err) == ra.CodeNotFound {
			return mandateOver("none")
		}
		if err != nil {
			return err
		}
		if err := in.mandateLives(m.Began, m.Barred); err != nil {
			return err
		}
		member, err := tx.Membership(ctx, m.MembershipID)
		if err != nil {
			return err
		}
		if _, err := in.mandatedOrder(ctx, tx, kiosk, member, orderID); err != nil {
			return err
		}
		return do(tx, m, member)
	})
	return in.tellRefusedMandate(ctx, kiosk, orderID, err)
}

func mandateOver(why string) *ra.Error { return ra.E(ra.CodeMandateOver, "why", why) }

// tellRefusedMandate leaves a line in the trail for what a kiosk had no mandate for.
func (in *Intake) tellRefusedMandate(ctx context.Context, kiosk ra.Kiosk, orderID string, err error) error {
	var e *ra.Error
	if !errors.As(err, &e) || e.Code != ra.CodeMandateOver {
		return err
	}
	return errors.Join(err, in.clerk.Write(ctx, in.store, book.KioskActor(kiosk), "mandate.refuse", orderID, "", "why", e.Args["why"]))
}
