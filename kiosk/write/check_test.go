package write

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/write/writetest"
)

// check looks at the end of a write with its own eyes.
func (b *bench) check(t *testing.T) {
	t.Helper()
	b.checkAll(t, b.write)
}

// checkAll looks at the end of several writes, each on its own key.
func (b *bench) checkAll(t *testing.T, writes ...ra.Write) {
	t.Helper()
	certifies, remaining := 0, len(b.office.Units)
	if b.plan.Has(ra.StepCertificate) {
		certifies = len(writes)
	}
	if b.kind != "" {
		remaining -= len(writes)
	}
	if b.office.Issued != certifies {
		t.Errorf("%d certificates were issued, want %d", b.office.Issued, certifies)
	}
	if n := b.office.Remaining(); n != remaining {
		t.Errorf("%d units remain, want %d", n, remaining)
	}
	if open, err := b.journal.OpenWrites(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("%d writes are open, %v, want none", len(open), err)
	}
	if err := b.office.Audit(); err != nil {
		t.Error(err)
	}
	for _, w := range writes {
		one := *b
		one.write = w
		one.checkPIN(t)
		one.checkKey(t)
	}
}

// checkPIN: the back office knows which administrator PIN is on the key.
func (b *bench) checkPIN(t *testing.T) {
	t.Helper()
	known, want := b.office.Known[b.write.Key.Serial], 0
	if b.ours {
		want++
	}
	if b.plan.Has(ra.StepAdminPIN) {
		want++
	}
	if known != want {
		t.Errorf("administrator PIN %d is known, want %d", known, want)
	}
}

// checkKey opens the key with the administrator PIN that the back office knows and with the customer's, and counts what is on it.
func (b *bench) checkKey(t *testing.T) {
	t.Helper()
	token, err := b.keys.Open(t.Context(), ukey.Identity(b.write.Key))
	if err != nil {
		t.Fatal(err)
	}
	defer token.Close()
	if err := token.Login(t.Context(), ukey.Administrator, writetest.AdminPIN(b.office.Known[b.write.Key.Serial]).Value); err != nil {
		t.Errorf("administrator: %v", err)
	}
	customer := b.pin
	if b.plan == ra.PlanRotate {
		customer = firstPIN
	}
	if err := token.Login(t.Context(), ukey.Customer, customer); err != nil {
		t.Errorf("customer: %v", err)
	}
	objects, err := token.Objects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	count := map[ukey.Kind]int{}
	for _, o := range objects {
		count[o.Kind]++
	}
	pairs := 1
	if b.ours && b.plan.Has(ra.StepGenerate) {
		pairs = 2
	}
	if count[ukey.KindPrivateKey] != pairs || count[ukey.KindPublicKey] != pairs || count[ukey.KindCertificate] != pairs+1 || len(objects) != 3*pairs+1 {
		t.Errorf("on the key: %v, want %d pairs, each with its certificate, and the issuer's", count, pairs)
	}
	if b.ours {
		b.checkOld(t, token, objects)
	}
}

// checkOld: the pair from before is there and works, and is called what it is.
func (b *bench) checkOld(t *testing.T, token ukey.Token, objects []ukey.Object) {
	t.Helper()
	label, state := "first", ra.CertificateActive
	if b.plan.Has(ra.StepRelabel) {
		label = writetest.OldLabel
		rule, _ := ra.RuleOf(b.kind, b.reason)
		state = rule.Old.Becomes
	}
	if b.old.State != state {
		t.Errorf("the certificate from before is %s, want %s", b.old.State, state)
	}
	for _, o := range objects {
		if string(o.ID) == string(foreignID) && o.Label != label {
			t.Errorf("%s from before is called %q, want %q", o.Kind, o.Label, label)
		}
	}
	if err := signs(t.Context(), token, b.old.DER, foreignID); err != nil {
		t.Errorf("the pair from before: %v", err)
	}
}

// signs tells whether a pair signs for a certificate.
func signs(ctx context.Context, token ukey.Token, der, id []byte) error {
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte("a message"))
	signature, err := token.Sign(ctx, id, signatureOf(leaf), digest[:])
	if err != nil {
		return err
	}
	return checkSignature(leaf.PublicKey, digest[:], signature)
}

// checkBroken looks at a write that was broken off: what must never be is not, however it goes on. Somebody may come and go here.
func (b *bench) checkBroken(t *testing.T) {
	t.Helper()
	if err := b.office.Audit(); err != nil {
		t.Error(err)
	}
	token, err := b.keys.Open(t.Context(), ukey.Identity(b.write.Key))
	if err != nil {
		t.Fatal(err)
	}
	defer token.Close()
	if err := b.opensAsAdministrator(t, token); err != nil {
		t.Error(err)
	}
	if !b.ours || b.plan.Has(ra.StepSetPIN) {
		return
	}
	must(t, token.Login(t.Context(), ukey.Customer, firstPIN))
	if err := signs(t.Context(), token, b.old.DER, foreignID); err != nil {
		t.Errorf("the pair from before: %v", err)
	}
}

// opensAsAdministrator tries what the back office says may be on the key. The right one comes last: it takes the count of wrong ones
// back.
func (b *bench) opensAsAdministrator(t *testing.T, token ukey.Token) error {
	t.Helper()
	versions := b.office.AdminPINs(b.write.Key)
	for _, v := range versions {
		err := token.Login(t.Context(), ukey.Administrator, writetest.AdminPIN(v).Value)
		if err == nil || !errors.Is(err, ukey.ErrPINWrong) {
			return err
		}
	}
	return fmt.Errorf("none of the administrator PINs %v that the back office knows opens the key", versions)
}
