package access_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// desk is a hall with somebody who does not get in, and two who may be the second officer.
type desk struct {
	*servicetest.Hall
	member        ra.Membership
	second, third ra.Staff
}

func setup(t *testing.T) desk {
	t.Helper()
	h := servicetest.New(t)
	supervisor := servicetest.Grants(ra.RoleSupervisor, ra.RoleReviewer)
	return desk{h, h.Registered(t), h.Hired(t, "qian@hall.example", "钱主管", supervisor...), h.Hired(t, "feng@hall.example", "冯主管", supervisor...)}
}

// papers brings everything that is wanted.
func (d desk) papers(t *testing.T, staff ra.Staff, k ra.AccessKind) (all []book.Paper) {
	t.Helper()
	for i, kind := range k.Papers() {
		scan, _ := servicetest.Scan(t, i+1)
		sum, err := d.Access.Bring(t.Context(), staff, d.member.ID, servicetest.HallID, bytes.NewReader(scan))
		servicetest.Must(t, err)
		all = append(all, book.Paper{Kind: kind, SHA256: sum})
	}
	return all
}

// request is a good one by the counter.
func (d desk) request(t *testing.T, k ra.AccessKind) book.AccessChange {
	t.Helper()
	c := book.AccessChange{ID: servicetest.ID(t), MembershipID: d.member.ID, HallID: servicetest.HallID, Kind: k, Note: "本人到场", Papers: d.papers(t, d.Counter, k)}
	if k == ra.AccessMobile {
		c.Mobile = "+86 139-1234-5678"
	}
	return c
}

func (d desk) asked(t *testing.T, k ra.AccessKind) book.AccessChange {
	t.Helper()
	c := d.request(t, k)
	servicetest.Must(t, d.Access.Ask(t.Context(), d.Counter, c))
	return c
}

// texts delivers what waits and returns the texts of a template to a mobile, and the last one's code.
func (d desk) texts(t *testing.T, template, mobile string) (all []string, code string) {
	t.Helper()
	_, err := d.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	for _, m := range d.Sender.Sent() {
		if m.Template == template && m.Mobile == mobile {
			all, code = append(all, m.Text), m.Parameters["code"]
		}
	}
	return all, code
}

// TestForgottenPasswordAtTheDesk: nothing happens before the second officer confirms; then everything that was open is over, every address
// is told, and the code that went to the registered mobile sets another password at a kiosk, with whose login nothing is begun on a key for a day.
func TestForgottenPasswordAtTheDesk(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := t.Context()
	order, code := d.Approved(t, d.member, 1)
	session := d.LoggedIn(t, d.Kiosk, d.member.Login, servicetest.Password, d.member.ID)
	c := d.asked(t, ra.AccessPassword)
	servicetest.Must(t, d.Access.Ask(ctx, d.Counter, c)) // a double click
	if _, err := d.Session(ctx, d.Kiosk, session); err != nil {
		t.Errorf("asked: the session: %v, want it to live", err)
	}
	for range 2 {
		servicetest.Must(t, d.Access.Confirm(ctx, d.second, c.ID))
	}
	_, err := d.Session(ctx, d.Kiosk, session)
	servicetest.WantCode(t, "the session of before", err, ra.CodeSessionOver, "")
	if told, _ := d.texts(t, "password_at_desk", d.member.Handler.Mobile); len(told) != 1 || !strings.Contains(told[0], "服务台") {
		t.Errorf("told %q, want it once, with the desk", told)
	}
	sent, reset := d.texts(t, "password_code", d.member.Handler.Mobile)
	if len(sent) != 1 {
		t.Fatalf("%d codes were sent, want 1", len(sent))
	}
	servicetest.Must(t, d.RecoverPassword(ctx, d.Kiosk, d.member.Login, reset, "Weihai2027a"))
	d.LoggedIn(t, d.Kiosk, d.member.Login, "Weihai2027a", d.member.ID)
	r := servicetest.ReservationFor(t, order, code, "S1")
	_, err = d.Reserve(ctx, d.Kiosk, d.member, r)
	servicetest.WantCode(t, "within the day of the new password", err, ra.CodePasswordFresh, "")
	d.Sound(t)
}

