package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"

	"keyhall/backoffice/book"
	"keyhall/backoffice/fleet"
	"keyhall/backoffice/intake"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/server"
)

// fakeRA keeps to the promises of the rules that the server relies on: the same id with the same content gets the
// same answer, with other content a conflict. What no test asks for is nil.
type fakeRA struct {
	server.Fleet
	server.Intake
	server.Issuing
	server.Staff

	mu     sync.Mutex
	kiosks map[string]ra.Kiosk // by certificate
	seen   map[string]string   // id → content
	effect map[string]int      // id → how often something really happened
	blobs  map[string][]byte
	order  ra.Order
	news   chan struct{}
	panics bool
	broken error // what StoreBlob fails with
	full   error // what MayBring says
	// What MayBring was asked with last.
	begun      int
	begunBytes int64
}

var (
	_ server.Fleet   = (*fakeRA)(nil)
	_ server.Intake  = (*fakeRA)(nil)
	_ server.Issuing = (*fakeRA)(nil)
	_ server.Staff   = (*fakeRA)(nil)
)

const token = "session-token"

func newFake() *fakeRA {
	return &fakeRA{
		kiosks: map[string]ra.Kiosk{}, seen: map[string]string{}, effect: map[string]int{}, blobs: map[string][]byte{},
		order: ra.Order{ID: orderID, Number: "XH03-000127-8", State: ra.OrderOpen, Version: 1}, news: make(chan struct{}),
	}
}

// once counts an effect of an id and finds another content under it.
func (f *fakeRA) once(id string, content any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, err := json.Marshal(content)
	if err != nil {
		return err
	}
	old, ok := f.seen[id]
	if ok && old != string(b) {
		return ra.E(ra.CodeConflict)
	}
	if !ok {
		f.effect[id]++
	}
	f.seen[id] = string(b)
	return nil
}

func (f *fakeRA) effects(id string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.effect[id]
}

func (f *fakeRA) Enrol(_ context.Context, code string, csr []byte, previous *ra.Previous) (fleet.Enrolled, error) {
	if code != "12345678" {
		return fleet.Enrolled{}, ra.E(ra.CodeEnrolmentCode)
	}
	if previous != nil && string(previous.Signature) != "signature" {
		return fleet.Enrolled{}, ra.E(ra.CodeRequestBad).At("previous")
	}
	return fleet.Enrolled{Kiosk: ra.Kiosk{ID: "k1"}, Certificate: csr, Chain: [][]byte{{1}}}, f.once("enrol", csr)
}

func (f *fakeRA) KioskByCertificate(_ context.Context, certificate []byte) (ra.Kiosk, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k, ok := f.kiosks[string(certificate)]
	if !ok {
		return ra.Kiosk{}, ra.E(ra.CodeKioskUnknown)
	}
	return k, nil
}

// known is the certificate of the only kiosk.
func (f *fakeRA) known() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for certificate := range f.kiosks {
		return certificate
	}
	return ""
}

func (f *fakeRA) Renew(_ context.Context, shown, csr []byte) (fleet.Renewed, error) {
	if string(csr) == "early" {
		return fleet.Renewed{}, ra.E(ra.CodeRenewalEarly, "from", "2027-01-01 00:00:00")
	}
	return fleet.Renewed{Certificate: slices.Concat(shown, csr), Chain: [][]byte{{1}}}, f.once("renew", csr)
}

func (f *fakeRA) Projects(context.Context, ra.Kiosk) ([]ra.Project, error) {
	if f.panics {
		panic("a secret in a panic")
	}
	return []ra.Project{{ID: "eseal", Name: ra.Text{ZH: "电子印章"}}}, nil
}

func (f *fakeRA) Register(_ context.Context, _ ra.Kiosk, r ra.Registration) (ra.Membership, error) {
	if err := r.Validate(ra.Setting{}); err != nil {
		return ra.Membership{}, err
	}
	return ra.Membership{ID: r.ID, Login: r.Login}, f.once(r.ID, r)
}

func (f *fakeRA) Join(_ context.Context, _ ra.Kiosk, c intake.Caller, r ra.Registration) (ra.Membership, error) {
	return ra.Membership{ID: r.ID, PersonID: c.PersonID}, f.once(r.ID, r)
}

