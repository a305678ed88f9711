package bench

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	t.Parallel()
	ten := Sample{10, 1, 9, 2, 8, 3, 7, 4, 6, 5}
	for _, c := range []struct {
		s    Sample
		p    float64
		want float64
	}{
		{ten, 50, 5}, {ten, 90, 9}, {ten, 91, 10}, {ten, 100, 10}, {ten, 0, 1},
		{Sample{3}, 50, 3}, {Sample{3}, 90, 3}, {Sample{1, 2}, 50, 1}, {Sample{1, 2, 3}, 50, 2},
	} {
		if got := c.s.Percentile(c.p); got != c.want {
			t.Errorf("percentile %v of %v: got %v, want %v", c.p, c.s, got, c.want)
		}
	}
	if ten[0] != 10 {
		t.Error("the sample was sorted in place")
	}
	if got := (Sample{}).Percentile(50); !math.IsNaN(got) {
		t.Errorf("percentile of nothing: got %v, want NaN", got)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	var s, of Sample
	for i := range 10 {
		s.Add(time.Duration(i+1) * 10 * time.Millisecond)
		of.Add(time.Duration(i+1) * 40 * time.Millisecond)
	}
	var table Table
	table.Seconds("whole", of, "")
	table.Part("part", s, of, "round trips")
	table.Ratios("outside / inside", Sample{0.5, 1.25}, "")
	table.Line()
	table.Rate("2 clients", 30, 20, s, "")
	table.Seconds("nothing", nil, "")
	var out strings.Builder
	if err := table.Print(&out); err != nil {
		t.Fatal(err)
	}
	want := `
measure            n   p50      p90      ratio
whole              10  200 ms   360 ms
part               10  50.0 ms  90.0 ms  0.25   round trips
outside / inside   2   0.50     1.25

2 clients, 30.0 /s 10  50.0 ms  90.0 ms  1.50
nothing            0   -        -
`
	if got := squeezed(out.String()); got != squeezed(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, squeezed(want))
	}
	column := strings.Index(out.String(), "ratio")
	for line := range strings.SplitSeq(strings.TrimSpace(out.String()), "\n") {
		if strings.Contains(line, "0.25") && strings.Index(line, "0.25") != column {
			t.Errorf("the columns are not aligned:\n%s", out.String())
		}
	}
}

// squeezed makes one space of many.
func squeezed(s string) string {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if l := strings.Join(strings.Fields(line), " "); l != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}
