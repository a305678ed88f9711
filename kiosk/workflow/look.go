package workflow

import (
	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/device/usb"
	"keyhall/kiosk/keys"
)

// watch has the step in hand see the keys, if it wants to, by looks that begin from now on.
func (w *Workflow) watch() {
	if w.unwatch != nil {
		w.unwatch()
	}
	w.seen, w.unwatch = nil, func() {}
	if _, ok := w.at.(watching); ok {
		w.seen, w.unwatch = w.cfg.Watcher.Subscribe(keys.Person{Session: w.visit.session, Membership: w.visit.member.ID})
	}
}

// models are those of the order's project, or all of the hall's when an order is not at hand.
func (w *Workflow) models() []ra.Project {
	if o := w.visit.order; o != nil {
		return []ra.Project{w.projectOf(*o)}
	}
	return w.projects
}

// modelOf recognises a key by what it says of itself.
func modelOf(projects []ra.Project, i ukey.Info) (ra.UKeyModel, bool) {
	for _, p := range projects {
		if m, ok := p.ModelOf(ra.KeyIdentity(i.Identity())); ok {
			return m, true
		}
	}
	return ra.UKeyModel{}, false
}

// noDriver tells of a UKey that is on the USB and that no driver sees.
func noDriver(d usb.Device) *Fault {
	return &Fault{Code: ra.CodeKeyNoDriver, Args: map[string]string{"model": called(d), "port": d.Port}}
}

// called is what is printed on a UKey, as far as the USB tells.
func called(d usb.Device) string { return d.Maker + " " + d.Name }

// wrongKey tells that another key than the expected one is plugged in.
func wrongKey(expected, found ukey.Identity) *Fault {
	e, f := keys.Apart(expected, found)
	return &Fault{Code: ra.CodeKeyWrong, Args: map[string]string{"expected": e, "found": f}}
}