// member is the membership of the session called token; the session called unset is in none.
var member = ra.Membership{ID: "m1", PersonID: "p1"}

func (f *fakeRA) LogIn(_ context.Context, _ ra.Kiosk, login, password string) (ra.Session, error) {
	if password != "correct1" {
		return ra.Session{}, ra.E(ra.CodeLoginWrong, "left", "4").At("password")
	}
	return ra.Session{Token: token, Expires: fixed.Add(30 * time.Minute), Login: login, Membership: &member, Memberships: []ra.Membership{member}}, nil
}

func (f *fakeRA) Session(_ context.Context, _ ra.Kiosk, t string) (intake.Caller, error) {
	switch t {
	case token:
		return intake.Caller{SessionID: "s1", PersonID: "p1", Membership: member}, nil
	case "unset":
		return intake.Caller{SessionID: "s2", PersonID: "p1"}, nil
	}
	return intake.Caller{}, ra.E(ra.CodeSessionOver)
}

func (f *fakeRA) CurrentSession(_ context.Context, _ ra.Kiosk, c intake.Caller) (ra.Session, error) {
	return ra.Session{Login: "13800138000", Membership: &c.Membership, Memberships: []ra.Membership{member}}, nil
}

func (f *fakeRA) ChooseMembership(_ context.Context, _ ra.Kiosk, _ intake.Caller, id string) (ra.Membership, error) {
	if id != member.ID {
		return ra.Membership{}, ra.E(ra.CodeNotFound)
	}
	return member, nil
}

func (f *fakeRA) AskSlipCode(context.Context, ra.Kiosk, string) error { return nil }

func (f *fakeRA) LogInBySlip(context.Context, ra.Kiosk, string, string) (ra.Session, error) {
	return ra.Session{}, ra.E(ra.CodeSMSCodeOver).At("slip_code")
}

func (f *fakeRA) Agreement(context.Context, ra.Membership, string, int) (ra.Agreement, error) {
	return ra.Agreement{ID: "service", Version: 3}, nil
}

func (f *fakeRA) ForgotPassword(context.Context, ra.Kiosk, string) error { return nil }

func (f *fakeRA) AskMobileCode(context.Context, ra.Kiosk, string, string, ra.Person) error {
	return nil
}

func (f *fakeRA) CheckMobile(context.Context, ra.Kiosk, string, string, string, string) error {
	return nil
}

func (f *fakeRA) RecoverPassword(_ context.Context, _ ra.Kiosk, _, code, _ string) error {
	if code != "12345678" {
		return ra.E(ra.CodeSMSCodeWrong, "left", "4").At("code")
	}
	return nil
}

func (f *fakeRA) ChangePassword(_ context.Context, _ ra.Kiosk, _ intake.Caller, old, _ string) error {
	if old != "correct1" {
		return ra.E(ra.CodePasswordWrong, "left", "4").At("old")
	}
	return nil
}

func (f *fakeRA) LogOut(context.Context, ra.Kiosk, string) error { return nil }

func (f *fakeRA) Place(_ context.Context, _ ra.Kiosk, _ ra.Membership, a ra.Application) (ra.Order, error) {
	return f.order, f.once(a.ID, a)
}

func (f *fakeRA) Orders(context.Context, ra.Membership) ([]ra.Order, error) {
	return []ra.Order{f.order}, nil
}

func (f *fakeRA) Order(_ context.Context, _ ra.Membership, id string) (ra.Order, error) {
	if id != f.order.ID {
		return ra.Order{}, ra.E(ra.CodeNotFound)
	}
	return f.order, nil
}

func (f *fakeRA) Cancel(_ context.Context, _ ra.Membership, id string, version int) (ra.Order, error) {
	if version != f.order.Version {
		return ra.Order{}, ra.E(ra.CodeConflict)
	}
	return f.order, f.once("cancel "+id, version)
}

func (f *fakeRA) AddPage(_ context.Context, _ ra.Membership, _ string, kind ra.MaterialKind, page ra.Page) (ra.Order, error) {
	if there, _ := f.Exists(context.Background(), page.SHA256); !there {
		return ra.Order{}, ra.E(ra.CodeNotFound).At("sha256")
	}
	return f.order, f.once(page.ID, []any{kind, page})
}

