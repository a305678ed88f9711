// Package workflow is what happens at the counter, step by step: it takes Events (what a person did), talks to the
// journal, the back office and the devices, and shows Pages (all that a screen may show). It knows no GTK, no SQL and
// no driver, and holds no words: pages carry keys, codes and facts, and the screen puts them into the person's language.
package workflow

import (
	"time"

	"keyhall/backoffice/ra"
)

// View shows pages. It is called from the workflow's goroutine and must not block; the last page shown wins.
type View interface {
	Show(Frame, Page)
}

// Frame is what stands around every page.
type Frame struct {
	Serial   uint64   // grows with every Show: an Event from an older page is dropped by the workflow
	Title    ra.Text  // the project's name, or the hall's before one is chosen
	Hall     ra.Text  // "数字证书服务大厅"
	Window   ra.Text  // "西湖窗口 03"
	Trail    []string // step bar: message keys "step.login", …; empty hides the bar
	Current  int      // index into Trail
	Customer string   // masked login of who is logged in, "" for nobody
	Back     bool     // offer 上一步
	Home     bool     // offer 回到首页
	// Deadline is when everything personal is cleared unless somebody touches; zero means never (home, write running).
	Deadline time.Time
	OfficeUp bool // the back office answers
	// Fresh tells the screen that a new person stands here: language, text size and contrast go back to the default, the
	// keyboard forgets what it learned.
	Fresh bool
}

// Page is one of the page structs below.
type Page interface{ page() }

// Fault is an error put before the person, at the thing it is about. Words: "error.<code>" with Args.
type Fault struct {
	Code ra.Code
	Args map[string]string
	Kept string // what was confirmed and is sent by itself all the same, so that its customer may leave: "kept.<Kept>"; "" for nothing
}

// HomePage has the six services and what is possible without choosing one.
type HomePage struct {
	Services   []ServiceTile
	Unfinished bool // a write was interrupted: event ResumeWrite; whose, and of which key, is not said here
	Fault      *Fault
}

// ServiceTile is one of the six services.
type ServiceTile struct {
	Kind  ra.Kind
	Built bool // false: touching it says that it is not offered here yet
}

// ProjectsPage lets a customer find the project by name or list.
type ProjectsPage struct {
	Projects []ra.Project
	Query    string
}

// FormPage is any page of fields. Title, fields and action are message keys: "form.<ID>.title", "form.<ID>.about",
// "field.<Field.ID>", "action.<Primary>", "action.<Secondary[i].Name()>".
type FormPage struct {
	ID        string
	Fields    []Field
	Fault     *Fault // about the form as a whole (wrong password, name taken)
	Primary   string // "next", "login", "register"; the filled button; event Go{}
	Secondary []Named
	Ready     bool // the primary button may be pressed
	Facts     []Row
}

// FieldKind is how a field is entered and which keyboard opens.
type FieldKind int

// The kinds of field.
const (
	FieldChinese  FieldKind = iota // any text; pinyin keyboard
	FieldLatin                     // e-mail, login: Latin keyboard, lower case
	FieldUpper                     // credit code, tax number: Latin upper case with digits first
	FieldDigits                    // digits only
	FieldIDNumber                  // digits and X
	FieldPassword                  // hidden, Latin keyboard; never through the input method
	FieldPIN                       // hidden, digits pad with letters at a touch; never through the input method
	FieldChoice                    // one of Choices
)

// Field is one entry of a form.
type Field struct {
	ID       string
	Kind     FieldKind
	Value    string   // "" for hidden kinds; the screen keeps what is typed
	Choices  []string // message keys "choice.<v>"
	Optional bool
	Problem  *Fault            // shown at the field in red
	Good     bool              // checked and right: green note "field.good"
	Hint     string            // message key shown while nothing is wrong, "" for none
	Args     map[string]string // for Hint
	MaxLen   int               // characters, 0 for 120
}

// AgreementsPage lists the agreements; each must be opened before it can be agreed to.
type AgreementsPage struct {
	Items []AgreementItem
	Ready bool
	Fault *Fault
}

// AgreementItem is one agreement with what the customer did with it.
type AgreementItem struct {
	Agreement ra.Agreement
	Opened    bool
	Agreed    bool
}

