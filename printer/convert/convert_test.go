package convert_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"keyhall/printer/convert"
)

// twoPages have a black bar and a red square on the first page, nothing on the second.
const twoPages = `%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595.28 841.89]/Contents 5 0 R>> endobj
4 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595.28 841.89]>> endobj
5 0 obj <</Length 52>> stream
0 0 0 rg 72 700 300 36 re f 1 0 0 rg 72 400 72 72 re f
endstream endobj
trailer <</Root 1 0 R>>
%%EOF
`

func made(t *testing.T, f convert.Format) []byte {
	t.Helper()
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		t.Skip("pdftoppm is not installed (poppler-utils)")
	}
	got, err := convert.From(t.Context(), []byte(twoPages), f)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// picture is a page of a raster.
type picture struct {
	width, height, bytes, dpi int
	pixels                    []byte
}

// at is the first byte of the pixel so many points right of the left edge and above the foot.
func (p picture) at(x, y int) []byte {
	i := ((p.height-y*p.dpi/72)*p.width + x*p.dpi/72) * p.bytes
	return p.pixels[i : i+p.bytes]
}

// read decodes a raster as the standards have it.
func read(t *testing.T, f convert.Format, data []byte) (all []picture) {
	t.Helper()
	number := func(at int) int { return int(binary.BigEndian.Uint32(data[at:])) }
	start, size, dims := 4, 1796, func(at int) picture {
		return picture{width: number(at + 372), height: number(at + 376), bytes: number(at+388) / 8, dpi: number(at + 276)}
	}
	if f.MIME == convert.URF {
		start, size, dims = 12, 32, func(at int) picture {
			return picture{width: number(at + 12), height: number(at + 16), bytes: int(data[at]) / 8, dpi: number(at + 20)}
		}
	}
	for at := start; at < len(data); {
		p := dims(at)
		at += size
		for len(p.pixels) < p.width*p.height*p.bytes {
			times, line := int(data[at])+1, []byte{}
			at++
			for len(line) < p.width*p.bytes {
				n := int(data[at])
				at++
				if n < 128 {
					line = append(line, bytes.Repeat(data[at:at+p.bytes], n+1)...)
					at += p.bytes
					continue
				}
				line = append(line, data[at:at+(257-n)*p.bytes]...)
				at += (257 - n) * p.bytes
			}
			p.pixels = append(p.pixels, bytes.Repeat(line, times)...)
		}
		all = append(all, p)
	}
	return all
}

func TestRaster(t *testing.T) {
	t.Parallel()
	for _, f := range []convert.Format{{MIME: convert.PWG, DPI: 300}, {MIME: convert.PWG, DPI: 150, Color: true}, {MIME: convert.URF, DPI: 300}, {MIME: convert.URF, DPI: 150, Color: true}} {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			all := read(t, f, made(t, f))
			if len(all) != 2 {
				t.Fatalf("got %d pages, want 2", len(all))
			}
			first, second := all[0], all[1]
			if want := f.DPI * 210 * 10 / 254; first.dpi != f.DPI || first.width < want || first.width > want+2 || second.width != first.width {
				t.Errorf("got %d pixels wide at %d dpi, want %d", first.width, first.dpi, want)
			}
			red := []byte{255, 0, 0}
			if !f.Color {
				red = first.at(100, 430) // some grey
			}
			white, black := bytes.Repeat([]byte{255}, first.bytes), make([]byte, first.bytes)
			for at, want := range map[[2]int][]byte{{20, 20}: white, {100, 718}: black, {100, 430}: red, {300, 718}: black} {
				if got := first.at(at[0], at[1]); !bytes.Equal(got, want) {
					t.Errorf("at %v: got %v, want %v", at, got, want)
				}
			}
			if red[0] == 255 != f.Color || bytes.Contains(second.pixels, []byte{0}) {
				t.Error("the first page's square, or something on the second page, is not as it should be")
			}
		})
	}
}

// TestOthersReadIt lets CUPS's own reader of rasters make a printer's language of ours.
func TestOthersReadIt(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("ippevepcl")
	if err != nil {
		t.Skip("ippevepcl is not installed (cups-ipp-utils)")
	}
	for _, f := range []convert.Format{{MIME: convert.PWG, DPI: 300}, {MIME: convert.URF, DPI: 300}} {
		name := filepath.Join(t.TempDir(), "job")
		if err := os.WriteFile(name, made(t, f), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), path, name)
		var said bytes.Buffer
		cmd.Stderr = &said
		cmd.Env = append(os.Environ(), "CONTENT_TYPE="+f.MIME)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v: %s", f, err, said.String())
		}
		if pages := bytes.Count(out, []byte("\033*rB")) + bytes.Count(out, []byte("\033*r0B")); pages != 2 {
			t.Errorf("%s: CUPS read %d pages, want 2: %s", f, pages, said.String())
		}
	}
}

func TestPostScript(t *testing.T) {
	t.Parallel()
	got := string(made(t, convert.Format{MIME: convert.PostScript}))
	if !strings.HasPrefix(got, "%!PS-Adobe-") || !strings.Contains(got, "%%Pages: 2") {
		t.Errorf("got %.60q", got)
	}
}

func TestWhatCannotBeConverted(t *testing.T) {
	t.Parallel()
	for _, f := range []convert.Format{{MIME: convert.PWG, DPI: 300}, {MIME: convert.PostScript}, {MIME: "text/plain"}} {
		if _, err := convert.From(t.Context(), []byte("%PDF-1.4 nothing"), f); !errors.Is(err, convert.ErrFailed) {
			t.Errorf("%s: got %v, want ErrFailed", f, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := convert.From(ctx, []byte(twoPages), convert.Format{MIME: convert.PWG, DPI: 300}); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: got %v", err)
	}
}

func ExampleFormat_String() {
	fmt.Println(convert.Format{MIME: convert.PWG, DPI: 300})
	// Output: image/pwg-raster, 300 dpi, grey
}
