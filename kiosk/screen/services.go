package screen

import (
	"strconv"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// services chooses services and how many of each.
type services struct {
	sheet
	List       *gtk.Box   `ui:"list"`
	Units      *gtk.Label `ui:"units"`
	Total      *gtk.Label `ui:"total"`
	TotalLabel *gtk.Label `ui:"total_label"`
	all        *widget.Rows[*serviceRow]
}

type serviceRow struct {
	*gtk.Box
	name   *gtk.Label
	about  *gtk.Label
	price  *gtk.Label
	term   *gtk.Label
	less   *widget.Button
	number *gtk.Label
	more   *widget.Button
}

func newServices(k *kit) view {
	s := &services{}
	bind("services", s)
	s.dress(k)
	s.all = widget.NewRows(s.List, newServiceRow)
	return s
}

func newServiceRow() *serviceRow {
	r := &serviceRow{Box: widget.HBox(32), name: widget.NewLabel("h2"), about: widget.NewLabel("about"), price: widget.NewLabel("amount"), term: widget.NewLabel("about"),
		less: widget.NewButton("round", "minus"), number: widget.NewLabel("quantity"), more: widget.NewButton("round", "plus")}
	widget.AddClass(r.Box, "surface", "item")
	for _, l := range []*gtk.Label{r.price, r.term} {
		l.SetXAlign(1)
		l.SetLineWrap(false)
	}
	r.number.SetXAlign(0.5)
	for _, b := range []*widget.Button{r.less, r.more} {
		b.Label.SetNoShowAll(true)
		b.Label.Hide()
	}
	words, money := widget.VBox(4, r.name, r.about), widget.VBox(4, r.price, r.term)
	steps := widget.HBox(8, r.less, r.number, r.more)
	for _, b := range []*gtk.Box{words, money, steps} {
		b.SetVAlign(gtk.ALIGN_CENTER)
	}
	r.PackStart(words, true, true, 0)
	r.PackStart(money, false, false, 0)
	r.PackStart(steps, false, false, 0)
	return widget.ShowAll(r)
}

func (s *services) show(page workflow.Page) bar {
	m := page.(workflow.ServicesPage)
	s.head(s.kit.t("services.title"), s.kit.t("services.about", "max", strconv.Itoa(m.MaxUnits)), m.Fault)
	units := 0
	for _, item := range m.Items {
		units += item.Quantity
	}
	s.all.Sync(len(m.Items), func(i int, r *serviceRow) { s.row(r, m.Items[i], units < m.MaxUnits) })
	widget.SetText(s.Units, s.kit.t("services.units", "units", strconv.Itoa(units)))
	widget.SetText(s.TotalLabel, s.kit.t("services.total"))
	widget.SetText(s.Total, s.kit.words.money(m.TotalFen))
	return bar{main: s.kit.forward("next", m.Ready)}
}

func (s *services) row(r *serviceRow, item workflow.ServiceItem, room bool) {
	k := s.kit
	name := k.words.text(item.Service.Name)
	widget.SetText(r.name, name)
	widget.SetTextOrHide(r.about, k.words.text(item.Service.About))
	widget.SetText(r.price, k.words.money(item.Service.PriceFen))
	widget.SetText(r.term, k.t("services.term", "months", strconv.Itoa(item.Service.TermMonths)))
	widget.SetText(r.number, strconv.Itoa(item.Quantity))
	widget.SetName(r.number, name+" "+strconv.Itoa(item.Quantity))
	widget.SetClass(r.Box, "chosen", item.Quantity > 0)
	change := func(by int) func() {
		return func() { k.do(workflow.SetQuantity{ServiceID: item.Service.ID, Quantity: item.Quantity + by}) }
	}
	r.less.Word("−", item.Quantity > 0, change(-1))
	r.less.Name(k.t("action.less") + " " + name)
	r.more.Word("+", room, change(1))
	r.more.Name(k.t("action.more") + " " + name)
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
