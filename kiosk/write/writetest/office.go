// Package writetest gives tests a back office's half of a write, with its rules.
package writetest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey/ukeytest"
)

// Code is the order's authorization code.
const Code = "12345678"

// Office is the back office's half of a write with its rules: idempotent by operation id, tickets by kiosk, a person proven,
// attempts at administrator PINs allowed one by one, one certificate for one public key, proofs checked, an old certificate left alone
// until the one that replaces it is proven. It takes any session for the customer's, or for a clerk's where no order asked.
type Office struct {
	Lock       sync.Mutex // of everything
	Profile    ra.SubjectProfile
	caKey      *ecdsa.PrivateKey
	ca         *x509.Certificate
	Units      []ra.Unit
	Operations map[string]*Operation
	Known      map[string]int                // serial → administrator PIN version that opens the key
	Attempts   map[string][]ra.AttemptResult // at the administrator PIN, by serial, until a version is known to be on the key
	versions   map[string]int                // tried, by attempt
	tickets    int                           // given out
	customer   string                        // the factory's customer PIN
	Kind       ra.Kind                       // of the order
	Reason     ra.ServiceReason
	Register   []*Registered // certificates, oldest first
	Issued     int           // certificates ever signed for an operation
	Generous   bool          // the first challenge comes with the certificate
	strikes    []strike
	Calls      []string
	Whole      func() ra.Order // of a Completion; nil: only the units
}

// Operation is a write as the back office sees it.
type Operation struct {
	Op        ra.Operation
	rule      ra.ServiceRule // of the order; without one only the plan
	unit      int            // noUnit where no order asked
	target    *Registered    // nil where the register knows of no certificate
	pending   int            // administrator PIN being set
	Ticket    string
	Presence  string
	Public    crypto.PublicKey
	Issued    ra.Issued
	challenge []byte
	Stale     bool // the next proof comes too late
	done      *ra.Completion
	Proof     ra.Proof
}

// strike makes the n-th call of a method fail, before or after it was carried out.
type strike struct {
	method string
	n      int
	after  bool
	err    error
}

// New is a back office with an approved order for so many keys.
func New(t testing.TB, units int) *Office {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	f := &Office{Profile: ra.SubjectProfile{Algorithm: "ec-p256", Usage: ra.UsageSign}, Kind: ra.KindNew, caKey: key, ca: ca, Operations: map[string]*Operation{}, Known: map[string]int{},
		Attempts: map[string][]ra.AttemptResult{}, versions: map[string]int{}, customer: ukeytest.FactoryCustomerPIN}
	for i := range units {
		f.Units = append(f.Units, ra.Unit{ID: newID(), OrderID: "order", Index: i + 1, State: ra.UnitWaiting})
	}
	return f
}

// StrikeAt makes the n-th call of a method from now fail, before or after it was carried out.
func (f *Office) StrikeAt(method string, n int, after bool, err error) {
	f.Lock.Lock()
	defer f.Lock.Unlock()
	f.strikes = append(f.strikes, strike{method: method, n: n, after: after, err: err})
}

// enter counts the call and returns what to answer instead of it, and after it.
func (f *Office) enter(method string) (before, after error) {
	f.Calls = append(f.Calls, method)
	f.strikes = slices.DeleteFunc(f.strikes, func(s strike) bool { return s.err == nil })
	for i := range f.strikes {
		s := &f.strikes[i]
		if s.method != method {
			continue
		}
		if s.n--; s.n > 0 {
			continue
		}
		if s.after {
			after = s.err
		} else {
			before = s.err
		}
		s.err = nil
	}
	return before, after
}

func answer[T any](f *Office, method string, call func() (T, error)) (T, error) {
	f.Lock.Lock()
	defer f.Lock.Unlock()
	var zero T
	before, after := f.enter(method)
	if before != nil {
		return zero, before
	}
	v, err := call()
	if after != nil {
		return zero, after
	}
	return v, err
}

// AdminPIN is a version of every key's administrator PIN, of a length that all software keys take.
func AdminPIN(version int) ra.AdminPIN {
	if version == 0 {
		return ra.AdminPIN{Value: []byte(ukeytest.FactoryAdminPIN)}
	}
	return ra.AdminPIN{Version: version, Value: fmt.Appendf(nil, "adm%05d", version)}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
