package writetest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/ra"
)

// Registered is a certificate in the register.
type Registered struct {
	ID        string
	Key       ra.KeyIdentity
	Operation string // that issued it, "" for one that was there before
	Replaces  string // id of the certificate whose place it takes
	DER       []byte
	State     ra.CertificateState
	Because   int  // CRLReason
	Proven    bool // by a proof, or by whoever entered it
}

// Certificate finds one by id, nil where there is none.
func (f *Office) Certificate(id string) *Registered {
	if i := slices.IndexFunc(f.Register, func(c *Registered) bool { return c.ID == id }); i >= 0 {
		return f.Register[i]
	}
	return nil
}

// Enter puts a certificate for a public key into the register as one that is on a key already, whose administrator PIN is known.
// It returns certificate and chain.
func (f *Office) Enter(t testing.TB, key ra.KeyIdentity, public crypto.PublicKey, adminPIN int) (*Registered, [][]byte) {
	t.Helper()
	f.Lock.Lock()
	defer f.Lock.Unlock()
	der, err := f.sign(subject(), public)
	if err != nil {
		t.Fatal(err)
	}
	c := &Registered{ID: newID(), Key: key, DER: der, State: ra.CertificateActive, Proven: true}
	f.Register, f.Known[key.Serial] = append(f.Register, c), adminPIN
	return c, [][]byte{f.ca.Raw}
}

// sign makes a certificate.
func (f *Office) sign(name []byte, public crypto.PublicKey) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(f.Register)) + 1000), RawSubject: name,
		KeyUsage: f.Profile.Usage.Bits(), NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
	}
	return x509.CreateCertificate(rand.Reader, template, f.ca, public, f.caKey)
}

// Certify signs one certificate for an operation, and gives the same one again.
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
		if err != nil || r.CheckSignature() != nil || !bytes.Equal(r.RawSubject, subject()) {
			return ra.Issued{}, ra.E(ra.CodeRequestBad)
		}
		if o.Public != nil {
			if !samePublic(o.Public, r.PublicKey) {
				return ra.Issued{}, ra.E(ra.CodeRequestDiffers)
			}
			return o.Issued, nil
		}
		if err := f.mayCertify(o, r, pin); err != nil {
			return ra.Issued{}, err
		}
		return f.certify(o, r, pin)
	})
}

// mayCertify checks everything before anything is bound.
func (f *Office) mayCertify(o *Operation, r *x509.CertificateRequest, pin int) error {
	switch {
	case !o.Op.Plan.Has(ra.StepCertificate) || o.Op.State != ra.OperationReserved:
		return ra.E(ra.CodeState)
	case pin != o.pending:
		return ra.E(ra.CodeConflict).At("admin_pin")
	case o.target != nil && o.target.State != ra.CertificateActive:
		return ra.E(ra.CodeState).At("certificate_id")
	case slices.ContainsFunc(f.Register, func(c *Registered) bool { return samePublic(publicOf(c.DER), r.PublicKey) }):
		return ra.E(ra.CodeKeyDuplicate)
	}
	return nil
}

func (f *Office) certify(o *Operation, r *x509.CertificateRequest, pin int) (ra.Issued, error) {
	der, err := f.sign(r.RawSubject, r.PublicKey)
	if err != nil {
		return ra.Issued{}, ra.E(ra.CodeInternal).Because(err)
	}
	c := &Registered{ID: newID(), Key: o.Op.Key, Operation: o.Op.ID, DER: der, State: ra.CertificateIssued}
	if o.target != nil {
		c.Replaces = o.target.ID
	}
	f.Issued++
	f.Register = append(f.Register, c)
	if o.Op.Plan.Has(ra.StepAdminPIN) {
		f.Known[o.Op.Key.Serial], f.Attempts[o.Op.Key.Serial] = pin, nil
	}
	o.Public, o.Op.State, f.Units[o.unit].State = r.PublicKey, ra.OperationIssued, ra.UnitIssued
	o.Issued = ra.Issued{CertificateID: c.ID, Certificate: der, Chain: [][]byte{f.ca.Raw}}
	answer := o.Issued
	if f.Generous {
		o.challenge = make([]byte, 32)
		_, _ = rand.Read(o.challenge) // never fails
		answer.Challenge = o.challenge
	}
	return answer, nil
}

// publicOf is the public key of a certificate.
func publicOf(der []byte) crypto.PublicKey {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	return c.PublicKey
}

func samePublic(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}
