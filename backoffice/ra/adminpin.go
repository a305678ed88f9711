package ra

// AdminPIN is one version of a key's administrator PIN; version 0 is the factory's.
type AdminPIN struct {
	Version int    `json:"version"`
	Value   []byte `json:"value"` // to be overwritten after use
}

// String keeps the value out of logs and errors.
func (AdminPIN) String() string { return "[administrator PIN]" }

// GoString keeps the value out of %#v.
func (AdminPIN) GoString() string { return "[administrator PIN]" }

// TokenPINState is the condition of a PIN as the key tells it.
type TokenPINState string

// The conditions that count here.
const (
	TokenPINOK     TokenPINState = "ok"     // all attempts left
	TokenPINLow    TokenPINState = "low"    // a wrong attempt since the last right one
	TokenPINFinal  TokenPINState = "final"  // one more locks it
	TokenPINLocked TokenPINState = "locked" // no attempt is accepted
)

// TokenPINStates lists them, sorted.
func TokenPINStates() []TokenPINState {
	return []TokenPINState{TokenPINFinal, TokenPINLocked, TokenPINLow, TokenPINOK}
}

// AttemptOutcome is what became of an attempt at an administrator PIN.
type AttemptOutcome string

// The outcomes of an attempt.
const (
	AttemptUnknown AttemptOutcome = "unknown" // it may have been made, nobody heard the answer
	AttemptRight   AttemptOutcome = "right"
	AttemptWrong   AttemptOutcome = "wrong"
	AttemptVoid    AttemptOutcome = "void" // it was never made
)

// AttemptOutcomes lists them, sorted.
func AttemptOutcomes() []AttemptOutcome {
	return []AttemptOutcome{AttemptRight, AttemptUnknown, AttemptVoid, AttemptWrong}
}

// BlankLook is how far it is known that a key with a customer PIN of somebody else's is blank: a private object shows only
// after a login, and the only customer PIN that may be tried is the factory's.
type BlankLook string

// The looks.
const (
	LookNone    BlankLook = ""
	LookAllowed BlankLook = "allowed" // a kiosk got the factory's customer PIN, nobody heard what it saw
	LookBlank   BlankLook = "blank"   // it opened the key, and nothing showed
	LookForeign BlankLook = "foreign" // it did not, or something showed: it is somebody's for ever
)

// BlankLooks lists them, sorted.
func BlankLooks() []BlankLook { return []BlankLook{LookNone, LookAllowed, LookBlank, LookForeign} }

// AttemptResult is what a kiosk says of an attempt that it was allowed.
type AttemptResult struct {
	ID      string         `json:"id"`
	Outcome AttemptOutcome `json:"outcome"`
	Begun   bool           `json:"begun"` // setting the new PIN was begun after it
	Look    BlankLook      `json:"look"`  // what the factory's customer PIN showed, "" where it was not tried
}

// AdminAttempt announces one attempt at a key's administrator PIN, with what the key tells of itself; the back office
// commits it before it lets a PIN go. The same id is the same attempt.
type AdminAttempt struct {
	ID             string         `json:"id"`
	Initialized    bool           `json:"initialized"` // false: the key has no PIN yet, one is only set
	State          TokenPINState  `json:"state"`
	CustomerPINSet bool           `json:"customer_pin_set"`
	CustomerPIN    TokenPINState  `json:"customer_pin"`
	Last           *AttemptResult `json:"last,omitempty"` // what became of the attempt before, where this kiosk made it
}

// Opening is what one attempt may use: only PINs that can be on the key now, and the one that is to be set.
type Opening struct {
	AttemptID string    `json:"attempt_id"`
	Try       *AdminPIN `json:"try"`      // nil: the key has none yet
	Set       AdminPIN  `json:"set"`      // the key's own from now on
	Customer  []byte    `json:"customer"` // the factory's customer PIN, to look once whether the key is blank; nil: not allowed
}

// Wipe overwrites the PINs.
func (o *Opening) Wipe() {
	if o == nil {
		return
	}
	if o.Try != nil {
		clear(o.Try.Value)
	}
	clear(o.Set.Value)
	clear(o.Customer)
}

// String keeps the PINs out of logs.
func (Opening) String() string { return "[opening]" }

// GoString keeps them out of %#v.
func (Opening) GoString() string { return "[opening]" }
