package screen

import (
	"strconv"
	"unicode/utf8"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
)

// candidates is the bar above the keys: the letters in hand and what they may mean.
type candidates struct {
	*gtk.Box
	keyboard *keyboard
	preedit  *gtk.Label
	tip      *gtk.Label
	all      *widget.Rows[*widget.Button]
	back     *widget.Button
	more     *widget.Button
	first    int   // index of the first candidate shown
	before   []int // those of the pages before
	count    int   // how many are shown
	letters  string
}

func newCandidates(box *gtk.Box, kb *keyboard) *candidates {
	c := &candidates{Box: box, keyboard: kb, preedit: widget.NewLabel("preedit"), tip: widget.NewLabel("tip")}
	list := widget.HBox(4)
	c.preedit.SetLineWrap(false)
	c.all = widget.NewRows(list, func() *widget.Button {
		b := widget.NewButton("candidate", "")
		b.SetCanFocus(false)
		return b
	})
	c.back, c.more = widget.NewButton("turn", "back"), widget.NewButton("turn", "chevron")
	for _, b := range []*widget.Button{c.back, c.more} {
		b.Label.Hide()
		b.SetCanFocus(false)
		b.SetNoShowAll(true)
	}
	c.PackStart(c.preedit, false, false, 0)
	c.PackStart(c.tip, true, true, 0)
	c.PackStart(list, false, false, 0)
	c.PackEnd(c.more, false, false, 0)
	c.PackEnd(c.back, false, false, 0)
	return c
}

// show draws the composition, or a word of help when there is none.
func (c *candidates) show() {
	kb := c.keyboard
	p, t := kb.pinyin, kb.kit.t
	c.SetVisible(kb.field != nil && chinese(kb.field.kind))
	if p.letters != c.letters {
		c.first, c.before, c.letters = 0, nil, p.letters
	}
	tip := ""
	switch {
	case p.letters != "" && p.reminded:
		tip = t("keyboard.tip.choose")
	case p.letters != "":
	case p.failed || p.composer == nil:
		tip = t("error.keyboard_away")
	case p.chinese:
		tip = t("keyboard.tip.chinese")
	default:
		tip = t("keyboard.tip.latin")
	}
	widget.SetTextOrHide(c.tip, tip)
	widget.SetClass(c.tip, "wrong", p.failed || p.composer == nil || p.letters != "" && p.reminded)
	preedit := p.found.Preedit
	if preedit == "" {
		preedit = p.letters
	}
	if p.letters == "" {
		preedit = ""
	}
	widget.SetTextOrHide(c.preedit, preedit)
	c.list(p)
}

func (c *candidates) list(p *pinyin) {
	all := p.found.Candidates
	c.first = min(c.first, max(len(all)-1, 0))
	c.count = c.room(all[c.first:])
	c.all.Sync(c.count, func(i int, b *widget.Button) {
		at := c.first + i
		b.Word(strconv.Itoa(i+1)+" "+all[at].Text, true, func() { p.choose(at) })
		b.Name(all[at].Text)
		widget.SetClass(b.Button, "first", at == 0)
	})
	for _, b := range c.all.All[c.count:] { // nobody sees them, and what they said tells what was typed
		b.Word("", false, nil)
	}
	several := c.first > 0 || c.count < len(all) // both stay where they are, or a finger meets the other one on the last page
	c.back.SetVisible(several)
	c.more.SetVisible(several)
	c.back.SetSensitive(c.first > 0)
	c.more.SetSensitive(c.first+c.count < len(all))
	c.back.Name(c.keyboard.kit.t("keyboard.before"))
	c.more.Name(c.keyboard.kit.t("keyboard.more"))
	c.back.Act = func() { c.turn(false) }
	c.more.Act = func() { c.turn(true) }
}

// turn shows the candidates after these, or those before.
func (c *candidates) turn(forward bool) {
	switch n := len(c.before); {
	case forward && c.first+c.count < len(c.keyboard.pinyin.found.Candidates):
		c.before = append(c.before, c.first)
		c.first += c.count
	case !forward && n > 0:
		c.first, c.before = c.before[n-1], c.before[:n-1]
	}
	c.show()
}

// room counts how many of the candidates stand in the bar: at most nine, for the keys 1 to 9.
func (c *candidates) room(all []Candidate) int {
	const ends, around, glyph = 360, 66, 30
	scale := 1.0
	if c.keyboard.kit.large {
		scale = largeFactor
	}
	left := float64(min(c.keyboard.kit.width-96, keyboardWidth) - ends)
	n := 0
	for n < min(len(all), 9) {
		left -= around + scale*glyph*float64(utf8.RuneCountInString(all[n].Text))
		if left < 0 && n > 0 {
			break
		}
		n++
	}
	return n
}
