package console

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

type kiosksPage struct {
	frame
	book.Titles
	places  // to choose from for a new code
	Rows    []kioskRow
	Manage  bool
	Typed   enrolment
	Problem string
	Field   string // of the problem
	Code    string // just made; shown once
	Block   block  // that was refused
}

type kioskRow struct {
	book.KioskStatus
	Present bool // it asked something within the last minutes
	Expires bool // its certificate ends soon
}

// enrolment is what is entered for a new code.
type enrolment struct {
	Prefix             string
	HallID             string
	WindowZH, WindowEN string
	Projects           []string
}

// Offers reports whether a project is ticked.
func (e enrolment) Offers(id string) bool { return slices.Contains(e.Projects, id) }

// block is what is entered to keep a kiosk out.
type block struct {
	ID, Reason, Problem string
}

const (
	kioskPresent = 3 * time.Minute
	// kioskRenewal is when a kiosk's certificate is marked: it renews itself from a year before its end on, so one that has not by
	// then cannot, or was not on since.
	kioskRenewal = 120 * 24 * time.Hour
)

func (c *console) kiosksPage(r *http.Request, v visit) (kiosksPage, error) {
	list, err := c.fleet.Kiosks(r.Context(), v.staff)
	if err != nil {
		return kiosksPage{}, err
	}
	p := kiosksPage{frame: c.frame(r, v, "kiosks", "kiosks.title"), Manage: v.staff.MayAnywhere(ra.ActManage)}
	p.Path = "/kiosks"
	if p.Manage {
		if p.places, err = c.places(r, v); err != nil {
			return kiosksPage{}, err
		}
	}
	if p.Titles, err = c.review.Titles(r.Context()); err != nil {
		return kiosksPage{}, err
	}
	for _, k := range list {
		p.Rows = append(p.Rows, kioskRow{k, k.SeenAt != nil && c.now().Sub(*k.SeenAt).Abs() < kioskPresent,
			k.NotAfter.Sub(c.now()) < kioskRenewal})
	}
	return p, nil
}

func (c *console) showKiosks(w http.ResponseWriter, r *http.Request, v visit) error {
	p, err := c.kiosksPage(r, v)
	if err != nil {
		return err
	}
	for _, project := range p.Projects {
		p.Typed.Projects = append(p.Typed.Projects, project.ID)
	}
	return c.render(w, v, http.StatusOK, "kiosks", "layout", p)
}

// newEnrolmentCode shows a fresh code once; it is kept nowhere in the console.
func (c *console) newEnrolmentCode(w http.ResponseWriter, r *http.Request, v visit) error {
	e := enrolment{Prefix: strings.ToUpper(strings.TrimSpace(r.FormValue("prefix"))),
		HallID: r.FormValue("hall"), WindowZH: strings.TrimSpace(r.FormValue("window_zh")), WindowEN: strings.TrimSpace(r.FormValue("window_en")),
		Projects: r.Form["project"]}
	code, err := c.fleet.EnrolmentCode(r.Context(), v.staff, e.Prefix, e.HallID, ra.Text{ZH: e.WindowZH, EN: e.WindowEN}, e.Projects)
	if err != nil && ra.CodeOf(err) == ra.CodeInternal {
		return err
	}
	p, loadErr := c.kiosksPage(r, v)
	if loadErr != nil {
		return loadErr
	}
	p.Typed, p.Code = e, code
	if err != nil {
		problem := asError(err)
		p.Problem, p.Field = v.words.problem(problem), problem.Field
		return c.render(w, v, statusOf(err), "kiosks", "layout", p)
	}
	return c.render(w, v, http.StatusOK, "kiosks", "layout", p)
}

// blockKiosk keeps a kiosk out; without a reason it asks again.
func (c *console) blockKiosk(w http.ResponseWriter, r *http.Request, v visit) error {
	b := block{ID: r.PathValue("id"), Reason: strings.TrimSpace(r.FormValue("reason"))}
	err := c.fleet.BlockKiosk(r.Context(), v.staff, b.ID, b.Reason)
	if err == nil {
		redirect(w, r, "/kiosks")
		return nil
	}
	e := asError(err)
	p, loadErr := c.kiosksPage(r, v)
	if loadErr != nil || e.Field != "reason" {
		return err
	}
	b.Problem = v.words.problem(e)
	p.Block = b
	return c.render(w, v, statusOf(err), "kiosks", "layout", p)
}

func (c *console) unblockKiosk(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := c.fleet.UnblockKiosk(r.Context(), v.staff, r.PathValue("id")); err != nil {
		return err
	}
	redirect(w, r, "/kiosks")
	return nil
}
