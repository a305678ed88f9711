package intake_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/intake"
	"keyhall/backoffice/password"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
	"keyhall/backoffice/servicetest"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	r := h.Registration(t)
	first, err := h.Register(ctx, h.Kiosk, r)
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.Register(ctx, h.Kiosk, r)
	if err != nil || again.ID != first.ID || len(again.Agreed) != 1 || again.CreatedAt != first.CreatedAt {
		t.Errorf("registering again: %+v, %v", again, err)
	}
	if person, err := h.Store.PersonByLogin(ctx, r.Login); err != nil || person.Mobile != r.Handler.Mobile || first.PersonID != person.ID {
		t.Errorf("stored person %+v, %v", person, err)
	}
	if first.State != ra.MembershipClaimed {
		t.Errorf("a registration makes a membership %s, want claimed", first.State)
	}
	for name, c := range map[string]struct {
		change func(*ra.Registration)
		code   ra.Code
		field  string
	}{
		"same id, other name":     {func(r *ra.Registration) { r.Organisation.Name = "另一公司" }, ra.CodeConflict, "id"},
		"same id, other password": {func(r *ra.Registration) { r.Password = "other12345" }, ra.CodeLoginKnown, "password"},
		"known login, upper case and spaces, other password": {func(r *ra.Registration) {
			r.ID, r.Login, r.Password = servicetest.ID(t), " "+strings.ToUpper(r.Login), "other12345"
		}, ra.CodeLoginKnown, "password"},
		"credit code": {func(r *ra.Registration) {
			r.ID, r.Organisation.CreditCode = servicetest.ID(t), "91110000MA00000153"
		}, ra.CodeCreditCodeCheck, "organisation.credit_code"},
		"id": {func(r *ra.Registration) { r.ID = "1" }, ra.CodeInvalid, "id"},
		"agreement not read": {func(r *ra.Registration) {
			r.ID, r.Login, r.Agreed = servicetest.ID(t), "13900000000", nil
		}, ra.CodeAgreementUnread, "agreed"},
		"old agreement": {func(r *ra.Registration) {
			r.ID, r.Login, r.Agreed = servicetest.ID(t), "13900000000", []ra.Agreed{{AgreementID: "terms", Version: 1}}
		}, ra.CodeAgreementUnread, "agreed"},
		"project of another hall": {func(r *ra.Registration) {
			r.ID, r.Login, r.ProjectID = servicetest.ID(t), "13900000000", "elsewhere"
		}, ra.CodeForbidden, "project_id"},
	} {
		other := r
		c.change(&other)
		_, err := h.Register(ctx, h.Kiosk, other)
		servicetest.WantCode(t, name, err, c.code, c.field)
	}
}

