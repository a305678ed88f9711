package ra

import "slices"

// CRLReasons of RFC 5280, 5.3.1.
const (
	RevokedKeyCompromise      = 1
	RevokedAffiliationChanged = 3
	RevokedSuperseded         = 4
	RevokedCessation          = 5
	RevokedHold               = 6 // certificateHold: suspended, not revoked
	RevokedPrivilegeWithdrawn = 9
)

// SuspensionReason is why a certificate is suspended. It may be so for several reasons at once, each lifted by its own rule alone.
type SuspensionReason string

// The reasons.
const (
	SuspendedByStaff SuspensionReason = "staff" // the hall's own
	SuspendedAsLost  SuspensionReason = "lost"  // the key was reported lost
)

// suspensions says by which act of staff each is lifted. A lost key's is lifted at the kiosk, too, by who was a member before the report, with
// the key itself.
var suspensions = map[SuspensionReason]Act{
	SuspendedByStaff: ActRestore,
	SuspendedAsLost:  ActFound,
}

// SuspensionReasons lists them, sorted.
func SuspensionReasons() []SuspensionReason {
	all := make([]SuspensionReason, 0, len(suspensions))
	for r := range suspensions {
		all = append(all, r)
	}
	slices.Sort(all)
	return all
}

// LiftedBy lists the reasons that an act lifts, sorted.
func LiftedBy(a Act) []SuspensionReason {
	return slices.DeleteFunc(SuspensionReasons(), func(r SuspensionReason) bool { return suspensions[r] != a })
}
