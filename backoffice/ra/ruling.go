package ra

import "slices"

// Ground is why staff rule on a certificate: chosen from those of the act, and told to its holder.
type Ground string

// The grounds. Those of a revocation have their names of RFC 5280, 5.3.1.
const (
	GroundHolder    Ground = "holder"    // its holder asks for it
	GroundMisuse    Ground = "misuse"    // somebody else may be using it
	GroundAuthority Ground = "authority" // a court's or an authority's order
	GroundDoubt     Ground = "doubt"     // what was handed in for it may be untrue
	GroundCleared   Ground = "cleared"   // why it was suspended is settled
	GroundMistake   Ground = "mistake"   // it was suspended by mistake
	GroundLost      Ground = "lost"      // its key is lost
	GroundBack      Ground = "back"      // and is there again
	GroundOther     Ground = "other"

	GroundKeyCompromise      Ground = "keyCompromise"
	GroundAffiliationChanged Ground = "affiliationChanged"
	GroundSuperseded         Ground = "superseded"
	GroundCessation          Ground = "cessationOfOperation"
	GroundPrivilegeWithdrawn Ground = "privilegeWithdrawn"
)

// grounds lists what staff may rule for which reasons, in the order of the console, with the CRLReason of a revocation. CertificateHold is
// no reason to revoke, and removeFromCRL stands in delta lists alone: who is restored is simply gone from the next list.
var grounds = []struct {
	act    Act
	ground Ground
	reason int
}{
	{ActSuspend, GroundLost, RevokedHold},
	{ActSuspend, GroundHolder, RevokedHold},
	{ActSuspend, GroundMisuse, RevokedHold},
	{ActSuspend, GroundAuthority, RevokedHold},
	{ActSuspend, GroundDoubt, RevokedHold},
	{ActSuspend, GroundOther, RevokedHold},
	{ActRestore, GroundHolder, 0},
	{ActRestore, GroundCleared, 0},
	{ActRestore, GroundMistake, 0},
	{ActRestore, GroundOther, 0},
	{ActFound, GroundBack, 0},
	{ActFound, GroundMistake, 0},
	{ActRevoke, GroundKeyCompromise, RevokedKeyCompromise},
	{ActRevoke, GroundAffiliationChanged, RevokedAffiliationChanged},
	{ActRevoke, GroundSuperseded, RevokedSuperseded},
	{ActRevoke, GroundCessation, RevokedCessation},
	{ActRevoke, GroundPrivilegeWithdrawn, RevokedPrivilegeWithdrawn},
}

// GroundsFor lists the grounds of an act in the order of the console, none for what is no ruling on a certificate.
func GroundsFor(a Act) (all []Ground) {
	for _, row := range grounds {
		if row.act == a {
			all = append(all, row.ground)
		}
	}
	return all
}

// For reports whether it is a ground of the act.
func (g Ground) For(a Act) bool { return slices.Contains(GroundsFor(a), g) }

// Suspends is the reason for which a certificate is suspended on this ground: a lost key's is lifted by another rule than the hall's own.
func (g Ground) Suspends() SuspensionReason {
	if g == GroundLost {
		return SuspendedAsLost
	}
	return SuspendedByStaff
}

// CRLReason is the reason that a revocation for it has in OCSP and in the list (RFC 5280, 5.3.1).
func (g Ground) CRLReason() int {
	for _, row := range grounds {
		if row.act == ActRevoke && row.ground == g {
			return row.reason
		}
	}
	return 0
}

// SecondPersonActs are the acts that a project may want a second person for. A suspension is none of them: it must be possible at once,
// and can be taken back.
func SecondPersonActs() []Act { return []Act{ActRestore, ActRevoke} }

// NeedsSecond reports whether an act on a certificate of the project waits for a second person. That a lost key is back always does.
func (p Project) NeedsSecond(a Act) bool { return a == ActFound || slices.Contains(p.SecondPerson, a) }

// RulingState is how far a ruling is that needs a second person.
type RulingState string

// The states of a ruling.
const (
	RulingWaiting RulingState = "waiting" // nothing was done yet
	RulingDone    RulingState = "done"    // confirmed, and carried out with it
	RulingDropped RulingState = "dropped" // taken back, or refused by the second person
)

var rulingMoves = moves[RulingState]{
	RulingWaiting: {RulingDone, RulingDropped},
	RulingDone:    {},
	RulingDropped: {},
}

// Move returns nil when a ruling may go from s to next, else CodeState.
func (s RulingState) Move(next RulingState) error { return rulingMoves.move("ruling", s, next) }

// RulingStates lists all states, sorted.
func RulingStates() []RulingState { return rulingMoves.states() }
