package screen

import (
	"slices"
	"strconv"
	"time"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// progress shows the write, step by step with times.
type progress struct {
	sheet
	Body  *gtk.Box `ui:"body"`
	Marks *gtk.Box `ui:"marks"`
	Track *gtk.Box `ui:"track"`
	Key   *gtk.Box `ui:"key"`
	Facts *gtk.Box `ui:"facts"`
	Hints *gtk.Box `ui:"hints"`
	marks *marks
	bar   *gtk.ProgressBar
	key   *keyCard
	facts *facts
	next  *banner
}

func newProgress(k *kit) view {
	p := &progress{marks: newMarks(k), bar: widget.Must(gtk.ProgressBarNew()), key: newKeyCard(), facts: newFacts(k), next: newBanner("hint", "info")}
	bind("progress", p)
	p.dress(k)
	widget.AddClass(p.marks.Box, "ruled")
	p.Marks.PackStart(p.marks, false, false, 0)
	p.Track.PackStart(p.bar, true, true, 0)
	p.Key.PackStart(p.key, false, false, 0)
	p.Facts.PackStart(p.facts, false, false, 0)
	p.Hints.PackStart(p.next, false, false, 0)
	return p
}

func (p *progress) show(page workflow.Page) bar {
	m := page.(workflow.ProgressPage)
	k := p.kit
	suffix := ""
	if m.Fault != nil {
		suffix = ".stopped"
	}
	about := k.t("progress.about" + suffix)
	if m.Fault == nil {
		about = k.t("progress.note", "about", about)
	}
	p.head(k.t("progress.title"+suffix), about, m.Fault)
	k.beside(p.Body)
	p.marks.show(withoutWords(m.Marks, m.Fault))
	p.bar.SetFraction(float64(m.Percent) / 100)
	widget.SetName(p.bar, k.t("progress.percent", "percent", strconv.Itoa(m.Percent)))
	p.key.named(k, m.Key)
	facts := m.Facts[:len(m.Facts):len(m.Facts)]
	if m.Of > 0 { // of an order that is not known here nobody counts the keys
		facts = append(facts, workflow.Row{ID: "unit", Value: k.t("progress.unit", "index", strconv.Itoa(m.Index), "of", strconv.Itoa(m.Of))})
	}
	p.facts.show(facts)
	p.next.say("")
	if m.Index < m.Of {
		p.next.say(k.t("progress.next"))
	}
	b := bar{}
	if m.Fault != nil && m.Retry {
		b.main = k.forward("retry", true)
		b.main.icon, b.main.after = "retake", false
	}
	return b
}

// withoutWords leaves out of the list what stands above it already.
func withoutWords(list []workflow.Mark, said *workflow.Fault) []workflow.Mark {
	list = slices.Clone(list)
	for i := range list {
		if said != nil && list[i].Fault != nil && list[i].Fault.Code == said.Code {
			list[i].Fault = nil
		}
	}
	return list
}

func (pages) ProgressPage() row { return row{newProgress, progressScenes} }

func progressScenes() []scene {
	writing, stopped := galleryWriting(galleryKey())
	return []scene{
		{name: "progress", frame: galleryFrame(8), page: writing},
		{name: "progress-stopped", frame: galleryFrame(8), page: stopped},
	}
}

func galleryWriting(key workflow.KeyCard) (writing, stopped workflow.ProgressPage) {
	ids := []string{"make.check", "make.pin", "make.generate", "make.request", "make.write", "make.prove"}
	took := []time.Duration{300, 200, 3100, 1000, 0, 0}
	for i, id := range ids {
		state := workflow.MarkDone
		if i == 3 {
			state = workflow.MarkRunning
		} else if i > 3 {
			state = workflow.MarkTodo
		}
		writing.Marks = append(writing.Marks, workflow.Mark{ID: id, State: state, Duration: took[i] * time.Millisecond})
	}
	writing.Percent, writing.Key, writing.Index, writing.Of = 58, key, 1, 3
	writing.Facts = []workflow.Row{{ID: "number", Value: "XH03-000127-8"}}
	stopped = writing
	stopped.Marks = append([]workflow.Mark(nil), writing.Marks...)
	stopped.Marks[3].State = workflow.MarkFailed
	stopped.Fault, stopped.Retry = &workflow.Fault{Code: ra.CodeKeyPulled}, true
	stopped.Marks[3].Fault = stopped.Fault
	return writing, stopped
}
