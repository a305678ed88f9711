// Package api is the wire contract between kiosk and back office: the calls, each one value that both sides work by, problem details, and
// the Client that speaks them. It holds no rules; those are the back office's.
//
// Every mutation carries an id made by the kiosk and may be sent again. Errors are *ra.Error on both sides.
package api

import "time"

// The paths of what speaks a protocol of its own.
const (
	PathOpenAPI = "/openapi.json"
	PathCRL     = "/crl"
	PathCRLOf   = "/crl/{authority}"
	PathCRLPEM  = "/crl.pem"
	PathOCSP    = "/ocsp"
	PathOCSPGet = "/ocsp/{request}"
	PathCA      = "/ca.pem"
	PathCAOf    = "/ca/{authority}"
	PathUploads = "/v1/uploads/"
)

// What a kiosk shows for an operation in hand, or for its staff, stands in headers, which no log keeps.
const (
	TicketHeader   = "Keyhall-Ticket"
	PresenceHeader = "Keyhall-Presence"
	// StaffHeader has the session of a member of staff, beside a customer's.
	StaffHeader = "Keyhall-Staff"
)

// Limits that both sides keep.
const (
	MaxJSONBytes = 1 << 20 // of a request, bytes
	MaxWait      = 60 * time.Second
)
