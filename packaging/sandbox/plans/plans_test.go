package plans

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/device/ukey"
	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/journal"
	"keyhall/kiosk/write"
	"keyhall/kiosk/write/writetest"
)

func TestMain(m *testing.M) {
	pkcs11.ServeIfWorker()
	ukeytest.Main(m)
}

// The customer's PINs, before and after the unlock.
var (
	firstPIN = []byte("86421357")
	newPIN   = []byte("13572468")
)

// life is one key with a kiosk and the back office.
type life struct {
	*servicetest.Hall
	member  ra.Membership
	hub     *ukeytest.Hub
	keys    ukey.Reader
	journal *journal.Journal
	key     ra.KeyIdentity
	target  string // id of the certificate in use
	pin     []byte // that opens the key
	made    []string
}

func born(t *testing.T) *life {
	t.Helper()
	l := &life{Hall: servicetest.New(t), hub: ukeytest.NewHub(t, 1), pin: firstPIN}
	l.keys = writetest.Reader(t, ukeytest.SoftHSM, l.hub.Env())
	l.journal = writetest.Journal(t, filepath.Join(t.TempDir(), "journal.db"))
	l.key = ra.KeyIdentity(l.hub.Identity(0))
	l.Project.Profile.Algorithm, l.Project.Profile.Usage = "rsa-2048", ra.UsageDecrypt
	servicetest.Must(t, l.Store.PutProject(t.Context(), 1, l.Project))
	rule := book.AdminPINRule{Factory: []byte(ukeytest.FactoryAdminPIN), Customer: []byte(ukeytest.FactoryCustomerPIN), Length: 8,
		Alphabet: "0123456789", Tries: 15, Tells: true}
	servicetest.Must(t, l.Store.PutUKeyModel(t.Context(), l.Project.Models[0], rule))
	l.member = l.Registered(t)
	return l
}

// approved brings an application to approved, and returns the code of the text message where one was sent.
func (l *life) approved(t *testing.T, a ra.Application) (ra.Order, string) {
	t.Helper()
	order, err := l.Place(t.Context(), l.Kiosk, l.member, a)
	servicetest.Must(t, err)
	limits, err := l.Store.PageLimits(t.Context(), order.ID)
	servicetest.Must(t, err)
	for _, need := range limits {
		for range need.MinPages {
			l.Page(t, l.member, order.ID, need.Material)
		}
	}
	order, err = l.Submit(t.Context(), l.member, order.ID)
	servicetest.Must(t, err)
	if order.Payment != ra.PaymentNothingDue {
		order = l.Paid(t, order)
	}
	order = l.Judged(t, order)
	order, err = l.Approve(t.Context(), l.Supervisor, order.ID, order.Version)
	servicetest.Must(t, err)
	_, err = l.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	code, _ := l.Sender.Code(order.Number) // none where the holder's PIN opens the work
	return order, code
}

var errStruck = errors.New("struck")

// carriedOut carries out a write that is stopped at every boundary of a step, one further each time, by a kiosk that remembers nothing but its
// journal. After each stop the audit must find nothing, and the key be of use.
func (l *life) carriedOut(t *testing.T, plan ra.Plan, order ra.Order, code string, pin []byte) write.Made {
	t.Helper()
	w := ra.Write{ID: servicetest.ID(t), Plan: plan, OrderID: order.ID, OrderNumber: order.Number, Model: servicetest.Model, Key: l.key}
	if !plan.Blank() {
		w.Target = &ra.Target{CertificateID: l.target}
	}
	for struck := 0; ; struck++ {
		seen := 0
		x := write.New(write.Config{Office: office{l.Issuing, l.Kiosk, l.member}, Journal: l.journal, Keys: l.keys, Hook: func(string) error {
			if seen++; seen == struck+1 {
				return errStruck
			}
			return nil
		}})
		made, err := l.attempt(t, x, w, code, pin)
		if err == nil {
			if least := 2 * len(plan.Steps()); struck < least-6 {
				t.Errorf("%s: stopped at %d boundaries only, want about %d", plan, struck, least)
			}
			return made
		}
		if !errors.Is(err, errStruck) || struck > 50 {
			t.Fatalf("%s, boundary %d: %v", plan, struck, err)
		}
		l.wantsUse(t, plan)
	}
}

// attempt does what a kiosk does for the customer: takes up the write where it stands, or begins it.
func (l *life) attempt(t *testing.T, x *write.Executor, w ra.Write, code string, pin []byte) (write.Made, error) {
	t.Helper()
	had, err := l.journal.Write(t.Context(), w.ID)
	var job *write.Job
	switch {
	case errors.Is(err, journal.ErrNotFound):
		job, err = x.Reserve(t.Context(), session, code, w)
	case err == nil && had.Ticket == "": // the answer may have been lost: it is asked for again
		job, err = x.Reserve(t.Context(), session, code, had)
	case err == nil:
		job, err = x.Resume(t.Context(), session, code, had)
	}
	if err != nil {
		return write.Made{}, err
	}
	return x.Run(t.Context(), job, pin, nil)
}

