package console

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/service"
)

type kiosksPage struct {
	frame
	Rows       []kioskRow
	Supervisor bool
	Projects   []string // that some kiosk already offers
	Typed      enrolment
	Problem    string
	Field      string // of the problem
	Code       string // just made; shown once
}

type kioskRow struct {
	service.KioskStatus
	Present bool // it asked something within the last minutes
	Expires bool // its certificate ends soon
}

// enrolment is what is entered for a new code.
type enrolment struct {
	Prefix             string
	HallZH, HallEN     string
	WindowZH, WindowEN string
	Projects           string // ids, separated by spaces or commas
}

const (
	kioskPresent = 3 * time.Minute
	kioskRenewal = 30 * 24 * time.Hour
)

func (c *console) kiosksPage(r *http.Request, v visit) (kiosksPage, error) {
	list, err := c.service.Kiosks(r.Context(), v.staff)
	if err != nil {
		return kiosksPage{}, err
	}
	p := kiosksPage{frame: c.frame(r, v, "kiosks", "kiosks.title"), Supervisor: v.staff.Role == ra.RoleSupervisor}
	p.Path = "/kiosks"
	for _, k := range list {
		p.Rows = append(p.Rows, kioskRow{k, k.SeenAt != nil && c.now().Sub(*k.SeenAt) < kioskPresent,
			k.NotAfter.Sub(c.now()) < kioskRenewal})
		for _, id := range k.Projects {
			if !slices.Contains(p.Projects, id) {
				p.Projects = append(p.Projects, id)
			}
		}
	}
	slices.Sort(p.Projects)
	return p, nil
}

func (c *console) showKiosks(w http.ResponseWriter, r *http.Request, v visit) error {
	p, err := c.kiosksPage(r, v)
	if err != nil {
		return err
	}
	p.Typed.Projects = strings.Join(p.Projects, " ")
	return c.render(w, v, http.StatusOK, "kiosks", "layout", p)
}

// newEnrolmentCode shows a fresh code once; it is kept nowhere in the console.
func (c *console) newEnrolmentCode(w http.ResponseWriter, r *http.Request, v visit) error {
	e := enrolment{Prefix: strings.ToUpper(strings.TrimSpace(r.FormValue("prefix"))),
		HallZH: strings.TrimSpace(r.FormValue("hall_zh")), HallEN: strings.TrimSpace(r.FormValue("hall_en")),
		WindowZH: strings.TrimSpace(r.FormValue("window_zh")), WindowEN: strings.TrimSpace(r.FormValue("window_en")),
		Projects: r.FormValue("projects")}
	code, err := c.service.EnrolmentCode(r.Context(), v.staff, e.Prefix, ra.Text{ZH: e.HallZH, EN: e.HallEN},
		ra.Text{ZH: e.WindowZH, EN: e.WindowEN}, projectIDs(e.Projects))
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

func projectIDs(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,，、\t\r\n", r) })
}
