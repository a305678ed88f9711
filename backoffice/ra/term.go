package ra

import "time"

// Term is a number of months that was paid for a certificate, for an extension to come. A renewal makes it; it passes on to the
// certificate that takes the other's place.
type Term struct {
	ID            string    `json:"id"`
	CertificateID string    `json:"certificate_id"`
	UnitID        string    `json:"unit_id"` // of the renewal
	Months        int       `json:"months"`
	State         TermState `json:"state"`
}

// TermState is what became of a term.
type TermState string

// The states of a term.
const (
	TermOpen TermState = "open"
	TermHeld TermState = "held" // by an approved extension
	TermUsed TermState = "used" // the extended certificate is proven
)

var termMoves = moves[TermState]{
	TermOpen: {TermHeld},
	TermHeld: {TermOpen, TermUsed},
	TermUsed: {},
}

// Move returns nil when a term may go from s to next, else CodeState.
func (s TermState) Move(next TermState) error { return termMoves.move("term", s, next) }

// TermStates lists all states, sorted.
func TermStates() []TermState { return termMoves.states() }

// TermEnd is the last second of a term that begins then. Months are counted in the hall's time; where the day does not exist in the
// month, it is the last day of it.
func TermEnd(begin time.Time, months int) time.Time {
	local := begin.In(HallTime)
	end := local.AddDate(0, months, 0)
	if end.Day() != local.Day() { // AddDate went on into the next month
		end = end.AddDate(0, 0, -end.Day())
	}
	return end.UTC().Truncate(time.Second)
}

// ExtendedEnd is the last second of a certificate that extends one by a term: at its old end, or from now once that has passed.
func ExtendedEnd(old, now time.Time, months int) time.Time {
	if old.Before(now) {
		old = now
	}
	return TermEnd(old, months)
}
