package screen

import (
	"strings"

	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/workflow"
)

// target is an entry that the keyboard types into.
type target struct {
	entry   *gtk.Entry
	around  *gtk.Widget // what must stay in view while typing
	kind    workflow.FieldKind
	typed   func(value string) // the whole new value
	focused func(in bool)
	next    *target // where Enter goes
	done    func()  // what Enter of a physical keyboard does in the last entry, nil for nothing
	most    int     // characters
	last    string  // the value typed told last
}

// keyboard is the on-screen keyboard. It opens by the focus of an entry and closes by a key; what comes from a physical
// keyboard goes through it too, for Chinese.
type keyboard struct {
	*gtk.Box
	kit     *kit
	changed func() // opened or closed
	stack   *gtk.Stack
	boards  map[board]*boardView
	board   board
	bar     *candidates
	pinyin  *pinyin
	field   *target
	shift   bool
	quiet   bool // the entry is being changed by us
	silent  bool // the page is being left: nothing is told of it
}

func newKeyboard(k *kit, composer Composer, changed func()) *keyboard {
	var ui struct {
		Keyboard   *gtk.Box   `ui:"keyboard"`
		Candidates *gtk.Box   `ui:"candidates"`
		Stack      *gtk.Stack `ui:"boards"`
	}
	bind("keyboard", &ui)
	kb := &keyboard{Box: ui.Keyboard, kit: k, changed: changed, stack: ui.Stack, boards: map[board]*boardView{}}
	kb.pinyin = &pinyin{keyboard: kb, composer: composer, chinese: true}
	kb.bar = newCandidates(ui.Candidates, kb)
	kb.ShowAll()
	kb.SetNoShowAll(true)
	return kb
}

func (kb *keyboard) open() bool { return kb.field != nil && kb.GetVisible() }

// attach makes an entry open the keyboard when it gets the focus.
func (kb *keyboard) attach(t *target) {
	t.entry.Connect("notify::is-focus", func() {
		if t.entry.IsFocus() {
			kb.enter(t)
			return
		}
		kb.leave(t)
	})
	t.entry.Connect("changed", func() { kb.edited(t) })
	t.entry.Connect("button-press-event", func() bool {
		kb.pinyin.commit()
		if kb.field == t && !kb.GetVisible() {
			kb.enter(t)
		}
		return false
	})
}

func (kb *keyboard) detach(t *target) {
	if t != nil && kb.field == t {
		kb.close()
		kb.field = nil
	}
}

func (kb *keyboard) enter(t *target) {
	kb.field = t
	kb.shift = false
	kb.choose(boardFor(t.kind))
	kb.bar.show()
	kb.Show()
	if t.focused != nil {
		t.focused(true)
	}
	kb.changed()
}

// leave keeps the keyboard open: the focus often goes to the next entry, and nothing must jump under a finger.
func (kb *keyboard) leave(t *target) {
	if kb.field == t {
		kb.pinyin.commit()
	}
	if t.focused != nil {
		t.focused(false)
	}
}

// close folds the keyboard away; the focus stays where it is, for a physical keyboard.
func (kb *keyboard) close() {
	if kb.field != nil {
		kb.pinyin.commit()
	}
	wasOpen := kb.open()
	kb.Hide()
	if wasOpen {
		kb.changed()
	}
}

// forget drops what is being composed and what the engine learned.
func (kb *keyboard) forget() {
	kb.pinyin.drop()
	kb.close()
	kb.field = nil
	kb.pinyin.chinese = true
	kb.pinyin.wipe()
}

// edited takes every change of an entry: it keeps out what the field does not take and tells the value.
func (kb *keyboard) edited(t *target) {
	if kb.quiet {
		return
	}
	text, _ := t.entry.GetText()
	if clean := cleaned(t.kind, text); clean != text {
		at := t.entry.GetPosition()
		kb.quietly(func() {
			t.entry.SetText(clean)
			t.entry.SetPosition(at - len([]rune(text)) + len([]rune(clean)))
		})
		text = clean
	}
	kb.tell(t, text)
}

func (kb *keyboard) tell(t *target, value string) {
	if value == t.last {
		return
	}
	t.last = value
	if !kb.silent {
		t.typed(value)
	}
}

