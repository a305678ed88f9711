package fleet

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// maxReason is the length of the reason for a block in characters.
const maxReason = 300

// seenEvery is how exactly "last seen" of a kiosk is kept.
const seenEvery = time.Minute

// Kiosks lists the enrolled kiosks that the member of staff may see.
func (f *Fleet) Kiosks(ctx context.Context, staff ra.Staff) ([]book.KioskStatus, error) {
	read := func() ([]book.KioskRecord, error) { return f.store.Kiosks(ctx, staff.For(ra.ActKiosks)) }
	if book.ByCommand(staff) {
		read = func() ([]book.KioskRecord, error) { return f.store.AllKiosks(ctx) }
	}
	all, err := read()
	status := make([]book.KioskStatus, 0, len(all))
	for _, k := range all {
		status = append(status, book.KioskStatus{Kiosk: k.Kiosk, Projects: k.Projects, EnrolledAt: k.EnrolledAt, SeenAt: k.SeenAt, NotAfter: k.NotAfter,
			BlockedAt: k.BlockedAt})
	}
	return status, err
}

// BlockKiosk keeps a kiosk out from its next request on: every session at it ends, and what it has begun waits for another
// kiosk. Repeating it changes nothing. CodeReasonMissing, CodeForbidden, CodeNotFound.
func (f *Fleet) BlockKiosk(ctx context.Context, by ra.Staff, id, reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return ra.E(ra.CodeReasonMissing).At("reason")
	}
	if len([]rune(reason)) > maxReason {
		return ra.E(ra.CodeTooLong, "max", strconv.Itoa(maxReason)).At("reason")
	}
	return f.changeKiosk(ctx, by, id, func(tx Tx, k book.KioskRecord) error {
		if k.BlockedAt != nil {
			return nil
		}
		now := f.clerk.Now()
		if err := tx.SetKioskBlocked(ctx, id, true, now); err != nil {
			return err
		}
		if err := tx.LoseTickets(ctx, id, now); err != nil {
			return err
		}
		return f.clerk.Write(ctx, tx, book.StaffActor(by), "kiosk.block", "", id, "prefix", k.Prefix, "reason", reason)
	})
}

// UnblockKiosk lets a kiosk in again. Repeating it changes nothing. CodeForbidden, CodeNotFound.
func (f *Fleet) UnblockKiosk(ctx context.Context, by ra.Staff, id string) error {
	return f.changeKiosk(ctx, by, id, func(tx Tx, k book.KioskRecord) error {
		if k.BlockedAt == nil {
			return nil
		}
		if err := tx.SetKioskBlocked(ctx, id, false, f.clerk.Now()); err != nil {
			return err
		}
		return f.clerk.Write(ctx, tx, book.StaffActor(by), "kiosk.unblock", "", id, "prefix", k.Prefix)
	})
}

// changeKiosk runs change on a kiosk in use that the administrator reaches, in one transaction.
func (f *Fleet) changeKiosk(ctx context.Context, by ra.Staff, id string, change func(Tx, book.KioskRecord) error) error {
	if err := ra.CheckID(id); err != nil {
		return ra.E(ra.CodeNotFound)
	}
	return f.store.Do(ctx, func(tx Tx) error {
		k, err := tx.LockKiosk(ctx, id)
		if err == nil && k.Retired {
			err = ra.E(ra.CodeNotFound)
		}
		if err != nil {
			return err
		}
		if err := f.mayManageKiosk(ctx, tx, by, k.Prefix, k.HallID, k.Projects); err != nil {
			return err
		}
		return change(tx, k)
	})
}

// mayManageKiosk is CodeForbidden unless the administrator reaches the hall and every project of a kiosk, and also those of
// the kiosk that has its prefix now.
func (f *Fleet) mayManageKiosk(ctx context.Context, tx Tx, by ra.Staff, prefix, hallID string, projects []string) error {
	by, err := f.people.Acting(ctx, tx, by)
	if err != nil {
		return err
	}
	if err := mayManageEach(by, hallID, projects); err != nil {
		return err
	}
	all, err := tx.AllKiosks(ctx)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(all, func(k book.KioskRecord) bool { return k.Prefix == prefix }); i >= 0 {
		return mayManageEach(by, all[i].HallID, all[i].Projects)
	}
	return nil
}

// mayManageEach is book.MayManage for each of the projects; without any it takes who administers all of the hall.
func mayManageEach(by ra.Staff, hallID string, projects []string) error {
	if len(projects) == 0 {
		return book.MayManage(by, "", hallID)
	}
	for _, id := range projects {
		if err := book.MayManage(by, id, hallID); err != nil {
			return err
		}
	}
	return nil
}

// MustOffer is CodeForbidden when the kiosk's hall does not offer the project, and CodeKioskBlocked when the kiosk was blocked since
// it began to ask. In a transaction it stays so until the end.
func (f *Fleet) MustOffer(ctx context.Context, in book.Offers, kiosk ra.Kiosk, projectID string) error {
	ok, blocked, err := in.KioskOffers(ctx, kiosk.ID, projectID)
	switch {
	case err != nil:
		return err
	case blocked:
		return ra.E(ra.CodeKioskBlocked)
	case !ok:
		return ra.E(ra.CodeForbidden).At("project_id")
	}
	return nil
}

// MustBeIn is CodeKioskBlocked when the kiosk was blocked since it began to ask.
func (f *Fleet) MustBeIn(ctx context.Context, in book.Offers, kiosk ra.Kiosk) error {
	_, blocked, err := in.KioskOffers(ctx, kiosk.ID, "")
	if err == nil && blocked {
		err = ra.E(ra.CodeKioskBlocked)
	}
	return err
}

// Projects lists what the kiosk's hall offers, with the whole catalogue.
func (f *Fleet) Projects(ctx context.Context, kiosk ra.Kiosk) ([]ra.Project, error) {
	return f.store.ProjectsOfKiosk(ctx, kiosk.ID)
}
