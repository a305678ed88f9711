package service

import (
	"context"
	"io"
	"time"

	"keyhall/backoffice/ra"
)

// Enrolled is the answer to an enrolment.
type Enrolled struct {
	Kiosk       ra.Kiosk
	Certificate []byte   // DER
	Chain       [][]byte // DER, issuer first
}

// Session is a customer's login.
type Session struct {
	Token   string
	Expires time.Time // when idle until then
	Account ra.Account
}

// QueueEntry is an order with something to judge.
type QueueEntry struct {
	Order        ra.Order
	WaitingSince time.Time
	Hall, Window ra.Text
	Claim        *ra.Claim // nil: nobody
}

// Overview is the console's first page in numbers.
type Overview struct {
	Orders            map[ra.OrderState]int
	DoneToday         int // units done since midnight, Asia/Shanghai
	WaitingPayments   int // slips awaiting confirmation
	WaitingMaterials  int // orders whose materials wait for a verdict
	UnfinishedUnits   int // operations begun and not done
	UnsentMessages    int
	CertificatesTotal int // active
}

// Check is one thing the console shows green or amber beside an application. Name is stable and translated under
// "check.<name>": "credit_code", "mobile_elsewhere", "pages_complete", "amount_settled".
type Check struct {
	Name string
	OK   bool
	Note string // facts, no personal data
}

// Case is everything under one order's number.
type Case struct {
	Order        ra.Order
	Account      ra.Account
	Kiosk        ra.Kiosk
	Project      ra.Project
	Checks       []Check
	Operations   []ra.Operation
	Certificates []ra.Certificate
	Proofs       []ra.StoredProof
	Messages     []ra.SentMessage
	History      []ra.AuditRow // oldest first
	Claim        *ra.Claim     // nil: nobody
	SlipNote     string        // reference of the confirmed transfer
}

// OrderQuery finds orders, newest first.
type OrderQuery = ra.OrderQuery

// CertificateQuery finds certificates, newest first.
type CertificateQuery = ra.CertificateQuery

// KioskStatus is a kiosk as the console lists it.
type KioskStatus = ra.KioskStatus

// Finding is a broken invariant.
type Finding struct {
	Invariant int    // of design.md, 1 to 5
	Subject   string // "unit 0192…"
	What      string
}

// Enrol makes a kiosk of a one-time code and a PKCS#10 (DER). The same code and key again within the code's life give
// the same certificate. CodeEnrolmentCode, CodeRequestBad.
func (s *Service) Enrol(ctx context.Context, code string, csr []byte) (Enrolled, error) {
	return Enrolled{}, ra.E(ra.CodeInternal)
}

// KioskByCertificate finds the kiosk that a TLS client certificate (DER) belongs to: CodeKioskUnknown.
func (s *Service) KioskByCertificate(ctx context.Context, certificate []byte) (ra.Kiosk, error) {
	return ra.Kiosk{}, ra.E(ra.CodeInternal)
}

// Projects lists what the kiosk's hall offers, with the whole catalogue.
func (s *Service) Projects(ctx context.Context, kiosk ra.Kiosk) ([]ra.Project, error) {
	return nil, ra.E(ra.CodeInternal)
}

// Register makes an account: field errors, CodeAgreementUnread, CodeLoginTaken, CodeForbidden, CodeConflict.
func (s *Service) Register(ctx context.Context, kiosk ra.Kiosk, r ra.Registration) (ra.Account, error) {
	return ra.Account{}, ra.E(ra.CodeInternal)
}

// LogIn opens a session: CodeLoginWrong (args: left), CodeLoginPaused (args: minutes).
func (s *Service) LogIn(ctx context.Context, kiosk ra.Kiosk, login, password string) (Session, error) {
	return Session{}, ra.E(ra.CodeInternal)
}

// Session returns the account of a session and keeps it open: CodeSessionOver.
func (s *Service) Session(ctx context.Context, kiosk ra.Kiosk, token string) (ra.Account, error) {
	return ra.Account{}, ra.E(ra.CodeInternal)
}

