package console

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/review"
)

// fakeRules keeps a made-up back office in memory; it follows the contract as far as pages can tell.
type fakeRules struct {
	mu           sync.Mutex
	now          time.Time
	staff        []ra.Staff
	cases        map[string]*review.Case
	certificates []ra.Certificate
	ending       []book.AuthorityEnd
	kiosks       []book.KioskStatus
	released     []string
	suspensions  map[string][]book.Suspension
	waiting      *book.Ruling
	accesses     []book.AccessChange
	passwords    map[string]string // set since, by login
	scan         func(sha256 string) []byte
	fail         map[string]error // by the call's name
	unsealed     time.Duration    // age of the oldest line of the trail that is not sealed
	watch        chan struct{}
	works        []book.Work
	failed       []book.FailedMessage
	owed         []book.OwedRow
}

const fakePassword = "hall-2026"

func (f *fakeRules) failure(call string) error { return f.fail[call] }

func (f *fakeRules) StaffLogOut(context.Context, ra.Staff) error { return f.failure("StaffLogOut") }

func (f *fakeRules) StaffLogIn(_ context.Context, login, password string) (ra.Staff, error) {
	if err := f.failure("StaffLogIn"); err != nil {
		return ra.Staff{}, err
	}
	for _, s := range f.staff {
		if want, ok := f.passwords[login]; s.Login == login && !s.Disabled && (password == want || !ok && password == fakePassword) {
			return s, nil
		}
	}
	return ra.Staff{}, ra.E(ra.CodeLoginWrong, "left", "4")
}

func (f *fakeRules) Staff(_ context.Context, id string) (ra.Staff, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.find(id)
	if m == nil {
		return ra.Staff{}, ra.E(ra.CodeNotFound)
	}
	return *m, f.failure("Staff")
}

func (f *fakeRules) Owed(context.Context, ra.Staff, string) ([]book.OwedRow, bool, error) {
	return f.owed, len(f.owed) > 2, f.failure("Owed")
}

func (f *fakeRules) sorted() []*review.Case {
	var all []*review.Case
	for _, c := range f.cases {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *review.Case) int { return a.Order.CreatedAt.Compare(b.Order.CreatedAt) })
	return all
}

func (f *fakeRules) Queue(context.Context, ra.Staff) ([]review.QueueEntry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var q []review.QueueEntry
	for _, c := range f.sorted() {
		o := c.Order
		if o.State == ra.OrderOpen && (o.Materials == ra.MaterialsSubmitted || o.Payment == ra.PaymentAwaitingConfirmation) {
			q = append(q, review.QueueEntry{Order: o, WaitingSince: o.CreatedAt, Hall: c.Kiosk.Hall, Window: c.Kiosk.Window, Claim: c.Claim})
		}
	}
	return q, f.failure("Queue")
}

func (f *fakeRules) Overview(context.Context, ra.Staff) (review.Overview, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := review.Overview{Orders: map[ra.OrderState]int{}, DoneToday: 17, UnsentMessages: 1, ActiveCertificates: 1284}
	if f.waiting != nil {
		o.WaitingRulings = 1
	}
	for _, c := range f.accesses {
		if c.State == ra.AccessWaiting {
			o.WaitingAccesses++
		}
	}
	for _, c := range f.cases {
		o.Orders[c.Order.State]++
		if c.Order.Payment == ra.PaymentAwaitingConfirmation {
			o.WaitingPayments++
		}
		if c.Order.State == ra.OrderOpen && c.Order.Materials == ra.MaterialsSubmitted {
			o.WaitingMaterials++
		}
		for _, u := range c.Order.Units {
			if u.State == ra.UnitReserved || u.State == ra.UnitIssued {
				o.UnfinishedUnits++
			}
		}
	}
	return o, f.failure("Overview")
}

func (f *fakeRules) Claim(_ context.Context, staff ra.Staff, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.cases[id]
	if !ok {
		return ra.E(ra.CodeNotFound)
	}
	if c.Claim != nil && c.Claim.StaffID != staff.ID {
		return ra.E(ra.CodeConflict, "name", c.Claim.Name).At("claim")
	}
	c.Claim = &book.Claim{OrderID: id, StaffID: staff.ID, Name: staff.Name, Until: f.now.Add(8 * time.Minute)}
	return f.failure("Claim")
}

func (f *fakeRules) TakeOver(_ context.Context, staff ra.Staff, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cases[id].Claim = &book.Claim{OrderID: id, StaffID: staff.ID, Name: staff.Name, Until: f.now.Add(8 * time.Minute)}
	return f.failure("TakeOver")
}

