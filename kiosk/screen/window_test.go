package screen

import (
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/loop"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

func homePage() workflow.HomePage {
	p := workflow.HomePage{}
	for _, k := range ra.Kinds() {
		p.Services = append(p.Services, workflow.ServiceTile{Kind: k, Offered: k == ra.KindNew})
	}
	return p
}

func TestHome(t *testing.T) {
	b := setup(t)
	frame := galleryFrame(-1)
	frame.Home, frame.Back = false, false
	b.show(frame, homePage())
	b.mustSee("请选择要办理的业务", "示例电子印章中心", "数字证书服务大厅 · 西湖窗口 03")
	b.press("续期")
	b.press("我的订单")
	b.press("服务信息")
	b.press(word(t, "action.staff"))
	b.want(workflow.ChooseKind{Kind: ra.KindRenew}, workflow.SeeOrders{}, workflow.SeeInfo{}, workflow.CallStaff{})
	if b.seen("回到首页") {
		t.Error("home offers a way home")
	}
}

func TestUnfinishedWrite(t *testing.T) {
	b := setup(t)
	p := homePage()
	p.Unfinished = true
	b.show(galleryFrame(-1), p)
	b.press("继续写入")
	b.want(workflow.ResumeWrite{})
}

func TestWaysOut(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(1), workflow.NoticePage{ID: "staff"})
	b.press("上一步")
	b.press("回到首页")
	b.press("退出")
	b.want(workflow.Back{}, workflow.Home{}, workflow.LogOut{})
	b.mustSee("138****1234", "选择服务", "2")
}

func TestSerialIsThatOfThePageSeen(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(0), workflow.NoticePage{ID: "staff"})
	b.show(galleryFrame(0), workflow.NoticePage{ID: "not_offered"})
	b.press("知道了")
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.events {
		if e.Serial != b.serial {
			t.Errorf("event with serial %d, want %d", e.Serial, b.serial)
		}
	}
}

func TestLanguageAtATouch(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(-1), homePage())
	b.press("English")
	b.mustSee("What would you like to do?", "Example E-Seal Centre", "My orders", "中文")
	b.press("中文")
	b.mustSee("请选择要办理的业务")
}

func TestFreshForgetsThePerson(t *testing.T) {
	b := setup(t)
	frame := galleryFrame(0)
	b.show(frame, loginForm())
	b.press("English")
	b.press("Large text")
	b.press("High contrast")
	b.focus("login")
	b.keys("1", "3", "8")
	frame.Fresh = true
	b.show(frame, loginForm())
	b.mustSee("登录", "大字")
	if got := b.text("login"); got != "" {
		t.Errorf("the next person sees %q", got)
	}
	b.main(func() {
		if b.w.look.large || b.w.look.contrast || b.w.kit.keyboard.open() {
			t.Error("text size, contrast or keyboard stayed")
		}
	})
	b.until("the engine forgets", func() bool {
		b.composer.mu.Lock()
		defer b.composer.mu.Unlock()
		return b.composer.wiped > 0
	})
}

func TestFreshIsNotLostBetweenTwoShows(t *testing.T) {
	b := setup(t)
	b.main(func() { b.w.setLook(true, false) })
	frame := galleryFrame(-1)
	frame.Fresh = true
	b.main(func() { // both come before GTK takes one
		b.w.Show(frame, homePage())
		frame.Fresh = false
		frame.Serial = 7
		b.w.Show(frame, homePage())
	})
	b.until("the newer page", func() bool { return b.w.frame.Serial == 7 })
	b.main(func() {
		if b.w.look.large {
			t.Error("the new person has large text")
		}
	})
}

func TestTimeLeft(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(0), workflow.NoticePage{ID: "staff"})
	b.mustSee("剩余 4 分 20 秒")
	b.main(func() {
		b.clock = b.clock.Add(4 * time.Minute)
		b.w.tick()
	})
	b.mustSee("还在办理吗？点此继续 · 20 秒")
	b.press("还在办理吗？点此继续 · 20 秒")
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.events); n == 0 || b.events[n-1].Do != (workflow.Touch{}) {
		t.Errorf("prolonging told %v", b.events)
	}
}

