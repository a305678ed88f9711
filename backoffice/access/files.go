package access

import (
	"context"
	"io"
	"slices"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

const (
	mostFound   = 50  // memberships of a search
	mostWaiting = 200 // requests in a list
	mostPast    = 20  // requests of a person
)

// Find lists the memberships of who has that number as the registered mobile, or that login name, or is of the organisation with that
// number, whole: nobody is looked through. It writes down who searched.
func (a *Access) Find(ctx context.Context, staff ra.Staff, text string) ([]ra.Membership, error) {
	forms := book.SearchForms(text)
	if len(forms) == 0 {
		return nil, nil
	}
	forms = append(forms, ra.NormalMobile(text))
	found, err := a.store.FindMemberships(ctx, staff.For(ra.ActAccess), forms, mostFound)
	if err == nil {
		err = a.clerk.LookAtFound(ctx, a.store, book.StaffActor(staff), "members", text, len(found))
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// File is somebody as the desk sees them: what is known, beside what they bring.
type File struct {
	Member  ra.Membership
	Project ra.Project
	Mobile  string // registered
	Logins  []string
	Past    []book.AccessChange // newest first
	Halls   []ra.Hall           // at whose desk who looks may ask
	Own     bool                // of an organisation that who looks is a member of
}

// Waiting is the request that waits, nil for none.
func (f File) Waiting() *book.AccessChange {
	i := slices.IndexFunc(f.Past, func(c book.AccessChange) bool { return c.State == ra.AccessWaiting })
	if i < 0 {
		return nil
	}
	return &f.Past[i]
}

// MemberFile returns somebody whom the member of staff may serve at a desk, and writes down who looked: CodeNotFound.
func (a *Access) MemberFile(ctx context.Context, staff ra.Staff, membershipID string) (File, error) {
	if ra.CheckID(membershipID) != nil {
		return File{}, ra.E(ra.CodeNotFound)
	}
	m, err := a.store.SeenMembership(ctx, staff.For(ra.ActAccess), membershipID)
	if err != nil {
		return File{}, err
	}
	return a.file(ctx, staff, m)
}

// Request is a request of the desk with who it is about.
type Request struct {
	File
	book.AccessChange
}

// Request returns a request that the member of staff may see, and writes down who looked: CodeNotFound.
func (a *Access) Request(ctx context.Context, staff ra.Staff, id string) (Request, error) {
	c, err := a.seen(ctx, staff, id)
	if err != nil {
		return Request{}, err
	}
	m, err := a.store.Membership(ctx, c.MembershipID)
	if err != nil {
		return Request{}, err
	}
	f, err := a.file(ctx, staff, m)
	if c.Expired(a.clerk.Now()) {
		c.State = ra.AccessExpired
	}
	return Request{f, c}, err
}

func (a *Access) seen(ctx context.Context, staff ra.Staff, id string) (book.AccessChange, error) {
	if ra.CheckID(id) != nil {
		return book.AccessChange{}, ra.E(ra.CodeNotFound)
	}
	return a.store.SeenAccess(ctx, staff.For(ra.ActSee), id)
}

// file gathers what is known of somebody, after the line about who looks.
func (a *Access) file(ctx context.Context, staff ra.Staff, m ra.Membership) (f File, err error) {
	if err := a.clerk.Look(ctx, a.store, book.StaffActor(staff), "member.view", "", m.ID); err != nil {
		return f, err
	}
	f.Member = m
	person, err := a.store.Person(ctx, m.PersonID)
	if err != nil {
		return f, err
	}
	f.Mobile = person.Mobile
	if f.Logins, err = a.store.LoginsOf(ctx, m.PersonID); err != nil {
		return f, err
	}
	if f.Project, err = a.store.Project(ctx, m.ProjectID); err != nil {
		return f, err
	}
	if f.Past, err = a.store.AccessesOf(ctx, m.PersonID, mostPast); err != nil {
		return f, err
	}
	for i := range f.Past {
		if f.Past[i].Expired(a.clerk.Now()) {
			f.Past[i].State = ra.AccessExpired
		}
	}
	if f.Halls, err = a.store.Halls(ctx); err != nil {
		return f, err
	}
	f.Halls = slices.DeleteFunc(f.Halls, func(h ra.Hall) bool { return !staff.May(ra.ActAccess, m.ProjectID, h.ID) })
	f.Own, err = a.store.OwnPerson(ctx, staff.ID, m.PersonID)
	return f, err
}

// WaitingAccesses lists what waits for a second officer and the member of staff may see, oldest first, and writes down who looked.
func (a *Access) WaitingAccesses(ctx context.Context, staff ra.Staff) ([]book.WaitingAccess, error) {
	found, err := a.store.WaitingAccesses(ctx, staff.For(ra.ActSee), a.clerk.Now().Add(-ra.AccessStays), mostWaiting)
	if err == nil {
		err = a.clerk.LookAtList(ctx, a.store, book.StaffActor(staff), "accesses", len(found))
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Paper opens a scanned paper of a request that the member of staff may see, and writes down who looked: CodeNotFound, also for what was
// erased.
func (a *Access) Paper(ctx context.Context, staff ra.Staff, id string, kind ra.PaperKind) (scan io.ReadCloser, contentType string, err error) {
	c, err := a.seen(ctx, staff, id)
	if err != nil {
		return nil, "", err
	}
	i := slices.IndexFunc(c.Papers, func(p book.Paper) bool { return p.Kind == kind })
	if i < 0 {
		return nil, "", ra.E(ra.CodeNotFound)
	}
	if err := a.clerk.Look(ctx, a.store, book.StaffActor(staff), "paper.view", "", c.ID); err != nil {
		return nil, "", err
	}
	blob, err := a.blobs.Open(ctx, c.Papers[i].SHA256)
	if err != nil {
		return nil, "", err
	}
	return book.OpenScan(blob)
}