// TestSecondMembership adds memberships to a known login: with its password, in a session, and never past the limit of tries.
func TestSecondMembership(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	other := servicetest.Project()
	other.ID = "other"
	h.PutProject(t, 2, other)
	wide := h.EnrolledAt(t, "XH09", servicetest.HallID, servicetest.ProjectID, "other")
	r := h.Registration(t)
	first, err := h.Register(ctx, h.Kiosk, r)
	servicetest.Must(t, err)

	// The same handler at a second partner: the login is known, its password proves who it is.
	second := r
	second.ID, second.ProjectID = servicetest.ID(t), "other"
	joined, err := h.Register(ctx, wide, second)
	if err != nil || joined.ID != second.ID || joined.PersonID != first.PersonID || joined.State != ra.MembershipClaimed {
		t.Errorf("Register = %+v, %v, want a second membership of the same person", joined, err)
	}
	again := second
	again.ID = servicetest.ID(t)
	if same, err := h.Register(ctx, wide, again); err != nil || same.ID != joined.ID {
		t.Errorf("the same organisation and project again: %s, %v, want the membership that is there", same.ID, err)
	}
	session, err := h.LogIn(ctx, wide, r.Login, r.Password)
	if err != nil || session.Membership != nil || len(session.Memberships) != 2 {
		t.Fatalf("LogIn with two memberships: %d, chosen %v, %v", len(session.Memberships), session.Membership != nil, err)
	}
	caller, err := h.Session(ctx, wide, session.Token)
	servicetest.Must(t, err)
	_, err = caller.Member()
	servicetest.WantCode(t, "before one is chosen", err, ra.CodeMembershipUnset, "")

	third := h.Registration(t)
	third.Login, third.Password, third.Organisation = "", "", ra.Organisation{Name: "宁波样本贸易有限公司", CreditCode: "91330106MA2CFLNB8H"}
	third.Organisation.CreditCode = third.Organisation.CreditCode[:17] + string(ra.CreditCheck(third.Organisation.CreditCode[:17]))
	_, err = h.Join(ctx, wide, caller, third)
	servicetest.WantCode(t, "another mobile", err, ra.CodeMobileDiffers, "handler.mobile")
	third.Handler.Mobile = r.Handler.Mobile
	for range 2 {
		if m, err := h.Join(ctx, wide, caller, third); err != nil || m.ID != third.ID {
			t.Errorf("Join = %s, %v", m.ID, err)
		}
	}
	for range 2 {
		if m, err := h.ChooseMembership(ctx, wide, caller, third.ID); err != nil || m.ID != third.ID {
			t.Errorf("ChooseMembership = %s, %v", m.ID, err)
		}
	}
	if now, err := h.Session(ctx, wide, session.Token); err != nil || now.Membership.ID != third.ID {
		t.Errorf("the session is in %s, %v", now.Membership.ID, err)
	}
	stranger := h.Registered(t)
	_, err = h.ChooseMembership(ctx, wide, caller, stranger.ID)
	servicetest.WantCode(t, "a stranger's membership", err, ra.CodeNotFound, "id")

	// A kiosk that does not offer the second project knows nothing of that membership.
	here, err := h.LogIn(ctx, h.Kiosk, r.Login, r.Password)
	servicetest.Must(t, err)
	caller, err = h.Session(ctx, h.Kiosk, here.Token)
	servicetest.Must(t, err)
	_, err = h.ChooseMembership(ctx, h.Kiosk, caller, joined.ID)
	servicetest.WantCode(t, "a membership of another kiosk's project", err, ra.CodeNotFound, "id")

	second.ID, second.Password = servicetest.ID(t), "wrong12345"
	for range password.MaxWrong {
		_, err = h.Register(ctx, wide, second)
	}
	servicetest.WantCode(t, "guessing a known login's password", err, ra.CodeLoginPaused, "")
	_, err = h.LogIn(ctx, wide, r.Login, r.Password)
	servicetest.WantCode(t, "the login, then", err, ra.CodeLoginPaused, "")
}

