package keys

import (
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/usb"
)

// Seen is a key that is plugged in.
type Seen struct {
	Info      ukey.Info
	Missing   bool // the last look did not see it: it counts as pulled when the next one does not either
	Twin      bool // two that say the same of themselves are there
	Uncertain bool // nobody knows whether it is the one that was meant: it has a twin, or had one until one of the two was pulled

	Held      bool         // it is written to: nothing is found out about it meanwhile
	Model     ra.UKeyModel // of the hall's projects, ID "" for a key of none
	Condition Condition
	Unread    error         // why it is Unreadable
	Objects   []ukey.Object // what shows on it without a PIN
	Own       ra.Write      // the interrupted write of it that this kiosk has, ID "" for none

	Status   ra.KeyStatus // as the back office told it last; of what it told to another person only what it tells everybody
	Answered bool         // it was told to who subscribed
	Away     error        // why the back office did not answer when it was asked last
}

// Waits tells whether an interrupted write of the key is to go on. One that never got a ticket, and that the back office has not
// heard of, never began.
func (k Seen) Waits() bool { return k.Status.Waiting || k.Own.Ticket != "" }

// Spent tells that the administrator's PIN opens the key no more: it is locked, or has one attempt left, which nobody makes. What
// takes the holder's PIN alone goes on.
func (k Seen) Spent() bool {
	return k.Info.AdminPIN == ukey.PINLocked || k.Info.AdminPIN == ukey.PINFinal
}

// Looking tells that a key is written to, or not known well enough yet to say what can be done with it.
func (k Seen) Looking() bool {
	return k.Fault() == nil && (k.Held || k.Condition == Unknown || !k.Answered)
}

// Fault tells why nothing can be done with a key, nil while nothing speaks against it: what the key shows first, then that the
// back office is away and has told nothing yet. Errors: *ra.Error, or a key's.
func (k Seen) Fault() error {
	switch {
	case k.Twin:
		return ukey.ErrTwin
	case k.Model.ID != "" && k.Info.Serial == "":
		return ra.E(ra.CodeKeyNoSerial)
	case k.Model.ID == "":
		return ra.E(ra.CodeKeyUnknownModel, "model", k.Info.Model)
	case k.Status.Lost:
		return ra.E(ra.CodeKeyLost)
	case k.Condition == Unreadable:
		return k.Unread
	case !k.Answered:
		return k.Away
	}
	return nil
}

// Snapshot is what the Watcher knows after a look. It belongs to everybody and is never changed.
type Snapshot struct {
	Keys     []Seen
	NoDriver []usb.Device // UKeys on the USB that no driver has seen for a while
	Trouble  error        // why the last look failed; the keys are those of the one before. The next look that succeeds ends it
	Looked   bool         // it comes after a look; else only more was found out about the keys of the last one
}

// Infos is what the keys say of themselves, those too that the last look missed.
func (s Snapshot) Infos() []ukey.Info {
	var infos []ukey.Info
	for _, k := range s.Keys {
		infos = append(infos, k.Info)
	}
	return infos
}

// Find finds a key.
func (s Snapshot) Find(key ukey.Identity) (Seen, bool) {
	i := slices.IndexFunc(s.Keys, func(k Seen) bool { return k.Info.Identity() == key })
	if i < 0 {
		return Seen{}, false
	}
	return s.Keys[i], true
}

// Pulled tells whether a key is no longer there.
func (s Snapshot) Pulled(key ukey.Identity) bool {
	_, there := s.Find(key)
	return !there
}

// next is what is there after a look. Keys that it misses go when the look before missed them too, unless this one came
// too soon after that to tell more.
func next(before []Seen, infos []ukey.Info, ticked bool) []Seen {
	var now []Seen
	for _, i := range infos {
		twin := Several(infos, i.Identity())
		now = append(now, Seen{Info: i, Twin: twin, Uncertain: twin || i.Twin})
	}
	for at, k := range before {
		key := k.Info.Identity()
		gone := Plugged(infos, key) || k.Missing && ticked
		if gone || slices.ContainsFunc(now, func(n Seen) bool { return n.Info.Identity() == key }) {
			continue
		}
		k.Missing, k.Twin = true, false // of two that went at once one is remembered
		now = slices.Insert(now, min(at, len(now)), k)
	}
	return now
}

// without leaves a key out.
func without(all []Seen, key ukey.Identity) []Seen {
	return slices.DeleteFunc(slices.Clone(all), func(k Seen) bool { return k.Info.Identity() == key })
}
