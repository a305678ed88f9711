package writetest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"slices"

	"keyhall/backoffice/ra"
)

// Challenge gives fresh bytes once there is something to prove.
func (f *Office) Challenge(_ context.Context, h ra.Hold) ([]byte, error) {
	return answer(f, "Challenge", func() ([]byte, error) {
		o, err := f.find(h)
		if err != nil {
			return nil, err
		}
		ready := ra.OperationReserved
		if o.Op.Plan.Has(ra.StepCertificate) {
			ready = ra.OperationIssued
		}
		if o.Op.State != ready {
			return nil, ra.E(ra.CodeState)
		}
		o.challenge = make([]byte, 32)
		_, _ = rand.Read(o.challenge) // never fails
		return o.challenge, nil
	})
}

// Confirm checks a proof and lets everything move that waits for it.
func (f *Office) Confirm(_ context.Context, h ra.Hold, p ra.Proof) (ra.Completion, error) {
	return answer(f, "Confirm", func() (ra.Completion, error) {
		o, err := f.find(h)
		if err != nil {
			return ra.Completion{}, err
		}
		if o.done != nil {
			return *o.done, nil
		}
		if o.Stale || o.challenge == nil || !bytes.Equal(o.challenge, p.Challenge) {
			o.Stale = false
			return ra.Completion{}, ra.E(ra.CodeChallengeStale)
		}
		if !o.provenBy(p) {
			return ra.Completion{}, ra.E(ra.CodeProofBad)
		}
		if p.AdminPIN != o.pending {
			return ra.Completion{}, ra.E(ra.CodeConflict).At("admin_pin")
		}
		if err := f.proven(o); err != nil {
			return ra.Completion{}, err
		}
		return f.complete(o, p), nil
	})
}

// provenBy judges a proof by what the plan has to show.
func (o *Operation) provenBy(p ra.Proof) bool {
	plan, wanted := o.Op.Plan, o.Issued.Certificate
	if !plan.Has(ra.StepCertificate) && o.target != nil {
		wanted = o.target.DER
	}
	switch {
	case plan.Has(ra.StepProve):
		return p.Inside && bytes.Equal(p.Certificate, wanted) && signedBy(wanted, ra.ProofMessage(p.Challenge), p.Signature)
	case plan.Has(ra.StepProvePIN):
		unsigned := o.target == nil || len(p.Notes) > 0
		return p.PINOpens && (p.Signature == nil && unsigned || o.target != nil && signedBy(wanted, ra.ProofMessage(p.Challenge), p.Signature))
	}
	return plan.Has(ra.StepProveAdminPIN) // that the version set is the right one is looked at in any case
}

// proven moves the certificate that was proven, and only then the one in whose place it is.
func (f *Office) proven(o *Operation) error {
	i := slices.IndexFunc(f.Register, func(c *Registered) bool { return c.Operation == o.Op.ID })
	c, rule := o.target, o.rule
	switch {
	case i >= 0:
		c = f.Register[i]
	case !o.Op.Plan.Has(ra.StepProve) || c.State == ra.CertificateActive:
		return nil
	default: // of an operation that was never confirmed, which is ended with this one
		before := f.Operations[c.Operation]
		rule = before.rule
		f.finish(before)
	}
	if err := c.State.Move(ra.CertificateActive); err != nil {
		return err
	}
	c.State, c.Proven = ra.CertificateActive, true
	old := f.Certificate(c.Replaces)
	if old == nil || rule.Old.AtApproval {
		return nil
	}
	if err := old.State.Move(rule.Old.Becomes); err != nil {
		return err
	}
	old.State, old.Because = rule.Old.Becomes, rule.Old.Because
	return nil
}

// finish ends an operation and its unit.
func (f *Office) finish(o *Operation) {
	o.Op.State = ra.OperationDone
	if o.unit != noUnit {
		f.Units[o.unit].State = ra.UnitDone
	}
}

func (f *Office) complete(o *Operation, p ra.Proof) ra.Completion {
	f.finish(o)
	o.Proof = p
	if o.Op.Plan.Has(ra.StepAdminPIN) {
		f.Known[o.Op.Key.Serial], f.Attempts[o.Op.Key.Serial] = p.AdminPIN, nil
	}
	done := ra.Completion{Order: ra.Order{ID: o.Op.OrderID, Units: slices.Clone(f.Units)}, Remaining: f.Remaining()}
	if f.Whole != nil {
		done.Order = f.Whole()
	}
	if o.unit != noUnit {
		done.Unit = f.Units[o.unit]
	}
	o.done = &done
	return done
}

// takenOver tells whether the old pair signed the challenge that was given for it, once.
func (o *Operation) takenOver(r ra.Resumption) bool {
	given := o.challenge
	o.challenge = nil
	return given != nil && bytes.Equal(given, r.Challenge) && signedBy(o.target.DER, ra.TakeoverMessage(KioskID, o.Op.ID, given), r.Signature)
}

// signedBy tells whether the key of a certificate signed a message.
func signedBy(der, message, signature []byte) bool {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return false
	}
	algorithm := x509.SHA256WithRSA
	if _, ec := c.PublicKey.(*ecdsa.PublicKey); ec {
		algorithm = x509.ECDSAWithSHA256
	}
	return c.CheckSignature(algorithm, message, signature) == nil
}
