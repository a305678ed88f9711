package sane

import (
	"image"

	"golang.org/x/image/draw"

	"keyhall/device/scanner"
)

// toPage turns what the device sent into a page of sensible size. It answers ErrEmpty, ErrTooLarge and ErrNotImage.
func toPage(raw []byte, dpi int, color bool) (scanner.Page, error) {
	img, err := scanner.Decode(raw)
	if err != nil {
		return scanner.Page{}, err
	}
	from := img.Bounds()
	size, scale := fit(from.Size())
	if size == from.Size() && color {
		return scanner.Encode(img, dpi)
	}
	var to draw.Image = image.NewGray(image.Rectangle{Max: size})
	if color {
		to = image.NewRGBA(image.Rectangle{Max: size})
	}
	if size == from.Size() {
		draw.Draw(to, to.Bounds(), img, from.Min, draw.Src)
	} else {
		draw.BiLinear.Scale(to, to.Bounds(), img, from, draw.Src, nil)
	}
	return scanner.Encode(to, max(1, int(float64(dpi)*scale+0.5)))
}

// fit shrinks a size so that its long side is at most MaxSide.
func fit(size image.Point) (image.Point, float64) {
	long := max(size.X, size.Y)
	if long <= scanner.MaxSide {
		return size, 1
	}
	scale := float64(scanner.MaxSide) / float64(long)
	return image.Pt(max(1, int(float64(size.X)*scale+0.5)), max(1, int(float64(size.Y)*scale+0.5))), scale
}
