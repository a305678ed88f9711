package console

import (
	"context"
	"io"

	"keyhall/backoffice/access"
	"keyhall/backoffice/book"
	"keyhall/backoffice/cashier"
	"keyhall/backoffice/fleet"
	"keyhall/backoffice/issuing"
	"keyhall/backoffice/people"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
)

// What the console asks of the parts of the rules; the contract of each call stands there.

// People are the members of staff (backoffice/people).
type People interface {
	StaffLogIn(ctx context.Context, login, password string) (ra.Staff, error)
	StaffLogOut(ctx context.Context, member ra.Staff) error
	Staff(ctx context.Context, id string) (ra.Staff, error)
	StaffName(ctx context.Context, id string) (string, error)
	ChangeStaffPassword(ctx context.Context, staff ra.Staff, old, password string) (ra.Staff, error)
	Places(ctx context.Context, by ra.Staff) ([]ra.Project, []ra.Hall, error)
	StaffList(ctx context.Context, by ra.Staff) ([]ra.Staff, error)
	Member(ctx context.Context, by ra.Staff, id string) (ra.Staff, error)
	FirstPassword() (string, error)
	AddStaff(ctx context.Context, by, m ra.Staff, password string) error
	ResetPassword(ctx context.Context, by ra.Staff, id string) (string, error)
	DisableStaff(ctx context.Context, by ra.Staff, id string, disabled bool) error
	Grant(ctx context.Context, by ra.Staff, g ra.Grant) error
	ConfirmGrant(ctx context.Context, by ra.Staff, id string) error
	BindKey(ctx context.Context, by ra.Staff, k ra.StaffKey, file []byte) error
	ConfirmKey(ctx context.Context, by ra.Staff, id string) error
	RemoveKey(ctx context.Context, by ra.Staff, id string) error
	WithdrawGrant(ctx context.Context, by ra.Staff, id string) error
}

// Review is the queue and the cases (backoffice/review).
type Review interface {
	Overview(ctx context.Context, staff ra.Staff) (review.Overview, error)
	Queue(ctx context.Context, staff ra.Staff) ([]review.QueueEntry, error)
	Claim(ctx context.Context, staff ra.Staff, orderID string) error
	TakeOver(ctx context.Context, staff ra.Staff, orderID string) error
	Unclaim(ctx context.Context, staff ra.Staff, orderID string) error
	Case(ctx context.Context, staff ra.Staff, orderID string) (review.Case, error)
	PageThumb(ctx context.Context, staff ra.Staff, orderID, sha256 string) (io.ReadCloser, error)
	PageImage(ctx context.Context, staff ra.Staff, orderID, sha256 string) (io.ReadCloser, string, error)
	Judge(ctx context.Context, staff ra.Staff, orderID string, kind ra.MaterialKind, verdict ra.Verdict, reasons []ra.Reason, version int) (ra.Order, error)
	Return(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error)
	Approve(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error)
	NewCode(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error)
	CancelOrder(ctx context.Context, staff ra.Staff, orderID string, reasons []ra.Reason, version int) (ra.Order, error)
	Note(ctx context.Context, staff ra.Staff, orderID, note string) error
	SearchOrders(ctx context.Context, staff ra.Staff, q book.OrderQuery) ([]ra.Order, error)
	Titles(ctx context.Context) (book.Titles, error)
	Watch(ctx context.Context, staff ra.Staff) (<-chan struct{}, error)
}

// Cashier settles payments (backoffice/cashier).
type Cashier interface {
	ConfirmPayment(ctx context.Context, staff ra.Staff, orderID string, amountFen int64, reference string, version int) (ra.Order, error)
	Owed(ctx context.Context, staff ra.Staff, after string) (all []book.OwedRow, more bool, err error)
	RefusePayment(ctx context.Context, staff ra.Staff, orderID string, reasons []ra.Reason, version int) (ra.Order, error)
}

// Issuing is the register, and keys that never came back (backoffice/issuing).
type Issuing interface {
	SearchCertificates(ctx context.Context, staff ra.Staff, q book.CertificateQuery) ([]ra.Certificate, error)
	Certificate(ctx context.Context, staff ra.Staff, id string) (ra.Certificate, error)
	TrailHealth(ctx context.Context) (book.TrailHealth, error)
	ExportCertificate(ctx context.Context, staff ra.Staff, id string) (ra.Certificate, error)
	ReleaseUnit(ctx context.Context, staff ra.Staff, operationID, reason string) error
	CertificateFile(ctx context.Context, staff ra.Staff, id string) (issuing.CertificateFile, error)
	Rule(ctx context.Context, staff ra.Staff, r book.Ruling) (waits bool, err error)
	Ruling(ctx context.Context, staff ra.Staff, id string) (book.Ruling, error)
	ConfirmRuling(ctx context.Context, staff ra.Staff, id string) error
	DropRuling(ctx context.Context, staff ra.Staff, id string) error
	WaitingRulings(ctx context.Context, staff ra.Staff) ([]book.WaitingRuling, error)
	EndingCAs() []book.AuthorityEnd
}

// Access is the desk for who does not get in any more (backoffice/access).
type Access interface {
	Find(ctx context.Context, staff ra.Staff, text string) ([]ra.Membership, error)
	MemberFile(ctx context.Context, staff ra.Staff, membershipID string) (access.File, error)
	Request(ctx context.Context, staff ra.Staff, id string) (access.Request, error)
	WaitingAccesses(ctx context.Context, staff ra.Staff) ([]book.WaitingAccess, error)
	Paper(ctx context.Context, staff ra.Staff, id string, kind ra.PaperKind) (scan io.ReadCloser, contentType string, err error)
	Bring(ctx context.Context, staff ra.Staff, membershipID, hallID string, r io.Reader) (sha256 string, err error)
	Ask(ctx context.Context, staff ra.Staff, c book.AccessChange) error
	Confirm(ctx context.Context, staff ra.Staff, id string) error
	Decline(ctx context.Context, staff ra.Staff, id, answer string) error
}

// Jobs is what the back office does by itself (backoffice/jobs).
type Jobs interface {
	Works(ctx context.Context, staff ra.Staff) ([]book.Work, error)
	FailedMessages(ctx context.Context, staff ra.Staff, before string) (all []book.FailedMessage, more bool, err error)
	Resend(ctx context.Context, staff ra.Staff, id string) error
	Retry(ctx context.Context, staff ra.Staff, name string) error
}

// Fleet is the kiosks (backoffice/fleet).
type Fleet interface {
	Kiosks(ctx context.Context, staff ra.Staff) ([]book.KioskStatus, error)
	EnrolmentCode(ctx context.Context, staff ra.Staff, prefix, hallID string, window ra.Text, projects []string) (string, error)
	BlockKiosk(ctx context.Context, by ra.Staff, id, reason string) error
	UnblockKiosk(ctx context.Context, by ra.Staff, id string) error
}

var (
	_ People  = (*people.People)(nil)
	_ Review  = (*review.Review)(nil)
	_ Cashier = (*cashier.Cashier)(nil)
	_ Issuing = (*issuing.Issuing)(nil)
	_ Fleet   = (*fleet.Fleet)(nil)
	_ Access  = (*access.Access)(nil)
)
