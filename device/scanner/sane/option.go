package sane

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// option is one line of what scanimage tells of a device: what an option may be set to, and what it stands at.
type option struct {
	values []string // the words that it takes, as the device spells them
	now    string
	unit   string // "mm", "dpi", "pel", …

	numbers     []float64 // ascending; of a list of numbers
	least, most float64   // of a range; most 0 when it is none
	step        float64   // of a range; 0 when any number is good
}

// options are those of a device that can be set now, by name, as they stand after what was set on the same command line.
type options map[string]option

var (
	optionName = regexp.MustCompile(`^ +--?([A-Za-z0-9_-]+)(?:\[=\(([^)]*)\)\]| )(.*)$`)
	stepsOf    = regexp.MustCompile(` \(in steps of ([0-9.]+)\)`)
	rangeOf    = regexp.MustCompile(`^(-?[0-9.]+)\.\.(-?[0-9.]+)([a-z%]*)$`)
	listUnit   = regexp.MustCompile(`^([0-9.]+)([a-z%]*)$`)
)

// parseOptions reads the answer to --all-options. What it does not understand, the device cannot do.
func parseOptions(text string) options {
	all := options{}
	for line := range strings.Lines(text) {
		m := optionName.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		rest, states := trailing(m[3])
		if len(states) == 0 || slices.Contains(states, "inactive") || slices.Contains(states, "read-only") || slices.Contains(states, "hardware") {
			continue
		}
		if m[2] != "" {
			rest = m[2]
		}
		o := parseValues(rest)
		o.now = states[0]
		all[m[1]] = o
	}
	return all
}

// trailing takes the groups in brackets off the end of a line: what the option stands at, and scanimage's own remarks behind that. Words
// of the device may hold brackets of their own.
func trailing(line string) (rest string, groups []string) {
	for {
		line = strings.TrimRight(line, " ")
		open := opening(line)
		if open < 0 || open > 0 && line[open-1] != ' ' {
			return line, groups
		}
		group := line[open+1 : len(line)-1]
		groups, line = slices.Insert(groups, 0, group), line[:open]
		if !slices.Contains(remarks, group) {
			return strings.TrimRight(line, " "), groups
		}
	}
}

var remarks = []string{"advanced", "read-only", "hardware", "software"}

// opening is where the bracket opens that closes at the end of a line, -1 when none does.
func opening(line string) int {
	if !strings.HasSuffix(line, "]") {
		return -1
	}
	for i, depth := len(line)-1, 0; i >= 0; i-- {
		switch line[i] {
		case ']':
			depth++
		case '[':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

func parseValues(text string) option {
	var o option
	if m := stepsOf.FindStringSubmatch(text); m != nil {
		o.step = toNumber(m[1])
		text = stepsOf.ReplaceAllString(text, "")
	}
	text = strings.TrimPrefix(strings.TrimPrefix(text, "auto|"), "|")
	if m := rangeOf.FindStringSubmatch(text); m != nil {
		o.least, o.most, o.unit = toNumber(m[1]), toNumber(m[2]), m[3]
		return o
	}
	o.values = strings.Split(text, "|")
	for _, v := range o.values {
		if m := listUnit.FindStringSubmatch(v); m != nil {
			o.numbers = append(o.numbers, toNumber(m[1]))
			o.unit = m[2]
		}
	}
	slices.Sort(o.numbers)
	return o
}

// toNumber is 0 for what is no number, or none of a scanner's.
func toNumber(s string) float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n > 1_000_000 {
		return 0
	}
	return n
}

// limit is the largest number that the option takes, 0 when it takes none.
func (o option) limit() float64 {
	if len(o.numbers) > 0 {
		return o.numbers[len(o.numbers)-1]
	}
	return o.most
}

// atLeast is the smallest number that is enough, else the largest there is; 0 when the option takes none.
func (o option) atLeast(want float64) float64 {
	for _, n := range o.numbers {
		if n >= want {
			return n
		}
	}
	switch most := o.limit(); {
	case len(o.numbers) > 0, want >= most:
		return most
	case want <= o.least:
		return o.least
	case o.step > 0:
		return min(most, o.least+math.Ceil((want-o.least)/o.step-1e-6)*o.step)
	}
	return want
}

// best is the option's word with the highest rank above nothing, the first of equals; "" for none.
func (o option) best(rank func(lower string) int) string {
	best, found := 0, ""
	for _, v := range o.values {
		if r := rank(strings.ToLower(v)); r > best {
			best, found = r, v
		}
	}
	return found
}

// find returns the name and the option whose name is one of these, hyphens and underscores aside.
func (all options) find(names ...string) (name string, o option, found bool) {
	bare := strings.NewReplacer("-", "", "_", "")
	for _, want := range names {
		for name, o := range all {
			if bare.Replace(strings.ToLower(name)) == want {
				return name, o, true
			}
		}
	}
	return "", option{}, false
}

func format(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
