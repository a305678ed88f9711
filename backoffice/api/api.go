// Package api is the wire contract between kiosk and back office: paths, requests, responses, problem details, and the
// Client that speaks them. It holds no rules; those are the back office's.
//
// Every mutation carries an id made by the kiosk and may be sent again. Errors are *ra.Error on both sides.
package api

import (
	"time"

	"keyhall/backoffice/ra"
)

// The paths. Parts in braces are filled in by the Client and matched by the server.
const (
	PathHealth        = "/healthz"
	PathOpenAPI       = "/openapi.json"
	PathCRL           = "/crl"
	PathCRLPEM        = "/crl.pem"
	PathOCSP          = "/ocsp"
	PathOCSPGet       = "/ocsp/{request}"
	PathCA            = "/ca.pem"
	PathEnrolments    = "/v1/enrolments"
	PathKiosk         = "/v1/kiosk"
	PathRenewal       = "/v1/kiosk/certificate"
	PathProjects      = "/v1/projects"
	PathMemberships   = "/v1/memberships"
	PathSessions      = "/v1/sessions"
	PathSession       = "/v1/session"
	PathMembership    = "/v1/session/membership"
	PathPassword      = "/v1/session/password"
	PathOrders        = "/v1/orders"
	PathOrder         = "/v1/orders/{order}"
	PathCancel        = "/v1/orders/{order}/cancel"
	PathSubmit        = "/v1/orders/{order}/submit"
	PathPage          = "/v1/orders/{order}/papers/{kind}/pages/{page}"
	PathMandate       = "/v1/mandates/{order}"
	PathMandatePage   = "/v1/mandates/{order}/pages/{page}"
	PathMandateSubmit = "/v1/mandates/{order}/submit"
	PathBlob          = "/v1/blobs/{sha256}"
	PathUploads       = "/v1/uploads/"
	PathChanges       = "/v1/changes"
	PathKey           = "/v1/key"
	PathOperation     = "/v1/operations/{operation}"
	PathResume        = "/v1/operations/{operation}/resume"
	PathAdministrator = "/v1/operations/{operation}/administrator"
	PathGiveBack      = "/v1/operations/{operation}/give-back"
	PathCertificate   = "/v1/operations/{operation}/certificate"
	PathChallenge     = "/v1/operations/{operation}/challenge"
	PathProof         = "/v1/operations/{operation}/proof"
)

// What a kiosk shows for an operation in hand stands in headers, which no log keeps.
const (
	TicketHeader   = "Keyhall-Ticket"
	PresenceHeader = "Keyhall-Presence"
)

// Limits that both sides keep.
const (
	MaxJSONBytes = 1 << 20 // of a request, bytes
	MaxWait      = 60 * time.Second
)

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

// RenewRequest asks for a kiosk's next client certificate.
type RenewRequest struct {
	CSR []byte `json:"csr" doc:"PKCS#10 of a fresh key, DER"`
}

// Renewal is the answer to RenewRequest.
type Renewal struct {
	Certificate []byte   `json:"certificate" doc:"DER"`
	Chain       [][]byte `json:"chain" doc:"DER, issuer first"`
}

// LogInRequest opens a session.
type LogInRequest struct {
	Login    string `json:"login" maxLength:"200"`
	Password string `json:"password" maxLength:"200"`
}

// ChooseRequest puts a session into one of the person's memberships.
type ChooseRequest struct {
	ID string `json:"id" maxLength:"64"`
}

// PasswordRequest changes the person's password.
type PasswordRequest struct {
	Old      string `json:"old" maxLength:"200"`
	Password string `json:"password" maxLength:"200"`
}

// CancelRequest names the version of the order that the customer saw.
type CancelRequest struct {
	Version int `json:"version"`
}

// CertifyRequest carries the key's PKCS#10 and the administrator PIN version that is set now.
type CertifyRequest struct {
	CSR      []byte `json:"csr" doc:"PKCS#10, DER"`
	AdminPIN int    `json:"admin_pin" doc:"version of the administrator PIN that is set on the key now"`
}

// Projects is what the kiosk's hall offers.
type Projects struct {
	Projects []ra.Project `json:"projects"`
}

// Orders are a member's, newest first.
type Orders struct {
	Orders []ra.Order `json:"orders"`
}

// Changes is a piece of the change feed; the next call names Cursor.
type Changes struct {
	Changes []ra.Change `json:"changes"`
	Cursor  string      `json:"cursor"`
}

// Challenge is what the key signs.
type Challenge struct {
	Challenge []byte `json:"challenge"`
}

// GiveBackRequest says why a key is of no use.
type GiveBackRequest struct {
	Because ra.Code `json:"because" maxLength:"64"`
}

// Health tells that the back office is there.
type Health struct {
	Time time.Time `json:"time"`
}
