package sane

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"keyhall/device/scanner"
)

// A4 in millimetres: the most that is scanned of a larger glass.
const (
	paperWidth  = 210
	paperHeight = 297
)

// onlySource stands for the glass of a device that has nothing to choose from.
const onlySource = "-"

// Words by which devices name where paper lies; none spells them as another does.
var (
	feederWords = []string{"adf", "feeder", "document feed", "sheetfed", "sheet fed", "sheet-fed", "sheet feed"}
	glassWords  = []string{"flatbed", "flat bed", "platen", "glass", "table", "reflective"}
	// otherWords are for what is no sheet of paper, or not fed by itself.
	otherWords = []string{"card", "transparen", "tpu", "tma", "negative", "positive", "slide", "film", "infrared", "camera", "carrier", "passport", "manual"}
	backWords  = []string{"back", "rear"}
	bothWords  = []string{"duplex", "double", "both", "2-sided", "two-sided", "two sides"}
	// oneWords are for a side of a sheet: only what takes sheets in has any.
	oneWords = []string{"front", "simplex", "single", "1-sided", "one-sided", "one side"}
)

func hasOf(lower string, words []string) bool {
	for _, w := range words {
		if strings.Contains(lower, w) {
			return true
		}
	}
	return false
}

// glassRank is 0 for what is not the glass. A word that nobody knows may be it.
func glassRank(lower string) int {
	switch {
	case hasOf(lower, otherWords), hasOf(lower, feederWords), hasOf(lower, bothWords), hasOf(lower, backWords), hasOf(lower, oneWords):
		return 0
	case hasOf(lower, glassWords), lower == "fb", lower == "normal":
		return 3
	case strings.HasPrefix(lower, "auto"):
		return 1
	}
	return 2
}

// feederRank is 0 for what is not the feeder, or only the back of its sheets. One side is what is wanted.
func feederRank(lower string) int {
	switch {
	case hasOf(lower, otherWords), hasOf(lower, backWords):
		return 0
	case hasOf(lower, feederWords) && hasOf(lower, bothWords):
		return 2
	case hasOf(lower, feederWords):
		return 3
	case hasOf(lower, oneWords):
		return 2
	case hasOf(lower, bothWords):
		return 1
	}
	return 0
}

// sources are the device's own words for the glass and the feeder; "" without one.
func (all options) sources() map[scanner.Source]string {
	o, found := all["source"]
	if !found {
		return map[scanner.Source]string{scanner.Flatbed: onlySource}
	}
	return map[scanner.Source]string{scanner.Flatbed: o.best(glassRank), scanner.Feeder: o.best(feederRank)}
}

// bilevelWords are for black and white only, with or without the dots that feign grey: letters and seals are lost in it.
var bilevelWords = []string{
	"diffusion", "dither", "halftone", "lineart", "line art", "line-art", "black & white", "black and white", "black/white", "black&white", "b/w", "b&w",
	"binary", "bilevel", "bi-level", "bitonal", "threshold", "1 bit", "1-bit", "1bit", "text",
}

var bits = regexp.MustCompile(`[0-9]+`)

// depthOf is the number in a mode's name, 0 for none.
func depthOf(lower string) int {
	n, err := strconv.Atoi(bits.FindString(lower))
	if err != nil {
		return 0
	}
	return n
}

// greyRank is 0 for what is not grey. Eight bits are wanted, more are good, fewer are steps of grey.
func greyRank(lower string) int {
	if !strings.Contains(lower, "gray") && !strings.Contains(lower, "grey") || hasOf(lower, bilevelWords) {
		return 0
	}
	switch n := depthOf(lower); {
	case n == 2, n == 4, n == 16 && (strings.Contains(lower, "level") || strings.Contains(lower, "shade")):
		return 1
	case strings.Contains(lower, "true"), n == 8, n == 256:
		return 5
	case n > 8:
		return 3
	}
	return 4
}

// colorRank is 0 for what is not colour.
func colorRank(lower string) int {
	isColor := strings.Contains(lower, "color") || strings.Contains(lower, "colour") || strings.Contains(lower, "rgb")
	if !isColor || hasOf(lower, bilevelWords) || hasOf(lower, []string{"infrared", "rgbi", "negative"}) {
		return 0
	}
	switch n := depthOf(lower); {
	case n == 4, n == 8, n == 16, n == 256: // of a palette
		return 1
	case n > 24:
		return 2
	case strings.Contains(lower, "fast"):
		return 3
	case n == 24:
		return 5
	}
	return 4
}

