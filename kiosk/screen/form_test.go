package screen

import (
	"strings"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/loop"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

func loginForm() workflow.FormPage {
	return workflow.FormPage{ID: "login", Primary: "login", Secondary: []workflow.Named{workflow.Register{}}, Fields: []workflow.Field{
		{ID: "login", Kind: workflow.FieldLatin, Hint: "hint.login"}, {ID: "password", Kind: workflow.FieldPassword}}}
}

func organisationForm() workflow.FormPage {
	return workflow.FormPage{ID: "organisation", Primary: "next", Fields: []workflow.Field{
		{ID: "organisation.credit_code", Kind: workflow.FieldCredit, MaxLen: 18},
		{ID: "organisation.name", Kind: workflow.FieldChinese, MaxLen: 4},
		{ID: "handler.id_number", Kind: workflow.FieldIDNumber, MaxLen: 18},
		{ID: "invoice.kind", Kind: workflow.FieldChoice, Value: "ordinary", Choices: []string{"ordinary", "special"}}}}
}

func TestFormTellsWhatIsTyped(t *testing.T) {
	b := setup(t)
	p := loginForm()
	p.Ready = true
	b.show(galleryFrame(0), p)
	b.focus("login")
	b.keys("a", "@", "1", "退格", "大写", "B")
	b.focus("password")
	b.keys("x")
	b.press("登录")
	b.press("注册新账户")
	b.want(workflow.Type{Field: "login", Value: "a"}, workflow.Type{Field: "login", Value: "a@"}, workflow.Type{Field: "login", Value: "a@1"},
		workflow.Type{Field: "login", Value: "a@"}, workflow.Type{Field: "login", Value: "a@B"}, workflow.Leave{Field: "login"},
		workflow.Type{Field: "password", Value: "x"}, workflow.Go{}, workflow.Register{})
}

func TestMainButtonWaitsUntilReady(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(0), loginForm())
	b.main(func() {
		if b.w.foot.main.IsSensitive() {
			t.Error("the main button may be pressed")
		}
	})
}

func TestUpdateInPlaceKeepsTypingCursorAndFocus(t *testing.T) {
	b := setup(t)
	p := loginForm()
	b.show(galleryFrame(0), p)
	b.focus("login")
	b.keys("a", "b", "c")
	entry := b.entry("login")
	b.main(func() { entry.SetPosition(1) })
	p.Fields[0].Value = "ab" // the workflow is one letter behind
	p.Fields[0].Problem = &workflow.Fault{Code: ra.CodeLoginName}
	b.show(galleryFrame(0), p)
	b.mustSee(said(t, ra.CodeLoginName))
	b.main(func() {
		if b.entry("login") != entry {
			t.Error("the entry was built anew")
		}
		if at := entry.GetPosition(); at != 1 || !entry.IsFocus() {
			t.Errorf("cursor at %d, focus %v; want 1, true", at, entry.IsFocus())
		}
	})
	if got, want := b.text("login"), "abc"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	b.keys("x")
	if got, want := b.text("login"), "axbc"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestWorkflowMayFillAField(t *testing.T) {
	b := setup(t)
	p := organisationForm()
	b.show(galleryFrame(0), p)
	p.Fields[1].Value = "杭州"
	b.show(galleryFrame(0), p)
	if got, want := b.text("organisation.name"), "杭州"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	b.want()
}

func TestFieldsComeAndGo(t *testing.T) {
	b := setup(t)
	p := organisationForm()
	b.show(galleryFrame(0), p)
	first := b.entry("organisation.credit_code")
	p.Fields = append(p.Fields, workflow.Field{ID: "invoice.bank", Kind: workflow.FieldChinese})
	b.show(galleryFrame(0), p)
	b.mustSee("开户银行")
	p.Fields = p.Fields[:2]
	b.show(galleryFrame(0), p)
	if b.seen("开户银行") || b.entry("organisation.credit_code") != first {
		t.Error("a field stayed, or one that stays was built anew")
	}
}

func TestHiddenFieldIsEmptyAfterAWait(t *testing.T) {
	b := setup(t)
	p := loginForm()
	b.show(galleryFrame(0), p)
	b.focus("password")
	b.keys("s", "e", "c")
	b.main(func() { b.w.take(shown{galleryFrame(0), workflow.BusyPage{ID: "login"}}) })
	p.Fault = &workflow.Fault{Code: ra.CodeLoginWrong, Args: map[string]string{"left": "2"}}
	p.Fields[0].Value = "13800001234"
	b.show(galleryFrame(0), p)
	b.mustSee(said(t, ra.CodeLoginWrong, "left", "2"))
	if got := b.text("password"); got != "" {
		t.Errorf("the password %q stayed", got)
	}
	if got, want := b.text("login"), "13800001234"; got != want {
		t.Errorf("login %q, want %q", got, want)
	}
}

func TestEye(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(0), loginForm())
	e := b.entry("password")
	visible := func() (v bool) {
		b.main(func() { v = e.GetVisibility() })
		return v
	}
	if visible() {
		t.Fatal("the password can be read")
	}
	b.press("显示 密码")
	if !visible() {
		t.Error("the eye shows nothing")
	}
	b.press("隐藏 密码")
	if visible() {
		t.Error("the eye hides nothing")
	}
}

func TestChoice(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(2), organisationForm())
	b.press("增值税专用发票")
	b.want(workflow.Type{Field: "invoice.kind", Value: "special"})
}

