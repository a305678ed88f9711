package screen

import (
	"slices"
	"strings"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// field is one field of a form: its label, where it is entered, and one line for what is wrong or right with it.
type field struct {
	*gtk.Box
	kit      *kit
	spec     workflow.Field
	label    *gtk.Label
	optional *gtk.Label
	was      *gtk.Label // what stands in the record
	message  *gtk.Box
	sign     *widget.Icon
	words    *gtk.Label

	frame   *gtk.Box // around the entry
	entry   *gtk.Entry
	eye     *widget.Button
	target  *target
	given   string   // the last value the workflow gave
	unheard []string // values sent that the workflow has not shown back yet

	insist  *widget.Button                 // shown beside a doubt
	options []*widget.Rows[*widget.Button] // by line
}

func newField(k *kit, spec workflow.Field) *field {
	f := &field{Box: widget.VBox(4), kit: k, spec: spec, label: widget.NewLabel("field-label"), optional: widget.NewLabel("optional"), was: widget.NewLabel("about")}
	head := widget.HBox(12, f.label, f.optional)
	f.PackStart(head, false, false, 0)
	f.PackStart(f.was, false, false, 0)
	if spec.Kind == workflow.FieldChoice {
		f.buildChoice()
	} else {
		f.buildEntry()
	}
	f.sign, f.words = widget.NewIcon("info", "i24"), widget.NewLabel()
	f.words.SetHExpand(true)
	f.message = widget.HBox(8, f.sign)
	f.sign.SetVAlign(gtk.ALIGN_START)
	f.sign.SetMarginTop(2)
	f.words.SetVAlign(gtk.ALIGN_START)
	f.message.PackStart(f.words, true, true, 0)
	widget.AddClass(f.message, "message")
	f.PackStart(f.message, false, false, 0)
	f.insist = widget.NewButton("outline", "done")
	f.insist.SetHAlign(gtk.ALIGN_START)
	f.PackStart(f.insist, false, false, 0)
	widget.ShowAll(f)
	f.insist.SetNoShowAll(true)
	return f
}

func (f *field) buildEntry() {
	f.entry = widget.Must(gtk.EntryNew())
	f.entry.SetHExpand(true)
	widget.Must(struct{}{}, f.entry.SetProperty("im-module", "gtk-im-context-simple"))
	widget.Must(struct{}{}, f.entry.SetProperty("populate-all", false))
	guard(f.entry, f.hidden())
	f.frame = widget.HBox(0)
	widget.AddClass(f.frame, "field")
	f.frame.PackStart(f.entry, true, true, 0)
	if f.hidden() {
		f.entry.SetVisibility(false)
		f.entry.SetInvisibleChar('●')
		f.eye = widget.NewButton("plain", "eye")
		f.eye.Label.Hide()
		f.frame.PackStart(f.eye, false, false, 0)
	}
	f.PackStart(f.frame, false, false, 0)
	f.target = &target{entry: f.entry, around: f.Box.ToWidget(), kind: f.spec.Kind, typed: f.typed, focused: f.focused}
	f.kit.keyboard.attach(f.target)
	f.label.SetMnemonicWidget(f.entry) // whoever hears the entry hears whose it is
}

func (f *field) hidden() bool {
	return f.spec.Kind == workflow.FieldPassword || f.spec.Kind == workflow.FieldPIN
}

func (f *field) typed(value string) {
	f.unheard = append(f.unheard, value)
	f.kit.do(workflow.Type{Field: f.spec.ID, Value: value})
}

func (f *field) focused(in bool) {
	widget.SetClass(f.frame, "focus", in)
	if !in && !f.kit.keyboard.silent {
		f.kit.do(workflow.Leave{Field: f.spec.ID})
	}
}

// show updates the field in place; what somebody is typing stays.
func (f *field) show(spec workflow.Field) {
	f.spec = spec
	name := f.kit.t("field." + spec.ID)
	widget.SetText(f.label, name)
	widget.SetText(f.optional, "")
	if spec.Optional {
		widget.SetText(f.optional, f.kit.t("field.optional"))
	}
	widget.SetTextOrHide(f.was, f.before())
	f.tell()
	if f.entry == nil {
		f.showChoice()
		return
	}
	widget.SetName(f.entry, name)
	f.target.most = 120
	if spec.MaxLen > 0 {
		f.target.most = spec.MaxLen
	}
	f.kit.keyboard.limit(f.target)
	if f.eye != nil {
		f.showEye(name)
	}
	f.take(spec.Value)
}

// before is what stands in the record, in words, "" for nothing.
func (f *field) before() string {
	value := f.spec.Was
	if value == "" {
		return ""
	}
	if f.spec.Kind == workflow.FieldChoice {
		value = f.kit.t("choice." + value)
	}
	return f.kit.t("field.was", "value", value)
}

// take decides whether a value is news of the workflow or only the echo of what was typed before.
func (f *field) take(value string) {
	old := f.given
	f.given = value
	if f.hidden() {
		return
	}
	if i := slices.Index(f.unheard, value); i >= 0 {
		f.unheard = f.unheard[i+1:]
		return
	}
	if value == old || (len(f.unheard) > 0 && f.entry.IsFocus()) {
		return
	}
	f.unheard = nil
	if text, _ := f.entry.GetText(); text != value {
		f.kit.keyboard.replace(f.target, value)
	}
}

// tell fills the line below: what is wrong before what is right before what helps.
func (f *field) tell() {
	text, sign := "", ""
	switch s := f.spec; {
	case s.Problem != nil:
		text, sign = f.kit.words.fault(s.Problem), "alert"
	case s.Remark != nil:
		text, sign = f.kit.words.fault(s.Remark), "alert"
	case s.Insisted:
		text, sign = f.kit.t("field.insisted"), "alert"
	case s.Good:
		text, sign = f.kit.t("field.good"), "done"
	case s.Hint != "":
		text, sign = f.kit.words.with(s.Hint, s.Args), "info"
	}
	widget.SetText(f.words, text)
	f.message.SetVisible(f.entry != nil || text != "") // below choices nothing comes and goes
	f.sign.Change(sign)
	widget.SetClass(f.message, "wrong", f.spec.Problem != nil)
	widget.SetClass(f.message, "good", f.spec.Problem == nil && f.spec.Good)
	widget.SetClass(f.message, "doubt", f.spec.Problem == nil && (f.spec.Remark != nil || f.spec.Insisted))
	if f.frame != nil {
		widget.SetClass(f.frame, "wrong", f.spec.Problem != nil)
		widget.Describe(f.entry, text)
	}
	f.insist.SetVisible(f.spec.Doubt)
	f.insist.Word(f.kit.t("action.insist"), f.spec.Doubt, func() { f.kit.do(workflow.Insist{Field: f.spec.ID}) })
}

func (f *field) showEye(name string) {
	visible := f.entry.GetVisibility()
	key := "action.reveal"
	if visible {
		key = "action.conceal"
	}
	f.eye.Icon.Change(map[bool]string{false: "eye", true: "eye-off"}[visible])
	f.eye.Name(strings.TrimSpace(f.kit.t(key) + " " + name))
	f.eye.Act = func() {
		f.entry.SetVisibility(!f.entry.GetVisibility())
		f.showEye(name)
	}
}

// besides is how many choices stand beside each other, where there are more than a line holds.
const besides = 2

func (f *field) buildChoice() {
	across := len(f.spec.Choices)
	if across > 3 {
		across = besides
	}
	for from := 0; from < len(f.spec.Choices); from += across {
		box := widget.HBox(16)
		box.SetHomogeneous(true)
		f.options = append(f.options, widget.NewRows(box, func() *widget.Button {
			b := widget.NewButton("option", "todo")
			widget.Wrap(b.Label)
			return b
		}))
		f.PackStart(box, false, false, 2)
	}
}

func (f *field) showChoice() {
	for i, line := range f.options {
		across := (len(f.spec.Choices) + len(f.options) - 1) / len(f.options)
		mine := f.spec.Choices[i*across : min((i+1)*across, len(f.spec.Choices))]
		line.Sync(len(mine), func(i int, b *widget.Button) { f.showOption(line.Box, b, mine[i]) })
	}
}

func (f *field) showOption(in *gtk.Box, b *widget.Button, v string) {
	on, sign := v == f.spec.Value, "todo"
	if on {
		sign = "done"
	}
	b.Word(f.kit.t("choice."+v), true, func() { f.kit.do(workflow.Type{Field: f.spec.ID, Value: v}) })
	b.Icon.Change(sign)
	b.Choose(on, f.kit.t("state.chosen"))
	in.SetChildPacking(b, true, true, 0, gtk.PACK_START)
}
