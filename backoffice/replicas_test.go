package main

import (
	"crypto/x509"
	"math/big"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"keyhall/backoffice/api"
	"keyhall/backoffice/ra"
)

// TestTwoOffices plays the first half of a visit on two running programs over one database: each message goes out once, what is told at one
// is heard at the other, revocation lists are numbered upwards wherever they are asked for, and upkeep is one leader's.
func TestTwoOffices(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.command("migrate")
	h.command("found")
	h.command("seed", "--demo")
	h.serve()
	one := h.serving
	h.serve()
	two := h.serving
	kiosk := h.enrol()
	elsewhere := h.client(kiosk)
	h.serving = one
	v := newVisit(h, kiosk)
	_, cursor, err := elsewhere.Changes(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	number := h.listNumber()
	v.order(t)
	for heard := 0; heard < v.placed.Version; {
		changes, next, err := elsewhere.Changes(t.Context(), cursor, api.MaxWait)
		if err != nil || len(changes) == 0 {
			t.Fatalf("at the other office: %v, %v", changes, err)
		}
		for _, c := range changes {
			if c.ID != v.placed.ID || c.Version != heard+1 {
				t.Errorf("heard %+v after version %d", c, heard)
			}
			heard = c.Version
		}
		cursor = next
	}
	v.review(t, h)
	authCode(t, h.gateway.next(t, "approved"))
	for _, s := range []*serving{two, one, two} {
		h.serving = s
		if n := h.listNumber(); n.Cmp(number) < 0 {
			t.Errorf("list %v after %v", n, number)
		} else {
			number = n
		}
	}
	h.wantOneLeader(v.placed)
	for _, s := range []*serving{one, two} {
		h.serving = s
		h.stop()
	}
	seen := map[string]int{}
	h.gateway.mu.Lock()
	defer h.gateway.mu.Unlock()
	for _, m := range h.gateway.all {
		if seen[m.ID]++; seen[m.ID] > 1 {
			t.Errorf("message %s (%s) came twice", m.ID, m.Template)
		}
	}
}

func (h *hall) listNumber() *big.Int {
	h.t.Helper()
	_, der := h.get("pki", api.PathCRL)
	list, err := x509.ParseRevocationList([]byte(der))
	if err != nil {
		h.t.Fatal(err)
	}
	return list.Number
}

// wantOneLeader looks at the queue: one leader, who put each task by once, and no message waits any more.
func (h *hall) wantOneLeader(o ra.Order) {
	h.t.Helper()
	conn, err := pgx.Connect(h.t.Context(), h.Database)
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close(h.t.Context())
	var leaders, twice, waiting int
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		err := conn.QueryRow(h.t.Context(), `SELECT (SELECT count(*) FROM river.river_leader),
			(SELECT count(*) FROM (SELECT FROM river.river_job WHERE kind = 'upkeep' AND args ->> 'task' <> 'crl' GROUP BY args HAVING count(*) > 1) t),
			(SELECT count(*) FROM outbox WHERE state = 'waiting')`).Scan(&leaders, &twice, &waiting)
		if err != nil {
			h.t.Fatal(err)
		}
		if waiting == 0 && leaders == 1 || time.Now().After(deadline) {
			break
		}
	}
	if leaders != 1 || twice != 0 || waiting != 0 {
		h.t.Errorf("order %s: %d leaders, %d tasks put by twice, %d messages wait", o.Number, leaders, twice, waiting)
	}
}
