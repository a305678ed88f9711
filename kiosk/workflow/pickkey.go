package workflow

import (
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/keys"
)

// PickKey says which of several keys that are plugged in is meant.
type PickKey struct{ Key ra.KeyIdentity }

func (PickKey) action() {}

// meant is the one of these keys that is meant: that which was touched, here or where the visit was before, else the only one. A person
// compares the serial number with the one printed on their key, and what follows either changes nothing or wants that key's PIN. So
// nobody chooses a blank key: its number is in no hand yet, no PIN stands between a wrong touch and a certificate on it, and it has to be
// the only one. Nor are keys chosen that say the same of themselves.
func (v *visit) meant(all []keys.Seen) (k keys.Seen, one bool) {
	if i := slices.IndexFunc(all, func(k keys.Seen) bool { return k.Info.Identity() == v.picked && !k.Twin }); i >= 0 {
		return all[i], true
	}
	if len(all) != 1 {
		return k, false
	}
	return all[0], true
}

// mean keeps to the key that is meant while it is there, whatever is plugged in beside it. One that is gone is no longer meant.
func (v *visit) mean(all []keys.Seen) {
	k, _ := v.meant(all)
	v.picked = k.Info.Identity()
}

// pick takes a touch; false for a key that is not there, or that nobody can tell from another.
func (v *visit) pick(a PickKey, all []keys.Seen) bool {
	i := slices.IndexFunc(all, func(k keys.Seen) bool { return k.Info.Identity() == ukey.Identity(a.Key) })
	if i < 0 || all[i].Twin {
		return false
	}
	v.picked = all[i].Info.Identity()
	return true
}

// toChoose says that one of several keys is to be chosen; of twins alone nobody can.
func toChoose(all []keys.Seen) *Fault {
	if slices.ContainsFunc(all, func(k keys.Seen) bool { return !k.Twin }) {
		return &Fault{Code: ra.CodeKeyChoose}
	}
	return &Fault{Code: ra.CodeKeyTwin}
}

// choice are the cards of keys to choose from, none where there is no choice.
func (v *visit) choice(all []keys.Seen) (cards []KeyCard) {
	if len(all) < 2 {
		return nil
	}
	for _, k := range all {
		c := KeyCard{Key: ra.KeyIdentity(k.Info.Identity()), Serial: k.Info.Serial, Model: nameOf(k), Looking: k.Held || k.Condition == keys.Unknown,
			Blank: k.Condition == keys.Blank, Waits: k.Waits(), Offered: !k.Twin, Picked: !k.Twin && k.Info.Identity() == v.picked}
		if k.Twin {
			c.Fault = &Fault{Code: ra.CodeKeyTwin}
		}
		cards = append(cards, c)
	}
	return cards
}

// several says that more than one key would do: that one is to be chosen, or where nobody may choose, to be left alone.
func several(offered []keys.Seen) *Fault {
	if len(offered) > 1 {
		return &Fault{Code: ra.CodeKeyChoose}
	}
	return &Fault{Code: ra.CodeKeySeveral}
}

// choosable are the usable keys that a person may choose from: none while a blank one is among them.
func (s *keyStep) choosable(w *Workflow) []keys.Seen {
	all := s.usable(w)
	for _, k := range all {
		if !k.Waits() && (w.visit.order == nil || ra.PlanFor(w.visit.order.Kind, w.visit.order.Reason).Blank()) {
			return nil
		}
	}
	return all
}

// one is the key to go on with.
func (s *keyStep) one(w *Workflow) (k keys.Seen, ok bool) {
	if all := s.usable(w); len(all) == 1 {
		return all[0], true
	}
	return w.visit.meant(s.choosable(w))
}
