package issuing_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"strings"
	"sync"
	"testing"

	"keyhall/backoffice/issuing"
	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
)

func TestProofThatLies(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 2)
	key, other := servicetest.NewKey(t), servicetest.NewKey(t)
	release, otherRelease := h.Reserved(t, account, order, code, key), h.Reserved(t, account, order, code, other)
	h.Certified(t, release, key)
	h.Certified(t, otherRelease, other)
	good := h.Proof(t, release, key)
	otherProof := h.Proof(t, otherRelease, other)

	for name, c := range map[string]struct {
		lie   func(*ra.Proof)
		code  ra.Code
		field string
	}{
		"another key signed":              {func(p *ra.Proof) { p.Signature = other.Sign(t, p.Challenge) }, ra.CodeProofBad, "signature"},
		"no signature":                    {func(p *ra.Proof) { p.Signature = nil }, ra.CodeProofBad, "signature"},
		"another certificate":             {func(p *ra.Proof) { p.Certificate = other.Certificate }, ra.CodeProofBad, "certificate"},
		"certificate cut off":             {func(p *ra.Proof) { p.Certificate = p.Certificate[:len(p.Certificate)-1] }, ra.CodeProofBad, "certificate"},
		"another's challenge":             {func(p *ra.Proof) { p.Challenge = otherProof.Challenge; p.Signature = key.Sign(t, p.Challenge) }, ra.CodeChallengeStale, ""},
		"challenge of its own making":     {func(p *ra.Proof) { p.Challenge = make([]byte, 32); p.Signature = key.Sign(t, p.Challenge) }, ra.CodeChallengeStale, ""},
		"another administrator PIN":       {func(p *ra.Proof) { p.AdminPIN = 2 }, ra.CodeConflict, "admin_pin"},
		"the challenge without its words": {func(p *ra.Proof) { p.Signature = bareSignature(t, key, p.Challenge) }, ra.CodeProofBad, "signature"},
		"of no operation":                 {func(p *ra.Proof) { p.OperationID = "junk" }, ra.CodeInvalid, "operation_id"},
		"a left-over with a NUL":          {func(p *ra.Proof) { p.LeftOvers = []string{"data 01 a\x00b"} }, ra.CodeInvalid, "left_overs"},
		"a left-over that is no text":     {func(p *ra.Proof) { p.LeftOvers = []string{"data 01 \xff"} }, ra.CodeInvalid, "left_overs"},
		"a left-over without end":         {func(p *ra.Proof) { p.LeftOvers = []string{strings.Repeat("x", 301)} }, ra.CodeInvalid, "left_overs"},
		"left-overs without end":          {func(p *ra.Proof) { p.LeftOvers = slices.Repeat([]string{"data 01 x"}, 201) }, ra.CodeInvalid, "left_overs"},
		"a note with a NUL":               {func(p *ra.Proof) { p.Notes = []string{"\x00"} }, ra.CodeInvalid, "notes"},
		"a lap of no step":                {func(p *ra.Proof) { p.Durations = []ra.Lap{{Step: "a\x00b"}} }, ra.CodeInvalid, "durations"},
		"a lap twice":                     {func(p *ra.Proof) { p.Durations = []ra.Lap{{Step: ra.StepWrite}, {Step: ra.StepWrite}} }, ra.CodeInvalid, "durations"},
		"a pair that was not seen inside": {func(p *ra.Proof) { p.Inside = false }, ra.CodeProofBad, "inside"},
	} {
		proof := good
		c.lie(&proof)
		_, err := h.Confirm(ctx, h.Kiosk, release.Hold(), proof)
		servicetest.WantCode(t, name, err, c.code, c.field)
	}
	h.Clock.Advance(issuing.ChallengeLifetime)
	_, err := h.Confirm(ctx, h.Kiosk, release.Hold(), good)
	servicetest.WantCode(t, "old challenge", err, ra.CodeChallengeStale, "")
	if now := h.OrderOf(t, account, order.ID); now.Remaining() != 2 {
		t.Errorf("%d remaining after lies, want 2", now.Remaining())
	}
	h.Sound(t)
}

// bareSignature signs a challenge as it came, as for any other purpose.
func bareSignature(t *testing.T, key *servicetest.Key, challenge []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(challenge)
	signature, err := key.Private.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func TestConfirmAgain(t *testing.T) {
	t.Parallel()
	h := servicetest.New(t)
	ctx := t.Context()
	account := h.Registered(t)
	order, code := h.Approved(t, account, 2)
	key := servicetest.NewKey(t)
	release := h.Reserved(t, account, order, code, key)
	h.Certified(t, release, key)
	proof := h.Proof(t, release, key)
	proof.LeftOvers = []string{"public-key 01 old"}
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			done, err := h.Confirm(ctx, h.Kiosk, release.Hold(), proof)
			if err != nil || done.Remaining != 1 || done.Unit.State != ra.UnitDone {
				t.Errorf("Confirm = %d remaining, unit %s, %v", done.Remaining, done.Unit.State, err)
			}
		})
	}
	group.Wait()
	c, err := h.Case(ctx, h.Supervisor, order.ID)
	if err != nil || len(c.Proofs) != 1 || c.Proofs[0].LeftOvers[0] != "public-key 01 old" || c.Proofs[0].Durations[0].Milliseconds != 12 {
		t.Errorf("proofs %+v, %v", c.Proofs, err)
	}
	if again, err := h.Certify(ctx, h.Kiosk, release.Hold(), key.Request(t, release.Subject), 1); err != nil || !bytes.Equal(again.Certificate, key.Certificate) {
		t.Errorf("a late repeat of the request: %v", err)
	}
	proof.Certificate = []byte("another")
	_, err = h.Confirm(ctx, h.Kiosk, release.Hold(), proof)
	servicetest.WantCode(t, "another proof", err, ra.CodeConflict, "certificate")
	h.Sound(t)
}
