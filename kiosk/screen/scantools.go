package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/workflow"
)

// scanTools are the buttons beside a scan: fetch a page, or mend the one shown.
type scanTools struct {
	kit     *kit
	box     *gtk.Box
	sources *rows[*button]
	retake  *button
	turn    *button
	drop    *button
}

var sourceIcons = map[string]string{"flatbed": "scan", "feeder": "feeder"}

func newScanTools(k *kit, box *gtk.Box) *scanTools {
	t := &scanTools{kit: k, box: box, retake: newButton("small", "retake"), turn: newButton("small", "turn"), drop: newButton("small", "trash")}
	sources := newBox(box.GetOrientation(), 12)
	t.sources = newRows(sources, func() *button { return newButton("outline", "scan") })
	box.PackStart(sources, false, false, 0)
	for _, b := range []*button{t.turn, t.retake, t.drop} {
		box.PackStart(b, false, false, 0)
	}
	return t
}

// show offers the sources while pages fit in, and the rest while a page is shown.
func (t *scanTools) show(sources []string, busy bool, m workflow.ScanMaterial, shown bool) {
	k := t.kit
	open := m.Verdict != ra.VerdictAccepted
	t.sources.sync(len(sources), func(i int, b *button) {
		source := sources[i]
		label := k.t("action.scan_" + source)
		b.set(label, !busy && open && m.Pages < m.MaxPages, func() { k.do(workflow.Scan{Source: source}) })
		b.icon.set(sourceIcons[source])
		if busy && i == 0 {
			b.set(k.t("action.scanning"), false, nil)
			b.icon.set("running")
		}
	})
	source := "flatbed"
	if len(sources) > 0 {
		source = sources[0]
	}
	mend := shown && !busy && open
	t.turn.set(k.t("action.turn"), mend, func() { k.do(workflow.Turn{}) })
	t.retake.set(k.t("action.retake"), mend, func() { k.do(workflow.Retake{Source: source}) })
	t.drop.set(k.t("action.drop"), mend, func() { k.do(workflow.Drop{}) })
}
