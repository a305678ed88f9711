package screen

import (
	"strconv"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/workflow"
)

// services chooses services and how many of each.
type services struct {
	sheet
	List       *gtk.Box   `ui:"list"`
	Units      *gtk.Label `ui:"units"`
	Total      *gtk.Label `ui:"total"`
	TotalLabel *gtk.Label `ui:"total_label"`
	all        *rows[*serviceRow]
}

type serviceRow struct {
	*gtk.Box
	name   *gtk.Label
	about  *gtk.Label
	price  *gtk.Label
	term   *gtk.Label
	less   *button
	number *gtk.Label
	more   *button
}

func newServices(k *kit) view {
	s := &services{}
	bind("services", s)
	s.dress(k)
	s.all = newRows(s.List, newServiceRow)
	return s
}

func newServiceRow() *serviceRow {
	r := &serviceRow{Box: hbox(32), name: newLabel("h2"), about: newLabel("about"), price: newLabel("amount"), term: newLabel("about"),
		less: newButton("round", "minus"), number: newLabel("quantity"), more: newButton("round", "plus")}
	addClass(r.Box, "surface", "item")
	for _, l := range []*gtk.Label{r.price, r.term} {
		l.SetXAlign(1)
		l.SetLineWrap(false)
	}
	r.number.SetXAlign(0.5)
	for _, b := range []*button{r.less, r.more} {
		b.label.SetNoShowAll(true)
		b.label.Hide()
	}
	words, money := vbox(4, r.name, r.about), vbox(4, r.price, r.term)
	steps := hbox(8, r.less, r.number, r.more)
	for _, b := range []*gtk.Box{words, money, steps} {
		b.SetVAlign(gtk.ALIGN_CENTER)
	}
	r.PackStart(words, true, true, 0)
	r.PackStart(money, false, false, 0)
	r.PackStart(steps, false, false, 0)
	return showAll(r)
}

func (s *services) show(page workflow.Page) bar {
	m := page.(workflow.ServicesPage)
	s.head(s.kit.t("services.title"), s.kit.t("services.about", "max", strconv.Itoa(m.MaxUnits)), m.Fault)
	units := 0
	for _, item := range m.Items {
		units += item.Quantity
	}
	s.all.sync(len(m.Items), func(i int, r *serviceRow) { s.row(r, m.Items[i], units < m.MaxUnits) })
	setText(s.Units, s.kit.t("services.units", "units", strconv.Itoa(units)))
	setText(s.TotalLabel, s.kit.t("services.total"))
	setText(s.Total, s.kit.words.money(m.TotalFen))
	return bar{main: s.kit.forward("next", m.Ready)}
}

func (s *services) row(r *serviceRow, item workflow.ServiceItem, room bool) {
	k := s.kit
	name := k.words.text(item.Service.Name)
	setText(r.name, name)
	setTextOrHide(r.about, k.words.text(item.Service.About))
	setText(r.price, k.words.money(item.Service.PriceFen))
	setText(r.term, k.t("services.term", "months", strconv.Itoa(item.Service.TermMonths)))
	setText(r.number, strconv.Itoa(item.Quantity))
	setName(r.number, name+" "+strconv.Itoa(item.Quantity))
	setClass(r.Box, "chosen", item.Quantity > 0)
	change := func(by int) func() {
		return func() { k.do(workflow.SetQuantity{ServiceID: item.Service.ID, Quantity: item.Quantity + by}) }
	}
	r.less.set("−", item.Quantity > 0, change(-1))
	r.less.name(k.t("action.less") + " " + name)
	r.more.set("+", room, change(1))
	r.more.name(k.t("action.more") + " " + name)
}

func (pages) ServicesPage() row { return row{newServices, servicesScenes} }

func servicesScenes() []scene {
	services := workflow.ServicesPage{MaxUnits: 20, TotalFen: 88000, Ready: true}
	for i, s := range galleryProjects()[0].Services {
		services.Items = append(services.Items, workflow.ServiceItem{Service: s, Quantity: []int{2, 1, 0}[i]})
	}
	tooMany := services
	tooMany.Fault = &workflow.Fault{Code: ra.CodeQuantity, Args: map[string]string{"max": "20"}}
	return []scene{
		{name: "services", frame: galleryFrame(1), page: services},
		{name: "services-fault", frame: galleryFrame(1), page: tooMany},
	}
}
