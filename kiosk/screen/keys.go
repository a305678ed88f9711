package screen

import (
	"strings"
	"unicode/utf8"

	"keyhall/kiosk/screen/widget"
)

// specialIcons are the keys that carry a drawing.
var specialIcons = map[string]string{"backspace": "backspace", "shift": "shift", "hide": "keyboard-down"}

func (kb *keyboard) newKey(name string) *key {
	k := &key{Button: widget.NewButton("key", specialIcons[name]), name: name}
	k.SetCanFocus(false)
	if utf8.RuneCountInString(name) > 1 && name != "underscore" {
		widget.AddClass(k.Button, "special")
	}
	k.Act = func() { kb.press(k.name) }
	return k
}

// reword puts the keys' words into the language of now.
func (kb *keyboard) reword() {
	for _, v := range kb.boards {
		kb.wordKeys(v)
	}
	kb.bar.show()
}

func (kb *keyboard) wordKeys(v *boardView) {
	for _, k := range v.keys {
		label := kb.label(k.name)
		k.Button.Name(label)
		if _, drawn := specialIcons[k.name]; drawn && k.name != "hide" {
			label = ""
		}
		widget.SetText(k.Label, label)
		k.Label.SetVisible(label != "")
	}
}

// label is what stands on a key: itself, or the words of a special one.
func (kb *keyboard) label(name string) string {
	switch {
	case name == "underscore":
		return "_"
	case utf8.RuneCountInString(name) > 1:
		return kb.kit.t("key." + name)
	case kb.shift:
		return strings.ToUpper(name)
	}
	return name
}

// mark shows which keys are held down.
func (kb *keyboard) mark() {
	v, ok := kb.boards[kb.board]
	if !ok {
		return
	}
	for _, k := range v.keys {
		widget.SetClass(k.Button, "on", k.name == "shift" && kb.shift || k.name == "language" && kb.pinyin.composing())
	}
	kb.wordKeys(v)
}

// press does what a key of the screen does.
func (kb *keyboard) press(name string) {
	if kb.field == nil {
		return
	}
	switch name {
	case "backspace":
		kb.backspace()
	case "hide":
		kb.close()
	case "next":
		kb.next()
	case "shift":
		kb.shift = !kb.shift
		kb.mark()
	case "language":
		kb.pinyin.commit()
		kb.pinyin.chinese, kb.pinyin.failed = !kb.pinyin.chinese, false
		kb.mark()
		kb.bar.show()
	case "symbols":
		kb.pinyin.commit()
		kb.choose(boardSymbols)
	case "letters":
		kb.choose(kb.lettersBoard())
	case "space":
		kb.space()
	default:
		kb.character(kb.label(name))
	}
}

// lettersBoard is where "ABC" leads.
func (kb *keyboard) lettersBoard() board {
	if b := boardFor(kb.field.kind); b == boardPinyin {
		return b
	}
	return boardLatin
}

func (kb *keyboard) space() {
	if kb.pinyin.letters != "" {
		kb.pinyin.choose(kb.bar.first)
		return
	}
	kb.insert(" ")
}

// character types one character, or adds it to the composition.
func (kb *keyboard) character(s string) {
	p := kb.pinyin
	composes := chinese(kb.field.kind) && p.composing()
	switch {
	case composes && s >= "a" && s <= "z":
		p.letter(s)
		return
	case p.numbering() && len(s) == 1 && s >= "0" && s <= "9":
		p.letter(s)
		return
	case p.letters != "" && s >= "1" && s <= "9":
		p.choose(kb.bar.first + int(s[0]-'1'))
		return
	}
	p.commit()
	kb.insert(s)
	if kb.shift {
		kb.shift = false
		kb.mark()
	}
}
