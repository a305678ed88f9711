package workflow

import (
	"slices"
	"testing"
	"time"

	"keyhall/backoffice/ra"
	"keyhall/backoffice/servicetest"
	"keyhall/device/ukey"
	"keyhall/device/ukey/ukeytest"
	"keyhall/kiosk/keys"
	"keyhall/kiosk/write/writetest"
)

// identity is that of the hall's i-th key.
func (h *hall) identity(i int) ra.KeyIdentity { return ra.KeyIdentity(h.hub.Identity(i)) }

// offers tells whether keys are shown to choose from, and the chosen one's serial; "" for none.
func offers(cards []KeyCard) (picked string, all bool) {
	for _, c := range cards {
		if !c.Offered {
			return "", false
		}
		if c.Picked {
			picked = c.Serial
		}
	}
	return picked, len(cards) > 1
}

// TestKeyCheckChooses: of several keys the one that is touched is looked at, and stays it while others come and go; its PIN is changed and
// no other's.
func TestKeyCheckChooses(t *testing.T) {
	t.Parallel()
	h := openHall(t, 3)
	owned(t, h)
	h.hub.Plug(t, 1)
	see[HomePage](h, nil)
	h.do(CheckKey{})
	see(h, func(p KeyCheckPage) bool {
		picked, all := offers(p.Keys)
		return isFault(p.Fault, ra.CodeKeyChoose) && all && picked == "" && !p.Plugged && p.Main == nil
	})
	h.do(Go{}, ChangePIN{}, PickKey{ra.KeyIdentity{Serial: "nobody's"}}, PickKey{h.identity(1)})
	see(h, func(p KeyCheckPage) bool { return found(p, "blank") && !p.ChangePIN })
	h.do(PickKey{h.identity(0)})
	see(h, func(p KeyCheckPage) bool {
		picked, _ := offers(p.Keys)
		return found(p, "good_alone") && p.Fault == nil && picked == h.hub.Serial(0) && p.ChangePIN
	})
	h.hub.Plug(t, 2)
	see(h, func(p KeyCheckPage) bool { return len(p.Keys) == 3 && found(p, "good_alone") })
	h.do(ChangePIN{})
	h.form(FormChangePIN, "held_pin", heldKeyPIN, "pin", otherPIN, "pin_again", otherPIN)
	see(h, func(p NoticePage) bool { return p.ID == "pin_changed" })
	h.do(Go{})
	see(h, func(p KeyCheckPage) bool { return found(p, "good_alone") && len(p.Keys) == 3 })
	h.hub.Pull(t, 0)
	see(h, func(p KeyCheckPage) bool { return isFault(p.Fault, ra.CodeKeyChoose) && len(p.Keys) == 2 && !p.Plugged })
	h.hub.Pull(t, 2)
	see(h, func(p KeyCheckPage) bool { return found(p, "blank") && len(p.Keys) == 0 })
	h.hub.Plug(t, 0)
	h.opensBy(otherPIN)
	h.end()
}

// TestTwinsAreNotChosen: nobody can say which of the two is meant.
func TestTwinsAreNotChosen(t *testing.T) {
	t.Parallel()
	h, module := openFaultyHall(t)
	owned(t, h)
	h.checks(func(p KeyCheckPage) bool { return found(p, "good_alone") })
	module.PlugTwin(t, 0)
	see(h, func(p KeyCheckPage) bool {
		return isFault(p.Fault, ra.CodeKeyTwin) && len(p.Keys) == 2 && !p.Keys[0].Offered && !p.Keys[1].Offered && !p.Plugged
	})
	h.do(PickKey{h.identity(0)}, ChangePIN{})
	see(h, func(p KeyCheckPage) bool { return isFault(p.Fault, ra.CodeKeyTwin) && !p.Plugged })
	h.end()
}

