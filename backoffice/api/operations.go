package api

import (
	"context"

	"keyhall/backoffice/ra"
)

// OfOperation names an operation on a key. Once it is reserved no session is asked for: the customer's may be over long before the
// key is done; the ticket says which kiosk has the operation, the presence that its person was proven.
type OfOperation struct {
	Operation string `path:"operation"`
}

// OnOperation says something about an operation.
type OnOperation[B any] struct {
	OfOperation
	Body B
}

func on[B any](id string, body B) OnOperation[B] { return OnOperation[B]{OfOperation{id}, body} }

// CallReserve is Reserve.
var CallReserve = Call[OnOperation[ra.Reservation], ra.Release]{Route{ID: "reserve", At: "PUT /v1/operations/{operation}", Who: ByOrder,
	Summary: "Bind a unit to a key"}}

// Reserve binds a unit of the order to the key (step 1). It takes session and authorization code.
func (c Calls) Reserve(ctx context.Context, session string, r ra.Reservation) (ra.Release, error) {
	return ask(ctx, c, CallReserve, signed(session), on(r.OperationID, r))
}

// CallResume is Resume.
var CallResume = Call[OnOperation[ra.Resumption], ra.Release]{Route{ID: "resume", At: "POST /v1/operations/{operation}/resume",
	Who: ByMemberOrNone, Summary: "Go on with an operation, its person proven"}}

// Resume lets a person go on with an unfinished operation: with its ticket by session or code, without one by both, or by the session
// and what Takeover or TakeoverCode is for. CodeSessionOver (log in first), CodeRequired (field "auth_code" or "signature") and what is wrong with a code, CodeTicketDead, CodeNotFound,
// CodeState.
func (c Calls) Resume(ctx context.Context, session string, r ra.Resumption) (ra.Release, error) {
	return ask(ctx, c, CallResume, signed(session), on(r.OperationID, r))
}

// CallTakeover is Takeover.
var CallTakeover = Call[OfOperation, ra.Takeover]{Route{ID: "takeover", At: "POST /v1/operations/{operation}/takeover",
	Who: ByMemberOrKey, Summary: "Bytes for the old pair to sign, to go on at another kiosk"}}

// Takeover returns what the old pair on the key signs so that an operation that no code opens may go on at this kiosk, by Resume.
// CodeConflict where a code opens it, CodeTicketDead where it is begun anew instead, CodeNotFound, CodeState.
func (c Calls) Takeover(ctx context.Context, session, operationID string) (ra.Takeover, error) {
	return ask(ctx, c, CallTakeover, signed(session), OfOperation{operationID})
}

// CallTakeoverCode is TakeoverCode.
var CallTakeoverCode = Call[OfOperation, None]{Route{ID: "takeover-code", At: "POST /v1/operations/{operation}/takeover/code", Once: true,
	Who: ByMemberOrKey, Summary: "Send a code that is good where the old pair is gone"}}

// TakeoverCode has a code sent to the registered mobile that Resume takes in place of the old pair's signature: CodeAuthCodePaused
// (args: minutes), and as Takeover.
func (c Calls) TakeoverCode(ctx context.Context, session, operationID string) error {
	return done(ctx, c, CallTakeoverCode, signed(session), OfOperation{operationID})
}

// CallOperation is Operation.
var CallOperation = Call[OfOperation, ra.Operation]{Route{ID: "operation", At: "GET /v1/operations/{operation}", Who: ByHolder,
	Summary: "How far an operation in hand is"}}

// Operation tells how far the back office thinks an operation is whose ticket the kiosk has: CodeTicketDead, CodeNotFound.
func (c Calls) Operation(ctx context.Context, h ra.Hold) (ra.Operation, error) {
	return ask(ctx, c, CallOperation, holding(h), OfOperation{h.OperationID})
}

// CallAdministrator is Administrator.
var CallAdministrator = Call[OnOperation[ra.AdminAttempt], ra.Opening]{Route{ID: "administrator",
	At: "POST /v1/operations/{operation}/administrator", Who: ByHolder, Summary: "Allow an attempt at the administrator PIN"}}

// Administrator allows one more attempt at the key's administrator PIN: CodeKeyAdminPIN or CodeKeyNotBlank when the unit was given
// back instead, CodePresenceOver, CodeTicketDead, CodeState.
func (c Calls) Administrator(ctx context.Context, h ra.Hold, a ra.AdminAttempt) (ra.Opening, error) {
	return ask(ctx, c, CallAdministrator, holding(h), on(h.OperationID, a))
}

// GiveBackRequest says why a key is of no use.
type GiveBackRequest struct {
	Because ra.Code `json:"because" maxLength:"64"`
}

// CallGiveBack is GiveBack.
var CallGiveBack = Call[OnOperation[GiveBackRequest], None]{Route{ID: "give-back", At: "POST /v1/operations/{operation}/give-back",
	Who: ByHolder, Summary: "Give the unit of a useless key back"}}

