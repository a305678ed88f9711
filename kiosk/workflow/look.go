package workflow

import (
	"context"
	"errors"
	"slices"

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
		w.seen, w.unwatch = w.cfg.Watcher.Subscribe()
	}
}

// keyLook is what is known of one key.
type keyLook struct {
	model  ra.UKeyModel
	blank  bool
	status ra.KeyStatus // as the back office tells it to who is here
	own    ra.Write     // the interrupted write that this kiosk has of it, ID "" for none
	fault  *Fault       // why it cannot be used
	again  bool         // the fault may pass: the key is looked at again while it stays plugged in
}

// lookAtAll looks at the keys that are plugged in, at each once unless its trouble may pass. Those that have to be looked at
// again, because the key or the back office was gone, are left out; of those that the watcher just missed nothing new is learnt.
func (w *Workflow) lookAtAll(ctx context.Context, session string, models []ra.Project, seen keys.Snapshot, known map[ukey.Identity]keyLook) map[ukey.Identity]keyLook {
	looks := map[ukey.Identity]keyLook{}
	for _, k := range seen.Keys {
		i, key := k.Info, k.Info.Identity()
		l, ok := known[key]
		switch {
		case k.Twin:
			model, _ := modelOf(models, i)
			looks[key] = keyLook{model: model, fault: &Fault{Code: ra.CodeKeyTwin}, again: true}
		case ok && (k.Missing || !l.again && !k.Uncertain): // what is known of one of two is not known of the one that is left
			looks[key] = l
		case k.Missing:
		default:
			if l, err := w.lookAt(ctx, session, models, i); err == nil {
				looks[key] = l
			}
		}
	}
	return looks
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

// lookAt finds out what a key is. An error means that it has to be looked at again: the key or the back office was gone.
func (w *Workflow) lookAt(ctx context.Context, session string, models []ra.Project, i ukey.Info) (keyLook, error) {
	model, ok := modelOf(models, i)
	if !ok || i.Serial == "" {
		return keyLook{fault: &Fault{Code: ra.CodeKeyUnknownModel, Args: map[string]string{"model": i.Model}}, again: true}, nil // the catalogue may come yet
	}
	l := keyLook{model: model}
	if err := w.lookUp(ctx, session, i, &l); err != nil {
		return l, err
	}
	if !l.waits() && (i.AdminPIN == ukey.PINLocked || i.AdminPIN == ukey.PINFinal) { // what waits gives its unit back when it goes on
		l.fault = &Fault{Code: ra.CodeKeyAdminPIN, Args: map[string]string{"serial": i.Serial}}
		return l, nil
	}
	if l.status.Lost {
		l.fault = &Fault{Code: ra.CodeKeyLost}
		return l, nil
	}
	if !i.Initialized {
		l.blank = true
		return l, nil
	}
	token, err := w.cfg.Keys.Open(ctx, i.Identity())
	if err != nil {
		return l, unlessRemoved(&l, err)
	}
	defer token.Close()
	if l.blank, _, err = token.Blank(ctx); err != nil {
		return l, unlessRemoved(&l, err)
	}
	return l, nil
}

// lookUp finds out what waits for a key, here and at the back office.
func (w *Workflow) lookUp(ctx context.Context, session string, i ukey.Info, l *keyLook) (err error) {
	if l.status, err = w.cfg.Office.KeyStatus(ctx, session, ra.KeyIdentity(i.Identity())); err != nil {
		return err
	}
	open, err := w.cfg.Journal.OpenWrites(ctx)
	if at := slices.IndexFunc(open, func(o ra.Write) bool { return o.Key == ra.KeyIdentity(i.Identity()) }); at >= 0 {
		l.own = open[at]
	}
	return err
}

// unlessRemoved makes any trouble with a key but its going away a fault of the key.
func unlessRemoved(l *keyLook, err error) error {
	if errors.Is(err, ukey.ErrRemoved) || gone(err) {
		return err
	}
	l.fault, l.again = FaultOf(err), true
	return nil
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
