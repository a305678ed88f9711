package workflow

import (
	"context"
	"crypto/x509"
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/keys"
	"keyhall/kiosk/write/writetest"
)

// heldKeyPIN is the holder's PIN of the keys here.
const heldKeyPIN = "Kf7-mq2x"

// KeyRecord tells members what was entered.
func (c *fakeClient) KeyRecord(_ context.Context, session string, key ra.KeyIdentity) (ra.KeyRecord, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, err := c.guard("KeyRecord", session); err != nil {
		return ra.KeyRecord{}, err
	}
	r := ra.KeyRecord{Key: key}
	c.Office.Lock.Lock()
	defer c.Office.Lock.Unlock()
	for _, x := range c.Office.Register {
		if x.Key == key {
			r.Certificates = append(r.Certificates, ra.Certificate{ID: x.ID, Key: key, DER: x.DER, State: x.State})
		}
	}
	return r, nil
}

// PINChange refuses lost keys.
func (c *fakeClient) PINChange(_ context.Context, session string, x ra.PINChange) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if _, err := c.guard("PINChange", session); err != nil {
		return err
	}
	if c.known[x.Key.Serial].Lost && x.As == ra.PINBegun {
		return ra.E(ra.CodeKeyLost)
	}
	c.pins = append(c.pins, x)
	return nil
}

// outcomes are what the office heard of changes of PINs.
func (c *fakeClient) outcomes() (all []ra.PINOutcome) {
	c.lock.Lock()
	defer c.lock.Unlock()
	for _, x := range c.pins {
		all = append(all, x.As)
	}
	return all
}

// owned plugs a key in that the register knows, with a certificate on it. The kiosk is started anew: it looks once at what is on a key.
func owned(t *testing.T, h *hall) *writetest.Registered {
	t.Helper()
	h.stop()
	defer h.restart()
	h.hub.Plug(t, 0)
	key := h.hub.Identity(0)
	var entered *writetest.Registered
	h.on(func(k ukey.Token) {
		ctx, factory := t.Context(), writetest.AdminPIN(0).Value
		must(t, k.Login(ctx, ukey.Administrator, factory))
		must(t, k.InitPIN(ctx, factory, []byte(heldKeyPIN)))
		must(t, k.Login(ctx, ukey.Customer, []byte(heldKeyPIN)))
		spki, err := k.GenerateKey(ctx, ukey.Pair{ID: []byte("first"), Label: "first", Algorithm: ukey.RSA2048})
		must(t, err)
		public, err := x509.ParsePKIXPublicKey(spki)
		must(t, err)
		entered, _ = h.client.Enter(t, ra.KeyIdentity(key), public, 1)
		must(t, k.WriteCertificate(ctx, []byte("first"), "first", entered.DER))
	})
	h.client.set(func() { h.client.known = map[string]ra.KeyStatus{key.Serial: {Known: true, ProjectID: "seal"}} })
	return entered
}

// on works on the hall's key, as somebody elsewhere would.
func (h *hall) on(do func(ukey.Token)) {
	h.t.Helper()
	k, err := h.keys.Open(h.t.Context(), h.hub.Identity(0))
	must(h.t, err)
	do(k)
	must(h.t, k.Close())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func found(p KeyCheckPage, id string) bool {
	return slices.ContainsFunc(p.Findings, func(f keys.Finding) bool { return f.ID == id })
}

// checks goes from home to the page, once the key is seen there.
func (h *hall) checks(want func(KeyCheckPage) bool) KeyCheckPage {
	h.t.Helper()
	see(h, func(p HomePage) bool { return p.Plugged })
	h.do(CheckKey{})
	return see(h, want)
}

// TestKeyCheckBeforeLogin: the key, its project and its term are told, and nothing of the register.
func TestKeyCheckBeforeLogin(t *testing.T) {
	t.Parallel()
	h := openHall(t, 1)
	see(h, func(p HomePage) bool { return !p.Plugged })
	h.do(CheckKey{})
	see(h, func(p KeyCheckPage) bool { return !p.Plugged && p.Main == nil })
	h.do(Home{})
	owned(t, h)
	p := h.checks(func(p KeyCheckPage) bool { return found(p, "good_alone") })
	var ids []string
	for _, r := range p.Facts {
		ids = append(ids, r.ID)
	}
	if want := []string{"model", "serial", "label", "project", "subject", "valid_until", "pin_left"}; !slices.Equal(ids, want) {
		t.Errorf("facts %v, want %v", ids, want)
	}
	if _, ok := p.Main.(CompareKey); !ok || !p.ChangePIN {
		t.Errorf("got %+v", p)
	}
	h.hub.Pull(t, 0)
	see(h, func(p KeyCheckPage) bool { return !p.Plugged && len(p.Facts) == 0 })
	h.end()
}

// TestKeyCheckFindings: what is wrong with a key is told, and what is not ours is left alone.
func TestKeyCheckFindings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(h *hall)
		want  string
		main  Named
		pin   bool
	}{
		"lost": {func(h *hall) {
			h.client.known[h.hub.Serial(0)] = ra.KeyStatus{Known: true, ProjectID: "seal", Lost: true}
		}, "lost", nil, false},
		"unknown": {func(h *hall) { delete(h.client.known, h.hub.Serial(0)) }, "unknown", nil, false},
		"another model": {func(h *hall) {
			delete(h.client.known, h.hub.Serial(0))
			h.client.projects[0].Models, h.client.projects[1].Models = nil, nil
		}, "other_model", nil, false},
		"the office is away": {func(h *hall) { h.client.away = true }, "office_away", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHall(t, 1)
			owned(t, h)
			h.stop()
			c.spoil(h)
			h.restart()
			p := h.checks(func(p KeyCheckPage) bool { return found(p, c.want) })
			if p.Main != c.main || p.ChangePIN != c.pin || found(p, "good_alone") {
				t.Errorf("got %+v", p)
			}
			h.do(ChangePIN{}, Go{})
			see(h, func(p KeyCheckPage) bool { return found(p, c.want) })
			h.end()
		})
	}
}

