package book

import (
	"time"

	"keyhall/backoffice/ra"
)

// Trouble is why a job failed, all that the queue keeps of it: a code that the console puts into words. What a library or a gateway said
// may name a number, an address or a code, and goes to the log alone.
type Trouble string

// The troubles. An error of the rules has its own code (ra.Code) instead.
const (
	TroubleRefused Trouble = "gateway_refused" // the gateway of text messages answered, and not with yes
	TroubleAway    Trouble = "not_reached"     // who is needed could not be reached, or was too slow
	TroubleLost    Trouble = "lost"            // the back office that was at it died
	TroubleOther   Trouble = "other"
)

// Work is one kind of work of the queue in numbers.
type Work struct {
	Name     string // SendMessage's kind, or a task's
	Waiting  int    // not begun
	Running  int
	Retrying int        // failed, and tried again by themselves
	GivenUp  int        // failed in all their tries or for good: somebody has to look
	Next     *time.Time // when the first of those that are tried again is
	DoneAt   *time.Time // the last one that ended well, nil: none lately; of messages never told
	Trouble  Trouble    // of the newest failure among those that are not done; "": none
}

// FailedMessage is a text message that was not sent and is not tried again by itself.
type FailedMessage struct {
	SentMessage
	Number       string // of its order
	Organisation string
	ProjectID    string
	HallID       string
	Kept         bool // its text is there
	Worth        bool // it has no code, or one that opens something still: it may be sent again
}

// MessageQuery finds failed messages, newest first. Before is the id of the last one of the page before.
type MessageQuery struct {
	Viewer ra.Viewer
	Now    time.Time
	Before string
	Limit  int
}
