package console

import (
	"fmt"
	"net/http"
	"strings"

	"keyhall/backoffice/ra"
)

type loginPage struct {
	frame
	Login   string
	To      string
	Problem string
	Over    bool // an earlier session timed out
}

func (c *console) showLogin(w http.ResponseWriter, r *http.Request, v visit) error {
	if _, err := c.member(r.Context()); err == nil {
		redirect(w, r, localPath(r.FormValue("to")))
		return nil
	}
	return c.renderLogin(w, r, v, http.StatusOK, loginPage{To: r.FormValue("to"), Over: r.FormValue("over") != ""})
}

func (c *console) renderLogin(w http.ResponseWriter, r *http.Request, v visit, status int, p loginPage) error {
	p.frame = c.frame(r, v, "", "login.title")
	return c.render(w, v, status, "login", "layout", p)
}

// logIn opens a session under a fresh token; limits against guessing are the rules'.
func (c *console) logIn(w http.ResponseWriter, r *http.Request, v visit) error {
	login, to := strings.TrimSpace(r.FormValue("login")), r.FormValue("to")
	staff, err := c.people.StaffLogIn(r.Context(), login, r.FormValue("password"))
	if err != nil {
		e := asError(err)
		if e.Code == ra.CodeInternal {
			return err
		}
		p := loginPage{Login: login, To: to, Problem: v.words.problem(e)}
		return c.renderLogin(w, r, v, statusOf(err), p)
	}
	if err := c.sessions.RenewToken(r.Context()); err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	c.sessions.Put(r.Context(), staffKey, staff.ID)
	c.sessions.Put(r.Context(), epochKey, staff.Epoch)
	redirect(w, r, localPath(to))
	return nil
}

func (c *console) logOut(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := c.people.StaffLogOut(r.Context(), v.staff); err != nil {
		return err
	}
	if err := c.sessions.Destroy(r.Context()); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	redirect(w, r, "/login")
	return nil
}
