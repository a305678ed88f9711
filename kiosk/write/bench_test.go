package write

import (
	"context"
	"crypto/x509"
	"errors"
	"flag"
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

// orders are writes to come, on the first keys of the hub.
func (b *bench) orders(n int) (writes []ra.Write) {
	for i := range n {
		b.order(ra.KeyIdentity(b.hub.Identity(i)))
		writes = append(writes, b.write)
	}
	return writes
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
	must(t, token.InitPIN(ctx, own, firstPIN))
	must(t, token.Login(ctx, ukey.Customer, firstPIN))
	spki, err := token.GenerateKey(ctx, ukey.Pair{ID: foreignID, Label: "first", Algorithm: algorithm})
	must(t, err)
	public, err := x509.ParsePKIXPublicKey(spki)
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
func (b *bench) job(ctx context.Context, x *Executor) (j *Job, err error) {
	done, err := b.begin(ctx, func(code string, w ra.Write) (err error) {
		j, err = x.Reserve(ctx, "session", code, w)
		return err
	}, func(w ra.Write) (err error) {
		j, err = x.Resume(ctx, "session", b.code(), w)
		return err
	})
	if done != nil {
		return &Job{Write: *done, made: &Made{Certificate: done.Certificate, Proof: *done.Proof}}, nil
	}
	return j, err
}

// begin finds out which of the two the write needs, or that it is done.
func (b *bench) begin(ctx context.Context, reserve func(code string, w ra.Write) error, resume func(ra.Write) error) (done *ra.Write, err error) {
	had, err := b.journal.Write(ctx, b.write.ID)
	switch {
	case errors.Is(err, journal.ErrNotFound):
		return nil, reserve(b.code(), b.write)
	case err != nil:
		return nil, err
	case had.Ticket == "" && b.code() == "": // the answer may have been lost: it is asked for again
		return nil, reserve("", had)
	case had.State == ra.WriteDone:
		return &had, nil
	}
	if err = resume(had); ra.CodeOf(err) == ra.CodeNotFound { // the reservation never arrived
		err = reserve(b.code(), had)
	}
	return nil, err
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

// succeeds takes what a write returned.
func succeeds(t *testing.T) func(Made, error) {
	t.Helper()
	return func(_ Made, err error) { t.Helper(); must(t, err) }
}

var errStruck = errors.New("struck")
