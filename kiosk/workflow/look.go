package workflow

import (
	"context"
	"errors"
	"strings"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// keyLook is what is known of one key.
type keyLook struct {
	model ra.UKeyModel
	blank bool
	op    *ra.Operation // unfinished, of this key
	fault *Fault        // why it cannot be used
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
		for _, m := range p.Models {
			if strings.HasPrefix(i.Manufacturer, m.Manufacturer) && strings.HasPrefix(i.Model, m.Model) {
				return m, true
			}
		}
	}
	return ra.UKeyModel{}, false
}

// lookAt finds out what a key is. An error means that it has to be looked at again: the key or the back office was gone.
func (w *Workflow) lookAt(ctx context.Context, models []ra.Project, i ukey.Info) (keyLook, error) {
	model, ok := modelOf(models, i)
	if !ok || i.Serial == "" {
		return keyLook{fault: &Fault{Code: ra.CodeKeyUnknownModel, Args: map[string]string{"model": i.Model}}}, nil
	}
	l := keyLook{model: model}
	if i.AdminPIN == ukey.PINLocked || i.AdminPIN == ukey.PINFinal {
		l.fault = &Fault{Code: ra.CodeKeyAdminPIN, Args: map[string]string{"serial": i.Serial}}
		return l, nil
	}
	op, there, err := w.cfg.Office.OperationForKey(ctx, model.ID, i.Serial)
	if err != nil {
		return l, err
	}
	if there {
		l.op = &op
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

// unlessRemoved makes any trouble with a key but its going away a fault of the key.
func unlessRemoved(l *keyLook, err error) error {
	if errors.Is(err, ukey.ErrRemoved) || gone(err) {
		return err
	}
	l.fault = FaultOf(err)
	return nil
}

// wrongKey tells that another key than the expected one is plugged in.
func wrongKey(expected, found ukey.Identity) *Fault {
	e, f := apart(expected, found)
	return &Fault{Code: ra.CodeKeyWrong, Args: map[string]string{"expected": e, "found": f}}
}

// apart names two keys so that a person can tell them apart: by their serials, which are printed on them, where that does it.
func apart(a, b ukey.Identity) (string, string) {
	if a.Serial != b.Serial {
		return a.Serial, b.Serial
	}
	return a.String(), b.String()
}
