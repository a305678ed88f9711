package plans

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/device/ukey"
	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/write"
	"keyhall/kiosk/write/writetest"
)

func TestMain(m *testing.M) {
	pkcs11.ServeIfWorker()
	if text := os.Getenv(childEnv); text != "" {
		os.Exit(child(text))
	}
	_ = flag.Set("test.parallel", "8") // most of the time processes and disks are waited for
	ukeytest.Main(m)
}

// The customer's PINs, before and after the unlock.
var (
	firstPIN = []byte("86421357")
	newPIN   = []byte("13572468")
)

// life is one key with two kiosks and the back office.
type life struct {
	*servicetest.Hall
	member ra.Membership
	hub    *ukeytest.Hub // that the key is in; nil where it is another kind
	keys   ukey.Reader
	kiosks [2]*kiosk
	key    ra.KeyIdentity
	target string   // id of the certificate in use
	pin    []byte   // that opens the key
	made   []string // ids of the operations that made a certificate
}

func born(t *testing.T) *life {
	t.Helper()
	hub := ukeytest.NewHub(t, 2)
	hub.Pull(t, 1) // a stranger
	l := bornWith(t, writetest.Reader(t, ukeytest.SoftHSM, hub.Env()), ra.KeyIdentity(hub.Identity(0)))
	l.hub = hub
	return l
}

// bornWith is a life of that key.
func bornWith(t *testing.T, keys ukey.Reader, key ra.KeyIdentity) *life {
	t.Helper()
	l := &life{Hall: servicetest.New(t), keys: keys, key: key, pin: firstPIN}
	l.Project.Models[0].Manufacturer, l.Project.Models[0].Model = key.Manufacturer, key.Model
	l.Project.Profile.Algorithm, l.Project.Profile.Usage = "rsa-2048", ra.UsageDecrypt
	l.PutProject(t, 1, l.Project)
	rule := book.AdminPINRule{Factory: []byte(ukeytest.FactoryAdminPIN), Customer: []byte(ukeytest.FactoryCustomerPIN), Length: 8,
		Alphabet: "0123456789", Tries: 15, Tells: true}
	l.PutModel(t, l.Project.Models[0], rule)
	office := serve(t, l.Hall)
	l.kiosks[1], _ = enrolled(t, l.Hall, office, "XH06")
	l.kiosks[0], l.Kiosk = enrolled(t, l.Hall, office, "XH05")
	l.member = l.Registered(t)
	return l
}

// nearItsEnd is when the certificate in use may be extended.
func (l *life) nearItsEnd(t *testing.T) {
	t.Helper()
	l.member = l.MemberAgain(t, l.member)
	l.Clock.Advance(l.CertificateEnd(t, l.target).Sub(l.Clock.Now()) - 40*24*time.Hour)
}

// approved is an application that went through, with the code of the text message where one was sent.
func (l *life) approved(t *testing.T, a ra.Application) (ra.Order, string) {
	t.Helper()
	order := l.Passed(t, l.member, a)
	_, err := l.DeliverMessages(t.Context())
	servicetest.Must(t, err)
	code, _ := l.Sender.Code(order.Number) // none where the holder's PIN opens the work
	return order, code
}

var errStruck = errors.New("struck")

// here goes on an errand in this process.
func (l *life) here(t *testing.T, e errand) error {
	t.Helper()
	return e.run(t.Context(), write.Config{Keys: l.keys}, func() error { return errStruck })
}

// begun is the first errand of a write, at the first kiosk, the customer logged in at both.
func (l *life) begun(t *testing.T, plan ra.Plan, order ra.Order, code string, pin []byte) errand {
	t.Helper()
	for _, k := range l.kiosks {
		k.Session = l.LoggedIn(t, ra.Kiosk{ID: k.ID}, l.member.Login, servicetest.Password, l.member.ID)
	}
	w := ra.Write{ID: servicetest.ID(t), Plan: plan, OrderID: order.ID, OrderNumber: order.Number, Model: servicetest.Model, Key: l.key}
	if !plan.Blank() {
		w.Target = &ra.Target{CertificateID: l.target}
	}
	return errand{Kiosk: l.kiosks[0], Write: w, Code: code, PIN: pin}
}

