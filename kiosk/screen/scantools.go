package screen

import (
	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// scanTools are the buttons beside a scan: fetch a page, or mend the one shown.
type scanTools struct {
	kit     *kit
	box     *gtk.Box
	fetch   *gtk.Box
	mend    *gtk.Box
	upright bool // a column in landscape
	sources *widget.Rows[*widget.Button]
	retake  *widget.Button
	turn    *widget.Button
	drop    *widget.Button
}

var sourceIcons = map[string]string{"flatbed": "scan", "feeder": "feeder"}

func newScanTools(k *kit, box *gtk.Box) *scanTools {
	t := &scanTools{kit: k, box: box, fetch: widget.VBox(12), mend: widget.VBox(12), upright: box.GetOrientation() == gtk.ORIENTATION_VERTICAL, retake: widget.NewButton("small", "retake"), turn: widget.NewButton("small", "turn"), drop: widget.NewButton("small", "trash")}
	t.sources = widget.NewRows(t.fetch, func() *widget.Button { return widget.NewButton("outline", "scan") })
	for _, b := range []*widget.Button{t.turn, t.retake, t.drop} {
		t.mend.PackStart(b, true, true, 0)
	}
	box.PackStart(t.fetch, false, false, 0)
	box.PackStart(t.mend, false, false, 0)
	return t
}

// reshape sets the buttons in a column beside a scan, and in two lines below it.
func (t *scanTools) reshape() {
	column := t.upright && !t.kit.portrait
	inner := gtk.ORIENTATION_HORIZONTAL
	if column {
		inner = gtk.ORIENTATION_VERTICAL
	}
	t.box.SetOrientation(gtk.ORIENTATION_VERTICAL)
	for _, b := range []*gtk.Box{t.fetch, t.mend} {
		b.SetOrientation(inner)
		b.SetHomogeneous(!column)
	}
	if t.kit.large {
		t.fetch.SetOrientation(gtk.ORIENTATION_VERTICAL)
	}
}

// show offers the sources while pages of the next material fit in, and the rest while a page is shown, which may be another's.
func (t *scanTools) show(sources []string, busy bool, next, showing workflow.ScanMaterial, shown bool) {
	k := t.kit
	t.reshape()
	open := next.Verdict != ra.VerdictAccepted
	t.sources.Sync(len(sources), func(i int, b *widget.Button) {
		source := sources[i]
		label := k.t("action.scan_" + source)
		b.Word(label, !busy && open && next.Pages < next.MaxPages, func() { k.do(workflow.Scan{Source: source}) })
		t.fetch.SetChildPacking(b, true, true, 0, gtk.PACK_START)
		b.Icon.Change(sourceIcons[source])
		if busy && i == 0 {
			b.Word(k.t("action.scanning"), false, nil)
			b.Icon.Change("running")
		}
	})
	source := "flatbed"
	if len(sources) > 0 {
		source = sources[0]
	}
	change := shown && !busy && showing.Verdict != ra.VerdictAccepted
	t.turn.Word(k.t("action.turn"), change, func() { k.do(workflow.Turn{}) })
	t.retake.Word(k.t("action.retake"), change, func() { k.do(workflow.Retake{Source: source}) })
	t.drop.Word(k.t("action.drop"), change, func() { k.do(workflow.Drop{}) })
}
