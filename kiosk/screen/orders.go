package screen

import (
	"strconv"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// orders lists the customer's orders.
type orders struct {
	sheet
	List *gtk.Box `ui:"list"`
	None *gtk.Box `ui:"none"`
	all  *widget.Rows[*orderRow]
	soon *banner // something ends soon
	now  *widget.Button
	ends [2]*gtk.SizeGroup // states and next steps stand in columns
	none *gtk.Label
	hint *gtk.Label
}

// orderRow is one order, a button as a whole.
type orderRow struct {
	*widget.Button
	number *gtk.Label
	about  *gtk.Label
	state  *gtk.Label
	next   *gtk.Label
	arrow  *widget.Icon
	row    *gtk.Box
}

func newOrders(k *kit) view {
	o := &orders{none: widget.NewLabel("h2"), hint: widget.NewLabel("about")}
	bind("orders", o)
	o.dress(k)
	o.soon, o.now = newBanner("hint", "clock"), widget.NewButton("primary", "next").IconAfter("next")
	widget.AddClass(o.soon.Box, "gap")
	o.soon.icon.SetVAlign(gtk.ALIGN_CENTER)
	o.soon.icon.SetMarginTop(0)
	o.soon.PackEnd(widget.ShowAll(o.now), false, false, 0)
	o.Top.PackStart(o.soon, false, false, 0)
	o.ends = [2]*gtk.SizeGroup{widget.Must(gtk.SizeGroupNew(gtk.SIZE_GROUP_HORIZONTAL)), widget.Must(gtk.SizeGroupNew(gtk.SIZE_GROUP_HORIZONTAL))}
	o.all = widget.NewRows(o.List, func() *orderRow {
		r := newOrderRow()
		o.ends[0].AddWidget(r.state)
		o.ends[1].AddWidget(r.next)
		return r
	})
	sign := widget.NewIcon("empty", "i64", "muted")
	for _, part := range []gtk.IWidget{sign, o.none, o.hint} {
		part.ToWidget().SetHAlign(gtk.ALIGN_CENTER)
		o.None.PackStart(part, false, false, 0)
		part.ToWidget().ShowAll()
	}
	o.None.SetNoShowAll(true)
	return o
}

func newOrderRow() *orderRow {
	r := &orderRow{Button: widget.NewCard(), number: widget.NewLabel("h2"), about: widget.NewLabel("about"), state: widget.NewPill(), next: widget.NewLabel("next"),
		arrow: widget.NewIcon("chevron", "i28")}
	words := widget.VBox(4, r.number, r.about)
	words.SetVAlign(gtk.ALIGN_CENTER)
	r.next.SetLineWrap(false)
	end := widget.HBox(24, r.state)
	end.PackStart(r.next, true, true, 0)
	end.PackStart(r.arrow, false, false, 0)
	r.row = widget.HBox(16)
	r.row.PackStart(words, true, true, 0)
	r.row.PackStart(end, false, false, 0)
	r.Add(r.row)
	return widget.ShowAll(r)
}

func (o *orders) show(page workflow.Page) bar {
	m := page.(workflow.OrdersPage)
	k := o.kit
	about := ""
	if m.Member.ID != "" {
		about = m.Member.Organisation + " · " + k.words.text(m.Member.Project)
	}
	o.head(k.t("orders.title"), about, m.Fault)
	o.showSoon(m.Expiring)
	o.all.Sync(len(m.Orders), func(i int, r *orderRow) { r.show(k, m.Orders[i]) })
	o.None.SetVisible(len(m.Orders) == 0)
	widget.SetText(o.none, k.t("orders.none"))
	widget.SetText(o.hint, k.t("orders.none.about"))
	if m.Only {
		return bar{}
	}
	if m.ByKey {
		return bar{right: []choice{k.offer(workflow.SeeCertificates{}, "ukey"), k.offer(workflow.SeeWork{}, "list-check")}}
	}
	return bar{right: []choice{k.offer(workflow.SeeMembers{}, "building"), k.offer(workflow.SeeCertificates{}, "ukey"), k.offer(workflow.NewApplication{}, "plus")}}
}

// showSoon prompts who has something that ends soon.
func (o *orders) showSoon(all []workflow.CertificateCard) {
	k := o.kit
	switch len(all) {
	case 0:
		o.soon.say("")
		return
	case 1:
		o.soon.say(k.t("orders.soon", "service", k.words.text(all[0].Service), "serial", all[0].Serial, "until", all[0].Until))
	default:
		o.soon.say(k.t("orders.soon.several", "count", strconv.Itoa(len(all)), "until", all[0].Until))
	}
	o.now.Word(k.t("action.renew_now"), true, func() { k.do(workflow.RenewNow{}) })
}

func (r *orderRow) show(k *kit, o workflow.OrderCard) {
	k.beside(r.row)
	widget.SetText(r.number, o.Number)
	about := k.t("orders.line", "kind", k.t("kind."+string(o.Kind)), "date", k.words.date(o.CreatedAt), "amount", k.words.money(o.AmountFen))
	if o.Of > 1 || o.Done > 0 {
		about += " · " + k.units(o)
	}
	widget.SetText(r.about, about)
	widget.SetText(r.state, k.t("state."+o.State))
	for class, states := range pillStates {
		widget.SetClass(r.state, class, states[o.State])
	}
	widget.SetText(r.next, k.t("next."+o.Next))
	r.Button.Name(o.Number)
	r.Act = func() { k.do(workflow.OpenOrder{ID: o.ID}) }
}

// pillStates says which states stand on which ground.
var pillStates = map[string]map[string]bool{
	"good": {"approved": true, "done": true, "paid": true, "making": true},
	"bad":  {"sent_back": true},
	"todo": {"unpaid": true, "materials_missing": true},
}

// units tells how many keys of an order are made.
func (k *kit) units(o workflow.OrderCard) string {
	return k.t("orders.units", "done", strconv.Itoa(o.Done), "of", strconv.Itoa(o.Of))
}

func (pages) OrdersPage() row { return row{newOrders, ordersScenes} }

func ordersScenes() []scene {
	var cards []workflow.OrderCard
	for _, s := range [][2]string{{"making", "make"}, {"sent_back", "materials"}, {"under_review", "wait"}, {"unpaid", "pay"}, {"done", "none"}} {
		cards = append(cards, galleryOrder(s[0], s[1]))
	}
	return []scene{
		{name: "orders", frame: memberFrame(), page: workflow.OrdersPage{Orders: cards, Member: galleryMembers()[0]}},
		{name: "orders-soon", frame: memberFrame(), page: workflow.OrdersPage{Orders: cards, Member: galleryMembers()[0], Expiring: galleryCertificates()[:1]}},
		{name: "orders-soon-several", frame: memberFrame(), page: workflow.OrdersPage{Orders: cards, Member: galleryMembers()[0], Expiring: galleryCertificates()[:2]}},
		{name: "orders-none", frame: memberFrame(), page: workflow.OrdersPage{Member: galleryMembers()[2]}},
	}
}
