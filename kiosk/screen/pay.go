package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// pay shows where to transfer the money and scans the remittance slip.
type pay struct {
	sheet
	Body        *gtk.Box   `ui:"body"`
	Facts       *gtk.Box   `ui:"facts"`
	Hints       *gtk.Box   `ui:"hints"`
	AmountLabel *gtk.Label `ui:"amount_label"`
	Amount      *gtk.Label `ui:"amount"`
	SlipTitle   *gtk.Label `ui:"slip_title"`
	SlipAbout   *gtk.Label `ui:"slip_about"`
	Picture     *gtk.Box   `ui:"picture"`
	Actions     *gtk.Box   `ui:"actions"`
	picture     *widget.Picture
	facts       *facts
	state       *banner
	printed     *banner
	tools       *scanTools
	paper       *widget.Button // both: for who pays elsewhere
	send        *widget.Button
}

func newPay(k *kit) view {
	p := &pay{picture: widget.NewPicture("scan"), facts: newFacts(k), state: newBanner("calm", "info"), printed: newBanner("calm", "printer")}
	bind("pay", p)
	p.dress(k)
	widget.Wrap(p.SlipTitle, p.SlipAbout, p.Amount, p.AmountLabel)
	widget.AddClass(p.facts.Box, "big")
	p.Facts.PackStart(p.facts, false, false, 0)
	p.paper, p.send = widget.NewButton("outline", "printer"), widget.NewButton("outline", "phone")
	widget.Wrap(p.paper.Label, p.send.Label)
	along := widget.HBox(12)
	along.SetHomogeneous(true)
	along.PackStart(p.paper, true, true, 0)
	along.PackStart(p.send, true, true, 0)
	p.Facts.PackStart(along, false, false, 16)
	p.Hints.PackStart(p.state, false, false, 0)
	p.Hints.PackStart(p.printed, false, false, 0)
	p.Picture.PackStart(p.picture, true, true, 0)
	p.tools = newScanTools(k, p.Actions)
	return p
}

// forget drops the picture: what comes next may be another order's.
func (p *pay) forget() { p.picture.Drop() }

func (p *pay) show(page workflow.Page) bar {
	m := page.(workflow.PayPage)
	k := p.kit
	p.head(k.t("pay.title"), k.t("pay.about"), m.Fault)
	k.beside(p.Body)
	widget.SetText(p.AmountLabel, k.t("pay.amount"))
	widget.SetText(p.Amount, k.words.money(m.AmountFen))
	p.facts.show([]workflow.Row{{ID: "holder", Value: m.Account.Holder}, {ID: "bank", Value: m.Account.Bank},
		{ID: "account", Value: m.Account.Grouped()}, {ID: "reference", Value: m.Number}})
	p.along(m.Print)
	p.showState(m)
	p.printed.say("")
	if m.Print == workflow.PrintDone {
		p.printed.say(k.t("pay.printed"))
		p.state.SetVisible(m.Slip.Verdict == ra.VerdictReturned) // that it waits to be paid goes without saying
	}
	widget.SetText(p.SlipTitle, k.t("pay.slip"))
	widget.SetText(p.SlipAbout, k.t("pay.slip_about", "time", k.words.row(m.Span)))
	p.picture.Load(m.Image, k.t("pay.none"))
	p.tools.show(m.Sources, m.Busy, m.Slip, m.Slip, len(m.Image) > 0)
	return bar{
		right: []choice{k.offer(workflow.Later{}, "")},
		main:  k.forward("submit_slip", m.Slip.Pages > 0 && !m.Busy),
	}
}

// along offers to take the account along: on paper, or on one's telephone.
func (p *pay) along(state workflow.PrintState) {
	k, label := p.kit, "action.print_account"
	switch state {
	case workflow.PrintRunning:
		label = "busy.print"
	case workflow.PrintDone:
		label = "action.print_account_again"
	}
	p.paper.Word(k.t(label), state != workflow.PrintRunning, func() { k.do(workflow.Print{}) })
	p.send.Word(k.t("action.send_account"), true, func() { k.do(workflow.SendAccount{}) })
}

// showState tells what became of the payment, and why a slip was sent back.
func (p *pay) showState(m workflow.PayPage) {
	k := p.kit
	words := k.t("payment." + string(m.Payment))
	bad := m.Slip.Verdict == ra.VerdictReturned
	if bad {
		words = k.materialState(m.Slip)
	}
	widget.SetClass(p.state.Box, "banner", bad)
	widget.SetClass(p.state.Box, "calm", !bad)
	p.state.icon.Change(map[bool]string{true: "alert", false: "info"}[bad])
	p.state.say(words)
}

func (pages) PayPage() row { return row{newPay, payScenes} }

func payScenes() []scene {
	page, both, bank := galleryPaper(900, 640), []string{"flatbed", "feeder"}, galleryProjects()[0].Bank
	return []scene{
		{name: "pay-kept", frame: cutOff(6), page: workflow.PayPage{Number: "XH03-000127-8", AmountFen: 88000, Account: bank, Payment: ra.PaymentUnpaid, Span: gallerySpan("working_days"),
			Slip: workflow.ScanMaterial{Kind: ra.MaterialRemittance, Pages: 1, MinPages: 1, MaxPages: 3}, Image: page, Sources: both[:1], Fault: kept("slip")}},
		{name: "pay-printed", frame: galleryFrame(6), page: workflow.PayPage{Number: "XH03-000127-8", AmountFen: 88000, Account: bank, Payment: ra.PaymentUnpaid, Span: gallerySpan("working_days"),
			Slip: workflow.ScanMaterial{Kind: ra.MaterialRemittance, MinPages: 1, MaxPages: 3}, Sources: both[:1], Print: workflow.PrintDone}},
		{name: "pay", frame: galleryFrame(6), page: workflow.PayPage{Number: "XH03-000127-8", AmountFen: 88000, Account: bank, Payment: ra.PaymentUnpaid, Span: gallerySpan("working_days"),
			Slip: workflow.ScanMaterial{Kind: ra.MaterialRemittance, MinPages: 1, MaxPages: 3}, Sources: both[:1]}},
		{name: "pay-scanned", frame: galleryFrame(6), page: workflow.PayPage{Number: "XH03-000127-8", AmountFen: 88000, Account: bank, Payment: ra.PaymentUnpaid, Span: gallerySpan("working_days"),
			Slip: workflow.ScanMaterial{Kind: ra.MaterialRemittance, Pages: 1, MinPages: 1, MaxPages: 3}, Image: page, Sources: both}},
	}
}
