// Package writetest gives tests a back office's half of a write, with its rules.
package writetest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
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
// attempts at administrator PINs allowed one by one, one certificate for one public key, proofs checked. It takes any session for the
// customer's.
type Office struct {
	Lock       sync.Mutex // of everything
	Algorithm  string
	caKey      *ecdsa.PrivateKey
	ca         *x509.Certificate
	Units      []ra.Unit
	Operations map[string]*Operation
	Known      map[string]int                // serial → administrator PIN version that opens the key
	Attempts   map[string][]ra.AttemptResult // at the administrator PIN, by serial, until a version is known to be on the key
	versions   map[string]int                // tried, by attempt
	tickets    int                           // given out
	customer   string                        // the factory's customer PIN
	Issued     int                           // certificates ever signed
	strikes    []strike
	Calls      []string
	Whole      func() ra.Order // of a Completion; nil: only the units
}

// Operation is a write as the back office sees it.
type Operation struct {
	Op        ra.Operation
	unit      int
	pending   int
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
	f := &Office{Algorithm: "ec-p256", caKey: key, ca: ca, Operations: map[string]*Operation{}, Known: map[string]int{},
		Attempts: map[string][]ra.AttemptResult{}, versions: map[string]int{}, customer: ukeytest.FactoryCustomerPIN}
	for i := range units {
		f.Units = append(f.Units, ra.Unit{ID: newID(), OrderID: "order", Index: i + 1, State: ra.UnitWaiting})
	}
	return f
}

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

func AdminPIN(version int) ra.AdminPIN {
	return ra.AdminPIN{Version: version, Value: []byte([]string{"87654321", "adm1-secret", "adm2-secret", "adm3-secret"}[version])}
}

func (f *Office) Reserve(_ context.Context, _ string, r ra.Reservation) (ra.Release, error) {
	return answer(f, "Reserve", func() (ra.Release, error) {
		if r.AuthCode != Code {
			return ra.Release{}, ra.E(ra.CodeAuthCodeWrong, "left", "4")
		}
		if o, ok := f.Operations[r.OperationID]; ok {
			if o.Op.Key != r.Key {
				return ra.Release{}, ra.E(ra.CodeConflict)
			}
			return f.releaseOf(o, &r.Attempt)
		}
		if o := f.live(r.Key); o != nil {
			return ra.Release{}, ra.E(ra.CodeKeyInUse)
		}
		i := slices.IndexFunc(f.Units, func(u ra.Unit) bool { return u.State == ra.UnitWaiting })
		if i < 0 {
			return ra.Release{}, ra.E(ra.CodeNoUnitLeft)
		}
		f.Units[i].State, f.Units[i].OperationID = ra.UnitReserved, r.OperationID
		o := &Operation{unit: i, pending: f.Known[r.Key.Serial] + 1, Op: ra.Operation{
			ID: r.OperationID, Kind: ra.KindNew, OrderID: r.OrderID, UnitID: f.Units[i].ID, Model: "softhsm", Key: r.Key,
			State: ra.OperationReserved,
		}}
		f.Operations[r.OperationID] = o
		return f.releaseOf(o, &r.Attempt)
	})
}

// live is the unfinished operation of a key.
func (f *Office) live(key ra.KeyIdentity) *Operation {
	for _, o := range f.Operations {
		if o.Op.Key == key && o.Op.State != ra.OperationDone && o.Op.State != ra.OperationReleased {
			return o
		}
	}
	return nil
}

func (f *Office) Remaining() int {
	return ra.Order{Units: f.Units}.Remaining()
}

