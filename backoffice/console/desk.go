package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"keyhall/backoffice/access"
	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

const (
	// pathDesk is below which scans come with a form, each as large as a kiosk's may be.
	pathDesk  = "/desk/"
	maxPapers = 3*ra.MaxPageBytes + maxForm
)

// deskPage finds somebody who does not get in any more, and lists what waits for a second officer.
type deskPage struct {
	frame
	Text    string
	Rows    []ra.Membership
	Waiting []book.WaitingAccess
}

func (c *console) showDesk(w http.ResponseWriter, r *http.Request, v visit) error {
	text := strings.TrimSpace(r.FormValue("q"))
	rows, err := c.access.Find(r.Context(), v.staff, text)
	if err != nil {
		return err
	}
	waiting, err := c.access.WaitingAccesses(r.Context(), v.staff)
	if err != nil {
		return err
	}
	return c.render(w, v, http.StatusOK, "desk", "layout", deskPage{c.frame(r, v, "desk", "desk.title"), text, rows, waiting})
}

// paperField is a paper in the form: wanted, or brought already with a form that was refused.
type paperField struct {
	Kind    ra.PaperKind
	SHA256  string // "" until it was brought
	Problem string
}

// accessForm asks for one thing: a button, and the sheet that says exactly what happens.
type accessForm struct {
	Kind    ra.AccessKind
	ID      string // of the request, fresh with the page
	Papers  []paperField
	Hall    string // as it was typed, with what follows, where it was refused
	Mobile  string
	Note    string
	Problem string
	Field   string // where it is
}

// personPage is somebody at the desk.
type personPage struct {
	frame
	access.File
	Why   string // translation of why nothing can be asked for now; "": it can
	Forms []accessForm
	Past  []accessRow
}

// accessRow is a request with the names of who asked and answered.
type accessRow struct {
	book.AccessChange
	Asker, Answerer string
}

func (c *console) accessRow(r *http.Request, v visit, a book.AccessChange) accessRow {
	row := accessRow{AccessChange: a, Asker: c.staffName(r.Context(), v, a.AskedBy)}
	if a.SettledBy != "" {
		row.Answerer = c.staffName(r.Context(), v, a.SettledBy)
	}
	return row
}

func (c *console) personPage(r *http.Request, v visit) (personPage, error) {
	file, err := c.access.MemberFile(r.Context(), v.staff, r.PathValue("id"))
	if err != nil {
		return personPage{}, err
	}
	p := personPage{frame: c.frame(r, v, "desk", file.Member.Handler.Name), File: file}
	p.Path = pathDesk + file.Member.ID
	switch {
	case file.Own:
		p.Why = "own"
	case file.Waiting() != nil:
		p.Why = "waits"
	}
	for _, a := range file.Past {
		p.Past = append(p.Past, c.accessRow(r, v, a))
	}
	for _, kind := range ra.AccessKinds() {
		id, err := uuid.NewV7()
		if err != nil {
			return p, err
		}
		f := accessForm{Kind: kind, ID: id.String()}
		for _, paper := range kind.Papers() {
			f.Papers = append(f.Papers, paperField{Kind: paper})
		}
		p.Forms = append(p.Forms, f)
	}
	return p, nil
}

func (c *console) showPerson(w http.ResponseWriter, r *http.Request, v visit) error {
	p, err := c.personPage(r, v)
	if err != nil {
		return err
	}
	return c.render(w, v, http.StatusOK, "person", "layout", p)
}

// askAccess keeps the papers that came with the form and asks; what was refused stands in the sheet again, with the papers that are good.
func (c *console) askAccess(w http.ResponseWriter, r *http.Request, v visit) error {
	f := accessForm{Kind: ra.AccessKind(r.FormValue("kind")), ID: r.FormValue("request"), Hall: r.FormValue("hall"),
		Mobile: strings.TrimSpace(r.FormValue("mobile")), Note: strings.TrimSpace(r.FormValue("note"))}
	refused, err := c.bringPapers(r, v, &f)
	if err != nil {
		return err
	}
	if refused == nil {
		refused = c.access.Ask(r.Context(), v.staff, f.asked(r.PathValue("id")))
	}
	if refused == nil {
		redirect(w, r, "/access/"+f.ID+"?done=asked")
		return nil
	}
	if outright(refused) {
		return refused
	}
	p, err := c.personPage(r, v)
	if err != nil {
		return err
	}
	e := asError(refused)
	f.Problem, f.Field = v.words.problem(e), e.Field
	i := slices.IndexFunc(p.Forms, func(had accessForm) bool { return had.Kind == f.Kind })
	if i < 0 || p.Why != "" {
		return refused
	}
	p.Forms[i] = f
	return c.render(w, v, statusOf(refused), "person", "layout", p)
}