func (f *fakeRules) Unclaim(_ context.Context, _ ra.Staff, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cases[id].Claim = nil
	return f.failure("Unclaim")
}

func (f *fakeRules) Case(_ context.Context, _ ra.Staff, id string) (review.Case, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.cases[id]
	if !ok {
		return review.Case{}, ra.E(ra.CodeNotFound)
	}
	found := *c
	found.Order = clone(c.Order)
	return found, f.failure("Case")
}

func clone(o ra.Order) ra.Order {
	o.Papers, o.Units = slices.Clone(o.Papers), slices.Clone(o.Units)
	return o
}

func (f *fakeRules) PageImage(_ context.Context, _ ra.Staff, _, sha256 string) (io.ReadCloser, string, error) {
	if err := f.failure("PageImage"); err != nil {
		return nil, "", err
	}
	return io.NopCloser(bytes.NewReader(f.scan(sha256))), "image/png", nil
}

func (f *fakeRules) PageThumb(_ context.Context, _ ra.Staff, _, sha256 string) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(f.scan(sha256))), f.failure("PageThumb")
}

func (f *fakeRules) Titles(context.Context) (book.Titles, error) {
	t := book.Titles{ProjectNames: map[string]ra.Text{}, ModelNames: map[string]ra.Text{"SoftHSM v2": {ZH: "软件钥匙", EN: "Software key"}}}
	for _, p := range fakeProjects {
		t.ProjectNames[p.ID] = p.Name
	}
	return t, f.failure("Titles")
}

// change alters an order of that version, as the rules would.
func (f *fakeRules) change(call, id string, version int, alter func(*review.Case) error) (ra.Order, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.failure(call); err != nil {
		return ra.Order{}, err
	}
	c, ok := f.cases[id]
	if !ok {
		return ra.Order{}, ra.E(ra.CodeNotFound)
	}
	if c.Order.Version != version {
		return ra.Order{}, ra.E(ra.CodeConflict).At("version")
	}
	if err := alter(c); err != nil {
		return ra.Order{}, err
	}
	c.Order.Version++
	return clone(c.Order), nil
}

func (f *fakeRules) Judge(_ context.Context, _ ra.Staff, id string, kind ra.MaterialKind, verdict ra.Verdict, reasons []ra.Reason, version int) (ra.Order, error) {
	return f.change("Judge", id, version, func(c *review.Case) error {
		if verdict == ra.VerdictReturned && !reasoned(reasons) {
			return ra.E(ra.CodeReasonMissing)
		}
		for i := range c.Order.Papers {
			p := &c.Order.Papers[i]
			if p.Kind == kind {
				p.Verdict, p.Reasons = verdict, reasons
			}
		}
		return nil
	})
}

func reasoned(reasons []ra.Reason) bool {
	return len(reasons) > 0 && !slices.ContainsFunc(reasons, func(r ra.Reason) bool { return r.Kind == ra.ReasonOther && r.Note == "" })
}

func (f *fakeRules) Return(_ context.Context, _ ra.Staff, id string, version int) (ra.Order, error) {
	return f.change("Return", id, version, func(c *review.Case) error {
		c.Order.Materials = ra.MaterialsReturned
		return nil
	})
}

func (f *fakeRules) ConfirmPayment(_ context.Context, _ ra.Staff, id string, amount int64, reference string, version int) (ra.Order, error) {
	return f.change("ConfirmPayment", id, version, func(c *review.Case) error {
		if amount != c.Order.AmountFen {
			return ra.E(ra.CodeAmountDiffers, "due", strconv.FormatInt(c.Order.AmountFen, 10), "got", strconv.FormatInt(amount, 10)).At("amount_fen")
		}
		c.Order.Payment, c.Reference = ra.PaymentPaid, reference
		return nil
	})
}

func (f *fakeRules) RefusePayment(_ context.Context, _ ra.Staff, id string, reasons []ra.Reason, version int) (ra.Order, error) {
	return f.change("RefusePayment", id, version, func(c *review.Case) error {
		if !reasoned(reasons) {
			return ra.E(ra.CodeReasonMissing)
		}
		c.Order.Payment = ra.PaymentUnpaid
		return nil
	})
}