// TestKeyLogInChooses: where two keys could log in, their holder says which, and what was typed for one is never tried on another.
func TestKeyLogInChooses(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 2)
	member, _ := d.holdsKey(t, h)
	h.hub.Pull(t, 0)
	see(h, func(p HomePage) bool { return !p.Plugged })
	order, code := d.Approved(t, member, 1)
	h.makesKey(1, member.Login, servicetest.Password, order.ID, code)
	h.hub.Plug(t, 0)
	h.do(SeeOrders{})
	see(h, func(p FormPage) bool { return slices.Contains(p.Secondary, Named(LogInByKey{})) })
	h.do(LogInByKey{})
	see(h, func(p FormPage) bool {
		_, all := offers(p.Keys)
		return p.ID == FormKeyLogIn && isFault(p.Fault, ra.CodeKeyChoose) && all && !p.Ready
	})
	h.do(PickKey{h.identity(1)}, Type{"key_pin", keyPIN})
	see(h, func(p FormPage) bool { return p.Ready && p.Fault == nil })
	h.do(PickKey{h.identity(0)})
	see(h, func(p NoticePage) bool { return p.ID == "key_away" })
	h.do(Go{})
	see(h, func(p FormPage) bool { return p.ID == FormKeyLogIn && !p.Ready && p.Fault == nil })
	h.form(FormKeyLogIn, "key_pin", keyPIN)
	see[WorkPage](h, nil)
	if f := h.now(); f.Customer != "UKey "+h.hub.Serial(0) {
		t.Errorf("%q is logged in, want the chosen key", f.Customer)
	}
	h.end()
	d.Sound(t)
}

// TestWriteChooses: of two keys that an order is about the one is written to that is touched; the other comes next without a choice.
func TestWriteChooses(t *testing.T) {
	t.Parallel()
	h, d := realHall(t, 2)
	member, first := d.holdsKey(t, h)
	h.hub.Pull(t, 0)
	see(h, func(p HomePage) bool { return !p.Plugged })
	made, code := d.Approved(t, member, 1)
	h.makesKey(1, member.Login, servicetest.Password, made.ID, code)
	second := d.OrderOf(t, member, made.ID).Units[0].CertificateID
	d.Clock.Advance(d.CertificateEnd(t, first).Sub(d.Clock.Now()) - 40*24*time.Hour)
	order := d.Passed(t, member, d.On(t, ra.KindExtend, ra.ReasonNone, first, second))
	h.hub.Plug(t, 0)
	h.do(SeeOrders{})
	h.form(FormLogIn, "login", member.Login, "password", servicetest.Password)
	see(h, func(p OrdersPage) bool { return len(p.Orders) == 3 })
	h.do(OpenOrder{order.ID})
	see(h, func(p KeyPage) bool {
		_, all := offers(p.Keys)
		return all && isFault(p.Fault, ra.CodeKeyChoose) && !p.Ready
	})
	h.do(Go{}, PickKey{h.identity(1)})
	see(h, func(p KeyPage) bool {
		picked, _ := offers(p.Keys)
		return p.Ready && p.Fault == nil && picked == h.hub.Serial(1)
	})
	h.do(Go{})
	see(h, func(p FormPage) bool { return p.ID == FormConsent && p.Facts[1].Value == h.hub.Serial(1) })
	h.form(FormConsent, "held_pin", keyPIN)
	see(h, func(p DonePage) bool { return p.Remaining == 1 })
	h.hub.Pull(t, 1)
	see(h, func(p KeyPage) bool {
		return p.Ready && p.Fault == nil && slices.Equal(p.Wanted, []string{h.hub.Serial(0)})
	})
	h.do(Go{})
	h.form(FormConsent, "held_pin", keyPIN)
	see(h, func(p DonePage) bool { return p.Remaining == 0 })
	h.end()
	d.Sound(t)
}

// TestSaysOfAPINAgree: what stands among a checked key's facts and among its findings is one thing, whatever the key says.
func TestSaysOfAPINAgree(t *testing.T) {
	t.Parallel()
	for state, word := range pinStates {
		info := ukey.Info{Initialized: true, UserPINSet: true, UserPIN: state, UserLeft: -1, Serial: "1"}
		c := keys.Compare(keys.Seen{Info: info, Answered: true, Status: ra.KeyStatus{Known: true}}, time.Now())
		var told []string
		for _, f := range c.Findings() {
			if slices.Contains([]string{"pin_low", "pin_final", "pin_locked", "pin_to_change"}, f.ID) {
				told = append(told, f.ID)
			}
		}
		var want []string
		if slices.Contains(keys.FindingIDs(), "pin_"+word) {
			want = []string{"pin_" + word}
		}
		if row := pinLeft(info); row.Key != "pin_state."+word || !slices.Equal(told, want) {
			t.Errorf("%s: fact %s, findings %v, want %v", state, row.Key, told, want)
		}
	}
}

// padHall has a key of ours on which PINs are typed, by somebody who types this.
func padHall(t *testing.T, typed string) (*hall, *ukeytest.FaultModule) {
	t.Helper()
	h, module := openFaultyHall(t)
	owned(t, h)
	module.Set(t, ukeytest.FaultPINPad, typed)
	h.checks(func(p KeyCheckPage) bool { return p.ChangePIN && found(p, "good_alone") })
	h.do(ChangePIN{})
	see(h, func(p FormPage) bool { return p.ID == FormChangePad && len(p.Fields) == 0 && p.Ready })
	return h, module
}