// done carries out a write that nothing stops, and returns the operation's id.
func (l *life) done(t *testing.T, plan ra.Plan, order ra.Order, code string, pin []byte) string {
	t.Helper()
	e := l.begun(t, plan, order, code, pin)
	servicetest.Must(t, l.here(t, e))
	return e.Write.ID
}

// carriedOut carries out a write that is stopped at every boundary of a step, one further each time, by a kiosk that remembers nothing but its
// journal; where it needs no administrator, and an order asked for it, each next attempt is at the other kiosk. After each stop the audit must find nothing, and the key be
// of use. It returns the operation's id.
func (l *life) carriedOut(t *testing.T, plan ra.Plan, order ra.Order, code string, pin []byte, attempt func(*testing.T, errand) error) string {
	t.Helper()
	e := l.begun(t, plan, order, code, pin)
	hops := order.ID != "" && !plan.Has(ra.StepAdministrator) // what a kiosk knows of attempts at that PIN is in its journal alone
	for e.Die = 1; ; e.Die++ {
		err := attempt(t, e)
		if err == nil {
			if least := 2*len(plan.Steps()) - 6; e.Die <= least {
				t.Errorf("%s: stopped at %d boundaries only, want about %d", plan, e.Die-1, 2*len(plan.Steps()))
			}
			return e.Write.ID
		}
		if !errors.Is(err, errStruck) || e.Die > 50 {
			t.Fatalf("%s, boundary %d: %v", plan, e.Die, err)
		}
		l.wantsUse(t, plan)
		if hops && l.unfinished(t, e.Write.ID) {
			e.Kiosk = l.kiosks[e.Die%2]
		}
	}
}

// unfinished tells whether an operation may go on at another kiosk.
func (l *life) unfinished(t *testing.T, id string) (is bool) {
	t.Helper()
	servicetest.Must(t, l.Store.Pool().QueryRow(t.Context(),
		`SELECT EXISTS (SELECT FROM operations WHERE id = $1 AND state IN ('reserved', 'issued'))`, id).Scan(&is))
	return is
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
func (l *life) certified(t *testing.T, operationID string) {
	t.Helper()
	l.made = append(l.made, operationID)
	c, err := l.Store.CertificateOfOperation(t.Context(), operationID)
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
	l.certified(t, l.carriedOut(t, ra.PlanMake, order, code, firstPIN, l.here))
	l.nearItsEnd(t)

	order, code = l.approved(t, l.On(t, ra.KindExtend, ra.ReasonNone, l.target))
	l.certified(t, l.carriedOut(t, ra.PlanExtend, order, code, firstPIN, l.here))
	l.wants(t, 0, ra.CertificateSuperseded)

	order, code = l.approved(t, l.Change(t, l.member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = "杭州更名科技有限公司" }))
	l.certified(t, l.carriedOut(t, ra.PlanChange, order, code, firstPIN, l.here))
	l.member = l.MemberAgain(t, l.member)
	l.wants(t, 1, ra.CertificateRevoked)

	order, code = l.approved(t, l.On(t, ra.KindUnlock, ra.ReasonNone, l.target))
	l.carriedOut(t, ra.PlanUnlock, order, code, newPIN, l.here)
	l.pin = newPIN
	l.wantsUse(t, ra.PlanNone)

	l.carriedOut(t, ra.PlanRepair, ra.Order{}, "", newPIN, l.here)
	l.carriedOut(t, ra.PlanRotate, ra.Order{}, "", nil, l.here)
	l.wantsUse(t, ra.PlanNone)
	l.wants(t, 2, ra.CertificateActive)
	record, err := l.Store.UKey(t.Context(), l.key)
	servicetest.Must(t, err)
	if record.AdminPIN != 3 || record.Pending != 0 || record.Life != ra.KeyActive || record.Custody != ra.CustodyPerson {
		t.Errorf("the key's record at last: %+v", record)
	}
}
