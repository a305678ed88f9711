package ipp

import (
	"slices"
	"strconv"
	"strings"

	"github.com/OpenPrinting/goipp"

	"keyhall/printer/convert"
)

// wantedDPI is fine enough for the smallest print on the papers.
const wantedDPI = 300

// chooseFormat is the first of PDF, PWG raster, Apple raster and PostScript that a printer takes; the zero Format when it takes none of
// them. One that does not say takes PDF.
func chooseFormat(attributes goipp.Attributes) convert.Format {
	formats := texts(attributes, "document-format-supported")
	takes := func(mime string) bool {
		return slices.ContainsFunc(formats, func(f string) bool { return strings.EqualFold(strings.TrimSpace(f), mime) })
	}
	switch {
	case len(formats) == 0, takes(convert.PDF):
		return convert.Format{MIME: convert.PDF}
	case takes(convert.PWG):
		return pwgFormat(attributes)
	case takes(convert.URF):
		return urfFormat(attributes)
	case takes(convert.PostScript):
		return convert.Format{MIME: convert.PostScript}
	}
	return convert.Format{}
}

func pwgFormat(attributes goipp.Attributes) convert.Format {
	var dpis []int
	for _, v := range values(attributes, "pwg-raster-document-resolution-supported") {
		if r, ok := v.(goipp.Resolution); ok && r.Xres == r.Yres && r.Units == goipp.UnitsDpi {
			dpis = append(dpis, r.Xres)
		}
	}
	types := texts(attributes, "pwg-raster-document-type-supported")
	color := slices.Contains(types, "srgb_8") && !slices.Contains(types, "sgray_8")
	return convert.Format{MIME: convert.PWG, DPI: nearest(dpis), Color: color}
}

// urfFormat reads "urf-supported": "RS300-600" are resolutions, "W8" is grey, "SRGB24" colour.
func urfFormat(attributes goipp.Attributes) convert.Format {
	var dpis []int
	words := texts(attributes, "urf-supported")
	for _, w := range words {
		list, found := strings.CutPrefix(w, "RS")
		if !found {
			continue
		}
		for _, n := range strings.Split(list, "-") {
			if dpi, err := strconv.Atoi(n); err == nil {
				dpis = append(dpis, dpi)
			}
		}
	}
	return convert.Format{MIME: convert.URF, DPI: nearest(dpis), Color: slices.Contains(words, "SRGB24") && !slices.Contains(words, "W8")}
}

// nearest is the smallest resolution that is fine enough, else the finest.
func nearest(dpis []int) int {
	dpis = slices.DeleteFunc(dpis, func(n int) bool { return n < 72 || n > 600 })
	if len(dpis) == 0 {
		return wantedDPI
	}
	slices.Sort(dpis)
	if i := slices.IndexFunc(dpis, func(n int) bool { return n >= wantedDPI }); i >= 0 {
		return dpis[i]
	}
	return dpis[len(dpis)-1]
}
