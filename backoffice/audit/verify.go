package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"hash"
	"time"

	"keyhall/backoffice/book"
)

// What a check looks at.
const (
	setsAtOnce        = 500
	linesAtOnce       = 20_000
	differencesAtOnce = 1000
	findingsKept      = 100              // of one kind; more are counted
	checkpointOverdue = 24 * time.Hour   // a set that waits longer for a checkpoint after it is a finding
	checkpointEvery   = 10 * time.Minute // how often a running back office writes one
)

// CheckpointEvery is how often a running back office writes a checkpoint.
func CheckpointEvery() time.Duration { return checkpointEvery }

// Lines that the trail writes about itself.
const (
	actionLost = "audit.lost" // numbers whose line may not be there; subject: the series
	ActionDrop = "audit.drop" // a month's lines were dropped for their age; subject: the month
)

// BrokenTrail walks the chain from its first set to its end, the lines of each, and every checkpoint, and compares the lines with the
// register both ways: breaches of invariant 5.
func (t *Trail) BrokenTrail(ctx context.Context) ([]book.Finding, error) {
	w := &walk{trail: t, numbers: map[string]*numbers{}, months: map[time.Time]*monthWalk{}, drops: map[string]book.AuditRow{}}
	if err := w.seal(ctx); err != nil {
		return nil, err
	}
	if err := w.readCheckpoints(t.Checkpoints, t.Kept); err != nil {
		return nil, err
	}
	if err := w.sets(ctx); err != nil {
		return nil, err
	}
	w.end()
	for _, look := range []func(context.Context) ([]book.Finding, error){
		func(ctx context.Context) ([]book.Finding, error) { return t.Store.Differences(ctx, differencesAtOnce) },
		t.Store.TrailGuards,
	} {
		found, err := look(ctx)
		if err != nil {
			return w.found, err
		}
		w.found = append(w.found, found...)
	}
	return w.found, nil
}

// seal seals what is not, and tells of lines that should have been long since.
func (w *walk) seal(ctx context.Context) error {
	lag, err := w.trail.Lag(ctx)
	if err != nil {
		return err
	}
	if lag > book.SealOverdue {
		w.find("the oldest line was not sealed for %s", lag.Round(time.Second))
	}
	if _, err := w.trail.SealAudit(ctx); err != nil {
		return err
	}
	_, err = w.trail.SealStrays(ctx)
	return err
}

// walk is what is known on the way along the chain.
type walk struct {
	trail   *Trail
	found   []book.Finding
	more    int // findings that are not kept
	last    book.AuditSet
	points  map[int64][]Checkpoint // that were written elsewhere, by set
	newest  int64                  // set of the newest of them
	numbers map[string]*numbers    // by series
	months  map[time.Time]*monthWalk
	drops   map[string]book.AuditRow // lines about dropped months
}

// monthWalk is what was found of a month.
type monthWalk struct {
	sets, empty, lines int
}

func (w *walk) find(format string, args ...any) {
	if len(w.found) >= findingsKept {
		w.more++
		return
	}
	w.found = append(w.found, book.Finding{Invariant: 5, Subject: "audit trail", What: fmt.Sprintf(format, args...)})
}

