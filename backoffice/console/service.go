package console

import (
	"context"
	"io"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/service"
)

// Service is the part of the rules that the console calls; the contract of each call stands there.
type Service interface {
	StaffLogIn(ctx context.Context, login, password string) (ra.Staff, error)
	Staff(ctx context.Context, id string) (ra.Staff, error)

	Overview(ctx context.Context, staff ra.Staff) (service.Overview, error)
	Queue(ctx context.Context, staff ra.Staff) ([]service.QueueEntry, error)
	Claim(ctx context.Context, staff ra.Staff, orderID string) error
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

	SearchOrders(ctx context.Context, staff ra.Staff, q service.OrderQuery) ([]ra.Order, error)
	SearchCertificates(ctx context.Context, staff ra.Staff, q service.CertificateQuery) ([]ra.Certificate, error)
	Certificate(ctx context.Context, staff ra.Staff, id string) (ra.Certificate, error)
	ReleaseUnit(ctx context.Context, staff ra.Staff, operationID, reason string) error

	Kiosks(ctx context.Context, staff ra.Staff) ([]service.KioskStatus, error)
	EnrolmentCode(ctx context.Context, staff ra.Staff, prefix string, hall, window ra.Text, projects []string) (string, error)

	Watch(ctx context.Context, staff ra.Staff) (<-chan struct{}, error)
}

var _ Service = (*service.Service)(nil)
