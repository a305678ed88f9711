package console

import (
	"fmt"
	"net/http"

	"keyhall/backoffice/ra"
)

// passwordPage changes one's own password.
type passwordPage struct {
	frame
	Done    bool
	Problem string
	Field   string
}

func (c *console) showPassword(w http.ResponseWriter, r *http.Request, v visit) error {
	p := passwordPage{frame: c.frame(r, v, "", "password.title"), Done: r.FormValue("done") != ""}
	return c.render(w, v, http.StatusOK, "password", "layout", p)
}

// changePassword goes on in this session, under a fresh token, and ends all others.
func (c *console) changePassword(w http.ResponseWriter, r *http.Request, v visit) error {
	old, password := r.FormValue("old"), r.FormValue("password")
	var err error
	member := v.staff
	if password != r.FormValue("again") {
		err = ra.E(ra.CodeMismatch).At("again")
	} else {
		member, err = c.people.ChangeStaffPassword(r.Context(), v.staff, old, password)
	}
	if err != nil {
		e := asError(err)
		if e.Code == ra.CodeInternal {
			return err
		}
		p := passwordPage{frame: c.frame(r, v, "", "password.title"), Problem: v.words.problem(e), Field: e.Field}
		return c.render(w, v, statusOf(err), "password", "layout", p)
	}
	if err := c.sessions.RenewToken(r.Context()); err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	c.sessions.Put(r.Context(), epochKey, member.Epoch)
	redirect(w, r, "/password?done=1")
	return nil
}