// mode is the device's word for colour or grey, for the other one where it lacks it, and never black and white; "" for none of these.
func (all options) mode(color bool) string {
	o := all["mode"]
	grey, colored := o.best(greyRank), o.best(colorRank)
	if color && colored != "" || grey == "" {
		return colored
	}
	return grey
}

// crops tells that the device itself cuts its picture to what lies there.
func (all options) crops() bool {
	for name, o := range all {
		name = strings.ToLower(name)
		about := strings.Contains(name, "crop") || strings.Contains(name, "auto") && strings.Contains(name, "size") || name == "ald"
		if about && o.now != "no" && o.now != "" && o.now != "0" && !strings.EqualFold(o.now, "none") && !strings.EqualFold(o.now, "off") {
			return true
		}
	}
	return false
}

// setting is how one kind of page is scanned: what scanimage is told, and what must come of it.
type setting struct {
	args          []string
	source        string // the device's own words, as those of the modes that it has there
	color, grey   string
	dpi           int
	width, height float64 // of the picture, in millimetres; 0 when nobody knows
	glass         bool
	crops         bool
}

// set adds a choice to the command line, and tells whether the device stands at something else so far.
func (s *setting) set(name string, o option, value string) (changed bool) {
	s.args = append(s.args, "--"+name+"="+value)
	return o.now != value
}

// setKind chooses mode, depth and paper. The paper first ends what a page may be: beyond it nothing is scanned.
func (s *setting) setKind(all options, color bool) (changed bool) {
	s.color, s.grey = all.mode(true), all.mode(false)
	if mode := all.mode(color); mode != "" {
		changed = s.set("mode", all["mode"], mode)
	}
	if o, found := all["depth"]; found && len(o.numbers) > 0 {
		changed = s.set("depth", o, format(o.atLeast(8))) || changed
	}
	if name, o, found := all.find("papersize", "pageformat", "paperformat", "pagesize", "mediasize", "scanarea", "documentsize"); found {
		if value := o.best(a4Rank); value != "" {
			changed = s.set(name, o, value) || changed
		}
	}
	for _, side := range []struct {
		length float64
		names  []string
	}{{paperWidth, []string{"pagewidth", "paperwidth"}}, {paperHeight, []string{"pageheight", "paperheight", "pagelength", "paperlength"}}} {
		if name, o, found := all.find(side.names...); found && o.limit() > 0 {
			changed = s.set(name, o, format(o.inside(side.length))) || changed
		}
	}
	return changed
}

// a4Rank is 0 for any other paper, and for A4 across.
func a4Rank(lower string) int {
	upright := !strings.Contains(lower, "land") && !strings.Contains(lower, "rotat") && !strings.HasSuffix(lower, "r")
	for _, word := range strings.FieldsFunc(lower, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789", r) }) {
		if word == "a4" && upright {
			return 1
		}
	}
	return 0
}

// inside is a length in millimetres that the option takes; the device rounds it to its steps.
func (o option) inside(length float64) float64 {
	if len(o.numbers) > 0 {
		return o.atLeast(length)
	}
	return min(length, o.most)
}

// setSize chooses resolution and area, once everything that they depend upon is chosen.
func (s *setting) setSize(all options, dpi int) {
	s.dpi = dpi
	if o, found := all["resolution"]; found {
		if n := o.atLeast(float64(dpi)); n >= 1 {
			s.dpi = int(n + 0.5)
			s.set("resolution", o, format(n))
		}
	}
	s.crops = all.crops()
	x, y := all["x"], all["y"]
	if x.limit() <= 0 || y.limit() <= 0 || x.unit != y.unit {
		return
	}
	pixel := 1.0 // millimetres of the option's unit
	switch x.unit {
	case "mm", "":
	case "pel", "px", "pixel":
		pixel = 25.4 / float64(s.dpi)
	default:
		return
	}
	for _, name := range []string{"l", "t"} {
		if o, found := all[name]; found && o.now != format(o.least) {
			s.args = append(s.args, "-"+name, format(o.least))
		}
	}
	width, height := min(x.limit(), paperWidth/pixel), min(y.limit(), paperHeight/pixel)
	if pixel != 1 {
		width, height = math.Floor(width), math.Floor(height)
	}
	s.width, s.height = width*pixel, height*pixel
	s.args = append(s.args, "-x", format(width), "-y", format(height))
}
