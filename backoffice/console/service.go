package console

import (
	"context"
	"io"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/service"
)

// Service is the part of the rules that the console calls; the contract of each call stands there.
type Service interface {
	StaffLogIn(ctx context.Context, login, password string) (ra.Staff, error)
	Staff(ctx context.Context, id string) (ra.Staff, error)
	StaffName(ctx context.Context, id string) (string, error)
	ChangeStaffPassword(ctx context.Context, staff ra.Staff, old, password string) (ra.Staff, error)

	Overview(ctx context.Context, staff ra.Staff) (service.Overview, error)
	Queue(ctx context.Context, staff ra.Staff) ([]service.QueueEntry, error)
	Claim(ctx context.Context, staff ra.Staff, orderID string) error
	TakeOver(ctx context.Context, staff ra.Staff, orderID string) error
	Unclaim(ctx context.Context, staff ra.Staff, orderID string) error

	Case(ctx context.Context, staff ra.Staff, orderID string) (service.Case, error)
	PageImage(ctx context.Context, staff ra.Staff, sha256 string) (io.ReadCloser, string, error)
	Judge(ctx context.Context, staff ra.Staff, orderID string, kind ra.MaterialKind, verdict ra.Verdict, reasons []ra.Reason, version int) (ra.Order, error)
	Return(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error)
	ConfirmPayment(ctx context.Context, staff ra.Staff, orderID string, amountFen int64, reference string, version int) (ra.Order, error)
	RefusePayment(ctx context.Context, staff ra.Staff, orderID string, reasons []ra.Reason, version int) (ra.Order, error)
	Approve(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error)
	NewCode(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error)
	CancelOrder(ctx context.Context, staff ra.Staff, orderID string, reasons []ra.Reason, version int) (ra.Order, error)
	Note(ctx context.Context, staff ra.Staff, orderID, note string) error

	SearchOrders(ctx context.Context, staff ra.Staff, q book.OrderQuery) ([]ra.Order, error)
	SearchCertificates(ctx context.Context, staff ra.Staff, q book.CertificateQuery) ([]ra.Certificate, error)
	Certificate(ctx context.Context, staff ra.Staff, id string) (ra.Certificate, error)
	ReleaseUnit(ctx context.Context, staff ra.Staff, operationID, reason string) error

	Kiosks(ctx context.Context, staff ra.Staff) ([]book.KioskStatus, error)
	EnrolmentCode(ctx context.Context, staff ra.Staff, prefix, hallID string, window ra.Text, projects []string) (string, error)
	BlockKiosk(ctx context.Context, by ra.Staff, id, reason string) error
	UnblockKiosk(ctx context.Context, by ra.Staff, id string) error

	Places(ctx context.Context, by ra.Staff) ([]ra.Project, []ra.Hall, error)
	StaffList(ctx context.Context, by ra.Staff) ([]ra.Staff, error)
	Member(ctx context.Context, by ra.Staff, id string) (ra.Staff, error)
	FirstPassword() (string, error)
	AddStaff(ctx context.Context, by, m ra.Staff, password string) error
	ResetPassword(ctx context.Context, by ra.Staff, id string) (string, error)
	DisableStaff(ctx context.Context, by ra.Staff, id string, disabled bool) error
	Grant(ctx context.Context, by ra.Staff, g ra.Grant) error
	ConfirmGrant(ctx context.Context, by ra.Staff, id string) error
	WithdrawGrant(ctx context.Context, by ra.Staff, id string) error

	Watch(ctx context.Context, staff ra.Staff) (<-chan struct{}, error)
}

var _ Service = (*service.Service)(nil)