// TestMembershipIsConfirmedInReview claims an organisation twice: the first order that a reviewer accepts confirms its member
// only, and the others are told.
func TestMembershipIsConfirmedInReview(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	first, second := h.Registered(t), h.Registered(t) // of the same organisation
	order := h.Submitted(t, first, 1)
	if all, err := h.Orders(ctx, second); err != nil || len(all) != 0 {
		t.Errorf("another member of the organisation sees %d orders, %v", len(all), err)
	}
	order = h.Paid(t, h.Judged(t, order))
	_, err := h.Approve(ctx, h.Supervisor, order.ID, order.Version)
	servicetest.Must(t, err)
	for want, m := range map[ra.MembershipState]ra.Membership{ra.MembershipConfirmed: first, ra.MembershipClaimed: second} {
		if now, err := h.Store.Membership(ctx, m.ID); err != nil || now.State != want {
			t.Errorf("membership is %s, %v, want %s", now.State, err, want)
		}
	}
	if record, _, err := h.Store.OrganisationRecord(ctx, first.Organisation.CreditCode); err != nil || record != first.Organisation {
		t.Errorf("organisation's record %+v, %v", record, err)
	}
	h.Approved(t, second, 1)
	sent := map[string][]string{}
	for _, m := range h.Sender.Sent() {
		sent[m.Mobile] = append(sent[m.Mobile], m.Template)
	}
	for mobile, want := range map[string][]string{
		first.Handler.Mobile:  {"approved", "member_confirmed", "colleague_confirmed"},
		second.Handler.Mobile: {"approved", "member_confirmed"},
	} {
		slices.Sort(sent[mobile])
		slices.Sort(want)
		if !slices.Equal(sent[mobile], want) {
			t.Errorf("%s got %v, want %v", mobile, sent[mobile], want)
		}
	}
	third := h.Registration(t)
	third.Organisation.Name = "杭州别的名字有限公司"
	m, err := h.Register(ctx, h.Kiosk, third)
	servicetest.Must(t, err)
	c, err := h.Case(ctx, h.Supervisor, h.Placed(t, m, 1).ID)
	i := slices.IndexFunc(c.Checks, func(c review.Check) bool { return c.Name == "organisation_record" })
	if err != nil || i < 0 || c.Checks[i].OK {
		t.Errorf("checks %+v, %v: another name than the record's is not marked", c.Checks, err)
	}
}

// TestChangePassword ends the person's other sessions, at whatever kiosk.
func TestChangePassword(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	m := h.Registered(t)
	here, err := h.LogIn(ctx, h.Kiosk, m.Login, servicetest.Password)
	servicetest.Must(t, err)
	there, err := h.LogIn(ctx, h.Other, m.Login, servicetest.Password)
	servicetest.Must(t, err)
	caller, err := h.Session(ctx, h.Kiosk, here.Token)
	servicetest.Must(t, err)
	err = h.ChangePassword(ctx, h.Kiosk, caller, "wrong12345", "hangzhou2027")
	servicetest.WantCode(t, "wrong old one", err, ra.CodePasswordWrong, "old")
	servicetest.WantCode(t, "weak", h.ChangePassword(ctx, h.Kiosk, caller, servicetest.Password, "x"), ra.CodePasswordWeak, "password")
	servicetest.WantCode(t, "the same", h.ChangePassword(ctx, h.Kiosk, caller, servicetest.Password, servicetest.Password), ra.CodePasswordSame, "password")
	for range password.MaxWrong + 1 { // the answer may be lost again and again
		servicetest.Must(t, h.ChangePassword(ctx, h.Kiosk, caller, servicetest.Password, "hangzhou2027"))
	}
	if _, err := h.Session(ctx, h.Kiosk, here.Token); err != nil {
		t.Errorf("the session that changed it: %v", err)
	}
	_, err = h.Session(ctx, h.Other, there.Token)
	servicetest.WantCode(t, "the other session", err, ra.CodeSessionOver, "")
	_, err = h.LogIn(ctx, h.Kiosk, m.Login, servicetest.Password)
	servicetest.WantCode(t, "the old password", err, ra.CodeLoginWrong, "")
	if _, err := h.LogIn(ctx, h.Kiosk, m.Login, "hangzhou2027"); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

// TestSessionsEnd covers the two ends of a session that nobody ends.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	m := h.Registered(t)
	idle, err := h.LogIn(ctx, h.Kiosk, m.Login, servicetest.Password)
	servicetest.Must(t, err)
	h.Clock.Advance(intake.SessionIdle)
	_, err = h.Session(ctx, h.Kiosk, idle.Token)
	servicetest.WantCode(t, "after the idle end", err, ra.CodeSessionOver, "")

	busy, err := h.LogIn(ctx, h.Kiosk, m.Login, servicetest.Password)
	servicetest.Must(t, err)
	for spent := time.Duration(0); spent < intake.SessionLife-intake.SessionIdle/2; spent += intake.SessionIdle / 2 {
		if _, err := h.Session(ctx, h.Kiosk, busy.Token); err != nil {
			t.Fatalf("in use for %s: %v", spent, err)
		}
		h.Clock.Advance(intake.SessionIdle / 2)
	}
	h.Clock.Advance(intake.SessionIdle / 2)
	_, err = h.Session(ctx, h.Kiosk, busy.Token)
	servicetest.WantCode(t, "after the absolute end", err, ra.CodeSessionOver, "")
}

