package console

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"keyhall/backoffice/book"
	"keyhall/backoffice/issuing"
	"keyhall/backoffice/ra"
)

// rulingForm asks for one of the rulings on a certificate: a button, and the sheet that says exactly what happens.
type rulingForm struct {
	Act     ra.Act
	ID      string // of the ruling, fresh with the page
	Why     string // translation of why it cannot be done now; "": it can
	Second  bool   // a second person confirms it before anything happens
	Grounds []ra.Ground
	Ground  ra.Ground // as it was typed, with the note, where it was refused
	Note    string
	Problem string
}

// rulingActs are the rulings in the order of the page.
var rulingActs = []ra.Act{ra.ActSuspend, ra.ActRestore, ra.ActFound, ra.ActRevoke}

// heldRow is a suspension with the names of who made and lifted it.
type heldRow struct {
	book.Suspension
	Who, Lifter string
}

// askedRow is what waits for a second person.
type askedRow struct {
	book.Ruling
	Asker   string
	Why     string // translation of why who looks cannot confirm it; "": they can
	Problem string // why it was not settled
}

// consequences is exactly what a ruling does, for the sheet that asks for it.
type consequences struct {
	issuing.CertificateFile
	Act    ra.Act
	Second bool
}

func consequencesOf(p certificatePage, act ra.Act, second bool) consequences {
	return consequences{p.CertificateFile, act, second}
}

// addRulings adds what may be done with a certificate, and what was.
func (c *console) addRulings(ctx context.Context, v visit, p *certificatePage) error {
	for _, h := range p.Suspensions {
		row := heldRow{Suspension: h, Who: c.holdName(ctx, v, h.By, h.Person)}
		if h.LiftedAt != nil {
			row.Lifter = c.holdName(ctx, v, h.LiftedBy, h.LiftedPerson)
		}
		p.Held = append(p.Held, row)
	}
	p.Past = c.past(ctx, v, p.History)
	if p.Order == nil {
		return nil
	}
	if w := p.Waiting; w != nil && p.May(w.Act) {
		p.Asked = &askedRow{Ruling: *w, Asker: c.staffName(ctx, v, w.AskedBy), Why: p.whyNotConfirm(*w)}
	}
	for _, act := range rulingActs {
		if !p.May(act) || act == ra.ActFound && !p.heldFor(act) { // only a lost key is found
			continue
		}
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		p.Rulings = append(p.Rulings, rulingForm{Act: act, ID: id.String(), Why: p.whyNot(act), Second: p.Project.NeedsSecond(act), Grounds: ra.GroundsFor(act)})
	}
	return nil
}

// holdName is who suspended a certificate, or lifted it: a member of staff, or a member of the organisation, of whom the page tells no more.
func (c *console) holdName(ctx context.Context, v visit, staffID, personID string) string {
	if personID != "" {
		return v.words.name("actor", "customer")
	}
	return c.staffName(ctx, v, staffID)
}

// staffName is what colleagues call who acted; "" is a command at the server.
func (c *console) staffName(ctx context.Context, v visit, id string) string {
	if id == "" {
		return v.words.say("ruling.command")
	}
	name, err := c.people.StaffName(ctx, id)
	if err != nil {
		return v.words.name("actor", "staff")
	}
	return name
}

// May reports whether who looks has a grant for the act where the certificate belongs.
func (p certificatePage) May(a ra.Act) bool {
	return p.Order != nil && p.Staff.May(a, p.Order.ProjectID, p.Order.HallID)
}

// whyNot names why an act cannot be done now, "" where it can. The rules have the last word.
func (p certificatePage) whyNot(act ra.Act) string {
	held := p.heldFor(ra.ActRestore)
	switch {
	case p.Own:
		return "own"
	case p.State == ra.CertificateRevoked:
		return "revoked"
	case p.State == ra.CertificateExpired:
		return "expired"
	case p.State == ra.CertificateIssued:
		return "issued"
	case p.Waiting != nil && act != ra.ActSuspend:
		return "waits"
	case act == ra.ActSuspend && held:
		return "suspended"
	case act == ra.ActSuspend && p.State == ra.CertificateSuperseded:
		return "superseded"
	case act == ra.ActRestore && !held:
		return "not_suspended"
	}
	return ""
}

