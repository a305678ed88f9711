// Package ukeytest holds what tests of and with UKeys need: the conformance suite that every driver passes, a hub of
// software keys to plug and pull, and faults at a chosen call. It is imported from tests only.
package ukeytest

import (
	"slices"
	"testing"

	"keyhall/device/ukey"
	"keyhall/device/ukey/conformance"
)

// Key is a blank key for one test.
type Key struct {
	Reader      ukey.Reader
	Identity    ukey.Identity
	AdminPIN    string
	CustomerPIN string
	OtherPIN    string   // another that the key accepts
	Lacks       []string // names of the checks that this kind of key is known not to support
}

// Run runs every conformance check on a key of its own.
func Run(t *testing.T, open func(t *testing.T) Key) {
	t.Helper()
	for _, check := range conformance.Checks() {
		t.Run(check.Name, func(t *testing.T) {
			key := open(t)
			result := check.Run(t.Context(), conformance.Subject{
				Reader: key.Reader, Key: key.Identity,
				AdminPIN: []byte(key.AdminPIN), CustomerPIN: []byte(key.CustomerPIN), OtherPIN: []byte(key.OtherPIN),
			})
			lacks := slices.Contains(key.Lacks, check.Name)
			switch {
			case result.Outcome == conformance.Fails:
				t.Error(result.Err)
			case result.Outcome == conformance.Unsupported && !lacks:
				t.Errorf("unsupported, want it to hold: %v", result.Err)
			case result.Outcome == conformance.Holds && lacks:
				t.Error("holds, but is listed as lacking")
			}
		})
	}
}
