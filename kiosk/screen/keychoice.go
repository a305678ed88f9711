package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// keyChoices are the keys that are plugged in, where a person says by touch which one they mean.
type keyChoices struct {
	*gtk.Box
	kit  *kit
	wide bool // they have the width of the screen
	all  *widget.Rows[*keyChoice]
}

// keyChoice is one of them, a button as a whole: what is printed on the key stands out.
type keyChoice struct {
	*widget.Button
	serial *gtk.Label
	model  *gtk.Label
	state  *gtk.Label
}

// most stand beside each other in landscape; more stand below each other.
const mostBeside = 3

func newKeyChoices(k *kit, wide bool) *keyChoices {
	c := &keyChoices{Box: widget.VBox(16), kit: k, wide: wide}
	widget.AddClass(c.Box, "even")
	widget.AddClass(c.Box, "gap")
	c.all = widget.NewRows(c.Box, newKeyChoice)
	c.SetNoShowAll(true)
	return c
}

func newKeyChoice() *keyChoice {
	c := &keyChoice{Button: widget.NewCard(), serial: widget.NewLabel("h2"), model: widget.NewLabel("about"), state: widget.NewPill()}
	c.state.SetHAlign(gtk.ALIGN_START)
	c.state.SetNoShowAll(true)
	words := widget.VBox(4, c.serial, c.model, c.state)
	words.SetVAlign(gtk.ALIGN_CENTER)
	row := widget.HBox(24, widget.InWell(widget.NewIcon("usb", "i40")))
	row.PackStart(words, true, true, 0)
	c.Add(row)
	c.SetHExpand(true)
	return widget.ShowAll(c)
}

func (c *keyChoices) show(all []workflow.KeyCard) {
	c.SetVisible(len(all) > 0)
	if !c.wide || len(all) > mostBeside {
		c.SetOrientation(gtk.ORIENTATION_VERTICAL)
	} else {
		c.kit.beside(c.Box)
	}
	c.all.Sync(len(all), func(i int, row *keyChoice) {
		c.SetChildPacking(row, true, true, 0, gtk.PACK_START)
		row.show(c.kit, all[i])
	})
}

func (c *keyChoice) show(k *kit, key workflow.KeyCard) {
	serial, model, state := k.t("key.serial", "serial", key.Serial), k.words.text(key.Model), ""
	switch {
	case key.Fault != nil:
		state = k.words.fault(key.Fault)
	case key.Picked:
		state = k.t("key.picked")
	case key.Looking:
		state = k.t("key.looking")
	}
	widget.SetText(c.serial, serial)
	widget.SetText(c.model, model)
	c.state.SetVisible(state != "")
	widget.SetText(c.state, state)
	widget.SetClass(c.state, "good", key.Picked)
	widget.SetClass(c.state, "bad", key.Fault != nil)
	widget.SetClass(c.Button, "chosen", key.Picked)
	c.SetSensitive(key.Offered)
	c.Button.Name(serial + " " + model + " " + state)
	c.Act = func() { k.do(workflow.PickKey{Key: key.Key}) }
}

// galleryChoice are keys to choose from, of which one is chosen, or none.
func galleryChoice(picked int) []workflow.KeyCard {
	all := []workflow.KeyCard{
		{Serial: galleryKey().Serial, Model: galleryModel, Offered: true}, {Serial: "2104 0091 80A1", Model: galleryModel, Offered: true}}
	for i := range all {
		all[i].Key = ra.KeyIdentity{Serial: all[i].Serial}
		all[i].Picked = i == picked
	}
	return all
}