func (f *fakeRA) RemovePage(_ context.Context, _ ra.Membership, _ string, _ ra.MaterialKind, id string) (ra.Order, error) {
	return f.order, f.once("remove "+id, "")
}

func (f *fakeRA) Submit(_ context.Context, _ ra.Membership, id string) (ra.Order, error) {
	return f.order, f.once("submit "+id, "")
}

func (f *fakeRA) GiveMandate(_ context.Context, _ ra.Kiosk, m ra.Mandate) error {
	return f.once("mandate "+m.OrderID, m)
}

func (f *fakeRA) MandatePage(_ context.Context, _ ra.Kiosk, orderID, pageID string) error {
	return f.once("mandate page "+pageID, orderID)
}

func (f *fakeRA) Shown(context.Context, ra.Kiosk, ...ra.Order) error { return nil }

func (f *fakeRA) MandateSubmit(_ context.Context, _ ra.Kiosk, orderID string) error {
	return f.once("mandate submit "+orderID, "")
}

func (f *fakeRA) MayBring(_ context.Context, _ ra.Kiosk, _ int64, begun int, bytes int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begun, f.begunBytes = begun, bytes
	return f.full
}

func (f *fakeRA) StoreBlob(_ context.Context, _ ra.Kiosk, r io.Reader, hash string, _ int64) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return f.broken
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != hash {
		return ra.E(ra.CodeScanDamaged)
	}
	if len(b) > len(picture(0)) { // tests' large scans are no real pictures
		f.blobs[hash] = b
		return nil
	}
	if _, _, err := image.DecodeConfig(newReader(b)); err != nil {
		return ra.E(ra.CodeScanNotImage).Because(err)
	}
	f.blobs[hash] = b
	return nil
}

func (f *fakeRA) Exists(_ context.Context, hash string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.blobs[hash]
	return ok, nil
}

func (f *fakeRA) Changes(ctx context.Context, _ ra.Kiosk, after string, wait time.Duration) ([]ra.Change, string, error) {
	if after == "" {
		return nil, "10", nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-f.news:
		return []ra.Change{{Cursor: "11", Kind: "order", ID: orderID, Version: 2}}, "11", nil
	case <-timer.C:
		return nil, after, nil
	case <-ctx.Done():
		return nil, "", ctx.Err()
	}
}

func (f *fakeRA) Reserve(_ context.Context, _ ra.Kiosk, _ ra.Membership, r ra.Reservation) (ra.Release, error) {
	if r.AuthCode != "87654321" {
		return ra.Release{}, ra.E(ra.CodeAuthCodeWrong, "left", "2")
	}
	return f.release(r.OperationID), f.once(r.OperationID, r)
}

func (f *fakeRA) release(id string) ra.Release {
	return ra.Release{Operation: ra.Operation{ID: id}, Remaining: 2, Subject: []byte{0x30, 0}, Ticket: "ticket-secret", Presence: "presence-secret",
		Opening: &ra.Opening{Set: ra.AdminPIN{Version: 1, Value: []byte("admin-secret")}}}
}

func (f *fakeRA) Resume(_ context.Context, _ ra.Kiosk, m ra.Membership, r ra.Resumption) (ra.Release, error) {
	if m.ID == "" && r.AuthCode == "" {
		return ra.Release{}, ra.E(ra.CodeRequired).At("auth_code")
	}
	return f.release(r.OperationID), nil
}

func (f *fakeRA) Takeover(_ context.Context, _ ra.Kiosk, _ ra.Membership, id string) (ra.Takeover, error) {
	return ra.Takeover{Challenge: make([]byte, 32), Certificate: []byte(id)}, nil
}

func (f *fakeRA) SendTakeoverCode(context.Context, ra.Kiosk, ra.Membership, string) error { return nil }

// holds wants what release gave.
func holds(h ra.Hold) error {
	if h.Ticket != "ticket-secret" {
		return ra.E(ra.CodeTicketDead)
	}
	return nil
}

func (f *fakeRA) Operation(_ context.Context, _ ra.Kiosk, h ra.Hold) (ra.Operation, error) {
	return ra.Operation{ID: h.OperationID, State: ra.OperationReserved}, holds(h)
}

