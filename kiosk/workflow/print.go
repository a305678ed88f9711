package workflow

import (
	"context"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/printer"
	papers "keyhall/printer/form"
)

// PrintPage prints the papers that the organisation seals, in the order in which they are scanned.
type PrintPage struct {
	Number  string
	Papers  []PrintPaper
	Current int        // index of the one that is shown
	Preview []byte     // PNG of its first page, nil while it is drawn
	State   PrintState // of all of them
	Printer string     // its name
	Fault   *Fault
}

func (PrintPage) page() {}

// PrintPaper is one of the papers: the key of its name, and "print.paper.<State>".
type PrintPaper struct {
	Name  string
	State PrintState
}

// PrintState is how far the printing is.
type PrintState string

// The states of printing; words "print.<state>". PrintHad is for a paper that the customer has already.
const (
	PrintReady   PrintState = "ready"
	PrintRunning PrintState = "running"
	PrintDone    PrintState = "done"
	PrintHad     PrintState = "had"
	PrintFailed  PrintState = "failed"
)

// What is done about papers.
type (
	Print       struct{}            // prints those that are not there yet, or all of them once more
	PrintOne    struct{}            // prints the one that is shown
	Skip        struct{}            // does without the one that is shown: it is there already
	ChoosePaper struct{ Index int } // shows one
)

// Name is part of the message key.
func (PrintOne) Name() string { return "print_one" }
func (Skip) Name() string     { return "skip" }

func (Print) action()       {}
func (PrintOne) action()    {}
func (Skip) action()        {}
func (ChoosePaper) action() {}

// printStep prints the papers of the order that are sealed.
type printStep struct {
	papers  []printed
	current int
	printer string
	fault   *Fault
}

// printed is a paper, and how far it is.
type printed struct {
	paper        papers.Paper
	pdf, preview []byte
	state        PrintState
}

func newPrint(w *Workflow) step {
	p := &printStep{}
	for _, paper := range papers.Sealed(*w.visit.order) {
		p.papers = append(p.papers, printed{paper: paper, state: PrintReady})
	}
	return p
}

func (p *printStep) enter(w *Workflow) {
	if len(p.papers) == 0 { // who came back from scanning finds nothing to print
		w.through()
		return
	}
	for i := range p.papers {
		draw := w.drawing(p.papers[i].paper)
		w.work("", func(ctx context.Context) func() {
			pdf, preview, err := draw(ctx)
			return func() { p.drawn(w, i, pdf, preview, err) }
		})
	}
	w.work("", func(ctx context.Context) func() {
		status, err := w.cfg.Printer.Status(ctx)
		return func() {
			p.printer = status.Name
			if err == nil {
				err = status.Problem()
			}
			if p.fault == nil && p.state() == PrintReady {
				p.fault = FaultOf(err)
			}
		}
	})
	if w.visit.printNow {
		w.visit.printNow = false
		p.print(w, p.wanted()...)
	}
}

// drawing draws a paper of the order in hand, beside the workflow.
func (w *Workflow) drawing(paper papers.Paper) func(context.Context) (pdf, preview []byte, err error) {
	order, project, member := *w.visit.order, w.projectOf(*w.visit.order), w.visit.member
	return func(ctx context.Context) (pdf, preview []byte, err error) {
		return w.cfg.Forms.Paper(ctx, paper, order, project, member)
	}
}

func (p *printStep) drawn(w *Workflow, i int, pdf, preview []byte, err error) {
	p.papers[i].pdf, p.papers[i].preview = pdf, preview
	if err != nil && !gone(err) {
		w.cfg.Log.Error("paper not drawn", "order", w.visit.orderID(), "paper", string(p.papers[i].paper), "error", err)
		p.papers[i].state, p.fault = PrintFailed, FaultOf(err)
	}
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

// state is how far all of the papers are: the first of these that one of them has.
func (p *printStep) state() PrintState {
	for _, s := range []PrintState{PrintRunning, PrintFailed, PrintReady} {
		if slices.ContainsFunc(p.papers, func(x printed) bool { return x.state == s }) {
			return s
		}
	}
	return PrintDone
}

func (p *printStep) works() bool { return p.state() == PrintRunning }

func (p *printStep) page(w *Workflow) Page {
	page := PrintPage{Number: w.visit.order.Number, Current: p.current, State: p.state(), Printer: p.printer, Fault: p.fault}
	for _, x := range p.papers {
		page.Papers = append(page.Papers, PrintPaper{"paper." + string(x.paper), x.state})
	}
	if p.current < len(p.papers) {
		page.Preview = p.papers[p.current].preview
	}
	return page
}

func (p *printStep) act(w *Workflow, a Action) {
	if p.works() || len(p.papers) == 0 {
		return
	}
	switch a := a.(type) {
	case ChoosePaper:
		if a.Index >= 0 && a.Index < len(p.papers) {
			p.current = a.Index
		}
	case Skip:
		p.papers[p.current].state, p.fault = PrintHad, nil
		p.moveOn(w)
	case PrintOne:
		p.print(w, p.current)
	case Print, Reprint, Retry:
		p.print(w, p.wanted()...)
	case Go:
		if p.state() == PrintDone {
			p.over(w)
			return
		}
		p.print(w, p.wanted()...)
	}
}

// wanted are the papers that are not there yet; all of them when none is missing.
func (p *printStep) wanted() (some []int) {
	all := make([]int, len(p.papers))
	for i, x := range p.papers {
		if all[i] = i; x.state == PrintReady || x.state == PrintFailed {
			some = append(some, i)
		}
	}
	if len(some) == 0 {
		return all
	}
	return some
}

// moveOn shows the next paper that is not there yet; without one, the printing is over.
func (p *printStep) moveOn(w *Workflow) {
	if p.state() == PrintDone {
		p.over(w)
		return
	}
	p.current = p.wanted()[0]
}

func (p *printStep) over(w *Workflow) {
	w.visit.stale = false
	w.done()
}

// print prints papers one after the other, and draws anew what was not drawn; the first one that fails ends it. The printer's state is
// read before and after by the driver.
func (p *printStep) print(w *Workflow, queue ...int) {
	if len(queue) == 0 {
		return
	}
	i := queue[0]
	order, paper, draw := *w.visit.order, p.papers[i], w.drawing(p.papers[i].paper)
	p.current, p.papers[i].state, p.fault = i, PrintRunning, nil
	w.work("", func(ctx context.Context) func() {
		var err error
		if paper.pdf == nil {
			paper.pdf, paper.preview, err = draw(ctx)
		}
		var job printer.Job
		if err == nil {
			job, err = w.cfg.Printer.Print(ctx, printer.Document{Name: order.Number, PDF: paper.pdf})
		}
		return func() {
			p.papers[i].pdf, p.papers[i].preview = paper.pdf, paper.preview
			if err != nil {
				w.cfg.Log.Warn("not printed", "order", order.ID, "paper", string(paper.paper), "error", err)
				p.papers[i].state, p.fault = PrintFailed, FaultOf(err)
				return
			}
			p.papers[i].state, p.fault = PrintDone, FaultOf(job.After.Problem())
			p.print(w, queue[1:]...)
		}
	})
}
