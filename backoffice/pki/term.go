package pki

import (
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"keyhall/backoffice/ra"
)

// ClockSlack is how much earlier than now a certificate begins, for machines whose clock is a little behind.
const ClockSlack = 5 * time.Minute

// Begin is when a certificate begins that the first CA of a chain signs now: a little earlier, but within the CA's own time.
// CodeIssuerAway for a CA that has not begun: the clock is wrong, or was when the CA was made.
func Begin(chain [][]byte, now time.Time) (time.Time, error) {
	own, err := CA(chain)
	if err != nil {
		return time.Time{}, err
	}
	if now.Before(own.NotBefore) {
		return time.Time{}, ra.E(ra.CodeIssuerAway).Because(fmt.Errorf("the CA begins on %s, and the clock says %s", own.NotBefore.Format(time.RFC3339), now.UTC().Format(time.RFC3339)))
	}
	begin := now.Add(-ClockSlack).Truncate(time.Second)
	if begin.Before(own.NotBefore) {
		begin = own.NotBefore
	}
	return begin, nil
}

// CAEnd is when the first certificate of a chain, the issuing CA's own, ends.
func CAEnd(chain [][]byte) (time.Time, error) {
	own, err := CA(chain)
	if err != nil {
		return time.Time{}, err
	}
	return own.NotAfter, nil
}

// CA is the first certificate of a chain, the issuing CA's own.
func CA(chain [][]byte) (*x509.Certificate, error) {
	if len(chain) == 0 {
		return nil, errors.New("the CA has no certificate")
	}
	own, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return nil, fmt.Errorf("the CA's certificate: %w", err)
	}
	return own, nil
}

// PastCA is CodeTermPastCA (args: until) for a term that would not end before the CA.
func PastCA(end time.Time) error {
	return ra.E(ra.CodeTermPastCA, "until", ra.HallDay(end))
}

// NewSerialNumber makes a serial number of 16 random bytes, positive and of full length, lower-case hex.
func NewSerialNumber(random io.Reader) (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("serial number: %w", err)
	}
	b[0] = b[0]&0x7F | 0x40
	return hex.EncodeToString(b), nil
}

// SerialNumber reads what NewSerialNumber made.
func SerialNumber(text string) (*big.Int, error) {
	n, ok := new(big.Int).SetString(text, 16)
	if !ok {
		return nil, fmt.Errorf("serial number %q is no hex number", text)
	}
	return n, nil
}
