package screen

import (
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/gotk3/gotk3/gdk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/loop"
	"keyhall/kiosk/workflow"
)

func (b *bench) candidatesCome() {
	b.t.Helper()
	b.until("candidates", func() bool {
		return len(b.w.kit.keyboard.pinyin.found.Candidates) > 0 && !b.w.kit.keyboard.pinyin.asking
	})
}

func TestKeyboardOpensByFocusAndClosesByAKey(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(2), organisationForm())
	open := func() (v bool) {
		b.main(func() { v = b.w.kit.keyboard.open() })
		return v
	}
	if open() {
		t.Fatal("the keyboard is open before a field has the focus")
	}
	b.focus("organisation.credit_code")
	if !open() || b.seen("开票与领取") {
		t.Error("the keyboard is closed, or the step bar did not fold away")
	}
	b.press("收起")
	if open() || !b.seen("开票与领取") {
		t.Error("the keyboard is open, or the step bar did not come back")
	}
}

func TestBoards(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(2), organisationForm())
	for id, want := range map[string]board{"organisation.credit_code": boardCredit, "organisation.name": boardPinyin, "handler.id_number": boardID} {
		b.focus(id)
		b.main(func() {
			if got := b.w.kit.keyboard.board; got != want {
				t.Errorf("%s opens %q, want %q", id, got, want)
			}
		})
	}
	b.focus("handler.id_number")
	b.keys("1", "X", "下一项")
	if got, want := b.text("handler.id_number"), "1X"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestPinyin(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(2), organisationForm())
	b.focus("organisation.name")
	b.keys("z", "h", "e", "n", "g", "s", "h", "u")
	b.candidatesCome()
	if got, want := b.text("organisation.name"), "zhengshu"; got != want {
		t.Errorf("letters %q, want %q", got, want)
	}
	b.want() // nothing is decided yet
	b.keys("空格")
	b.until("the characters", func() bool { s, _ := b.entry("organisation.name").GetText(); return s == "证书" })
	b.want(workflow.Type{Field: "organisation.name", Value: "证书"})
}

func TestPinyinInParts(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(2), organisationForm())
	b.focus("organisation.name")
	b.keys("s", "h", "u", "s", "h", "u")
	b.candidatesCome()
	b.keys("书")
	b.candidatesCome()
	b.keys("3")
	b.until("both characters", func() bool { s, _ := b.entry("organisation.name").GetText(); return s == "书树" })
	b.want(workflow.Type{Field: "organisation.name", Value: "书"}, workflow.Type{Field: "organisation.name", Value: "书树"})
}

func TestPinyinBackspaceAndLeave(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(2), organisationForm())
	b.focus("organisation.name")
	b.keys("a", "b", "退格")
	b.focus("organisation.credit_code")
	if got, want := b.text("organisation.name"), "a"; got != want {
		t.Errorf("text %q, want %q: letters stay as they stand", got, want)
	}
	b.want(workflow.Type{Field: "organisation.name", Value: "a"}, workflow.Leave{Field: "organisation.name"})
}

// Letters that are not Chinese yet are never lost by going on: who wants to is asked to choose first.
func TestGoingOnAsksToChoose(t *testing.T) {
	b := setup(t)
	p := organisationForm()
	p.Ready = true
	b.show(galleryFrame(2), p)
	b.focus("organisation.name")
	b.keys("s", "h", "u")
	b.candidatesCome()
	next := mustWords(t, "zh_CN").t("action.next")
	b.press(next)
	b.want()
	b.mustSee(mustWords(t, "zh_CN").t("keyboard.tip.choose"))
	b.keys("书")
	b.until("the character", func() bool { s, _ := b.entry("organisation.name").GetText(); return s == "书" })
	b.press(next)
	b.want(workflow.Type{Field: "organisation.name", Value: "书"}, workflow.Go{})
}

// Whatever else leaves the page is told after the letters, as they stand: coming back finds them.
func TestLeavingTellsTheLetters(t *testing.T) {
	b := setup(t)
	p := organisationForm()
	p.Secondary = []workflow.Named{workflow.Register{}}
	for name, want := range map[string]workflow.Action{
		"action.back": workflow.Back{}, "action.home": workflow.Home{}, "action.staff": workflow.CallStaff{}, "action.register": workflow.Register{},
	} {
		b.main(b.w.forget)
		b.show(galleryFrame(2), p)
		b.focus("organisation.name")
		b.keys("z", "h")
		b.press(word(t, name))
		b.want(workflow.Type{Field: "organisation.name", Value: "zh"}, want)
	}
}