// TestMobileAtTheDesk: the old and the new one are told, codes that went to the old one open nothing, and the new one is where codes go.
func TestMobileAtTheDesk(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := t.Context()
	old, mobile := d.member.Handler.Mobile, "13912345678"
	order, code := d.Approved(t, d.member, 1)
	servicetest.Must(t, d.ForgotPassword(ctx, d.Kiosk, d.member.Login))
	_, reset := d.texts(t, "password_code", old)
	c := d.asked(t, ra.AccessMobile)
	servicetest.Must(t, d.Access.Confirm(ctx, d.second, c.ID))
	for _, to := range []string{old, mobile} {
		if told, _ := d.texts(t, "mobile_at_desk", to); len(told) != 1 || !strings.Contains(told[0], ra.MaskMobile(mobile)) || strings.Contains(told[0], mobile) {
			t.Errorf("%s was told %q, want the new one masked, once", to, told)
		}
	}
	servicetest.WantCode(t, "a code to the old mobile", d.RecoverPassword(ctx, d.Kiosk, d.member.Login, reset, "Weihai2027a"), ra.CodeSMSCodeOver, "code")
	_, err := d.Reserve(ctx, d.Kiosk, d.member, servicetest.ReservationFor(t, order, code, "S1"))
	servicetest.WantCode(t, "an authorization code to the old mobile", err, ra.CodeAuthCodeExpired, "auth_code")
	servicetest.Must(t, d.ForgotPassword(ctx, d.Kiosk, d.member.Login))
	if sent, _ := d.texts(t, "password_code", mobile); len(sent) != 1 {
		t.Errorf("%d codes to the new mobile, want 1", len(sent))
	}
	f, err := d.Access.MemberFile(ctx, d.Counter, d.member.ID)
	if err != nil || f.Mobile != mobile || f.Member.Handler.Mobile != mobile || f.Past[0].MobileBefore != old {
		t.Errorf("registered: %s, of the handler: %s, %v, want %s", f.Mobile, f.Member.Handler.Mobile, err, mobile)
	}
	d.Sound(t)
}

// TestNeitherOfficerHandsOut codes for who they let in, for a day; others do, and the login's own day stands.
func TestNeitherOfficerHandsOut(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := t.Context()
	order, _ := d.Approved(t, d.member, 1)
	open := d.Submitted(t, d.member, 1)
	other, _ := d.Approved(t, d.Registered(t), 1)
	c := d.asked(t, ra.AccessMobile)
	servicetest.Must(t, d.Access.Confirm(ctx, d.second, c.ID))
	_, err := d.NewCode(ctx, d.Counter, order.ID, order.Version)
	servicetest.WantCode(t, "who asked", err, ra.CodeAccessBar, "")
	if got := servicetest.Argument(err, "hours"); got != "24" {
		t.Errorf("%s hours to wait, want 24", got)
	}
	_, err = d.NewCode(ctx, d.second, order.ID, order.Version)
	servicetest.WantCode(t, "who confirmed", err, ra.CodeAccessBar, "")
	servicetest.WantCode(t, "the review", d.Claim(ctx, d.second, open.ID), ra.CodeAccessBar, "")
	if _, err = d.NewCode(ctx, d.Counter, other.ID, other.Version); err != nil {
		t.Errorf("somebody else's: %v", err)
	}
	if order, err = d.NewCode(ctx, d.third, order.ID, order.Version); err != nil {
		t.Errorf("by a colleague: %v", err)
	}
	d.Clock.Advance(ra.AccessBar - time.Second)
	_, err = d.NewCode(ctx, d.Counter, order.ID, order.Version)
	servicetest.WantCode(t, "a second too early", err, ra.CodeAccessBar, "")
	d.Clock.Advance(time.Second)
	if _, err = d.NewCode(ctx, d.Counter, order.ID, order.Version); err != nil {
		t.Errorf("a day later: %v", err)
	}
	d.Sound(t)
}

// TestWhoMayAnswer: another supervisor, who is nobody of the organisation, once, in time.
func TestWhoMayAnswer(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := t.Context()
	own := d.Hired(t, d.member.Login, "李四", servicetest.Grants(ra.RoleSupervisor)...)
	c := d.request(t, ra.AccessPassword)
	c.Papers = d.papers(t, d.second, c.Kind)
	servicetest.Must(t, d.Access.Ask(ctx, d.second, c))
	servicetest.WantCode(t, "who asked", d.Access.Confirm(ctx, d.second, c.ID), ra.CodeRulingSecond, "")
	servicetest.WantCode(t, "at the counter", d.Access.Confirm(ctx, d.Counter, c.ID), ra.CodeForbidden, "")
	servicetest.WantCode(t, "of the organisation", d.Access.Confirm(ctx, own, c.ID), ra.CodeSelfReview, "")
	servicetest.WantCode(t, "of none", d.Access.Confirm(ctx, d.third, servicetest.ID(t)), ra.CodeNotFound, "")
	servicetest.WantCode(t, "declined without words", d.Access.Decline(ctx, d.third, c.ID, " "), ra.CodeReasonMissing, "answer")
	servicetest.WantCode(t, "declined at the counter", d.Access.Decline(ctx, d.Counter, c.ID, "x"), ra.CodeForbidden, "")
	for range 2 {
		servicetest.Must(t, d.Access.Decline(ctx, d.third, c.ID, "印章不符"))
	}
	servicetest.WantCode(t, "confirmed after that", d.Access.Confirm(ctx, d.third, c.ID), ra.CodeState, "")
	if _, err := d.NewCode(ctx, d.third, d.asApproved(t), 0); ra.CodeOf(err) == ra.CodeAccessBar {
		t.Error("what was declined bars nobody")
	}
	late := d.asked(t, ra.AccessPassword)
	d.Clock.Advance(ra.AccessStays)
	for range 2 {
		servicetest.WantCode(t, "too late", d.Access.Confirm(ctx, d.third, late.ID), ra.CodeAccessExpired, "")
	}
	servicetest.Must(t, d.Access.Decline(ctx, d.second, d.asked(t, ra.AccessPassword).ID, "客户离开"))
	d.Sound(t)
}

