package workflow

import (
	"keyhall/backoffice/ra"
)

// KeyPage asks for a blank key and shows what is plugged in.
type KeyPage struct {
	Order     OrderCard
	Index     int // this will be key Index of Of
	Of        int
	Keys      []KeyCard
	Going     bool // an interrupted write goes on: its key is asked for, not a blank one
	Ready     bool // exactly one usable key: event Go{}
	Fault     *Fault
	NeedsCode bool
}

// KeyCard is one key that is plugged in.
type KeyCard struct {
	Serial string
	Model  ra.Text
	Blank  bool
	Waits  bool   // for an interrupted write to go on
	Fault  *Fault // why it cannot be used
}

// ProgressPage shows the write, step by step with times.
type ProgressPage struct {
	Marks     []Mark // IDs "make.check", "make.pin", "make.generate", "make.request", "make.write", "make.prove"
	Percent   int
	Key       KeyCard
	Facts     []Row
	Index, Of int
	Fault     *Fault // stopped; Retry says whether event Go{} tries again
	Retry     bool
}

// DonePage says that a key is made and proven.
type DonePage struct {
	Facts     []Row // serial, certificate number, validity, subject
	Proof     []Mark
	Remaining int // keys still to make: event Go{} goes on after the finished one is pulled
	Pulled    bool
	Slip      PrintState
	SlipFault *Fault
	Order     OrderCard
}
