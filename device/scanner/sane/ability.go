package sane

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"keyhall/device/scanner"
)

// A4 in millimetres: the most that is scanned of a larger glass.
const (
	paperWidth  = 210
	paperHeight = 297
)

// ability is what a device says it can do. Devices name their options alike, but not their values.
type ability struct {
	flatbed, feeder string // values of --source; empty without such a source
	color, grey     string // values of --mode
	resolution      choice
	width, height   int // of the glass, in millimetres; 0 when not to be chosen
}

// choice is the set of numbers that an option takes.
type choice struct {
	values      []int
	least, most int // instead of values; most 0 when there is nothing to choose
}

var (
	optionLine = regexp.MustCompile(`(?m)^ +--?([a-z-]+) (.*?)(?: \(in steps of [^)]*\))? \[([^\]\n]*)\]`)
	rangeOf    = regexp.MustCompile(`^(-?\d+)(?:\.\d+)?\.\.(\d+)`)
	number     = regexp.MustCompile(`\d+`)
)

// parseAbility reads the answer to --all-options. What it does not understand, the device cannot do.
func parseAbility(text string) *ability {
	var a ability
	sources := false
	for _, m := range optionLine.FindAllStringSubmatch(text, -1) {
		name, values, state := m[1], m[2], m[3]
		if state == "inactive" {
			continue
		}
		switch name {
		case "source":
			sources = true
			a.flatbed, a.feeder = parseSources(strings.Split(values, "|"))
		case "mode":
			a.color, a.grey = find(values, "color"), find(values, "gray", "grey")
		case "resolution":
			a.resolution = parseChoice(values)
		case "x":
			a.width = parseChoice(values).most
		case "y":
			a.height = parseChoice(values).most
		}
	}
	if !sources {
		a.flatbed = onlySource
	}
	return &a
}

// onlySource stands for the glass of a device that has nothing to choose from.
const onlySource = "-"

func parseSources(values []string) (flatbed, feeder string) {
	for _, v := range values {
		lower := strings.ToLower(v)
		isFeeder := strings.Contains(lower, "adf") || strings.Contains(lower, "feeder")
		switch {
		case isFeeder && feeder == "", isFeeder && strings.Contains(strings.ToLower(feeder), "duplex"):
			feeder = v
		case !isFeeder && flatbed == "", strings.Contains(lower, "flatbed"):
			flatbed = v
		}
	}
	return flatbed, feeder
}

// find returns the first of the values that contains one of the words.
func find(values string, words ...string) string {
	for _, v := range strings.Split(values, "|") {
		for _, w := range words {
			if strings.Contains(strings.ToLower(v), w) {
				return v
			}
		}
	}
	return ""
}

func parseChoice(values string) choice {
	if m := rangeOf.FindStringSubmatch(values); m != nil {
		return choice{least: max(1, toInt(m[1])), most: toInt(m[2])}
	}
	var c choice
	for _, n := range number.FindAllString(values, -1) {
		c.values = append(c.values, toInt(n))
	}
	slices.Sort(c.values)
	return c
}

// toInt is 0 for what is no number or far too big to be one of a scanner's.
func toInt(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1_000_000 {
		return 0
	}
	return n
}

// atLeast is the smallest value that is enough, else the largest there is.
func (c choice) atLeast(want int) int {
	if len(c.values) == 0 {
		return min(max(want, c.least), c.most)
	}
	for _, v := range c.values {
		if v >= want {
			return v
		}
	}
	return c.values[len(c.values)-1]
}

func (a *ability) sources() []scanner.Source {
	var s []scanner.Source
	if a.flatbed != "" {
		s = append(s, scanner.Flatbed)
	}
	if a.feeder != "" {
		s = append(s, scanner.Feeder)
	}
	return s
}

// wishes turns a request into options that this device understands; dpi is what will come out.
func (a *ability) wishes(r scanner.Request) (args []string, dpi int, err error) {
	source := map[scanner.Source]string{scanner.Flatbed: a.flatbed, scanner.Feeder: a.feeder}[r.Source]
	mode := a.grey
	if r.Color {
		mode = a.color
	}
	dpi = cmp.Or(r.DPI, scanner.DefaultDPI)
	if possible := a.resolution.atLeast(dpi); possible > 0 {
		dpi = possible
		args = append(args, "--resolution="+strconv.Itoa(dpi))
	}
	switch source {
	case "":
		return nil, 0, fmt.Errorf("%w: %s", scanner.ErrNoSource, r.Source)
	case onlySource:
	default:
		args = append(args, "--source="+source)
	}
	if mode != "" {
		args = append(args, "--mode="+mode)
	}
	if a.width > 0 && a.height > 0 {
		args = append(args, "-x", strconv.Itoa(min(a.width, paperWidth)), "-y", strconv.Itoa(min(a.height, paperHeight)))
	}
	return args, dpi, nil
}
