package ra

import (
	"slices"
	"time"
)

// AccessKind is what somebody lost who comes to the desk because they do not get in any more.
type AccessKind string

// What staff set right at the desk, with papers and a second officer.
const (
	AccessPassword AccessKind = "password" // forgotten: a code goes to the registered mobile
	AccessMobile   AccessKind = "mobile"   // the registered one is another from now on
)

// PaperKind is a paper that is scanned at the desk, one image each.
type PaperKind string

// The papers of the desk.
const (
	PaperCardFront PaperKind = "card_front" // the handler's identity card
	PaperCardBack  PaperKind = "card_back"
	PaperStatement PaperKind = "statement" // of the organisation, stamped
)

// accesses says which papers are wanted for what: a row each, in the order of the page.
var accesses = []struct {
	kind   AccessKind
	papers []PaperKind
}{
	{AccessPassword, []PaperKind{PaperCardFront, PaperCardBack, PaperStatement}},
	{AccessMobile, []PaperKind{PaperCardFront, PaperCardBack, PaperStatement}},
}

// AccessKinds lists them in the order of the page.
func AccessKinds() []AccessKind {
	all := make([]AccessKind, len(accesses))
	for i, row := range accesses {
		all[i] = row.kind
	}
	return all
}

// PaperKinds lists every paper that is wanted for something, sorted.
func PaperKinds() (all []PaperKind) {
	for _, row := range accesses {
		all = append(all, row.papers...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Papers lists what is scanned for it, none for what is no kind.
func (k AccessKind) Papers() []PaperKind {
	for _, row := range accesses {
		if row.kind == k {
			return slices.Clone(row.papers)
		}
	}
	return nil
}

// AccessState is how far a request of the desk is.
type AccessState string

// The states of a request of the desk.
const (
	AccessWaiting  AccessState = "waiting"  // for the second officer; nothing was done yet
	AccessDone     AccessState = "done"     // confirmed, and carried out with it
	AccessDeclined AccessState = "declined" // by the second officer, or taken back by who asked
	AccessExpired  AccessState = "expired"  // nobody answered in time
)

var accessMoves = moves[AccessState]{
	AccessWaiting:  {AccessDone, AccessDeclined, AccessExpired},
	AccessDone:     {},
	AccessDeclined: {},
	AccessExpired:  {},
}

// Move returns nil when a request may go from s to next, else CodeState.
func (s AccessState) Move(next AccessState) error { return accessMoves.move("access", s, next) }

// AccessStates lists all states, sorted.
func AccessStates() []AccessState { return accessMoves.states() }

const (
	// AccessStays is for how long a request waits for the second officer: who it is about stands at the desk.
	AccessStays = 24 * time.Hour
	// AccessBar is for how long neither of the two officers releases codes or has keys made for whom they let in again.
	AccessBar = 24 * time.Hour
)

// handsOut are the acts that release a code, or after which a key is made.
var handsOut = []Act{ActJudge, ActSettle, ActSend, ActRelease, ActResend}

// HandsOut reports whether by the act a code may be released or a key made.
func (a Act) HandsOut() bool { return slices.Contains(handsOut, a) }