func TestRegisterTheSameAtOnce(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	r := h.Registration(t)
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			if account, err := h.Register(t.Context(), h.Kiosk, r); err != nil || account.ID != r.ID {
				t.Errorf("Register = %s, %v", account.ID, err)
			}
		})
	}
	group.Wait()
}

func TestPasswordsAreLimited(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	for name, logIn := range map[string]func(password string) error{
		"customer": func(p string) error { _, err := h.LogIn(ctx, h.Kiosk, account.Login, p); return err },
		"staff":    func(p string) error { _, err := h.StaffLogIn(ctx, h.Supervisor.Login, p); return err },
		"unknown":  func(p string) error { _, err := h.LogIn(ctx, h.Kiosk, "13700000000", p); return err },
	} {
		for left := 4; left > 0; left-- {
			err := logIn("wrong12345")
			servicetest.WantCode(t, name, err, ra.CodeLoginWrong, "")
			if got := servicetest.Argument(err, "left"); got != string(rune('0'+left)) {
				t.Errorf("%s: %q left, want %d", name, got, left)
			}
		}
		err := logIn("wrong12345")
		servicetest.WantCode(t, name+" fifth", err, ra.CodeLoginPaused, "")
		if got := servicetest.Argument(err, "minutes"); got != "15" {
			t.Errorf("%s: paused for %q minutes, want 15", name, got)
		}
	}
	h.Clock.Advance(password.Pause - time.Minute)
	_, err := h.LogIn(ctx, h.Kiosk, account.Login, servicetest.Password)
	servicetest.WantCode(t, "right password in the pause", err, ra.CodeLoginPaused, "")
	h.Clock.Advance(time.Minute)
	if _, err := h.LogIn(ctx, h.Kiosk, account.Login, servicetest.Password); err != nil {
		t.Errorf("right password after the pause: %v", err)
	}
	_, err = h.LogIn(ctx, h.Kiosk, account.Login, "wrong12345")
	if got := servicetest.Argument(err, "left"); got != "4" {
		t.Errorf("after a right one: %q left, want 4", got)
	}
	if member, err := h.StaffLogIn(ctx, strings.ToUpper(h.Supervisor.Login), servicetest.Password); err != nil || member.ID != h.Supervisor.ID || len(member.Grants) != 3 {
		t.Errorf("StaffLogIn = %+v, %v", member, err)
	}
}

// TestClockSetBackEndsWhatItMadeLast: a pause of a clock that was a day ahead does not last a day more, nor does a session.
func TestClockSetBackEndsWhatItMadeLast(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	m := h.Registered(t)
	h.Clock.Advance(24 * time.Hour)
	session, err := h.LogIn(ctx, h.Kiosk, m.Login, servicetest.Password)
	servicetest.Must(t, err)
	for range password.MaxWrong {
		_, err = h.LogIn(ctx, h.Kiosk, m.Login, "wrong12345")
	}
	servicetest.WantCode(t, "too many wrong ones", err, ra.CodeLoginPaused, "")
	h.Clock.Advance(-24 * time.Hour)
	_, err = h.Session(ctx, h.Kiosk, session.Token)
	servicetest.WantCode(t, "a session of tomorrow", err, ra.CodeSessionOver, "")
	if _, err := h.LogIn(ctx, h.Kiosk, m.Login, servicetest.Password); err != nil {
		t.Errorf("a pause of tomorrow: %v", err)
	}

	for range password.MaxWrong {
		_, err = h.LogIn(ctx, h.Kiosk, m.Login, "wrong12345")
	}
	servicetest.WantCode(t, "too many wrong ones", err, ra.CodeLoginPaused, "")
	h.Clock.Advance(-time.Minute) // no more than a replica's clock may be apart
	_, err = h.LogIn(ctx, h.Kiosk, m.Login, servicetest.Password)
	servicetest.WantCode(t, "in the pause", err, ra.CodeLoginPaused, "")
}

