package console

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/leonelquinteros/gotext"

	"keyhall/backoffice/ra"
)

// language is "zh" or "en".
type language string

const (
	chinese language = "zh"
	english language = "en"
)

// catalogueFile names each language's translations.
var catalogueFile = map[language]string{chinese: "po/zh_CN.po", english: "po/en.po"}

// words are one language's translations by symbolic id; placeholders stand in them as {name}.
type words struct {
	language language
	text     map[string]string
}

func loadWords(files fs.FS, l language) (words, error) {
	raw, err := fs.ReadFile(files, catalogueFile[l])
	if err != nil {
		return words{}, fmt.Errorf("translations %s: %w", l, err)
	}
	po := gotext.NewPo()
	po.Parse(raw)
	w := words{language: l, text: ra.FieldWords(string(l))}
	for id, t := range po.GetDomain().GetTranslations() {
		if id != "" {
			w.text[id] = t.Get()
		}
	}
	return w, nil
}

// has reports whether the id is translated.
func (w words) has(id string) bool { return w.text[id] != "" }

// say returns the text of an id, its placeholders filled from pairs of name and value. An unknown id shows as itself.
// "{n}" being 1 picks "<id>.one" where there is one.
func (w words) say(id string, pairs ...any) string {
	if len(pairs) > 1 && pairs[0] == "n" && fmt.Sprint(pairs[1]) == "1" && w.has(id+".one") {
		id += ".one"
	}
	text, ok := w.text[id]
	if !ok || text == "" {
		return id
	}
	if len(pairs) == 0 {
		return text
	}
	old := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		old = append(old, fmt.Sprintf("{%v}", pairs[i]), fmt.Sprint(pairs[i+1]))
	}
	return strings.NewReplacer(old...).Replace(text)
}

// name says an enumeration's value: name("material", ra.MaterialForm).
func (w words) name(group string, value any) string { return w.say(fmt.Sprintf("%s.%v", group, value)) }

// service says what an order is: its kind, and which of them where there are several.
func (w words) service(k ra.Kind, reason ra.ServiceReason) string {
	if reason == ra.ReasonNone {
		return w.name("kind", k)
	}
	return w.say("service", "kind", w.name("kind", k), "reason", w.name("kind."+string(k), reason))
}

// text picks the language of a text kept in both.
func (w words) pick(t ra.Text) string { return t.In(string(w.language)) }

// problem puts an error into words by its code. Arguments that are names of the vocabulary are translated too.
func (w words) problem(e *ra.Error) string {
	args := make([]any, 0, 2*len(e.Args))
	for _, k := range slices.Sorted(maps.Keys(e.Args)) {
		v := e.Args[k]
		switch k {
		case "material", "role":
			v = w.name(k, v)
		case "due", "got":
			v = yuanText(v)
		case "from", "to":
			v = w.stateName(e.Args["what"], v)
		}
		args = append(args, k, v)
	}
	for _, id := range []string{"error." + string(e.Code) + "." + e.Field, "error." + string(e.Code)} {
		if w.has(id) {
			return dropUnfilled(w.say(id, args...))
		}
	}
	return w.say("error." + string(ra.CodeInternal))
}

func (w words) stateName(track, value string) string {
	if id := "state." + track + "." + value; w.has(id) {
		return w.say(id)
	}
	return value
}

// dropUnfilled takes away a parenthesis whose fact the error did not bring: "wrong ({left} tries left)".
func dropUnfilled(s string) string {
	for _, pair := range [][2]string{{"(", ")"}, {"（", "）"}} {
		from := strings.Index(s, pair[0])
		if from < 0 {
			continue
		}
		to := strings.Index(s[from:], pair[1])
		if to > 0 && strings.Contains(s[from:from+to], "{") {
			s = strings.TrimRight(s[:from], " ") + s[from+to+len(pair[1]):]
		}
	}
	return s
}

// field is what ra calls a field of an application.
func (w words) field(id string) string { return w.text[fmt.Sprintf("%s.%s", "field", id)] }
