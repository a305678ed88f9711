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
	"math/big"
	"slices"
	"sync"
	"testing"
	"time"

	"keyhall/backoffice/ra"
)

const testCode = "12345678"

// fakeWrites is the back office's half of a write with its rules: idempotent by operation id, one certificate for one
// public key, proofs checked.
type fakeWrites struct {
	mu         sync.Mutex
	algorithm  string
	caKey      *ecdsa.PrivateKey
	ca         *x509.Certificate
	units      []ra.Unit
	operations map[string]*fakeOperation
	known      map[string]int // serial → administrator PIN version that opens the key
	issued     int            // certificates ever signed
	strikes    []strike
	calls      []string
	whole      func() ra.Order // of a Completion; nil: only the units
}

type fakeOperation struct {
	op        ra.Operation
	unit      int
	pending   int
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
	f := &fakeWrites{algorithm: "ec-p256", caKey: key, ca: ca, operations: map[string]*fakeOperation{}, known: map[string]int{}}
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
	return ra.AdminPIN{Version: version, Value: []string{"87654321", "adm1-secret", "adm2-secret", "adm3-secret"}[version]}
}

func (f *fakeWrites) Reserve(_ context.Context, _ string, r ra.Reservation) (ra.Release, error) {
	return answer(f, "Reserve", func() (ra.Release, error) {
		if r.AuthCode != testCode {
			return ra.Release{}, ra.E(ra.CodeAuthCodeWrong, "left", "4")
		}
		if o, ok := f.operations[r.OperationID]; ok {
			if o.op.Serial != r.Serial {
				return ra.Release{}, ra.E(ra.CodeConflict)
			}
			return f.releaseOf(o), nil
		}
		for _, o := range f.operations {
			if o.op.Serial == r.Serial {
				return ra.Release{}, ra.E(ra.CodeKeyInUse)
			}
		}
		i := slices.IndexFunc(f.units, func(u ra.Unit) bool { return u.State == ra.UnitWaiting })
		if i < 0 {
			return ra.Release{}, ra.E(ra.CodeNoUnitLeft)
		}
		f.units[i].State, f.units[i].OperationID = ra.UnitReserved, r.OperationID
		o := &fakeOperation{unit: i, pending: f.known[r.Serial] + 1, op: ra.Operation{
			ID: r.OperationID, Kind: ra.KindNew, OrderID: r.OrderID, UnitID: f.units[i].ID, Model: r.Model, Serial: r.Serial,
			State: ra.OperationReserved,
		}}
		f.operations[r.OperationID] = o
		return f.releaseOf(o), nil
	})
}

func (f *fakeWrites) remaining() int {
	return ra.Order{Units: f.units}.Remaining()
}

func (f *fakeWrites) releaseOf(o *fakeOperation) ra.Release {
	subject, _ := asn1.Marshal(pkix.Name{CommonName: "杭州某某有限公司", Country: []string{"CN"}}.ToRDNSequence())
	r := ra.Release{
		Operation: o.op, Unit: f.units[o.unit], Remaining: f.remaining(), Profile: ra.SubjectProfile{Algorithm: f.algorithm},
		Label: "test", Subject: subject, AdminPIN: adminPIN(o.pending), PINMin: 6, PINMax: 16,
	}
	for v := o.pending - 1; v >= 0; v-- {
		r.Previous = append(r.Previous, adminPIN(v))
	}
	return r
}

func (f *fakeWrites) find(id string) (*fakeOperation, error) {
	o, ok := f.operations[id]
	if !ok {
		return nil, ra.E(ra.CodeNotFound)
	}
	return o, nil
}

func (f *fakeWrites) Resume(_ context.Context, id string) (ra.Release, error) {
	return answer(f, "Resume", func() (ra.Release, error) {
		o, err := f.find(id)
		if err != nil {
			return ra.Release{}, err
		}
		if o.op.State == ra.OperationDone || o.op.State == ra.OperationReleased {
			return ra.Release{}, ra.E(ra.CodeState)
		}
		return f.releaseOf(o), nil
	})
}

func (f *fakeWrites) Certify(_ context.Context, id string, csr []byte, pin int) (ra.Issued, error) {
	return answer(f, "Certify", func() (ra.Issued, error) {
		o, err := f.find(id)
		if err != nil {
			return ra.Issued{}, err
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
		f.known[o.op.Serial] = pin
		o.public, o.op.State, f.units[o.unit].State = r.PublicKey, ra.OperationIssued, ra.UnitIssued
		o.issued = ra.Issued{CertificateID: newID(), Certificate: der, Chain: [][]byte{f.ca.Raw}}
		return o.issued, nil
	})
}

func (f *fakeWrites) Challenge(_ context.Context, id string) ([]byte, error) {
	return answer(f, "Challenge", func() ([]byte, error) {
		o, err := f.find(id)
		if err != nil {
			return nil, err
		}
		o.challenge = make([]byte, 32)
		_, _ = rand.Read(o.challenge) // never fails
		return o.challenge, nil
	})
}

func (f *fakeWrites) Confirm(_ context.Context, p ra.Proof) (ra.Completion, error) {
	return answer(f, "Confirm", func() (ra.Completion, error) {
		o, err := f.find(p.OperationID)
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
		digest := sha256.Sum256(p.Challenge)
		if !bytes.Equal(p.Certificate, o.issued.Certificate) || checkSignature(o.public, digest[:], p.Signature) != nil {
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

func (f *fakeWrites) OperationForKey(_ context.Context, _, serial string) (ra.Operation, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range f.operations {
		if o.op.Serial == serial && o.op.State != ra.OperationDone && o.op.State != ra.OperationReleased {
			return o.op, true, nil
		}
	}
	return ra.Operation{}, false, nil
}