// releaseOf gives the operation to the kiosk that asks, under a ticket that it has or gets.
func (f *Office) releaseOf(o *Operation, a *ra.AdminAttempt) (ra.Release, error) {
	subject, _ := asn1.Marshal(pkix.Name{CommonName: "杭州某某有限公司", Country: []string{"CN"}}.ToRDNSequence())
	if o.Ticket == "" {
		f.tickets++
		o.Ticket = fmt.Sprintf("ticket-%d", f.tickets)
	}
	o.Presence = newID()
	r := ra.Release{
		Operation: o.Op, Unit: f.Units[o.unit], Remaining: f.Remaining(), Profile: ra.SubjectProfile{Algorithm: f.Algorithm},
		Label: "test", Subject: subject, Ticket: o.Ticket, Presence: o.Presence, PINMin: 6, PINMax: 16,
	}
	if a == nil {
		return r, nil
	}
	opening, err := f.allow(o, *a)
	r.Opening = &opening
	return r, err
}

func (f *Office) find(h ra.Hold) (*Operation, error) {
	o, ok := f.Operations[h.OperationID]
	if !ok {
		return nil, ra.E(ra.CodeNotFound)
	}
	if h.Ticket == "" || o.Ticket != h.Ticket {
		return nil, ra.E(ra.CodeTicketDead)
	}
	return o, nil
}

// Resume takes every session for the customer's; a ticket saves one of the two proofs.
func (f *Office) Resume(_ context.Context, session string, r ra.Resumption) (ra.Release, error) {
	return answer(f, "Resume", func() (ra.Release, error) {
		o, ok := f.Operations[r.OperationID]
		if !ok {
			return ra.Release{}, ra.E(ra.CodeNotFound)
		}
		holder := r.Ticket != "" && o.Ticket == r.Ticket
		switch {
		case !holder && session == "" && r.Ticket != "":
			return ra.Release{}, ra.E(ra.CodeTicketDead)
		case !holder && session == "":
			return ra.Release{}, ra.E(ra.CodeSessionOver)
		case r.AuthCode == "" && (session == "" || !holder):
			return ra.Release{}, ra.E(ra.CodeRequired).At("auth_code")
		case r.AuthCode != "" && r.AuthCode != Code:
			return ra.Release{}, ra.E(ra.CodeAuthCodeWrong, "left", "4").At("auth_code")
		}
		if o.Op.State == ra.OperationDone || o.Op.State == ra.OperationReleased {
			return ra.Release{}, ra.E(ra.CodeState)
		}
		if !holder {
			o.Ticket = ""
		}
		return f.releaseOf(o, nil)
	})
}

func (f *Office) Operation(_ context.Context, h ra.Hold) (ra.Operation, error) {
	f.Lock.Lock()
	defer f.Lock.Unlock()
	o, err := f.find(h)
	if err != nil {
		return ra.Operation{}, err
	}
	return o.Op, nil
}

func (f *Office) Administrator(_ context.Context, h ra.Hold, a ra.AdminAttempt) (ra.Opening, error) {
	return answer(f, "Administrator", func() (ra.Opening, error) {
		o, err := f.find(h)
		switch {
		case err != nil:
			return ra.Opening{}, err
		case o.Op.State == ra.OperationReleased:
			return ra.Opening{}, ra.E(ra.CodeKeyAdminPIN)
		case o.Presence != h.Presence:
			return ra.Opening{}, ra.E(ra.CodePresenceOver)
		}
		return f.allow(o, a)
	})
}

func (f *Office) GiveBack(_ context.Context, h ra.Hold, _ ra.Code) error {
	_, err := answer(f, "GiveBack", func() (struct{}, error) {
		o, err := f.find(h)
		switch {
		case err == nil && o.Public != nil:
			err = ra.E(ra.CodeState)
		case err == nil && o.Presence != h.Presence:
			err = ra.E(ra.CodePresenceOver)
		}
		if err == nil {
			f.release(o)
		}
		return struct{}{}, err
	})
	return err
}

