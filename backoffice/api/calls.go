package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"keyhall/backoffice/ra"
)

// Ping asks whether the back office is there; it needs no certificate.
func (c *Client) Ping(ctx context.Context) error {
	var out Health
	return c.do(ctx, call{method: http.MethodGet, path: PathHealth, out: &out})
}

// Enrol exchanges a one-time code for this kiosk's client certificate; the same code and key again get the same answer.
// CodeEnrolmentCode, CodeRequestBad (field "previous" when it was not signed by the old key).
func (c *Client) Enrol(ctx context.Context, r EnrolRequest) (out Enrolment, err error) {
	err = c.do(ctx, call{method: http.MethodPost, path: PathEnrolments, in: r, out: &out})
	return out, err
}

// Kiosk tells who the back office thinks this is: CodeKioskUnknown.
func (c *Client) Kiosk(ctx context.Context) (out ra.Kiosk, err error) {
	err = c.do(ctx, call{method: http.MethodGet, path: PathKiosk, out: &out})
	return out, err
}

// Renew asks for this kiosk's next client certificate with the one in use; the same key again gets the same answer.
// CodeRenewalEarly (args: from), CodeRequestBad, CodeKeyWeak, CodeKeyDuplicate, CodeTermPastCA, CodeIssuerAway.
func (c *Client) Renew(ctx context.Context, csr []byte) (out Renewal, err error) {
	err = c.do(ctx, call{method: http.MethodPost, path: PathRenewal, in: RenewRequest{CSR: csr}, out: &out})
	return out, err
}

// Projects lists what this kiosk's hall offers.
func (c *Client) Projects(ctx context.Context) ([]ra.Project, error) {
	var out Projects
	err := c.do(ctx, call{method: http.MethodGet, path: PathProjects, out: &out})
	return out.Projects, err
}

// Register makes somebody a member of an organisation in a project: with the login name and password of the registration, or
// as the person of a session with neither. Field errors, CodeAgreementUnread, CodeLoginKnown (field "password", args: left),
// CodeLoginPaused, CodeMobileDiffers.
func (c *Client) Register(ctx context.Context, token string, r ra.Registration) (out ra.Membership, err error) {
	err = c.do(ctx, call{method: http.MethodPost, path: PathMemberships, token: token, in: r, out: &out})
	return out, err
}

// LogIn opens a session, and brings the key that seals its mandates: CodeLoginWrong (args: left), CodeLoginPaused (args: minutes).
func (c *Client) LogIn(ctx context.Context, login, password string) (out ra.Session, err error) {
	err = c.do(ctx, call{method: http.MethodPost, path: PathSessions, in: LogInRequest{Login: login, Password: password}, out: &out})
	return out, err
}

// Session describes a session, without its token, and keeps it open: CodeSessionOver.
func (c *Client) Session(ctx context.Context, token string) (out ra.Session, err error) {
	err = c.do(ctx, call{method: http.MethodGet, path: PathSession, token: token, out: &out})
	return out, err
}

// Choose puts a session into one of the person's memberships: CodeNotFound.
func (c *Client) Choose(ctx context.Context, token, membershipID string) (out ra.Membership, err error) {
	err = c.do(ctx, call{method: http.MethodPut, path: PathMembership, token: token, in: ChooseRequest{ID: membershipID}, out: &out})
	return out, err
}

// ChangePassword sets the person's password and ends their other sessions: CodePasswordWrong (field "old", args: left),
// CodeLoginPaused, CodePasswordSame, CodePasswordWeak (field "password").
func (c *Client) ChangePassword(ctx context.Context, token, old, password string) error {
	return c.do(ctx, call{method: http.MethodPut, path: PathPassword, token: token, in: PasswordRequest{Old: old, Password: password}})
}

// LogOut ends a session; ending an ended one is fine.
func (c *Client) LogOut(ctx context.Context, token string) error {
	return c.do(ctx, call{method: http.MethodDelete, path: PathSession, token: token})
}

