package console

import (
	"cmp"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"keyhall/backoffice/ra"
)

// views are all pages in both languages.
type views struct {
	words map[language]words
	pages map[language]map[string]*template.Template
}

// parseViews makes one template set per page and language: the shared files of template/ plus template/page/<page>.html.
func parseViews(files fs.FS, a *assets) (views, error) {
	vs := views{words: map[language]words{}, pages: map[language]map[string]*template.Template{}}
	names, err := fs.Glob(files, "template/page/*.html")
	if err != nil {
		return views{}, err
	}
	for l := range catalogueFile {
		w, err := loadWords(files, l)
		if err != nil {
			return views{}, err
		}
		vs.words[l], vs.pages[l] = w, map[string]*template.Template{}
		shared, err := template.New("").Funcs(functions(w, a)).ParseFS(files, "template/*.html")
		if err != nil {
			return views{}, fmt.Errorf("templates: %w", err)
		}
		for _, name := range names {
			set, err := template.Must(shared.Clone()).ParseFS(files, name)
			if err != nil {
				return views{}, fmt.Errorf("templates: %w", err)
			}
			vs.pages[l][strings.TrimSuffix(path.Base(name), ".html")] = set
		}
	}
	return vs, nil
}

func (vs views) execute(w io.Writer, l language, page, name string, data any) error {
	set, ok := vs.pages[l][page]
	if !ok {
		return fmt.Errorf("page %q has no template", page)
	}
	return set.ExecuteTemplate(w, name, data)
}

// functions are what templates may call.
func functions(w words, a *assets) template.FuncMap {
	return template.FuncMap{
		"t":        w.say,
		"name":     w.name,
		"field":    w.field,
		"service":  w.service,
		"pick":     w.pick,
		"language": func() string { return string(w.language) },
		"asset":    a.url,
		"icon":     a.icon,
		"yuan":     yuan,
		"date":     ra.HallDay,
		"at":       func(t time.Time) string { return t.In(ra.HallTime).Format("2006-01-02 15:04") },
		"clock":    func(t time.Time) string { return t.In(ra.HallTime).Format("15:04:05") },
		"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"group":    group,
		"deref":    func(t *time.Time) time.Time { return *cmp.Or(t, &time.Time{}) },
		"maskName": ra.MaskName, "maskMobile": ra.MaskMobile,
		"inc":    func(n int) int { return n + 1 },
		"reason": w.reason, "check": w.check, "action": w.action, "facts": w.facts, "moved": w.moved, "effect": w.effect, "trouble": w.trouble, "code": w.code,
		"entry": entryOf, "empty": emptyOf, "oob": outOfBand, "sheet": sheetOf,
		"consequences": consequencesOf,
		"agreement":    func(p ra.Project, id string) string { return w.agreement(p, id) },
		"roles":        rolesOf,
	}
}

// yuan writes an amount in fen: "1,200.00".
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	whole := strconv.FormatInt(fen/100, 10)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s¥%s.%02d", sign, whole, fen%100)
}

func yuanText(fen string) string {
	n, err := strconv.ParseInt(fen, 10, 64)
	if err != nil {
		return fen
	}
	return yuan(n)
}

// parseYuan reads an amount as people type it, "1,200.5", into fen: ra.CodeRequired, ra.CodeInvalid.
func parseYuan(s string) (int64, error) {
	s = strings.NewReplacer(",", "", "，", "", "¥", "", "￥", "", " ", "").Replace(s)
	if s == "" {
		return 0, ra.E(ra.CodeRequired).At("amount")
	}
	whole, part, _ := strings.Cut(s, ".")
	if len(part) > 2 || len(whole) > 12 || strings.ContainsFunc(whole+part, func(r rune) bool { return r < '0' || r > '9' }) {
		return 0, ra.E(ra.CodeInvalid).At("amount")
	}
	n, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	if err != nil {
		return 0, ra.E(ra.CodeInvalid).At("amount").Because(err)
	}
	return n, nil
}

// group sets a long code in fours, to be read and compared.
func group(s string) string {
	var b strings.Builder
	for i, r := range []rune(s) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