func TestGuessingAtOnceGivesNoMoreTries(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	account := h.Registered(t)
	var group sync.WaitGroup
	codes := make([]ra.Code, 20)
	for i := range codes {
		group.Go(func() {
			_, err := h.LogIn(t.Context(), h.Kiosk, account.Login, "wrong12345")
			codes[i] = ra.CodeOf(err)
		})
	}
	group.Wait()
	wrong := 0
	for _, c := range codes {
		if c == ra.CodeLoginWrong {
			wrong++
		}
	}
	if wrong != password.MaxWrong-1 {
		t.Errorf("%d of 20 guesses at once were compared, want 4 and the one that pauses", wrong)
	}
	_, err := h.LogIn(t.Context(), h.Kiosk, account.Login, servicetest.Password)
	servicetest.WantCode(t, "after them", err, ra.CodeLoginPaused, "")
}

// TestAgreementAsItWas: a member reads what they agreed to, in the version of then, and nothing else.
func TestAgreementAsItWas(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	member := h.Registered(t)
	then := h.Project.Agreements[0]
	newer := h.Project
	newer.Agreements = []ra.Agreement{{ID: then.ID, Version: then.Version + 1, Title: ra.Text{ZH: "新的协议"}, Body: ra.Text{ZH: "新的内容"}}}
	h.PutProject(t, 1, newer)
	got, err := h.Agreement(ctx, member, then.ID, then.Version)
	servicetest.Must(t, err)
	if got != then {
		t.Errorf("got %+v, want %+v", got, then)
	}
	for name, want := range map[string]struct {
		id      string
		version int
	}{"another version": {then.ID, then.Version + 1}, "another agreement": {"elsewhere", then.Version}, "nothing": {}} {
		_, err = h.Agreement(ctx, member, want.id, want.version)
		servicetest.WantCode(t, name, err, ra.CodeNotFound, "")
	}
}

func TestSession(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	session, err := h.LogIn(ctx, h.Kiosk, account.Login, servicetest.Password)
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Session(ctx, h.Other, session.Token)
	servicetest.WantCode(t, "at another kiosk", err, ra.CodeSessionOver, "")
	_, err = h.Session(ctx, h.Kiosk, "made up")
	servicetest.WantCode(t, "made up", err, ra.CodeSessionOver, "")
	h.Clock.Advance(intake.SessionIdle - time.Second)
	if _, err := h.Session(ctx, h.Kiosk, session.Token); err != nil {
		t.Errorf("just before its end: %v", err)
	}
	h.Clock.Advance(intake.SessionIdle - time.Second)
	if _, err := h.Session(ctx, h.Kiosk, session.Token); err != nil {
		t.Errorf("use did not keep it open: %v", err)
	}
	h.Clock.Advance(intake.SessionIdle)
	_, err = h.Session(ctx, h.Kiosk, session.Token)
	servicetest.WantCode(t, "idle", err, ra.CodeSessionOver, "")

	session, err = h.LogIn(ctx, h.Kiosk, account.Login, servicetest.Password)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := h.LogOut(ctx, h.Kiosk, session.Token); err != nil {
			t.Errorf("LogOut: %v", err)
		}
	}
	_, err = h.Session(ctx, h.Kiosk, session.Token)
	servicetest.WantCode(t, "logged out", err, ra.CodeSessionOver, "")
	if strings.Contains(h.Dump(t), session.Token) {
		t.Error("the session's token stands in the database")
	}
}
