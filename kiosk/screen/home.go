package screen

import (
	"strings"
	"time"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/health"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// home is the first page: the six services.
type home struct {
	kit        *kit
	page       *gtk.Box
	title      *gtk.Label
	tiles      *gtk.Grid
	fault      *banner
	unfinished *banner
	limits     *banner
	resume     *widget.Button
	all        []*tile
	check      *tile
	slip       *tile
}

// tile is one service.
type tile struct {
	*widget.Button
	title *gtk.Label
	about *gtk.Label
}

// serviceIcons are the drawings of the six services.
var serviceIcons = map[ra.Kind]string{ra.KindNew: "file-plus", ra.KindRenew: "calendar-plus", ra.KindExtend: "clock-up",
	ra.KindChange: "edit", ra.KindReissue: "replace", ra.KindUnlock: "unlock"}

func newHome(k *kit) view {
	var ui struct {
		Page    *gtk.Box   `ui:"page"`
		Title   *gtk.Label `ui:"title"`
		Banners *gtk.Box   `ui:"banners"`
		Tiles   *gtk.Grid  `ui:"tiles"`
		More    *gtk.Box   `ui:"more"`
	}
	bind("home", &ui)
	widget.Wrap(ui.Title)
	h := &home{kit: k, page: ui.Page, title: ui.Title, tiles: ui.Tiles,
		fault: newBanner("banner", "alert"), unfinished: newBanner("hint", "ukey"), limits: newBanner("calm", "info")}
	widget.AddClass(h.fault.Box, "gap")
	widget.AddClass(h.unfinished.Box, "gap")
	h.resume = widget.NewButton("outline", "next").IconAfter("next")
	h.unfinished.icon.SetVAlign(gtk.ALIGN_CENTER)
	h.unfinished.icon.SetMarginTop(0)
	h.unfinished.PackEnd(widget.ShowAll(h.resume), false, false, 0)
	ui.Banners.PackStart(h.fault, false, false, 0)
	ui.Banners.PackStart(h.unfinished, false, false, 0)
	widget.AddClass(h.limits.Box, "gap")
	ui.Banners.PackStart(h.limits, false, false, 0)
	h.check = newStrip("ukey")
	h.slip = newStrip("scan")
	ui.More.PackStart(h.check, true, true, 0)
	ui.More.PackStart(h.slip, true, true, 0)
	return h
}

func (h *home) root() gtk.IWidget { return h.page }

func newTile() *tile {
	t := &tile{Button: &widget.Button{Button: widget.Must(gtk.ButtonNew())}, title: widget.NewLabel("h1"), about: widget.NewLabel("about")}
	widget.AddClass(t.Button, "tile")
	t.SetFocusOnClick(false)
	t.Icon = widget.NewIcon("file", "i44")
	t.Icon.SetHExpand(true)
	well := widget.HBox(0)
	widget.AddClass(well, "well")
	well.SetHAlign(gtk.ALIGN_START)
	well.PackStart(t.Icon, true, true, 0)
	box := widget.VBox(8, well, t.title, t.about)
	box.SetVAlign(gtk.ALIGN_START)
	t.Add(box)
	t.Connect("clicked", func() { t.Act() })
	t.ShowAll()
	return t
}

// newStrip is a tile as low as a line, for what is no service.
func newStrip(icon string) *tile {
	t := &tile{Button: &widget.Button{Button: widget.Must(gtk.ButtonNew())}, title: widget.NewLabel("h2"), about: widget.NewLabel("about")}
	widget.AddClass(t.Button, "tile", "strip")
	t.SetFocusOnClick(false)
	t.Icon = widget.NewIcon(icon, "i40")
	words := widget.VBox(2, t.title, t.about)
	words.SetVAlign(gtk.ALIGN_CENTER)
	well := widget.InWell(t.Icon)
	well.SetVAlign(gtk.ALIGN_CENTER)
	box := widget.HBox(24, well)
	box.PackStart(words, true, true, 0)
	t.Add(box)
	t.Connect("clicked", func() { t.Act() })
	t.ShowAll()
	return t
}

// word words a strip, and says what it does.
func (t *tile) word(title, about string, act func()) {
	widget.SetText(t.title, title)
	widget.SetText(t.about, about)
	t.Button.Name(title)
	t.Act = act
}

// showCheck offers to look at a key; one that is plugged in is told of.
func (h *home) showCheck(p workflow.HomePage) {
	about := "home.check"
	switch {
	case p.Lost:
		about = "home.check.lost"
	case p.Plugged:
		about = "home.check.plugged"
	}
	h.slip.word(h.kit.t("action.use_slip"), h.kit.t("home.slip"), func() { h.kit.do(workflow.UseSlip{}) })
	widget.SetClass(h.check.Button, "ready", p.Plugged)
	widget.SetClass(h.check.Button, "wrong", p.Lost)
	h.check.word(h.kit.t("action.check_key"), h.kit.t(about), func() { h.kit.do(workflow.CheckKey{}) })
}

func (h *home) show(p workflow.Page) bar {
	page := p.(workflow.HomePage)
	widget.SetText(h.title, h.kit.t("home.title"))
	h.fault.fault(h.kit, page.Fault)
	h.showUnfinished(page.Unfinished)
	h.showLimits(page.Limits)
	h.showCheck(page)
	banners := 0
	for _, shown := range []bool{page.Fault != nil, page.Unfinished, len(page.Limits) > 0} {
		if shown {
			banners++
		}
	}
	widget.SetClass(h.tiles, "dense", banners > 1)
	for i, s := range page.Services {
		if i == len(h.all) {
			h.all = append(h.all, newTile())
			h.tiles.Attach(h.all[i], i, 0, 1, 1)
		}
		h.showTile(i, s)
	}
	return h.bar()
}

func (h *home) showTile(i int, s workflow.ServiceTile) {
	t := h.all[i]
	columns := 3
	if h.kit.portrait {
		columns = 2
	}
	widget.Attach(h.tiles, t, i%columns, i/columns)
	name := h.kit.t("kind." + string(s.Kind))
	widget.SetText(t.title, name)
	widget.SetText(t.about, h.kit.t("kind."+string(s.Kind)+".about"))
	t.Icon.Change(serviceIcons[s.Kind])
	widget.SetClass(t.Button, "first", i == 0)
	widget.SetClass(t.Button, "later", !s.Offered)
	t.Button.Name(name)
	t.Act = func() { h.kit.do(workflow.ChooseKind{Kind: s.Kind}) }
}

func (h *home) showUnfinished(there bool) {
	if !there {
		h.unfinished.say("")
		return
	}
	h.unfinished.say(h.kit.t("home.unfinished"))
	h.resume.Word(h.kit.t("action.resume"), true, func() { h.kit.do(workflow.ResumeWrite{}) })
}

// showLimits says calmly, before anybody begins, what cannot be done to its end here now, and where it can.
func (h *home) showLimits(limits []health.Part) {
	var said []string
	for _, p := range limits {
		said = append(said, h.kit.t("home.limit."+string(p)))
	}
	h.limits.say(strings.Join(said, "\n"))
}

func (h *home) bar() bar {
	orders := h.kit.offer(workflow.SeeOrders{}, "list-check")
	info := h.kit.offer(workflow.SeeInfo{}, "info")
	staff := h.kit.offer(workflow.CallStaff{}, "person-call")
	info.quiet, staff.quiet = true, true
	return bar{left: []choice{orders}, right: []choice{info, staff}}
}

func (pages) HomePage() row { return row{newHome, homeScenes} }

func homeScenes() []scene {
	f := galleryFrame(-1)
	f.Back, f.Home, f.Staff, f.Deadline = false, false, false, time.Time{}
	f.Title = f.Hall
	page := workflow.HomePage{}
	for i, k := range ra.Kinds() {
		page.Services = append(page.Services, workflow.ServiceTile{Kind: k, Offered: i != 4})
	}
	cut := page
	cut.Unfinished = true
	cut.Fault = &workflow.Fault{Code: ra.CodeOfficeAway}
	away := f
	away.OfficeUp = false
	away.Title = ra.Text{ZH: "长三角生态绿色一体化发展示范区公共资源交易电子印章与数字证书联合服务中心", EN: "Joint Service Centre for Electronic Seals and Digital Certificates of the Demonstration Zone"}
	blocked := page
	blocked.Fault = &workflow.Fault{Code: ra.CodeKioskBlocked}
	limited := page
	limited.Limits = []health.Part{health.Printer, health.Scanner}
	plugged, lost := page, page
	plugged.Plugged = true
	lost.Plugged, lost.Lost = true, true
	poor := page
	poor.Limits = health.Limiting()
	return []scene{{name: "home", frame: f, page: page}, {name: "home-plugged", frame: f, page: plugged}, {name: "home-lost", frame: f, page: lost},
		{name: "home-limited", frame: f, page: limited}, {name: "home-poor", frame: f, page: poor},
		{name: "home-blocked", frame: f, page: blocked}, {name: "home-unfinished", frame: away, page: cut}}
}
