package audit

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"keyhall/backoffice/book"
)

// Writer numbers the lines of one run of a program, each month's by themselves, and puts the MAC on. A number that no line has is
// either told of (see TakeLost) or that of a line that somebody took away.
type Writer struct {
	key    *Key
	mu     sync.Mutex
	series map[time.Time]*series
	lost   map[string][]int64 // numbers whose line may not be there, by the name of their series
}

// series is the numbers of one month.
type series struct {
	name string
	last int64
}

// NewWriter is a writer with a key.
func NewWriter(key *Key) *Writer {
	return &Writer{key: key, series: map[time.Time]*series{}, lost: map[string][]int64{}}
}

// Stamp numbers lines that are about to be written.
func (w *Writer) Stamp(rows []book.AuditRow) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range rows {
		month := book.Month(rows[i].At)
		s := w.series[month]
		if s == nil {
			name := make([]byte, 8)
			if _, err := rand.Read(name); err != nil {
				return fmt.Errorf("audit: name of a series: %w", err)
			}
			s = &series{name: hex.EncodeToString(name)}
			w.series[month] = s
		}
		s.last++
		rows[i].Writer, rows[i].Number = s.name, s.last
		rows[i].MAC = w.key.mac(rows[i])
	}
	return nil
}

// Lost takes note of stamped lines whose transaction failed: they may be there all the same where its answer was lost.
func (w *Writer) Lost(rows []book.AuditRow) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range rows {
		w.lost[r.Writer] = append(w.lost[r.Writer], r.Number)
	}
}

// TakeLost returns the numbers that are lost, by series, and forgets them.
func (w *Writer) TakeLost() map[string][]int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	lost := w.lost
	w.lost = map[string][]int64{}
	return lost
}

// putBack is for what TakeLost gave and nobody could be told of.
func (w *Writer) putBack(lost map[string][]int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, numbers := range lost {
		w.lost[name] = append(w.lost[name], numbers...)
	}
}

func numbersText(numbers []int64) string {
	var b strings.Builder
	for i, n := range numbers {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.FormatInt(n, 10))
	}
	return b.String()
}

func textNumbers(s string) (numbers []int64) {
	for _, word := range strings.Fields(s) {
		if n, err := strconv.ParseInt(word, 10, 64); err == nil {
			numbers = append(numbers, n)
		}
	}
	return numbers
}
