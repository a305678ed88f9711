package workflow

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/scanner"
	"keyhall/kiosk/keys"
	"keyhall/kiosk/write"
	"keyhall/printer"
	papers "keyhall/printer/form"
)

// Office is the back office as the workflow needs it: kiosk/uplink. Every call may be repeated; errors are *ra.Error.
type Office interface {
	write.Office
	Up() bool
	// Time is the back office's time, UTC: what expires and what is dated goes by it. False before it was heard.
	Time() (time.Time, bool)
	// ClockWrong tells that the machine's date and time have to be set.
	ClockWrong() bool
	Projects(ctx context.Context) ([]ra.Project, error)
	// Register makes a member: by login name and password, or as the person of a session.
	Register(ctx context.Context, session string, r ra.Registration) (ra.Membership, error)
	// CheckAccount tells before a registration is filled in whether its login name is free, or its password the right one.
	CheckAccount(ctx context.Context, login, password string) error
	// Amend corrects what the session's member entered, until it is confirmed; open orders follow.
	Amend(ctx context.Context, session string, to ra.Applicant, insisted []string) (ra.Membership, error)
	// AskMobileCode has a code sent to the mobile of who registers, where the project asks for it; CheckMobile tells whether it is right.
	AskMobileCode(ctx context.Context, registrationID, projectID string, holder ra.Person) error
	CheckMobile(ctx context.Context, registrationID, projectID, mobile, code string) error
	LogIn(ctx context.Context, login, password string) (ra.Session, error)
	// KeyChallenge gives a key something to sign, for itself or, in a session, for who is logged in; LogInByKey and ConfirmByKey take it.
	KeyChallenge(ctx context.Context, session string, a ra.KeyAsked) (ra.KeyChallenge, error)
	LogInByKey(ctx context.Context, a ra.KeyAnswer) (ra.Session, error)
	ConfirmByKey(ctx context.Context, session string, a ra.KeyAnswer) (ra.Membership, error)
	Choose(ctx context.Context, session, membershipID string) (ra.Membership, error)
	// Agreement is what the session's member agreed to, in the version of then.
	Agreement(ctx context.Context, session, id string, version int) (ra.Agreement, error)
	ChangePassword(ctx context.Context, session, old, password string) error
	// ForgotPassword has a code sent to the registered mobile of who has a login name; RecoverPassword sets the password by it.
	ForgotPassword(ctx context.Context, login string) error
	RecoverPassword(ctx context.Context, login, code, password string) error
	// AskSlipCode has a code sent to the registered mobile of whose order has the number; LogInBySlip opens a session of that order by it.
	AskSlipCode(ctx context.Context, number string) error
	LogInBySlip(ctx context.Context, number, code string) (ra.Session, error)
	// Place makes an order of the mandate's application. The mandate is kept first: whatever becomes of the answer, it is carried out.
	Place(ctx context.Context, session string, m ra.Mandate) (ra.Order, error)
	Orders(ctx context.Context, session string) ([]ra.Order, error)
	Order(ctx context.Context, session, id string) (ra.Order, error)
	// SendCode has a new authorization code sent to the registered mobile: CodeSMSPaused (args: minutes) after too many.
	SendCode(ctx context.Context, session, orderID string) error
	// SendAccount has the account to which an order is paid sent there, too: CodeSMSPaused.
	SendAccount(ctx context.Context, session, orderID string) error
	// Certificates are those that an order's units were made with, without their bytes.
	Certificates(ctx context.Context, session, orderID string) ([]ra.Certificate, error)
	// Holdings are the certificates that the member sees, Work what waits to be done on keys over all orders.
	Holdings(ctx context.Context, session string, q ra.HoldingQuery) (ra.HoldingPage, error)
	Work(ctx context.Context, session string) ([]ra.Work, error)
	// ReportLost suspends what is on the key of a certificate: CodeReportAtDesk for who reported one before.
	ReportLost(ctx context.Context, session, certificateID string) error
	// RestoreLost restores a lost key that signed what KeyChallenge gave it for that.
	RestoreLost(ctx context.Context, session, certificateID string, a ra.KeyAnswer) error
	RemovePage(ctx context.Context, session, orderID string, kind ra.MaterialKind, pageID string) (ra.Order, error)
	// Submit delivers the mandate's pages and hands the order in, kept first as Place does.
	Submit(ctx context.Context, session string, m ra.Mandate) (ra.Order, error)
	// Keep keeps what a customer leaves to be done; it does not wait for that.
	Keep(ctx context.Context, m ra.Mandate) error
	// Recall takes back what is kept for an order, and reports whether there was anything; what is under way is waited for.
	Recall(ctx context.Context, orderID string) (bool, error)
	// Flush carries out what a member left before, and returns by order what it could not: refused for good, or waiting still.
	Flush(ctx context.Context, membershipID string) (undone map[string]error, err error)
	// KeyRecord is what the register has of a key, for a confirmed member of its organisation.
	KeyRecord(ctx context.Context, session string, key ra.KeyIdentity) (ra.KeyRecord, error)
	// PINChange tells that the holder of a key is about to change its PIN, and what came of it.
	PINChange(ctx context.Context, session string, c ra.PINChange) error
	// TakeoverCode has a code sent with which a write goes on here that no authorization code opens.
	TakeoverCode(ctx context.Context, session, operationID string) error
	// Leave ends a session; it returns at once.
	Leave(session string)
	// StaffLogIn opens a session of a member of staff, by their password and what their key signed, if it is there; StaffSession tells
	// whether it lives, and StaffLeave ends it.
	StaffLogIn(ctx context.Context, l ra.StaffLogIn) (ra.StaffSession, error)
	StaffSession(ctx context.Context, session string) (ra.StaffSession, error)
	StaffLeave(session string)
}

