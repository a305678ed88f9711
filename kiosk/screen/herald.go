package screen

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/gotk3/gotk3/glib"
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// Voice speaks to who asked for it. Nothing blocks.
type Voice interface {
	Ready() bool
	Say(language string, words ...string)
	Hush()
}

// herald tells by ear what a page is about and what is wrong on it: to a screen reader always, aloud when the person wants it. It is the one
// place that decides what is told. A hall hears what is spoken, so it is words of the catalogue alone: no names, numbers or
// dates of a person, and nothing that was typed.
type herald struct {
	w     *Window
	voice Voice // nil: there is none
	aloud bool
	stand string   // which page was told of
	told  []string // of that page, in that language
	soon  bool     // that the time is nearly over was told
}

// telling are the facts of errors that may be heard; see herald.
var telling = []string{"left", "minutes", "hours", "days", "min", "max", "max_mb", "pages", "position", "material"}

// can tells whether there is a voice to be switched on.
func (h *herald) can() bool { return h.voice != nil && h.voice.Ready() }

// turn switches the voice; what stands there is read at once.
func (h *herald) turn(on bool) {
	h.aloud, h.told = on, nil
	if !on && h.voice != nil {
		h.voice.Hush()
	}
	h.tell()
}

// forget ends it with the visit.
func (h *herald) forget() {
	if h.aloud {
		h.voice.Hush()
	}
	h.aloud, h.told, h.stand, h.soon = false, nil, "", false
}

// tell says what is new on the page that stands; the next page silences it.
func (h *herald) tell() {
	if h.w.page == nil || h.w.current == nil {
		return
	}
	stand := reflect.TypeOf(h.w.page).Name() + h.w.chapter
	if stand != h.stand {
		h.stand, h.told = stand, nil
	}
	all := h.words()
	fresh := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(h.told, s) })
	if h.told = all; len(fresh) > 0 {
		h.say(fresh)
	}
}

func (h *herald) say(words []string) {
	widget.Announce(h.w.win, strings.Join(words, "\n"))
	if h.aloud {
		h.voice.Say(h.w.kit.words.spoken(), words...)
	}
}

// tick tells once that the time is nearly over.
func (h *herald) tick(deadline, now time.Time) {
	near := !deadline.IsZero() && deadline.Sub(now) <= soon
	if near && !h.soon {
		h.say([]string{h.w.kit.t("speech.soon")})
	}
	h.soon = near
}

// words are the page's headline and what is wrong on it.
func (h *herald) words() (all []string) {
	if title := headline(h.w.current.root().ToWidget()); title != "" {
		all = append(all, title)
	}
	page, fields := reflect.ValueOf(h.w.page), []string(nil)
	for i := range page.NumField() {
		switch f := page.Field(i).Interface().(type) {
		case *workflow.Fault:
			if f != nil {
				all = append(all, h.safe(f))
			}
		case workflow.Fault:
			all = append(all, h.safe(&f))
		case []workflow.Field:
			fields = h.problems(f)
		}
	}
	return append(all, fields...)
}

// problems are what is wrong with fields.
func (h *herald) problems(fields []workflow.Field) (all []string) {
	t := h.w.kit.t
	for _, f := range fields {
		if f.Problem != nil {
			all = append(all, t("speech.field", "field", t("field."+f.ID), "problem", h.safe(f.Problem)))
		}
	}
	return all
}

// safe words an error without what may be the person's.
func (h *herald) safe(f *workflow.Fault) string {
	words := h.w.kit.words
	if f.Kept != "" {
		return words.t("kept." + f.Kept)
	}
	args := map[string]string{}
	for _, name := range telling {
		if v, ok := f.Args[name]; ok {
			args[name] = v
		}
	}
	if s := words.fault(&workflow.Fault{Code: f.Code, Args: args}); !placeholder.MatchString(s) {
		return s
	}
	return words.t("speech.look")
}

// headline is the first title that stands in a view; titles name nobody.
func headline(w *gtk.Widget) string {
	if !w.GetVisible() {
		return ""
	}
	if text, err := w.GetProperty("label"); err == nil && isTitle(w) {
		return text.(string)
	}
	if !w.IsA(glib.TypeFromName("GtkContainer")) {
		return ""
	}
	for l := (&gtk.Container{Widget: *w}).GetChildren(); l != nil; l = l.Next() {
		if child, is := l.Data().(*gtk.Widget); is {
			if s := headline(child); s != "" {
				return s
			}
		}
	}
	return ""
}

func isTitle(w *gtk.Widget) bool {
	c, err := w.GetStyleContext()
	return err == nil && (c.HasClass("h0") || c.HasClass("h1"))
}
