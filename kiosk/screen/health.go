package screen

import (
	"strings"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/health"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// devices tells staff what the kiosk's devices are like.
type devices struct {
	sheet
	List *gtk.Box `ui:"list"`
	wait *banner
	all  *widget.Rows[*device]
}

// device is what was found of one.
type device struct {
	*gtk.Box
	icon  *widget.Icon
	title *gtk.Label
	text  *gtk.Label
	facts *gtk.Label
}

func newDevices(k *kit) view {
	d := &devices{wait: newBanner("calm", "running")}
	bind("health", d)
	d.dress(k)
	widget.AddClass(d.wait.Box, "gap")
	d.Top.PackStart(d.wait, true, true, 0)
	d.all = widget.NewRows(d.List, newDevice)
	return d
}

func newDevice() *device {
	d := &device{Box: widget.HBox(20), icon: widget.NewIcon("done", "i32"), title: widget.NewLabel("strong"), text: widget.NewLabel(),
		facts: widget.NewLabel("small-text", "muted")}
	widget.AddClass(d.Box, "mark-row")
	d.icon.SetVAlign(gtk.ALIGN_START)
	d.icon.SetMarginTop(3)
	d.facts.SetNoShowAll(true)
	words := widget.VBox(4, d.title, d.text, d.facts)
	d.PackStart(d.icon, false, false, 0)
	d.PackStart(words, true, true, 0)
	return widget.ShowAll(d)
}

func (d *devices) show(page workflow.Page) bar {
	m := page.(workflow.HealthPage)
	k := d.kit
	d.head(k.t("health.title"), k.aboutStaff(m.Staff), nil)
	d.wait.say("")
	if m.Busy {
		d.wait.say(k.t("health.looking"))
	}
	d.List.SetVisible(len(m.Findings) > 0)
	d.all.Sync(len(m.Findings), func(i int, row *device) { row.show(k, m.Findings[i]) })
	again := k.forward("look_again", !m.Busy)
	again.icon, again.after = "retake", false
	return bar{main: again}
}

// aboutStaff tells who is logged in, if somebody is, and what happens when they look.
func (k *kit) aboutStaff(s *workflow.StaffHere) string {
	if s == nil {
		return k.t("health.about")
	}
	roles := make([]string, len(s.Roles))
	for i, r := range s.Roles {
		roles[i] = k.t("role." + string(r))
	}
	id := "health.staff"
	if !s.ByKey {
		id = "health.staff_keyless"
	}
	return k.t(id, "name", s.Name, "roles", strings.Join(roles, k.t("list.and")))
}

var (
	findingIcons = map[health.State]string{health.Good: "done", health.Warn: "info", health.Bad: "alert"}
	findingLooks = map[health.State]string{health.Good: "done", health.Warn: "warn", health.Bad: "failed"}
)

func (d *device) show(k *kit, f health.Finding) {
	for state, look := range findingLooks {
		widget.SetClass(d.Box, look, state == f.State)
	}
	d.icon.Change(findingIcons[f.State])
	widget.SetText(d.title, k.t("health.named", "part", k.t("health.part."+string(f.Part)), "state", k.t("health.state."+string(f.State))))
	widget.SetText(d.text, k.t("health."+string(f.Part)+"."+f.What))
	var lines []string
	for _, x := range f.Facts {
		lines = append(lines, k.t("health.fact."+x.ID)+": "+x.Value)
	}
	if f.Cause != "" {
		lines = append(lines, f.Cause)
	}
	widget.SetTextOrHide(d.facts, strings.Join(lines, "\n"))
}

func (pages) HealthPage() row { return row{newDevices, healthScenes} }

func healthScenes() []scene {
	f := galleryFrame(-1)
	f.Back, f.Staff, f.Title = false, false, f.Hall
	named := f
	named.Customer = "王主管"
	fine := []health.Finding{
		{Part: health.Printer, What: "good", State: health.Good, Facts: []health.Fact{{ID: "name", Value: "Hall Printer"}, {ID: "format", Value: "image/pwg-raster, 300 dpi, grey"},
			{ID: "trays", Value: "main: 120 × 210×297 mm; tray 2: 0 × 210×297 mm"}}},
		{Part: health.Scanner, What: "good", State: health.Good, Facts: []health.Fact{{ID: "flatbed", Value: `"FlatBed", colour "24bit Color", grey "True Gray", 200 dpi, 210×297 mm`},
			{ID: "delivered", Value: "1654×2339 px, 200 dpi, 210×297 mm, 6.2 s"}}},
		{Part: health.Keys, What: "good", State: health.Good, Facts: []health.Fact{{ID: "module", Value: "/usr/lib/libcastle.so.1.0.0: 1"}}},
		{Part: health.Office, What: "good", State: health.Good}, {Part: health.Clock, What: "good", State: health.Good, Facts: []health.Fact{{ID: "off", Value: "1s"}}},
		{Part: health.Disk, What: "good", State: health.Good, Facts: []health.Fact{{ID: "free", Value: "48213 MB"}}},
		{Part: health.Fonts, What: "good", State: health.Good}, {Part: health.Pinyin, What: "good", State: health.Good},
	}
	broken := append([]health.Finding{}, fine...)
	broken[0] = health.Finding{Part: health.Printer, What: "certificate", State: health.Bad,
		Cause: "printer: its certificate is not trusted: x509: certificate signed by unknown authority; it is \"CN=HallPrinter\", SHA-256 9b0c1f7f5f2f0a4f6c8f2d0e6f0b1f3a7d5c9e8b2a1d4c6f8e7b9a0c1d2e3f40"}
	broken[1] = health.Finding{Part: health.Scanner, What: "misfit", State: health.Bad, Facts: fine[1].Facts[:1],
		Cause: "scan from the flatbed: scanner: picture smaller than what was to be scanned: 75 dpi instead of 200"}
	broken[2] = health.Finding{Part: health.Keys, What: "no_driver", State: health.Warn, Facts: []health.Fact{{ID: "usb", Value: "Feitian ePass2003 (096e:0807), 1-2"}}}
	return []scene{
		{name: "health", frame: f, page: workflow.HealthPage{Findings: fine}},
		{name: "health-broken", frame: f, page: workflow.HealthPage{Findings: broken}},
		{name: "health-staff", frame: named, page: workflow.HealthPage{Findings: fine, Staff: &workflow.StaffHere{Name: "王主管", ByKey: true,
			Roles: []ra.Role{ra.RoleReviewer, ra.RoleFinance, ra.RoleSupervisor}}}},
		{name: "health-keyless", frame: named, page: workflow.HealthPage{Findings: broken, Staff: &workflow.StaffHere{Name: "王主管", Roles: []ra.Role{ra.RoleCounter}}}},
		{name: "health-looking", frame: f, page: workflow.HealthPage{Busy: true}},
	}
}