// Journal is the kiosk's memory as the workflow needs it: kiosk/journal.
type Journal interface {
	write.Journal
	NextNumber(ctx context.Context, prefix string) (string, error)
	RaiseNumber(ctx context.Context, prefix string, next int64) error
	SaveDraft(ctx context.Context, d ra.Draft) error
	Drafts(ctx context.Context, membershipID string) ([]ra.Draft, error)
	DropDraft(ctx context.Context, id string) error
	SaveKnown(ctx context.Context, k ra.Known) error
	Known(ctx context.Context, login string) (ra.Known, bool, error)
	DropKnown(ctx context.Context, login string) error
	SavePage(ctx context.Context, p ra.KeptPage) error
	Pages(ctx context.Context, orderID string) ([]ra.KeptPage, error)
	ErasePage(ctx context.Context, id string) error
	// Sweep erases what nobody came back for within keep.
	Sweep(ctx context.Context, now time.Time, keep time.Duration) error
}

// Forms draws the papers: printer/form.
type Forms interface {
	// Paper draws a paper of an order that is sealed: PDF, and its first page as PNG, nil when there is none. The agreements come
	// from the membership.
	Paper(ctx context.Context, paper papers.Paper, o ra.Order, p ra.Project, m ra.Membership) (pdf, preview []byte, err error)
	// Sample draws what a good paper for a material of that kind of order looks like: PNG.
	Sample(ctx context.Context, k ra.Kind, m ra.MaterialKind) (png []byte, err error)
	// Slip draws the receipt of what was done to keys.
	Slip(ctx context.Context, o ra.Order, p ra.Project, keys []papers.Key) (pdf []byte, err error)
	// Transfer draws where the order's money is transferred to, and with which words.
	Transfer(ctx context.Context, o ra.Order, p ra.Project) (pdf []byte, err error)
}

// Config is what a Workflow works with. Durations of 0 take their defaults.
type Config struct {
	Office  Office
	Journal Journal
	Watcher *keys.Watcher // sees which keys are there; somebody else runs it
	Jobs    *write.Jobs   // write to them; somebody else runs them
	Scanner scanner.Scanner
	DPI     int // of scanned papers, the scanner's default when zero
	Printer printer.Printer
	Forms   Forms
	// Lacks finds a character that the hall's paper cannot carry; nil: not looked at.
	Lacks  func(text string) (rune, bool)
	Health Health // nil: nobody looks at the devices
	// StaffPIN tells whether a PIN is the kiosk's maintenance PIN, which opens the page about the devices; nil: there is none.
	StaffPIN func(pin []byte) bool
	View     View
	Kiosk    ra.Kiosk
	Changed  <-chan ra.Change // orders that changed at the back office; nil: they are asked for now and then
	Now      func() time.Time // for spans of time: the machine's, with its monotonic reading
	Log      *slog.Logger
	Idle     time.Duration // until everything personal is cleared, default 3 min
	Tick     time.Duration // how often a page looks after itself, default 1 s
	Refresh  time.Duration // how often a waiting page asks by itself, default 15 s
	Typical  time.Duration // how long a review usually takes, default 10 min
	Keep     time.Duration // how long drafts and pages wait for their customer to come back, default 30 days
}

// New makes a Workflow; Run runs it.
func New(cfg Config) *Workflow {
	cfg.Idle = cmp.Or(cfg.Idle, 3*time.Minute)
	cfg.Tick = cmp.Or(cfg.Tick, time.Second)
	cfg.Refresh = cmp.Or(cfg.Refresh, 15*time.Second)
	cfg.Typical = cmp.Or(cfg.Typical, 10*time.Minute)
	cfg.Keep = cmp.Or(cfg.Keep, 30*24*time.Hour)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Workflow{
		cfg: cfg, events: make(chan Event, 256), posted: make(chan post, 64), visit: newVisit(cfg.Jobs), flows: flows, bars: bars(),
	}
}