func (d desk) asApproved(t *testing.T) string {
	t.Helper()
	order, _ := d.Approved(t, d.member, 1)
	return order.ID
}

// TestTwoAtOnce: one of two requests for a person waits, and one of two answers counts.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := t.Context()
	all := []book.AccessChange{d.request(t, ra.AccessPassword), d.request(t, ra.AccessMobile)}
	var group errgroup.Group
	errs := make([]error, len(all))
	for i, c := range all {
		group.Go(func() error { errs[i] = d.Access.Ask(ctx, d.Counter, c); return nil })
	}
	servicetest.Must(t, group.Wait())
	first := 0
	if errs[0] != nil {
		first = 1
	}
	servicetest.Must(t, errs[first])
	servicetest.WantCode(t, "the other", errs[1-first], ra.CodeAccessWaits, "")
	for range 2 {
		group.Go(func() error { return d.Access.Confirm(ctx, d.second, all[first].ID) })
	}
	servicetest.Must(t, group.Wait())
	if waiting, err := d.Access.WaitingAccesses(ctx, d.third); err != nil || len(waiting) != 0 {
		t.Errorf("%d wait, %v, want none", len(waiting), err)
	}
	servicetest.Must(t, d.Access.Ask(ctx, d.Counter, d.request(t, ra.AccessPassword)))
	d.Sound(t)
}

// TestBadRequests are refused at their field, and nothing waits.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := t.Context()
	somebody := d.Registered(t)
	own := d.Hired(t, d.member.Login, "李四", servicetest.Grants(ra.RoleCounter)...)
	for name, try := range map[string]struct {
		staff ra.Staff
		alter func(c *book.AccessChange)
		code  ra.Code
		field string
	}{
		"no kind":                {d.Counter, func(c *book.AccessChange) { c.Kind = "x" }, ra.CodeInvalid, "kind"},
		"no words":               {d.Counter, func(c *book.AccessChange) { c.Note = " " }, ra.CodeReasonMissing, "note"},
		"too many words":         {d.Counter, func(c *book.AccessChange) { c.Note = strings.Repeat("字", 501) }, ra.CodeTooLong, "note"},
		"no mobile":              {d.Counter, func(c *book.AccessChange) { c.Mobile = "" }, ra.CodeRequired, "mobile"},
		"no such mobile":         {d.Counter, func(c *book.AccessChange) { c.Mobile = "139" }, ra.CodeMobile, "mobile"},
		"the same mobile":        {d.Counter, func(c *book.AccessChange) { c.Mobile = d.member.Handler.Mobile }, ra.CodeNothingChanged, "mobile"},
		"somebody else's login":  {d.Counter, func(c *book.AccessChange) { c.Mobile = somebody.Login }, ra.CodeLoginTaken, "mobile"},
		"a paper missing":        {d.Counter, func(c *book.AccessChange) { c.Papers = c.Papers[:2] }, ra.CodePaperMissing, "statement"},
		"a paper of nobody's":    {d.Counter, func(c *book.AccessChange) { c.Papers[1].SHA256 = strings.Repeat("0", 64) }, ra.CodePaperMissing, "card_back"},
		"a paper of a colleague": {d.second, func(*book.AccessChange) {}, ra.CodePaperMissing, "card_front"},
		"nobody known":           {d.Counter, func(c *book.AccessChange) { c.MembershipID = servicetest.ID(t) }, ra.CodeNotFound, ""},
		"no hall":                {d.Hired(t, "far@hall.example", "何远", ra.Grant{Role: ra.RoleCounter, HallID: servicetest.HallID}), func(c *book.AccessChange) { c.HallID = "" }, ra.CodeNotFound, ""},
		"a reviewer":             {d.Hired(t, "lin@hall.example", "林琳", servicetest.Grants(ra.RoleReviewer)...), func(*book.AccessChange) {}, ra.CodeForbidden, ""},
		"their own":              {own, func(*book.AccessChange) {}, ra.CodeSelfReview, ""},
		"by a command":           {book.Command(), func(*book.AccessChange) {}, ra.CodeSecondPerson, ""},
	} {
		c := d.request(t, ra.AccessMobile)
		try.alter(&c)
		servicetest.WantCode(t, name, d.Access.Ask(ctx, try.staff, c), try.code, try.field)
	}
	d.Sound(t)
}

