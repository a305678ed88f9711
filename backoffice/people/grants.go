package people

import (
	"context"
	"slices"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Grant gives a member of staff a role in a project ("": all) at a hall ("": all). It counts once a second administrator has
// confirmed it; one given by a command counts at once. The same again changes nothing. CodeInvalid (field "role"),
// CodeNotFound (field "project_id" or "hall_id"), CodeGrantAlone (args: role), CodeForbidden.
func (p *People) Grant(ctx context.Context, by ra.Staff, g ra.Grant) error {
	if err := ra.FieldError("id", ra.CheckID(g.ID)); err != nil {
		return err
	}
	if !slices.Contains(ra.Roles(), g.Role) {
		return ra.E(ra.CodeInvalid).At("role")
	}
	return p.store.Do(ctx, func(tx Tx) error {
		by, err := p.Acting(ctx, tx, by)
		if err != nil {
			return err
		}
		if err := book.MayManage(by, g.ProjectID, g.HallID); err != nil {
			return err
		}
		member, _, err := tx.LockStaff(ctx, g.StaffID)
		if err != nil {
			return err
		}
		same := func(h ra.Grant) bool { return h.Role == g.Role && h.ProjectID == g.ProjectID && h.HallID == g.HallID }
		if slices.ContainsFunc(member.Grants, same) {
			return nil
		}
		for _, h := range member.Grants {
			if h.Role != g.Role && (h.Role.Alone() || g.Role.Alone()) {
				return ra.E(ra.CodeGrantAlone, "role", string(h.Role)).At("role")
			}
		}
		return p.grant(ctx, tx, by, g)
	})
}

func (p *People) grant(ctx context.Context, tx Tx, by ra.Staff, g ra.Grant) error {
	if g.ProjectID != "" {
		if _, err := tx.Project(ctx, g.ProjectID); err != nil {
			return ra.FieldError("project_id", err)
		}
	}
	if g.HallID != "" {
		if _, err := tx.Hall(ctx, g.HallID); err != nil {
			return ra.FieldError("hall_id", err)
		}
	}
	now := p.clerk.Now()
	g.GivenBy, g.GivenAt, g.ConfirmedBy, g.ConfirmedAt = book.StaffID(by), now, "", nil
	if book.ByCommand(by) {
		g.ConfirmedAt = &now
	}
	if err := tx.InsertGrant(ctx, g); err != nil {
		return err
	}
	return p.clerk.Write(ctx, tx, book.StaffActor(by), "grant.give", "", g.StaffID, grantFacts(g)...)
}

func grantFacts(g ra.Grant) []string {
	facts := []string{"grant", g.ID, "role", string(g.Role)}
	if g.ProjectID != "" {
		facts = append(facts, "project", g.ProjectID)
	}
	if g.HallID != "" {
		facts = append(facts, "hall", g.HallID)
	}
	return facts
}

// ConfirmGrant makes a grant count: CodeGrantSecond for who gave or gets it, CodeForbidden, CodeNotFound. Repeating it
// changes nothing.
func (p *People) ConfirmGrant(ctx context.Context, by ra.Staff, id string) error {
	return p.changeGrant(ctx, by, id, func(tx Tx, by, member ra.Staff, g ra.Grant) error {
		if g.Live() {
			return nil
		}
		if by.ID == g.GivenBy || by.ID == member.ID {
			return ra.E(ra.CodeGrantSecond)
		}
		if err := tx.ConfirmGrant(ctx, id, book.StaffID(by), p.clerk.Now()); err != nil {
			return err
		}
		return p.clerk.Write(ctx, tx, book.StaffActor(by), "grant.confirm", "", member.ID, grantFacts(g)...)
	})
}

// WithdrawGrant ends a grant and its holder's sessions, so that the next request goes by what is left: CodeStaffSelf,
// CodeForbidden, CodeNotFound, also for one that was withdrawn already.
func (p *People) WithdrawGrant(ctx context.Context, by ra.Staff, id string) error {
	return p.changeGrant(ctx, by, id, func(tx Tx, by, member ra.Staff, g ra.Grant) error {
		if by.ID == member.ID {
			return ra.E(ra.CodeStaffSelf)
		}
		if err := tx.WithdrawGrant(ctx, id, book.StaffID(by), p.clerk.Now()); err != nil {
			return err
		}
		return p.clerk.Write(ctx, tx, book.StaffActor(by), "grant.withdraw", "", member.ID, grantFacts(g)...)
	})
}

// changeGrant runs change on a grant within the administrator's reach, in one transaction.
func (p *People) changeGrant(ctx context.Context, by ra.Staff, id string, change func(tx Tx, by, member ra.Staff, g ra.Grant) error) error {
	if err := ra.CheckID(id); err != nil {
		return ra.E(ra.CodeNotFound)
	}
	return p.manage(ctx, by, func(tx Tx, by ra.Staff) error {
		holder, err := tx.GrantHolder(ctx, id)
		if err != nil {
			return err
		}
		member, _, err := tx.LockStaff(ctx, holder)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(member.Grants, func(g ra.Grant) bool { return g.ID == id })
		if i < 0 {
			return ra.E(ra.CodeNotFound)
		}
		if err := book.MayManage(by, member.Grants[i].ProjectID, member.Grants[i].HallID); err != nil {
			return err
		}
		return change(tx, by, member, member.Grants[i])
	})
}