// TestKeyCheckRepairs: a certificate that is missing is told of before login; after it one touch and the PIN write it again.
func TestKeyCheckRepairs(t *testing.T) {
	t.Parallel()
	h := openHall(t, 1)
	h.account()
	entered := owned(t, h)
	h.stop()
	h.on(func(k ukey.Token) {
		must(t, k.Login(t.Context(), ukey.Customer, []byte(heldKeyPIN)))
		must(t, k.Delete(t.Context(), ukey.KindCertificate, []byte("first")))
	})
	h.restart()
	p := h.checks(func(p KeyCheckPage) bool { return found(p, "uncertified") })
	if _, ok := p.Main.(CompareKey); !ok {
		t.Fatalf("got %+v", p)
	}
	h.do(Go{})
	h.form(FormLogIn, "login", "13800001234", "password", "secret123")
	see(h, func(p KeyCheckPage) bool { _, ok := p.Main.(RepairKey); return ok && found(p, "missing") })
	h.do(Go{})
	h.form(FormAskPIN, "held_pin", "00000000")
	h.problem("held_pin", ra.CodePINWrong)
	h.form(FormAskPIN, "held_pin", heldKeyPIN)
	see(h, func(p KeyCheckPage) bool { return p.Repaired && found(p, "good") && p.Main == nil })
	h.on(func(k ukey.Token) {
		all, err := k.Certificates(t.Context())
		if err != nil || !slices.ContainsFunc(all, func(o ukey.Object) bool { return slices.Equal(o.Value, entered.DER) }) {
			t.Errorf("on the key: %v, %v", all, err)
		}
	})
	h.end()
}

// TestKeyCheckCompares: what the register says of the certificate that the key has.
func TestKeyCheckCompares(t *testing.T) {
	t.Parallel()
	for state, want := range map[ra.CertificateState]string{
		ra.CertificateActive: "good", ra.CertificateSuspended: "suspended", ra.CertificateRevoked: "over", ra.CertificateSuperseded: "over",
		ra.CertificateIssued: "unconfirmed", "": "other_certificate",
	} {
		t.Run(want+" "+string(state), func(t *testing.T) {
			t.Parallel()
			h := openHall(t, 1)
			h.account()
			entered := owned(t, h)
			entered.State = state
			if state == "" {
				entered.DER = []byte("another")
			}
			h.checks(func(p KeyCheckPage) bool { return p.Main != nil })
			h.do(Go{})
			h.form(FormLogIn, "login", "13800001234", "password", "secret123")
			p := see(h, func(p KeyCheckPage) bool { return found(p, want) })
			if _, repairs := p.Main.(RepairKey); repairs != (state == ra.CertificateIssued) {
				t.Errorf("got %+v", p)
			}
			h.end()
		})
	}
}

// TestKeyCheckOfAnother: to somebody else's organisation the register tells nothing.
func TestKeyCheckOfAnother(t *testing.T) {
	t.Parallel()
	h := openHall(t, 1)
	h.account()
	owned(t, h)
	h.client.set(func() { h.client.refuse["KeyRecord"] = ra.E(ra.CodeNotFound) })
	h.checks(func(p KeyCheckPage) bool { return p.Main != nil })
	h.do(Go{})
	h.form(FormLogIn, "login", "13800001234", "password", "secret123")
	see(h, func(p KeyCheckPage) bool { return found(p, "not_shown") && p.Main == nil && !found(p, "good") })
	h.end()
}

// toChangePIN goes to the form of a new PIN.
func (h *hall) toChangePIN() {
	h.t.Helper()
	h.checks(func(p KeyCheckPage) bool { return p.ChangePIN })
	h.do(ChangePIN{})
}

