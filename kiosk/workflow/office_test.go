package workflow

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey/ukeytest"
)

const testCode = "12345678"

// fakeWrites is the back office's half of a write with its rules: idempotent by operation id, tickets by kiosk, a person proven,
// attempts at administrator PINs allowed one by one, one certificate for one public key, proofs checked. It takes any session for the
// customer's.
type fakeWrites struct {
	mu         sync.Mutex
	algorithm  string
	caKey      *ecdsa.PrivateKey
	ca         *x509.Certificate
	units      []ra.Unit
	operations map[string]*fakeOperation
	known      map[string]int                // serial → administrator PIN version that opens the key
	attempts   map[string][]ra.AttemptResult // at the administrator PIN, by serial, until a version is known to be on the key
	versions   map[string]int                // tried, by attempt
	tickets    int                           // given out
	customer   string                        // the factory's customer PIN
	issued     int                           // certificates ever signed
	strikes    []strike
	calls      []string
	whole      func() ra.Order // of a Completion; nil: only the units
}

type fakeOperation struct {
	op        ra.Operation
	unit      int
	pending   int
	ticket    string
	presence  string
	public    crypto.PublicKey
	issued    ra.Issued
	challenge []byte
	stale     bool // the next proof comes too late
	done      *ra.Completion
	proof     ra.Proof
}

// strike makes the n-th call of a method fail, before or after it was carried out.
type strike struct {
	method string
	n      int
	after  bool
	err    error
}

func newFakeWrites(t testing.TB, units int) *fakeWrites {
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
	f := &fakeWrites{algorithm: "ec-p256", caKey: key, ca: ca, operations: map[string]*fakeOperation{}, known: map[string]int{},
		attempts: map[string][]ra.AttemptResult{}, versions: map[string]int{}, customer: ukeytest.FactoryCustomerPIN}
	for i := range units {
		f.units = append(f.units, ra.Unit{ID: newID(), OrderID: "order", Index: i + 1, State: ra.UnitWaiting})
	}
	return f
}

func (f *fakeWrites) strikeAt(method string, n int, after bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.strikes = append(f.strikes, strike{method: method, n: n, after: after, err: err})
}