// LogOut ends a session; ending an ended one is fine.
func (s *Service) LogOut(ctx context.Context, kiosk ra.Kiosk, token string) error {
	return ra.E(ra.CodeInternal)
}

// Place makes an open order of an application.
func (s *Service) Place(ctx context.Context, kiosk ra.Kiosk, account ra.Account, a ra.Application) (ra.Order, error) {
	return ra.Order{}, ra.E(ra.CodeInternal)
}

// Orders lists the account's orders, newest first.
func (s *Service) Orders(ctx context.Context, account ra.Account) ([]ra.Order, error) {
	return nil, ra.E(ra.CodeInternal)
}

// Order returns one order of the account: CodeNotFound, for others' orders too.
func (s *Service) Order(ctx context.Context, account ra.Account, id string) (ra.Order, error) {
	return ra.Order{}, ra.E(ra.CodeInternal)
}

// Cancel gives an order up before it is approved: CodeState, CodeConflict, CodeNotFound.
func (s *Service) Cancel(ctx context.Context, account ra.Account, id string, version int) (ra.Order, error) {
	return ra.Order{}, ra.E(ra.CodeInternal)
}

// AddPage puts a page, whose blob is stored, under a material. The same page id again changes nothing. CodeNotFound
// (field "sha256" when the blob is not there), CodeState, CodeTooLong (field "pages", args: max), CodeConflict.
func (s *Service) AddPage(ctx context.Context, account ra.Account, orderID string, kind ra.MaterialKind, page ra.Page) (ra.Order, error) {
	return ra.Order{}, ra.E(ra.CodeInternal)
}

// RemovePage takes a page away while its material is neither under review nor accepted: CodeState.
func (s *Service) RemovePage(ctx context.Context, account ra.Account, orderID string, kind ra.MaterialKind, pageID string) (ra.Order, error) {
	return ra.Order{}, ra.E(ra.CodeInternal)
}

// Submit hands the materials in for review, and the remittance slip for confirmation when it is there; it may be called
// again when the slip comes later. CodeMaterialMissing (args: material), CodeState.
func (s *Service) Submit(ctx context.Context, account ra.Account, orderID string) (ra.Order, error) {
	return ra.Order{}, ra.E(ra.CodeInternal)
}

// StoreBlob checks a scan and keeps it under its SHA-256 (lower-case hex): CodeScanEmpty, CodeScanTooLarge,
// CodeScanNotImage, CodeScanDamaged. Size is the announced number of bytes, -1 when unknown.
func (s *Service) StoreBlob(ctx context.Context, r io.Reader, sha256 string, size int64) error {
	return ra.E(ra.CodeInternal)
}

// Changes returns what changed after the cursor in orders placed at this kiosk, waiting up to wait for the first.
// Cursor "" means from now: it answers at once with the cursor only.
func (s *Service) Changes(ctx context.Context, kiosk ra.Kiosk, after string, wait time.Duration) (changes []ra.Change, cursor string, err error) {
	return nil, "", ra.E(ra.CodeInternal)
}

// Reserve binds a waiting unit of the order to the key and the kiosk (step 1).
func (s *Service) Reserve(ctx context.Context, kiosk ra.Kiosk, account ra.Account, r ra.Reservation) (ra.Release, error) {
	return ra.Release{}, ra.E(ra.CodeInternal)
}

// Resume gives Reserve's answer again for an unfinished operation, without session or code: CodeNotFound, CodeState.
func (s *Service) Resume(ctx context.Context, kiosk ra.Kiosk, operationID string) (ra.Release, error) {
	return ra.Release{}, ra.E(ra.CodeInternal)
}

// Certify issues the operation's certificate for a PKCS#10 (DER); adminPIN is the version that the kiosk has set. The
// same public key again gets the same certificate. CodeRequestBad, CodeRequestDiffers, CodeIssuerAway, CodeState.
func (s *Service) Certify(ctx context.Context, kiosk ra.Kiosk, operationID string, csr []byte, adminPIN int) (ra.Issued, error) {
	return ra.Issued{}, ra.E(ra.CodeInternal)
}

