package write

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/journal"
	"keyhall/kiosk/write/writetest"
)

func TestMain(m *testing.M) {
	pkcs11.ServeIfWorker()
	if text := os.Getenv(childEnv); text != "" {
		os.Exit(writeChild(text))
	}
	_ = flag.Set("test.parallel", "8") // most of the time processes and disks are waited for
	ukeytest.Main(m)
}

// The customer's PINs: the one that a write sets, and the one that a key of ours had before.
var (
	testPIN  = []byte("13572468")
	firstPIN = []byte("86421357")
)

// trial is what a bench is for: a plan, the order that wants it, and the key it finds.
type trial struct {
	plan   ra.Plan
	kind   ra.Kind // "": no order
	reason ra.ServiceReason
	ours   bool // the key has PINs, a pair and a certificate already
}

var (
	making    = trial{plan: ra.PlanMake, kind: ra.KindNew}
	extending = trial{plan: ra.PlanExtend, kind: ra.KindExtend, ours: true}
	changing  = trial{plan: ra.PlanChange, kind: ra.KindChange, reason: ra.ReasonName, ours: true}
	unlocking = trial{plan: ra.PlanUnlock, kind: ra.KindUnlock, ours: true}
	repairing = trial{plan: ra.PlanRepair, ours: true}
	rotating  = trial{plan: ra.PlanRotate, ours: true}
)

func trials() []trial {
	return []trial{making, extending, changing, unlocking, repairing, rotating}
}

// boundaries counts the hook's calls of a whole write: both sides of every step, and of the first two once more when it is reserved.
func (x trial) boundaries() int { return 2*len(x.plan.Steps()) + 4 }

// bench is one kiosk with keys, a journal and a back office.
type bench struct {
	trial
	hub     *ukeytest.Hub // of key 0 and others; nil where the key is another kind
	keys    *ukeytest.Faults
	office  *writetest.Office
	journal *journal.Journal
	path    string
	write   ra.Write
	pin     []byte // that the customer types
	old     *writetest.Registered
}

// setup is a bench for making keys.
func setup(t *testing.T, keys int) *bench {
	t.Helper()
	return setupFor(t, making, keys)
}

func setupFor(t *testing.T, x trial, keys int) *bench {
	t.Helper()
	hub := ukeytest.NewHub(t, keys)
	b := &bench{trial: x, hub: hub, keys: ukeytest.NewFaults(writetest.Reader(t, ukeytest.SoftHSM, hub.Env()))}
	b.furnish(t, keys, ra.KeyIdentity(hub.Identity(0)))
	if x.ours {
		quick, err := pkcs11.Start(pkcs11.Config{Module: ukeytest.SoftHSM, Env: hub.Env(), HideUninitialized: true})
		if err != nil {
			t.Fatal(err)
		}
		b.enter(t, quick, ukey.ECP256)
		if err := quick.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// furnish puts everything around the key.
func (b *bench) furnish(t *testing.T, units int, key ra.KeyIdentity) {
	t.Helper()
	b.office, b.path, b.pin = writetest.New(t, units), filepath.Join(t.TempDir(), "journal.db"), testPIN
	b.office.Kind, b.office.Reason = b.kind, b.reason
	b.journal = writetest.Journal(t, b.path)
	b.order(key)
}

// order is the next write to come.
func (b *bench) order(key ra.KeyIdentity) {
	b.write = ra.Write{ID: uuid.Must(uuid.NewV7()).String(), Plan: b.plan, Model: "softhsm", Key: key}
	if b.kind != "" {
		b.write.OrderID, b.write.OrderNumber = "order", "XH03-000001-2"
	}
	if b.plan.Has(ra.StepAskPIN) {
		b.pin = firstPIN
	}
	if b.old != nil {
		b.write.Target = &ra.Target{CertificateID: b.old.ID}
	}
}

// foreignID is the pair's on a key of ours, as another maker's kit chose it.
var foreignID = []byte("elsewhere")

// enter makes the key one of ours: PINs, a pair, its certificate and the chain, as another program may have written them.
func (b *bench) enter(t *testing.T, reader ukey.Reader, algorithm ukey.Algorithm) {
	t.Helper()
	ctx := t.Context()
	token, err := reader.Open(ctx, ukey.Identity(b.write.Key))
	if err != nil {
		t.Fatal(err)
	}
	defer token.Close()
	factory, own := writetest.AdminPIN(0).Value, writetest.AdminPIN(1).Value
	must(t, token.Login(ctx, ukey.Administrator, factory))
	must(t, token.SetPIN(ctx, factory, own))
	must(t, token.InitPIN(ctx, firstPIN))
	must(t, token.Login(ctx, ukey.Customer, firstPIN))
	public, err := token.GenerateKey(ctx, foreignID, "first", algorithm)
	must(t, err)
	var chain [][]byte
	b.old, chain = b.office.Enter(t, b.write.Key, public, 1)
	must(t, token.WriteCertificate(ctx, foreignID, "first", b.old.DER))
	must(t, token.WriteCertificate(ctx, []byte("issuer"), "issuer", chain[0]))
	b.order(b.write.Key)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// executor is a kiosk that was just started: nothing in its memory.
func (b *bench) executor(hook func(string) error) *Executor {
	return New(Config{Office: b.office, Journal: b.journal, Keys: b.keys, Hook: hook})
}

// job does what a kiosk does for the customer: takes up the write where it stands, or begins it.
func (b *bench) job(ctx context.Context, x *Executor) (*Job, error) {
	had, err := b.journal.Write(ctx, b.write.ID)
	switch {
	case errors.Is(err, journal.ErrNotFound):
		return x.Reserve(ctx, "session", b.code(), b.write)
	case err != nil:
		return nil, err
	case had.Ticket == "" && b.code() == "": // the answer may have been lost: it is asked for again
		return x.Reserve(ctx, "session", "", had)
	case had.State == ra.WriteDone:
		return &Job{Write: had, made: &Made{Certificate: had.Certificate, Proof: *had.Proof}}, nil
	}
	job, err := x.Resume(ctx, "session", b.code(), had)
	if ra.CodeOf(err) == ra.CodeNotFound { // the reservation never arrived
		return x.Reserve(ctx, "session", b.code(), had)
	}
	return job, err
}

// code is the authorization code, where the plan has one.
func (b *bench) code() string {
	if b.plan.Has(ra.StepSetPIN) {
		return writetest.Code
	}
	return ""
}

func (b *bench) attempt(ctx context.Context, x *Executor) (Made, error) {
	job, err := b.job(ctx, x)
	if err != nil {
		return Made{}, err
	}
	return x.Run(ctx, job, b.pin, nil)
}

// check looks at the end of a write with its own eyes.
func (b *bench) check(t *testing.T) {
	t.Helper()
	certifies, remaining := 0, len(b.office.Units)
	if b.plan.Has(ra.StepCertificate) {
		certifies = 1
	}
	if b.kind != "" {
		remaining--
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
	b.checkKey(t)
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
	signature, err := token.Sign(ctx, id, digest[:], crypto.SHA256)
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

var errStruck = errors.New("struck")
