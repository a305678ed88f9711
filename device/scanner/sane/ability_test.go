package sane

import (
	"bytes"
	"image"
	"image/png"
	"reflect"
	"strings"
	"testing"

	"keyhall/device/scanner"
)

// What devices answer to --all-options, shortened.
const (
	officeOptions = `
  Scan Mode:
    --source ADF Front|ADF Back|ADF Duplex|Card Front|Card Back [ADF Duplex]
        Selects the scan source (such as a document-feeder).
    --mode Lineart|Halftone|Gray|Color [Lineart]
    --resolution 50..600dpi (in steps of 1) [600]
  Geometry:
    --page-width 0..224.846mm (in steps of 0.0211639) [215.872]
    --page-height 0..876.695mm (in steps of 0.0211639) [279.364]
    -l 0..215.872mm (in steps of 0.0211639) [0]
    -x 0..215.872mm (in steps of 0.0211639) [215.872]
    -y 0..297mm (in steps of 0.0211639) [279.364]
`
	homeOptions = `
    --mode Black & White|Gray[Error Diffusion]|True Gray|24bit Color|24bit Color[Fast] [24bit Color[Fast]]
    --resolution 100|150|200|300|400|600|1200dpi [200]
    --source FlatBed|Automatic Document Feeder(left aligned)|Automatic Document Feeder(left aligned,Duplex) [Automatic Document Feeder(left aligned)]
    --brightness -50..50% (in steps of 1) [inactive]
    -l 0..215.9mm (in steps of 0.0999908) [3.2]
    -x 0..215.9mm (in steps of 0.0999908) [215.9]
    -y 0..355.6mm (in steps of 0.0999908) [355.6]
`
	pixelOptions = `
    --mode Color Lineart|Color|4 bit Gray|16 bit Gray|8 bit Gray [Color Lineart]
    --depth 1|8|16 [1]
    --paper_size user_def|A3|A4 Landscape|A4|A5 [A3] [advanced]
    --resolution auto||100..600dpi (in steps of 100) [100]
    -x 0..3507pel (in steps of 1) [3507]
    -y 0..4960pel (in steps of 1) [4960]
`
)

func TestSettings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, options string
		request       scanner.Request
		want          string
	}{
		{"office", officeOptions, scanner.Request{Source: scanner.Feeder, DPI: 300, Color: true},
			"--source=ADF Front --mode=Color --page-width=210 --page-height=297 --resolution=300 -x 210 -y 297"},
		{"home, glass", homeOptions, scanner.Request{Source: scanner.Flatbed, DPI: 250},
			"--source=FlatBed --mode=True Gray --resolution=300 -l 0 -x 210 -y 297"},
		{"home, feeder", homeOptions, scanner.Request{Source: scanner.Feeder, DPI: 4800, Color: true},
			"--source=Automatic Document Feeder(left aligned) --mode=24bit Color --resolution=1200 -l 0 -x 210 -y 297"},
		{"pixels", pixelOptions, scanner.Request{Source: scanner.Flatbed, DPI: 250},
			"--mode=8 bit Gray --depth=8 --paper_size=A4 --resolution=300 -x 2480 -y 3507"},
		{"nothing to choose", "", scanner.Request{Source: scanner.Flatbed}, ""},
	}
	for _, tt := range tests {
		got, err := choose(tt.options, tt.request)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if args := strings.Join(got.args, " "); args != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, args, tt.want)
		}
	}
}

// choose sets everything for a device whose options never change.
func choose(text string, r scanner.Request) (setting, error) {
	all := parseOptions(text)
	s := setting{glass: r.Source == scanner.Flatbed}
	switch source := all.sources()[r.Source]; source {
	case "":
		return s, scanner.ErrNoSource
	case onlySource:
	default:
		s.set("source", all["source"], source)
	}
	s.setKind(all, r.Color)
	s.setSize(all, max(r.DPI, 1))
	return s, nil
}

