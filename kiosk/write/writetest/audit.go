package writetest

import (
	"errors"
	"fmt"

	"keyhall/backoffice/ra"
)

// Audit looks for what must never be, however often a write was interrupted: the design's invariants, as far as this office has them.
func (f *Office) Audit() error {
	f.Lock.Lock()
	defer f.Lock.Unlock()
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for i, c := range f.Register {
		if c.State == ra.CertificateActive && !c.Proven {
			bad("certificate %d is active without a proof", i)
		}
		for _, other := range f.Register[:i] {
			if samePublic(publicOf(c.DER), publicOf(other.DER)) {
				bad("certificate %d has the public key of another", i)
			}
		}
		if old := f.Certificate(c.Replaces); old != nil && (old.State == ra.CertificateActive) == c.Proven {
			bad("certificate %d is proven: %v; the one before it is %s", i, c.Proven, old.State)
		}
	}
	for id, o := range f.Operations {
		if n := f.issuedFor(id); n > 1 || o.Op.State == ra.OperationDone && o.Op.Plan.Has(ra.StepCertificate) && n != 1 {
			bad("operation %s is %s with %d certificates", id, o.Op.State, n)
		}
		if o.unit != noUnit && f.Units[o.unit].OperationID == id && (f.Units[o.unit].State == ra.UnitDone) != (o.Op.State == ra.OperationDone) {
			bad("operation %s is %s, its unit %s", id, o.Op.State, f.Units[o.unit].State)
		}
	}
	return errors.Join(errs...)
}

func (f *Office) issuedFor(operation string) (n int) {
	for _, c := range f.Register {
		if c.Operation == operation {
			n++
		}
	}
	return n
}

// AdminPINs are the versions of a key's administrator PIN that may be on it now: the one known, and one that is being set.
func (f *Office) AdminPINs(key ra.KeyIdentity) []int {
	f.Lock.Lock()
	defer f.Lock.Unlock()
	versions := []int{f.Known[key.Serial]}
	if o := f.live(key); o != nil && o.pending > versions[0] {
		versions = append(versions, o.pending)
	}
	return versions
}
