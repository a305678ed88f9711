package people_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/intake"
	"keyhall/backoffice/people"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// TestStaffAtKiosk: with their key everything that their roles may here, without it a counter's look, and nothing else.
func TestStaffAtKiosk(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	badge := h.BoundKey(t, h.Supervisor)
	s := h.StaffAt(t, h.Kiosk, h.Supervisor, badge)
	if !s.ByKey || s.Name != h.Supervisor.Name || !s.May(ra.ActRelease) || !slices.Equal(s.Roles, []ra.Role{ra.RoleReviewer, ra.RoleFinance, ra.RoleSupervisor}) {
		t.Errorf("with the key: %+v", s)
	}
	live, err := h.StaffSession(ctx, h.Kiosk, s.Token)
	if err != nil || live.Token != "" || !live.ByKey || !slices.Equal(live.Acts, s.Acts) {
		t.Errorf("the session: %+v, %v", live, err)
	}
	_, err = h.StaffSession(ctx, ra.Kiosk{ID: servicetest.ID(t), HallID: servicetest.HallID}, s.Token)
	servicetest.WantCode(t, "at another kiosk", err, ra.CodeSessionOver, "")
	for range 2 {
		servicetest.Must(t, h.LogOutAt(ctx, h.Kiosk, s.Token))
	}
	_, err = h.StaffSession(ctx, h.Kiosk, s.Token)
	servicetest.WantCode(t, "logged out", err, ra.CodeSessionOver, "")

	counter := h.StaffAt(t, h.Kiosk, h.Counter, nil)
	if counter.ByKey || !counter.May(ra.ActKiosks) || counter.May(ra.ActSend) || counter.May(ra.ActNote) {
		t.Errorf("a counter's without a key: %+v, want looks only", counter)
	}
	_, err = h.LogInAt(ctx, h.Kiosk, ra.StaffLogIn{Login: h.Supervisor.Login, Password: servicetest.Password})
	servicetest.WantCode(t, "a supervisor without a key", err, ra.CodeStaffKeyNeeded, "")
	servicetest.Must(t, h.Store.PutHall(ctx, 2, ra.Hall{ID: servicetest.OtherHallID, Name: ra.Text{ZH: "滨江服务大厅"}}))
	for name, g := range map[string]ra.Grant{"hall": {Role: ra.RoleCounter, HallID: servicetest.OtherHallID}} {
		m := h.Hired(t, name+"@hall.example", "周敏", g)
		_, err = h.LogInAt(ctx, h.Kiosk, ra.StaffLogIn{Login: m.Login, Password: servicetest.Password})
		servicetest.WantCode(t, "of another "+name, err, ra.CodeStaffElsewhere, "")
	}
	here := h.Hired(t, "here@hall.example", "周敏", ra.Grant{Role: ra.RoleCounter, ProjectID: servicetest.ProjectID, HallID: servicetest.HallID})
	if s := h.StaffAt(t, h.Kiosk, here, nil); !slices.Equal(s.Roles, []ra.Role{ra.RoleCounter}) {
		t.Errorf("of the project here: %+v", s)
	}
	first := ra.Staff{ID: servicetest.ID(t), Login: "new@hall.example", Name: "新人", Temporary: true}
	servicetest.Must(t, h.AddStaff(ctx, h.Admin, first, servicetest.Password))
	_, err = h.LogInAt(ctx, h.Kiosk, ra.StaffLogIn{Login: first.Login, Password: servicetest.Password})
	servicetest.WantCode(t, "with the password that they were given", err, ra.CodeStaffTemporary, "")
	h.Sound(t)
}

// TestEveryRoleAtKiosk: what is looked at without a key, and by whom, is the table's.
func TestEveryRoleAtKiosk(t *testing.T) {
	t.Parallel()
	looks := []ra.Act{ra.ActSee, ra.ActKiosks, ra.ActStaff, ra.ActJobs}
	for _, role := range ra.Roles() {
		with, without := role.MayAtKiosk(true), role.MayAtKiosk(false)
		if len(without) > 0 != (role == ra.RoleCounter) || len(with) == 0 {
			t.Errorf("%s: %v with a key, %v without", role, with, without)
		}
		for _, a := range without {
			if !slices.Contains(looks, a) || !slices.Contains(with, a) {
				t.Errorf("%s may %s without a key", role, a)
			}
		}
	}
}

