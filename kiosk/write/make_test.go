package write

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"slices"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/write/writetest"
)

func TestMakeEveryProfile(t *testing.T) {
	t.Parallel()
	for _, profile := range []ra.SubjectProfile{
		{Algorithm: "ec-p256", Usage: ra.UsageSign},
		{Algorithm: "rsa-2048", Usage: ra.UsageSign},
		{Algorithm: "rsa-2048", Usage: ra.UsageDecrypt},
	} {
		t.Run(profile.Algorithm+" "+string(profile.Usage), func(t *testing.T) {
			t.Parallel()
			b := setup(t, 1)
			b.office.Profile = profile
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
			c, err := x509.ParseCertificate(made.Certificate)
			if err != nil || c.KeyUsage != profile.Usage.Bits() {
				t.Errorf("%v, key usage %b, want %b", err, c.KeyUsage, profile.Usage.Bits())
			}
			if profile.Usage.Decrypts() {
				b.decrypts(t, c.PublicKey.(*rsa.PublicKey))
			}
			if made.Completion.Remaining != 0 || len(made.Proof.LeftOvers) != 0 || len(made.Laps) < 7 || len(told) != 11 {
				t.Errorf("got remaining %d, left-overs %v, %d laps, %d steps told", made.Completion.Remaining, made.Proof.LeftOvers, len(made.Laps), len(told))
			}
		})
	}
}

// TestFirstChallengeComesWithTheCertificate: it is signed without asking for another, and a proof that comes too late is made anew.
func TestFirstChallengeComesWithTheCertificate(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		b := setup(t, 1)
		b.office.Generous = true
		job, err := b.job(t.Context(), b.executor(nil))
		must(t, err)
		b.office.Operations[b.write.ID].Stale = late
		_, err = b.executor(nil).Run(t.Context(), job, testPIN, nil)
		must(t, err)
		if asked := slices.Contains(b.office.Calls, "Challenge"); asked != late {
			t.Errorf("the first one too late: %v, asked for another: %v", late, asked)
		}
		b.check(t)
	}
}

// decrypts wants the pair of the write to read what was encrypted to it.
func (b *bench) decrypts(t *testing.T, public *rsa.PublicKey) {
	t.Helper()
	plain := []byte("for the holder alone")
	//lint:ignore SA1019 it is what mail programs still use
	ciphertext, err := rsa.EncryptPKCS1v15(rand.Reader, public, plain)
	must(t, err)
	id, err := operationKeyID(b.write.ID)
	must(t, err)
	own(t, b, ukey.Customer, string(testPIN), func(k ukey.Token) error {
		got, err := k.Decrypt(t.Context(), id, ukey.RSAPKCS1, ciphertext)
		if err == nil && !bytes.Equal(got, plain) {
			t.Errorf("decrypts to %q", got)
		}
		return err
	})
}

// TestCertificateForAnotherUse: a certificate that says another usage than the project's is not taken.
func TestCertificateForAnotherUse(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	b.office.Profile.Algorithm = "rsa-2048"
	job, err := b.job(t.Context(), b.executor(nil))
	must(t, err)
	b.office.Profile.Usage = ra.UsageDecrypt // from now on
	if _, err := b.executor(nil).Run(t.Context(), job, testPIN, nil); ra.CodeOf(err) != ra.CodeOfficeError {
		t.Errorf("got %v, want %s", err, ra.CodeOfficeError)
	}
}