// outright reports what a page of its own says, since the one that it came from could not be shown or says nothing more.
func outright(err error) bool {
	return slices.Contains([]ra.Code{"", ra.CodeInternal, ra.CodeNotFound, ra.CodeForbidden, ra.CodeTrailAway, ra.CodeOfficeBusy}, ra.CodeOf(err))
}

func (f accessForm) asked(membershipID string) book.AccessChange {
	a := book.AccessChange{ID: f.ID, MembershipID: membershipID, HallID: f.Hall, Kind: f.Kind, Mobile: f.Mobile, Note: f.Note}
	for _, p := range f.Papers {
		if p.SHA256 != "" {
			a.Papers = append(a.Papers, book.Paper{Kind: p.Kind, SHA256: p.SHA256})
		}
	}
	return a
}

// bringPapers keeps the scans of a form. Refused is why one of them, which has its words, is none; who may not bring any is an error.
func (c *console) bringPapers(r *http.Request, v visit, f *accessForm) (refused, err error) {
	for _, kind := range f.Kind.Papers() {
		field := paperField{Kind: kind, SHA256: r.FormValue("have_" + string(kind))}
		if scan, head, e := r.FormFile(string(kind)); e == nil && head.Size > 0 {
			sum, bad := c.access.Bring(r.Context(), v.staff, r.PathValue("id"), f.Hall, scan)
			_ = scan.Close() // it is in memory
			switch ra.CodeOf(bad) {
			case ra.CodeScanEmpty, ra.CodeScanTooLarge, ra.CodeScanNotImage, ra.CodeScanDamaged:
				field.Problem = v.words.problem(asError(bad))
				refused = ra.FieldError(string(kind), bad)
			case "":
				if bad != nil {
					return nil, bad
				}
				field.SHA256 = sum
			default:
				return nil, bad
			}
		}
		f.Papers = append(f.Papers, field)
	}
	return refused, nil
}

// accessPage is a request with its papers beside what is known.
type accessPage struct {
	frame
	access.Request
	Row     accessRow
	Why     string // translation of why who looks cannot confirm it; "": they can
	Answer  string // as it was typed, where it was refused
	Problem string
	Done    string
}

// accessesDone are what a page may say that was done.
var accessesDone = []string{"asked", "confirm", "decline"}

func (c *console) accessPage(r *http.Request, v visit) (accessPage, error) {
	found, err := c.access.Request(r.Context(), v.staff, r.PathValue("id"))
	if err != nil {
		return accessPage{}, err
	}
	p := accessPage{frame: c.frame(r, v, "desk", found.Member.Handler.Name), Request: found, Row: c.accessRow(r, v, found.AccessChange)}
	p.Path = "/access/" + found.ID
	if done := r.URL.Query().Get("done"); r.Method == http.MethodGet && slices.Contains(accessesDone, done) {
		p.Done = done
	}
	switch {
	case found.Own:
		p.Why = "own"
	case found.AskedBy == v.staff.ID:
		p.Why = "asker"
	}
	return p, nil
}

// Agree reports whether who looks is a second officer there.
func (p accessPage) Agree() bool {
	return p.State == ra.AccessWaiting && p.Staff.May(ra.ActAgree, p.Member.ProjectID, p.HallID)
}

func (c *console) showAccess(w http.ResponseWriter, r *http.Request, v visit) error {
	p, err := c.accessPage(r, v)
	if err != nil {
		return err
	}
	return c.render(w, v, http.StatusOK, "access", "layout", p)
}

// showPaper passes a scanned paper on; the rules write down who looked.
func (c *console) showPaper(w http.ResponseWriter, r *http.Request, v visit) error {
	image, contentType, err := c.access.Paper(r.Context(), v.staff, r.PathValue("id"), ra.PaperKind(r.PathValue("kind")))
	if err != nil {
		return err
	}
	defer image.Close()
	if contentType != "image/jpeg" && contentType != "image/png" {
		return ra.E(ra.CodeScanNotImage)
	}
	c.sendImage(w, r, contentType, image)
	return nil
}

func (c *console) confirmAccess(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.settleAccess(w, r, v, "confirm", c.access.Confirm(r.Context(), v.staff, r.PathValue("id")))
}

func (c *console) declineAccess(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.settleAccess(w, r, v, "decline", c.access.Decline(r.Context(), v.staff, r.PathValue("id"), r.FormValue("answer")))
}

// settleAccess says that a request was answered, or why not.
func (c *console) settleAccess(w http.ResponseWriter, r *http.Request, v visit, done string, refused error) error {
	if refused == nil {
		redirect(w, r, "/access/"+r.PathValue("id")+"?done="+done)
		return nil
	}
	if outright(refused) {
		return refused
	}
	p, err := c.accessPage(r, v)
	if err != nil {
		return err
	}
	p.Problem, p.Answer = v.words.problem(asError(refused)), r.FormValue("answer")
	return c.render(w, v, statusOf(refused), "access", "layout", p)
}