// Place makes an order of an application.
func (c *Client) Place(ctx context.Context, token string, a ra.Application) (out ra.Order, err error) {
	err = c.do(ctx, call{method: http.MethodPost, path: PathOrders, token: token, in: a, out: &out})
	return out, err
}

// Orders lists the member's orders, newest first.
func (c *Client) Orders(ctx context.Context, token string) ([]ra.Order, error) {
	var out Orders
	err := c.do(ctx, call{method: http.MethodGet, path: PathOrders, token: token, out: &out})
	return out.Orders, err
}

// Order returns one order of the member: CodeNotFound.
func (c *Client) Order(ctx context.Context, token, id string) (out ra.Order, err error) {
	err = c.do(ctx, call{method: http.MethodGet, path: fill(PathOrder, id), token: token, out: &out})
	return out, err
}

// Cancel gives up an order that was seen in this version: CodeState, CodeConflict.
func (c *Client) Cancel(ctx context.Context, token, id string, version int) (out ra.Order, err error) {
	err = c.do(ctx, call{method: http.MethodPost, path: fill(PathCancel, id), token: token, in: CancelRequest{Version: version}, out: &out})
	return out, err
}

// AddPage puts a page whose bytes the back office has under a material; UploadPage does both.
func (c *Client) AddPage(ctx context.Context, token, orderID string, kind ra.MaterialKind, page ra.Page) (out ra.Order, err error) {
	err = c.do(ctx, call{method: http.MethodPut, path: fill(PathPage, orderID, string(kind), page.ID), token: token, in: page, out: &out})
	return out, err
}

// RemovePage takes a page away: CodeState. Removing it again is fine.
func (c *Client) RemovePage(ctx context.Context, token, orderID string, kind ra.MaterialKind, pageID string) (out ra.Order, err error) {
	err = c.do(ctx, call{method: http.MethodDelete, path: fill(PathPage, orderID, string(kind), pageID), token: token, out: &out})
	return out, err
}

// Submit hands the materials in for review: CodeMaterialMissing (args: material), CodeState.
func (c *Client) Submit(ctx context.Context, token, orderID string) (out ra.Order, err error) {
	err = c.do(ctx, call{method: http.MethodPost, path: fill(PathSubmit, orderID), token: token, out: &out})
	return out, err
}

// GiveMandate hands over what a customer left with this kiosk to be done, and places its application. It needs no session, nor do
// the two below. CodeMandateOver (args: why), and Place's.
func (c *Client) GiveMandate(ctx context.Context, m ra.Mandate) error {
	return c.do(ctx, call{method: http.MethodPut, path: fill(PathMandate, m.OrderID), in: m})
}

// DeliverPage brings a page of the mandate over, as UploadPage does. CodeMandateOver, and UploadPage's.
func (c *Client) DeliverPage(ctx context.Context, orderID string, page ra.Page, data []byte) error {
	if err := c.Upload(ctx, page.SHA256, data); err != nil {
		return err
	}
	return c.do(ctx, call{method: http.MethodPut, path: fill(PathMandatePage, orderID, page.ID)})
}

// DeliverSubmit hands the order of the mandate in, which ends it. CodeMandateOver, and Submit's.
func (c *Client) DeliverSubmit(ctx context.Context, orderID string) error {
	return c.do(ctx, call{method: http.MethodPost, path: fill(PathMandateSubmit, orderID)})
}

// Changes returns what changed after the cursor in this kiosk's orders, waiting up to wait (at most MaxWait) for the
// first. Cursor "" means from now and answers at once.
func (c *Client) Changes(ctx context.Context, after string, wait time.Duration) ([]ra.Change, string, error) {
	wait = min(max(wait, 0), MaxWait)
	q := url.Values{"wait": {strconv.FormatInt(wait.Milliseconds(), 10)}}
	if after != "" {
		q.Set("after", after)
	}
	var out Changes
	err := c.do(ctx, call{method: http.MethodGet, path: PathChanges, query: q, out: &out, wait: wait})
	return out.Changes, out.Cursor, err
}

