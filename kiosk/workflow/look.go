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
