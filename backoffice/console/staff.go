package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"keyhall/backoffice/ra"
)

// places names what a grant is limited to.
type places struct {
	Projects []ra.Project
	Halls    []ra.Hall
}

func (c *console) places(r *http.Request, v visit) (p places, err error) {
	p.Projects, p.Halls, err = c.people.Places(r.Context(), v.staff)
	return p, err
}

// grantRow is a grant with the names of what stands in it.
type grantRow struct {
	ra.Grant
	Holder           ra.Staff
	Project, Hall    ra.Text // empty: all
	Giver, Confirmer string  // names, "" for a command at the server
	Mine             bool    // given by or to who looks: another administrator confirms it
}

func (p places) row(g ra.Grant, holder ra.Staff, all []ra.Staff, me ra.Staff) grantRow {
	row := grantRow{Grant: g, Holder: holder, Giver: nameOf(all, g.GivenBy), Confirmer: nameOf(all, g.ConfirmedBy),
		Mine: g.GivenBy == me.ID || g.StaffID == me.ID}
	for _, x := range p.Projects {
		if x.ID == g.ProjectID {
			row.Project = x.Name
		}
	}
	for _, x := range p.Halls {
		if x.ID == g.HallID {
			row.Hall = x.Name
		}
	}
	return row
}

// nameOf is the name of a member, or the id of one whom the list does not show.
func nameOf(all []ra.Staff, id string) string {
	i := slices.IndexFunc(all, func(m ra.Staff) bool { return m.ID == id })
	if i < 0 {
		return id
	}
	return all[i].Name
}

// newcomer is what is entered for a new member of staff.
type newcomer struct {
	ID, Login, Name, Mobile string
}

type staffPage struct {
	frame
	Rows    []ra.Staff
	Waiting []grantRow    // for a second administrator
	Keys    []staffKeyRow // likewise
	Manage  bool
	New     newcomer
	Problem string
	Field   string
}

func (c *console) staffPage(r *http.Request, v visit) (staffPage, error) {
	p := staffPage{frame: c.frame(r, v, "staff", "staff.title"), Manage: v.staff.MayAnywhere(ra.ActManage)}
	p.Path = "/staff"
	where, err := c.places(r, v)
	if err != nil {
		return p, err
	}
	if p.Rows, err = c.people.StaffList(r.Context(), v.staff); err != nil {
		return p, err
	}
	for _, m := range p.Rows {
		for _, g := range m.Grants {
			if !g.Live() {
				p.Waiting = append(p.Waiting, where.row(g, m, p.Rows, v.staff))
			}
		}
		p.Keys = append(p.Keys, waitingKeys(m, p.Rows, v.staff)...)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return p, fmt.Errorf("id: %w", err)
	}
	p.New.ID = id.String()
	return p, nil
}

func (c *console) showStaff(w http.ResponseWriter, r *http.Request, v visit) error {
	p, err := c.staffPage(r, v)
	if err != nil {
		return err
	}
	return c.render(w, v, http.StatusOK, "staff", "layout", p)
}

// addStaff makes a member of staff with a password that is shown once and lasts until their first login.
func (c *console) addStaff(w http.ResponseWriter, r *http.Request, v visit) error {
	n := newcomer{ID: r.FormValue("id"), Login: strings.TrimSpace(r.FormValue("login")), Name: strings.TrimSpace(r.FormValue("name")),
		Mobile: strings.TrimSpace(r.FormValue("mobile"))}
	password, err := c.people.FirstPassword()
	if err != nil {
		return err
	}
	err = c.people.AddStaff(r.Context(), v.staff, ra.Staff{ID: n.ID, Login: n.Login, Name: n.Name, Mobile: n.Mobile, Temporary: true}, password)
	if err == nil {
		return c.renderMember(w, r, v, http.StatusOK, n.ID, func(p *memberPage) { p.Password = password })
	}
	e := asError(err)
	if e.Code == ra.CodeInternal || e.Field == "id" {
		return err
	}
	p, loadErr := c.staffPage(r, v)
	if loadErr != nil {
		return loadErr
	}
	p.New, p.Problem, p.Field = n, v.words.problem(e), e.Field
	return c.render(w, v, statusOf(err), "staff", "layout", p)
}

