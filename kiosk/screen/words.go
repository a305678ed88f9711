package screen

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leonelquinteros/gotext"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/workflow"
)

//go:embed po/*.po
var catalogues embed.FS

// languages are the codes of the catalogues, the default first.
func languages() []string { return []string{"zh_CN", "en"} }

// words puts keys, facts and amounts into one language.
type words struct {
	language string // "zh_CN" or "en"
	said     map[string]string
}

// placeholder stands in the words for a fact.
var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// newWords reads the catalogue of a language; an unknown one falls back to Chinese.
func newWords(language string) (*words, error) {
	if !slices.Contains(languages(), language) {
		language = languages()[0]
	}
	data, err := catalogues.ReadFile("po/" + language + ".po")
	if err != nil {
		return nil, err
	}
	po := gotext.NewPo()
	po.Parse(data)
	said := ra.FieldWords(language)
	for id, translation := range po.GetDomain().GetTranslations() {
		said[id] = translation.Get()
	}
	return &words{language: language, said: said}, nil
}

// Words returns the words of a language by their keys, with pairs of placeholder and value, for who tells the same elsewhere than in the
// window.
func Words(language string) (func(key string, pairs ...string) string, error) {
	w, err := newWords(language)
	if err != nil {
		return nil, err
	}
	return w.t, nil
}

// t returns the words of a key with pairs of placeholder and value: t("pin.left", "left", "3").
func (w *words) t(key string, pairs ...string) string {
	s, ok := w.said[key]
	if !ok {
		return key
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		s = strings.ReplaceAll(s, "{"+pairs[i]+"}", pairs[i+1])
	}
	return s
}

// with is t with a map of arguments.
func (w *words) with(key string, args map[string]string) string {
	pairs := make([]string, 0, 2*len(args))
	for k, v := range args {
		pairs = append(pairs, k, v)
	}
	return w.t(key, pairs...)
}

// has reports whether the catalogue knows a key.
func (w *words) has(key string) bool { return w.said[key] != "" }

// optional is t, or "" where the catalogue does not know the key.
func (w *words) optional(key string, args map[string]string) string {
	if !w.has(key) {
		return ""
	}
	return w.with(key, args)
}

// spoken is the language as a voice knows it.
func (w *words) spoken() string {
	if w.language == "en" {
		return "en"
	}
	return "zh"
}

func (w *words) text(t ra.Text) string {
	if w.language == "en" {
		return t.In("en")
	}
	return t.In("zh")
}

// fault puts a fault into words. Materials named in its args are translated too. Words that a fact is missing for give way to
// those without facts.
func (w *words) fault(f *workflow.Fault) string {
	if f == nil {
		return ""
	}
	args := make(map[string]string, len(f.Args))
	for k, v := range f.Args {
		if k == "material" && w.has("material."+v) {
			v = w.t("material." + v)
		}
		args[k] = v
	}
	key := "error." + string(f.Code)
	said := w.with(key, args)
	if w.has(key+".plain") && placeholder.MatchString(said) {
		return w.t(key + ".plain")
	}
	return said
}

// reasons joins what a reviewer gave as reasons.
func (w *words) reasons(reasons []ra.Reason) string {
	parts := make([]string, 0, len(reasons))
	for _, r := range reasons {
		s := w.t("reason." + string(r.Kind))
		if r.Note != "" {
			s = w.t("reason.note", "reason", s, "note", r.Note)
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, w.t("list.separator"))
}

// row puts the value of a fact into words.
func (w *words) row(r workflow.Row) string {
	switch {
	case r.Value != "":
		return r.Value
	case r.Text != ra.Text{} && r.Args["quantity"] != "":
		return w.t("line.quantity", "name", w.text(r.Text), "quantity", r.Args["quantity"])
	case r.Text != ra.Text{}:
		return w.text(r.Text)
	case r.Key != "":
		return w.with(r.Key, w.amounts(r.Args))
	}
	return w.t("value.none")
}

// amounts writes the arguments that end in "_fen" as money, under the name without that.
func (w *words) amounts(args map[string]string) map[string]string {
	said := map[string]string{}
	for name, value := range args {
		said[name] = value
		if short, is := strings.CutSuffix(name, "_fen"); is {
			fen, _ := strconv.ParseInt(value, 10, 64)
			said[short] = w.money(fen)
		}
	}
	return said
}

// money writes fen as yuan: ¥1,280.00.
func (w *words) money(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	digits := strconv.FormatInt(fen/100, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return fmt.Sprintf("%s¥%s.%02d", sign, digits, fen%100)
}

func (w *words) date(t time.Time) string  { return ra.HallDay(t) }
func (w *words) clock(t time.Time) string { return t.In(ra.HallTime).Format("15:04") }
func (w *words) stamp(t time.Time) string { return t.In(ra.HallTime).Format("2006-01-02 15:04") }

// span writes a time a person waits: 4 分 20 秒, 12 分钟, 2 小时.
func (w *words) span(d time.Duration) string {
	d = max(d, 0)
	minutes, seconds := int(d.Minutes()), int(d.Seconds())%60
	switch {
	case d >= 48*time.Hour:
		return w.t("span.days", "days", strconv.Itoa(int(d.Hours())/24))
	case d >= 2*time.Hour:
		return w.t("span.hours", "hours", strconv.Itoa(int(d.Hours())))
	case d >= 10*time.Minute || (seconds == 0 && minutes > 0):
		return w.t("span.minutes", "minutes", strconv.Itoa(minutes))
	case minutes > 0:
		return w.t("span.both", "minutes", strconv.Itoa(minutes), "seconds", strconv.Itoa(seconds))
	}
	return w.t("span.seconds", "seconds", strconv.Itoa(seconds))
}

// lap writes how long a step took: 0.3 秒.
func (w *words) lap(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	if d >= time.Minute {
		return w.span(d)
	}
	return w.t("span.seconds", "seconds", strconv.FormatFloat(max(d.Seconds(), 0.1), 'f', 1, 64))
}

// countdown writes the time left to the second: 4 分 20 秒.
func (w *words) countdown(d time.Duration) string {
	minutes, seconds := int(d.Minutes()), int(d.Seconds())%60
	if minutes == 0 {
		return w.t("span.seconds", "seconds", strconv.Itoa(seconds))
	}
	return w.t("span.both", "minutes", strconv.Itoa(minutes), "seconds", strconv.Itoa(seconds))
}
