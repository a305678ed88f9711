package workflow

import (
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/keys"
)

// TestKeyFitsThePlan: a blank key is asked for where the plan makes one, the key that the order is about where it does not, and the
// administrator's PIN where the plan needs it.
func TestKeyFitsThePlan(t *testing.T) {
	t.Parallel()
	theirs := ukey.Info{Manufacturer: "M", Model: "K", Serial: "1"}
	spent := theirs
	spent.AdminPIN = ukey.PINLocked
	other := theirs
	other.Serial = "2"
	for name, c := range map[string]struct {
		kind      ra.Kind
		reason    ra.ServiceReason
		info      ukey.Info
		condition keys.Condition
		want      ra.Code
	}{
		"new, blank":               {ra.KindNew, "", theirs, keys.Blank, ""},
		"new, in use":              {ra.KindNew, "", theirs, keys.Ours, ra.CodeKeyNotBlank},
		"new, spent":               {ra.KindNew, "", spent, keys.Blank, ra.CodeKeyAdminPIN},
		"reissue, blank":           {ra.KindReissue, ra.ReasonDamaged, other, keys.Blank, ""},
		"reissue, the damaged one": {ra.KindReissue, ra.ReasonDamaged, theirs, keys.Ours, ra.CodeKeyNotBlank},
		"extend":                   {ra.KindExtend, "", theirs, keys.Ours, ""},
		"extend, spent":            {ra.KindExtend, "", spent, keys.Ours, ""},
		"extend, another":          {ra.KindExtend, "", other, keys.Ours, ra.CodeKeyWrong},
		"extend, a blank one":      {ra.KindExtend, "", other, keys.Blank, ra.CodeKeyWrong},
		"change, spent":            {ra.KindChange, ra.ReasonName, spent, keys.Ours, ""},
		"unlock":                   {ra.KindUnlock, "", theirs, keys.Ours, ""},
		"unlock, spent":            {ra.KindUnlock, "", spent, keys.Ours, ra.CodeKeyAdminPIN},
	} {
		model := ra.UKeyModel{ID: "m", Manufacturer: "M"}
		order := ra.Order{ID: "o", ProjectID: "p", Kind: c.kind, Reason: c.reason, Units: []ra.Unit{
			{State: ra.UnitDone, Target: &ra.UnitTarget{CertificateID: "over", Key: ra.KeyIdentity(other.Identity())}},
			{State: ra.UnitWaiting, Target: &ra.UnitTarget{CertificateID: "c", Key: ra.KeyIdentity(theirs.Identity())}},
		}}
		w := &Workflow{visit: newVisit(nil), projects: []ra.Project{{ID: "p", Models: []ra.UKeyModel{model}}}}
		w.visit.order = &order
		k := keys.Seen{Info: c.info, Model: model, Condition: c.condition, Answered: true}
		got := (&keyStep{}).wrong(w, k)
		if c.want == "" && got != nil || c.want != "" && !isFault(got, c.want) {
			t.Errorf("%s: got %+v, want %q", name, got, c.want)
		}
		if c.want == ra.CodeKeyWrong && (got.Args["expected"] != "1" || got.Args["found"] != "2") {
			t.Errorf("%s: got %v, want the key that waits and the one that is there", name, got.Args)
		}
		k.Model = ra.UKeyModel{ID: "of another project"}
		if got := (&keyStep{}).wrong(w, k); !isFault(got, ra.CodeKeyUnknownModel) {
			t.Errorf("%s: a model of another project: got %+v", name, got)
		}
	}
}

// TestKeyOfAnOrderIsTaken with the certificate that the order is about.
func TestKeyOfAnOrderIsTaken(t *testing.T) {
	t.Parallel()
	key := ra.KeyIdentity{Manufacturer: "M", Model: "K", Serial: "1"}
	order := ra.Order{ID: "o", Kind: ra.KindExtend, Units: []ra.Unit{{State: ra.UnitWaiting, Target: &ra.UnitTarget{CertificateID: "c", Key: key}}}}
	k := keys.Seen{Info: ukey.Info{Manufacturer: "M", Model: "K", Serial: "1"}}
	if got := targetOn(waitingFor(order), k); got == nil || got.CertificateID != "c" {
		t.Errorf("got %+v, want the certificate", got)
	}
	order.Kind, order.Reason = ra.KindReissue, ra.ReasonLost
	if got := targetOn(waitingFor(order), k); got != nil {
		t.Errorf("got %+v, want a blank key's work to name none", got)
	}
}

// TestKeyThatTheLastLookMissed may have been pulled just now: nobody is told to go on with it, nor kept from the one beside it.
func TestKeyThatTheLastLookMissed(t *testing.T) {
	t.Parallel()
	model := ra.UKeyModel{ID: "m", Manufacturer: "M"}
	order := ra.Order{ID: "o", ProjectID: "p", Kind: ra.KindNew, Units: []ra.Unit{{State: ra.UnitWaiting}}}
	w := &Workflow{visit: newVisit(nil), projects: []ra.Project{{ID: "p", Models: []ra.UKeyModel{model}}}}
	w.visit.order = &order
	blank := func(serial string, missing bool) keys.Seen {
		return keys.Seen{Info: ukey.Info{Manufacturer: "M", Model: "K", Serial: serial}, Model: model, Condition: keys.Blank, Answered: true, Missing: missing}
	}
	s := &keyStep{}
	s.saw(w, keys.Snapshot{Keys: []keys.Seen{blank("1", true)}})
	if p := s.page(w).(KeyPage); p.Ready || !p.Keys[0].Looking || p.Fault != nil {
		t.Errorf("a key that was missed: got %+v, want one that is looked for", p)
	}
	s.saw(w, keys.Snapshot{Keys: []keys.Seen{blank("1", true), blank("2", false)}})
	if p := s.page(w).(KeyPage); !p.Ready || p.Fault != nil {
		t.Errorf("one missed, one there: got %+v, want the one that is there", p)
	}
	if got := s.usable(w); len(got) != 1 || got[0].Info.Serial != "2" {
		t.Errorf("got %+v, want key 2", got)
	}
}
