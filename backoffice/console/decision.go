package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"keyhall/backoffice/ra"
)

// typed is what the reviewer had entered; an error gives it all back.
type typed struct {
	Reasons   []ra.ReasonKind
	Note      string
	Amount    string
	Reference string
}

// Has reports whether a reason is ticked.
func (t typed) Has(kind ra.ReasonKind) bool { return slices.Contains(t.Reasons, kind) }

// Places of a case page where a decision is made, and so where its problem stands.
const (
	placeAccept  = "accept"
	placeReturn  = "return"
	placePayment = "payment"
	placeRefuse  = "refuse"
	placeBack    = "back"
	placeApprove = "approve"
	placeCancel  = "cancel"
	placeCode    = "code"
	placeNote    = "note"
)

// claiming are the decisions of a reviewer, who takes the order before.
var claiming = map[string]bool{placeAccept: true, placeReturn: true, placeBack: true, placeApprove: true, placeCancel: true}

// closing are the decisions after which nothing is left to do here, so that the claim ends.
var closing = map[string]bool{placeBack: true, placeApprove: true, placeCancel: true}

// problem is why a decision was not taken, at its place.
type problem struct {
	Place    string
	Text     string
	Conflict bool
	Changes  []change // what somebody else changed meanwhile
}

// At returns the text when the problem belongs to the place.
func (p problem) At(place string) string {
	if p.Place == place {
		return p.Text
	}
	return ""
}

// gate is what stands between an order and its approval.
type gate struct {
	Open     bool // nothing: it may be accepted, which approves it once it is paid
	Unjudged int  // materials without a verdict
	Missing  int  // materials without pages
	Returned int  // materials to send back
	Unpaid   bool
	Accepted bool // it waits for its payment alone
	CanSend  bool // the returned ones can go back to the customer now
}

func gateOf(o ra.Order) gate {
	var g gate
	for _, m := range judgeable(o) {
		switch {
		case len(m.Pages) == 0:
			g.Missing++
		case m.Verdict == ra.VerdictNone:
			g.Unjudged++
		case m.Verdict == ra.VerdictReturned:
			g.Returned++
		}
	}
	g.Unpaid = !o.Payment.Settled()
	g.CanSend = g.Returned > 0 && o.State == ra.OrderOpen && o.Materials == ra.MaterialsSubmitted
	g.Accepted = o.State == ra.OrderOpen && o.Materials == ra.MaterialsAccepted && g.Unpaid
	g.Open = o.State == ra.OrderOpen && g.Unjudged+g.Missing+g.Returned == 0 && !g.Accepted
	return g
}

// order names what a decision is about: the order and the version that the reviewer saw.
type order struct {
	id      string
	version int
}

// decide takes the order for a reviewer, does what was decided, and shows the case again: with the problem and everything typed when it
// was refused, with what changed when somebody else was faster.
func (c *console) decide(w http.ResponseWriter, r *http.Request, v visit, place string, act func(context.Context, order) error) error {
	at := ra.MaterialKind(r.FormValue("kind"))
	version, err := strconv.Atoi(r.FormValue("version"))
	if err != nil {
		return ra.E(ra.CodeInvalid).At("version")
	}
	o := order{r.PathValue("id"), version}
	if claiming[place] {
		err = c.review.Claim(r.Context(), v.staff, o.id)
	}
	if err == nil {
		err = act(r.Context(), o)
	}
	if err != nil && ra.CodeOf(err) == ra.CodeInternal {
		return err
	}
	if err == nil && closing[place] {
		err = c.review.Unclaim(r.Context(), v.staff, o.id)
	}
	p, loadErr := c.casePage(r, v, at)
	if loadErr != nil {
		return loadErr
	}
	if err != nil {
		p.refused(place, asError(err), r, v.words)
		return c.answerCase(w, r, v, statusOf(err), p)
	}
	if place == placeCode {
		p.Said = "case.code_sent"
	}
	if place == placeAccept || place == placeReturn {
		p.At = orKind(p.nextUnjudged(at), p.slipWaiting(), at)
		p.markCurrent()
	}
	return c.answerCase(w, r, v, http.StatusOK, p)
}

func orKind(kinds ...ra.MaterialKind) ra.MaterialKind {
	for _, k := range kinds {
		if k != "" {
			return k
		}
	}
	return ""
}

