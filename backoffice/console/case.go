package console

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
)

// casePage is everything under one order's number, the scans beside the data.
type casePage struct {
	frame
	review.Case
	Mine      bool   // this reviewer has claimed it
	Taken     string // name of another who has
	Left      int    // minutes of the claim
	Waiting   int    // minutes the customer waits; -1 when nothing waits
	Strip     []stripPage
	Materials []materialRow
	Slip      *materialRow // nil: none asked for
	At        ra.MaterialKind
	Shown     int // index in Strip, -1 when there is no page
	Gate      gate
	Keys      []keyRow
	Past      []pastRow
	Notes     []pastRow // the staff's remarks among it
	Seen      string    // what the reviewer sees of the order now
	Typed     typed
	Problem   problem
	Said      string // translation of what was done
	OOB       bool   // rendered to replace its old self wherever that stands
	now       time.Time
}

// stripPage is one scanned page in the viewer's strip.
type stripPage struct {
	Kind      ra.MaterialKind
	Page      ra.Page
	Number    int // within its material, from 1
	Of        int
	Index     int // within the strip
	Current   bool
	Mandatory bool
}

// materialRow is a material in the list at the right.
type materialRow struct {
	ra.Material
	Current   bool
	Judgeable bool // it has pages and the order is at a stage to judge them
	First     int  // index of its first page in the strip, -1 when it has none
}

// keyRow is a unit with what was made of it.
type keyRow struct {
	Unit        ra.Unit
	Certificate *ra.Certificate
	Proof       *book.StoredProof
}

// judgeable are the materials that get a verdict of their own; the remittance slip is judged by the payment.
func judgeable(o ra.Order) []ra.Material {
	return slices.DeleteFunc(slices.Clone(o.Papers), func(m ra.Material) bool { return m.Kind == ra.MaterialRemittance })
}

func (c *console) casePage(r *http.Request, v visit, at ra.MaterialKind) (casePage, error) {
	found, err := c.review.Case(r.Context(), v.staff, r.PathValue("id"))
	if err != nil {
		return casePage{}, err
	}
	p := casePage{frame: c.frame(r, v, "queue", found.Order.Number), Case: found, At: at, now: c.now()}
	p.Path = "/orders/" + found.Order.ID
	p.Seen = seen(found)
	p.setClaim(v.staff, c.now())
	p.setWaiting(c.now())
	p.setMaterials()
	p.setKeys()
	p.Past = withMessages(c.past(r.Context(), v, found.History), found.Messages)
	p.Notes = notes(p.Past)
	p.Gate = gateOf(found.Order)
	return p, nil
}

func (p *casePage) setClaim(staff ra.Staff, now time.Time) {
	if p.Claim == nil || !p.Claim.Until.After(now) {
		return
	}
	p.Left = int((p.Claim.Until.Sub(now) + time.Minute - 1) / time.Minute)
	if p.Claim.StaffID == staff.ID {
		p.Mine = true
	} else {
		p.Taken = p.Claim.Name
	}
}

func (p *casePage) setWaiting(now time.Time) {
	p.Waiting = -1
	for _, e := range p.queue {
		if e.Order.ID == p.Order.ID {
			p.Waiting = max(0, int(now.Sub(e.WaitingSince).Minutes()))
		}
	}
}

// setMaterials lays out the strip and the list, and settles which material is being looked at: the one asked for, else
// the first without a verdict.
func (p *casePage) setMaterials() {
	open := p.Order.State == ra.OrderOpen && p.Order.Materials == ra.MaterialsSubmitted
	for _, m := range p.Order.Papers {
		row := materialRow{Material: m, First: -1, Judgeable: open && len(m.Pages) > 0}
		for i, page := range m.Pages {
			if i == 0 {
				row.First = len(p.Strip)
			}
			p.Strip = append(p.Strip, stripPage{Kind: m.Kind, Page: page, Number: i + 1, Of: len(m.Pages), Index: len(p.Strip)})
		}
		if m.Kind == ra.MaterialRemittance {
			row.Judgeable = false
			p.Slip = &row
			continue
		}
		p.Materials = append(p.Materials, row)
	}
	p.At = cmp.Or(p.known(p.At), p.nextUnjudged(""), p.slipWaiting(), p.firstKind())
	p.markCurrent()
}

func (p *casePage) markCurrent() {
	for i := range p.Materials {
		p.Materials[i].Current = p.Materials[i].Kind == p.At
	}
	if p.Slip != nil {
		p.Slip.Current = p.Slip.Kind == p.At
	}
	p.Shown = slices.IndexFunc(p.Strip, func(s stripPage) bool { return s.Kind == p.At })
	if p.Shown >= 0 {
		p.Strip[p.Shown].Current = true
	}
}

