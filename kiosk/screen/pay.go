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
	tools       *scanTools
}

func newPay(k *kit) view {
	p := &pay{picture: widget.NewPicture("scan"), facts: newFacts(k), state: newBanner("calm", "info")}
	bind("pay", p)
	p.dress(k)
	widget.Wrap(p.SlipTitle, p.SlipAbout, p.Amount, p.AmountLabel)
	widget.AddClass(p.facts.Box, "big")
	p.Facts.PackStart(p.facts, false, false, 0)
	p.Hints.PackStart(p.state, false, false, 0)
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
		{ID: "account", Value: grouped(m.Account.Number)}, {ID: "reference", Value: m.Number}})
	p.showState(m)
	widget.SetText(p.SlipTitle, k.t("pay.slip"))
	widget.SetText(p.SlipAbout, k.t("pay.slip_about", "time", k.words.row(m.Span)))
	p.picture.Load(m.Image, k.t("pay.none"))
	p.tools.show(m.Sources, m.Busy, m.Slip, m.Slip, len(m.Image) > 0)
	return bar{
		right: []choice{p.paper(m), k.offer(workflow.Later{}, "")},
		main:  k.forward("submit_slip", m.Slip.Pages > 0 && !m.Busy),
	}
}

// paper prints where to transfer the money, for who pays elsewhere.
func (p *pay) paper(m workflow.PayPage) choice {
	label := "action.print_account"
	switch m.Print {
	case workflow.PrintRunning:
		label = "busy.print"
	case workflow.PrintDone:
		label = "action.print_again"
	}
	return choice{label: p.kit.t(label), icon: "printer", do: workflow.Print{}, off: m.Print == workflow.PrintRunning}
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

// grouped writes an account number in groups of four, as on a card.
func grouped(s string) string {
	var out []rune
	for i, r := range []rune(s) {
		if i > 0 && i%4 == 0 {
			out = append(out, ' ')
		}
		out = append(out, r)
	}
	return string(out)
}

func (pages) PayPage() row { return row{newPay, payScenes} }

func payScenes() []scene {
	page, both, bank := galleryPaper(900, 640), []string{"flatbed", "feeder"}, galleryProjects()[0].Bank
	return []scene{
		{name: "pay-kept", frame: cutOff(6), page: workflow.PayPage{Number: "XH03-000127-8", AmountFen: 88000, Account: bank, Payment: ra.PaymentUnpaid, Span: gallerySpan("working_days"),
			Slip: workflow.ScanMaterial{Kind: ra.MaterialRemittance, Pages: 1, MinPages: 1, MaxPages: 3}, Image: page, Sources: both[:1], Fault: kept("slip")}},
		{name: "pay", frame: galleryFrame(6), page: workflow.PayPage{Number: "XH03-000127-8", AmountFen: 88000, Account: bank, Payment: ra.PaymentUnpaid, Span: gallerySpan("working_days"),
			Slip: workflow.ScanMaterial{Kind: ra.MaterialRemittance, MinPages: 1, MaxPages: 3}, Sources: both[:1]}},
		{name: "pay-scanned", frame: galleryFrame(6), page: workflow.PayPage{Number: "XH03-000127-8", AmountFen: 88000, Account: bank, Payment: ra.PaymentUnpaid, Span: gallerySpan("working_days"),
			Slip: workflow.ScanMaterial{Kind: ra.MaterialRemittance, Pages: 1, MinPages: 1, MaxPages: 3}, Image: page, Sources: both}},
	}
}
