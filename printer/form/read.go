package form

import (
	"image"
	"image/draw"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// Read finds the QR code of one of these papers in the scan of a whole page, whichever way the page lay. False where there is none,
// as on any other paper.
func Read(page image.Image) (c Code, found bool) {
	reader := qrcode.NewQRCodeReader()
	for _, part := range corners(page.Bounds()) {
		grey := image.NewGray(image.Rect(0, 0, part.Dx(), part.Dy()))
		draw.Draw(grey, grey.Bounds(), page, part.Min, draw.Src)
		bitmap, err := gozxing.NewBinaryBitmapFromImage(grey)
		if err != nil {
			continue
		}
		code, err := reader.Decode(bitmap, nil)
		if err != nil {
			continue
		}
		if c, found = ParseCode(code.GetText()); found {
			return c, true
		}
	}
	return Code{}, false
}

// corners are the parts of a page in which its code stands, the upright one first: the code is a tenth as wide as the page.
func corners(page image.Rectangle) []image.Rectangle {
	w, h := page.Dx()*2/5, page.Dy()*2/5
	left, right := page.Min.X, page.Max.X-w
	top, foot := page.Min.Y, page.Max.Y-h
	size := image.Rect(0, 0, w, h)
	return []image.Rectangle{size.Add(image.Pt(right, top)), size.Add(image.Pt(left, foot)), size.Add(image.Pt(left, top)), size.Add(image.Pt(right, foot))}
}