// Whatever is touched beside the keyboard, the letters stay in their field, and are told with it.
func TestLettersSurviveWhateverIsTouched(t *testing.T) {
	b := setup(t)
	touched := map[string]func(){
		"the language":            func() { b.press("English"); b.press("中文") },
		"large text":              func() { b.press(word(t, "look.large")) },
		"contrast":                func() { b.press(word(t, "look.contrast")) },
		"the keyboard's language": func() { b.press("中 / 英") },
		"closing the keyboard":    func() { b.press(word(t, "key.hide")) },
		"a choice":                func() { b.press(word(t, "choice.special")) },
		"another field":           func() { b.focus("handler.id_number") },
		"the page again":          func() { b.show(galleryFrame(2), organisationForm()) },
		"a wait that is short":    func() { b.main(func() { b.w.take(shown{galleryFrame(2), workflow.BusyPage{ID: "place"}}) }) },
	}
	for name, touch := range touched {
		b.main(b.w.forget)
		b.main(func() { b.w.setLook(false, false) })
		b.show(galleryFrame(2), organisationForm())
		b.focus("organisation.name")
		b.keys("z", "h")
		touch()
		if got := b.text("organisation.name"); got != "zh" {
			t.Errorf("%s: the field has %q, want zh", name, got)
		}
		b.take()
		b.press(word(t, "action.back"))
		told := b.take()
		if name == "the keyboard's language" || name == "closing the keyboard" || name == "a choice" || name == "another field" {
			continue // they were told then
		}
		if !slices.Contains(told, workflow.Action(workflow.Type{Field: "organisation.name", Value: "zh"})) {
			t.Errorf("%s: told %v, not the letters", name, told)
		}
	}
}

// The arrows stay where they are to the last page, and the pages where they were left.
func TestArrowsAndPagesStay(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(2), organisationForm())
	b.focus("organisation.name")
	b.composer.finds(40)
	b.keys("s", "h")
	b.until("candidates", func() bool { return b.w.kit.keyboard.bar.more.GetVisible() })
	bar := b.w.kit.keyboard.bar
	place := func() (back, more, first int) {
		b.main(func() {
			back, more, first = bar.back.GetAllocation().GetX(), bar.more.GetAllocation().GetX(), bar.first
		})
		return back, more, first
	}
	idle := func() {
		stands := make(chan struct{})
		b.main(func() { loop.WhenIdle(func() { close(stands) }) })
		<-stands
	}
	idle()
	back, more, _ := place()
	var firsts []int
	for last := -1; ; {
		nowBack, nowMore, first := place()
		if nowBack != back || nowMore != more {
			t.Errorf("at candidate %d the arrows are at %d and %d, want %d and %d", first, nowBack, nowMore, back, more)
		}
		if first == last {
			break
		}
		last = first
		firsts = append(firsts, first)
		b.main(func() { bar.turn(true) })
		idle()
	}
	if len(firsts) < 3 {
		t.Fatalf("only %d pages", len(firsts))
	}
	for _, want := range slices.Backward(firsts[:len(firsts)-1]) {
		b.main(func() { bar.turn(false) })
		if _, _, first := place(); first != want {
			t.Errorf("going back leads to candidate %d, want %d", first, want)
		}
	}
}

// Apostrophes stand between syllables and nowhere else.
func TestNoApostropheStays(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(2), organisationForm())
	b.focus("organisation.name")
	b.main(func() {
		for _, key := range []string{"'", "x", "i", "'", "'", "a", "n", "'"} {
			b.w.kit.keyboard.pinyin.letter(key)
		}
	})
	if got, want := b.text("organisation.name"), "xi'an'"; got != want {
		t.Errorf("letters %q, want %q", got, want)
	}
	b.focus("organisation.credit_code")
	if got, want := b.text("organisation.name"), "xian"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