// heldFor reports whether the act would lift a suspension.
func (p certificatePage) heldFor(act ra.Act) bool {
	return slices.ContainsFunc(p.Suspensions, func(h book.Suspension) bool {
		return h.LiftedAt == nil && slices.Contains(ra.LiftedBy(act), h.Reason)
	})
}

func (p certificatePage) whyNotConfirm(r book.Ruling) string {
	switch {
	case p.Own:
		return "own"
	case r.AskedBy == p.Staff.ID:
		return "asker"
	}
	return ""
}

func (c *console) suspend(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.rule(w, r, v, ra.ActSuspend)
}

func (c *console) restore(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.rule(w, r, v, ra.ActRestore)
}

func (c *console) found(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.rule(w, r, v, ra.ActFound)
}

func (c *console) revoke(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.rule(w, r, v, ra.ActRevoke)
}

// rule does what the sheet asked for, and says so; what was refused stands in the sheet again with what was typed.
func (c *console) rule(w http.ResponseWriter, r *http.Request, v visit, act ra.Act) error {
	asked := book.Ruling{ID: r.FormValue("ruling"), CertificateID: r.PathValue("id"), Act: act, Ground: ra.Ground(r.FormValue("reason")),
		Note: strings.TrimSpace(r.FormValue("note"))}
	waits, err := c.issuing.Rule(r.Context(), v.staff, asked)
	if err == nil {
		done := string(act)
		if waits {
			done = "wait"
		}
		redirect(w, r, "/certificates/"+asked.CertificateID+"?done="+done)
		return nil
	}
	return c.refuseRuling(w, r, v, asked.CertificateID, err, func(p *certificatePage, text string) {
		for i := range p.Rulings {
			if f := &p.Rulings[i]; f.Act == act {
				f.ID, f.Ground, f.Note, f.Problem = asked.ID, asked.Ground, asked.Note, text
			}
		}
	})
}

// refuseRuling shows the page of a certificate again with why something was refused; put puts the words where they belong.
func (c *console) refuseRuling(w http.ResponseWriter, r *http.Request, v visit, certificateID string, err error, put func(p *certificatePage, text string)) error {
	switch ra.CodeOf(err) {
	case ra.CodeInternal, ra.CodeNotFound, ra.CodeForbidden:
		return err
	}
	p, loadErr := c.certificatePage(r, v, certificateID)
	if loadErr != nil {
		return loadErr
	}
	put(&p, v.words.problem(asError(err)))
	return c.render(w, v, statusOf(err), "certificate", "layout", p)
}

func (c *console) confirmRuling(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.settleRuling(w, r, v, "confirm", c.issuing.ConfirmRuling)
}

func (c *console) dropRuling(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.settleRuling(w, r, v, "drop", c.issuing.DropRuling)
}

func (c *console) settleRuling(w http.ResponseWriter, r *http.Request, v visit, done string, settle func(context.Context, ra.Staff, string) error) error {
	id := r.PathValue("id")
	ruling, err := c.issuing.Ruling(r.Context(), v.staff, id)
	if err != nil {
		return err
	}
	if err := settle(r.Context(), v.staff, id); err != nil {
		return c.refuseRuling(w, r, v, ruling.CertificateID, err, func(p *certificatePage, text string) {
			if p.Asked != nil {
				p.Asked.Problem = text
			} else {
				p.Problem = text
			}
		})
	}
	redirect(w, r, "/certificates/"+ruling.CertificateID+"?done="+done)
	return nil
}

// rulingsDone are what a page may say that was done.
var rulingsDone = []string{"suspend", "restore", "found", "revoke", "wait", "confirm", "drop"}

// doneOf is what the address says that was done, "" for anything else.
func doneOf(r *http.Request) string {
	if done := r.URL.Query().Get("done"); r.Method == http.MethodGet && slices.Contains(rulingsDone, done) {
		return done
	}
	return ""
}
