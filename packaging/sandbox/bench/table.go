package bench

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
)

// Table is the result: one line for each measure.
type Table struct{ rows []row }

type row struct{ what, n, p50, p90, ratio, note string }

// Seconds adds a sample of times.
func (t *Table) Seconds(what string, s Sample, note string) {
	t.rows = append(t.rows, row{what: what, n: strconv.Itoa(len(s)), p50: seconds(s.Percentile(50)), p90: seconds(s.Percentile(90)), note: note})
}

// Ratios adds a sample of ratios.
func (t *Table) Ratios(what string, s Sample, note string) {
	t.rows = append(t.rows, row{what: what, n: strconv.Itoa(len(s)), p50: ratio(s.Percentile(50)), p90: ratio(s.Percentile(90)), note: note})
}

// Part adds a sample of times and its share of another by their sums.
func (t *Table) Part(what string, s, of Sample, note string) {
	t.Seconds(what, s, note)
	t.rows[len(t.rows)-1].ratio = ratio(sum(s) / sum(of))
}

// Rate adds a rate with n events, the percentiles of one event's time, and the rate relative to base.
func (t *Table) Rate(what string, perSecond, base float64, s Sample, note string) {
	t.Seconds(what+", "+rate(perSecond), s, note)
	t.rows[len(t.rows)-1].ratio = ratio(perSecond / base)
}

// Ratio adds one ratio, and how many events each of its sides is of.
func (t *Table) Ratio(what string, n int, value float64, note string) {
	t.rows = append(t.rows, row{what: what, n: strconv.Itoa(n), p50: "", p90: "", ratio: ratio(value), note: note})
}

// Line adds an empty line.
func (t *Table) Line() { t.rows = append(t.rows, row{}) }

// Print writes the table.
func (t *Table) Print(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.TabIndent)
	fmt.Fprintln(out, "measure\tn\tp50\tp90\tratio\t")
	for _, r := range t.rows {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", r.what, r.n, r.p50, r.p90, r.ratio, r.note)
	}
	return out.Flush()
}

func sum(s Sample) (all float64) {
	for _, v := range s {
		all += v
	}
	return all
}
