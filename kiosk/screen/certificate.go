package screen

import (
	"cmp"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// certificate shows one certificate with its key, and the services for it.
type certificate struct {
	sheet
	Body        *gtk.Box `ui:"body"`
	Facts       *gtk.Box `ui:"facts"`
	Offers      *gtk.Box `ui:"offers"`
	facts       *facts
	offersTitle *gtk.Label
	offers      *widget.Rows[*offerRow]
}

// offerRow is a service with what is to be said about it.
type offerRow struct {
	*gtk.Box
	name  *gtk.Label
	say   *gtk.Label
	order *widget.Button
}

func newCertificatePage(k *kit) view {
	c := &certificate{facts: newFacts(k), offersTitle: widget.NewLabel("h2")}
	bind("certificate", c)
	c.dress(k)
	c.Facts.PackStart(c.facts, false, false, 0)
	c.Offers.PackStart(c.offersTitle, false, false, 0)
	list := widget.VBox(16)
	c.offers = widget.NewRows(list, func() *offerRow {
		r := &offerRow{Box: widget.HBox(16), name: widget.NewLabel(), say: widget.NewLabel("about"), order: widget.NewButton("outline", "next")}
		words := widget.VBox(2, r.name, r.say)
		words.SetVAlign(gtk.ALIGN_CENTER)
		r.PackStart(words, true, true, 0)
		r.PackStart(r.order, false, false, 0)
		return widget.ShowAll(r)
	})
	c.Offers.PackStart(widget.ShowAll(list), false, false, 0)
	c.offersTitle.ShowAll()
	return c
}

func (c *certificate) show(page workflow.Page) bar {
	p := page.(workflow.CertificatePage)
	k := c.kit
	c.head(k.words.text(p.Card.Service), k.t("certificate.about."+c.about(p)), nil)
	k.beside(c.Body)
	c.facts.show(p.Facts)
	c.Offers.SetVisible(len(p.Offers) > 0)
	widget.SetText(c.offersTitle, k.t("certificate.offers"))
	c.offers.Sync(len(p.Offers), func(i int, r *offerRow) { r.show(k, p.Offers[i]) })
	b := bar{}
	if p.Report {
		b.right = []choice{k.offer(workflow.ReportLost{}, "alert")}
	}
	if p.Restore {
		b.right = []choice{k.offer(workflow.RestoreLost{}, "unlock")}
	}
	return b
}

// about picks the line under the title: what its state means for who holds it.
func (c *certificate) about(p workflow.CertificatePage) string {
	if p.Lost {
		return "lost"
	}
	switch p.Card.State {
	case string(ra.CertificateActive), string(ra.CertificateSuspended), string(ra.CertificateExpired):
		return p.Card.State
	}
	return "over"
}

func (r *offerRow) show(k *kit, o workflow.OfferCard) {
	widget.SetText(r.name, k.t("offer."+o.ID))
	say := ""
	if o.Why != nil {
		say = cmp.Or(k.words.optional("offer.why."+string(o.Why.Code), o.Why.Args), k.words.fault(o.Why))
	}
	widget.SetTextOrHide(r.say, say)
	r.order.SetVisible(o.Why == nil)
	r.order.Word(k.t("action.order_service"), true, func() { k.do(workflow.OrderService{ID: o.ID}) })
	r.order.Name(k.t("action.order_service") + " " + k.t("offer."+o.ID))
}

func (pages) CertificatePage() row { return row{newCertificatePage, certificateScenes} }

func certificateScenes() []scene {
	held, lost := galleryCertificate(0, nil), galleryCertificate(1, &workflow.Fault{Code: ra.CodeCertificateSuspended})
	held.Report, lost.Lost, lost.Restore = true, true, true
	lost.Facts = append(lost.Facts, workflow.Row{ID: "lost_at", Value: "2026-11-22"})
	return []scene{
		{name: "certificate", frame: memberFrame(), page: held},
		{name: "certificate-lost", frame: memberFrame(), page: lost},
		{name: "certificate-suspended", frame: memberFrame(), page: galleryCertificate(1, &workflow.Fault{Code: ra.CodeCertificateSuspended})},
	}
}

// galleryCertificate is a certificate whose extension, change and unlocking are refused so.
func galleryCertificate(i int, why *workflow.Fault) workflow.CertificatePage {
	c := galleryCertificates()[i]
	return workflow.CertificatePage{Card: c,
		Facts: []workflow.Row{{ID: "organisation.name", Value: galleryMembers()[0].Organisation}, {ID: "model", Text: c.Model}, {ID: "serial", Value: c.Serial},
			{ID: "certificate_number", Value: "3f8a21c09d17e44b3f8a21c09d17e44b"}, {ID: "number", Value: "XH03-000127-8"},
			{ID: "valid_from", Value: c.From}, {ID: "valid_until", Value: c.Until}, {ID: "certificate_state", Key: "certificate." + c.State}},
		Offers: []workflow.OfferCard{{ID: "renew", Why: &workflow.Fault{Code: ra.CodeWindowEarly, Args: map[string]string{"from": "2026-10-11"}}},
			{ID: "extend", Why: &workflow.Fault{Code: ra.CodeOrderOpen, Args: map[string]string{"number": "XH03-000131-6"}}},
			{ID: "change_name", Why: why}, {ID: "reissue_lost"}, {ID: "reissue_damaged"}, {ID: "unlock", Why: why}},
	}
}
