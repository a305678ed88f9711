package ukey

import "fmt"

// PINState is the condition of one PIN. The states from PINOK to PINLocked only get worse with wrong attempts.
type PINState int

// The states of a PIN.
const (
	PINUnknown  PINState = iota
	PINOK                // all attempts left
	PINLow               // a wrong attempt was made since the last right one
	PINFinal             // one more wrong attempt locks it
	PINLocked            // no attempt is accepted; the customer's PIN is opened by Token.InitPIN
	PINUnset             // none was ever set
	PINToChange          // a factory or initial PIN that has to be changed before the key can be used
)

var pinStates = [...]string{"unknown", "ok", "low", "final", "locked", "unset", "to-change"}

// String gives the state's stable English word, for logs and tables.
func (s PINState) String() string {
	if s < 0 || int(s) >= len(pinStates) {
		return fmt.Sprintf("PINState(%d)", int(s))
	}
	return pinStates[s]
}

// PINError is a PIN that was not accepted. It never holds the PIN.
type PINError struct {
	Role  Role
	State PINState // after the attempt
	Left  int      // attempts after it; negative when the key does not tell a number
	Err   error    // ErrPINWrong, ErrPINLocked, ErrPINLength, ErrPINInvalid or ErrPINUnset
}

func (e *PINError) Error() string {
	return fmt.Sprintf("%s PIN (now %s): %v", e.Role, e.State, e.Err)
}

// Unwrap returns the sentinel.
func (e *PINError) Unwrap() error { return e.Err }