// TestChangePINOnPad: nothing is typed on the screen, and the office hears what came of it.
func TestChangePINOnPad(t *testing.T) {
	t.Parallel()
	h, module := padHall(t, heldKeyPIN)
	h.keys.StrikeAt("SetPINOnPad", 1, ukeytest.Before, func() error {
		see(h, func(p BusyPage) bool { return p.ID == "pin_pad" })
		return nil
	})
	h.do(Go{})
	see(h, func(p NoticePage) bool { return p.ID == "pin_changed" })
	module.Clear(t, ukeytest.FaultPINPad)
	if got, want := h.client.outcomes(), []ra.PINOutcome{ra.PINBegun, ra.PINChanged}; !slices.Equal(got, want) {
		t.Errorf("the office heard %v, want %v", got, want)
	}
	h.end()
}

// TestChangePINOnPadFails: a wrong PIN, nobody who types, and a key that is pulled are each told, and can be tried again.
func TestChangePINOnPadFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		typed string
		spoil func(h *hall)
		want  ra.Code
		heard ra.PINOutcome
	}{
		"wrong":    {"00000000", func(*hall) {}, ra.CodePINWrong, ra.PINKept},
		"nobody":   {"", func(*hall) {}, ra.CodeKeyUnconfirmed, ra.PINKept},
		"lost now": {heldKeyPIN, func(h *hall) { h.client.set(func() { h.client.refuse["PINChange"] = ra.E(ra.CodeKeyLost) }) }, ra.CodeKeyLost, ""},
		"pulled": {heldKeyPIN, func(h *hall) {
			h.keys.StrikeAt("SetPINOnPad", 1, ukeytest.After, func() error {
				h.hub.Pull(h.t, 0)
				return ukey.ErrRemoved
			})
		}, ra.CodePINUnsurePad, ra.PINUnsure},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, module := padHall(t, c.typed)
			c.spoil(h)
			h.do(Go{})
			see(h, func(p FormPage) bool { return p.ID == FormChangePad && isFault(p.Fault, c.want) })
			if heard := h.client.outcomes(); c.heard != "" && (len(heard) != 2 || heard[1] != c.heard) {
				t.Errorf("the office heard %v, want %v at the end", heard, c.heard)
			}
			if c.want == ra.CodePINUnsurePad {
				h.hub.Plug(t, 0)
			}
			module.Set(t, ukeytest.FaultPINPad, heldKeyPIN)
			see(h, func(p FormPage) bool { return p.Ready })
			h.do(Go{})
			see(h, func(p NoticePage) bool { return p.ID == "pin_changed" })
			h.end()
		})
	}
}

// TestKeyWithAPadLogsIn: nothing is typed on the screen; a wrong PIN and nobody who types are told.
func TestKeyWithAPadLogsIn(t *testing.T) {
	t.Parallel()
	office := servicetest.New(t)
	softKeys(t, office)
	d := &direct{Hall: office, kiosk: office.Kiosk}
	module := ukeytest.NewFaultModule(t, 1)
	module.Pull(t, 0)
	h := openHallAt(t, module.Hub, writetest.Reader(t, module.Path, module.Env()), d, office.Kiosk)
	member, _ := d.holdsKey(t, h)
	h.hub.Pull(t, 0)
	see(h, func(p HomePage) bool { return !p.Plugged })
	module.Set(t, ukeytest.FaultPINPad, "00000000")
	h.hub.Plug(t, 0)
	h.toKeyPIN()
	see(h, func(p FormPage) bool {
		return len(p.Fields) == 0 && p.Ready && slices.ContainsFunc(p.Facts, func(r Row) bool { return r.Key == "hint.key_pin_pad" })
	})
	h.do(Go{})
	see(h, func(p FormPage) bool { return isFault(p.Fault, ra.CodePINWrong) })
	module.Set(t, ukeytest.FaultPINPad, "")
	h.do(Go{})
	see(h, func(p FormPage) bool { return isFault(p.Fault, ra.CodeKeyUnconfirmed) })
	module.Set(t, ukeytest.FaultPINPad, keyPIN)
	h.do(Go{})
	see(h, func(p WorkPage) bool { return p.Member.ID == member.ID })
	h.end()
	d.Sound(t)
}