// GiveBack gives the unit of a key back that is of no use: CodeTicketDead, CodePresenceOver, CodeState.
func (c Calls) GiveBack(ctx context.Context, h ra.Hold, because ra.Code) error {
	return done(ctx, c, CallGiveBack, holding(h), on(h.OperationID, GiveBackRequest{Because: because}))
}

// CertifyRequest carries the key's PKCS#10 and the administrator PIN version that is set now.
type CertifyRequest struct {
	CSR      []byte `json:"csr" doc:"PKCS#10, DER"`
	AdminPIN int    `json:"admin_pin" doc:"version of the administrator PIN that is set on the key now"`
}

// CallCertify is Certify.
var CallCertify = Call[OnOperation[CertifyRequest], ra.Issued]{Route{ID: "certify", At: "POST /v1/operations/{operation}/certificate",
	Who: ByHolder, Summary: "The operation's certificate"}}

// Certify gets the operation's certificate for a PKCS#10 (DER); adminPIN is the version set on the key now.
// CodeRequestBad, CodeRequestDiffers, CodeIssuerAway, CodeTicketDead, CodePresenceOver.
func (c Calls) Certify(ctx context.Context, h ra.Hold, csr []byte, adminPIN int) (ra.Issued, error) {
	return ask(ctx, c, CallCertify, holding(h), on(h.OperationID, CertifyRequest{CSR: csr, AdminPIN: adminPIN}))
}

// Challenge is what the key signs.
type Challenge struct {
	Challenge []byte `json:"challenge"`
}

// CallChallenge is Challenge.
var CallChallenge = Call[OfOperation, Challenge]{Route{ID: "challenge", At: "POST /v1/operations/{operation}/challenge", Who: ByHolder,
	Summary: "Bytes for the key to sign"}}

// Challenge returns 32 fresh bytes for the key to sign: CodeTicketDead.
func (c Calls) Challenge(ctx context.Context, h ra.Hold) ([]byte, error) {
	out, err := ask(ctx, c, CallChallenge, holding(h), OfOperation{h.OperationID})
	return out.Challenge, err
}

// CallConfirm is Confirm.
var CallConfirm = Call[OnOperation[ra.Proof], ra.Completion]{Route{ID: "confirm", At: "PUT /v1/operations/{operation}/proof", Who: ByHolder,
	Summary: "Hand the proof in"}}

// Confirm hands in the proof: CodeProofBad, CodeChallengeStale, CodeTicketDead.
func (c Calls) Confirm(ctx context.Context, h ra.Hold, proof ra.Proof) (ra.Completion, error) {
	return ask(ctx, c, CallConfirm, holding(h), on(proof.OperationID, proof))
}

// OfKey names a key that is plugged in.
type OfKey struct {
	Manufacturer string `query:"manufacturer" maxLength:"100"`
	Model        string `query:"model" maxLength:"100"`
	Serial       string `query:"serial" required:"true" maxLength:"100"`
}

// CallKeyStatus is KeyStatus.
var CallKeyStatus = Call[OfKey, ra.KeyStatus]{Route{ID: "key-status", At: "GET /v1/key", Who: ByMemberOrNone, Summary: "What may be known of a key"}}

// CallKeyRecord is KeyRecord.
var CallKeyRecord = Call[OfKey, ra.KeyRecord]{Route{ID: "key-record", At: "GET /v1/key/record", Who: ByMemberOrKey, Summary: "What the register has of a key"}}

// KeyRecord tells a confirmed member of the key's organisation, in its project, what the register has of it: CodeNotFound.
func (c Calls) KeyRecord(ctx context.Context, session string, key ra.KeyIdentity) (ra.KeyRecord, error) {
	return ask(ctx, c, CallKeyRecord, signed(session), OfKey(key))
}

// PINChangeRequest says how far a change is.
type PINChangeRequest struct {
	Key ra.KeyIdentity `json:"key"`
	As  ra.PINOutcome  `json:"as" enum:"begun,changed,kept,unsure"`
}

// OfPINChange names a change of a holder's PIN.
type OfPINChange struct {
	Change string `path:"change"`
	Body   PINChangeRequest
}

// CallPINChange is PINChange.
var CallPINChange = Call[OfPINChange, None]{Route{ID: "pin-change", At: "PUT /v1/pin-changes/{change}", Who: ByMemberOrNone,
	Summary: "The holder of a key changes its PIN"}}

// PINChange tells that the holder of a key is about to change its PIN, and then what came of it: CodeNotFound for a key that the register
// does not know, CodeKeyLost. Who knows the PIN is asked by the key itself; session is "" for none.
func (c Calls) PINChange(ctx context.Context, session string, x ra.PINChange) error {
	return done(ctx, c, CallPINChange, signed(session), OfPINChange{x.ID, PINChangeRequest{Key: x.Key, As: x.As}})
}

// KeyStatus tells what may be known of a key that is plugged in; session is "" for none.
func (c Calls) KeyStatus(ctx context.Context, session string, key ra.KeyIdentity) (ra.KeyStatus, error) {
	return ask(ctx, c, CallKeyStatus, signed(session), OfKey(key))
}
