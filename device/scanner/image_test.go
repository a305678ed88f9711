package scanner_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"keyhall/device/scanner"
)

// corner is a white sheet whose top left quarter is black.
func corner(t testing.TB, width, height int) image.Image {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			if x >= width/2 || y >= height/2 {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return img
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestCheckImage(t *testing.T) {
	t.Parallel()
	page, err := scanner.Encode(corner(t, 60, 40), 200)
	if err != nil {
		t.Fatal(err)
	}
	half := page.JPEG[:len(page.JPEG)/2]
	tests := []struct {
		name string
		data []byte
		want error
	}{
		{"jpeg", page.JPEG, nil},
		{"png", pngOf(t, corner(t, 60, 40)), nil},
		{"no bytes", nil, scanner.ErrEmpty},
		{"200 MB", make([]byte, 200<<20), scanner.ErrTooLarge},
		{"too many pixels", pngOf(t, image.NewPaletted(image.Rect(0, 0, 10_000, 10_000), color.Palette{color.White})), scanner.ErrTooLarge},
		{"text", []byte("%PDF-1.7 not a picture"), scanner.ErrNotImage},
		{"cut off", half, scanner.ErrNotImage},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			width, height, err := scanner.CheckImage(tt.data)
			if !errors.Is(err, tt.want) {
				t.Fatalf("got error %v, want %v", err, tt.want)
			}
			if tt.want == nil && (width != 60 || height != 40) {
				t.Errorf("got %d × %d, want 60 × 40", width, height)
			}
		})
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	page, err := scanner.Encode(corner(t, 64, 32), 200)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		turns         int
		width, height int
		black         image.Point // a point of the quarter that must be black
	}{
		{0, 64, 32, image.Pt(8, 8)},
		{1, 32, 64, image.Pt(24, 8)},
		{2, 64, 32, image.Pt(56, 24)},
		{3, 32, 64, image.Pt(8, 56)},
		{-1, 32, 64, image.Pt(8, 56)},
		{5, 32, 64, image.Pt(24, 8)},
	}
	for _, tt := range tests {
		got, err := scanner.Rotate(page, tt.turns)
		if err != nil {
			t.Fatalf("%d turns: %v", tt.turns, err)
		}
		if got.Width != tt.width || got.Height != tt.height || got.DPI != 200 {
			t.Errorf("%d turns: got %d × %d at %d dpi, want %d × %d", tt.turns, got.Width, got.Height, got.DPI, tt.width, tt.height)
		}
		img, err := jpeg.Decode(bytes.NewReader(got.JPEG))
		if err != nil {
			t.Fatal(err)
		}
		if shade := color.GrayModel.Convert(img.At(tt.black.X, tt.black.Y)).(color.Gray).Y; shade > 60 {
			t.Errorf("%d turns: %v is %d, want black", tt.turns, tt.black, shade)
		}
	}
}

func TestRotateNeedsAPicture(t *testing.T) {
	t.Parallel()
	if _, err := scanner.Rotate(scanner.Page{JPEG: []byte("x")}, 1); !errors.Is(err, scanner.ErrNotImage) {
		t.Errorf("got %v, want ErrNotImage", err)
	}
}

func FuzzCheckImage(f *testing.F) {
	page, err := scanner.Encode(corner(f, 20, 20), 200)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(page.JPEG)
	f.Add(pngOf(f, corner(f, 20, 20)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		width, height, err := scanner.CheckImage(data)
		if err == nil && (width < 1 || height < 1 || width*height > scanner.MaxPixels) {
			t.Errorf("accepted %d × %d", width, height)
		}
	})
}