type memberPage struct {
	frame
	places
	Member   ra.Staff
	Grants   []grantRow
	Keys     []staffKeyRow
	Manage   bool
	Self     bool
	GrantID  string // of the next one
	Typed    ra.Grant
	Roles    []ra.Role
	Problem  string
	Key      ra.StaffKey // the next one, as it was entered
	KeyField string      // of it, that is wrong
	KeyWrong string
	Password string // just made; shown once
}

func (c *console) memberPage(r *http.Request, v visit, id string) (memberPage, error) {
	p := memberPage{frame: c.frame(r, v, "staff", "staff.title"), Manage: v.staff.MayAnywhere(ra.ActManage), Self: id == v.staff.ID, Roles: ra.Roles()}
	var err error
	if p.places, err = c.places(r, v); err != nil {
		return p, err
	}
	if p.Member, err = c.people.Member(r.Context(), v.staff, id); err != nil {
		return p, err
	}
	p.Path, p.Title = "/staff/"+id, p.Member.Name
	all, err := c.people.StaffList(r.Context(), v.staff)
	if err != nil {
		return p, err
	}
	for _, g := range p.Member.Grants {
		p.Grants = append(p.Grants, p.row(g, p.Member, all, v.staff))
	}
	for _, k := range p.Member.Keys {
		p.Keys = append(p.Keys, rowOfKey(k, p.Member, all, v.staff))
	}
	next, err := uuid.NewV7()
	p.GrantID, p.Key.ID = next.String(), next.String()
	return p, err
}

func (c *console) showMember(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.renderMember(w, r, v, http.StatusOK, r.PathValue("id"), func(*memberPage) {})
}

func (c *console) renderMember(w http.ResponseWriter, r *http.Request, v visit, status int, id string, with func(*memberPage)) error {
	p, err := c.memberPage(r, v, id)
	if err != nil {
		return err
	}
	with(&p)
	return c.render(w, v, status, "member", "layout", p)
}

// resetPassword shows the new password once; the member changes it at the next login.
func (c *console) resetPassword(w http.ResponseWriter, r *http.Request, v visit) error {
	password, err := c.people.ResetPassword(r.Context(), v.staff, r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.renderMember(w, r, v, http.StatusOK, r.PathValue("id"), func(p *memberPage) { p.Password = password })
}

func (c *console) disableStaff(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.toMember(w, r, c.people.DisableStaff(r.Context(), v.staff, r.PathValue("id"), true))
}

func (c *console) enableStaff(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.toMember(w, r, c.people.DisableStaff(r.Context(), v.staff, r.PathValue("id"), false))
}

func (c *console) toMember(w http.ResponseWriter, r *http.Request, err error) error {
	if err != nil {
		return err
	}
	redirect(w, r, "/staff/"+r.PathValue("id"))
	return nil
}

// giveGrant keeps what was chosen when it is refused.
func (c *console) giveGrant(w http.ResponseWriter, r *http.Request, v visit) error {
	g := ra.Grant{ID: r.FormValue("grant"), StaffID: r.PathValue("id"), Role: ra.Role(r.FormValue("role")), ProjectID: r.FormValue("project"),
		HallID: r.FormValue("hall")}
	err := c.people.Grant(r.Context(), v.staff, g)
	if e := asError(err); err != nil && e.Code != ra.CodeInternal && e.Code != ra.CodeNotFound {
		return c.renderMember(w, r, v, statusOf(err), g.StaffID, func(p *memberPage) { p.Typed, p.Problem = g, v.words.problem(e) })
	}
	return c.toMember(w, r, err)
}

func (c *console) confirmGrant(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.toGrant(w, r, c.people.ConfirmGrant(r.Context(), v.staff, r.PathValue("grant")))
}

func (c *console) withdrawGrant(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.toGrant(w, r, c.people.WithdrawGrant(r.Context(), v.staff, r.PathValue("grant")))
}

// toGrant goes back to the page that the button stood on.
func (c *console) toGrant(w http.ResponseWriter, r *http.Request, err error) error {
	if err != nil {
		return err
	}
	redirect(w, r, localPath(r.FormValue("to")))
	return nil
}
