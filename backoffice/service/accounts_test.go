package service_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/service"
	"keyhall/backoffice/service/servicetest"
)

// wantCode checks the code, and the field where one is given.
func wantCode(t *testing.T, what string, err error, code ra.Code, field string) {
	t.Helper()
	if got := ra.CodeOf(err); got != code {
		t.Errorf("%s: %v, want %q", what, err, code)
		return
	}
	var e *ra.Error
	if errors.As(err, &e) && field != "" && e.Field != field {
		t.Errorf("%s: field %q, want %q", what, e.Field, field)
	}
}

func argument(err error, name string) string {
	var e *ra.Error
	if errors.As(err, &e) {
		return e.Args[name]
	}
	return ""
}

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
	if account, _, err := h.Store.AccountByLogin(ctx, r.Login); err != nil || account.Handler != r.Handler {
		t.Errorf("stored handler %+v, %v", account.Handler, err)
	}
	for name, c := range map[string]struct {
		change func(*ra.Registration)
		code   ra.Code
		field  string
	}{
		"same id, other name":     {func(r *ra.Registration) { r.Organisation.Name = "另一公司" }, ra.CodeConflict, "id"},
		"same id, other password": {func(r *ra.Registration) { r.Password = "other12345" }, ra.CodeConflict, "id"},
		"login taken":             {func(r *ra.Registration) { r.ID = servicetest.ID(t) }, ra.CodeLoginTaken, "login"},
		"login taken, upper case and spaces": {func(r *ra.Registration) {
			r.ID, r.Login = servicetest.ID(t), " "+strings.ToUpper(r.Login)
		}, ra.CodeLoginTaken, "login"},
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
		wantCode(t, name, err, c.code, c.field)
	}
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
	account := h.Account(t)
	for name, logIn := range map[string]func(password string) error{
		"customer": func(p string) error { _, err := h.LogIn(ctx, h.Kiosk, account.Login, p); return err },
		"staff":    func(p string) error { _, err := h.StaffLogIn(ctx, h.Supervisor.Login, p); return err },
		"unknown":  func(p string) error { _, err := h.LogIn(ctx, h.Kiosk, "13700000000", p); return err },
	} {
		for left := 4; left > 0; left-- {
			err := logIn("wrong12345")
			wantCode(t, name, err, ra.CodeLoginWrong, "")
			if got := argument(err, "left"); got != string(rune('0'+left)) {
				t.Errorf("%s: %q left, want %d", name, got, left)
			}
		}
		err := logIn("wrong12345")
		wantCode(t, name+" fifth", err, ra.CodeLoginPaused, "")
		if got := argument(err, "minutes"); got != "15" {
			t.Errorf("%s: paused for %q minutes, want 15", name, got)
		}
	}
	h.Clock.Advance(service.LoginPause - time.Minute)
	_, err := h.LogIn(ctx, h.Kiosk, account.Login, servicetest.Password)
	wantCode(t, "right password in the pause", err, ra.CodeLoginPaused, "")
	h.Clock.Advance(time.Minute)
	if _, err := h.LogIn(ctx, h.Kiosk, account.Login, servicetest.Password); err != nil {
		t.Errorf("right password after the pause: %v", err)
	}
	_, err = h.LogIn(ctx, h.Kiosk, account.Login, "wrong12345")
	if got := argument(err, "left"); got != "4" {
		t.Errorf("after a right one: %q left, want 4", got)
	}
	if member, err := h.StaffLogIn(ctx, strings.ToUpper(h.Supervisor.Login), servicetest.Password); err != nil || member.ID != h.Supervisor.ID || len(member.Grants) != 3 {
		t.Errorf("StaffLogIn = %+v, %v", member, err)
	}
}

func TestGuessingAtOnceGivesNoMoreTries(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	account := h.Account(t)
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
	if wrong != service.MaxWrongPasswords-1 {
		t.Errorf("%d of 20 guesses at once were compared, want 4 and the one that pauses", wrong)
	}
	_, err := h.LogIn(t.Context(), h.Kiosk, account.Login, servicetest.Password)
	wantCode(t, "after them", err, ra.CodeLoginPaused, "")
}

func TestSession(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Account(t)
	session, err := h.LogIn(ctx, h.Kiosk, account.Login, servicetest.Password)
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Session(ctx, h.Other, session.Token)
	wantCode(t, "at another kiosk", err, ra.CodeSessionOver, "")
	_, err = h.Session(ctx, h.Kiosk, "made up")
	wantCode(t, "made up", err, ra.CodeSessionOver, "")
	h.Clock.Advance(service.SessionIdle - time.Second)
	if _, err := h.Session(ctx, h.Kiosk, session.Token); err != nil {
		t.Errorf("just before its end: %v", err)
	}
	h.Clock.Advance(service.SessionIdle - time.Second)
	if _, err := h.Session(ctx, h.Kiosk, session.Token); err != nil {
		t.Errorf("use did not keep it open: %v", err)
	}
	h.Clock.Advance(service.SessionIdle)
	_, err = h.Session(ctx, h.Kiosk, session.Token)
	wantCode(t, "idle", err, ra.CodeSessionOver, "")

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
	wantCode(t, "logged out", err, ra.CodeSessionOver, "")
	if strings.Contains(dump(t, h), session.Token) {
		t.Error("the session's token stands in the database")
	}
}

// dump is every row of every table as text.
func dump(t *testing.T, h *servicetest.Hall) string {
	t.Helper()
	rows, err := h.Store.Pool().Query(t.Context(), `SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public'`)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	var all strings.Builder
	for _, name := range tables {
		var text string
		if err := h.Store.Pool().QueryRow(t.Context(), `SELECT COALESCE(string_agg(x::text, chr(10)), '') FROM `+name+` x`).Scan(&text); err != nil {
			t.Fatal(err)
		}
		all.WriteString(text)
	}
	return all.String()
}
