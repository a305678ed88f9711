package servicetest

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
)

// Registration is a valid one; each has a login of its own.
func (h *Hall) Registration(t testing.TB) ra.Registration {
	t.Helper()
	person := ra.Person{Name: "李四", IDNumber: "110101199003071233", Mobile: fmt.Sprintf("138%08d", h.sequence.Add(1))}
	return ra.Registration{
		ID: ID(t), ProjectID: ProjectID, Login: person.Mobile, Password: Password,
		Organisation: ra.Organisation{Name: "杭州示范科技有限公司", CreditCode: "91110000MA00000152"},
		Legal:        ra.Person{Name: "张三", IDNumber: "310115198512310045"}, Handler: person,
		Agreed: []ra.Agreed{{AgreementID: "terms", Version: 2}},
	}
}

// Registered registers a new member.
func (h *Hall) Registered(t testing.TB) ra.Membership {
	t.Helper()
	member, err := h.Register(t.Context(), h.Kiosk, h.Registration(t))
	Must(t, err)
	return member
}

// Application is a valid one for n keys.
func (h *Hall) Application(t testing.TB, n int) ra.Application {
	t.Helper()
	return ra.Application{
		ID: ID(t), Number: ra.OrderNumber(h.Kiosk.Prefix, h.sequence.Add(1)), Kind: ra.KindNew,
		Lines:    []ra.ChosenLine{{ServiceID: ServiceID, Quantity: n}},
		Invoice:  ra.Invoice{Kind: ra.InvoiceOrdinary, Title: "杭州示范科技有限公司", TaxNumber: "91110000MA00000152"},
		Delivery: ra.Delivery{Kind: ra.DeliveryCounter}, Method: ra.MethodTransfer,
	}
}

// Placed places an order for n keys.
func (h *Hall) Placed(t testing.TB, member ra.Membership, n int) ra.Order {
	t.Helper()
	order, err := h.Place(t.Context(), h.Kiosk, member, h.Application(t, n))
	Must(t, err)
	return order
}

// Page stores a new scan and puts it under a material.
func (h *Hall) Page(t testing.TB, member ra.Membership, orderID string, kind ra.MaterialKind) ra.Order {
	t.Helper()
	scan, page := Scan(t, int(h.sequence.Add(1)))
	Must(t, h.StoreBlob(t.Context(), h.Kiosk, bytes.NewReader(scan), page.SHA256, page.Bytes))
	order, err := h.AddPage(t.Context(), member, orderID, kind, page)
	Must(t, err)
	return order
}

// HandIn hands in an order's papers, each with as many pages as it needs at least, and its slip.
func (h *Hall) HandIn(t testing.TB, member ra.Membership, order ra.Order) ra.Order {
	t.Helper()
	for _, need := range order.Papers {
		for range need.MinPages {
			h.Page(t, member, order.ID, need.Kind)
		}
	}
	order, err := h.Submit(t.Context(), member, order.ID)
	Must(t, err)
	return order
}

// Passed places an application, hands in and pays what it needs, and approves it unless a rule does.
func (h *Hall) Passed(t testing.TB, member ra.Membership, a ra.Application) ra.Order {
	t.Helper()
	order, err := h.Place(t.Context(), h.Kiosk, member, a)
	Must(t, err)
	if order.State == ra.OrderOpen {
		order = h.HandIn(t, member, order)
	}
	if order.Payment != ra.PaymentNothingDue {
		order = h.Paid(t, order)
	}
	if order.State == ra.OrderOpen {
		order = h.Judged(t, order)
		order, err = h.Approve(t.Context(), h.Supervisor, order.ID, order.Version)
		Must(t, err)
	}
	return order
}

// Submitted places an order for n keys and hands everything in, the slip too.
func (h *Hall) Submitted(t testing.TB, member ra.Membership, n int) ra.Order {
	t.Helper()
	return h.HandIn(t, member, h.Placed(t, member, n))
}

// Seen has a member of staff look at every page of an order: before, they accept none.
func (h *Hall) Seen(t testing.TB, staff ra.Staff, order ra.Order) {
	t.Helper()
	for _, m := range order.Papers {
		for _, page := range m.Pages {
			Must(t, h.Store.InsertPageLook(t.Context(), order.ID, staff.ID, page.SHA256, h.Clock.Now()))
		}
	}
}

