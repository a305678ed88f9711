package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// info is the service information of a project.
type info struct {
	sheet
	Body          *gtk.Box   `ui:"body"`
	ContactTitle  *gtk.Label `ui:"contact_title"`
	Contacts      *gtk.Box   `ui:"contacts"`
	ServicesTitle *gtk.Label `ui:"services_title"`
	List          *gtk.Box   `ui:"list"`
	contacts      *widget.Rows[*contact]
	services      *widget.Rows[*priceRow]
}

// contact is one way to reach the project.
type contact struct {
	*gtk.Box
	icon  *widget.Icon
	label *gtk.Label
	value *gtk.Label
}

// priceRow is a service and its price.
type priceRow struct {
	*gtk.Box
	name  *gtk.Label
	about *gtk.Label
	price *gtk.Label
}

func newInfo(k *kit) view {
	i := &info{}
	bind("info", i)
	i.dress(k)
	widget.Wrap(i.ContactTitle, i.ServicesTitle)
	i.contacts = widget.NewRows(i.Contacts, newContact)
	i.services = widget.NewRows(i.List, newPriceRow)
	return i
}

func newContact() *contact {
	c := &contact{Box: widget.HBox(20), icon: widget.NewIcon("info", "i32"), label: widget.NewLabel("small-text", "muted"), value: widget.NewLabel("value")}
	words := widget.VBox(2, c.label, c.value)
	c.PackStart(widget.InWell(c.icon), false, false, 0)
	c.PackStart(words, true, true, 0)
	words.SetVAlign(gtk.ALIGN_CENTER)
	return widget.ShowAll(c)
}

func newPriceRow() *priceRow {
	r := &priceRow{Box: widget.HBox(24), name: widget.NewLabel("strong"), about: widget.NewLabel("small-text", "muted"), price: widget.NewLabel("amount")}
	widget.AddClass(r.Box, "line", "price-row")
	r.price.SetLineWrap(false)
	words := widget.VBox(2, r.name, r.about)
	words.SetVAlign(gtk.ALIGN_CENTER)
	r.PackStart(words, true, true, 0)
	r.PackStart(r.price, false, false, 0)
	return widget.ShowAll(r)
}

func (i *info) show(page workflow.Page) bar {
	m := page.(workflow.InfoPage).Project
	k := i.kit
	i.head(k.words.text(m.Name), k.t("info.about"), nil)
	k.beside(i.Body)
	widget.SetText(i.ContactTitle, k.t("info.contact"))
	widget.SetText(i.ServicesTitle, k.t("info.services"))
	var shown [][3]string
	for _, c := range [][3]string{{"clock", "hours", k.words.text(m.Contact.Hours)}, {"phone", "phone", m.Contact.Phone},
		{"globe", "web", m.Contact.Web}, {"chat", "chat", m.Contact.Chat}, {"pin", "address", k.words.text(m.Contact.Address)}} {
		if c[2] != "" {
			shown = append(shown, c)
		}
	}
	i.contacts.Sync(len(shown), func(n int, c *contact) {
		c.icon.Change(shown[n][0])
		widget.SetText(c.label, k.t("field."+shown[n][1]))
		widget.SetText(c.value, shown[n][2])
	})
	i.services.Sync(len(m.Services), func(n int, r *priceRow) {
		s := m.Services[n]
		widget.SetText(r.name, k.words.text(s.Name))
		widget.SetTextOrHide(r.about, k.words.text(s.About))
		widget.SetText(r.price, k.words.money(s.PriceFen))
	})
	return bar{}
}

func (pages) InfoPage() row { return row{newInfo, infoScenes} }

func infoScenes() []scene {
	return []scene{{name: "info", frame: memberFrame(), page: workflow.InfoPage{Project: galleryProjects()[0]}}}
}
