package book

import (
	"time"

	"keyhall/backoffice/ra"
)

// PersonRecord is somebody with logins, as the back office keeps them.
type PersonRecord struct {
	ID       string
	Login    string // one of theirs
	Mobile   string // registered: where codes and warnings go
	Password string // hashed
}

// SessionRecord is a live session.
type SessionRecord struct {
	ID           string
	PersonID     string
	MembershipID string // "" before one is chosen
	Master       int    // version of the master key that its mandate key comes from
	CreatedAt    time.Time
	IdleEnd      time.Time // when it ends unless it is used before
}

// MandateRecord is a mandate as the back office keeps it.
type MandateRecord struct {
	ra.Mandate
	KioskID string
	Began   time.Time // the session in which it was given
	Barred  bool      // the kiosk was blocked since
	Ended   bool      // by a submission of the order
}