// AgreementPage is one agreement opened for reading.
type AgreementPage struct {
	Agreement ra.Agreement
}

// ServicesPage chooses services and quantities.
type ServicesPage struct {
	Items    []ServiceItem
	TotalFen int64
	MaxUnits int
	Ready    bool
	Fault    *Fault
}

// ServiceItem is one service of the catalogue with the quantity chosen.
type ServiceItem struct {
	Service  ra.Service
	Quantity int
}

// SummaryPage shows everything before the order is placed.
type SummaryPage struct {
	Sections []Section
	TotalFen int64
	Fault    *Fault
	Busy     bool
}

// Section is a titled list of facts: "section.<ID>".
type Section struct {
	ID   string
	Rows []Row
	Edit bool // can be changed: event Edit{ID}
}

// Row is one fact: label key "field.<ID>" and a value, as text or as a message key.
type Row struct {
	ID    string
	Value string
	Text  ra.Text // used when Value is empty: text in both languages
	Key   string  // used when both are empty: a message key
	Args  map[string]string
}

// WaitPage shows the live state of an order while people work on it.
type WaitPage struct {
	Order   OrderCard
	Marks   []Mark
	Since   time.Time
	Typical time.Duration // how long it usually takes
	Mend    bool          // something was sent back: event Go{} goes to the scanner
	Make    bool          // approved: event Go{} goes on to making
	Fault   *Fault
}

// Mark is one line of a progress list: "mark.<ID>" or, for a material, "material.<ID>".
type Mark struct {
	ID       string
	State    MarkState
	Duration time.Duration
	Reasons  []ra.Reason
	Fault    *Fault
}

// MarkState is the state of a mark.
type MarkState string

// The states of a mark.
const (
	MarkTodo    MarkState = "todo"
	MarkRunning MarkState = "running"
	MarkDone    MarkState = "done"
	MarkFailed  MarkState = "failed"
)

// MembersPage lists the organisations that a person is here for: event ChooseMember.
type MembersPage struct {
	Members []MemberCard
}

// MemberCard is one organisation in one project.
type MemberCard struct {
	ID           string
	Organisation string
	Project      ra.Text
	Confirmed    bool // an application of it was accepted in review
	Current      bool // the session is in it
}

// OrdersPage lists the customer's orders.
type OrdersPage struct {
	Member MemberCard // whose they are
	Orders []OrderCard
	Fault  *Fault
}

// OrderCard is one order in a list.
type OrderCard struct {
	ID        string
	Number    string
	Kind      ra.Kind
	State     string // customer's words: "state.<State>": unpaid, paid, awaiting_confirmation, materials_missing, under_review, sent_back, approved, making, done, cancelled
	Done      int    // units done
	Of        int
	AmountFen int64
	CreatedAt time.Time
	Next      string // what can be done now: "next.<Next>": materials, pay, wait, make, none
}

// InfoPage is the service information of a project (S25).
type InfoPage struct {
	Project ra.Project
}

// BusyPage says that something takes a moment: "busy.<ID>".
type BusyPage struct{ ID string }

// FaultPage is a fault that stands alone, with what may be done: "action.<Actions[i].Name()>", the first one filled.
type FaultPage struct {
	Fault   Fault
	Actions []Named
}

// NoticePage tells something calmly: "notice.<ID>.title", "notice.<ID>.text" (service not offered yet, staff called).
type NoticePage struct {
	ID   string
	Args map[string]string
}

func (HomePage) page()       {}
func (ProjectsPage) page()   {}
func (FormPage) page()       {}
func (AgreementsPage) page() {}
func (AgreementPage) page()  {}
func (ServicesPage) page()   {}
func (SummaryPage) page()    {}
func (PrintPage) page()      {}
func (ScanPage) page()       {}
func (PayPage) page()        {}
func (WaitPage) page()       {}
func (MembersPage) page()    {}
func (OrdersPage) page()     {}
func (KeyPage) page()        {}
func (ProgressPage) page()   {}
func (DonePage) page()       {}
func (InfoPage) page()       {}
func (BusyPage) page()       {}
func (FaultPage) page()      {}
func (NoticePage) page()     {}