// replace sets an entry to a value that the workflow gave; nothing is told back.
func (kb *keyboard) replace(t *target, value string) {
	if kb.field == t {
		kb.pinyin.drop()
	}
	at := t.entry.GetPosition()
	kb.quietly(func() { t.entry.SetText(value) })
	t.last = value
	if t.entry.IsFocus() {
		t.entry.SetPosition(min(at, len([]rune(value))))
	}
}

// silently lets go of a page: its entries lose letters, focus and life without a word to the workflow, which would take
// it for the next page's.
func (kb *keyboard) silently(f func()) {
	was := kb.silent
	kb.silent = true
	f()
	kb.silent = was
}

func (kb *keyboard) quietly(f func()) {
	was := kb.quiet
	kb.quiet = true
	f()
	kb.quiet = was
}

// chinese tells the kinds of field that pinyin is typed into.
func chinese(kind workflow.FieldKind) bool {
	return kind == workflow.FieldChinese || kind == workflow.FieldName
}

// cleaned drops the characters that a kind of field never holds.
func cleaned(kind workflow.FieldKind, s string) string {
	switch kind {
	case workflow.FieldDigits:
		return strings.Map(only("0123456789"), s)
	case workflow.FieldIDNumber:
		return strings.Map(only("0123456789X"), strings.ToUpper(s))
	case workflow.FieldPhone:
		return strings.Map(only("0123456789+-() "), s)
	case workflow.FieldUpper, workflow.FieldCredit:
		return strings.ToUpper(s)
	}
	return s
}

func only(allowed string) func(rune) rune {
	return func(r rune) rune {
		if strings.ContainsRune(allowed, r) {
			return r
		}
		return -1
	}
}

// insert puts text at the cursor, in place of what is selected.
func (kb *keyboard) insert(s string) {
	e := kb.field.entry
	kb.quietly(func() {
		e.DeleteSelection()
		e.SetPosition(e.InsertText(s, e.GetPosition()))
	})
	kb.edited(kb.field)
}

func (kb *keyboard) backspace() {
	if kb.pinyin.backspace() {
		return
	}
	e := kb.field.entry
	kb.quietly(func() {
		if _, _, selected := e.GetSelectionBounds(); selected {
			e.DeleteSelection()
		} else if at := e.GetPosition(); at > 0 {
			e.DeleteText(at-1, at)
		}
	})
	kb.edited(kb.field)
}

// physical takes a key of a physical keyboard and reports whether it was for the composition.
func (kb *keyboard) physical(e *gdk.EventKey) bool {
	if kb.field == nil || !kb.field.entry.IsFocus() || e.State()&uint(gdk.CONTROL_MASK|gdk.MOD1_MASK) != 0 {
		return false
	}
	key := e.KeyVal()
	if chinese(kb.field.kind) && kb.pinyin.physical(key) {
		return true
	}
	if key == gdk.KEY_Return || key == gdk.KEY_KP_Enter {
		if done := kb.field.done; done != nil && kb.field.next == nil {
			done()
			return true
		}
		kb.next()
		return true
	}
	return false
}

// switches takes Ctrl and space, which turns Chinese on and off as it does everywhere.
func (kb *keyboard) switches(e *gdk.EventKey) bool {
	if e.KeyVal() != gdk.KEY_space || e.State()&uint(gdk.CONTROL_MASK) == 0 {
		return false
	}
	if kb.field != nil && kb.field.entry.IsFocus() && chinese(kb.field.kind) {
		kb.press("language")
	}
	return true
}

// next goes on to the entry after this one, or closes the keyboard behind the last.
func (kb *keyboard) next() {
	if kb.pinyin.commit() {
		return
	}
	if next := kb.field.next; next != nil {
		next.entry.GrabFocusWithoutSelecting()
		return
	}
	kb.close()
}

// limit holds an entry to its longest value, but not while letters wait in it to become Chinese.
func (kb *keyboard) limit(t *target) {
	n := t.most
	if kb.pinyin.letters != "" && kb.field == t {
		n = 0
	}
	if t.entry.GetMaxLength() != n {
		kb.quietly(func() { t.entry.SetMaxLength(n) })
	}
}
