// Package bench measures the running hall: how long a key takes and where the time goes, how many certificates the API
// issues, how soon the kiosk's screen is there and changes. It prints ratios and percentiles of one run, and judges nothing.
package bench

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// Sample are the values of one measure: seconds or ratios.
type Sample []float64

// Add appends a duration in seconds.
func (s *Sample) Add(d time.Duration) { *s = append(*s, d.Seconds()) }

// Percentile is the smallest value that at least p percent (0 to 100) of the sample do not exceed; NaN of an empty sample.
func (s Sample) Percentile(p float64) float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(s))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// seconds writes a time in the unit in which it is read best.
func seconds(v float64) string {
	switch {
	case math.IsNaN(v):
		return "-"
	case v >= 1:
		return strconv.FormatFloat(v, 'f', 2, 64) + " s"
	case v >= 0.1:
		return strconv.FormatFloat(v*1000, 'f', 0, 64) + " ms"
	}
	return strconv.FormatFloat(v*1000, 'f', 1, 64) + " ms"
}

// ratio writes a number without a unit.
func ratio(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

func rate(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) + " /s" }
