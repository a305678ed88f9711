// Package form turns orders into papers: what a customer seals (papers.go is the table of it), the receipt they take home, and samples
// of what they bring. It draws with cairo and pango and knows nothing of printers.
package form

import (
	"fmt"
	"strings"
	"time"

	"keyhall/backoffice/ra"
)

// The middle of the seal box of every paper that is sealed, as shares of the last page's width and height.
const (
	SealX = (sealLeft + sealSide/2) / pageWidth
	SealY = (bottomBlock + 2 + sealSide/2) / pageHeight
)

func day(t time.Time) string {
	if t.IsZero() {
		return none
	}
	return ra.HallDay(t)
}

func minute(t time.Time) string {
	if t.IsZero() {
		return none
	}
	return t.In(ra.HallTime).Format("2006-01-02 15:04")
}

// none stands where there is nothing to say, so that nobody takes an empty field for a forgotten one.
const none = "—"

func orNone(s string) string {
	if strings.TrimSpace(s) == "" {
		return none
	}
	return s
}

// chosen is the name of the choice that was made.
func chosen(choices []ra.Choice, value string) string {
	for _, c := range choices {
		if c.Value == value {
			return c.Name.ZH
		}
	}
	return none
}

func term(months int) string {
	switch {
	case months <= 0:
		return none
	case months%12 == 0:
		return fmt.Sprintf("%d 年", months/12)
	}
	return fmt.Sprintf("%d 个月", months)
}
