package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// WCAG 2.2, 1.4.3 and 1.4.11: what text, large text, and signs without text need against what they stand on.
const (
	textContrast  = 4.5
	largeContrast = 3
	largeText     = 24 // px
)

// sheet is a stylesheet, and what text stands on where its rule does not say.
type sheet struct {
	file    string
	palette string            // of the file that defines the colours
	grounds []string          // for most rules
	on      map[string]string // ground, where a selector has this in it
}

var sheets = []sheet{
	{"kiosk/screen/kiosk.css", "kiosk/screen/kiosk.css", []string{"@surface", "@paper"},
		map[string]string{".candidates": "@keys", "button.key": "@surface", ".tile.first": "@teal", ".current": "@surface"}},
	{"backoffice/console/static/console.css", "backoffice/console/static/console.css", []string{"var(--surface)", "var(--paper)"},
		map[string]string{".tile.warn": "var(--amber-tint)"}},
	{"backoffice/console/static/case.css", "backoffice/console/static/console.css", []string{"var(--surface)"},
		map[string]string{".tools": "var(--dark)", ".viewer": "var(--dark)", ".strip": "var(--darker)"}},
}

var (
	comments   = regexp.MustCompile(`(?s)/\*.*?\*/`)
	blocks     = regexp.MustCompile(`([^{}]+)\{([^{}]*)\}`)
	gtkColours = regexp.MustCompile(`@define-color (\w+) (#\w+);`)
	webColours = regexp.MustCompile(`--([\w-]+): (#\w+);`)
	foreground = regexp.MustCompile(`(?:^|[;\s])color: ([^;]+)`)
	background = regexp.MustCompile(`(?:^|[;\s])background(?:-color)?: ([^;]+)`)
	fontSize   = regexp.MustCompile(`font-size: (\d+)px`)
	byName     = regexp.MustCompile(`^(?:@|var\(--)([\w-]+)\)?$`)
	faded      = regexp.MustCompile(`^(?:alpha\((.+), (0?\.\d+)\)|color-mix\(in srgb, (.+) (\d+)%, .+\)|rgb\((\d+ \d+ \d+) / (0?\.\d+)\))$`)
	shaded     = regexp.MustCompile(`^shade\((.+), (\d?\.\d+)\)$`)
)

// colour is sRGB, each from 0 to 1.
type colour [3]float64

// palette is the named colours of one theme.
type palette map[string]colour

// checkColours computes the contrast of every rule that colours text, in every theme, with what the text stands on. What is disabled needs
// none.
func checkColours(_ context.Context, t *tree) (f findings, err error) {
	for _, s := range sheets {
		css, err := t.read(s.file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return f, err
		}
		colours, err := t.read(s.palette)
		if err != nil {
			return f, err
		}
		for _, theme := range themes(string(colours)) {
			for _, rule := range blocks.FindAllStringSubmatch(comments.ReplaceAllString(string(css), ""), -1) {
				checkRule(&f, s, theme, strings.Join(strings.Fields(rule[1]), " "), rule[2])
			}
		}
	}
	return f, nil
}

// themes are the palettes of a stylesheet: a second definition of a name is the dark theme's.
func themes(css string) []palette {
	css = comments.ReplaceAllString(css, "")
	light, dark := palette{}, palette{}
	for _, m := range slices.Concat(gtkColours.FindAllStringSubmatch(css, -1), webColours.FindAllStringSubmatch(css, -1)) {
		c, _ := hexColour(m[2])
		if _, again := light[m[1]]; again {
			dark[m[1]] = c
		} else {
			light[m[1]] = c
		}
	}
	if len(dark) == 0 {
		return []palette{light}
	}
	for name, c := range light {
		if _, own := dark[name]; !own {
			dark[name] = c
		}
	}
	return []palette{light, dark}
}

func checkRule(f *findings, s sheet, theme palette, selector, body string) {
	text := foreground.FindStringSubmatch(body)
	if text == nil || strings.Contains(selector, ":disabled") || strings.Contains(selector, "selection") {
		return
	}
	need := textContrast
	if m := fontSize.FindStringSubmatch(body); strings.Contains(selector, ".icon") || m != nil && number(m[1]) >= largeText {
		need = largeContrast
	}
	for _, under := range s.under(selector) {
		ground, known := theme.of(under, colour{1, 1, 1})
		if own := background.FindStringSubmatch(body); own != nil {
			if c, painted := theme.of(own[1], ground); painted {
				ground, known = c, true
			}
		}
		c, is := theme.of(text[1], ground)
		if !known || !is {
			continue
		}
		if got := contrast(c, ground); got < need {
			f.add("%s: %s: %s on %s has a contrast of %.2f, want %.1f", s.file, selector, text[1], under, got, need)
			return
		}
	}
}

// under is what stands under a selector.
func (s sheet) under(selector string) []string {
	for _, part := range slices.Sorted(maps.Keys(s.on)) {
		if strings.Contains(selector, part) {
			return []string{s.on[part]}
		}
	}
	return s.grounds
}

// of is a colour as a stylesheet says it, seen on a ground; false for what paints nothing or is not known.
func (p palette) of(said string, ground colour) (colour, bool) {
	said = strings.TrimSpace(said)
	if m := byName.FindStringSubmatch(said); m != nil {
		c, is := p[m[1]]
		return c, is
	}
	if m := faded.FindStringSubmatch(said); m != nil {
		part := m[1] + m[3]
		share := number(m[2]+m[6]) + number(m[4])/100
		if m[5] != "" {
			part = hexOf(m[5])
		}
		c, is := p.of(part, ground)
		return mixed(c, ground, share), is
	}
	if m := shaded.FindStringSubmatch(said); m != nil {
		c, is := p.of(m[1], ground)
		for i := range c {
			c[i] = min(1, c[i]*number(m[2]))
		}
		return c, is
	}
	return hexColour(said)
}

func hexColour(said string) (c colour, is bool) {
	digits, is := strings.CutPrefix(said, "#")
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if !is || err != nil || len(digits) != 6 {
		return c, false
	}
	return colour{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}, true
}

// hexOf is "255 255 255" as a colour is written otherwise.
func hexOf(parts string) string {
	text := "#"
	for _, part := range strings.Fields(parts) {
		text += fmt.Sprintf("%02x", int(number(part)))
	}
	return text
}

func number(text string) float64 {
	n, _ := strconv.ParseFloat(text, 64) // the patterns let numbers through only, or nothing
	return n
}

func mixed(over, under colour, share float64) (c colour) {
	for i := range c {
		c[i] = over[i]*share + under[i]*(1-share)
	}
	return c
}

// contrast is WCAG's, from 1 to 21.
func contrast(a, b colour) float64 {
	light, dark := max(luminance(a), luminance(b)), min(luminance(a), luminance(b))
	return (light + .05) / (dark + .05)
}

func luminance(c colour) float64 {
	for i, v := range c {
		if v <= .04045 {
			c[i] = v / 12.92
		} else {
			c[i] = math.Pow((v+.055)/1.055, 2.4)
		}
	}
	return .2126*c[0] + .7152*c[1] + .0722*c[2]
}
