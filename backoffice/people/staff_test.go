package people_test

import (
	"slices"
	"strings"
	"testing"

	"keyhall/backoffice/book"
	"keyhall/backoffice/password"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

func TestAddStaff(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	m := ra.Staff{ID: servicetest.ID(t), Login: "Qian@hall.example", Name: "钱一", Mobile: "139 0000 0077", Temporary: true}
	first, err := h.FirstPassword()
	if err != nil || ra.CheckPassword(first) != nil {
		t.Fatalf("FirstPassword = %d characters, %v", len(first), err)
	}
	for range 2 { // the same again, as after a lost answer
		if err := h.AddStaff(ctx, h.Admin, m, first); err != nil {
			t.Fatal(err)
		}
	}
	got, err := h.StaffLogIn(ctx, "qian@hall.example", first)
	if err != nil || !got.Temporary || got.Mobile != "13900000077" || len(got.Grants) != 0 {
		t.Errorf("StaffLogIn = %+v, %v", got, err)
	}
	if err := h.SetPassword(ctx, book.Command(), m.ID, "hangzhou2027", false); err != nil {
		t.Fatal(err)
	}
	servicetest.WantCode(t, "again, when they have a password of their own", h.AddStaff(ctx, h.Admin, m, first), ra.CodeConflict, "id")
	other := m
	other.ID = servicetest.ID(t)
	servicetest.WantCode(t, "a login name that is taken", h.AddStaff(ctx, h.Admin, other, first), ra.CodeLoginTaken, "login")
	for name, c := range map[string]struct {
		change func(*ra.Staff)
		code   ra.Code
		field  string
	}{
		"no login":    {func(m *ra.Staff) { m.Login = " " }, ra.CodeRequired, "login"},
		"long login":  {func(m *ra.Staff) { m.Login = strings.Repeat("x", 65) }, ra.CodeTooLong, "login"},
		"odd login":   {func(m *ra.Staff) { m.Login = "a b" }, ra.CodeInvalid, "login"},
		"unseen":      {func(m *ra.Staff) { m.Login = "wang\u200B" }, ra.CodeInvalid, "login"},
		"turned":      {func(m *ra.Staff) { m.Login = "\u202Egnaw" }, ra.CodeInvalid, "login"},
		"wide space":  {func(m *ra.Staff) { m.Login = "wang\u3000li" }, ra.CodeInvalid, "login"},
		"unseen name": {func(m *ra.Staff) { m.Name = "新\u200B人" }, ra.CodeCharacter, "name"},
		"the command": {func(m *ra.Staff) { m.Login = "Command" }, ra.CodeInvalid, "login"},
		"no name":     {func(m *ra.Staff) { m.Name = "" }, ra.CodeRequired, "name"},
		"bad mobile":  {func(m *ra.Staff) { m.Mobile = "123" }, ra.CodeMobile, "mobile"},
		"bad id":      {func(m *ra.Staff) { m.ID = "x" }, ra.CodeInvalid, "id"},
	} {
		wrong := ra.Staff{ID: servicetest.ID(t), Login: "new", Name: "新人"}
		c.change(&wrong)
		servicetest.WantCode(t, name, h.AddStaff(ctx, h.Admin, wrong, first), c.code, c.field)
	}
	servicetest.WantCode(t, "weak password", h.AddStaff(ctx, h.Admin, ra.Staff{ID: servicetest.ID(t), Login: "new", Name: "新人"}, "x"), ra.CodePasswordWeak, "password")
	servicetest.WantCode(t, "by a supervisor", h.AddStaff(ctx, h.Supervisor, ra.Staff{ID: servicetest.ID(t), Login: "new", Name: "新人"}, first), ra.CodeForbidden, "")
}

// TestAddedOnceMore: adding somebody again gives no password of a member whom the administrator may not handle, though they have not
// used theirs yet.
func TestAddedOnceMore(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	m := ra.Staff{ID: servicetest.ID(t), Login: "qian@hall.example", Name: "钱一", Temporary: true}
	servicetest.Must(t, h.AddStaff(ctx, h.Admin, m, servicetest.Password))
	here := ra.Grant{StaffID: m.ID, Role: ra.RoleReviewer, HallID: servicetest.HallID}
	everywhere := ra.Grant{StaffID: m.ID, Role: ra.RoleSupervisor}
	local := h.Hired(t, "sun@hall.example", "孙二", ra.Grant{Role: ra.RoleAdministrator, HallID: servicetest.HallID})
	for _, g := range []ra.Grant{here, everywhere} {
		g.ID = servicetest.ID(t)
		servicetest.Must(t, h.Grant(ctx, book.Command(), g))
		err := h.AddStaff(ctx, local, m, "hangzhou2027")
		want := map[bool]ra.Code{true: ra.CodeForbidden}[g.Role == ra.RoleSupervisor]
		servicetest.WantCode(t, "with a grant as "+string(g.Role), err, want, "")
	}
	_, err := h.StaffLogIn(ctx, m.Login, "hangzhou2027")
	if err != nil {
		t.Errorf("the password that was given before the grant elsewhere: %v", err)
	}
	servicetest.Must(t, h.AddStaff(ctx, h.Admin, m, "hangzhou2028"))
	h.Sealed(t)
	rows, err := h.Store.AuditAfter(ctx, 0, 10_000)
	servicetest.Must(t, err)
	resets := slices.DeleteFunc(rows, func(r book.AuditRow) bool { return r.Action != "staff.password_reset" || r.Subject != m.ID })
	if len(resets) != 2 {
		t.Errorf("%d lines in the trail tell of a new password, want 2", len(resets))
	}
}

func TestDisabledStaffAreOut(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	reviewer := h.Hired(t, "qian@hall.example", "钱一", servicetest.Grants(ra.RoleReviewer)...)
	order := h.Submitted(t, h.Registered(t), 1)
	if err := h.Claim(ctx, reviewer, order.ID); err != nil {
		t.Fatal(err)
	}
	servicetest.WantCode(t, "by a supervisor", h.DisableStaff(ctx, h.Supervisor, reviewer.ID, true), ra.CodeForbidden, "")
	servicetest.WantCode(t, "themselves", h.DisableStaff(ctx, h.Admin, h.Admin.ID, true), ra.CodeStaffSelf, "")
	for range 2 {
		if err := h.DisableStaff(ctx, h.Admin, reviewer.ID, true); err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.StaffLogIn(ctx, reviewer.Login, servicetest.Password)
	servicetest.WantCode(t, "login", err, ra.CodeLoginWrong, "")
	now, err := h.Staff(ctx, reviewer.ID)
	if err != nil || !now.Disabled || now.Epoch == reviewer.Epoch || now.MayAnywhere(ra.ActSee) {
		t.Errorf("staff %+v, %v: want disabled in a new epoch, allowed nothing", now, err)
	}
	// Even with what they knew of themselves before, nothing goes any more, and nothing is seen.
	_, err = h.Judge(ctx, reviewer, order.ID, ra.MaterialForm, ra.VerdictAccepted, nil, order.Version)
	servicetest.WantCode(t, "judging", err, ra.CodeForbidden, "")
	_, err = h.Case(ctx, reviewer, order.ID)
	servicetest.WantCode(t, "looking", err, ra.CodeNotFound, "")
	if err := h.Claim(ctx, h.Supervisor, order.ID); err != nil {
		t.Errorf("their claim stands in the way: %v", err)
	}
	if err := h.DisableStaff(ctx, h.Admin, reviewer.ID, false); err != nil {
		t.Fatal(err)
	}
	if _, err := h.StaffLogIn(ctx, reviewer.Login, servicetest.Password); err != nil {
		t.Errorf("let in again: %v", err)
	}
}

func TestStaffPasswords(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	member := h.Counter
	_, err := h.ChangeStaffPassword(ctx, member, "wrong12345", "hangzhou2027")
	servicetest.WantCode(t, "wrong old one", err, ra.CodePasswordWrong, "old")
	_, err = h.ChangeStaffPassword(ctx, member, servicetest.Password, "x")
	servicetest.WantCode(t, "weak", err, ra.CodePasswordWeak, "password")
	_, err = h.ChangeStaffPassword(ctx, member, servicetest.Password, servicetest.Password)
	servicetest.WantCode(t, "the same", err, ra.CodePasswordSame, "password")
	changed, err := h.ChangeStaffPassword(ctx, member, servicetest.Password, "hangzhou2027")
	if err != nil || changed.Epoch != member.Epoch+1 {
		t.Errorf("ChangePassword = epoch %d, %v, want %d", changed.Epoch, err, member.Epoch+1)
	}
	_, err = h.StaffLogIn(ctx, member.Login, servicetest.Password)
	servicetest.WantCode(t, "the old one", err, ra.CodeLoginWrong, "")

	for range password.MaxWrong {
		_, err = h.ChangeStaffPassword(ctx, member, "wrong12345", "hangzhou2028")
	}
	servicetest.WantCode(t, "guessing the old one", err, ra.CodeLoginPaused, "")
	first, err := h.ResetPassword(ctx, h.Admin, member.ID)
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.StaffLogIn(ctx, member.Login, first) // the reset ends the pause too
	if err != nil || !again.Temporary || again.Epoch != changed.Epoch+1 {
		t.Errorf("after the reset: %+v, %v", again, err)
	}
	_, err = h.ResetPassword(ctx, h.Supervisor, member.ID)
	servicetest.WantCode(t, "reset by a supervisor", err, ra.CodeForbidden, "")
	_, err = h.ResetPassword(ctx, h.Admin, h.Admin.ID)
	servicetest.WantCode(t, "one's own", err, ra.CodeStaffSelf, "")
	_, err = h.ResetPassword(ctx, h.Admin, servicetest.ID(t))
	servicetest.WantCode(t, "nobody's", err, ra.CodeNotFound, "")
	second := h.Hired(t, "zhou@hall.example", "周洁", ra.Grant{Role: ra.RoleAdministrator})
	_, err = h.ResetPassword(ctx, h.Admin, second.ID)
	servicetest.WantCode(t, "another administrator's, who would confirm what one grants", err, ra.CodeStaffAdministrator, "")
	if err := h.SetPassword(ctx, book.Command(), second.ID, "hangzhou2029", true); err != nil {
		t.Errorf("by a command: %v", err)
	}
	again = second
	again.Temporary = true
	servicetest.WantCode(t, "adding them again", h.AddStaff(ctx, h.Admin, again, "hangzhou2030"), ra.CodeStaffAdministrator, "")
	for _, secret := range []string{first, "hangzhou2027"} {
		if strings.Contains(h.Dump(t), secret) {
			t.Error("a password stands in the database")
		}
	}
}

// TestScopedAdministrator is an administrator of one hall: nothing of another is theirs.
func TestScopedAdministrator(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	if err := h.Store.PutHall(ctx, 2, ra.Hall{ID: "binjiang", Name: ra.Text{ZH: "滨江服务大厅"}}); err != nil {
		t.Fatal(err)
	}
	local := h.Hired(t, "zhou@hall.example", "周洁", ra.Grant{Role: ra.RoleAdministrator, HallID: "binjiang"})
	there := h.EnrolledAt(t, "BJ01", "binjiang")
	theirs := h.Hired(t, "wu@hall.example", "吴一", ra.Grant{Role: ra.RoleReviewer, HallID: "binjiang"})

	grant := func(staffID, hallID string) error {
		return h.Grant(ctx, local, ra.Grant{ID: servicetest.ID(t), StaffID: staffID, Role: ra.RoleCounter, HallID: hallID})
	}
	if err := grant(theirs.ID, "binjiang"); err != nil {
		t.Errorf("a grant at their hall: %v", err)
	}
	servicetest.WantCode(t, "a grant at another", grant(theirs.ID, servicetest.HallID), ra.CodeForbidden, "")
	servicetest.WantCode(t, "a grant everywhere", grant(theirs.ID, ""), ra.CodeForbidden, "")
	servicetest.WantCode(t, "disabling a member of all halls", h.DisableStaff(ctx, local, h.Counter.ID, true), ra.CodeForbidden, "")
	servicetest.WantCode(t, "a kiosk elsewhere", h.BlockKiosk(ctx, local, h.Kiosk.ID, "lost"), ra.CodeForbidden, "")
	if err := h.BlockKiosk(ctx, local, there.ID, "lost"); err != nil {
		t.Errorf("a kiosk of theirs: %v", err)
	}
	window, projects := ra.Text{ZH: "窗口"}, []string{servicetest.ProjectID}
	_, err := h.EnrolmentCode(ctx, local, "BJ02", servicetest.HallID, window, projects)
	servicetest.WantCode(t, "a code for another hall", err, ra.CodeForbidden, "")
	_, err = h.EnrolmentCode(ctx, local, h.Kiosk.Prefix, "binjiang", window, projects)
	servicetest.WantCode(t, "a code that replaces another hall's kiosk", err, ra.CodeForbidden, "")

	beyond := ra.Staff{ID: servicetest.ID(t), Login: "feng@hall.example", Name: "冯一", Temporary: true}
	if err := h.AddStaff(ctx, h.Admin, beyond, "xihu-2026-first"); err != nil {
		t.Fatal(err)
	}
	if err := h.AddStaff(ctx, local, beyond, "xihu-2026-again"); err != nil {
		t.Errorf("again, who has no grant yet: %v", err)
	}
	if err := h.Grant(ctx, book.Command(), ra.Grant{ID: servicetest.ID(t), StaffID: beyond.ID, Role: ra.RoleSupervisor}); err != nil {
		t.Fatal(err)
	}
	servicetest.WantCode(t, "again, who has one everywhere by now", h.AddStaff(ctx, local, beyond, "taken-over-2026"), ra.CodeForbidden, "")
	_, err = h.StaffLogIn(ctx, beyond.Login, "taken-over-2026")
	servicetest.WantCode(t, "with the password that was refused", err, ra.CodeLoginWrong, "")

	list, err := h.StaffList(ctx, local)
	names := map[string]bool{}
	for _, m := range list {
		names[m.Name] = true
	}
	if err != nil || len(list) != 2 || !names["周洁"] || !names["吴一"] {
		t.Errorf("staff %v, %v, want those of their hall", names, err)
	}
	_, err = h.Member(ctx, local, h.Counter.ID)
	servicetest.WantCode(t, "another's page", err, ra.CodeNotFound, "")
	if kiosks, err := h.Kiosks(ctx, local); err != nil || len(kiosks) != 1 || kiosks[0].Kiosk != there {
		t.Errorf("kiosks %+v, %v, want the one there", kiosks, err)
	}
}
