package ra

import "testing"

// TestPINOnTheKey: whoever finds a key reads its number.
func TestPINOnTheKey(t *testing.T) {
	t.Parallel()
	for pin, want := range map[string]Code{
		"210400": CodePINSerial, "009177f3": CodePINSerial, "3F7719": CodePINSerial, "x091778": "", "ab104009": CodePINSerial, "x1040091": CodePINSerial,
		"9177": CodePINSerial, "73915208": "",
	} {
		if got := CodeOf(CheckPINOn(pin, "2104-0091 77F3")); got != want {
			t.Errorf("%s: got %q, want %q", pin, got, want)
		}
	}
	if err := CheckPINOn("73915208", ""); err != nil {
		t.Errorf("a key without a number: %v", err)
	}
}
