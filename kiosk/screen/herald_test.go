package screen

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// voice keeps what it is to say.
type voice struct {
	mu    sync.Mutex
	away  bool
	heard []string // "zh: …", and "hush"
}

func (v *voice) Ready() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.away
}

func (v *voice) Say(language string, words ...string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.heard = append(v.heard, language+": "+strings.Join(words, " | "))
}

func (v *voice) Hush() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.heard = append(v.heard, "hush")
}

func (v *voice) take() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	heard := v.heard
	v.heard = nil
	return heard
}

func withVoice(t *testing.T) (*bench, *voice) {
	t.Helper()
	b, v := setup(t), &voice{}
	b.main(func() {
		b.w.herald.voice = v
		b.w.tick()
	})
	return b, v
}

func (v *voice) want(t *testing.T, want ...string) {
	t.Helper()
	if got := v.take(); !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
}

func TestReadAloud(t *testing.T) {
	b, v := withVoice(t)
	b.show(galleryFrame(0), loginForm())
	v.want(t)
	b.press("朗读")
	v.want(t, "zh: 登录")
	p := loginForm()
	p.Fault = &workflow.Fault{Code: ra.CodeOfficeAway}
	p.Fields[0].Problem = &workflow.Fault{Code: ra.CodeRequired}
	b.show(galleryFrame(0), p)
	v.want(t, "zh: "+said(t, ra.CodeOfficeAway)+" | "+word(t, "field.login")+"："+said(t, ra.CodeRequired))
	b.show(galleryFrame(0), p)
	v.want(t)
	b.show(galleryFrame(-1), workflow.NoticePage{ID: "staff"})
	v.want(t, "zh: "+word(t, "notice.staff.title"))
	b.press("English")
	v.want(t, "en: "+mustWords(t, "en").t("notice.staff.title"))
	b.main(func() {
		b.clock = b.clock.Add(4 * time.Minute)
		b.w.tick()
		b.w.tick()
	})
	v.want(t, "en: "+mustWords(t, "en").t("speech.soon"))
	b.press("Read aloud")
	v.want(t, "hush")
	b.show(galleryFrame(0), loginForm())
	v.want(t)
}

// TestVoiceEndsWithTheVisit: the next person hears nothing, and sees the button only where there is a voice.
func TestVoiceEndsWithTheVisit(t *testing.T) {
	b, v := withVoice(t)
	b.show(galleryFrame(0), loginForm())
	b.press("朗读")
	v.take()
	b.freshen()
	v.want(t, "hush")
	b.show(galleryFrame(0), loginForm())
	v.want(t)
	v.mu.Lock()
	v.away = true
	v.mu.Unlock()
	b.main(b.w.tick)
	if b.seen("朗读") {
		t.Error("a voice is offered that is away")
	}
}

// TestNothingPersonalIsSpoken: whatever page, language and error: no name, number, address or date of a person, no code.
func TestNothingPersonalIsSpoken(t *testing.T) {
	b, v := withVoice(t)
	b.main(func() { b.w.herald.aloud = true })
	all := scenes()
	for _, code := range []ra.Code{ra.CodeMobileDiffers, ra.CodeKeyWrong, ra.CodeKeyUnconfirmed, ra.CodeRequired} {
		p := loginForm()
		p.Fields[0].Problem = &workflow.Fault{Code: code, Args: factsOfSomebody}
		p.Fault = &workflow.Fault{Code: code, Args: factsOfSomebody}
		all = append(all, scene{name: string(code), frame: galleryFrame(0), page: p})
	}
	for _, language := range languages() {
		b.main(func() { b.w.setLanguage(language) })
		for _, s := range all {
			b.show(s.frame, s.page)
			for _, words := range v.take() {
				if personal.MatchString(words) || secret.MatchString(words) {
					t.Errorf("%s: %q is spoken", s.name, words)
				}
				if placeholder.MatchString(words) || strings.Contains(words, "error.") {
					t.Errorf("%s: %q is spoken", s.name, words)
				}
			}
		}
	}
}

var secret = regexp.MustCompile(`138|2104|secret|@|9133|KH2`)

// factsOfSomebody are facts of errors that may be a person's.
var factsOfSomebody = map[string]string{"mobile": "138****1234", "number": "KH20261123", "found": "2104 0091", "expected": "2104 0092", "letter": "9133", "character": "张", "until": "2104-01-01",
	"port": "138", "model": "secret", "text": "secret@example.com", "left": "3"}

// TestEverythingHasAName: each button and entry has a name, headlines are headings, banners alerts, and what is wrong with an entry is
// said with it; nothing typed hidden is in any name.
func TestEverythingHasAName(t *testing.T) {
	b := setup(t)
	for _, language := range languages() {
		b.main(func() { b.w.setLanguage(language) })
		for _, s := range scenes() {
			b.show(s.frame, s.page)
			b.main(func() {
				for _, c := range b.controls() {
					if name := widget.NameOf(c.widget); name == "" || strings.Contains(name, "●") {
						t.Errorf("%s in %s: a control at %v is called %q", s.name, language, c.at, name)
					}
				}
			})
		}
	}
}

func TestErrorsAreToldWithTheirEntry(t *testing.T) {
	b := setup(t)
	p := loginForm()
	p.Fields[0].Problem = &workflow.Fault{Code: ra.CodeRequired}
	b.show(galleryFrame(0), p)
	b.focus("password")
	b.keys("x", "y")
	b.main(func() {
		f := b.w.current.(*form)
		if got, want := widget.DescriptionOf(f.fields["login"].entry), said(t, ra.CodeRequired); got != want {
			t.Errorf("the entry is described as %q, want %q", got, want)
		}
		if got := widget.RoleOf(f.fields["password"].entry); got != "password text" {
			t.Errorf("the password's role is %q", got)
		}
		if got := widget.RoleOf(f.banner); got != "alert" {
			t.Errorf("a banner's role is %q", got)
		}
	})
	b.show(galleryFrame(0), loginForm())
	b.main(func() {
		if got := widget.DescriptionOf(b.w.current.(*form).fields["login"].entry); strings.Contains(got, said(t, ra.CodeRequired)) {
			t.Errorf("what was wrong is still told: %q", got)
		}
	})
}

func TestMoreTimeIsAskedFor(t *testing.T) {
	b := setup(t)
	f := galleryFrame(0)
	b.show(f, loginForm())
	b.press("多些时间")
	f.Unhurried = true
	b.show(f, loginForm())
	b.main(func() {
		if got := widget.DescriptionOf(b.w.header.time); got != "已开启" {
			t.Errorf("the button says %q", got)
		}
	})
	b.press("多些时间")
	b.want(workflow.Unhurry{On: true}, workflow.Unhurry{})
}
