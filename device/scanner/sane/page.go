package sane

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"math"

	"golang.org/x/image/draw"

	"keyhall/device/scanner"
)

// toPage turns what the device sent into a page of sensible size. It answers ErrEmpty, ErrTooLarge, ErrNotImage and ErrMisfit.
func (s setting) toPage(raw []byte, color bool) (scanner.Page, error) {
	img, err := scanner.Decode(raw)
	if err != nil {
		return scanner.Page{}, err
	}
	from := img.Bounds()
	dpi, err := s.measure(from.Size(), toldDPI(raw))
	if err != nil {
		return scanner.Page{}, err
	}
	size, scale := fit(from.Size(), max(scanner.MaxSide, int(paperHeight/25.4*float64(s.dpi))+1))
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

// How much of the width, and of the glass's height, must be there. Devices round, and some leave out a margin.
const (
	enoughWide = 0.90
	enoughHigh = 0.95
)

// measure compares a picture with what was asked for, since devices take options and then do as they like: a picture of 75 dpi that
// is called 300 can be read by nobody. It returns the resolution that the picture has; told is what the device says, 0 for nothing.
// A device that cuts out what lies there is believed; so is a feeder about how long a sheet is.
func (s setting) measure(size image.Point, told int) (dpi int, err error) {
	dpi = s.dpi
	if told > 0 {
		dpi = told
	}
	if float64(dpi) < enoughWide*float64(s.dpi) {
		return 0, fmt.Errorf("%w: %d dpi instead of %d", scanner.ErrMisfit, dpi, s.dpi)
	}
	if s.width <= 0 || s.height <= 0 || s.crops {
		return dpi, nil
	}
	wide, high := float64(size.X)*25.4/float64(s.dpi), float64(size.Y)*25.4/float64(s.dpi)
	if wide < enoughWide*s.width || s.glass && high < enoughHigh*s.height {
		return 0, fmt.Errorf("%w: %d × %d pixels are %.0f × %.0f mm at %d dpi, want %.0f × %.0f mm", scanner.ErrMisfit, size.X, size.Y, wide, high,
			s.dpi, s.width, s.height)
	}
	if told == 0 && wide > s.width/enoughWide && math.Abs(wide/s.width-high/s.height) < 0.05 { // finer than it was asked for
		dpi = int(float64(s.dpi)*wide/s.width + 0.5)
	}
	return dpi, nil
}

// toldDPI is the resolution in a PNG's pHYs chunk, which scanimage writes as the device has it when it scans; 0 when there is none.
func toldDPI(png []byte) int {
	const signature, head, metre = 8, 8, 1
	for at := signature; at+head <= len(png); {
		size, kind := int(binary.BigEndian.Uint32(png[at:])), png[at+4:at+head]
		switch {
		case bytes.Equal(kind, []byte("IDAT")):
			return 0
		case bytes.Equal(kind, []byte("pHYs")) && size == 9 && at+head+size <= len(png) && png[at+head+8] == metre:
			return int(math.Round(float64(binary.BigEndian.Uint32(png[at+head:])) * 0.0254))
		}
		if size < 0 || size > len(png) {
			return 0
		}
		at += head + size + 4 // the check sum
	}
	return 0
}

// fit shrinks a size so that its long side is at most most.
func fit(size image.Point, most int) (image.Point, float64) {
	long := max(size.X, size.Y)
	if long <= most {
		return size, 1
	}
	scale := float64(most) / float64(long)
	return image.Pt(max(1, int(float64(size.X)*scale+0.5)), max(1, int(float64(size.Y)*scale+0.5))), scale
}
