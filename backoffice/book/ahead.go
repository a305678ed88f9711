package book

import (
	"time"

	"keyhall/backoffice/ra"
)

// Showing is what a kiosk shows of an operation when it asks for something.
type Showing struct {
	OperationID string
	KioskID     string
	Presence    [][]byte // hashes, one of which the proof of the person has if it is one
	Challenge   []byte   // that was signed, nil when none was
	At          time.Time
}

// Asking is what a reservation is about.
type Asking struct {
	OperationID string
	OrderID     string
	KioskID     string
	Key         ra.KeyIdentity // only where it is a blank one that is asked for
}