func (f *fakeRA) Administrator(_ context.Context, _ ra.Kiosk, h ra.Hold, a ra.AdminAttempt) (ra.Opening, error) {
	if h.Presence != "presence-secret" {
		return ra.Opening{}, ra.E(ra.CodePresenceOver)
	}
	return ra.Opening{AttemptID: a.ID, Set: ra.AdminPIN{Version: 1, Value: []byte("admin-secret")}}, errors.Join(holds(h), f.once("attempt "+a.ID, a))
}

func (f *fakeRA) GiveBack(_ context.Context, _ ra.Kiosk, h ra.Hold, because ra.Code) error {
	return errors.Join(holds(h), f.once("give back "+h.OperationID, because))
}

func (f *fakeRA) Certify(_ context.Context, _ ra.Kiosk, h ra.Hold, csr []byte, _ int) (ra.Issued, error) {
	if err := holds(h); err != nil {
		return ra.Issued{}, err
	}
	if string(csr) == "away" {
		return ra.Issued{}, ra.E(ra.CodeIssuerAway).Because(errors.New("connection refused"))
	}
	return ra.Issued{CertificateID: "c1", Certificate: csr, Chain: [][]byte{{1}, {2}}}, f.once("certify "+h.OperationID, csr)
}

func (f *fakeRA) Challenge(_ context.Context, _ ra.Kiosk, h ra.Hold) ([]byte, error) {
	return make([]byte, 32), holds(h)
}

func (f *fakeRA) Confirm(_ context.Context, _ ra.Kiosk, h ra.Hold, p ra.Proof) (ra.Completion, error) {
	return ra.Completion{Order: f.order, Remaining: 1}, errors.Join(holds(h), f.once("confirm "+p.OperationID, p))
}

func (f *fakeRA) PINChange(context.Context, ra.Kiosk, ra.Membership, ra.PINChange) error { return nil }

func (f *fakeRA) KeyRecord(_ context.Context, _ ra.Kiosk, _ ra.Membership, key ra.KeyIdentity) (ra.KeyRecord, error) {
	return ra.KeyRecord{Key: key, Certificates: []ra.Certificate{{ID: "c", Key: key, DER: []byte("der")}}}, nil
}

func (f *fakeRA) KeyStatus(_ context.Context, _ ra.Kiosk, m ra.Membership, key ra.KeyIdentity) (ra.KeyStatus, error) {
	if key.Serial != "S1" {
		return ra.KeyStatus{}, nil
	}
	s := ra.KeyStatus{Known: true, Waiting: true}
	if m.ID != "" {
		s.Operation = &ra.Operation{ID: operationID, Key: key}
	}
	return s, nil
}

// CRL is good for a day; only the CA "ca" has one.
func (f *fakeRA) CRL(_ context.Context, authority string) (book.CRL, error) {
	if authority != "" && authority != "ca" {
		return book.CRL{}, ra.E(ra.CodeNotFound)
	}
	return book.CRL{DER: []byte("crl"), ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(24 * time.Hour)}, nil
}

// OCSP repeats the request as an answer for an hour, and an empty one is malformed; that of "once" may be used once, "away" fails, "panic" panics.
func (f *fakeRA) OCSP(_ context.Context, request []byte) (book.StatusAnswer, error) {
	a := book.StatusAnswer{DER: append([]byte("answer to "), request...)}
	switch {
	case len(request) == 0:
		a.DER = ocsp.MalformedRequestErrorResponse
	case bytes.HasSuffix(request, []byte("away")):
		return book.StatusAnswer{}, ra.E(ra.CodeIssuerAway)
	case bytes.HasSuffix(request, []byte("panic")):
		panic("OCSP")
	default:
		a.ThisUpdate, a.NextUpdate, a.Once = ocspTime, ocspTime.Add(time.Hour), bytes.HasSuffix(request, []byte("once"))
	}
	return a, nil
}

// ocspTime is when the fake's OCSP answers begin.
var ocspTime = time.Now().Truncate(time.Second)

func (f *fakeRA) CAChain(authority string) ([][]byte, error) {
	if authority != "" && authority != "ca" {
		return nil, ra.E(ra.CodeNotFound)
	}
	return [][]byte{{0x30, 0}}, nil
}
