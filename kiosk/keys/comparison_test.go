package keys

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

var noon = time.Date(2026, 11, 27, 4, 0, 0, 0, time.UTC)

// pairOnKey is a pair with its certificate, as a key shows them.
func pairOnKey(t *testing.T, label string, from, until time.Time) (certificate, public ukey.Object) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: label}, NotBefore: from, NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return ukey.Object{Kind: ukey.KindCertificate, ID: []byte(label), Label: label, Value: der}, ukey.Object{Kind: ukey.KindPublicKey, ID: []byte(label), Value: spki}
}

// ours is a key of the register with one certificate.
func ours(objects ...ukey.Object) Seen {
	return Seen{Info: ukey.Info{Serial: "1", Initialized: true, UserPINSet: true, UserPIN: ukey.PINOK}, Model: ra.UKeyModel{ID: "m"}, Condition: Ours,
		Objects: objects, Status: ra.KeyStatus{Known: true, ProjectID: "seal"}, Answered: true}
}

// TestComparisonBeforeLogin: what is told by what a key shows and what everybody may know.
func TestComparisonBeforeLogin(t *testing.T) {
	t.Parallel()
	year := 365 * 24 * time.Hour
	certificate, public := pairOnKey(t, "one", noon.Add(-year), noon.Add(year))
	ended, _ := pairOnKey(t, "ended", noon.Add(-2*year), noon.Add(-year))
	later, _ := pairOnKey(t, "later", noon.Add(year), noon.Add(2*year))
	soon, _ := pairOnKey(t, "soon", noon.Add(-year), noon.Add(24*time.Hour))
	old, _ := pairOnKey(t, ra.OldLabel+"x", noon, noon.Add(3*year))
	with := func(change func(k *Seen), objects ...ukey.Object) Seen {
		k := ours(objects...)
		change(&k)
		return k
	}
	as := func(s ukey.PINState) func(*Seen) { return func(k *Seen) { k.Info.UserPIN = s } }
	same := func(*Seen) {}
	for name, c := range map[string]struct {
		key    Seen
		want   []string
		remedy Remedy
		opens  bool
	}{
		"as it should be":   {ours(certificate, public), []string{"good_alone"}, RemedyCompare, true},
		"no certificate":    {ours(public), []string{"uncertified"}, RemedyCompare, true},
		"nothing":           {with(func(k *Seen) { k.Condition = Blank }), []string{"empty"}, RemedyCompare, false},
		"expired":           {ours(ended), []string{"expired"}, RemedyCompare, true},
		"not yet":           {ours(later), []string{"not_yet", "good_alone"}, RemedyCompare, true},
		"soon":              {ours(soon), []string{"ends_soon", "good_alone"}, RemedyCompare, true},
		"replaced and used": {ours(old, certificate), []string{"left_overs", "good_alone"}, RemedyCompare, true},
		"locked":            {with(as(ukey.PINLocked), certificate), []string{"pin_locked"}, RemedyUnlock, false},
		"one try":           {with(as(ukey.PINFinal), certificate), []string{"pin_final"}, RemedyCompare, true},
		"fewer tries":       {with(as(ukey.PINLow), certificate), []string{"pin_low", "good_alone"}, RemedyCompare, true},
		"first PIN":         {with(as(ukey.PINToChange), certificate), []string{"pin_to_change", "good_alone"}, RemedyCompare, true},
		"lost":              {with(func(k *Seen) { k.Status.Lost = true }, certificate), []string{"lost"}, RemedyNone, false},
		"unfinished":        {with(func(k *Seen) { k.Status.Waiting, k.Own.ID = true, "own" }, certificate), []string{"waits"}, RemedyGoOn, false},
		"begun elsewhere":   {with(func(k *Seen) { k.Status.Waiting = true }, certificate), []string{"waits"}, RemedyCompare, false},
		"twin":              {with(func(k *Seen) { k.Twin = true }, certificate), []string{"twin"}, RemedyNone, false},
		"of others":         {with(func(k *Seen) { k.Status, k.Condition = ra.KeyStatus{}, Foreign }, certificate), []string{"unknown"}, RemedyNone, false},
		"another model": {with(func(k *Seen) { k.Status, k.Condition, k.Model = ra.KeyStatus{}, Foreign, ra.UKeyModel{} }, certificate),
			[]string{"other_model"}, RemedyNone, false},
		"blank": {with(func(k *Seen) { k.Status, k.Condition = ra.KeyStatus{}, Blank }), []string{"blank"}, RemedyNone, false},
		"the office is away": {with(func(k *Seen) { k.Answered, k.Away = false, errors.New("away") }, certificate),
			[]string{"office_away"}, RemedyNone, false},
		"no serial":   {with(func(k *Seen) { k.Info.Serial, k.Status = "", ra.KeyStatus{} }), []string{"no_serial", "unknown"}, RemedyNone, false},
		"not read":    {with(func(k *Seen) { k.Condition = Unreadable }), []string{"unreadable"}, RemedyCompare, false},
		"unreadables": {with(same, certificate, ukey.Object{Kind: ukey.KindData}), []string{"left_overs", "good_alone"}, RemedyCompare, true},
	} {
		got := Compare(c.key, noon)
		var ids []string
		for _, f := range got.Findings() {
			ids = append(ids, f.ID)
		}
		if !slices.Equal(ids, c.want) || got.Remedy() != c.remedy || got.Opens() != c.opens {
			t.Errorf("%s: got %v, %q, %v, want %v, %q, %v", name, ids, got.Remedy(), got.Opens(), c.want, c.remedy, c.opens)
		}
	}
}

// TestHoldings: the certificate in use comes first, whatever order a key shows things in, and CAs are nobody's.
func TestHoldings(t *testing.T) {
	t.Parallel()
	first, _ := pairOnKey(t, "first", noon, noon.Add(time.Hour))
	newer, _ := pairOnKey(t, "newer", noon.Add(time.Minute), noon.Add(time.Hour))
	old, _ := pairOnKey(t, ra.OldLabel+"newest", noon.Add(2*time.Minute), noon.Add(time.Hour))
	_, bare := pairOnKey(t, "bare", noon, noon)
	all, other := Holdings([]ukey.Object{old, bare, first, newer, {Kind: ukey.KindCertificate, Value: []byte("no certificate")}})
	var got []string
	for _, h := range all {
		got = append(got, string(h.ID))
	}
	if want := []string{"newer", "first", "old newest", "bare"}; !slices.Equal(got, want) || other != 1 {
		t.Errorf("got %v and %d, want %v and 1", got, other, want)
	}
}
