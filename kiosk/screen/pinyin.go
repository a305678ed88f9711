package screen

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gotk3/gotk3/gdk"

	"keyhall/kiosk/screen/loop"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// Composer turns pinyin letters into Chinese. It is called away from GTK's thread, one call at a time.
type Composer interface {
	// Compose returns at most limit candidates for the letters, the best first.
	Compose(ctx context.Context, letters string, limit int) (Composition, error)
	// Wipe forgets everything learned from the person before.
	Wipe(ctx context.Context) error
}

// Composition is what letters may mean.
type Composition struct {
	Preedit    string // the letters cut into syllables
	Candidates []Candidate
}

// Candidate is one meaning of the first Letters letters.
type Candidate struct {
	Text    string
	Letters int
}

const (
	composeLimit   = 700 // rare characters of a syllable come last
	mostLetters    = 60  // of one composition
	composeTimeout = 3 * time.Second
)

// pinyin is the composition in hand: letters that stand underlined in the entry until they become Chinese.
type pinyin struct {
	keyboard *keyboard
	composer Composer
	chinese  bool   // letters are composed, not typed
	letters  string // not decided yet
	start    int    // where they stand in the entry, characters
	found    Composition
	asking   bool
	want     int // a candidate chosen before the candidates came, from 1
	failed   bool
	reminded bool // somebody wanted to go on before they were chosen
	person   int  // counts them: an answer to the one before is none
}

// composing reports whether letters typed now are composed.
func (p *pinyin) composing() bool { return p.chinese && p.composer != nil }

// waits reports whether letters wait to become Chinese, and then reminds of it: what goes on without them would lose them.
func (p *pinyin) waits() bool {
	if p.letters == "" {
		return false
	}
	p.reminded = true
	p.keyboard.bar.show()
	return true
}

// settled deals with letters that wait before something is done that leaves their entry, and reports whether it may be: going on waits
// until they are chosen, and whatever else a person does finds them told as they stand.
func (kb *keyboard) settled(a workflow.Action) bool {
	switch a.(type) {
	case workflow.Touch, workflow.Type, workflow.Leave:
	case workflow.Go:
		return !kb.pinyin.waits()
	default:
		kb.pinyin.commit()
	}
	return true
}

// numbering reports whether a character is being named by its number: "u" and hexadecimal digits.
func (p *pinyin) numbering() bool { return strings.HasPrefix(p.letters, "u") }

// letter adds a letter to the composition.
func (p *pinyin) letter(s string) {
	if len(p.letters) >= mostLetters || s == "'" && (p.letters == "" || strings.HasSuffix(p.letters, "'")) {
		return
	}
	p.reminded = false
	e := p.keyboard.field.entry
	if p.letters == "" {
		p.keyboard.quietly(e.DeleteSelection)
		p.start = e.GetPosition()
	}
	p.write(p.letters + s)
	p.ask()
}

// backspace takes the last letter back; false when there is none.
func (p *pinyin) backspace() bool {
	if p.letters == "" {
		return false
	}
	p.want = 0
	p.write(p.letters[:len(p.letters)-1])
	p.ask()
	return true
}

// write puts letters into the entry in place of those before.
func (p *pinyin) write(letters string) {
	old := len(p.letters)
	p.letters = letters
	p.keyboard.limit(p.keyboard.field)
	p.splice(old, letters)
}

// splice replaces old characters at the composition's start by s and marks the letters.
func (p *pinyin) splice(old int, s string) {
	e := p.keyboard.field.entry
	p.keyboard.quietly(func() {
		e.DeleteText(p.start, p.start+old)
		e.SetPosition(e.InsertText(s, p.start))
	})
	text, _ := e.GetText()
	from := len(string([]rune(text)[:p.start]))
	widget.Underline(e, from, from+len(p.letters))
}

// ask lets the engine look at the letters; one question at a time, the newest last.
func (p *pinyin) ask() {
	if p.letters == "" {
		p.found = Composition{}
		p.keyboard.bar.show()
		return
	}
	if p.asking {
		return
	}
	p.asking = true
	type answer struct {
		letters string
		found   Composition
		err     error
	}
	letters, composer, person := p.letters, p.composer, p.person
	loop.Background(func() answer {
		ctx, cancel := context.WithTimeout(context.Background(), composeTimeout)
		defer cancel()
		found, err := composer.Compose(ctx, letters, composeLimit)
		return answer{letters, found, err}
	}, func(a answer) {
		p.asking = false
		if person != p.person {
			a.letters = ""
		}
		p.answered(a.letters, a.found, a.err)
	})
}