// TestStaffKeySignatures: what was signed is good once, in time, at its kiosk, for its purpose, by its owner's key, and for who has their
// password; nothing else is told.
func TestStaffKeySignatures(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	badge, colleagues := h.BoundKey(t, h.Supervisor), h.BoundKey(t, h.Counter)
	other := h.EnrolledAt(t, "XH77", servicetest.HallID)
	login := func(a *ra.KeyAnswer, password string) error {
		_, err := h.LogInAt(ctx, h.Kiosk, ra.StaffLogIn{Login: h.Supervisor.Login, Password: password, Key: a})
		return err
	}
	signing := func(key *servicetest.Key, text func(nonce []byte) []byte) *ra.KeyAnswer {
		a := h.StaffAnswer(t, h.Kiosk, badge)
		a.Signature = key.SignText(t, text(a.Nonce))
		return a
	}
	used := h.StaffAnswer(t, h.Kiosk, badge)
	servicetest.Must(t, login(used, servicetest.Password))
	late := h.StaffAnswer(t, h.Kiosk, badge)
	h.Clock.Advance(ra.KeyNonceLife + time.Second)
	member := h.Registered(t)
	order, code := h.Approved(t, member, 1)
	_, _, customers := h.Made(t, member, order, code)
	customer := h.Answer(t, h.Kiosk, intake.Caller{}, ra.KeyPurposeLogin, customers)
	staffs := func(n []byte) []byte { return ra.LoginMessage(ra.KeyPurposeStaff, h.Kiosk.ID, n) }
	for _, c := range []struct {
		name string
		a    *ra.KeyAnswer
		code ra.Code
	}{
		{"sent again", used, ra.CodeChallengeStale},
		{"late", late, ra.CodeChallengeStale},
		{"of another kiosk", h.StaffAnswer(t, other, badge), ra.CodeChallengeStale},
		{"a customer's login", &customer, ra.CodeChallengeStale},
		{"a nonce of nobody's", &ra.KeyAnswer{Nonce: make([]byte, ra.KeyNonceBytes)}, ra.CodeChallengeStale},
		{"nothing", &ra.KeyAnswer{}, ra.CodeChallengeStale},
		{"the bare nonce", signing(badge, func(n []byte) []byte { return n }), ra.CodeProofBad},
		{"signed as a customer", signing(badge, func(n []byte) []byte { return ra.LoginMessage(ra.KeyPurposeLogin, h.Kiosk.ID, n) }), ra.CodeProofBad},
		{"signed for another kiosk", signing(badge, func(n []byte) []byte { return ra.LoginMessage(ra.KeyPurposeStaff, other.ID, n) }), ra.CodeProofBad},
		{"a proof", signing(badge, ra.ProofMessage), ra.CodeProofBad},
		{"another key's signature", signing(colleagues, staffs), ra.CodeProofBad},
		{"a colleague's key", h.StaffAnswer(t, h.Kiosk, colleagues), ra.CodeStaffKeyOther},
	} {
		servicetest.WantCode(t, c.name, login(c.a, servicetest.Password), c.code, "")
	}
	wrong := h.StaffAnswer(t, h.Kiosk, badge)
	servicetest.WantCode(t, "the right key and a wrong password", login(wrong, "wrong-2026"), ra.CodeLoginWrong, "")
	servicetest.WantCode(t, "what was signed for that", login(wrong, servicetest.Password), ra.CodeChallengeStale, "")

	// The other way round.
	staff := h.StaffAnswer(t, h.Kiosk, badge)
	_, err := h.LogInByKey(ctx, h.Kiosk, *staff)
	servicetest.WantCode(t, "a customer by what staff signed", err, ra.CodeChallengeStale, "")
	_, err = h.KeyChallenge(ctx, h.Kiosk, intake.Caller{}, badge.AskedOfStaff(t))
	servicetest.WantCode(t, "as a customer", err, ra.CodeInvalid, "purpose")
	_, err = h.StaffKeyChallenge(ctx, h.Kiosk, customers.Asked(ra.KeyPurposeLogin))
	servicetest.WantCode(t, "a login of staff", err, ra.CodeInvalid, "purpose")
	_, err = h.StaffKeyChallenge(ctx, h.Kiosk, customers.AskedOfStaff(t))
	servicetest.WantCode(t, "a customer's key", err, ra.CodeStaffKeyUnknown, "")
	h.Sound(t)
}