func TestLanguageKeepsWhatIsTyped(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(0), loginForm())
	b.focus("password")
	b.keys("q", "9")
	b.press("English")
	b.mustSee("Password", "Log in")
	if got, want := b.text("password"), "q9"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestEntriesAreNamed(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(0), loginForm())
	e := b.entry("login")
	b.main(func() {
		if got, want := widget.NameOf(e), "登录名（手机号或邮箱）"; got != want {
			t.Errorf("accessible name %q, want %q", got, want)
		}
	})
}

func TestCleaning(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(2), organisationForm())
	for id, c := range map[string][2]string{"organisation.credit_code": {"9133ab", "9133AB"}, "handler.id_number": {"33-01x", "3301X"}} {
		e := b.entry(id)
		b.main(func() { e.SetText(c[0]) })
		if got := b.text(id); got != c[1] {
			t.Errorf("%s: %q became %q, want %q", id, c[0], got, c[1])
		}
	}
}

func TestLeavingAPageTellsNothing(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(2), organisationForm())
	b.focus("organisation.name")
	b.keys("s", "h", "u")
	b.take()
	b.show(galleryFrame(0), loginForm())
	b.want()
	b.focus("login")
	b.keys("a")
	b.take()
	account := loginForm()
	account.ID = "account" // the same fields, of another form
	b.show(galleryFrame(0), account)
	b.want()
	if got := b.text("login"); got != "" {
		t.Errorf("%q came along from another form", got)
	}
}

// The next form is read from its top, also where the one before was scrolled down in large text.
func TestNextFormOpensAtItsTop(t *testing.T) {
	b := setupSize(t, 1280, 720)
	b.main(func() { b.w.setLook(true, false) })
	b.show(galleryFrame(2), invoiceForm())
	adj := b.w.scroll.GetVAdjustment()
	b.until("something to scroll", func() bool { return adj.GetUpper() > adj.GetPageSize()+100 })
	b.main(func() { adj.SetValue(100) })
	same := invoiceForm()
	same.Fields[1].Good = false
	b.show(galleryFrame(2), same)
	b.main(func() {
		if got := adj.GetValue(); got != 100 {
			t.Errorf("the same form jumps to %g", got)
		}
	})
	next := invoiceForm()
	next.ID = "delivery"
	b.show(galleryFrame(2), next)
	b.until("its top", func() bool { return adj.GetValue() == 0 })
}

// What stands below a field has a colour of its own: wrong, right, and what staff will look at.
func TestMessagesHaveTheirColours(t *testing.T) {
	for _, class := range []string{"wrong", "good", "doubt"} {
		if !strings.Contains(stylesheet, ".message."+class+" {") {
			t.Errorf("the stylesheet has nothing for .message.%s", class)
		}
	}
}

// The button with which one insists comes under the field while one types there: it is scrolled into view.
func TestInsistingIsInView(t *testing.T) {
	b := setup(t)
	doubtful, before := legalForm(), legalForm()
	before.Fields[2].Problem, before.Fields[2].Doubt = nil, false
	b.show(galleryFrame(2), before)
	b.main(func() { typeInto("legal.id_number")(b.w) })
	b.until("the keyboard is open", func() bool { return b.w.kit.keyboard.open() })
	b.show(galleryFrame(2), doubtful)
	b.until("the button is in view", func() bool {
		insist, adj := b.w.current.(*form).fields["legal.id_number"].insist, b.w.scroll.GetVAdjustment()
		_, top, err := insist.TranslateCoordinates(b.w.stack, 0, 0)
		return err == nil && insist.GetMapped() && insist.GetAllocatedHeight() > 1 &&
			float64(top+insist.GetAllocatedHeight()) <= adj.GetValue()+adj.GetPageSize()
	})
}

// With the keyboard closed it is in view by itself, lying down and standing.
func TestInsistingNeedsNoScrolling(t *testing.T) {
	for _, size := range [][2]int{{1920, 1080}, {1080, 1920}} {
		b := setupSize(t, size[0], size[1])
		b.show(galleryFrame(2), legalForm())
		b.until("the button is in view", func() bool {
			insist, adj := b.w.current.(*form).fields["legal.id_number"].insist, b.w.scroll.GetVAdjustment()
			_, top, err := insist.TranslateCoordinates(b.w.stack, 0, 0)
			return err == nil && adj.GetValue() == 0 && insist.GetAllocatedHeight() > 1 && float64(top+insist.GetAllocatedHeight()) <= adj.GetPageSize()
		})
	}
}

// What comes with a special invoice moves nothing that was there, least of all the buttons with which it is chosen; a bar to scroll by
// takes a little of the width.
func TestSpecialInvoiceMovesNothing(t *testing.T) {
	const bar = 8
	for _, size := range [][2]int{{1920, 1080}, {1080, 1920}} {
		b := setupSize(t, size[0], size[1])
		where := func(p workflow.FormPage) (all [4]int) {
			b.show(galleryFrame(2), p)
			idle := make(chan struct{})
			b.main(func() { loop.WhenIdle(func() { close(idle) }) })
			<-idle
			b.until("the field has its place", func() bool { return b.w.current.(*form).fields["invoice.title"].GetAllocatedWidth() > 1 })
			b.main(func() {
				for i, id := range []string{"invoice.kind", "invoice.title"} {
					at := b.w.current.(*form).fields[id].GetAllocation()
					all[2*i], all[2*i+1] = at.GetX(), at.GetY()
				}
			})
			return all
		}
		before, after := where(ordinaryForm()), where(invoiceForm())
		for i := range before {
			if moved := after[i] - before[i]; moved < -bar || moved > bar {
				t.Errorf("%v: kind and title move from %v to %v", size, before, after)
			}
		}
	}
}