func (p *pinyin) answered(letters string, found Composition, err error) {
	switch {
	case p.letters == "":
		return
	case p.letters != letters:
		p.ask()
		return
	case err != nil:
		p.failed = true
		p.commit() // the letters stay, as Latin
		return
	}
	p.found, p.failed = found, false
	if kb := p.keyboard; kb.field.kind == workflow.FieldName && p.start == 0 {
		p.found.Candidates = surnamesFirst(found.Candidates)
	}
	if n := p.want; n > 0 {
		p.want = 0
		p.choose(n - 1)
		return
	}
	p.keyboard.bar.show()
}

// choose puts a candidate into the entry; the letters behind it go on.
func (p *pinyin) choose(i int) {
	if p.letters == "" {
		return
	}
	if p.asking {
		p.want = i + 1
		return
	}
	if i >= len(p.found.Candidates) {
		return
	}
	c := p.found.Candidates[i]
	rest := strings.TrimLeft(p.letters[min(max(c.Letters, 1), len(p.letters)):], "'")
	old := len(p.letters)
	p.letters = ""
	p.splice(old, c.Text)
	p.start += utf8.RuneCountInString(c.Text)
	if rest != "" {
		p.write(rest)
	}
	p.ask()
	p.settle()
}

// commit leaves the letters as they stand; false when there were none.
func (p *pinyin) commit() bool {
	if p.letters == "" {
		return false
	}
	if bare := strings.ReplaceAll(p.letters, "'", ""); bare != p.letters { // they stood between syllables only
		p.write(bare)
	}
	p.letters, p.want, p.reminded = "", 0, false
	p.found = Composition{}
	widget.Underline(p.keyboard.field.entry, 0, 0)
	p.settle()
	p.keyboard.bar.show()
	return true
}

// drop takes the letters away.
func (p *pinyin) drop() {
	if p.letters == "" {
		return
	}
	p.write("")
	p.commitNothing()
}

func (p *pinyin) commitNothing() {
	p.want = 0
	p.ask()
	p.settle()
}

// settle tells the value without the letters that wait.
func (p *pinyin) settle() {
	kb := p.keyboard
	kb.limit(kb.field)
	text, _ := kb.field.entry.GetText()
	r := []rune(text)
	n := len(p.letters)
	kb.tell(kb.field, string(r[:min(p.start, len(r))])+string(r[min(p.start+n, len(r)):]))
}

// physical takes a key of a physical keyboard in a Chinese field and reports whether it was used.
func (p *pinyin) physical(key uint) bool {
	composes := p.letters != ""
	switch {
	case p.composing() && (key >= 'a' && key <= 'z' || composes && key == '\'' || p.numbering() && key >= '0' && key <= '9'):
		p.letter(string(rune(key)))
	case !composes:
		return false
	case key == ' ':
		p.choose(p.keyboard.bar.first)
	case key >= '1' && key <= '9':
		p.choose(p.keyboard.bar.first + int(key-'1'))
	case key == gdk.KEY_BackSpace:
		p.backspace()
	case key == gdk.KEY_Return || key == gdk.KEY_KP_Enter:
		p.commit()
	case key == gdk.KEY_Escape:
		p.drop()
	case key == gdk.KEY_Page_Down || key == gdk.KEY_Page_Up:
		p.keyboard.bar.turn(key == gdk.KEY_Page_Down)
	case modifies(key):
		return false
	default:
		p.commit()
		return false
	}
	return true
}

// modifies reports whether a key changes nothing by itself.
func modifies(key uint) bool {
	return slices.Contains([]uint{gdk.KEY_Shift_L, gdk.KEY_Shift_R, gdk.KEY_Control_L, gdk.KEY_Control_R, gdk.KEY_Caps_Lock}, key)
}

// wipe lets the engine forget the person, in the background.
func (p *pinyin) wipe() {
	p.failed = false
	p.person++
	if composer := p.composer; composer != nil {
		loop.Background(func() error {
			ctx, cancel := context.WithTimeout(context.Background(), composeTimeout)
			defer cancel()
			return composer.Wipe(ctx)
		}, func(err error) { p.failed = err != nil })
	}
}
