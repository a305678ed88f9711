package api

import (
	"context"
	"time"

	"keyhall/backoffice/ra"
)

// Health tells that the back office is there.
type Health struct {
	Time time.Time `json:"time"`
}

// CallHealth is Ping.
var CallHealth = Call[None, Health]{Route{ID: "health", At: "GET /healthz", Who: ByAnybody, Summary: "Whether the back office is there"}}

// Ping asks whether the back office is there; it needs no certificate.
func (c Calls) Ping(ctx context.Context) error {
	_, err := ask(ctx, c, CallHealth, Asked{}, None{})
	return err
}

// EnrolRequest asks for a kiosk's client certificate.
type EnrolRequest struct {
	Code string `json:"code" doc:"one-time code from the console" maxLength:"64"`
	CSR  []byte `json:"csr" doc:"PKCS#10, DER"`
	// Previous is what a kiosk adds that was enrolled before, to go on as itself.
	Previous *ra.Previous `json:"previous,omitempty"`
}

// Enrolment is the answer to EnrolRequest.
type Enrolment struct {
	Kiosk       ra.Kiosk `json:"kiosk"`
	Certificate []byte   `json:"certificate" doc:"DER"`
	Chain       [][]byte `json:"chain" doc:"DER, issuer first"`
	NextNumber  int64    `json:"next_number" doc:"running number with which this kiosk's next order begins"`
}

// CallEnrol is Enrol.
var CallEnrol = Call[Say[EnrolRequest], Enrolment]{Route{ID: "enrol", At: "POST /v1/enrolments", Who: ByAnybody,
	Summary: "A kiosk's client certificate for a one-time code"}}

// Enrol exchanges a one-time code for this kiosk's client certificate; the same code and key again get the same answer.
// CodeEnrolmentCode, CodeRequestBad (field "previous" when it was not signed by the old key).
func (c Calls) Enrol(ctx context.Context, r EnrolRequest) (Enrolment, error) {
	return ask(ctx, c, CallEnrol, Asked{}, Say[EnrolRequest]{r})
}

// CallKiosk is Kiosk.
var CallKiosk = Call[None, ra.Kiosk]{Route{ID: "kiosk", At: "GET /v1/kiosk", Who: ByKiosk, Summary: "Who is calling"}}

// Kiosk tells who the back office thinks this is: CodeKioskUnknown.
func (c Calls) Kiosk(ctx context.Context) (ra.Kiosk, error) {
	return ask(ctx, c, CallKiosk, Asked{}, None{})
}

// RenewRequest asks for a kiosk's next client certificate.
type RenewRequest struct {
	CSR []byte `json:"csr" doc:"PKCS#10 of a fresh key, DER"`
}

// Renewal is the answer to RenewRequest.
type Renewal struct {
	Certificate []byte   `json:"certificate" doc:"DER"`
	Chain       [][]byte `json:"chain" doc:"DER, issuer first"`
}

// CallRenew is Renew.
var CallRenew = Call[Say[RenewRequest], Renewal]{Route{ID: "renew", At: "POST /v1/kiosk/certificate", Who: ByKiosk,
	Summary: "The kiosk's next client certificate"}}

// Renew asks for this kiosk's next client certificate with the one in use; the same key again gets the same answer.
// CodeRenewalEarly (args: from), CodeRequestBad, CodeKeyWeak, CodeKeyDuplicate, CodeTermPastCA, CodeIssuerAway.
func (c Calls) Renew(ctx context.Context, csr []byte) (Renewal, error) {
	return ask(ctx, c, CallRenew, Asked{}, Say[RenewRequest]{RenewRequest{CSR: csr}})
}

// Projects is what the kiosk's hall offers.
type Projects struct {
	Projects []ra.Project `json:"projects"`
}

// CallProjects is Projects.
var CallProjects = Call[None, Projects]{Route{ID: "projects", At: "GET /v1/projects", Who: ByKiosk, Summary: "What the kiosk's hall offers"}}

// Projects lists what this kiosk's hall offers.
func (c Calls) Projects(ctx context.Context) ([]ra.Project, error) {
	out, err := ask(ctx, c, CallProjects, Asked{}, None{})
	return out.Projects, err
}

// Since is where in the change feed a kiosk is.
type Since struct {
	After string `query:"after" doc:"cursor of the last answer; none: from now" maxLength:"200"`
	Wait  int64  `query:"wait" doc:"milliseconds to wait for the first change" minimum:"0"`
}

// Changes is a piece of the change feed; the next call names Cursor.
type Changes struct {
	Changes []ra.Change `json:"changes"`
	Cursor  string      `json:"cursor"`
}

// CallChanges is Changes. Who listens asks again anyway.
var CallChanges = Call[Since, Changes]{Route{ID: "changes", At: "GET /v1/changes", Who: ByKiosk, Once: true,
	Summary: "What changed, waiting for it"}}

// Changes returns what changed after the cursor in this kiosk's orders, waiting up to wait (at most MaxWait) for the
// first. Cursor "" means from now and answers at once.
func (c Calls) Changes(ctx context.Context, after string, wait time.Duration) ([]ra.Change, string, error) {
	wait = min(max(wait, 0), MaxWait)
	out, err := ask(ctx, c, CallChanges, Asked{Wait: wait}, Since{After: after, Wait: wait.Milliseconds()})
	return out.Changes, out.Cursor, err
}
