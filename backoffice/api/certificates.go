package api

import (
	"context"

	"keyhall/backoffice/ra"
)

// HoldingsQuery is ra.HoldingQuery.
type HoldingsQuery struct {
	Serial string `query:"serial" maxLength:"100"`
	Before string `query:"before" maxLength:"64"`
	Live   bool   `query:"live"`
}

// CallHoldings is Holdings.
var CallHoldings = Call[HoldingsQuery, ra.HoldingPage]{Route{ID: "holdings", At: "GET /v1/certificates", Who: ByMemberOrKey,
	Summary: "The certificates that the member sees, newest first"}}

// Holdings lists the certificates of the member's organisation in the project, of their own orders alone until they are confirmed.
func (c Calls) Holdings(ctx context.Context, session string, q ra.HoldingQuery) (ra.HoldingPage, error) {
	return ask(ctx, c, CallHoldings, signed(session), HoldingsQuery(q))
}

// WaitingWork is what waits on keys.
type WaitingWork struct {
	Work []ra.Work `json:"work"`
}

// CallWork is Work.
var CallWork = Call[None, WaitingWork]{Route{ID: "work", At: "GET /v1/work", Who: ByMemberOrKey, Summary: "What waits to be done on keys over all orders of the member"}}

// Work lists what waits to be done on keys over all orders of the member.
func (c Calls) Work(ctx context.Context, session string) ([]ra.Work, error) {
	out, err := ask(ctx, c, CallWork, signed(session), None{})
	return out.Work, err
}

// OfCertificate names a certificate.
type OfCertificate struct {
	Certificate string `path:"certificate"`
}

// CallReportLost is ReportLost.
var CallReportLost = Call[OfCertificate, None]{Route{ID: "report-lost", At: "POST /v1/certificates/{certificate}/lost", Who: ByMember,
	Summary: "Report the key of a certificate lost"}}

// ReportLost suspends what is in use on the key of a certificate; reported again it stays so. CodeNotFound, CodeCertificateOver,
// CodeReportAtDesk for who reported a key before.
func (c Calls) ReportLost(ctx context.Context, session, certificateID string) error {
	return done(ctx, c, CallReportLost, signed(session), OfCertificate{certificateID})
}

// OnCertificate says something about a certificate.
type OnCertificate[B any] struct {
	OfCertificate
	Body B
}

// CallRestoreLost is RestoreLost.
var CallRestoreLost = Call[OnCertificate[ra.KeyAnswer], None]{Route{ID: "restore-lost", At: "POST /v1/certificates/{certificate}/found", Who: ByMember, Once: true,
	Summary: "Restore a key that was reported lost, by its signature"}}

// RestoreLost restores the key of a certificate, which signed what KeyChallenge gave it for that: CodeFoundMember, CodeFoundChanged,
// CodeChallengeStale, CodeProofBad (field "signature"), CodeKeyWrong (args: expected, found), CodeNotFound, CodeCertificateOver.
func (c Calls) RestoreLost(ctx context.Context, session, certificateID string, a ra.KeyAnswer) error {
	return done(ctx, c, CallRestoreLost, signed(session), OnCertificate[ra.KeyAnswer]{OfCertificate{certificateID}, a})
}
