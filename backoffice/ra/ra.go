// Package ra is the vocabulary of the registration authority: people, orders, units, materials, certificates, UKeys,
// projects and staff, their states and the moves between them. Kiosk and back office share these words;
// the package imports the standard library only, and what brings text into one form, and knows no database, no wire and no screen.
//
// Amounts are fen (int64), times UTC, ids canonical UUIDv7 text made by whoever creates the thing.
package ra

import "time"

// HallTime is where all halls are; China has no summer time.
var HallTime = time.FixedZone("Asia/Shanghai", 8*60*60)

// HallDay is the day of the halls in which a moment lies, as "2026-11-26": it sorts as the days do.
func HallDay(t time.Time) string { return t.In(HallTime).Format(time.DateOnly) }

// Text is a short text kept in both languages; English may be empty and then falls back to Chinese.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In returns the text in language "en" or, for anything else or where English is missing, in Chinese.
func (t Text) In(language string) string {
	if language == "en" && t.EN != "" {
		return t.EN
	}
	return t.ZH
}
