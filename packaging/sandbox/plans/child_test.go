package plans

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey/pkcs11"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/write"
)

// childEnv makes a process of this binary a kiosk that goes on its errand.
const childEnv = "KEYHALL_PLANS_TEST_CHILD"

// far is an errand for another process.
type far struct {
	errand
	Hub []string // environment of the key's module
}

// child goes on an errand, and kills itself at its boundary.
func child(text string) int {
	var e far
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	keys, err := pkcs11.Start(pkcs11.Config{Module: ukeytest.SoftHSM, Rescan: pkcs11.Reinitialize, Env: e.Hub, HideUninitialized: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	defer keys.Close()
	err = e.run(context.Background(), write.Config{Keys: keys}, func() error {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 4
	}
	return 0
}

// inChild lets another process go on an errand: errStruck when it was killed.
func (l *life) inChild(t *testing.T, e errand) error {
	t.Helper()
	text, err := json.Marshal(far{e, l.hub.Env()})
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return errStruck
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, stderr.Bytes())
	}
	return nil
}

// TestKilledAtEveryBoundary: a kiosk is killed on both sides of every commit of its journal in an extension, a change and an unlock, and the next
// one goes on; the audit finds nothing after any of it, and at the end key and register agree.
func TestKilledAtEveryBoundary(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plan  ra.Plan
		pin   []byte
		apply func(*testing.T, *life) ra.Application
		old   ra.CertificateState // what becomes of the certificate of before
	}{
		"extend": {ra.PlanExtend, firstPIN, func(t *testing.T, l *life) ra.Application {
			return l.On(t, ra.KindExtend, ra.ReasonNone, l.target)
		}, ra.CertificateSuperseded},
		"change": {ra.PlanChange, firstPIN, func(t *testing.T, l *life) ra.Application {
			return l.Change(t, l.member, ra.ReasonName, func(a *ra.Applicant) { a.Organisation.Name = "杭州更名科技有限公司" })
		}, ra.CertificateRevoked},
		"unlock": {ra.PlanUnlock, newPIN, func(t *testing.T, l *life) ra.Application {
			return l.On(t, ra.KindUnlock, ra.ReasonNone, l.target)
		}, ra.CertificateActive},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := born(t)
			order, code := l.Approved(t, l.member, 1)
			l.certified(t, l.done(t, ra.PlanMake, order, code, firstPIN))
			l.nearItsEnd(t)
			order, code = l.approved(t, c.apply(t, l))
			operation := l.carriedOut(t, c.plan, order, code, c.pin, l.inChild)
			l.pin = c.pin
			if c.plan.Has(ra.StepCertificate) {
				l.certified(t, operation)
			}
			l.wants(t, 0, c.old)
			l.wantsUse(t, ra.PlanNone)
			if got := l.OrderOf(t, l.member, order.ID); got.State != ra.OrderDone || got.Units[0].State != ra.UnitDone {
				t.Errorf("the order is %s, its unit %s, want both done", got.State, got.Units[0].State)
			}
		})
	}
}