// Reserve binds a unit of the order to the key (step 1). It takes session and authorization code.
func (c *Client) Reserve(ctx context.Context, token string, r ra.Reservation) (out ra.Release, err error) {
	err = c.do(ctx, call{method: http.MethodPut, path: fill(PathOperation, r.OperationID), token: token, in: r, out: &out})
	return out, err
}

// Resume lets a person go on with an unfinished operation: with its ticket by session or code, without one by both.
// CodeSessionOver (log in first), CodeRequired (field "auth_code") and what is wrong with a code, CodeTicketDead, CodeNotFound,
// CodeState.
func (c *Client) Resume(ctx context.Context, token string, r ra.Resumption) (out ra.Release, err error) {
	err = c.do(ctx, call{method: http.MethodPost, path: fill(PathResume, r.OperationID), token: token, in: r, out: &out})
	return out, err
}

// Operation tells how far the back office thinks an operation is whose ticket the kiosk has: CodeTicketDead, CodeNotFound.
func (c *Client) Operation(ctx context.Context, h ra.Hold) (out ra.Operation, err error) {
	err = c.do(ctx, call{method: http.MethodGet, path: fill(PathOperation, h.OperationID), hold: h, out: &out})
	return out, err
}

// Administrator allows one more attempt at the key's administrator PIN: CodeKeyAdminPIN or CodeKeyNotBlank when the unit was given
// back instead, CodePresenceOver, CodeTicketDead, CodeState.
func (c *Client) Administrator(ctx context.Context, h ra.Hold, a ra.AdminAttempt) (out ra.Opening, err error) {
	err = c.do(ctx, call{method: http.MethodPost, path: fill(PathAdministrator, h.OperationID), hold: h, in: a, out: &out})
	return out, err
}

// GiveBack gives the unit of a key back that is of no use: CodeTicketDead, CodePresenceOver, CodeState.
func (c *Client) GiveBack(ctx context.Context, h ra.Hold, because ra.Code) error {
	return c.do(ctx, call{method: http.MethodPost, path: fill(PathGiveBack, h.OperationID), hold: h, in: GiveBackRequest{Because: because}})
}

// Certify gets the operation's certificate for a PKCS#10 (DER); adminPIN is the version set on the key now.
// CodeRequestBad, CodeRequestDiffers, CodeIssuerAway, CodeTicketDead, CodePresenceOver.
func (c *Client) Certify(ctx context.Context, h ra.Hold, csr []byte, adminPIN int) (out ra.Issued, err error) {
	err = c.do(ctx, call{method: http.MethodPost, path: fill(PathCertificate, h.OperationID), hold: h, in: CertifyRequest{CSR: csr, AdminPIN: adminPIN}, out: &out})
	return out, err
}

// Challenge returns 32 fresh bytes for the key to sign: CodeTicketDead.
func (c *Client) Challenge(ctx context.Context, h ra.Hold) ([]byte, error) {
	var out Challenge
	err := c.do(ctx, call{method: http.MethodPost, path: fill(PathChallenge, h.OperationID), hold: h, out: &out})
	return out.Challenge, err
}

// Confirm hands in the proof: CodeProofBad, CodeChallengeStale, CodeTicketDead.
func (c *Client) Confirm(ctx context.Context, h ra.Hold, proof ra.Proof) (out ra.Completion, err error) {
	err = c.do(ctx, call{method: http.MethodPut, path: fill(PathProof, proof.OperationID), hold: h, in: proof, out: &out})
	return out, err
}

// KeyStatus tells what may be known of a key that is plugged in; token is the session's, "" for none.
func (c *Client) KeyStatus(ctx context.Context, token string, key ra.KeyIdentity) (out ra.KeyStatus, err error) {
	q := url.Values{"manufacturer": {key.Manufacturer}, "model": {key.Model}, "serial": {key.Serial}}
	err = c.do(ctx, call{method: http.MethodGet, path: PathKey, token: token, query: q, out: &out})
	return out, err
}
