package main

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/leonelquinteros/gotext"
)

// catalogues is a package with its translations. Its msgids are symbolic ("home.title"), so each language has all.
type catalogues struct {
	folder string   // of the Go files and templates that use the words
	calls  []string // functions and methods whose first argument is a msgid
	groups []string // functions and methods whose first argument is what msgids begin with
}

var (
	kioskWords   = catalogues{folder: "kiosk/screen", calls: []string{"T", "t", "tr", "with"}}
	consoleWords = catalogues{folder: "backoffice/console", calls: []string{"T", "t", "tr", "say"}, groups: []string{"name"}}
)

// languages are the catalogues' files, the first being the one that is complete by definition.
var languages = []string{"zh_CN", "en"}

// placeholders as our catalogues and fmt have them.
var placeholders = regexp.MustCompile(`\{[a-z_]+\}|%\([a-z_]+\)s|%[sdvq]`)

func checkWords(c catalogues) func(context.Context, *tree) (findings, error) {
	return func(ctx context.Context, t *tree) (f findings, err error) {
		words := map[string]map[string]string{}
		for _, language := range languages {
			file := path.Join(c.folder, "po", language+".po")
			content, err := t.read(file)
			if errors.Is(err, fs.ErrNotExist) {
				f.warn("%s is not there yet", file)
				return f, nil
			}
			if err != nil {
				return f, err
			}
			words[language] = parsePO(content)
			said, complains, err := t.tool(ctx, nil, "msgfmt", "-o", "/dev/null", file)
			if err != nil {
				return f, err
			}
			if complains {
				f.add("%s", strings.TrimSpace(said))
			}
		}
		compareLanguages(&f, words)
		uses, err := usesOf(t, c)
		if err != nil {
			return f, err
		}
		for _, language := range languages {
			checkUses(&f, language, words[language], uses)
		}
		return f, nil
	}
}

func parsePO(content []byte) map[string]string {
	po := gotext.NewPo()
	po.Parse(content)
	words := map[string]string{}
	for id, translation := range po.GetDomain().GetTranslations() {
		if id != "" {
			words[id] = translation.Trs[0]
		}
	}
	return words
}

func compareLanguages(f *findings, words map[string]map[string]string) {
	ids := map[string]bool{}
	for _, language := range languages {
		for id := range words[language] {
			ids[id] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		for _, language := range languages {
			text, there := words[language][id]
			switch {
			case !there && isSingular(id, words[language]):
			case !there:
				f.add("%s: %s is missing", language, id)
			case strings.TrimSpace(text) == "":
				f.add("%s: %s is empty", language, id)
			}
		}
		comparePlaceholders(f, id, words)
	}
}

// isSingular allows a language to have no singular ("pages.one") where it has the plural: Chinese has none.
func isSingular(id string, words map[string]string) bool {
	plural, ok := strings.CutSuffix(id, ".one")
	return ok && words[plural] != ""
}

func comparePlaceholders(f *findings, id string, words map[string]map[string]string) {
	first := placeholdersOf(words[languages[0]][id])
	for _, language := range languages[1:] {
		if words[language][id] == "" || words[languages[0]][id] == "" {
			continue
		}
		if other := placeholdersOf(words[language][id]); !slices.Equal(first, other) {
			f.add("%s has placeholders %v in %s, %v in %s", id, first, languages[0], other, language)
		}
	}
}

func placeholdersOf(text string) []string {
	found := placeholders.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func checkUses(f *findings, language string, words map[string]string, uses []use) {
	for _, u := range uses {
		if !u.prefix {
			if words[u.id] == "" {
				f.add("%s: %s is missing, used in %s", language, u.id, u.where)
			}
			continue
		}
		begins := func(id string) bool { return strings.HasPrefix(id, u.id) }
		if !slices.ContainsFunc(slices.Collect(maps.Keys(words)), begins) {
			f.add("%s: nothing begins with %s, used in %s", language, u.id, u.where)
		}
	}
}
