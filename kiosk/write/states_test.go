package write

import (
	"slices"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/write/writetest"
)

// TestEveryStateOfAPINIsToldInTheOfficesWords: whatever a key says of its PINs.
func TestEveryStateOfAPINIsToldInTheOfficesWords(t *testing.T) {
	t.Parallel()
	for s, want := range map[ukey.PINState]ra.TokenPINState{
		ukey.PINUnknown: "", ukey.PINOK: ra.TokenPINOK, ukey.PINLow: ra.TokenPINLow, ukey.PINFinal: ra.TokenPINFinal,
		ukey.PINLocked: ra.TokenPINLocked, ukey.PINUnset: "", ukey.PINToChange: ra.TokenPINOK,
	} {
		a := announce("id", ukey.Info{Initialized: true, UserPINSet: true, UserPIN: s, AdminPIN: s})
		if a.State != want || !slices.Contains(ra.TokenPINStates(), a.CustomerPIN) {
			t.Errorf("%s: told as %q and %q, want %q", s, a.State, a.CustomerPIN, want)
		}
		if a.CustomerPIN == ra.TokenPINOK && want != ra.TokenPINOK {
			t.Errorf("%s: an attempt would be risked", s)
		}
	}
}

// TestKeysWithFactoryPINsThatHaveToBeChanged: that is how makers deliver them; a make changes both. Some modules only tell, others let
// nobody in before.
func TestKeysWithFactoryPINsThatHaveToBeChanged(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]map[string]string{
		"the customer's": {ukeytest.FaultFlags: "0x80000"}, "the administrator's": {ukeytest.FaultFlags: "0x800000"},
		"both, and write protected until then":   {ukeytest.FaultFlags: "0x880002"},
		"the administrator's, who is not let in": {ukeytest.FaultAdminExpired: "once"}, "the customer's, who is not let in": {ukeytest.FaultUserExpired: "once"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := ukeytest.NewFaultModule(t, 1)
			for fault, text := range faults {
				m.Set(t, fault, text)
			}
			b := &bench{trial: making, hub: m.Hub, keys: ukeytest.NewFaults(writetest.Reader(t, m.Path, m.Env()))}
			b.furnish(t, 1, ra.KeyIdentity(m.Identity(0)))
			if _, err := b.attempt(t.Context(), b.executor(nil)); err != nil {
				t.Fatal(err)
			}
			b.check(t)
		})
	}
}
