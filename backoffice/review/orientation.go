package review

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/draw"
)

// orientation is how a JPEG says it is to be turned when it is shown (Exif 2.32, 4.6.4), from 1, which is as it is, to 8; browsers do so.
// Whatever says nothing that can be read is 1.
func orientation(scan []byte) int {
	for at := 2; at+10 < len(scan) && scan[at] == 0xFF && scan[at+1] != 0xDA; {
		length := int(binary.BigEndian.Uint16(scan[at+2:]))
		if scan[at+1] == 0xE1 && bytes.HasPrefix(scan[at+4:], []byte("Exif\x00\x00")) {
			return tiffOrientation(scan[at+10 : min(len(scan), at+2+length)])
		}
		at += 2 + length
	}
	return 1
}

// tiffOrientation looks through the first directory of what an Exif segment has.
func tiffOrientation(t []byte) int {
	var order binary.ByteOrder = binary.BigEndian
	if bytes.HasPrefix(t, []byte("II")) {
		order = binary.LittleEndian
	}
	if len(t) < 8 {
		return 1
	}
	at := int64(order.Uint32(t[4:]))
	if at+2 > int64(len(t)) {
		return 1
	}
	entries := int64(order.Uint16(t[at:]))
	for i := range entries {
		e := at + 2 + 12*i
		if e+12 > int64(len(t)) {
			return 1
		}
		if order.Uint16(t[e:]) == 0x0112 {
			if o := int(order.Uint16(t[e+8:])); o >= 1 && o <= 8 {
				return o
			}
		}
	}
	return 1
}

// turned is a picture as it is shown.
func turned(m *image.RGBA, orientation int) draw.Image {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	from := map[int]func(x, y int) (int, int){
		2: func(x, y int) (int, int) { return w - 1 - x, y },
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(x, y int) (int, int) { return x, h - 1 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, h - 1 - x },
		7: func(x, y int) (int, int) { return w - 1 - y, h - 1 - x },
		8: func(x, y int) (int, int) { return w - 1 - y, x },
	}[orientation]
	if from == nil {
		return m
	}
	size := image.Rect(0, 0, w, h)
	if orientation > 4 {
		size = image.Rect(0, 0, h, w)
	}
	to := image.NewRGBA(size)
	for y := range size.Dy() {
		for x := range size.Dx() {
			sx, sy := from(x, y)
			to.SetRGBA(x, y, m.RGBAAt(sx, sy))
		}
	}
	return to
}
