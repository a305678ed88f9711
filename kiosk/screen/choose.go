package screen

import (
	"cmp"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

func showChoose(c *cards, page workflow.Page) bar {
	p := page.(workflow.ChoosePage)
	k := c.kit
	c.head(k.t("choose."+p.ID+".title"), k.t("choose."+p.ID+".about"), nil)
	c.all.Sync(len(p.Items), func(i int, r *cardRow) { r.choice(k, p.ID, p.Items[i]) })
	c.empty(len(p.Items) == 0, k.t("choose.none"), k.t("choose.none.about"))
	return bar{}
}

func (r *cardRow) choice(k *kit, page string, i workflow.ChooseItem) {
	k.beside(r.row)
	key := "choose." + page + "." + i.ID
	name := cmp.Or(k.words.text(i.Name), k.words.optional(key, nil))
	widget.SetText(r.name, name)
	widget.SetTextOrHide(r.about, cmp.Or(k.words.text(i.About), k.words.optional(key+".about", nil)))
	r.plug.SetVisible(i.Chosen)
	widget.SetText(r.plug, k.t("targets.chosen"))
	widget.SetClass(r.plug, "good", true)
	r.state.SetVisible(i.Priced)
	if i.Priced {
		widget.SetText(r.state, k.words.money(i.Fen))
		name += " " + k.words.money(i.Fen)
	}
	widget.SetClass(r.Button, "chosen", i.Chosen)
	r.Button.Name(name)
	r.Act = func() { k.do(workflow.Choose{ID: i.ID}) }
}

func (pages) ChoosePage() row { return row{newCards(showChoose), chooseScenes} }

func chooseScenes() []scene {
	var terms []workflow.ChooseItem
	for i, s := range galleryProjects()[0].Services[:2] {
		terms = append(terms, workflow.ChooseItem{ID: s.ID, Name: s.Name, About: s.About, Priced: true, Fen: s.PriceFen, Chosen: i == 1})
	}
	page := func(id string, items ...string) workflow.ChoosePage {
		p := workflow.ChoosePage{ID: id}
		for _, i := range items {
			p.Items = append(p.Items, workflow.ChooseItem{ID: i})
		}
		return p
	}
	return []scene{
		{name: "choose-term", frame: galleryFrame(1), page: workflow.ChoosePage{ID: workflow.ChooseTerm, Items: terms}},
		{name: "choose-renewal", frame: galleryFrame(1), page: workflow.ChoosePage{ID: workflow.ChooseRenewal, Items: append(slices.Clone(terms), workflow.ChooseItem{ID: workflow.RenewOnly})}},
		{name: "choose-change", frame: galleryFrame(-1), page: page(string(ra.KindChange), string(ra.ReasonLegal), string(ra.ReasonName), string(ra.ReasonData))},
		{name: "choose-reissue", frame: galleryFrame(-1), page: page(string(ra.KindReissue), string(ra.ReasonLost), string(ra.ReasonDamaged))},
	}
}
