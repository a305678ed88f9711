package write

import (
	"context"
	"crypto/x509"
	"errors"
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
	if plan := os.Getenv("MAKE_TEST_CHILD"); plan != "" {
		os.Exit(makeChild(plan))
	}
	ukeytest.Main(m)
}

var testPIN = []byte("13572468")

// bench is one kiosk with a hub of blank keys, a journal and a back office.
type bench struct {
	hub     *ukeytest.Hub
	keys    *ukeytest.Faults
	office  *writetest.Office
	journal *journal.Journal
	path    string
	write   ra.Write
}

func setup(t *testing.T, keys int) *bench {
	t.Helper()
	hub := ukeytest.NewHub(t, keys)
	b := &bench{
		hub: hub, keys: ukeytest.NewFaults(writetest.Reader(t, ukeytest.SoftHSM, hub.Env())), office: writetest.New(t, keys),
		path: filepath.Join(t.TempDir(), "journal.db"),
	}
	b.journal = writetest.Journal(t, b.path)
	b.write = ra.Write{ID: uuid.Must(uuid.NewV7()).String(), Plan: ra.PlanMake, OrderID: "order", OrderNumber: "XH03-000001-2", Model: "softhsm", Key: ra.KeyIdentity(hub.Identity(0))}
	return b
}

// maker is a kiosk that was just started: nothing in its memory.
func (b *bench) maker(hook func(string) error) *Executor {
	return New(Config{Office: b.office, Journal: b.journal, Keys: b.keys, Hook: hook})
}

// attempt does what a kiosk does for the customer: takes up the write where it stands, or begins it.
func (b *bench) attempt(ctx context.Context, m *Executor) (Made, error) {
	open, err := b.journal.OpenWrites(ctx)
	if err != nil {
		return Made{}, err
	}
	var job *Job
	if len(open) > 0 {
		job, err = m.Resume(ctx, "session", writetest.Code, open[0])
		if ra.CodeOf(err) == ra.CodeNotFound { // the reservation never arrived
			job, err = m.Reserve(ctx, "session", writetest.Code, open[0])
		}
	} else {
		job, err = m.Reserve(ctx, "session", writetest.Code, b.write)
	}
	if err != nil {
		return Made{}, err
	}
	return m.Run(ctx, job, testPIN, nil)
}

// check looks at the end of a write with its own eyes: one certificate, one pair, one unit, and the key opens with the
// customer's PIN and with an administrator PIN that the back office knows.
func (b *bench) check(t *testing.T) {
	t.Helper()
	if b.office.Issued != 1 {
		t.Errorf("%d certificates were issued, want 1", b.office.Issued)
	}
	if n := b.office.Remaining(); n != len(b.office.Units)-1 {
		t.Errorf("%d units remain, want %d", n, len(b.office.Units)-1)
	}
	if open, err := b.journal.OpenWrites(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("%d writes are open, %v, want none", len(open), err)
	}
	token, err := b.keys.Open(t.Context(), ukey.Identity(b.write.Key))
	if err != nil {
		t.Fatal(err)
	}
	defer token.Close()
	if err := token.Login(t.Context(), ukey.Administrator, writetest.AdminPIN(b.office.Known[b.write.Key.Serial]).Value); err != nil {
		t.Errorf("administrator: %v", err)
	}
	if err := token.Login(t.Context(), ukey.Customer, testPIN); err != nil {
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
	if count[ukey.KindPrivateKey] != 1 || count[ukey.KindPublicKey] != 1 || count[ukey.KindCertificate] != 2 || len(objects) != 4 {
		t.Errorf("on the key: %v, want one pair, the certificate and its issuer", count)
	}
}

func TestMakeBothAlgorithms(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"ec-p256", "rsa-2048"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 1)
			b.office.Algorithm = algorithm
			var told []ra.Step
			m := b.maker(nil)
			job, err := m.Reserve(t.Context(), "session", writetest.Code, b.write)
			if err != nil {
				t.Fatal(err)
			}
			made, err := m.Run(t.Context(), job, testPIN, func(s ra.Step) { told = append(told, s) })
			if err != nil {
				t.Fatal(err)
			}
			b.check(t)
			if _, err := x509.ParseCertificate(made.Certificate); err != nil {
				t.Error(err)
			}
			if made.Completion.Remaining != 0 || len(made.Proof.LeftOvers) != 0 || len(made.Laps) < 7 || len(told) != 11 {
				t.Errorf("got remaining %d, left-overs %v, %d laps, %d steps told", made.Completion.Remaining, made.Proof.LeftOvers, len(made.Laps), len(told))
			}
		})
	}
}

var errStruck = errors.New("struck")
