package write

import (
	"crypto/x509"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/write/writetest"
)

func TestMakeBothAlgorithms(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"ec-p256", "rsa-2048"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 1)
			b.office.Algorithm = algorithm
			var told []ra.Step
			m := b.executor(nil)
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