// Challenge returns 32 fresh bytes to sign, good for 10 minutes.
func (s *Service) Challenge(ctx context.Context, kiosk ra.Kiosk, operationID string) ([]byte, error) {
	return nil, ra.E(ra.CodeInternal)
}

// Confirm checks and keeps the proof; the certificate becomes active and the unit done. CodeProofBad,
// CodeChallengeStale, CodeState.
func (s *Service) Confirm(ctx context.Context, kiosk ra.Kiosk, proof ra.Proof) (ra.Completion, error) {
	return ra.Completion{}, ra.E(ra.CodeInternal)
}

// OperationForKey finds the unfinished operation of a key, at whatever kiosk it began; false when there is none.
func (s *Service) OperationForKey(ctx context.Context, kiosk ra.Kiosk, model, serial string) (ra.Operation, bool, error) {
	return ra.Operation{}, false, ra.E(ra.CodeInternal)
}

// StaffLogIn checks a staff member's password: CodeLoginWrong (args: left), CodeLoginPaused (args: minutes).
func (s *Service) StaffLogIn(ctx context.Context, login, password string) (ra.Staff, error) {
	return ra.Staff{}, ra.E(ra.CodeInternal)
}

// Staff returns a staff member: CodeNotFound.
func (s *Service) Staff(ctx context.Context, id string) (ra.Staff, error) {
	return ra.Staff{}, ra.E(ra.CodeInternal)
}

// Queue lists the open orders with something to judge, longest waiting first.
func (s *Service) Queue(ctx context.Context, staff ra.Staff) ([]QueueEntry, error) {
	return nil, ra.E(ra.CodeInternal)
}

// Overview counts.
func (s *Service) Overview(ctx context.Context, staff ra.Staff) (Overview, error) {
	return Overview{}, ra.E(ra.CodeInternal)
}

// Claim takes an order to look at for 10 minutes, or renews that: CodeConflict (args: name) when another has it.
func (s *Service) Claim(ctx context.Context, staff ra.Staff, orderID string) error {
	return ra.E(ra.CodeInternal)
}

// Unclaim gives the order back; not having it is fine.
func (s *Service) Unclaim(ctx context.Context, staff ra.Staff, orderID string) error {
	return ra.E(ra.CodeInternal)
}

// Case returns everything under one order: CodeNotFound.
func (s *Service) Case(ctx context.Context, staff ra.Staff, orderID string) (Case, error) {
	return Case{}, ra.E(ra.CodeInternal)
}

// PageImage opens a scanned page that stands in some order, and writes down who looked: CodeNotFound.
func (s *Service) PageImage(ctx context.Context, staff ra.Staff, sha256 string) (image io.ReadCloser, contentType string, err error) {
	return nil, "", ra.E(ra.CodeInternal)
}

// Judge puts a verdict on one submitted material: CodeReasonMissing, CodeConflict, CodeState, CodeForbidden.
func (s *Service) Judge(ctx context.Context, staff ra.Staff, orderID string, kind ra.MaterialKind, verdict ra.Verdict, reasons []ra.Reason, version int) (ra.Order, error) {
	return ra.Order{}, ra.E(ra.CodeInternal)
}

// Return sends the materials back to the customer, with the reasons of those judged so: CodeReasonMissing when none is,
// CodeConflict, CodeState.
func (s *Service) Return(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error) {
	return ra.Order{}, ra.E(ra.CodeInternal)
}

// ConfirmPayment settles a bank transfer: CodeAmountDiffers (args: due, got in fen), CodeConflict, CodeState.
func (s *Service) ConfirmPayment(ctx context.Context, staff ra.Staff, orderID string, amountFen int64, reference string, version int) (ra.Order, error) {
	return ra.Order{}, ra.E(ra.CodeInternal)
}