func (f *Office) Certify(_ context.Context, h ra.Hold, csr []byte, pin int) (ra.Issued, error) {
	return answer(f, "Certify", func() (ra.Issued, error) {
		o, err := f.find(h)
		if err != nil {
			return ra.Issued{}, err
		}
		if o.Public == nil && o.Presence != h.Presence {
			return ra.Issued{}, ra.E(ra.CodePresenceOver)
		}
		r, err := x509.ParseCertificateRequest(csr)
		if err != nil || r.CheckSignature() != nil {
			return ra.Issued{}, ra.E(ra.CodeRequestBad)
		}
		if o.Public != nil {
			if k, ok := o.Public.(interface{ Equal(crypto.PublicKey) bool }); !ok || !k.Equal(r.PublicKey) {
				return ra.Issued{}, ra.E(ra.CodeRequestDiffers)
			}
			return o.Issued, nil
		}
		f.Issued++
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(f.Issued) + 1000), RawSubject: r.RawSubject,
			NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		}
		der, err := x509.CreateCertificate(rand.Reader, template, f.ca, r.PublicKey, f.caKey)
		if err != nil {
			return ra.Issued{}, ra.E(ra.CodeInternal).Because(err)
		}
		f.Known[o.Op.Key.Serial], f.Attempts[o.Op.Key.Serial] = pin, nil
		o.Public, o.Op.State, f.Units[o.unit].State = r.PublicKey, ra.OperationIssued, ra.UnitIssued
		o.Issued = ra.Issued{CertificateID: newID(), Certificate: der, Chain: [][]byte{f.ca.Raw}}
		return o.Issued, nil
	})
}

func (f *Office) Challenge(_ context.Context, h ra.Hold) ([]byte, error) {
	return answer(f, "Challenge", func() ([]byte, error) {
		o, err := f.find(h)
		if err != nil {
			return nil, err
		}
		o.challenge = make([]byte, 32)
		_, _ = rand.Read(o.challenge) // never fails
		return o.challenge, nil
	})
}

func (f *Office) Confirm(_ context.Context, h ra.Hold, p ra.Proof) (ra.Completion, error) {
	return answer(f, "Confirm", func() (ra.Completion, error) {
		o, err := f.find(h)
		if err != nil {
			return ra.Completion{}, err
		}
		if o.done != nil {
			return *o.done, nil
		}
		if o.Stale || !bytes.Equal(o.challenge, p.Challenge) {
			o.Stale = false
			return ra.Completion{}, ra.E(ra.CodeChallengeStale)
		}
		if !p.Inside || !bytes.Equal(p.Certificate, o.Issued.Certificate) || !signedBy(o.Issued.Certificate, p) {
			return ra.Completion{}, ra.E(ra.CodeProofBad)
		}
		o.Op.State, f.Units[o.unit].State = ra.OperationDone, ra.UnitDone
		o.Proof = p
		order := ra.Order{ID: o.Op.OrderID, Units: slices.Clone(f.Units)}
		if f.Whole != nil {
			order = f.Whole()
		}
		o.done = &ra.Completion{Order: order, Unit: f.Units[o.unit], Remaining: f.Remaining()}
		return *o.done, nil
	})
}

func (f *Office) KeyStatus(_ context.Context, session string, key ra.KeyIdentity) (ra.KeyStatus, error) {
	f.Lock.Lock()
	defer f.Lock.Unlock()
	o := f.live(key)
	if o == nil {
		return ra.KeyStatus{}, nil
	}
	status := ra.KeyStatus{Known: true, Waiting: true}
	if session != "" {
		status.Operation = &o.Op
	}
	return status, nil
}

// signedBy tells whether the key of a certificate signed the proof's challenge.
func signedBy(der []byte, p ra.Proof) bool {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return false
	}
	algorithm := x509.SHA256WithRSA
	if c.PublicKeyAlgorithm == x509.ECDSA {
		algorithm = x509.ECDSAWithSHA256
	}
	return c.CheckSignature(algorithm, ra.ProofMessage(p.Challenge), p.Signature) == nil
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