// enter counts the call and returns what to answer instead of it, and after it.
func (f *fakeWrites) enter(method string) (before, after error) {
	f.calls = append(f.calls, method)
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

func answer[T any](f *fakeWrites, method string, call func() (T, error)) (T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
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

func adminPIN(version int) ra.AdminPIN {
	return ra.AdminPIN{Version: version, Value: []byte([]string{"87654321", "adm1-secret", "adm2-secret", "adm3-secret"}[version])}
}

func (f *fakeWrites) Reserve(_ context.Context, _ string, r ra.Reservation) (ra.Release, error) {
	return answer(f, "Reserve", func() (ra.Release, error) {
		if r.AuthCode != testCode {
			return ra.Release{}, ra.E(ra.CodeAuthCodeWrong, "left", "4")
		}
		if o, ok := f.operations[r.OperationID]; ok {
			if o.op.Key != r.Key {
				return ra.Release{}, ra.E(ra.CodeConflict)
			}
			return f.releaseOf(o, &r.Attempt)
		}
		if o := f.live(r.Key); o != nil {
			return ra.Release{}, ra.E(ra.CodeKeyInUse)
		}
		i := slices.IndexFunc(f.units, func(u ra.Unit) bool { return u.State == ra.UnitWaiting })
		if i < 0 {
			return ra.Release{}, ra.E(ra.CodeNoUnitLeft)
		}
		f.units[i].State, f.units[i].OperationID = ra.UnitReserved, r.OperationID
		o := &fakeOperation{unit: i, pending: f.known[r.Key.Serial] + 1, op: ra.Operation{
			ID: r.OperationID, Kind: ra.KindNew, OrderID: r.OrderID, UnitID: f.units[i].ID, Model: "softhsm", Key: r.Key,
			State: ra.OperationReserved,
		}}
		f.operations[r.OperationID] = o
		return f.releaseOf(o, &r.Attempt)
	})
}

// live is the unfinished operation of a key.
func (f *fakeWrites) live(key ra.KeyIdentity) *fakeOperation {
	for _, o := range f.operations {
		if o.op.Key == key && o.op.State != ra.OperationDone && o.op.State != ra.OperationReleased {
			return o
		}
	}
	return nil
}

func (f *fakeWrites) remaining() int {
	return ra.Order{Units: f.units}.Remaining()
}

// releaseOf gives the operation to the kiosk that asks, under a ticket that it has or gets.
func (f *fakeWrites) releaseOf(o *fakeOperation, a *ra.AdminAttempt) (ra.Release, error) {
	subject, _ := asn1.Marshal(pkix.Name{CommonName: "杭州某某有限公司", Country: []string{"CN"}}.ToRDNSequence())
	if o.ticket == "" {
		f.tickets++
		o.ticket = fmt.Sprintf("ticket-%d", f.tickets)
	}
	o.presence = newID()
	r := ra.Release{
		Operation: o.op, Unit: f.units[o.unit], Remaining: f.remaining(), Profile: ra.SubjectProfile{Algorithm: f.algorithm},
		Label: "test", Subject: subject, Ticket: o.ticket, Presence: o.presence, PINMin: 6, PINMax: 16,
	}
	if a == nil {
		return r, nil
	}
	opening, err := f.allow(o, *a)
	r.Opening = &opening
	return r, err
}

// allow is one attempt at the administrator PIN.
func (f *fakeWrites) allow(o *fakeOperation, a ra.AdminAttempt) (ra.Opening, error) {
	opening := ra.Opening{AttemptID: a.ID, Set: adminPIN(o.pending)}
	past := f.attempts[o.op.Key.Serial]
	if !slices.ContainsFunc(past, func(r ra.AttemptResult) bool { return r.ID == a.ID }) {
		if a.Last != nil {
			if i := slices.IndexFunc(past, func(r ra.AttemptResult) bool { return r.ID == a.Last.ID }); i >= 0 {
				past[i] = *a.Last
			}
		}
		for i := range past { // software keys tell
			if past[i].Outcome == ra.AttemptUnknown && a.State == ra.TokenPINOK {
				past[i].Outcome = ra.AttemptVoid
			}
		}
		version, ok := f.likeliest(o, a)
		if !ok {
			f.release(o)
			return ra.Opening{}, ra.E(ra.CodeKeyAdminPIN)
		}
		f.attempts[o.op.Key.Serial] = append(past, ra.AttemptResult{ID: a.ID, Outcome: ra.AttemptUnknown, Begun: true})
		f.versions[a.ID] = version
	}
	if !a.Initialized {
		return opening, nil
	}
	try := adminPIN(f.versions[a.ID])
	opening.Try = &try
	if try.Version == 0 && a.CustomerPINSet {
		opening.Customer = []byte(f.customer)
	}
	return opening, nil
}

// release gives the unit back.
func (f *fakeWrites) release(o *fakeOperation) {
	o.op.State, f.units[o.unit].State, f.units[o.unit].OperationID = ra.OperationReleased, ra.UnitWaiting, ""
}

func (f *fakeWrites) likeliest(o *fakeOperation, a ra.AdminAttempt) (int, bool) {
	begun, spent, wrong := false, 0, map[int]bool{}
	for _, r := range f.attempts[o.op.Key.Serial] {
		begun = begun || r.Begun
		switch r.Outcome {
		case ra.AttemptRight:
			spent, wrong = 0, map[int]bool{}
		case ra.AttemptWrong:
			spent, wrong[f.versions[r.ID]] = spent+1, true
		case ra.AttemptUnknown:
			spent++
		}
	}
	known := f.known[o.op.Key.Serial]
	switch {
	case spent >= 2 || a.State == ra.TokenPINFinal || a.State == ra.TokenPINLocked:
		return 0, false
	case begun && !wrong[o.pending]:
		return o.pending, true
	}
	return known, !wrong[known]
}

func (f *fakeWrites) find(h ra.Hold) (*fakeOperation, error) {
	o, ok := f.operations[h.OperationID]
	if !ok {
		return nil, ra.E(ra.CodeNotFound)
	}
	if h.Ticket == "" || o.ticket != h.Ticket {
		return nil, ra.E(ra.CodeTicketDead)
	}
	return o, nil
}

// Resume takes every session for the customer's; a ticket saves one of the two proofs.
func (f *fakeWrites) Resume(_ context.Context, session string, r ra.Resumption) (ra.Release, error) {
	return answer(f, "Resume", func() (ra.Release, error) {
		o, ok := f.operations[r.OperationID]
		if !ok {
			return ra.Release{}, ra.E(ra.CodeNotFound)
		}
		holder := r.Ticket != "" && o.ticket == r.Ticket
		switch {
		case !holder && session == "" && r.Ticket != "":
			return ra.Release{}, ra.E(ra.CodeTicketDead)
		case !holder && session == "":
			return ra.Release{}, ra.E(ra.CodeSessionOver)
		case r.AuthCode == "" && (session == "" || !holder):
			return ra.Release{}, ra.E(ra.CodeRequired).At("auth_code")
		case r.AuthCode != "" && r.AuthCode != testCode:
			return ra.Release{}, ra.E(ra.CodeAuthCodeWrong, "left", "4").At("auth_code")
		}
		if o.op.State == ra.OperationDone || o.op.State == ra.OperationReleased {
			return ra.Release{}, ra.E(ra.CodeState)
		}
		if !holder {
			o.ticket = ""
		}
		return f.releaseOf(o, nil)
	})
}

func (f *fakeWrites) Operation(_ context.Context, h ra.Hold) (ra.Operation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o, err := f.find(h)
	if err != nil {
		return ra.Operation{}, err
	}
	return o.op, nil
}

func (f *fakeWrites) Administrator(_ context.Context, h ra.Hold, a ra.AdminAttempt) (ra.Opening, error) {
	return answer(f, "Administrator", func() (ra.Opening, error) {
		o, err := f.find(h)
		switch {
		case err != nil:
			return ra.Opening{}, err
		case o.op.State == ra.OperationReleased:
			return ra.Opening{}, ra.E(ra.CodeKeyAdminPIN)
		case o.presence != h.Presence:
			return ra.Opening{}, ra.E(ra.CodePresenceOver)
		}
		return f.allow(o, a)
	})
}

func (f *fakeWrites) GiveBack(_ context.Context, h ra.Hold, _ ra.Code) error {
	_, err := answer(f, "GiveBack", func() (struct{}, error) {
		o, err := f.find(h)
		switch {
		case err == nil && o.public != nil:
			err = ra.E(ra.CodeState)
		case err == nil && o.presence != h.Presence:
			err = ra.E(ra.CodePresenceOver)
		}
		if err == nil {
			f.release(o)
		}
		return struct{}{}, err
	})
	return err
}

func (f *fakeWrites) Certify(_ context.Context, h ra.Hold, csr []byte, pin int) (ra.Issued, error) {
	return answer(f, "Certify", func() (ra.Issued, error) {
		o, err := f.find(h)
		if err != nil {
			return ra.Issued{}, err
		}
		if o.public == nil && o.presence != h.Presence {
			return ra.Issued{}, ra.E(ra.CodePresenceOver)
		}
		r, err := x509.ParseCertificateRequest(csr)
		if err != nil || r.CheckSignature() != nil {
			return ra.Issued{}, ra.E(ra.CodeRequestBad)
		}
		if o.public != nil {
			if !samePublic(o.public, r.PublicKey) {
				return ra.Issued{}, ra.E(ra.CodeRequestDiffers)
			}
			return o.issued, nil
		}
		f.issued++
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(f.issued) + 1000), RawSubject: r.RawSubject,
			NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		}
		der, err := x509.CreateCertificate(rand.Reader, template, f.ca, r.PublicKey, f.caKey)
		if err != nil {
			return ra.Issued{}, ra.E(ra.CodeInternal).Because(err)
		}
		f.known[o.op.Key.Serial], f.attempts[o.op.Key.Serial] = pin, nil
		o.public, o.op.State, f.units[o.unit].State = r.PublicKey, ra.OperationIssued, ra.UnitIssued
		o.issued = ra.Issued{CertificateID: newID(), Certificate: der, Chain: [][]byte{f.ca.Raw}}
		return o.issued, nil
	})
}