// opensBy tells which PIN opens the hall's key.
func (h *hall) opensBy(pin string) {
	h.t.Helper()
	h.on(func(k ukey.Token) {
		if err := k.Login(h.t.Context(), ukey.Customer, []byte(pin)); err != nil {
			h.t.Errorf("%s does not open it: %v", pin, err)
		}
	})
}

const otherPIN = "Zt5+wp8n"

// TestChangePIN: attempts are shown, the old one is asked by the key alone, and the office hears that it begins and what came of it.
func TestChangePIN(t *testing.T) {
	t.Parallel()
	h := openHall(t, 1)
	owned(t, h)
	h.toChangePIN()
	p := see(h, func(p FormPage) bool { return p.ID == FormChangePIN })
	if !slices.ContainsFunc(p.Facts, func(r Row) bool { return r.ID == "pin_left" && r.Key != "" }) {
		t.Errorf("facts %+v, want the attempts left", p.Facts)
	}
	h.do(Type{"held_pin", heldKeyPIN}, Type{"pin", heldKeyPIN}, Leave{"pin"})
	h.problem("pin", ra.CodePINSame)
	h.form(FormChangePIN, "held_pin", "00000000", "pin", otherPIN, "pin_again", otherPIN)
	h.problem("held_pin", ra.CodePINWrong)
	h.form(FormChangePIN, "held_pin", heldKeyPIN, "pin", otherPIN, "pin_again", otherPIN)
	see(h, func(p NoticePage) bool { return p.ID == "pin_changed" })
	h.do(Go{})
	see(h, func(p KeyCheckPage) bool { return p.ChangePIN })
	h.opensBy(otherPIN)
	want := []ra.PINOutcome{ra.PINBegun, ra.PINKept, ra.PINBegun, ra.PINChanged}
	if got := h.client.outcomes(); !slices.Equal(got, want) {
		t.Errorf("the office heard %v, want %v", got, want)
	}
	h.end()
}

// TestChangePINPulled: a key that is pulled in the middle is asked which PIN it has when it is back, and then has the new one.
func TestChangePINPulled(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]ukeytest.When{"before it heard": ukeytest.Before, "after it did it": ukeytest.After} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHall(t, 1)
			owned(t, h)
			h.toChangePIN()
			h.keys.StrikeAt("SetPIN", 1, when, func() error {
				h.hub.Pull(t, 0)
				return ukey.ErrRemoved
			})
			h.form(FormChangePIN, "held_pin", heldKeyPIN, "pin", otherPIN, "pin_again", otherPIN)
			see(h, func(p FormPage) bool { return isFault(p.Fault, ra.CodePINUnsure) && !p.Ready })
			h.hub.Plug(t, 0)
			see(h, func(p NoticePage) bool { return p.ID == "pin_changed" })
			h.opensBy(otherPIN)
			want := []ra.PINOutcome{ra.PINBegun, ra.PINUnsure, ra.PINBegun, ra.PINChanged}
			if got := h.client.outcomes(); !slices.Equal(got, want) {
				t.Errorf("the office heard %v, want %v", got, want)
			}
			h.end()
		})
	}
}

// TestChangePINRefused: a key that was reported lost a moment ago, or an office that cannot say so, keeps the PIN that it has.
func TestChangePINRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(c *fakeClient)
		want  ra.Code
	}{
		"lost":   {func(c *fakeClient) { c.refuse["PINChange"] = ra.E(ra.CodeKeyLost) }, ra.CodeKeyLost},
		"broken": {func(c *fakeClient) { c.refuse["PINChange"] = ra.E(ra.CodeInternal) }, ra.CodeInternal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHall(t, 1)
			owned(t, h)
			h.toChangePIN()
			see(h, func(p FormPage) bool { return p.ID == FormChangePIN })
			h.client.set(func() { c.spoil(h.client) })
			h.form(FormChangePIN, "held_pin", heldKeyPIN, "pin", otherPIN, "pin_again", otherPIN)
			see(h, func(p FormPage) bool { return isFault(p.Fault, c.want) })
			h.opensBy(heldKeyPIN)
			h.end()
		})
	}
}

// TestChangePINForgets: who goes away leaves nothing typed.
func TestChangePINForgets(t *testing.T) {
	t.Parallel()
	h := openHall(t, 1)
	owned(t, h)
	h.toChangePIN()
	see(h, func(p FormPage) bool { return p.ID == FormChangePIN })
	h.do(Type{"held_pin", heldKeyPIN})
	h.hub.Pull(t, 0)
	see(h, func(p FormPage) bool { return isFault(p.Fault, ra.CodeKeyPulled) })
	h.hub.Plug(t, 0)
	see(h, func(p FormPage) bool { return p.ID == FormChangePIN && p.Fault == nil })
	h.clock.add(time.Hour)
	see[HomePage](h, nil)
	h.end()
}