// Judged accepts every material of an order.
func (h *Hall) Judged(t testing.TB, order ra.Order) ra.Order {
	t.Helper()
	h.Seen(t, h.Supervisor, order)
	for _, m := range order.Papers {
		if m.Kind == ra.MaterialRemittance {
			continue
		}
		var err error
		order, err = h.Judge(t.Context(), h.Supervisor, order.ID, m.Kind, ra.VerdictAccepted, nil, order.Version)
		Must(t, err)
	}
	return order
}

// Paid confirms the order's transfer.
func (h *Hall) Paid(t testing.TB, order ra.Order) ra.Order {
	t.Helper()
	order, err := h.ConfirmPayment(t.Context(), h.Supervisor, order.ID, order.AmountFen, "REF-"+order.Number, order.Version)
	Must(t, err)
	return order
}

// Approved brings an order for n keys to approved and returns the code of the text message.
func (h *Hall) Approved(t testing.TB, member ra.Membership, n int) (ra.Order, string) {
	t.Helper()
	order := h.Paid(t, h.Judged(t, h.Submitted(t, member, n)))
	order, err := h.Approve(t.Context(), h.Supervisor, order.ID, order.Version)
	Must(t, err)
	_, err = h.DeliverMessages(t.Context())
	Must(t, err)
	code, err := h.Sender.Code(order.Number)
	Must(t, err)
	return order, code
}

// Reserved reserves a unit for a key.
func (h *Hall) Reserved(t testing.TB, member ra.Membership, order ra.Order, code string, key *Key) ra.Release {
	t.Helper()
	release, err := h.Reserve(t.Context(), h.Kiosk, member, Reservation(t, order, code, key))
	Must(t, err)
	return release
}

// Begun reserves the unit of a new member's approved order for a new key.
func (h *Hall) Begun(t testing.TB) (ra.Membership, ra.Release, *Key) {
	t.Helper()
	member := h.Registered(t)
	order, code := h.Approved(t, member, 1)
	key := NewKey(t)
	return member, h.Reserved(t, member, order, code, key), key
}

// Reservation asks for a unit of the order for a key.
func Reservation(t testing.TB, order ra.Order, code string, key *Key) ra.Reservation {
	t.Helper()
	return ra.Reservation{OperationID: ID(t), OrderID: order.ID, Key: key.Identity, AuthCode: code, Attempt: Attempt(t)}
}

// ReservationFor is Reservation for a key of that serial number.
func ReservationFor(t testing.TB, order ra.Order, code, serial string) ra.Reservation {
	t.Helper()
	return Reservation(t, order, code, &Key{Identity: KeyIdentity(serial)})
}

// Attempt is one at a key that was initialised, whose PINs were never tried in vain and that has no customer PIN.
func Attempt(t testing.TB) ra.AdminAttempt {
	t.Helper()
	return ra.AdminAttempt{ID: ID(t), Initialized: true, State: ra.TokenPINOK, CustomerPIN: ra.TokenPINOK}
}

// Certified issues the certificate of a reserved key.
func (h *Hall) Certified(t testing.TB, release ra.Release, key *Key) ra.Issued {
	t.Helper()
	issued, err := h.Certify(t.Context(), h.Kiosk, release.Hold(), key.Request(t, release.Subject), release.Opening.Set.Version)
	Must(t, err)
	key.Certificate = issued.Certificate
	return issued
}

// Proof makes a good proof of a certified key.
func (h *Hall) Proof(t testing.TB, release ra.Release, key *Key) ra.Proof {
	t.Helper()
	challenge, err := h.Challenge(t.Context(), h.Kiosk, release.Hold())
	Must(t, err)
	return ra.Proof{OperationID: release.Operation.ID, Challenge: challenge, Signature: key.Sign(t, challenge), Certificate: key.Certificate, Inside: true,
		AdminPIN: release.Opening.Set.Version, Durations: []ra.Lap{{Step: ra.StepWrite, Milliseconds: 12}}}
}

