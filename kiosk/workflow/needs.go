package workflow

import (
	"context"
	"strconv"

	"keyhall/backoffice/ra"
	papers "keyhall/printer/form"
)

// NeedsPage tells what a service needs before it begins: papers, with a picture of a good one (event SeeSample), seal, key, telephone,
// cost and time.
type NeedsPage struct {
	Offer   string // "offer.<Offer>", "needs.about.<Offer>"
	Papers  []NeedsPaper
	Facts   []Row
	Contact ra.Contact
}

func (NeedsPage) page() {}

// NeedsPaper is a material: "material.<Material>", "needs.paper.<Material>".
type NeedsPaper struct {
	Material ra.MaterialKind
	Name     string // key of its name
	Pages    int
	Printed  bool // it is printed here, and stamped
}

// SamplePage shows what a good paper looks like.
type SamplePage struct {
	Material ra.MaterialKind
	Name     string // key of its name
	Picture  []byte // PNG, nil while it is drawn
	Fault    *Fault
}

func (SamplePage) page() {}

// SeeSample looks at one.
type SeeSample struct{ Material ra.MaterialKind }

func (SeeSample) action() {}

// needsStep tells what a service needs.
type needsStep struct {
	sample  ra.MaterialKind // that is looked at, "" for none
	picture []byte
	fault   *Fault
}

func newNeeds(*Workflow) step { return &needsStep{} }

func (s *needsStep) inside() bool  { return s.sample != "" }
func (s *needsStep) out(*Workflow) { s.sample = "" }

func (s *needsStep) page(w *Workflow) Page {
	if s.sample != "" {
		return SamplePage{Material: s.sample, Name: materialName(w.visit.kind, s.sample), Picture: s.picture, Fault: s.fault}
	}
	v := w.visit
	p := NeedsPage{Offer: offerID(v.kind, v.reason), Facts: w.needs(), Contact: v.project.Contact}
	for _, r := range v.project.RequiredFor(v.kind, v.reason) {
		p.Papers = append(p.Papers, NeedsPaper{Material: r.Material, Pages: r.MinPages, Name: materialName(v.kind, r.Material), Printed: printedHere(v.kind, r.Material)})
	}
	return p
}

// printedHere: the kiosk prints it for an order of that kind, from what was entered.
func printedHere(k ra.Kind, m ra.MaterialKind) bool { return papers.For(k, m) != "" }

// needs are the facts beside the papers, as the table of services has them.
func (w *Workflow) needs() []Row {
	v := w.visit
	rule := v.rule()
	var rows []Row
	for _, r := range v.project.RequiredFor(v.kind, v.reason) {
		if printedHere(v.kind, r.Material) {
			rows = append(rows, Row{ID: "needs_seal", Key: "needs.seal"})
			break
		}
	}
	switch {
	case rule.Plan == ra.PlanNone:
		rows = append(rows, Row{ID: "needs_key", Key: "needs.key.none"})
	case rule.Plan.Blank():
		rows = append(rows, Row{ID: "needs_key", Key: "needs.key.new"})
	case rule.Plan.Has(ra.StepAskPIN):
		rows = append(rows, Row{ID: "needs_key", Key: "needs.key.pin"})
	default:
		rows = append(rows, Row{ID: "needs_key", Key: "needs.key"})
	}
	if rule.Code {
		rows = append(rows, Row{ID: "needs_phone", Key: "needs.phone"})
	}
	if rule.Targets != ra.TargetsNone {
		rows = append(rows, Row{ID: "needs_who", Key: "needs.who"})
	}
	return append(rows, v.cost(), Row{ID: "needs_time", Key: timeOf(rule.Plan), Args: map[string]string{"minutes": strconv.Itoa(int(w.cfg.Typical.Minutes()))}})
}

// timeOf words how long it takes.
func timeOf(p ra.Plan) string {
	if p == ra.PlanNone {
		return "needs.time.paid"
	}
	return "needs.time"
}

// cost is what the service costs, from the cheapest to the dearest.
func (v *visit) cost() Row {
	var least, most int64
	for i, s := range v.offered() {
		if i == 0 || s.PriceFen < least {
			least = s.PriceFen
		}
		most = max(most, s.PriceFen)
	}
	args := map[string]string{"from_fen": strconv.FormatInt(least, 10), "to_fen": strconv.FormatInt(most, 10)}
	switch {
	case most == 0:
		return Row{ID: "needs_cost", Key: "needs.cost.none"}
	case least == most:
		return Row{ID: "needs_cost", Key: "needs.cost", Args: args}
	}
	return Row{ID: "needs_cost", Key: "needs.cost.range", Args: args}
}

func (s *needsStep) act(w *Workflow, a Action) {
	switch a := a.(type) {
	case SeeSample:
		s.look(w, a.Material)
	case Go:
		if s.sample != "" {
			s.sample = ""
			return
		}
		w.done()
	}
}

// look draws a sample.
func (s *needsStep) look(w *Workflow, m ra.MaterialKind) {
	s.sample, s.picture, s.fault = m, nil, nil
	w.drawSample(w.visit.kind, m, func(png []byte, err error) {
		if s.sample == m {
			s.picture, s.fault = png, FaultOf(err)
		}
	})
}

// drawSample draws what a good page of a material looks like, beside the workflow.
func (w *Workflow) drawSample(k ra.Kind, m ra.MaterialKind, take func(png []byte, err error)) {
	w.work("", func(ctx context.Context) func() {
		png, err := w.cfg.Forms.Sample(ctx, k, m)
		return func() { take(png, err) }
	})
}