func TestSources(t *testing.T) {
	t.Parallel()
	tests := []struct{ values, glass, feeder string }{
		{"Card Front|Card Back|ADF Front", "", "ADF Front"},
		{"Normal|Transparency|Negative", "Normal", ""},
		{"adf|fb", "fb", "adf"},
		{"Document Table|Automatic Document Feeder|TPU8x10", "Document Table", "Automatic Document Feeder"},
		{"ADF Duplex|ADF Simplex|Platen", "Platen", "ADF Simplex"},
		{"Auto|Flatbed|ADF|Duplex", "Flatbed", "ADF"},
		{"Carrier Sheet|Flatbed|ADF Rear|Duplex ADF", "Flatbed", "Duplex ADF"},
		{"Passport|Camera", "", ""},
		{"Front|Back|Duplex", "", "Front"}, // a device without a glass
		{"Simplex|Duplex", "", "Simplex"},
		{"ADF Front|ADF Back|ADF Duplex|Card Front|Card Duplex", "", "ADF Front"},
		{"Auto|Flatbed|ADF|ADF Duplex", "Flatbed", "ADF"},
		{"Flatbed|ADF|ADF Duplex|TMA Slides|TMA Negatives", "Flatbed", "ADF"},
		{"FlatBed|Automatic Document Feeder(centrally aligned)|Automatic Document Feeder(centrally aligned,Duplex)", "FlatBed", "Automatic Document Feeder(centrally aligned)"},
		{"Automatic Document Feeder", "", "Automatic Document Feeder"},
		{"Normal|ADF Front|ADF Back|ADF Duplex", "Normal", "ADF Front"},
	}
	for _, tt := range tests {
		got := parseOptions("    --source " + tt.values + " [x]\n").sources()
		if got[scanner.Flatbed] != tt.glass || got[scanner.Feeder] != tt.feeder {
			t.Errorf("%s: got glass %q, feeder %q, want %q, %q", tt.values, got[scanner.Flatbed], got[scanner.Feeder], tt.glass, tt.feeder)
		}
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	tests := []struct{ values, grey, color string }{
		{"Black & White|Gray[Error Diffusion]|True Gray|24bit Color", "True Gray", "24bit Color"},
		{"Lineart|Halftone|Gray|Color", "Gray", "Color"},
		{"bw|Dithered Gray|4-bit Gray|256 Level Gray|8 bit Color|24 bit Color", "256 Level Gray", "24 bit Color"},
		{"Monochrome|Grayscale", "Grayscale", "Grayscale"},
		{"Lineart|Color Halftone|48 bits color|24 bits color", "24 bits color", "24 bits color"},
		{"Gray16|Gray8|RGBI|RGB", "Gray8", "RGB"},
		{"Lineart|Halftone", "", ""},
		{"BlackAndWhite1|Grayscale8|RGB24", "Grayscale8", "RGB24"},
		{"auto|Color|Gray|48 bits color|16 bits gray|Lineart", "Gray", "Color"},
		{"Black & White|Gray[Error Diffusion]|True Gray|24bit Color[Fast]", "True Gray", "24bit Color[Fast]"},
		{"Line Art|Dithered|Gray|12bit Gray|16bit Gray|Color|12bit Color|16bit Color", "Gray", "Color"},
		{"LineArt|Grayscale|Color", "Grayscale", "Color"},
	}
	for _, tt := range tests {
		all := parseOptions("    --mode " + tt.values + " [x]\n")
		if grey, color := all.mode(false), all.mode(true); grey != tt.grey || color != tt.color {
			t.Errorf("%s: got grey %q, colour %q, want %q, %q", tt.values, grey, color, tt.grey, tt.color)
		}
	}
}

// TestMeasure: a picture must be of the size that was to be scanned, at the resolution that was asked for.
func TestMeasure(t *testing.T) {
	t.Parallel()
	glass := setting{dpi: 300, width: 210, height: 297, glass: true}
	feeder, crops, unknown := glass, glass, glass
	feeder.glass, crops.crops, unknown.width = false, true, 0
	tests := []struct {
		name   string
		s      setting
		size   image.Point
		told   int
		want   int
		misfit bool
	}{
		{"as asked", glass, image.Pt(2480, 3507), 300, 300, false},
		{"as asked, nothing told", glass, image.Pt(2480, 3507), 0, 300, false},
		{"75 dpi called 300", glass, image.Pt(620, 877), 300, 0, true},
		{"75 dpi, told", unknown, image.Pt(620, 877), 75, 0, true},
		{"18 mm of the foot lost", glass, image.Pt(2480, 3295), 300, 0, true},
		{"short sheet from the feeder", feeder, image.Pt(2480, 1748), 300, 300, false},
		{"150 dpi from the feeder", feeder, image.Pt(1240, 1754), 0, 0, true},
		{"a card cut out by the device", crops, image.Pt(1011, 638), 300, 300, false},
		{"cut out, too coarse", crops, image.Pt(505, 319), 150, 0, true},
		{"twice as fine", glass, image.Pt(4960, 7014), 0, 600, false},
		{"a larger glass", glass, image.Pt(3508, 4960), 300, 300, false},
	}
	for _, tt := range tests {
		got, err := tt.s.measure(tt.size, tt.told)
		if got != tt.want || (err != nil) != tt.misfit {
			t.Errorf("%s: got %d dpi, %v, want %d", tt.name, got, err, tt.want)
		}
	}
}

func FuzzParseOptions(f *testing.F) {
	f.Add(officeOptions)
	f.Add(homeOptions)
	f.Add(pixelOptions)
	f.Fuzz(func(t *testing.T, text string) {
		for _, source := range []scanner.Source{scanner.Flatbed, scanner.Feeder} {
			s, err := choose(text, scanner.Request{Source: source, DPI: 200})
			if err == nil && (s.dpi < 1 || s.width < 0 || s.height < 0 || s.width > paperWidth+1 || s.height > paperHeight+1) {
				t.Errorf("source %s: %+v", source, s)
			}
		}
	})
}

func FuzzToPage(f *testing.F) {
	var sheet bytes.Buffer
	if err := png.Encode(&sheet, image.NewGray16(image.Rect(0, 0, 9, 7))); err != nil {
		f.Fatal(err)
	}
	f.Add(sheet.Bytes(), true)
	f.Add(sheet.Bytes(), false)
	f.Fuzz(func(t *testing.T, raw []byte, color bool) {
		page, err := setting{dpi: 200}.toPage(raw, color)
		if err != nil {
			return
		}
		if _, _, err := scanner.CheckImage(page.JPEG); err != nil {
			t.Errorf("its own page does not pass: %v", err)
		}
	})
}

func TestParseOptions(t *testing.T) {
	t.Parallel()
	got := parseOptions(`
    --swcrop[=(yes|no)] [yes]
    --read-only <int> [0] [read-only]
    --resolution auto||75|150.5|90dpi [75]
    --mode Gray [8 bit]|Color [Gray [8 bit]] [advanced]
    --gamma-table 0..255,... [inactive]
`)
	want := options{
		"swcrop":     {values: []string{"yes", "no"}, now: "yes"},
		"resolution": {values: []string{"75", "150.5", "90dpi"}, now: "75", unit: "dpi", numbers: []float64{75, 90, 150.5}},
		"mode":       {values: []string{"Gray [8 bit]", "Color"}, now: "Gray [8 bit]"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if !got.crops() {
		t.Error("a device that cuts its pictures was not known as one")
	}
}

// TestDevicesThatCutOut: some write their options' names in capitals.
func TestDevicesThatCutOut(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"--AutoDocumentSize[=(yes|no)] [yes]": true, "--AutoDocumentSize[=(yes|no)] [no]": false, "--AutoDocumentSize[=(yes|no)] [inactive]": false,
		"--ald[=(yes|no)] [yes]": true, "--swcrop[=(yes|no)] [no]": false, "--page-auto-size[=(yes|no)] [yes]": true, "--AutoCrop Off|On [On]": true,
	} {
		if got := parseOptions("    " + line + "\n").crops(); got != want {
			t.Errorf("%s: got %v, want %v", line, got, want)
		}
	}
}