func (f *fakeRules) Approve(_ context.Context, _ ra.Staff, id string, version int) (ra.Order, error) {
	return f.change("Approve", id, version, func(c *review.Case) error {
		for _, p := range judgeable(c.Order) {
			if p.Verdict != ra.VerdictAccepted {
				return ra.E(ra.CodeMaterialsUnjudged)
			}
		}
		if c.Order.Materials = ra.MaterialsAccepted; c.Order.Payment.Settled() {
			c.Order.State, c.Code = ra.OrderApproved, sentCode(f.now)
		}
		return nil
	})
}

func (f *fakeRules) NewCode(_ context.Context, _ ra.Staff, id string, version int) (ra.Order, error) {
	return f.change("NewCode", id, version, func(*review.Case) error { return nil })
}

func (f *fakeRules) CancelOrder(_ context.Context, _ ra.Staff, id string, reasons []ra.Reason, version int) (ra.Order, error) {
	return f.change("CancelOrder", id, version, func(c *review.Case) error {
		if !reasoned(reasons) {
			return ra.E(ra.CodeReasonMissing)
		}
		c.Order.State, c.Order.Returned = ra.OrderCancelled, reasons
		return nil
	})
}

func (f *fakeRules) Note(_ context.Context, staff ra.Staff, id, note string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if note == "" {
		return ra.E(ra.CodeRequired).At("note")
	}
	c := f.cases[id]
	c.History = append(c.History, book.AuditRow{At: f.now, ActorKind: "staff", ActorID: staff.ID, Action: "order.note", Facts: map[string]string{"note": note}})
	return f.failure("Note")
}

func (f *fakeRules) SearchOrders(_ context.Context, _ ra.Staff, q book.OrderQuery) ([]ra.Order, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []ra.Order
	for _, c := range f.sorted() {
		if (q.State == "" || c.Order.State == q.State) && strings.Contains(c.Order.Number+c.Order.Applicant.Organisation.Name, q.Text) {
			found = append(found, clone(c.Order))
		}
	}
	slices.Reverse(found)
	if i := slices.IndexFunc(found, func(o ra.Order) bool { return o.ID == q.Before }); i >= 0 {
		found = found[i+1:]
	}
	return found[:min(len(found), q.Limit)], f.failure("SearchOrders")
}

func (f *fakeRules) TrailHealth(context.Context) (book.TrailHealth, error) {
	return book.TrailHealth{MonthsMade: 12, Unsealed: f.unsealed}, f.failure("TrailHealth")
}

func (f *fakeRules) EndingCAs() []book.AuthorityEnd { return f.ending }

func (f *fakeRules) SearchCertificates(_ context.Context, _ ra.Staff, q book.CertificateQuery) ([]ra.Certificate, error) {
	var found []ra.Certificate
	for _, c := range f.certificates {
		if (q.State == "" || c.State == q.State) && strings.Contains(c.SerialNumber+c.Subject, q.Text) {
			found = append(found, c)
		}
	}
	return found, f.failure("SearchCertificates")
}

func (f *fakeRules) Certificate(_ context.Context, _ ra.Staff, id string) (ra.Certificate, error) {
	for _, c := range f.certificates {
		if c.ID == id {
			return c, nil
		}
	}
	return ra.Certificate{}, ra.E(ra.CodeNotFound)
}

func (f *fakeRules) ExportCertificate(ctx context.Context, staff ra.Staff, id string) (ra.Certificate, error) {
	return f.Certificate(ctx, staff, id)
}

func (f *fakeRules) ReleaseUnit(_ context.Context, _ ra.Staff, operationID, reason string) error {
	if err := f.failure("ReleaseUnit"); err != nil {
		return err
	}
	if reason == "" {
		return ra.E(ra.CodeReasonMissing)
	}
	f.released = append(f.released, operationID)
	return nil
}

func (f *fakeRules) Kiosks(context.Context, ra.Staff) ([]book.KioskStatus, error) {
	return f.kiosks, f.failure("Kiosks")
}

func (f *fakeRules) EnrolmentCode(_ context.Context, _ ra.Staff, prefix, _ string, _ ra.Text, projects []string) (string, error) {
	if err := f.failure("EnrolmentCode"); err != nil {
		return "", err
	}
	if len(prefix) != 4 {
		return "", ra.E(ra.CodeInvalid).At("prefix")
	}
	if slices.Contains(projects, "nobody") {
		return "", ra.E(ra.CodeNotFound).At("projects")
	}
	return "7KQ2-M4XD-9RTA-NB3F", nil
}

func (f *fakeRules) Watch(context.Context, ra.Staff) (<-chan struct{}, error) {
	return f.watch, f.failure("Watch")
}