func (f *fakeWrites) Challenge(_ context.Context, h ra.Hold) ([]byte, error) {
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

func (f *fakeWrites) Confirm(_ context.Context, h ra.Hold, p ra.Proof) (ra.Completion, error) {
	return answer(f, "Confirm", func() (ra.Completion, error) {
		o, err := f.find(h)
		if err != nil {
			return ra.Completion{}, err
		}
		if o.done != nil {
			return *o.done, nil
		}
		if o.stale || !bytes.Equal(o.challenge, p.Challenge) {
			o.stale = false
			return ra.Completion{}, ra.E(ra.CodeChallengeStale)
		}
		digest := sha256.Sum256(ra.ProofMessage(p.Challenge))
		if !p.Inside || !bytes.Equal(p.Certificate, o.issued.Certificate) || checkSignature(o.public, digest[:], p.Signature) != nil {
			return ra.Completion{}, ra.E(ra.CodeProofBad)
		}
		o.op.State, f.units[o.unit].State = ra.OperationDone, ra.UnitDone
		o.proof = p
		order := ra.Order{ID: o.op.OrderID, Units: slices.Clone(f.units)}
		if f.whole != nil {
			order = f.whole()
		}
		o.done = &ra.Completion{Order: order, Unit: f.units[o.unit], Remaining: f.remaining()}
		return *o.done, nil
	})
}

func (f *fakeWrites) KeyStatus(_ context.Context, session string, key ra.KeyIdentity) (ra.KeyStatus, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.live(key)
	if o == nil {
		return ra.KeyStatus{}, nil
	}
	status := ra.KeyStatus{Known: true, Waiting: true}
	if session != "" {
		status.Operation = &o.op
	}
	return status, nil
}

// samePublic compares two public keys.
func samePublic(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}
