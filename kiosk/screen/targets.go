package screen

import (
	"cmp"
	"strconv"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

func showTargets(c *cards, page workflow.Page) bar {
	p := page.(workflow.TargetsPage)
	k := c.kit
	title, about := k.t("targets.title"), k.t("targets.about")
	if p.All {
		title, about = k.t("targets.all.title"), k.t("targets.all.about")
	}
	c.head(k.t("offer."+p.Offer)+" · "+title, about, p.Fault)
	c.all.Sync(len(p.Items), func(i int, r *cardRow) { r.target(k, p.Items[i], !p.All) })
	none := "targets.none"
	if p.All {
		none = "targets.all.none"
	}
	c.empty(len(p.Items) == 0, k.t(none), k.t(none+".about"))
	return bar{main: k.forward("next", p.Ready)}
}

func (r *cardRow) target(k *kit, t workflow.TargetItem, picks bool) {
	r.certificate(k, t.Card)
	say := k.t("certificates.line", "model", k.words.text(t.Card.Model), "serial", t.Card.Serial, "from", t.Card.From, "until", t.Card.Until)
	switch {
	case t.Why != nil:
		say += "\n" + cmp.Or(k.words.optional("offer.why."+string(t.Why.Code), t.Why.Args), k.words.fault(t.Why))
	case t.Paid > 0:
		say += "\n" + k.t("targets.paid", "months", strconv.Itoa(t.Paid))
	}
	widget.SetText(r.about, say)
	name := k.words.text(t.Card.Service) + " " + t.Card.Serial
	if t.Chosen {
		widget.SetText(r.plug, k.t("targets.chosen"))
		r.plug.Show()
		name += " " + k.t("targets.chosen")
	}
	widget.SetClass(r.Button, "chosen", t.Chosen)
	r.Button.Name(name)
	r.Act = func() {
		if picks {
			k.do(workflow.PickTarget{ID: t.Card.ID})
		}
	}
}

func (pages) TargetsPage() row { return row{newCards(showTargets), targetsScenes} }

func targetsScenes() []scene {
	cards := galleryCertificates()
	items := []workflow.TargetItem{
		{Card: cards[0], Chosen: true},
		{Card: cards[2], Paid: 12},
		{Card: cards[1], Why: &workflow.Fault{Code: ra.CodeCertificateSuspended}},
	}
	early := []workflow.TargetItem{{Card: cards[0], Why: &workflow.Fault{Code: ra.CodeWindowEarly, Args: map[string]string{"from": "2026-10-11"}}},
		{Card: cards[1], Why: &workflow.Fault{Code: ra.CodeOrderOpen, Args: map[string]string{"number": "XH03-000131-6"}}}}
	return []scene{
		{name: "targets", frame: galleryFrame(1), page: workflow.TargetsPage{Member: galleryMembers()[0], Offer: "extend", Items: items, Ready: true}},
		{name: "targets-fault", frame: galleryFrame(1), page: workflow.TargetsPage{Offer: "renew", Items: early, Fault: &workflow.Fault{Code: ra.CodeNothingChosen}}},
		{name: "targets-all", frame: galleryFrame(1), page: workflow.TargetsPage{All: true, Offer: "change_name", Items: items[:2], Ready: true}},
		{name: "targets-none", frame: galleryFrame(1), page: workflow.TargetsPage{Offer: "unlock"}},
	}
}