// Made makes one key of an approved order, from the reservation to the proof.
func (h *Hall) Made(t testing.TB, member ra.Membership, order ra.Order, code string) (ra.Completion, ra.Release, *Key) {
	t.Helper()
	key := NewKey(t)
	release := h.Reserved(t, member, order, code, key)
	h.Certified(t, release, key)
	done, err := h.Confirm(t.Context(), h.Kiosk, release.Hold(), h.Proof(t, release, key))
	Must(t, err)
	return done, release, key
}

// Holder is a new member of an organisation of its own who is confirmed and holds n keys, with the ids of their certificates.
func (h *Hall) Holder(t testing.TB, n int) (ra.Membership, []string) {
	t.Helper()
	r := h.Registration(t)
	number := fmt.Sprintf("91330100%09d", h.sequence.Add(1))
	r.Organisation.CreditCode = number + string(ra.CreditCheck(number))
	member, err := h.Register(t.Context(), h.Kiosk, r)
	Must(t, err)
	order, code := h.Approved(t, member, n)
	for range n {
		h.Made(t, member, order, code)
	}
	var certificates []string
	for _, u := range h.OrderOf(t, member, order.ID).Units {
		certificates = append(certificates, u.CertificateID)
	}
	return h.MemberAgain(t, member), certificates
}

// MemberAgain is a membership as it is now.
func (h *Hall) MemberAgain(t testing.TB, member ra.Membership) ra.Membership {
	t.Helper()
	member, err := h.Store.Membership(t.Context(), member.ID)
	Must(t, err)
	return member
}

// On is a valid application of a kind and reason on certificates; nothing is encrypted with their keys.
func (h *Hall) On(t testing.TB, kind ra.Kind, reason ra.ServiceReason, certificates ...string) ra.Application {
	t.Helper()
	a := h.Application(t, 0)
	a.Kind, a.Reason = kind, reason
	a.Lines = []ra.ChosenLine{{ServiceID: h.Project.ServicesFor(kind, reason)[0].ID, Targets: certificates}}
	if rule, _ := ra.RuleOf(kind, reason); rule.AsksFiles {
		a.Files = ra.FilesNone
	}
	return a
}

// Change is a valid application that changes a member's data.
func (h *Hall) Change(t testing.TB, member ra.Membership, reason ra.ServiceReason, change func(*ra.Applicant)) ra.Application {
	t.Helper()
	a := h.On(t, ra.KindChange, reason)
	after := member.Applicant()
	change(&after)
	a.Applicant = &after
	return a
}

// CertificateEnd is when a certificate ends.
func (h *Hall) CertificateEnd(t testing.TB, id string) (end time.Time) {
	t.Helper()
	Must(t, h.Store.Pool().QueryRow(t.Context(), `SELECT not_after FROM certificates WHERE id = $1`, id).Scan(&end))
	return end
}

// Suspend puts a certificate on hold.
func (h *Hall) Suspend(ctx context.Context, staff ra.Staff, certificateID, note string) error {
	_, err := h.Rule(ctx, staff, book.Ruling{CertificateID: certificateID, Act: ra.ActSuspend, Ground: ra.GroundDoubt, Note: note})
	return err
}

// Restore takes one that is off hold.
func (h *Hall) Restore(ctx context.Context, staff ra.Staff, certificateID, note string) error {
	_, err := h.Rule(ctx, staff, book.Ruling{CertificateID: certificateID, Act: ra.ActRestore, Ground: ra.GroundCleared, Note: note})
	return err
}

// Revoke ends one for good.
func (h *Hall) Revoke(ctx context.Context, staff ra.Staff, certificateID string, because ra.Ground, note string) error {
	_, err := h.Rule(ctx, staff, book.Ruling{CertificateID: certificateID, Act: ra.ActRevoke, Ground: because, Note: note})
	return err
}

// WantSecond makes the hall's project want a second person for these acts, and for no other.
func (h *Hall) WantSecond(t testing.TB, acts ...ra.Act) {
	t.Helper()
	p := h.Project
	p.SecondPerson = acts
	h.PutProject(t, 0, p)
}
