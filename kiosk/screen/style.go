package screen

import (
	_ "embed"
	"regexp"
	"strconv"
	"strings"

	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/gtk"

	"keyhall/kiosk/screen/widget"
)

//go:embed kiosk.css
var stylesheet string

// highContrast replaces the colours of kiosk.css: black on white, no tints.
const highContrast = `
@define-color ink #000000; @define-color muted #000000; @define-color faint #333333;
@define-color paper #FFFFFF; @define-color surface #FFFFFF; @define-color hairline #000000; @define-color control #000000;
@define-color teal #000000; @define-color tint #FFFFFF; @define-color ring #000000;
@define-color seal #A30000; @define-color sealtint #FFFFFF; @define-color green #005A1E;
@define-color amber #000000; @define-color ambertint #FFFFFF; @define-color keys #FFFFFF; @define-color track #FFFFFF;
`

var (
	colourLine = regexp.MustCompile(`(?m)^@define-color.*\n`)
	scaled     = regexp.MustCompile(`(font-size|-icon-size): ([0-9]+)px`)
)

// look is the stylesheet in one text size and contrast.
type look struct {
	provider        *gtk.CssProvider
	large, contrast bool
}

func newLook() (*look, error) {
	screen, err := gdk.ScreenGetDefault()
	if err != nil {
		return nil, err
	}
	settings, err := gtk.SettingsGetDefault()
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]any{"gtk-theme-name": "Adwaita", "gtk-font-name": "Noto Sans CJK SC 16",
		"gtk-enable-animations": true, "gtk-entry-select-on-focus": false, "gtk-enable-primary-paste": false,
		"gtk-cursor-blink": true} {
		if err := settings.SetProperty(name, value); err != nil {
			return nil, err
		}
	}
	l := &look{provider: widget.Must(gtk.CssProviderNew())}
	gtk.AddProviderForScreen(screen, l.provider, gtk.STYLE_PROVIDER_PRIORITY_APPLICATION)
	return l, l.load()
}

func (l *look) set(large, contrast bool) {
	if l.large == large && l.contrast == contrast {
		return
	}
	l.large, l.contrast = large, contrast
	if err := l.load(); err != nil {
		panic(err) // the stylesheet is part of the program and was read once already
	}
}

func (l *look) load() error {
	css := stylesheet
	if l.contrast {
		css = highContrast + colourLine.ReplaceAllString(css, "")
	}
	factor := 1.0
	if l.large {
		factor = largeFactor
	}
	css = scaled.ReplaceAllStringFunc(css, func(s string) string { return scale(s, factor) })
	return l.provider.LoadFromData(css)
}

// scale multiplies the size in "font-size: 22px". "-icon-size" is ours and becomes the two minimum sizes.
func scale(declaration string, factor float64) string {
	m := scaled.FindStringSubmatch(declaration)
	px, _ := strconv.Atoi(m[2])
	size := strconv.Itoa(int(float64(px)*factor+.5)) + "px"
	if m[1] == "-icon-size" {
		return strings.ReplaceAll("min-width: SIZE; min-height: SIZE", "SIZE", size)
	}
	return m[1] + ": " + size
}