// RefusePayment sends the remittance slip back: CodeReasonMissing, CodeConflict, CodeState.
func (s *Service) RefusePayment(ctx context.Context, staff ra.Staff, orderID string, reasons []ra.Reason, version int) (ra.Order, error) {
	return ra.Order{}, ra.E(ra.CodeInternal)
}

// Approve lets the units be made and sends the authorization code: CodeMaterialsUnjudged, CodePaymentUnsettled,
// CodeSelfReview, CodeConflict, CodeState.
func (s *Service) Approve(ctx context.Context, staff ra.Staff, orderID string, version int) (ra.Order, error) {
	return ra.Order{}, ra.E(ra.CodeInternal)
}

// CancelOrder rejects an order for good: CodeReasonMissing, CodeConflict, CodeState.
func (s *Service) CancelOrder(ctx context.Context, staff ra.Staff, orderID string, reasons []ra.Reason, version int) (ra.Order, error) {
	return ra.Order{}, ra.E(ra.CodeInternal)
}

// ReleaseUnit gives up a key that never came back: its certificate is revoked, the unit waits again. CodeReasonMissing,
// CodeState, CodeNotFound.
func (s *Service) ReleaseUnit(ctx context.Context, staff ra.Staff, operationID, reason string) error {
	return ra.E(ra.CodeInternal)
}

// SearchOrders finds orders by number, organisation, credit code or login.
func (s *Service) SearchOrders(ctx context.Context, staff ra.Staff, q OrderQuery) ([]ra.Order, error) {
	return nil, ra.E(ra.CodeInternal)
}

// SearchCertificates finds certificates by serial number, subject or key serial.
func (s *Service) SearchCertificates(ctx context.Context, staff ra.Staff, q CertificateQuery) ([]ra.Certificate, error) {
	return nil, ra.E(ra.CodeInternal)
}

// Certificate returns one row of the register: CodeNotFound.
func (s *Service) Certificate(ctx context.Context, staff ra.Staff, id string) (ra.Certificate, error) {
	return ra.Certificate{}, ra.E(ra.CodeInternal)
}

// EnrolmentCode makes a one-time code, good for 24 hours, for a kiosk of that prefix, hall, window and projects.
func (s *Service) EnrolmentCode(ctx context.Context, staff ra.Staff, prefix string, hall, window ra.Text, projects []string) (code string, err error) {
	return "", ra.E(ra.CodeInternal)
}

// Kiosks lists the enrolled kiosks.
func (s *Service) Kiosks(ctx context.Context, staff ra.Staff) ([]KioskStatus, error) {
	return nil, ra.E(ra.CodeInternal)
}

// Watch returns a channel that gets a value whenever an order changed, several changes possibly as one, until ctx ends;
// then it is closed.
func (s *Service) Watch(ctx context.Context, staff ra.Staff) (<-chan struct{}, error) {
	return nil, ra.E(ra.CodeInternal)
}

// DeliverMessages sends what waits in the outbox and returns how many went out.
func (s *Service) DeliverMessages(ctx context.Context) (n int, err error) {
	return 0, ra.E(ra.CodeInternal)
}

// SealAudit chains the new rows of the audit trail in commit order and returns how many.
func (s *Service) SealAudit(ctx context.Context) (n int, err error) {
	return 0, ra.E(ra.CodeInternal)
}

// Audit checks the five invariants and returns what is broken.
func (s *Service) Audit(ctx context.Context) ([]Finding, error) {
	return nil, ra.E(ra.CodeInternal)
}

// CRL returns the current revocation list, DER.
func (s *Service) CRL(ctx context.Context) ([]byte, error) {
	return nil, ra.E(ra.CodeInternal)
}

// OCSP answers a DER request.
func (s *Service) OCSP(ctx context.Context, request []byte) ([]byte, error) {
	return nil, ra.E(ra.CodeInternal)
}

// CAChain is the issuing CA's certificate and those above it, DER.
func (s *Service) CAChain() [][]byte { return s.issuer.Chain() }
