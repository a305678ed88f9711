package ra

import (
	"bytes"
	"testing"
)

// TestNoMessageIsAnother: whatever the office, or somebody in its place, gives a key to sign for one thing, it is the message of no other:
// not even where a nonce holds the words of another one.
func TestNoMessageIsAnother(t *testing.T) {
	t.Parallel()
	kiosk, nonce := "0198a2a0-0000-7000-8000-000000000001", bytes.Repeat([]byte{7}, KeyNonceBytes)
	texts := map[string][]byte{"proof": ProofMessage(nonce), "takeover": TakeoverMessage(kiosk, kiosk, nonce), "bare": nonce,
		"login elsewhere": LoginMessage(KeyPurposeLogin, "other", nonce)}
	for _, p := range KeyPurposes() {
		texts[string(p)] = LoginMessage(p, kiosk, nonce)
	}
	for a, x := range texts {
		for b, y := range texts {
			if a != b && (bytes.Equal(x, y) || bytes.HasPrefix(x, y)) {
				t.Errorf("%s begins as %s does", a, b)
			}
		}
	}
	for _, head := range []string{"keyhall-proof-1\x00", "keyhall-takeover-1\x00"} {
		if bytes.HasPrefix(LoginMessage(KeyPurposeLogin, kiosk, nonce), []byte(head)) {
			t.Errorf("a login begins with %q", head)
		}
	}
}

// TestKeyAskedBounds: what is no SHA-256, too many of them and an unknown purpose are refused.
func TestKeyAskedBounds(t *testing.T) {
	t.Parallel()
	sum := make([]byte, 32)
	for what, a := range map[string]KeyAsked{
		"purpose":      {Purpose: "all", Certificates: [][]byte{sum}},
		"short":        {Purpose: KeyPurposeLogin, Certificates: [][]byte{sum[1:]}},
		"certificates": {Purpose: KeyPurposeLogin, Certificates: make([][]byte, maxKeyCertificates+1)},
	} {
		if CodeOf(a.Check()) != CodeInvalid {
			t.Errorf("%s: %v, want it refused", what, a.Check())
		}
	}
	if err := (KeyAsked{Purpose: KeyPurposeLogin, Certificates: [][]byte{sum}}).Check(); err != nil {
		t.Error(err)
	}
}