// wantsUse: whatever was broken off, the audit finds nothing, and what was on the key before a write is of use still.
func (l *life) wantsUse(t *testing.T, plan ra.Plan) {
	t.Helper()
	l.Sound(t)
	active := 0
	servicetest.Must(t, l.Store.Pool().QueryRow(t.Context(), `SELECT count(*) FROM certificates WHERE state = 'active'`).Scan(&active))
	if want := min(len(l.made), 1); active != want {
		t.Errorf("%s: %d certificates are active, want %d", plan, active, want)
	}
	if !plan.Has(ra.StepSetPIN) {
		l.decrypts(t)
	}
}

// decrypts: every pair that was ever made on the key reads what was encrypted to its certificate.
func (l *life) decrypts(t *testing.T) {
	t.Helper()
	token, err := l.keys.Open(t.Context(), ukey.Identity(l.key))
	servicetest.Must(t, err)
	defer token.Close()
	servicetest.Must(t, token.Login(t.Context(), ukey.Customer, l.pin))
	for _, operation := range l.made {
		c, err := l.Store.CertificateOfOperation(t.Context(), operation)
		servicetest.Must(t, err)
		leaf, err := x509.ParseCertificate(c.DER)
		servicetest.Must(t, err)
		//lint:ignore SA1019 it is what mail programs still use
		hidden, err := rsa.EncryptPKCS1v15(rand.Reader, leaf.PublicKey.(*rsa.PublicKey), []byte("a file"))
		servicetest.Must(t, err)
		id, err := hex.DecodeString(strings.ReplaceAll(operation, "-", ""))
		servicetest.Must(t, err)
		if plain, err := token.Decrypt(t.Context(), id, ukey.RSAPKCS1, hidden); err != nil || string(plain) != "a file" {
			t.Errorf("the pair of a certificate that is %s decrypts %q, %v", c.State, plain, err)
		}
	}
}

// certified remembers the certificate that a write made.
func (l *life) certified(t *testing.T, made write.Made) {
	t.Helper()
	l.made = append(l.made, made.Proof.OperationID)
	c, err := l.Store.CertificateOfOperation(t.Context(), made.Proof.OperationID)
	servicetest.Must(t, err)
	l.target = c.ID
	l.wantsUse(t, ra.PlanNone)
}

// wants compares the state of the certificate that the n-th write made.
func (l *life) wants(t *testing.T, n int, state ra.CertificateState) {
	t.Helper()
	c, err := l.Store.CertificateOfOperation(t.Context(), l.made[n])
	servicetest.Must(t, err)
	if c.State != state {
		t.Errorf("certificate %d is %s, want %s", n, c.State, state)
	}
}

// TestLifeOfAKey takes one key through every plan, each stopped wherever it can be.
func TestLifeOfAKey(t *testing.T) {
	t.Parallel()
	l := born(t)
	order, code := l.Approved(t, l.member, 1)
	l.certified(t, l.carriedOut(t, ra.PlanMake, order, code, firstPIN))
	l.member = l.MemberAgain(t, l.member)
	l.Clock.Advance(l.CertificateEnd(t, l.target).Sub(l.Clock.Now()) - 40*24*time.Hour)

	order, code = l.approved(t, l.On(t, ra.KindExtend, ra.ReasonNone, l.target))
	l.certified(t, l.carriedOut(t, ra.PlanExtend, order, code, firstPIN))
	l.wants(t, 0, ra.CertificateSuperseded)

	order, code = l.approved(t, l.Change(t, l.member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = "杭州更名科技有限公司" }))
	l.certified(t, l.carriedOut(t, ra.PlanChange, order, code, firstPIN))
	l.member = l.MemberAgain(t, l.member)
	l.wants(t, 1, ra.CertificateRevoked)

	order, code = l.approved(t, l.On(t, ra.KindUnlock, ra.ReasonNone, l.target))
	l.carriedOut(t, ra.PlanUnlock, order, code, newPIN)
	l.pin = newPIN
	l.wantsUse(t, ra.PlanNone)

	l.carriedOut(t, ra.PlanRepair, ra.Order{}, "", newPIN)
	l.carriedOut(t, ra.PlanRotate, ra.Order{}, "", nil)
	l.wantsUse(t, ra.PlanNone)
	l.wants(t, 2, ra.CertificateActive)
	record, err := l.Store.UKey(t.Context(), l.key)
	servicetest.Must(t, err)
	if record.AdminPIN != 3 || record.Pending != 0 || record.Life != ra.KeyActive || record.Custody != ra.CustodyPerson {
		t.Errorf("the key's record at last: %+v", record)
	}
}
