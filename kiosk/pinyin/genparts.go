//go:build ignore

// Genparts makes parts.txt: go run genparts.go CJK-DECOMP.TXT PINYIN.TXT RARE.TXT >parts.txt
//
// cjk-decomp.txt of github.com/amake/cjk-decomp (by Gavin Grover; MIT is one of its licences) says what characters are made of, pinyin.txt of
// github.com/mozillazg/pinyin-data (MIT, Copyright (c) 2016 mozillazg; of Unihan) how the parts are read, and rare.txt which ones are rare.
package main

import (
	"bufio"
	"cmp"
	"fmt"
	"log"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/unicode/norm"
)

// named are parts that people call otherwise than the dictionary does, or that it does not have.
var named = map[string][]string{
	"亻": {"ren"}, "氵": {"shui"}, "扌": {"shou"}, "艹": {"cao"}, "辶": {"zou", "chuo"}, "阝": {"er", "fu"}, "灬": {"huo", "dian"},
	"宀": {"bao", "mian"}, "疒": {"bing"}, "罒": {"si", "wang"}, "攵": {"wen", "pu"}, "彳": {"ren", "chi"}, "忄": {"xin"}, "犭": {"quan"},
	"⺮": {"zhu"}, "糹": {"si"}, "飠": {"shi"}, "釒": {"jin"}, "訁": {"yan"}, "牜": {"niu"}, "𧾷": {"zu"}, "⻊": {"zu"}, "冫": {"bing"},
	"爫": {"zhua"}, "覀": {"xi"}, "龷": {"gong"}, "月": {"yue", "rou"}, "⺼": {"rou"}, "王": {"wang", "yu"},
}

// The bounds of what is kept of a character.
const (
	mostDepth = 2  // how often a part is taken apart itself
	mostWays  = 12 // while they are put together
	mostKept  = 6
)

type table struct {
	made  map[string][]string // of which parts a character is
	reads map[string]string   // its first reading, without tones
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("usage: genparts CJK-DECOMP.TXT PINYIN.TXT RARE.TXT")
	}
	t := table{made: map[string][]string{}, reads: map[string]string{}}
	lines(os.Args[1], t.decomposed)
	lines(os.Args[2], t.read)
	characters := map[string][]string{}
	for _, c := range t.rare(os.Args[3]) {
		ways := slices.SortedFunc(maps.Keys(t.ways(c, 0)), shorter)
		for _, w := range ways[:min(len(ways), mostKept)] {
			characters[w] = append(characters[w], c)
		}
	}
	for _, w := range slices.Sorted(maps.Keys(characters)) {
		fmt.Println(w, strings.Join(characters[w], ""))
	}
}

func lines(name string, do func(string)) {
	f, err := os.Open(name)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		do(s.Text())
	}
	if err := s.Err(); err != nil {
		log.Fatal(err)
	}
}

var record = regexp.MustCompile(`^(.+?):(r?)([34]?)\w*\((.*)\)$`)

// decomposed takes 䶮:d(龙,天); rd(口) is twice, r3tr(口) three times the same.
func (t table) decomposed(line string) {
	m := record.FindStringSubmatch(line)
	if m == nil || m[4] == "" {
		return
	}
	parts := strings.Split(m[4], ",")
	if m[2] != "" && len(parts) == 1 {
		n, err := strconv.Atoi(cmp.Or(m[3], "2"))
		if err != nil {
			log.Fatal(err)
		}
		parts = slices.Repeat(parts, n)
	}
	if len(parts) > 1 {
		t.made[m[1]] = parts
	}
}

var reading = regexp.MustCompile(`^U\+([0-9A-F]+): ([^ ,]+)`)

// read takes U+4DAE: yǎn,xx  # 䶮.
func (t table) read(line string) {
	m := reading.FindStringSubmatch(line)
	if m == nil {
		return
	}
	n, err := strconv.ParseInt(m[1], 16, 32)
	if err != nil {
		log.Fatal(err)
	}
	letters := strings.Map(func(r rune) rune {
		switch {
		case r == '\u0308': // ü is typed v
			return 'v'
		case r < 'a' || r > 'z':
			return -1
		}
		return r
	}, norm.NFD.String(m[2]))
	t.reads[string(rune(n))] = strings.ReplaceAll(letters, "uv", "v")
}

// ways are the readings of a character's parts, one after the other. A part that most people do not know is taken apart too.
func (t table) ways(c string, depth int) map[string]bool {
	parts := t.made[c]
	if parts == nil {
		return nil
	}
	all := map[string]bool{"": true}
	for _, p := range parts {
		names := t.names(p)
		if depth < mostDepth && (len(names) == 0 || !common(p)) {
			for w := range t.ways(p, depth+1) {
				names = append(names, w)
			}
		}
		next := map[string]bool{}
		for before := range all {
			for _, n := range names {
				next[before+n] = true
			}
		}
		all = next
		if len(all) > mostWays {
			sorted := slices.SortedFunc(maps.Keys(all), shorter)
			all = map[string]bool{}
			for _, w := range sorted[:mostWays] {
				all[w] = true
			}
		}
	}
	return all
}

// names are what a part is called: none for a stroke, or for one that is no character.
func (t table) names(p string) []string {
	if all := named[p]; all != nil {
		return slices.Clone(all)
	}
	if r, _ := utf8.DecodeRuneInString(p); r >= 0x31C0 && r <= 0x31E3 || t.reads[p] == "" {
		return nil
	}
	return []string{t.reads[p]}
}

// rare are those of the standard list first, then the rest in the order of their numbers.
func (t table) rare(name string) []string {
	standard, others := map[rune]bool{}, map[rune]bool{}
	add := func(to map[rune]bool, s string) {
		for _, r := range s {
			to[r] = true
		}
	}
	lines(name, func(line string) {
		_, both, _ := strings.Cut(line, " ")
		first, rest, _ := strings.Cut(both, " ")
		add(standard, first)
		add(others, rest)
	})
	for c := range t.reads {
		if r, _ := utf8.DecodeRuneInString(c); r >= 0x4E00 && r <= 0x9FFF && !common(c) {
			others[r] = true
		}
	}
	var all []string
	for _, r := range slices.Sorted(maps.Keys(standard)) {
		all = append(all, string(r))
		delete(others, r)
	}
	for _, r := range slices.Sorted(maps.Keys(others)) {
		all = append(all, string(r))
	}
	return all
}

// common tells whether a character is one of GB 2312.
func common(c string) bool {
	if r, _ := utf8.DecodeRuneInString(c); !unicode.Is(unicode.Han, r) {
		return false
	}
	b, err := simplifiedchinese.GBK.NewEncoder().String(c)
	return err == nil && len(b) == 2 && b[0] >= 0xB0 && b[0] <= 0xF7 && b[1] >= 0xA1
}

func shorter(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }
