package access

import (
	"context"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// mostNote is how many characters a request's own words, or the answer's, may have.
const mostNote = 500

// Bring checks a paper that was scanned at the desk for somebody and keeps it until it is laid before the second officer: what makes a scan
// bad, CodeNotFound, CodeForbidden, CodeSelfReview.
func (a *Access) Bring(ctx context.Context, staff ra.Staff, membershipID, hallID string, r io.Reader) (sha256 string, err error) {
	err = a.serving(ctx, staff, ra.ActAccess, membershipID, hallID, func(tx Tx, m ra.Membership) error {
		return a.clerk.Write(ctx, tx, book.StaffActor(staff), "paper.bring", "", m.PersonID)
	})
	if err != nil {
		return "", err
	}
	return a.scans.KeepPaper(ctx, staff, r)
}

// Ask keeps what is asked for, until a second officer answers: nothing happens before. Repeating it changes nothing. CodeInvalid (field
// "kind"), CodeReasonMissing and CodeTooLong ("note"), CodePaperMissing (the paper), what makes a mobile bad, CodeNothingChanged and
// CodeLoginTaken ("mobile"), CodeAccessWaits; CodeNotFound, CodeForbidden, CodeSelfReview, CodeSecondPerson for a command.
func (a *Access) Ask(ctx context.Context, staff ra.Staff, c book.AccessChange) error {
	c.Note, c.Mobile = strings.TrimSpace(c.Note), ra.NormalMobile(c.Mobile)
	if err := checkAsked(staff, c); err != nil {
		return err
	}
	return a.serving(ctx, staff, ra.ActAccess, c.MembershipID, c.HallID, func(tx Tx, m ra.Membership) error {
		if had, err := tx.Access(ctx, c.ID); err == nil && had.AskedBy == staff.ID && had.MembershipID == m.ID && had.Kind == c.Kind {
			return nil // it may have been answered since
		} else if err != nil && ra.CodeOf(err) != ra.CodeNotFound {
			return err
		}
		if err := a.mustBeFree(ctx, tx, m.PersonID); err != nil {
			return err
		}
		person, err := tx.LockPerson(ctx, m.PersonID) // two who ask at once are one after the other
		if err != nil {
			return err
		}
		if err := a.checkMobile(ctx, tx, c, m, person); err != nil {
			return err
		}
		if err := checkPapers(ctx, tx, staff, c); err != nil {
			return err
		}
		c.PersonID, c.MobileBefore, c.AskedBy, c.AskedAt, c.State = m.PersonID, person.Mobile, staff.ID, a.clerk.Now(), ra.AccessWaiting
		if err := tx.InsertAccess(ctx, c); err != nil {
			return err
		}
		return a.write(ctx, tx, staff, "access.ask", c, "reason", c.Note)
	})
}

// checkAsked checks what can be told without the register.
func checkAsked(staff ra.Staff, c book.AccessChange) error {
	switch {
	case book.ByCommand(staff):
		return ra.E(ra.CodeSecondPerson)
	case !slices.Contains(ra.AccessKinds(), c.Kind):
		return ra.E(ra.CodeInvalid).At("kind")
	case c.Kind == ra.AccessPassword && c.Mobile != "":
		return ra.E(ra.CodeInvalid).At("mobile")
	}
	if c.Kind == ra.AccessMobile {
		if err := ra.FieldError("mobile", ra.CheckMobile(c.Mobile)); err != nil {
			return err
		}
	}
	for _, kind := range c.Kind.Papers() {
		if !slices.ContainsFunc(c.Papers, func(p book.Paper) bool { return p.Kind == kind }) {
			return ra.E(ra.CodePaperMissing).At(string(kind))
		}
	}
	if err := checkWords("note", c.Note); err != nil {
		return err
	}
	return ra.FieldError("id", ra.CheckID(c.ID))
}

// checkWords wants words, and not too many.
func checkWords(field, text string) error {
	if text == "" {
		return ra.E(ra.CodeReasonMissing).At(field)
	}
	if utf8.RuneCountInString(text) > mostNote {
		return ra.E(ra.CodeTooLong, "max", "500").At(field)
	}
	return nil
}

// checkMobile refuses a new registered mobile that the project does not take, that is the old one, or with which somebody else logs in.
func (a *Access) checkMobile(ctx context.Context, tx Tx, c book.AccessChange, m ra.Membership, person book.PersonRecord) error {
	if c.Kind != ra.AccessMobile {
		return nil
	}
	if c.Mobile == person.Mobile {
		return ra.E(ra.CodeNothingChanged).At("mobile")
	}
	project, err := tx.Project(ctx, m.ProjectID)
	if err != nil {
		return err
	}
	setting := ra.Setting{Now: a.clerk.Now(), Countries: project.MobileCountries}
	if err := ra.FieldError("mobile", setting.Takes(c.Mobile)); err != nil {
		return err
	}
	other, err := tx.PersonByLogin(ctx, c.Mobile)
	switch {
	case ra.CodeOf(err) == ra.CodeNotFound:
		return nil
	case err == nil && other.ID != person.ID:
		return ra.E(ra.CodeLoginTaken).At("mobile")
	}
	return err
}

// checkPapers wants every paper once, each brought by who asks: a scan's name alone shows nothing.
func checkPapers(ctx context.Context, tx Tx, staff ra.Staff, c book.AccessChange) error {
	if len(c.Papers) != len(c.Kind.Papers()) {
		return ra.E(ra.CodeInvalid).At("papers")
	}
	for _, p := range c.Papers {
		theirs, err := tx.BroughtBy(ctx, p.SHA256, staff.ID)
		if err != nil {
			return err
		}
		if !theirs {
			return ra.E(ra.CodePaperMissing).At(string(p.Kind))
		}
	}
	return nil
}

// mustBeFree is CodeAccessWaits while a request waits for a person; one that nobody answered in time is over.
func (a *Access) mustBeFree(ctx context.Context, tx Tx, personID string) error {
	had, err := tx.LockAccessOf(ctx, personID)
	switch {
	case ra.CodeOf(err) == ra.CodeNotFound:
		return nil
	case err != nil:
		return err
	case !had.Expired(a.clerk.Now()):
		return ra.E(ra.CodeAccessWaits)
	}
	return a.expire(ctx, tx, had)
}

func (a *Access) expire(ctx context.Context, tx Tx, c book.AccessChange) error {
	now := a.clerk.Now()
	c.State, c.SettledAt = ra.AccessExpired, &now
	if err := tx.SettleAccess(ctx, c); err != nil {
		return err
	}
	return a.clerk.Write(ctx, tx, book.RuleActor(), "access.expire", "", c.PersonID, "request", c.ID)
}

// serving runs do for a membership that a member of staff may serve at the desk of a hall, in one transaction.
func (a *Access) serving(ctx context.Context, staff ra.Staff, act ra.Act, membershipID, hallID string, do func(tx Tx, m ra.Membership) error) error {
	if ra.CheckID(membershipID) != nil {
		return ra.E(ra.CodeNotFound)
	}
	return a.store.Do(ctx, func(tx Tx) error {
		m, err := tx.Membership(ctx, membershipID)
		if err != nil {
			return err
		}
		if err := a.people.MayServe(ctx, tx, staff, act, m, hallID); err != nil {
			return err
		}
		return do(tx, m)
	})
}

// write writes the line of a request into the trail, about the person. It tells no mobile.
func (a *Access) write(ctx context.Context, tx book.Trail, staff ra.Staff, action string, c book.AccessChange, facts ...string) error {
	facts = append([]string{"request", c.ID, "kind", string(c.Kind), "membership", c.MembershipID, "asked_by", c.AskedBy}, facts...)
	return a.clerk.Write(ctx, tx, book.StaffActor(staff), action, "", c.PersonID, facts...)
}
