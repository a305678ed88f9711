package console

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"keyhall/backoffice/access"
	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// lost is somebody at the desk who does not get in.
func lost() ra.Membership {
	c := application(1, "杭州示范科技有限公司", 1, 60)
	m := c.Member
	m.PersonID, m.ProjectID, m.CreatedAt = id(801), "eseal", fakeNow.AddDate(0, -3, 0)
	m.Organisation, m.Legal, m.Handler = c.Order.Applicant.Organisation, c.Order.Applicant.Legal, c.Order.Applicant.Handler
	return m
}

// withAccess has a changed mobile that waits for a second officer, and an older request that was declined.
func withAccess(f *fakeRules) {
	*f.find(chenSupervises.ID) = chenSupervises
	m, settled := lost(), fakeNow.AddDate(0, 0, -9)
	papers := []book.Paper{{Kind: ra.PaperCardFront, SHA256: strings.Repeat("1", 64)}, {Kind: ra.PaperCardBack, SHA256: strings.Repeat("2", 64)}, {Kind: ra.PaperStatement, SHA256: strings.Repeat("3", 64)}}
	f.accesses = []book.AccessChange{
		{ID: id(802), PersonID: m.PersonID, MembershipID: m.ID, HallID: "xihu", Kind: ra.AccessMobile, Mobile: "13912345678", MobileBefore: m.Handler.Mobile, Note: "原手机号已停用，本人持证到场",
			Papers: papers, AskedBy: sun.ID, AskedAt: fakeNow.Add(-3 * time.Minute), State: ra.AccessWaiting},
		{ID: id(803), PersonID: m.PersonID, MembershipID: m.ID, HallID: "xihu", Kind: ra.AccessPassword, MobileBefore: m.Handler.Mobile, Note: "忘记密码", Papers: papers, AskedBy: sun.ID,
			AskedAt: settled.Add(-time.Hour), State: ra.AccessDeclined, SettledBy: wang.ID, SettledAt: &settled, Answer: "情况说明没有盖章"}}
}

func (f *fakeRules) access(id string) *book.AccessChange {
	i := slices.IndexFunc(f.accesses, func(c book.AccessChange) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return &f.accesses[i]
}

func (f *fakeRules) Find(_ context.Context, _ ra.Staff, text string) ([]ra.Membership, error) {
	if m := lost(); text == m.Handler.Mobile {
		return []ra.Membership{m}, f.failure("Find")
	}
	return nil, f.failure("Find")
}

func (f *fakeRules) MemberFile(_ context.Context, _ ra.Staff, id string) (access.File, error) {
	m := lost()
	if id != m.ID {
		return access.File{}, ra.E(ra.CodeNotFound)
	}
	return access.File{Member: m, Project: fakeProjects[0], Mobile: m.Handler.Mobile, Logins: []string{m.Login, "lisi@hz.example"}, Past: f.accesses, Halls: halls}, f.failure("MemberFile")
}

func (f *fakeRules) Request(ctx context.Context, staff ra.Staff, id string) (access.Request, error) {
	c := f.access(id)
	if c == nil {
		return access.Request{}, ra.E(ra.CodeNotFound)
	}
	file, err := f.MemberFile(ctx, staff, c.MembershipID)
	return access.Request{File: file, AccessChange: *c}, err
}

func (f *fakeRules) WaitingAccesses(context.Context, ra.Staff) (all []book.WaitingAccess, err error) {
	m := lost()
	for _, c := range f.accesses {
		if c.State == ra.AccessWaiting {
			all = append(all, book.WaitingAccess{AccessChange: c, Person: m.Handler.Name, Organisation: m.Organisation.Name, Asker: sun.Name})
		}
	}
	return all, f.failure("WaitingAccesses")
}

func (f *fakeRules) Paper(_ context.Context, _ ra.Staff, id string, kind ra.PaperKind) (io.ReadCloser, string, error) {
	return io.NopCloser(bytes.NewReader(f.scan(id + string(kind)))), "image/png", f.failure("Paper")
}

func (f *fakeRules) Bring(_ context.Context, _ ra.Staff, _, _ string, r io.Reader) (string, error) {
	scan, err := io.ReadAll(r)
	if err == nil && !bytes.HasPrefix(scan, []byte("\x89PNG")) {
		err = ra.E(ra.CodeScanNotImage)
	}
	return strings.Repeat("a", 64), err
}

func (f *fakeRules) Ask(_ context.Context, staff ra.Staff, c book.AccessChange) error {
	switch {
	case f.failure("Ask") != nil:
		return f.failure("Ask")
	case len(c.Papers) < len(c.Kind.Papers()):
		return ra.E(ra.CodePaperMissing).At(string(c.Kind.Papers()[len(c.Papers)]))
	case c.Note == "":
		return ra.E(ra.CodeReasonMissing).At("note")
	}
	c.State, c.AskedBy, c.AskedAt = ra.AccessWaiting, staff.ID, f.now
	f.accesses = append(f.accesses, c)
	return nil
}

func (f *fakeRules) Confirm(_ context.Context, staff ra.Staff, id string) error {
	return f.answer(id, staff, ra.AccessDone, "")
}

func (f *fakeRules) Decline(_ context.Context, staff ra.Staff, id, answer string) error {
	if answer == "" {
		return ra.E(ra.CodeReasonMissing).At("answer")
	}
	return f.answer(id, staff, ra.AccessDeclined, answer)
}

func (f *fakeRules) answer(id string, staff ra.Staff, to ra.AccessState, answer string) error {
	c := f.access(id)
	if c == nil {
		return ra.E(ra.CodeNotFound)
	}
	if c.AskedBy == staff.ID && to == ra.AccessDone {
		return ra.E(ra.CodeRulingSecond)
	}
	now := f.now
	c.State, c.SettledBy, c.SettledAt, c.Answer = to, staff.ID, &now, answer
	return nil
}