// refused keeps what was typed and says what was wrong.
func (p *casePage) refused(place string, e *ra.Error, r *http.Request, w words) {
	p.Typed = typedOf(r)
	p.Problem = problem{Place: place, Text: w.problem(e)}
	if e.Code == ra.CodeConflict && e.Field != "reference" {
		p.Problem.Conflict = true
		p.Problem.Changes = changes(r.FormValue("seen"), p.Case, w)
	}
}

// answerCase sends the parts of the case that a decision changes, or the whole page when the browser asked for one.
func (c *console) answerCase(w http.ResponseWriter, r *http.Request, v visit, status int, p casePage) error {
	if fragment(r) {
		return c.render(w, v, status, "case", "parts", p)
	}
	if status == http.StatusOK {
		http.Redirect(w, r, "/orders/"+p.Order.ID+"?at="+queryEscape(string(p.At)), http.StatusSeeOther)
		return nil
	}
	return c.render(w, v, status, "case", "layout", p)
}

func typedOf(r *http.Request) typed {
	t := typed{Note: strings.TrimSpace(r.FormValue("note")), Amount: r.FormValue("amount"), Reference: strings.TrimSpace(r.FormValue("reference"))}
	for _, kind := range r.Form["reason"] {
		t.Reasons = append(t.Reasons, ra.ReasonKind(kind))
	}
	return t
}

// reasons are the ticked ones; a note goes with "other", which it also implies.
func (t typed) reasons(kind ra.MaterialKind) []ra.Reason {
	var reasons []ra.Reason
	for _, k := range ra.ReasonKinds() {
		if k != ra.ReasonOther && t.Has(k) {
			reasons = append(reasons, ra.Reason{Kind: k, Material: kind})
		}
	}
	if t.Has(ra.ReasonOther) || t.Note != "" {
		reasons = append(reasons, ra.Reason{Kind: ra.ReasonOther, Material: kind, Note: t.Note})
	}
	return reasons
}

func (c *console) judge(w http.ResponseWriter, r *http.Request, v visit) error {
	kind, verdict := ra.MaterialKind(r.FormValue("kind")), ra.Verdict(r.FormValue("verdict"))
	place, reasons := placeAccept, []ra.Reason(nil)
	if verdict == ra.VerdictReturned {
		place, reasons = placeReturn, typedOf(r).reasons(kind)
	}
	return c.decide(w, r, v, place, func(ctx context.Context, o order) error {
		_, err := c.review.Judge(ctx, v.staff, o.id, kind, verdict, reasons, o.version)
		return err
	})
}

func (c *console) confirmPayment(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.decide(w, r, v, placePayment, func(ctx context.Context, o order) error {
		amount, err := parseYuan(r.FormValue("amount"))
		if err != nil {
			return err
		}
		_, err = c.cashier.ConfirmPayment(ctx, v.staff, o.id, amount, typedOf(r).Reference, o.version)
		return err
	})
}

func (c *console) refusePayment(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.decide(w, r, v, placeRefuse, func(ctx context.Context, o order) error {
		_, err := c.cashier.RefusePayment(ctx, v.staff, o.id, typedOf(r).reasons(ra.MaterialRemittance), o.version)
		return err
	})
}

func (c *console) returnMaterials(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.decide(w, r, v, placeBack, func(ctx context.Context, o order) error {
		_, err := c.review.Return(ctx, v.staff, o.id, o.version)
		return err
	})
}

func (c *console) approve(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.decide(w, r, v, placeApprove, func(ctx context.Context, o order) error {
		_, err := c.review.Approve(ctx, v.staff, o.id, o.version)
		return err
	})
}

func (c *console) cancel(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.decide(w, r, v, placeCancel, func(ctx context.Context, o order) error {
		_, err := c.review.CancelOrder(ctx, v.staff, o.id, typedOf(r).reasons(""), o.version)
		return err
	})
}

// newCode sends a fresh authorization code; the one before is worth nothing from then on.
func (c *console) newCode(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.decide(w, r, v, placeCode, func(ctx context.Context, o order) error {
		_, err := c.review.NewCode(ctx, v.staff, o.id, o.version)
		return err
	})
}

// addNote leaves a remark for colleagues; it needs no claim and decides nothing.
func (c *console) addNote(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.decide(w, r, v, placeNote, func(ctx context.Context, o order) error {
		return c.review.Note(ctx, v.staff, o.id, typedOf(r).Note)
	})
}
