package issuing_test

import (
	"sync/atomic"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

// BenchmarkCertify is one certificate from the request to the answer, of an order of its own; compare -cpu 1,8.
func BenchmarkCertify(b *testing.B) {
	h := servicetest.New(b)
	account := h.Registered(b)
	type job struct {
		release ra.Release
		request []byte
	}
	jobs := make([]job, b.N)
	for i := range jobs {
		order, code := h.Approved(b, account, 1)
		key := servicetest.NewKey(b)
		release := h.Reserved(b, account, order, code, key)
		jobs[i] = job{release, key.Request(b, release.Subject)}
	}
	var next atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			j := jobs[next.Add(1)-1]
			if _, err := h.Certify(b.Context(), h.Kiosk, j.release.Hold(), j.request, j.release.Opening.Set.Version); err != nil {
				b.Error(err)
			}
		}
	})
}
