package scanner

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	_ "image/png" // a picture may come as PNG too
)

const (
	// MaxBytes is the most a device may send for one page.
	MaxBytes = 64 << 20
	// MaxPixels is an A3 sheet at 600 dpi, so that a small file cannot claim all memory.
	MaxPixels = 70_000_000
	// MaxSide is the long side of A4 at 200 dpi: what a page is shrunk to.
	MaxSide = 2339

	quality = 85
)

// CheckImage reads a whole JPEG or PNG and returns its size in pixels. It answers ErrEmpty for no bytes, ErrTooLarge
// beyond MaxBytes or MaxPixels, and ErrNotImage for anything else that is not a complete picture.
func CheckImage(data []byte) (width, height int, err error) {
	img, err := Decode(data)
	if err != nil {
		return 0, 0, err
	}
	return img.Bounds().Dx(), img.Bounds().Dy(), nil
}

// Decode is CheckImage that keeps the picture.
func Decode(data []byte) (image.Image, error) {
	switch {
	case len(data) == 0:
		return nil, ErrEmpty
	case len(data) > MaxBytes:
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(data))
	}
	head, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrNotImage, err)
	}
	if head.Width < 1 || head.Height < 1 {
		return nil, fmt.Errorf("%w: no area", ErrNotImage)
	}
	if int64(head.Width)*int64(head.Height) > MaxPixels {
		return nil, fmt.Errorf("%w: %d × %d pixels", ErrTooLarge, head.Width, head.Height)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrNotImage, err)
	}
	return img, nil
}

// Encode makes a page of a picture. It answers ErrEmpty for a picture without pixels and ErrTooLarge for one that
// JPEG cannot hold.
func Encode(img image.Image, dpi int) (Page, error) {
	size := img.Bounds().Size()
	if size.X < 1 || size.Y < 1 {
		return Page{}, ErrEmpty
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		return Page{}, fmt.Errorf("%w: %v", ErrTooLarge, err)
	}
	return Page{JPEG: out.Bytes(), Width: size.X, Height: size.Y, DPI: dpi}, nil
}

// Rotate turns the page clockwise by quarter turns; negative numbers turn it back. It answers what CheckImage answers.
func Rotate(p Page, quarterTurns int) (Page, error) {
	turns := (quarterTurns%4 + 4) % 4
	if turns == 0 {
		return p, nil
	}
	img, err := Decode(p.JPEG)
	if err != nil {
		return Page{}, err
	}
	return Encode(rotated(img, turns), p.DPI)
}

func rotated(src image.Image, turns int) image.Image {
	b := src.Bounds()
	size := b.Size()
	if turns%2 == 1 {
		size.X, size.Y = size.Y, size.X
	}
	dst := canvasLike(src, image.Rectangle{Max: size})
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			left, top := x-b.Min.X, y-b.Min.Y
			switch turns {
			case 1:
				left, top = size.X-1-top, left
			case 2:
				left, top = size.X-1-left, size.Y-1-top
			case 3:
				left, top = top, size.Y-1-left
			}
			dst.Set(left, top, src.At(x, y))
		}
	}
	return dst
}

// canvasLike keeps a grey page grey, a third of the bytes.
func canvasLike(src image.Image, r image.Rectangle) draw.Image {
	if _, grey := src.(*image.Gray); grey {
		return image.NewGray(r)
	}
	return image.NewRGBA(r)
}