// TestBadPapers: what is cut, no image, empty or too large to be drawn is not kept.
func TestBadPapers(t *testing.T) {
	t.Parallel()
	d := setup(t)
	scan, _ := servicetest.Scan(t, 1)
	bomb := bytes.Clone(scan)
	copy(bomb[16:24], []byte{0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff}) // width and height in a PNG's head
	binary.BigEndian.PutUint32(bomb[29:33], crc32.ChecksumIEEE(bomb[12:29]))
	for name, try := range map[string]struct {
		scan []byte
		code ra.Code
	}{
		"nothing": {nil, ra.CodeScanEmpty}, "cut": {scan[:len(scan)/2], ra.CodeScanDamaged}, "no image": {[]byte("%PDF-1.7"), ra.CodeScanNotImage},
		"too long": {append(bytes.Clone(scan), make([]byte, ra.MaxPageBytes)...), ra.CodeScanTooLarge}, "a bomb": {bomb, ra.CodeScanTooLarge},
	} {
		_, err := d.Access.Bring(t.Context(), d.Counter, d.member.ID, servicetest.HallID, bytes.NewReader(try.scan))
		servicetest.WantCode(t, name, err, try.code, "")
	}
	_, err := d.Access.Bring(t.Context(), d.Admin, d.member.ID, servicetest.HallID, bytes.NewReader(scan))
	servicetest.WantCode(t, "by an administrator", err, ra.CodeNotFound, "")
}

// TestFind finds whole numbers only, and the papers are shown with a line until they are erased.
func TestFind(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := t.Context()
	for text, want := range map[string]int{d.member.Handler.Mobile: 1, " " + d.member.Organisation.CreditCode: 1, d.member.Handler.Mobile[:8]: 0, "": 0, "李四": 0} {
		found, err := d.Access.Find(ctx, d.Counter, text)
		if err != nil || len(found) != want {
			t.Errorf("%q: %d found, %v, want %d", text, len(found), err, want)
		}
	}
	d.Elsewhere(t)
	far := d.Hired(t, "far@hall.example", "何远", ra.Grant{Role: ra.RoleCounter, ProjectID: servicetest.OtherProjectID})
	if found, err := d.Access.Find(ctx, far, d.member.Handler.Mobile); err != nil || len(found) != 0 {
		t.Errorf("in another project: %d found, %v", len(found), err)
	}
	c := d.asked(t, ra.AccessPassword)
	paper, kind, err := d.Access.Paper(ctx, d.second, c.ID, ra.PaperStatement)
	if err != nil || kind != "image/png" {
		t.Fatalf("the paper: %q, %v", kind, err)
	}
	servicetest.Must(t, paper.Close())
	_, _, err = d.Access.Paper(ctx, d.Admin, c.ID, ra.PaperStatement)
	servicetest.WantCode(t, "by an administrator", err, ra.CodeNotFound, "")
	servicetest.Must(t, d.Access.Decline(ctx, d.second, c.ID, "x"))
	d.Clock.Advance(80 * 24 * time.Hour)
	d.erase(t)
	if paper, _, err = d.Access.Paper(ctx, d.second, c.ID, ra.PaperStatement); err != nil {
		t.Fatalf("before its days: %v", err)
	}
	servicetest.Must(t, paper.Close())
	d.Clock.Advance(11 * 24 * time.Hour)
	d.erase(t)
	_, _, err = d.Access.Paper(ctx, d.second, c.ID, ra.PaperStatement)
	servicetest.WantCode(t, "after its days", err, ra.CodeNotFound, "")
	d.Sound(t)
}

// erase does what upkeep does.
func (d desk) erase(t *testing.T) {
	t.Helper()
	_, err := d.Store.Prune(t.Context(), d.Clock.Now())
	servicetest.Must(t, err)
	_, err = d.PruneScans(t.Context())
	servicetest.Must(t, err)
}