func (w *walk) readCheckpoints(files ...string) error {
	w.points = map[int64][]Checkpoint{}
	for _, path := range files {
		if path == "" {
			continue
		}
		err := readCheckpoints(path, func(line int, c Checkpoint, err error) {
			switch {
			case err != nil:
				w.find("line %d of %s is no checkpoint, or was changed", line, path)
			case c.Register != w.trail.Register:
				w.find("line %d of %s is a checkpoint of another register, %s", line, path, c.Register)
			case !bytes.Equal(c.Key, w.trail.Key.Public()):
				w.find("line %d of %s is signed by another key", line, path)
			default:
				if known := w.points[c.Set]; len(known) == 0 || !bytes.Equal(known[0].Hash, c.Hash) {
					w.points[c.Set] = append(known, c)
				}
				w.newest = max(w.newest, c.Set)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sets walks along the chain.
func (w *walk) sets(ctx context.Context) error {
	for {
		sets, err := w.trail.Store.AuditSets(ctx, w.last.Number, setsAtOnce)
		if err != nil || len(sets) == 0 {
			return err
		}
		for len(sets) > 0 {
			n := fit(sets)
			for _, s := range sets[:n] {
				w.link(s)
			}
			if err := w.linesOf(ctx, sets[:n]); err != nil {
				return err
			}
			sets = sets[n:]
		}
	}
}

// fit is how many of the sets have few enough lines to be looked at together.
func fit(sets []book.AuditSet) int {
	lines := 0
	for i, s := range sets {
		if lines += s.Lines; i > 0 && lines > linesAtOnce {
			return i
		}
	}
	return len(sets)
}

// link holds a set against the one before, and against itself.
func (w *walk) link(s book.AuditSet) {
	switch {
	case s.Number > w.last.Number+1:
		w.find("set %d is missing", w.last.Number+1)
	case !bytes.Equal(s.Previous, w.last.Hash):
		w.find("set %d does not follow set %d", s.Number, w.last.Number)
	case s.Total != w.last.Total+int64(s.Lines):
		w.find("set %d counts %d lines, the one before it %d", s.Number, s.Total, w.last.Total)
	}
	c := w.trail.checkpoint(s)
	if !bytes.Equal(s.Hash, hashSet(s)) || !ed25519.Verify(c.Key, []byte(c.statement()), c.Signature) {
		w.find("set %d was changed, or made by somebody else", s.Number)
	}
	for _, point := range w.points[s.Number] {
		if !bytes.Equal(point.Hash, s.Hash) || point.Lines != s.Total {
			w.find("set %d is another one than the checkpoint of %s says", s.Number, point.At.Format(time.RFC3339))
		}
	}
	delete(w.points, s.Number)
	late := w.trail.Clerk.Now().Sub(s.SealedAt)
	if w.last.Number == w.newest && w.trail.Checkpoints != "" && late > checkpointOverdue {
		w.find("no checkpoint was written after set %d, for %s: is %s still the file?", w.newest, late.Round(time.Hour), w.trail.Checkpoints)
	}
	w.last = s
}

// setWalk is a set whose lines are being looked at.
type setWalk struct {
	book.AuditSet
	digest hash.Hash
	lines  int
	wrong  bool // it was told of already
}

// linesOf looks at the lines of sets that follow each other.
func (w *walk) linesOf(ctx context.Context, sets []book.AuditSet) error {
	all := make(map[int64]*setWalk, len(sets))
	for _, s := range sets {
		all[s.Number] = &setWalk{AuditSet: s, digest: sha256.New()}
	}
	err := w.trail.Store.LinesOfSets(ctx, sets[0].Number, sets[len(sets)-1].Number, func(number int64, r book.AuditRow) error {
		s := all[number]
		s.lines++
		addLine(s.digest, r)
		w.line(s, r)
		return nil
	})
	for _, s := range sets {
		w.counted(all[s.Number])
	}
	return err
}

// line looks at one line.
func (w *walk) line(s *setWalk, r book.AuditRow) {
	if !w.trail.Key.wrote(r) {
		s.wrong = true
		w.find("line %d was changed, or written by somebody else", r.ID)
		return
	}
	n := w.numbers[r.Writer]
	if n == nil {
		n = &numbers{}
		w.numbers[r.Writer] = n
	}
	if !n.add(r.Number) {
		s.wrong = true
		w.find("line %d stands there twice", r.ID)
	}
	switch r.Action {
	case actionLost:
		w.lostNumbers(r)
	case ActionDrop:
		w.drops[r.Subject] = r
	}
}

func (w *walk) lostNumbers(r book.AuditRow) {
	n := w.numbers[r.Subject]
	if n == nil {
		n = &numbers{}
		w.numbers[r.Subject] = n
	}
	for _, number := range textNumbers(r.Facts["numbers"]) {
		n.excuse(number)
	}
}

// counted compares what was seen of a set with what it says.
func (w *walk) counted(s *setWalk) {
	m := w.months[s.Month]
	if m == nil {
		m = &monthWalk{}
		w.months[s.Month] = m
	}
	m.sets++
	m.lines += s.Lines
	switch {
	case s.lines == 0:
		m.empty++
	case s.lines < s.Lines:
		w.find("%d of the %d lines of set %d are missing, or their time was changed", s.Lines-s.lines, s.Lines, s.Number)
	case !s.wrong && !bytes.Equal(s.digest.Sum(nil), s.Digest):
		w.find("the lines of set %d are not those that were sealed", s.Number)
	}
}

// end looks at what only the whole trail shows.
func (w *walk) end() {
	for set := range w.points {
		if set > w.last.Number {
			w.find("the trail ends at set %d, but a checkpoint says set %d: its end was cut off", w.last.Number, w.newest)
			break
		}
	}
	for month, m := range w.months {
		name := month.Format("2006-01")
		drop, dropped := w.drops[name]
		said := contents{sets: m.sets, lines: int64(m.lines)}.holds()
		switch {
		case m.empty == 0 && !dropped:
		case m.empty == m.sets && dropped && drop.Facts["holds"] == said:
			w.archived(month, drop)
		case m.empty == m.sets && dropped:
			w.find("of %s %s were dropped, but it had %s", name, drop.Facts["holds"], said)
		default:
			w.find("the lines of %d of %d sets of %s are missing, and nothing says that they were dropped for their age", m.empty, m.sets, name)
		}
	}
	for name, n := range w.numbers {
		if first, count := n.missing(); count > 0 {
			w.find("%d lines of writer %s are missing, the first is its number %d: they were taken away before they were sealed", count, name, first)
		}
	}
	if w.more > 0 {
		w.found = append(w.found, book.Finding{Invariant: 5, Subject: "audit trail", What: fmt.Sprintf("and %d more", w.more)})
	}
}
