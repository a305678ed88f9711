package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/ra"
	"keyhall/packaging/sandbox/visit"
)

// TestKilledAtEveryStep kills the kiosk (SIGKILL) at every step of the journal's table, starts it again, and lets it finish
// the same unit on the same key: one certificate, one key pair, and the audit passes.
func TestKilledAtEveryStep(t *testing.T) {
	steps := ra.PlanMake.Steps()[1:] // the first only looks; an order has ten keys at most
	ctx, cancel := context.WithTimeout(t.Context(), visitLimit)
	defer cancel()
	h := startHall(t)
	want := wish(len(steps))
	must(t, h.customer.Register(ctx, want))
	must(t, h.customer.Order(ctx, want))
	must(t, h.customer.Scan(ctx, h))
	h.approve(t, want.Keys)
	must(t, h.customer.See(ctx, "action.make"))
	code := h.code(t)
	for i, step := range steps {
		h.StopKiosk()
		h.killAt(ctx, t, want, code, step)
		must(t, h.StartKiosk(ctx))
		h.finish(ctx, t, want, code, step)
		h.waitDone(ctx, t, i+1)
		h.checkKeys(t, 1)
		must(t, h.Hub.Pull(1))
		must(t, h.Hub.Replace(ctx, 1))
	}
	h.checkAudit(t)
}

// killAt goes as far as the step, where the kiosk dies.
func (h *hall) killAt(ctx context.Context, t *testing.T, want visit.Application, code string, step ra.Step) {
	t.Helper()
	h.Kiosk.Args = []string{"--kill-at", string(step)}
	must(t, h.StartKiosk(ctx))
	h.Kiosk.Args = nil
	must(t, h.customer.OpenOrder(ctx, want, "XH03-"))
	must(t, h.Hub.Plug(1))
	if step == ra.StepReserve {
		must(t, h.customer.Reserve(ctx, code))
	} else {
		must(t, h.customer.BeginMake(ctx, code, ownPIN))
	}
	h.waitKilled(t, step)
}

func (h *hall) waitKilled(t *testing.T, step ra.Step) {
	t.Helper()
	select {
	case <-h.KioskEnded():
	case <-time.After(time.Minute):
		t.Fatalf("the kiosk was not killed at %s", step)
	}
}

// finish does what a person does who finds the kiosk started again: nothing was begun before the reservation was stored,
// and a proof that only has to be sent needs nobody.
func (h *hall) finish(ctx context.Context, t *testing.T, want visit.Application, code string, step ra.Step) {
	t.Helper()
	switch step {
	case ra.StepReserve:
		must(t, h.customer.OpenOrder(ctx, want, "XH03-"))
		must(t, h.customer.Make(ctx, code, ownPIN))
	case ra.StepConfirm:
		must(t, h.customer.See(ctx, "home.title"))
	default:
		must(t, h.customer.Resume(ctx, code, ownPIN))
	}
}

// waitDone waits until the register counts so many finished units, each with its one certificate.
func (h *hall) waitDone(ctx context.Context, t *testing.T, want int) {
	t.Helper()
	conn, err := pgx.Connect(ctx, h.DSN())
	must(t, err)
	defer conn.Close(ctx)
	var done, certificates int
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		must(t, conn.QueryRow(ctx, "SELECT count(*) FROM units WHERE state = 'done'").Scan(&done))
		must(t, conn.QueryRow(ctx, "SELECT count(*) FROM certificates").Scan(&certificates))
		if done == want {
			break
		}
	}
	if done != want || certificates != want {
		t.Fatalf("units done %d, certificates %d; want %d of each", done, certificates, want)
	}
}