func (p *casePage) known(kind ra.MaterialKind) ra.MaterialKind {
	if slices.ContainsFunc(p.Order.Papers, func(m ra.Material) bool { return m.Kind == kind }) {
		return kind
	}
	return ""
}

// nextUnjudged is the first material that waits for a verdict, looking from the one after kind round to the start.
func (p *casePage) nextUnjudged(kind ra.MaterialKind) ra.MaterialKind {
	from := slices.IndexFunc(p.Materials, func(m materialRow) bool { return m.Kind == kind }) + 1
	for i := range p.Materials {
		m := p.Materials[(from+i)%len(p.Materials)]
		if m.Judgeable && m.Verdict == ra.VerdictNone {
			return m.Kind
		}
	}
	return ""
}

func (p *casePage) slipWaiting() ra.MaterialKind {
	if p.Slip != nil && p.Order.Payment == ra.PaymentAwaitingConfirmation {
		return ra.MaterialRemittance
	}
	return ""
}

func (p *casePage) firstKind() ra.MaterialKind {
	if len(p.Order.Papers) == 0 {
		return ""
	}
	return p.Order.Papers[0].Kind
}

func (p *casePage) setKeys() {
	for _, u := range p.Order.Units {
		row := keyRow{Unit: u}
		for i := range p.Certificates {
			if u.CertificateID != "" && p.Certificates[i].ID == u.CertificateID {
				row.Certificate = &p.Certificates[i]
			}
		}
		for i := range p.Proofs {
			if u.OperationID != "" && p.Proofs[i].Served == u.OperationID {
				row.Proof = &p.Proofs[i]
			}
		}
		p.Keys = append(p.Keys, row)
	}
}

// May reports whether who looks may do something with this order.
func (p casePage) May(a ra.Act) bool {
	return p.Staff.May(a, p.Order.ProjectID, p.Order.HallID) && (a == ra.ActSee || !p.Own)
}

// Acting reports whether this reviewer may decide now.
func (p casePage) Acting() bool {
	return p.May(ra.ActJudge) && p.Taken == "" && p.Order.State == ra.OrderOpen
}

// Coded reports whether a code opens the work of the order once it is approved.
func (p casePage) Coded() bool {
	rule, _ := ra.RuleOf(p.Order.Kind, p.Order.Reason)
	return rule.Code
}

// Settling reports whether the payment may be decided now; also that of an order which was given up while it was under way.
func (p casePage) Settling() bool {
	return p.May(ra.ActSettle) && (p.Order.State == ra.OrderOpen || p.Order.State == ra.OrderCancelled)
}

// CurrentJudgeable reports whether the material being looked at can get a verdict.
func (p casePage) CurrentJudgeable() bool {
	return slices.ContainsFunc(p.Materials, func(m materialRow) bool { return m.Current && m.Judgeable })
}

func (c *console) showCase(w http.ResponseWriter, r *http.Request, v visit) error {
	p, err := c.casePage(r, v, ra.MaterialKind(r.FormValue("at")))
	if err != nil {
		return err
	}
	if i, err := strconv.Atoi(r.FormValue("page")); err == nil && i >= 0 && i < len(p.Strip) {
		p.show(i)
	}
	return c.render(w, v, http.StatusOK, "case", "layout", p)
}

// show turns the viewer to one page of the strip.
func (p *casePage) show(i int) {
	if p.Shown >= 0 {
		p.Strip[p.Shown].Current = false
	}
	p.At = p.Strip[i].Kind
	p.markCurrent()
	p.Strip[p.Shown].Current = false
	p.Shown, p.Strip[i].Current = i, true
}

var blobName = regexp.MustCompile(`^[0-9a-f]{64}$`)

// showScan passes a scanned page on; the rules write down who looked.
func (c *console) showScan(w http.ResponseWriter, r *http.Request, v visit) error {
	name := r.PathValue("sha256")
	if !blobName.MatchString(name) {
		return ra.E(ra.CodeNotFound)
	}
	image, contentType, err := c.review.PageImage(r.Context(), v.staff, r.PathValue("id"), name)
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

// showThumb passes the thumbnail of a page on.
func (c *console) showThumb(w http.ResponseWriter, r *http.Request, v visit) error {
	name := r.PathValue("sha256")
	if !blobName.MatchString(name) {
		return ra.E(ra.CodeNotFound)
	}
	thumb, err := c.review.PageThumb(r.Context(), v.staff, r.PathValue("id"), name)
	if err != nil {
		return err
	}
	defer thumb.Close()
	c.sendImage(w, r, "image/jpeg", thumb)
	return nil
}

func (c *console) sendImage(w http.ResponseWriter, r *http.Request, contentType string, image io.Reader) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Disposition", "inline")
	if _, err := io.Copy(w, image); err != nil && !errors.Is(err, context.Canceled) {
		c.log.DebugContext(r.Context(), "scan was not taken", "err", err)
	}
}
