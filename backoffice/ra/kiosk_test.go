package ra

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// TestEnrolmentMessage pins what old and new programs must agree on.
func TestEnrolmentMessage(t *testing.T) {
	t.Parallel()
	message := EnrolmentMessage("7kq2-m4xd 9RTA-NB3F", []byte("request"))
	sum := sha256.Sum256(message)
	if got, want := hex.EncodeToString(sum[:]), "38fe07a26292ff99708e385cc54f70db78af8df1ebdbe16d4984ae32141df63f"; got != want || !bytes.HasPrefix(message, []byte("keyhall-enrol-1\x00")) || len(message) != 80 {
		t.Errorf("got %s of %d bytes, want %s", got, len(message), want)
	}
	for name, other := range map[string][]byte{
		"another code":    EnrolmentMessage("7KQ2M4XD9RTANB3G", []byte("request")),
		"another request": EnrolmentMessage("7KQ2M4XD9RTANB3F", []byte("Request")),
		"a moved border":  EnrolmentMessage("7KQ2M4XD9RTANB3", []byte("Frequest")),
	} {
		if bytes.Equal(message, other) {
			t.Errorf("%s: the same message", name)
		}
	}
}
