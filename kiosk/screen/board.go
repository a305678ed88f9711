package screen

import (
	"strings"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// board is one arrangement of keys.
type board string

const (
	boardPinyin  board = "pinyin"
	boardLatin   board = "latin"
	boardUpper   board = "upper"
	boardCredit  board = "credit"
	boardPhone   board = "phone"
	boardSymbols board = "symbols"
	boardDigits  board = "digits"
	boardID      board = "id"
	boardPIN     board = "pin"
)

const (
	keyboardWidth = 1560 // px, of the boards with letters
	padWidth      = 720  // px, of the boards with digits only
	boardUnits    = 48   // columns of the grid, so that keys of any width line up
)

func boardFor(kind workflow.FieldKind) board {
	switch kind {
	case workflow.FieldLatin, workflow.FieldPassword:
		return boardLatin
	case workflow.FieldUpper:
		return boardUpper
	case workflow.FieldCredit:
		return boardCredit
	case workflow.FieldPhone:
		return boardPhone
	case workflow.FieldDigits:
		return boardDigits
	case workflow.FieldIDNumber:
		return boardID
	case workflow.FieldPIN:
		return boardPIN
	}
	return boardPinyin
}

// arrangement gives the rows of a board: keys apart by spaces, "name:units" for other than the usual width. Names of
// more than one character are the special keys; "_:n" is a gap.
func arrangement(b board) []string {
	const digits = "1 2 3 4 5 6 7 8 9 0 backspace:8"
	const row2, row3, row4 = "q w e r t y u i o p hide:8", "shift:6 a s d f g h j k l next:6", "z x c v b n m"
	switch b {
	case boardLatin:
		return []string{digits, row2, row3, "symbols:5 " + row4 + " @ . - underscore:3"}
	case boardUpper:
		return []string{digits, strings.ToUpper(row2[:19]) + " hide:8", "_:6 A S D F G H J K L next:6", "_:10 Z X C V B N M _:10"}
	case boardCredit: // no I, O, S, V, Z: the code has none
		return []string{digits, "Q W E R T Y U _ _ P hide:8", "_:6 A _ D F G H J K L next:6", "_:10 _ X C _ B N M _:10"}
	case boardSymbols:
		return []string{digits, "@ . - underscore / : # + & % hide:8", "_:6 ， 。 、 · （ ） 《 》 ： next:6", "letters:6 ! ? * = ( ) , ; ' space:6"}
	case boardDigits:
		return pad("_:12")
	case boardPhone:
		return pad("+:6 -:6")
	case boardID:
		return pad("X:12")
	case boardPIN:
		return pad("letters:12")
	}
	return []string{digits, row2, row3, "language:6 symbols:5 " + row4 + " space:9"}
}

func pad(corner string) []string {
	return []string{"1:12 2:12 3:12 backspace:12", "4:12 5:12 6:12 hide:12", "7:12 8:12 9:12 next:12", corner + " 0:12 _:24"}
}

// boardView is a board's keys.
type boardView struct {
	grid *gtk.Grid
	keys []*key
}

// key is one key of a board.
type key struct {
	*widget.Button
	name string
}

// choose shows a board, built at its first use.
func (kb *keyboard) choose(b board) {
	kb.board = b
	v, ok := kb.boards[b]
	if !ok {
		v = kb.build(b)
		kb.boards[b] = v
		kb.stack.AddNamed(v.grid, string(b))
	}
	kb.stack.SetVisibleChildName(string(b))
	kb.size(b, v)
	kb.mark()
}

func (kb *keyboard) build(b board) *boardView {
	v := &boardView{grid: widget.Must(gtk.GridNew())}
	v.grid.SetColumnHomogeneous(true)
	v.grid.SetRowSpacing(8)
	v.grid.SetColumnSpacing(8)
	v.grid.SetHAlign(gtk.ALIGN_CENTER)
	for y, row := range arrangement(b) {
		x := 0
		for _, spec := range strings.Fields(row) {
			name, units := keySpec(spec)
			if name != "_" {
				k := kb.newKey(name)
				v.keys = append(v.keys, k)
				v.grid.Attach(k, x, y, units, 1)
			} else {
				v.grid.Attach(widget.HBox(0), x, y, units, 1)
			}
			x += units
		}
	}
	v.grid.ShowAll()
	kb.wordKeys(v)
	return v
}

// keySpec takes "name:units" apart. A colon alone is the key ":".
func keySpec(spec string) (name string, units int) {
	name, width, ok := strings.Cut(spec, ":")
	if !ok || name == "" {
		return spec, 4
	}
	for _, d := range width {
		units = units*10 + int(d-'0')
	}
	return name, units
}

// size makes the boards with letters wide and those with digits only narrow.
func (kb *keyboard) size(b board, v *boardView) {
	wide := keyboardWidth
	if b == boardDigits || b == boardPhone || b == boardID || b == boardPIN {
		wide = padWidth
	}
	v.grid.SetSizeRequest(min(wide, max(kb.kit.width-48, 0)), -1)
}

// reshape follows the window's size and the text's.
func (kb *keyboard) reshape() {
	kb.bar.SetSizeRequest(min(keyboardWidth, max(kb.kit.width-48, 0)), -1)
	if v, ok := kb.boards[kb.board]; ok {
		kb.size(kb.board, v)
	}
	kb.bar.show()
}
