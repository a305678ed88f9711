package book

import (
	"time"

	"keyhall/backoffice/ra"
)

// Concern is a certificate that an order is about, as it is now, for who judges the order.
type Concern struct {
	UnitID      string
	Certificate ra.Certificate
	Model       string           // UKeyModel.ID of its key
	PIN         ra.TokenPINState // of its key, as that told last
	LostAt      *time.Time       // when the key was reported lost, nil: it was not
	Term        *PaidTerm        // that the unit uses, nil: it is paid for itself, or brings none
	Waiting     int              // months that were paid for the certificate and do not stand in it yet
	Others      []string         // numbers of the other orders that wait on it
}

// PaidTerm is a term with the number of the order that made it.
type PaidTerm struct {
	Months int
	State  ra.TermState
	Number string
}
