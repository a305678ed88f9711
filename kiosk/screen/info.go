package screen

import (
	"github.com/gotk3/gotk3/gtk"

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
	contacts      *rows[*contact]
	services      *rows[*priceRow]
}

// contact is one way to reach the project.
type contact struct {
	*gtk.Box
	icon  *icon
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
	wrap(i.ContactTitle, i.ServicesTitle)
	i.contacts = newRows(i.Contacts, newContact)
	i.services = newRows(i.List, newPriceRow)
	return i
}

func newContact() *contact {
	c := &contact{Box: hbox(20), icon: newIcon("info", "i32"), label: newLabel("small-text", "muted"), value: newLabel("value")}
	words := vbox(2, c.label, c.value)
	c.PackStart(inWell(c.icon), false, false, 0)
	c.PackStart(words, true, true, 0)
	words.SetVAlign(gtk.ALIGN_CENTER)
	return showAll(c)
}

func newPriceRow() *priceRow {
	r := &priceRow{Box: hbox(24), name: newLabel("strong"), about: newLabel("small-text", "muted"), price: newLabel("amount")}
	addClass(r.Box, "line", "price-row")
	r.price.SetLineWrap(false)
	words := vbox(2, r.name, r.about)
	words.SetVAlign(gtk.ALIGN_CENTER)
	r.PackStart(words, true, true, 0)
	r.PackStart(r.price, false, false, 0)
	return showAll(r)
}

func (i *info) show(page workflow.Page) bar {
	m := page.(workflow.InfoPage).Project
	k := i.kit
	i.head(k.words.text(m.Name), k.t("info.about"), nil)
	k.beside(i.Body)
	setText(i.ContactTitle, k.t("info.contact"))
	setText(i.ServicesTitle, k.t("info.services"))
	var shown [][3]string
	for _, c := range [][3]string{{"clock", "hours", k.words.text(m.Contact.Hours)}, {"phone", "phone", m.Contact.Phone},
		{"globe", "web", m.Contact.Web}, {"chat", "chat", m.Contact.Chat}, {"pin", "address", k.words.text(m.Contact.Address)}} {
		if c[2] != "" {
			shown = append(shown, c)
		}
	}
	i.contacts.sync(len(shown), func(n int, c *contact) {
		c.icon.set(shown[n][0])
		setText(c.label, k.t("field."+shown[n][1]))
		setText(c.value, shown[n][2])
	})
	i.services.sync(len(m.Services), func(n int, r *priceRow) {
		s := m.Services[n]
		setText(r.name, k.words.text(s.Name))
		setTextOrHide(r.about, k.words.text(s.About))
		setText(r.price, k.words.money(s.PriceFen))
	})
	return bar{}
}

func (pages) InfoPage() row { return row{newInfo, infoScenes} }

func infoScenes() []scene {
	return []scene{{name: "info", frame: memberFrame(), page: workflow.InfoPage{Project: galleryProjects()[0]}}}
}
