package workflow

import (
	"keyhall/backoffice/ra"
)

// PrintPage prints the registration form.
type PrintPage struct {
	Number  string
	Preview []byte // PNG of the first page, nil while it is drawn
	State   PrintState
	Printer string // its name
	Fault   *Fault
}

// PrintState is how far the printing is.
type PrintState string

// The states of printing; words "print.<state>".
const (
	PrintReady   PrintState = "ready"
	PrintRunning PrintState = "running"
	PrintDone    PrintState = "done"
	PrintFailed  PrintState = "failed"
)

// ScanPage scans the materials page by page.
type ScanPage struct {
	Number    string
	Materials []ScanMaterial
	Current   int      // index into Materials
	Shown     int      // index of the page shown of the current material, -1 for none
	Image     []byte   // JPEG of the page shown, turned as the customer turned it
	Sources   []string // "flatbed", "feeder": event Scan{Source}
	Busy      bool
	Ready     bool // all required materials have their pages: event Go{} hands them in
	Fault     *Fault
}

// ScanMaterial is one material of the list: "material.<Kind>".
type ScanMaterial struct {
	Kind     ra.MaterialKind
	Pages    int
	MinPages int
	MaxPages int
	Verdict  ra.Verdict
	Reasons  []ra.Reason // why it was sent back
}

// PayPage shows where to transfer and scans the remittance slip.
type PayPage struct {
	Number    string
	AmountFen int64
	Account   ra.BankAccount
	Payment   ra.PaymentState
	Slip      ScanMaterial
	Image     []byte
	Sources   []string
	Busy      bool
	Fault     *Fault
}