// TestStaffSessionsEnd: with whatever ends what staff may do.
func TestStaffSessionsEnd(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, h *servicetest.Hall, k ra.StaffKey) error{
		"idle": func(_ *testing.T, h *servicetest.Hall, _ ra.StaffKey) error {
			h.Clock.Advance(people.SessionIdle)
			return nil
		},
		"password": func(t *testing.T, h *servicetest.Hall, _ ra.StaffKey) error {
			return h.SetPassword(t.Context(), book.Command(), h.Supervisor.ID, "another-2026", false)
		},
		"grant": func(t *testing.T, h *servicetest.Hall, _ ra.StaffKey) error {
			return h.WithdrawGrant(t.Context(), h.Admin, h.Supervisor.Grants[0].ID)
		},
		"disabled": func(t *testing.T, h *servicetest.Hall, _ ra.StaffKey) error {
			return h.DisableStaff(t.Context(), h.Admin, h.Supervisor.ID, true)
		},
		"key": func(t *testing.T, h *servicetest.Hall, k ra.StaffKey) error {
			return h.RemoveKey(t.Context(), h.Admin, k.ID)
		},
		"kiosk": func(t *testing.T, h *servicetest.Hall, _ ra.StaffKey) error {
			if err := h.BlockKiosk(t.Context(), h.Admin, h.Kiosk.ID, "x"); err != nil {
				return err
			}
			return h.UnblockKiosk(t.Context(), h.Admin, h.Kiosk.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := servicetest.New(t)
			badge := h.BoundKey(t, h.Supervisor)
			s := h.StaffAt(t, h.Kiosk, h.Supervisor, badge)
			if _, err := h.StaffSession(t.Context(), h.Kiosk, s.Token); err != nil {
				t.Fatal(err)
			}
			servicetest.Must(t, end(t, h, keysOf(t, h, h.Supervisor.ID)[0]))
			_, err := h.StaffSession(t.Context(), h.Kiosk, s.Token)
			servicetest.WantCode(t, "then", err, ra.CodeSessionOver, "")
			h.Sound(t)
		})
	}
	h := servicetest.New(t)
	s := h.StaffAt(t, h.Kiosk, h.Counter, nil)
	for at := time.Duration(0); at < people.SessionLife; at += people.SessionIdle / 2 {
		if _, err := h.StaffSession(t.Context(), h.Kiosk, s.Token); err != nil {
			t.Fatalf("used after %s: %v", at, err)
		}
		h.Clock.Advance(people.SessionIdle / 2)
	}
	_, err := h.StaffSession(t.Context(), h.Kiosk, s.Token)
	servicetest.WantCode(t, "in any case", err, ra.CodeSessionOver, "")
}

// TestKeyThatDoesNotCount: one that waits, was removed, or is of somebody disabled gets nothing to sign, and what it signed before is no use.
func TestKeyThatDoesNotCount(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	waiting := servicetest.NewKey(t)
	bound(t, h, h.Admin, h.Supervisor, waiting)
	_, err := h.StaffKeyChallenge(ctx, h.Kiosk, waiting.AskedOfStaff(t))
	servicetest.WantCode(t, "not confirmed", err, ra.CodeStaffKeyUnknown, "")
	badge := h.BoundKey(t, h.Counter)
	early := h.StaffAnswer(t, h.Kiosk, badge)
	servicetest.Must(t, h.RemoveKey(ctx, h.Admin, keysOf(t, h, h.Counter.ID)[0].ID))
	_, err = h.StaffKeyChallenge(ctx, h.Kiosk, badge.AskedOfStaff(t))
	servicetest.WantCode(t, "removed", err, ra.CodeStaffKeyUnknown, "")
	_, err = h.LogInAt(ctx, h.Kiosk, ra.StaffLogIn{Login: h.Counter.Login, Password: servicetest.Password, Key: early})
	servicetest.WantCode(t, "signed before it was removed", err, ra.CodeStaffKeyUnknown, "")
	again := h.BoundKey(t, h.Counter)
	signed := h.StaffAnswer(t, h.Kiosk, again)
	servicetest.Must(t, h.DisableStaff(ctx, h.Admin, h.Counter.ID, true))
	_, err = h.StaffKeyChallenge(ctx, h.Kiosk, again.AskedOfStaff(t))
	servicetest.WantCode(t, "of who is disabled", err, ra.CodeStaffKeyUnknown, "")
	_, err = h.LogInAt(ctx, h.Kiosk, ra.StaffLogIn{Login: h.Counter.Login, Password: servicetest.Password, Key: signed})
	servicetest.WantCode(t, "who is disabled", err, ra.CodeLoginWrong, "")
}

// TestWrongPasswordsAtKiosk: they count with the console's, and leave their lines at the kiosk.
func TestWrongPasswordsAtKiosk(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	wrong := ra.StaffLogIn{Login: h.Counter.Login, Password: "wrong-2026"}
	for range 4 {
		_, err := h.LogInAt(ctx, h.Kiosk, wrong)
		servicetest.WantCode(t, "wrong", err, ra.CodeLoginWrong, "")
	}
	_, err := h.LogInAt(ctx, h.Kiosk, wrong)
	servicetest.WantCode(t, "once more", err, ra.CodeLoginPaused, "")
	_, err = h.StaffLogIn(ctx, h.Counter.Login, servicetest.Password)
	servicetest.WantCode(t, "in the console", err, ra.CodeLoginPaused, "")
	_, err = h.LogInAt(ctx, h.Kiosk, ra.StaffLogIn{Login: "nobody@hall.example", Password: "wrong-2026"})
	servicetest.WantCode(t, "nobody", err, ra.CodeLoginWrong, "")
	if lines := h.Lines(t, h.Counter.ID); lines != 5 {
		t.Errorf("%d lines, want one for each wrong password", lines)
	}
	if text := strings.Join([]string{wrong.String(), wrong.GoString()}, " "); strings.Contains(text, wrong.Password) {
		t.Errorf("a login as text: %q", text)
	}
	h.Sound(t)
}