func TestTouchOnceASecond(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(0), workflow.NoticePage{ID: "staff"})
	count := func() int {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.events)
	}
	b.main(func() {
		b.w.touch()
		b.w.touch()
		b.clock = b.clock.Add(500 * time.Millisecond)
		b.w.touch()
	})
	if got := count(); got != 1 {
		t.Errorf("%d touches within a second, want 1", got)
	}
	b.main(func() {
		b.clock = b.clock.Add(time.Second)
		b.w.touch()
	})
	if got := count(); got != 2 {
		t.Errorf("%d touches after another second, want 2", got)
	}
}

func TestShortWaitShowsNothing(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(0), loginForm())
	b.main(func() { b.w.take(shown{galleryFrame(0), workflow.BusyPage{ID: "login"}}) })
	b.mustSee("登录名（手机号或邮箱）")
	b.until("the wait", func() bool { _, ok := b.w.current.(*busy); return ok })
	b.mustSee("正在登录")
}

func TestPortraitStacks(t *testing.T) {
	b := setupSize(t, 1080, 1920)
	b.show(galleryFrame(7), workflow.DonePage{})
	b.main(func() {
		d := b.w.current.(*done)
		if got := d.Body.GetOrientation(); got != 1 {
			t.Errorf("orientation %v in portrait", got)
		}
		if got := b.w.win.GetAllocatedWidth(); got != 1080 {
			t.Errorf("window %d px wide, want 1080", got)
		}
	})
}

// A window that grew, because its bars were too long for a moment, comes back to the room there is: no window manager does that here.
func TestWindowThatGrewComesBack(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(0), loginForm())
	b.until("the window has its place", func() bool { return b.w.width == b.w.opts.Width })
	grew := false
	b.main(func() {
		b.w.win.Connect("size-allocate", func() { grew = grew || b.w.win.GetAllocatedWidth() > b.w.opts.Width })
		b.w.win.Resize(b.w.opts.Width+164, b.w.opts.Height)
	})
	b.until("it grew and came back", func() bool { return grew && b.w.win.GetAllocatedWidth() == b.w.opts.Width })
}

// TestClosedWindowDrawsNothing: a wait that began just before does not come to a window that is gone.
func TestClosedWindowDrawsNothing(t *testing.T) {
	b := setup(t)
	b.show(galleryFrame(0), workflow.HomePage{})
	b.main(func() {
		b.w.take(shown{galleryFrame(0), workflow.BusyPage{ID: "login"}})
		b.w.destroy()
	})
	over := make(chan struct{})
	b.main(func() { loop.After(2*lingerTime, func() { close(over) }) })
	<-over
	b.main(func() {
		if _, home := b.w.page.(workflow.HomePage); !home {
			t.Errorf("a closed window shows %T", b.w.page)
		}
	})
}

// TestLargeTextKeepsTheWindow: longer words at the top of the page make no window grow, not for a moment; who hears them hears them all.
func TestLargeTextKeepsTheWindow(t *testing.T) {
	b := setupSize(t, 1080, 1920)
	b.main(func() { b.w.herald.voice = &voice{} })
	b.show(galleryFrame(1), workflow.NoticePage{ID: "staff"})
	b.idle()
	grown := func() {
		t.Helper()
		if got := naturalWidth(b.w.header.Box); got > 1080 {
			t.Errorf("the header wants %d px", got)
		}
	}
	b.main(func() {
		b.w.setLanguage("en")
		grown()
		b.w.setLook(true, true)
		grown()
	})
	b.settled()
	b.main(func() {
		grown()
		if got := widget.NameOf(b.w.header.time); got != "More time" {
			t.Errorf("the button for more time is called %q", got)
		}
	})
}
