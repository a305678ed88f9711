package sane

import (
	"bytes"
	"image"
	"image/png"
	"reflect"
	"testing"

	"keyhall/device/scanner"
)

// What an office scanner with feeder and an all-in-one device answer to --all-options, shortened.
const (
	officeOptions = `
  Scan Mode:
    --source ADF Duplex|ADF Front|ADF Back [ADF Front]
        Selects the scan source (such as a document-feeder).
    --mode Lineart|Halftone|Gray|Color [Lineart]
    --resolution 50..600dpi (in steps of 1) [600]
  Geometry:
    --page-width 0..224.846mm (in steps of 0.0211639) [215.872]
    -l 0..215.872mm (in steps of 0.0211639) [0]
    -x 0..215.872mm (in steps of 0.0211639) [215.872]
    -y 0..279.364mm (in steps of 0.0211639) [279.364]
`
	homeOptions = `
    --mode Lineart|Gray|24bit Color[Fast] [24bit Color[Fast]]
    --resolution 100|150|200|300|400|600|1200dpi [200]
    --source FlatBed|Automatic Document Feeder(left aligned) [Automatic Document Feeder(left aligned)]
    --brightness -50..50% (in steps of 1) [inactive]
    -x 0..215.9mm (in steps of 0.0999908) [215.9]
    -y 0..355.6mm (in steps of 0.0999908) [355.6]
`
)

func TestWishes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, options string
		request       scanner.Request
		want          []string
	}{
		{"office", officeOptions, scanner.Request{Source: scanner.Feeder, DPI: 300, Color: true},
			[]string{"--resolution=300", "--source=ADF Front", "--mode=Color", "-x", "210", "-y", "279"}},
		{"home, flatbed", homeOptions, scanner.Request{Source: scanner.Flatbed, DPI: 250},
			[]string{"--resolution=300", "--source=FlatBed", "--mode=Gray", "-x", "210", "-y", "297"}},
		{"home, feeder", homeOptions, scanner.Request{Source: scanner.Feeder, DPI: 4800, Color: true},
			[]string{"--resolution=1200", "--source=Automatic Document Feeder(left aligned)", "--mode=24bit Color[Fast]", "-x", "210", "-y", "297"}},
		{"nothing to choose", "", scanner.Request{Source: scanner.Flatbed}, nil},
	}
	for _, tt := range tests {
		got, _, err := parseAbility(tt.options).wishes(tt.request)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzParseAbility(f *testing.F) {
	f.Add(officeOptions)
	f.Add(homeOptions)
	f.Fuzz(func(t *testing.T, text string) {
		a := parseAbility(text)
		for _, s := range a.sources() {
			if _, dpi, err := a.wishes(scanner.Request{Source: s}); err != nil || dpi < 1 {
				t.Errorf("source %s: %d dpi, %v", s, dpi, err)
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
		page, err := toPage(raw, 200, color)
		if err != nil {
			return
		}
		if _, _, err := scanner.CheckImage(page.JPEG); err != nil {
			t.Errorf("its own page does not pass: %v", err)
		}
	})
}
