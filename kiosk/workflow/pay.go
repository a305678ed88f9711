package workflow

import (
	"context"

	"keyhall/backoffice/ra"
	"keyhall/printer"
)

// PayPage shows where to transfer and scans the remittance slip.
type PayPage struct {
	Number    string
	AmountFen int64
	Account   ra.BankAccount
	Payment   ra.PaymentState
	Slip      ScanMaterial
	Image     []byte
	Sources   []string
	Busy      bool
	Span      Row        // how long it usually takes until the payment is confirmed
	Print     PrintState // of the paper with the account: event Print{}
	Fault     *Fault
}

func (PayPage) page() {}

// Later leaves it for another time.
type Later struct{}

func (Later) Name() string { return "later" }
func (Later) action()      {}

// SendAccount has the account sent to the registered mobile, for who pays elsewhere.
type SendAccount struct{}

func (SendAccount) Name() string { return "send_account" }
func (SendAccount) action()      {}

// payStep shows where to transfer the money and scans the remittance slip. It can be left for later.
type payStep struct {
	scanning
	paper PrintState
}

func newPay(*Workflow) step { return &payStep{} }

func (p *payStep) enter(w *Workflow) {
	p.current, p.paper = ra.MaterialRemittance, PrintReady
	p.showing = p.current
	p.begin(w)
	p.shown = p.last(w.visit)
}

func (p *payStep) slip(w *Workflow) ra.Material { return w.visit.order.Paper(ra.MaterialRemittance) }

func (p *payStep) page(w *Workflow) Page {
	v := w.visit
	return PayPage{
		Number: v.order.Number, AmountFen: v.order.AmountFen, Account: w.projectOf(*v.order).Bank, Payment: v.order.Payment,
		Slip: materialOf(v, p.slip(w)), Image: p.image(v), Sources: p.sources, Busy: p.busy, Span: w.usual(*v.order), Print: p.paper,
		Fault: p.fault,
	}
}

func (p *payStep) act(w *Workflow, a Action) {
	if p.busy {
		return
	}
	switch a.(type) {
	case Later, Skip:
		w.visit.payLater = true
		w.done()
		return
	case Print:
		p.print(w)
		return
	case SendAccount:
		p.send(w)
		return
	case Go:
		slip := materialOf(w.visit, p.slip(w))
		if slip.Pages == 0 || slip.Verdict == ra.VerdictReturned && !w.visit.sheets.changed(slip.Kind) {
			p.fault = &Fault{Code: ra.CodeMaterialMissing, Args: map[string]string{"material": string(ra.MaterialRemittance)}}
			return
		}
		p.handIn(w, keptSlip)
		return
	}
	p.scanning.act(w, a, p.slip(w).MaxPages)
}

func (p *payStep) works() bool { return p.busy || p.paper == PrintRunning }

// print prints where to transfer the money, for who pays elsewhere.
func (p *payStep) print(w *Workflow) {
	if p.paper == PrintRunning {
		return
	}
	order, project := *w.visit.order, w.projectOf(*w.visit.order)
	p.paper, p.fault = PrintRunning, nil
	w.work("", func(ctx context.Context) func() {
		pdf, err := w.cfg.Forms.Transfer(ctx, order, project)
		if err == nil {
			_, err = w.cfg.Printer.Print(ctx, printer.Document{Name: order.Number, PDF: pdf})
		}
		return func() {
			p.paper = PrintDone
			if err != nil && !gone(err) {
				w.cfg.Log.Warn("account not printed", "order", order.ID, "error", err)
				p.paper, p.fault = PrintFailed, FaultOf(err)
			}
		}
	})
}

// send has the account sent to the registered mobile.
func (p *payStep) send(w *Workflow) {
	session, id, mobile := w.visit.session, w.visit.order.ID, ra.MaskMobile(w.visit.order.Applicant.Handler.Mobile)
	p.fault = nil
	w.work("send_account", func(ctx context.Context) func() {
		err := w.cfg.Office.SendAccount(ctx, session, id)
		return func() {
			if err == nil {
				w.aside = &NoticePage{ID: "account_sent", Args: map[string]string{"mobile": mobile}}
				return
			}
			if !w.lost(err) && !gone(err) {
				p.fault = FaultOf(err)
			}
		}
	})
}

// tick goes on for a customer who waited for the back office.
func (p *payStep) tick(w *Workflow) {
	if !p.busy && w.backAgain(p.fault, p.tried) {
		p.handIn(w, keptSlip)
	}
}
