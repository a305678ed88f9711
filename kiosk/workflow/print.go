package workflow

import (
	"context"

	"keyhall/backoffice/ra"
	"keyhall/printer"
)

// PrintPage prints the registration form.
type PrintPage struct {
	Number  string
	Preview []byte // PNG of the first page, nil while it is drawn
	State   PrintState
	Printer string // its name
	Fault   *Fault
}

func (PrintPage) page() {}

// PrintState is how far the printing is.
type PrintState string

// The states of printing; words "print.<state>".
const (
	PrintReady   PrintState = "ready"
	PrintRunning PrintState = "running"
	PrintDone    PrintState = "done"
	PrintFailed  PrintState = "failed"
)

// Print starts or repeats a printing.
type Print struct{}

func (Print) action() {}

// Skip does without: the paper is there already.
type Skip struct{}

func (Skip) Name() string { return "skip" }
func (Skip) action()      {}

// printStep prints the registration form, which the customer stamps.
type printStep struct {
	pdf, preview []byte
	state        PrintState
	printer      string
	fault        *Fault
}

func newPrint(*Workflow) step { return &printStep{} }

func (p *printStep) enter(w *Workflow) {
	p.state = PrintReady
	order, project, member := *w.visit.order, w.projectOf(*w.visit.order), w.visit.member
	w.work("", func(ctx context.Context) func() {
		pdf, preview, err := w.cfg.Forms.Registration(ctx, order, project, member)
		return func() {
			p.pdf, p.preview = pdf, preview
			if err != nil && !gone(err) {
				w.cfg.Log.Error("form not drawn", "order", order.ID, "error", err)
				p.state, p.fault = PrintFailed, FaultOf(err)
			}
		}
	})
	w.work("", func(ctx context.Context) func() {
		status, err := w.cfg.Printer.Status(ctx)
		return func() {
			p.printer = status.Name
			if err == nil {
				err = status.Problem()
			}
			if p.fault == nil && p.state == PrintReady {
				p.fault = FaultOf(err)
			}
		}
	})
}

// projectOf is the project of an order, empty when the hall does not offer it any more.
func (w *Workflow) projectOf(o ra.Order) ra.Project {
	if p := w.projectByID(o.ProjectID); p != nil {
		return *p
	}
	if w.visit.project != nil {
		return *w.visit.project
	}
	return ra.Project{ID: o.ProjectID}
}

func (p *printStep) works() bool { return p.state == PrintRunning }

func (p *printStep) page(w *Workflow) Page {
	return PrintPage{Number: w.visit.order.Number, Preview: p.preview, State: p.state, Printer: p.printer, Fault: p.fault}
}

func (p *printStep) act(w *Workflow, a Action) {
	if p.state == PrintRunning {
		return
	}
	switch a.(type) {
	case Skip:
		w.visit.stale = false
		w.done()
	case Print, Reprint, Retry:
		p.print(w)
	case Go:
		if p.state == PrintDone {
			w.visit.stale = false
			w.done()
			return
		}
		p.print(w)
	}
}

// print draws anew what was not drawn, and prints. The printer's state is read before and after by the driver.
func (p *printStep) print(w *Workflow) {
	order, project, member, pdf, preview := *w.visit.order, w.projectOf(*w.visit.order), w.visit.member, p.pdf, p.preview
	p.state, p.fault = PrintRunning, nil
	w.work("", func(ctx context.Context) func() {
		var err error
		if pdf == nil {
			pdf, preview, err = w.cfg.Forms.Registration(ctx, order, project, member)
		}
		var job printer.Job
		if err == nil {
			job, err = w.cfg.Printer.Print(ctx, printer.Document{Name: order.Number, PDF: pdf})
		}
		return func() {
			p.pdf, p.preview = pdf, preview
			if err != nil {
				w.cfg.Log.Warn("not printed", "order", order.ID, "error", err)
				p.state, p.fault = PrintFailed, FaultOf(err)
				return
			}
			p.state, p.fault = PrintDone, FaultOf(job.After.Problem())
		}
	})
}
