package sane_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keyhall/device/scanner"
	"keyhall/device/scanner/sane"
)

// resetting is a device that puts mode and resolution back when its source is chosen, whose feeder takes longer and narrower paper than
// its glass, which ends pages after 279 mm unless told otherwise, and which is right only when it is told all in this order.
const resetting = `
case "$*" in
*--all-options*)
	case "$*" in
	*--source=ADF*) echo '    --source Flatbed|Card Front|ADF [ADF]'; width=208 ;;
	*) echo '    --source Flatbed|Card Front|ADF [Flatbed]'; width=216 ;;
	esac
	echo '    --mode Lineart|Gray[Error Diffusion]|True Gray|Color [Lineart]'
	echo '    --resolution 75..600dpi (in steps of 1) [75]'
	case "$*" in
	*--page-height=297*) height=297 ;;
	*) height=279 ;;
	esac
	echo "    --page-height 0..800mm [$height]"
	echo "    -x 0..${width}mm [$width]"
	echo "    -y 0..${height}mm [$height]"
	exit 0 ;;
esac
echo "$*" >>DIR/told
case "$*" in
*--source=*--mode=*--page-height=297*--resolution=*-y\ 297*) page=DIR/good.png ;;
*) page=DIR/coarse.png ;;
esac
case "$*" in
*--batch=*) cp $page 1.png; echo 1.png ;;
*) cat $page ;;
esac
`

// picture is a PNG that says its resolution as scanimage's do.
func picture(t *testing.T, width, height, dpi int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewRGBA(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	const head = 8 + 8 + 13 + 4 // signature and IHDR
	perMetre := binary.BigEndian.AppendUint32(nil, uint32(float64(dpi)/0.0254+0.5))
	body := append(append(append([]byte("pHYs"), perMetre...), perMetre...), 1)
	chunk := binary.BigEndian.AppendUint32(append([]byte{0, 0, 0, 9}, body...), crc32.ChecksumIEEE(body))
	return append(append(append([]byte{}, out.Bytes()[:head]...), chunk...), out.Bytes()[head:]...)
}

// standIn is a scanimage that behaves as the script says; DIR is its folder.
func standIn(t *testing.T, script string, pictures map[string][]byte) (config sane.Config, told string) {
	t.Helper()
	dir := t.TempDir()
	for name, data := range pictures {
		write(t, filepath.Join(dir, name), string(data))
	}
	return program(t, strings.ReplaceAll(script, "DIR", dir)), filepath.Join(dir, "told")
}

func TestOrderOfOptions(t *testing.T) {
	t.Parallel()
	config, told := standIn(t, resetting, map[string][]byte{"good.png": picture(t, 2456, 3507, 300), "coarse.png": picture(t, 614, 824, 75)})
	s := sane.New(config)
	page, err := s.Scan(t.Context(), scanner.Request{DPI: 300})
	if err != nil {
		t.Fatal(err)
	}
	if page.DPI != 300 || page.Height != 3507 {
		t.Errorf("got %d pixels high at %d dpi, want 3507 at 300", page.Height, page.DPI)
	}
	pages := 0
	if err := s.ScanAll(t.Context(), scanner.Request{DPI: 300, Color: true}, func(scanner.Page) error { pages++; return nil }); err != nil || pages != 1 {
		t.Errorf("feeder: got %d pages, %v", pages, err)
	}
	a, err := s.Inspect(t.Context(), scanner.Request{Source: scanner.Feeder, DPI: 300})
	if want := (scanner.Ability{Name: "ADF", Color: "Color", Grey: "True Gray", DPI: 300, Width: 208, Height: 297}); err != nil || a != want {
		t.Errorf("inspected: got %+v, %v, want %+v", a, err, want)
	}
	got, err := os.ReadFile(told)
	want := "--source=Flatbed --mode=True Gray --page-height=297 --resolution=300 -x 210 -y 297 --format=png\n" +
		"--source=ADF --mode=Color --page-height=297 --resolution=300 -x 208 -y 297 --format=png --batch=%d.png --batch-print\n"
	if err != nil || string(got) != want {
		t.Errorf("got\n%s%v, want\n%s", got, err, want)
	}
}

// TestPictureThatDoesNotFit: what a device delivers is compared with what it was told.
func TestPictureThatDoesNotFit(t *testing.T) {
	t.Parallel()
	const options = `case "$*" in *--all-options*) echo '    --resolution 75..600dpi [75]'; echo '    -x 0..216mm [216]'; echo '    -y 0..297mm [297]'; exit 0;; esac
cat DIR/page.png`
	tests := []struct {
		name               string
		width, height, dpi int
		want               error
	}{
		{"75 dpi and says so", 620, 877, 75, scanner.ErrMisfit},
		{"75 dpi called 300", 620, 877, 300, scanner.ErrMisfit},
		{"the foot is missing", 2480, 3294, 300, scanner.ErrMisfit},
		{"half the width", 1240, 3507, 300, scanner.ErrMisfit},
		{"as it should be", 2480, 3507, 300, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			config, _ := standIn(t, options, map[string][]byte{"page.png": picture(t, tt.width, tt.height, tt.dpi)})
			if _, err := sane.New(config).Scan(t.Context(), scanner.Request{DPI: 300}); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}