// TestNoApostropheIsLeftBehind: however the letters end, nothing is left of the apostrophes between them.
func TestNoApostropheIsLeftBehind(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(2), organisationForm())
	b.focus("organisation.name")
	for name, c := range map[string]struct {
		letters string
		end     func()
		want    string
	}{
		"told as they stand": {"'a''", func() { b.w.kit.keyboard.pinyin.commit() }, "a"},
		"taken back": {"xi'an", func() {
			b.w.kit.keyboard.pinyin.backspace()
			b.w.kit.keyboard.pinyin.backspace()
			b.w.kit.keyboard.pinyin.commit()
		}, "xi"},
		"Return":           {"xi'", func() { b.w.kit.keyboard.pinyin.physical(gdk.KEY_Return) }, "xi"},
		"a capital letter": {"xi'", func() { b.w.kit.keyboard.pinyin.physical('A') }, "xi"},
		"Escape":           {"xi'a", func() { b.w.kit.keyboard.pinyin.physical(gdk.KEY_Escape) }, ""},
		"a candidate": {"xi'", func() {
			b.w.kit.keyboard.pinyin.found = Composition{Candidates: []Candidate{{Text: "西", Letters: 2}}}
			b.w.kit.keyboard.pinyin.asking = false
			b.w.kit.keyboard.pinyin.choose(0)
		}, "西"},
	} {
		b.main(func() {
			b.w.kit.keyboard.field.entry.SetText("")
			for _, key := range c.letters {
				b.w.kit.keyboard.pinyin.letter(string(key))
			}
			c.end()
		})
		if got := b.text("organisation.name"); got != c.want {
			t.Errorf("%s: text %q, want %q", name, got, c.want)
		}
	}
}

func TestPinyinSurvivesAnUpdate(t *testing.T) {
	b := setup(t)
	p := organisationForm()
	b.show(galleryFrame(2), p)
	b.focus("organisation.name")
	b.keys("s", "h", "u")
	p.Fields[0].Good = true
	b.show(galleryFrame(2), p)
	b.keys("x", "y")
	if got, want := b.text("organisation.name"), "shuxy"; got != want {
		t.Errorf("text %q, want %q: the longest value holds for characters, not for letters", got, want)
	}
}

func TestEngineAwayStillTypesLatin(t *testing.T) {
	b := setup(t)
	b.composer.breaks(true)
	b.show(galleryFrame(2), organisationForm())
	b.focus("organisation.name")
	b.keys("a")
	b.until("the tip", func() bool { return b.w.kit.keyboard.pinyin.failed })
	b.mustSee(mustWords(t, "zh_CN").t("error." + string(ra.CodeKeyboardAway)))
	b.want(workflow.Type{Field: "organisation.name", Value: "a"})
	b.composer.breaks(false)
	b.keys("s", "h", "u")
	b.candidatesCome()
	b.keys("书")
	b.until("the character", func() bool { s, _ := b.entry("organisation.name").GetText(); return s == "a书" })
}

func TestPasswordIsNeverComposed(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(0), loginForm())
	b.focus("password")
	b.keys("s", "h", "u")
	b.want(workflow.Type{Field: "password", Value: "s"}, workflow.Type{Field: "password", Value: "sh"}, workflow.Type{Field: "password", Value: "shu"})
	b.main(func() {
		if b.w.kit.keyboard.pinyin.letters != "" || b.w.kit.keyboard.bar.GetVisible() {
			t.Error("a password went to the candidates")
		}
	})
}

func TestFieldInFocusStandsAboveTheKeyboard(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(2), invoiceForm())
	b.focus("handler.email")
	b.until("the field and its message in view", func() bool {
		adj := b.w.scroll.GetVAdjustment()
		content, _ := b.w.stack.GetVisibleChild()
		around := b.w.kit.keyboard.field.around
		_, top, err := around.TranslateCoordinates(content, 0, 0)
		bottom := top + around.GetAllocatedHeight()
		return err == nil && float64(top) >= adj.GetValue() && float64(bottom) <= adj.GetValue()+adj.GetPageSize()
	})
}

func TestPhysicalKeyboard(t *testing.T) {
	if _, err := exec.LookPath("xdotool"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	b := setup(t)
	b.show(galleryFrame(2), organisationForm())
	b.focus("organisation.name")
	b.until("the window has the keys", func() bool { return b.w.win.HasToplevelFocus() })
	send := func(keys ...string) {
		if out, err := exec.Command("xdotool", append([]string{"key", "--delay", "30"}, keys...)...).CombinedOutput(); err != nil {
			t.Fatalf("xdotool: %v: %s", err, out)
		}
	}
	send("s", "h", "u")
	b.candidatesCome()
	send("2")
	b.until("the character", func() bool { s, _ := b.entry("organisation.name").GetText(); return s == "书" })
	send("Return")
	b.until("the next field", func() bool { return b.entry("handler.id_number").IsFocus() })
	send("3", "a", "x")
	b.until("digits and X", func() bool { s, _ := b.entry("handler.id_number").GetText(); return s == "3X" })
}
