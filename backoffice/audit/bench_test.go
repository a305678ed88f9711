package audit_test

import (
	"fmt"
	"testing"
	"time"

	"keyhall/backoffice/book"
	"keyhall/backoffice/servicetest"
	"keyhall/backoffice/store"
)

// BenchmarkTrail writes lines as an order's acts leave them, seals them, and checks all: b.N of them.
func BenchmarkTrail(b *testing.B) {
	h := servicetest.New(b)
	h.Sealed(b)
	order := h.Placed(b, h.Registered(b), 1).ID
	const each = 500 // lines in a transaction, which is quicker than life
	began := time.Now()
	for n := 0; n < b.N; n += each {
		servicetest.Must(b, h.Store.Do(b.Context(), func(tx *store.Tx) error {
			for i := range min(each, b.N-n) {
				line := book.AuditRow{At: h.Clock.Now(), ActorKind: "staff", ActorID: h.Supervisor.ID, Action: "material.judge", OrderID: order,
					Facts: map[string]string{"material": "business_licence", "verdict": "accepted", "n": fmt.Sprint(n + i)}}
				if err := tx.InsertAudit(b.Context(), line); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	written := time.Since(began)
	began = time.Now()
	h.Sealed(b)
	sealed := time.Since(began)
	began = time.Now()
	found, err := h.Trail.BrokenTrail(b.Context())
	servicetest.Must(b, err)
	if len(found) > 0 {
		b.Error(servicetest.Told(found))
	}
	rate := func(d time.Duration) float64 { return float64(b.N) / d.Seconds() }
	b.ReportMetric(rate(written), "written/s")
	b.ReportMetric(rate(sealed), "sealed/s")
	b.ReportMetric(rate(time.Since(began)), "checked/s")
}
