package screen

import (
	"slices"
	"strings"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
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
	id     string
	fields map[string]*field
}

func newForm(k *kit) view {
	var ui struct {
		Page   *gtk.Box   `ui:"page"`
		Column *gtk.Box   `ui:"column"`
		Title  *gtk.Label `ui:"title"`
		About  *gtk.Label `ui:"about"`
		Banner *gtk.Box   `ui:"banner"`
		Body   *gtk.Box   `ui:"body"`
		Grid   *gtk.Grid  `ui:"grid"`
		Aside  *gtk.Box   `ui:"aside"`
	}
	bind("form", &ui)
	f := &form{kit: k, page: ui.Page, column: ui.Column, title: ui.Title, about: ui.About, body: ui.Body, grid: ui.Grid,
		aside: ui.Aside, facts: newFacts(k), banner: newBanner("banner", "alert"), fields: map[string]*field{}}
	widget.AddClass(f.banner.Box, "gap")
	widget.Wrap(f.title, f.about)
	ui.Banner.PackStart(f.banner, true, true, 0)
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
	f.id = ""
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
	f.width(single && (len(page.Facts) == 0 || bare))
	f.drop(page.Fields)
	for i, spec := range page.Fields {
		field, ok := f.fields[spec.ID]
		if !ok {
			field = newField(f.kit, spec)
			field.SetHExpand(true)
			field.SetVAlign(gtk.ALIGN_START)
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

func (pages) FormPage() row { return row{newForm, formScenes} }

func formScenes() []scene {
	organisation := workflow.FormPage{ID: "organisation", Primary: "next", Fields: []workflow.Field{
		{ID: "organisation.name", Kind: workflow.FieldChinese, Value: "杭州示例科技有限公司", Good: true},
		{ID: "organisation.credit_code", Kind: workflow.FieldUpper, Value: "91330106MA2B1X2C3D", MaxLen: 18, Problem: &workflow.Fault{Code: ra.CodeCreditCodeCheck}},
		{ID: "legal.name", Kind: workflow.FieldChinese, Value: "张"},
	}}
	login := workflow.FormPage{ID: "login", Primary: "login", Secondary: []workflow.Named{workflow.ForgotPassword{}, workflow.Register{}}, Fields: []workflow.Field{
		{ID: "login", Kind: workflow.FieldLatin, Value: "13800001234"},
		{ID: "password", Kind: workflow.FieldPassword},
	}, Fault: &workflow.Fault{Code: ra.CodeLoginWrong, Args: map[string]string{"left": "3"}}}
	pin := workflow.FormPage{ID: "pin", Primary: "next", Fields: []workflow.Field{
		{ID: "pin", Kind: workflow.FieldPIN, Hint: "hint.pin", Args: map[string]string{"min": "6", "max": "16"}},
		{ID: "pin_again", Kind: workflow.FieldPIN, Problem: &workflow.Fault{Code: ra.CodeMismatch}},
	}, Facts: []workflow.Row{{ID: "model", Value: "飞天 ePass2003"}, {ID: "serial", Value: "2104 0091 77F3"}, {ID: "order", Value: "XH03-000127-8"},
		{ID: "organisation", Value: "杭州示例科技有限公司"}}}
	proof := workflow.FormPage{ID: "proof", Primary: "next", Secondary: []workflow.Named{workflow.LogIn{}}, Fields: []workflow.Field{
		{ID: "auth_code", Kind: workflow.FieldDigits, Hint: "hint.auth_code", MaxLen: 12}}}
	code := workflow.FormPage{ID: "code", Primary: "next", Secondary: []workflow.Named{workflow.SendCode{}}, Fields: []workflow.Field{
		{ID: "auth_code", Kind: workflow.FieldDigits, Value: "12345678", MaxLen: 12,
			Problem: &workflow.Fault{Code: ra.CodeAuthCodeWrong, Args: map[string]string{"left": "4"}}}},
		Facts: []workflow.Row{{ID: "number", Value: "XH03-000127-8"}, {ID: "sent_to", Value: "138****1234"}}}
	paused := proof
	paused.Fields = []workflow.Field{{ID: "auth_code", Kind: workflow.FieldDigits, Value: "12345678", MaxLen: 12,
		Problem: &workflow.Fault{Code: ra.CodeAuthCodePaused, Args: map[string]string{"minutes": "15"}}}}
	var documents []string
	for _, c := range ra.Documents() {
		documents = append(documents, c.Value)
	}
	legal := workflow.FormPage{ID: "legal", Primary: "next", Fields: []workflow.Field{
		{ID: "legal.name", Kind: workflow.FieldName, Value: "𠮷䶮", Good: true},
		{ID: "legal.document", Kind: workflow.FieldChoice, Value: "resident", Choices: documents},
		{ID: "legal.id_number", Kind: workflow.FieldIDNumber, Value: "110101202401010019", MaxLen: 18, Doubt: true,
			Problem: &workflow.Fault{Code: ra.CodeAge, Args: map[string]string{"age": "2"}}}}}
	return []scene{
		{name: "form-legal", frame: galleryFrame(2), page: legal},
		{name: "form-login", frame: galleryFrame(0), page: login},
		{name: "form-organisation", frame: galleryFrame(2), page: organisation},
		{name: "form-pinyin", frame: galleryFrame(2), page: organisation, then: typeInto("legal.name", "s", "h", "u")},
		{name: "form-latin", frame: galleryFrame(0), page: login, then: typeInto("login")},
		{name: "form-upper", frame: galleryFrame(2), page: organisation, then: typeInto("organisation.credit_code")},
		{name: "form-invoice", frame: galleryFrame(2), page: invoiceForm()},
		{name: "form-invoice-ordinary", frame: galleryFrame(2), page: ordinaryForm()},
		{name: "form-invoice-typing", frame: galleryFrame(2), page: invoiceForm(), then: typeInto("invoice.account")},
		{name: "form-pin", frame: galleryFrame(8), page: pin},
		{name: "form-pin-typing", frame: galleryFrame(8), page: pin, then: typeInto("pin_again", "2", "4", "6")},
		{name: "form-check", frame: galleryFrame(0), page: checkForm()},
		{name: "form-password", frame: memberFrame(), page: passwordForm()},
		{name: "form-code", frame: galleryFrame(8), page: code},
		{name: "proof", frame: galleryFrame(-1), page: proof},
		{name: "proof-paused", frame: galleryFrame(-1), page: paused},
	}
}

// ordinaryForm is the same while the special invoice's fields do not apply.
func ordinaryForm() workflow.FormPage {
	p := invoiceForm()
	p.Most, p.Fields = len(p.Fields), slices.Clone(p.Fields[:3])
	p.Fields[0].Value = "ordinary"
	return p
}

func invoiceForm() workflow.FormPage {
	return workflow.FormPage{ID: "invoice", Primary: "next", Ready: true, Fields: []workflow.Field{
		{ID: "invoice.kind", Kind: workflow.FieldChoice, Value: "special", Choices: []string{"ordinary", "special"}},
		{ID: "invoice.title", Kind: workflow.FieldChinese, Value: "杭州示例科技有限公司", Good: true},
		{ID: "invoice.tax_number", Kind: workflow.FieldUpper, Value: "91330106MA2B1X2C3D", Hint: "hint.tax_number"},
		{ID: "invoice.address", Kind: workflow.FieldChinese, Value: "浙江省杭州市西湖区文三路 478 号华星时代广场 A 座 1203 室"},
		{ID: "invoice.phone", Kind: workflow.FieldDigits, Problem: &workflow.Fault{Code: ra.CodeMobile}},
		{ID: "invoice.bank", Kind: workflow.FieldChinese},
		{ID: "invoice.account", Kind: workflow.FieldDigits, Problem: &workflow.Fault{Code: ra.CodeRequired}},
		{ID: "delivery.kind", Kind: workflow.FieldChoice, Value: "counter", Choices: []string{"counter", "courier_prepaid", "courier_collect"}},
		{ID: "handler.email", Kind: workflow.FieldLatin, Optional: true, Hint: "hint.email"},
	}}
}

func passwordForm() workflow.FormPage {
	return workflow.FormPage{ID: "password", Primary: "change_password", Fields: []workflow.Field{
		{ID: "old", Kind: workflow.FieldPassword, Problem: &workflow.Fault{Code: ra.CodePasswordWrong, Args: map[string]string{"left": "4"}}},
		{ID: "new_password", Kind: workflow.FieldPassword, Hint: "hint.password"},
		{ID: "new_password_again", Kind: workflow.FieldPassword, Hint: "hint.again"}}}
}

func checkForm() workflow.FormPage {
	return workflow.FormPage{ID: "check", Primary: "register", Ready: true, Facts: []workflow.Row{
		{ID: "login", Value: "13800001234"}, {ID: "organisation.name", Value: "杭州示例科技有限公司"},
		{ID: "organisation.credit_code", Value: "91330106MA2B1X2C3D"}, {ID: "legal.name", Value: "张三"},
		{ID: "legal.id_number", Value: "330***********1233"}, {ID: "handler.name", Value: "李四"}, {ID: "handler.mobile", Value: "13800001234"}}}
}

// typeInto gives a field the focus and presses keys of the screen's keyboard.
func typeInto(id string, keys ...string) func(*Window) {
	return func(w *Window) {
		f, ok := w.current.(*form)
		if !ok {
			return
		}
		entry := f.fields[id].entry
		entry.GrabFocusWithoutSelecting()
		entry.SetPosition(-1)
		for _, k := range keys {
			w.kit.keyboard.press(k)
		}
	}
}
