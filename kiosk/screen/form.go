package screen

import (
	"strings"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// formWidth is how wide one column of fields stands alone, px.
const formWidth = 960

// form is any page of fields.
type form struct {
	kit    *kit
	page   *gtk.Box
	column *gtk.Box
	title  *gtk.Label
	about  *gtk.Label
	body   *gtk.Box
	grid   *gtk.Grid
	aside  *gtk.Box
	facts  *facts
	banner *banner
	keys   *keyChoices
	id     string
	fields map[string]*field
	shown  []workflow.Field
}

func newForm(k *kit) view {
	var ui struct {
		Page   *gtk.Box   `ui:"page"`
		Column *gtk.Box   `ui:"column"`
		Title  *gtk.Label `ui:"title"`
		About  *gtk.Label `ui:"about"`
		Banner *gtk.Box   `ui:"banner"`
		Choice *gtk.Box   `ui:"choices"`
		Body   *gtk.Box   `ui:"body"`
		Grid   *gtk.Grid  `ui:"grid"`
		Aside  *gtk.Box   `ui:"aside"`
	}
	bind("form", &ui)
	f := &form{kit: k, page: ui.Page, column: ui.Column, title: ui.Title, about: ui.About, body: ui.Body, grid: ui.Grid,
		aside: ui.Aside, facts: newFacts(k), banner: newBanner("banner", "alert"), keys: newKeyChoices(k, true), fields: map[string]*field{}}
	widget.AddClass(f.banner.Box, "gap")
	widget.Wrap(f.title, f.about)
	ui.Banner.PackStart(f.banner, true, true, 0)
	ui.Choice.PackStart(f.keys, true, true, 0)
	ui.Aside.PackStart(f.facts, false, false, 0)
	return f
}

func (f *form) root() gtk.IWidget { return f.page }

// forget empties every field: another person, or the same form begun again.
func (f *form) forget() {
	for id, field := range f.fields {
		f.kit.keyboard.detach(field.target)
		field.Destroy()
		delete(f.fields, id)
	}
	f.id, f.shown = "", nil
}

func (f *form) show(p workflow.Page) bar {
	page := p.(workflow.FormPage)
	if page.ID != f.id {
		f.kit.keyboard.silently(func() {
			f.kit.keyboard.close()
			f.forget()
		})
		f.id = page.ID
	}
	widget.SetText(f.title, f.kit.t("form."+page.ID+".title"))
	widget.SetTextOrHide(f.about, f.kit.words.optional("form."+page.ID+".about", nil))
	f.banner.fault(f.kit, page.Fault)
	f.keys.show(page.Keys)
	f.place(page)
	f.facts.show(page.Facts)
	f.aside.SetVisible(len(page.Facts) > 0)
	return f.bar(page)
}

// place sets the fields into one column, or two where there are many and the screen is wide.
func (f *form) place(page workflow.FormPage) {
	bare := len(page.Fields) == 0
	single := max(len(page.Fields), page.Most) <= 4 || len(page.Facts) > 0
	f.grid.SetVisible(!bare)
	f.aside.SetHExpand(bare)
	columns := 2
	if single || f.kit.portrait {
		columns = 1
	}
	f.kit.beside(f.body)
	f.width(single && !f.kit.portrait && len(page.Keys) == 0 && (len(page.Facts) == 0 || bare))
	f.drop(page.Fields)
	f.shown = page.Fields
	for i, spec := range page.Fields {
		field, ok := f.fields[spec.ID]
		if !ok {
			field = newField(f.kit, spec)
			field.SetHExpand(true)
			f.fields[spec.ID] = field
			f.grid.Attach(field, i%columns, i/columns, 1, 1)
		}
		widget.Attach(f.grid, field, i%columns, i/columns)
		field.show(spec)
	}
	f.grid.SetColumnHomogeneous(columns > 1)
	f.chain(page)
}

// chain tells each entry which one comes after it.
func (f *form) chain(page workflow.FormPage) {
	var before *target
	for _, s := range page.Fields {
		t := f.fields[s.ID].target
		if t == nil {
			continue
		}
		t.next, t.done = nil, nil
		if page.Ready {
			t.done = func() { f.kit.do(workflow.Go{}) }
		}
		if before != nil {
			before.next = t
		}
		before = t
	}
}

func (f *form) width(narrow bool) {
	if narrow {
		f.column.SetHAlign(gtk.ALIGN_CENTER)
		f.column.SetSizeRequest(min(formWidth, max(f.kit.width-2*48, 0)), -1)
		return
	}
	f.column.SetHAlign(gtk.ALIGN_FILL)
	f.column.SetSizeRequest(-1, -1)
}

// drop removes the fields that the page has no more, or has as another kind.
func (f *form) drop(specs []workflow.Field) {
	keep := map[string]workflow.FieldKind{}
	for _, s := range specs {
		keep[s.ID] = s.Kind
	}
	for id, field := range f.fields {
		if kind, ok := keep[id]; !ok || kind != field.spec.Kind {
			f.kit.keyboard.detach(field.target)
			field.Destroy()
			delete(f.fields, id)
		}
	}
}

func (f *form) bar(page workflow.FormPage) bar {
	b := bar{main: f.kit.forward(page.Primary, page.Ready)}
	if strings.HasPrefix(page.Primary, "login") {
		b.main.icon = "user"
		b.main.after = false
	}
	for _, offered := range page.Secondary {
		b.right = append(b.right, f.kit.offer(offered, ""))
	}
	return b
}

// start begins with what is wrong.
func (f *form) start() bool {
	for _, s := range f.shown {
		if entry := f.fields[s.ID].entry; s.Problem != nil && entry != nil {
			entry.GrabFocusWithoutSelecting()
			return true
		}
	}
	return false
}

// chapter is which form it is.
func (*form) chapter(p workflow.Page) string { return p.(workflow.FormPage).ID }

func (pages) FormPage() row { return row{newForm, formScenes} }
