package convert

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
)

// maxPage is the most bytes of one page: A4 at 600 dpi in colour.
const maxPage = 110 << 20

// pages takes portable pixmaps (P5 and P6), one behind the other as pdftoppm writes them, and keeps them as raster.
type pages struct {
	format Format
	in     []byte
	out    bytes.Buffer
	count  uint32
}

// Write implements io.Writer.
func (p *pages) Write(b []byte) (int, error) {
	p.in = append(p.in, b...)
	for {
		head, width, height, whole, err := header(p.in)
		if err != nil {
			return 0, err
		}
		if !whole {
			return len(b), nil
		}
		size := width * height * p.format.bytes()
		if wanted := map[bool]byte{false: '5', true: '6'}[p.format.Color]; p.in[1] != wanted || size > maxPage {
			return 0, fmt.Errorf("%w: a page of %d × %d in format P%c", ErrFailed, width, height, p.in[1])
		}
		if len(p.in) < head+size {
			return len(b), nil
		}
		p.page(p.in[head:head+size], width, height)
		p.in = append(p.in[:0], p.in[head+size:]...)
	}
}

func (f Format) bytes() int {
	if f.Color {
		return 3
	}
	return 1
}

// header reads "P5 WIDTH HEIGHT 255" and the white space behind it, unless it is not whole yet.
func header(in []byte) (length, width, height int, whole bool, err error) {
	var numbers [3]int
	at := 2
	for i := range numbers {
		for at < len(in) && (in[at] == ' ' || in[at] == '\n') {
			at++
		}
		from := at
		for at < len(in) && in[at] >= '0' && in[at] <= '9' {
			at++
		}
		if at >= len(in) {
			return 0, 0, 0, false, nil
		}
		if numbers[i], err = strconv.Atoi(string(in[from:at])); err != nil || numbers[i] < 1 || numbers[i] > 100_000 {
			return 0, 0, 0, false, fmt.Errorf("%w: not a pixmap", ErrFailed)
		}
	}
	if in[0] != 'P' || numbers[2] != 255 {
		return 0, 0, 0, false, fmt.Errorf("%w: not a pixmap of 8 bits", ErrFailed)
	}
	return at + 1, numbers[0], numbers[1], true, nil
}

// document is all pages with what stands before them.
func (p *pages) document() ([]byte, error) {
	if p.count == 0 || len(p.in) > 0 {
		return nil, fmt.Errorf("%w: %d pages, then %d bytes", ErrFailed, p.count, len(p.in))
	}
	if p.format.MIME == URF {
		return append(binary.BigEndian.AppendUint32([]byte("UNIRAST\x00"), p.count), p.out.Bytes()...), nil
	}
	return append([]byte("RaS2"), p.out.Bytes()...), nil
}

func (p *pages) page(pixels []byte, width, height int) {
	p.count++
	if p.format.MIME == URF {
		p.out.Write(p.format.urfHeader(width, height))
	} else {
		p.out.Write(p.format.pwgHeader(width, height))
	}
	line := width * p.format.bytes()
	for y := 0; y < height; {
		now, same := pixels[y*line:(y+1)*line], 1
		for y+same < height && same < 256 && bytes.Equal(now, pixels[(y+same)*line:(y+same+1)*line]) {
			same++
		}
		p.out.WriteByte(byte(same - 1))
		p.pack(now)
		y += same
	}
}

// pack writes a line as both rasters have it: n < 128 is the next pixel n+1 times, n > 128 is 257-n pixels as they stand.
func (p *pages) pack(line []byte) {
	n := p.format.bytes()
	equal := func(a, b int) bool { return bytes.Equal(line[a:a+n], line[b:b+n]) }
	for at := 0; at < len(line); {
		run := 1
		for at+run*n < len(line) && run < 128 && equal(at, at+run*n) {
			run++
		}
		if run > 1 || at+n == len(line) {
			p.out.WriteByte(byte(run - 1))
			p.out.Write(line[at : at+n])
			at += run * n
			continue
		}
		for at+(run+1)*n <= len(line) && run < 128 && (at+(run+1)*n == len(line) || !equal(at+run*n, at+(run+1)*n)) {
			run++
		}
		if run == 1 {
			p.out.WriteByte(0)
		} else {
			p.out.WriteByte(byte(257 - run))
		}
		p.out.Write(line[at : at+run*n])
		at += run * n
	}
}

// pwgHeader is a page header of PWG 5102.4, table 3: one-sided, upright.
func (f Format) pwgHeader(width, height int) []byte {
	h := make([]byte, 1796)
	put := func(at int, values ...int) {
		for i, v := range values {
			binary.BigEndian.PutUint32(h[at+4*i:], uint32(v))
		}
	}
	const sGray, sRGB = 18, 19
	space := sGray
	if f.Color {
		space = sRGB
	}
	copy(h, "PwgRaster")
	put(276, f.DPI, f.DPI)
	put(340, 1) // copies: the job says how many
	put(352, width*72/f.DPI, height*72/f.DPI)
	put(372, width, height)
	put(384, 8, 8*f.bytes(), width*f.bytes(), 0, space)
	put(420, f.bytes())
	put(456, 1, 1) // as it stands
	copy(h[1732:], "iso_a4_210x297mm")
	return h
}

// urfHeader is a page header of Apple raster: one-sided, normal quality.
func (f Format) urfHeader(width, height int) []byte {
	h := make([]byte, 32)
	h[0], h[2], h[3] = byte(8*f.bytes()), 1, 4
	if f.Color {
		h[1] = 1
	}
	binary.BigEndian.PutUint32(h[12:], uint32(width))
	binary.BigEndian.PutUint32(h[16:], uint32(height))
	binary.BigEndian.PutUint32(h[20:], uint32(f.DPI))
	return h
}
