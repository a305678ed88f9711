package book

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// Actor is who does something, for the trail.
type Actor struct {
	Kind  string // "kiosk", "customer", "key", "staff", "system"
	ID    string
	Kiosk string
}

// KioskActor is a kiosk that does something by itself, or whose customer is not known.
func KioskActor(k ra.Kiosk) Actor { return Actor{"kiosk", k.ID, k.ID} }

// CustomerActor is a member who does something, or the key that acts in their place.
func CustomerActor(m ra.Membership) Actor { return CustomerAt(ra.Kiosk{}, m) }

// CustomerAt is CustomerActor at a kiosk.
func CustomerAt(k ra.Kiosk, m ra.Membership) Actor {
	if m.Key != nil {
		return KeyAt(k, *m.Key)
	}
	return Actor{"customer", m.ID, k.ID}
}

// KeyAt is a key that acts at a kiosk, by its own word and nobody's in particular.
func KeyAt(k ra.Kiosk, key ra.ActingKey) Actor { return Actor{"key", key.Key.String(), k.ID} }

// PersonAt is somebody at a kiosk who acts for no organisation there.
func PersonAt(k ra.Kiosk, personID string) Actor { return Actor{"customer", personID, k.ID} }

// StaffActor is a member of staff, or a command at the server.
func StaffActor(m ra.Staff) Actor {
	if ByCommand(m) {
		return Actor{"system", m.ID, ""}
	}
	return Actor{"staff", m.ID, ""}
}

// StaffAt is StaffActor at a kiosk.
func StaffAt(k ra.Kiosk, m ra.Staff) Actor { return Actor{"staff", m.ID, k.ID} }

// RuleActor is a rule that decides where nobody has to.
func RuleActor() Actor { return Actor{"system", "rule", ""} }

// commandID stands where a command at the server acts instead of a member of staff.
const commandID = "command"

// Command is who acts when a command is given at the server itself: whoever can give one holds the database and the keys
// anyway, so everything is allowed and a grant counts at once. It is never a member of staff, whose ids are UUIDs.
func Command() ra.Staff { return ra.Staff{ID: commandID, Login: commandID} }

// ByCommand reports whether a command acts.
func ByCommand(m ra.Staff) bool { return m.ID == commandID }

// StaffID is what a row keeps of who acted: "" for a command.
func StaffID(m ra.Staff) string {
	if ByCommand(m) {
		return ""
	}
	return m.ID
}

// MayManage is CodeForbidden unless the member of staff administers the project at the hall; "" is all of them.
func MayManage(by ra.Staff, projectID, hallID string) error {
	if ByCommand(by) || by.May(ra.ActManage, projectID, hallID) {
		return nil
	}
	return ra.E(ra.CodeForbidden)
}

// Officers is what knowing who acts takes of a transaction.
type Officers interface {
	Staff(ctx context.Context, id string) (m ra.Staff, passwordHash string, err error)
}

// OwnersTx is what keeping staff from their own cases takes of a transaction.
type OwnersTx interface {
	Officers
	OwnOrder(ctx context.Context, staffID, orderID string) (bool, error)
	// LetIn is when they last let the person of an order in again at the desk, after since: zero for never.
	LetIn(ctx context.Context, staffID, orderID string, since time.Time) (time.Time, error)
}

// OwnPeopleTx is what keeping staff from serving themselves takes of a transaction.
type OwnPeopleTx interface {
	OwnersTx
	OwnPerson(ctx context.Context, staffID, personID string) (bool, error)
}
