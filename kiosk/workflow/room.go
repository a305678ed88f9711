package workflow

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
	"keyhall/kiosk/write"
)

// room is what may go from a full key. Nothing is chosen by itself: files that a pair reads are nobody's to guess.
type room struct {
	serial  string
	objects []ukey.Object
	chosen  []string
	fault   *Fault
}

// makeRoom asks the key what is on it beside what the write needs. Where there is nothing the key stays full.
func (s *writingStep) makeRoom(w *Workflow) {
	v := w.visit
	if s.asksAnew(w) {
		return
	}
	key, pin := v.job, slices.Clone(v.pin)
	w.work("key", func(ctx context.Context) func() {
		objects, err := w.cfg.Jobs.Removable(ctx, key, pin)
		clear(pin)
		return func() {
			if err != nil && !gone(err) {
				w.cfg.Log.Warn("key not looked at for room", "key", key, "error", err)
			}
			if len(objects) > 0 {
				s.room = &room{serial: key.Serial, objects: objects}
			}
			if s.room != nil && s.fault.Code != ra.CodeKeyFull {
				s.room.fault = s.fault
			}
		}
	})
}

func (r *room) page() RoomPage {
	p := RoomPage{Serial: r.serial, Ready: len(r.chosen) > 0, Fault: r.fault}
	for _, o := range r.objects {
		id := hex.EncodeToString(o.ID)
		at := slices.IndexFunc(p.Items, func(i RoomItem) bool { return i.ID == id })
		if at < 0 {
			at = len(p.Items)
			p.Items = append(p.Items, RoomItem{ID: id, Subject: o.Label, Chosen: slices.Contains(r.chosen, id)})
		}
		if o.Kind != ukey.KindCertificate {
			continue
		}
		if leaf, err := x509.ParseCertificate(o.Value); err == nil {
			p.Items[at].Subject, p.Items[at].Until = leaf.Subject.CommonName, ra.HallDay(leaf.NotAfter)
		}
	}
	return p
}

func (s *writingStep) actRoom(w *Workflow, a Action) {
	r := s.room
	switch a := a.(type) {
	case PickTarget:
		if at := slices.Index(r.chosen, a.ID); at >= 0 {
			r.chosen = slices.Delete(r.chosen, at, at+1)
		} else if slices.ContainsFunc(r.objects, func(o ukey.Object) bool { return hex.EncodeToString(o.ID) == a.ID }) {
			r.chosen = append(r.chosen, a.ID)
		}
	case OtherKey:
		w.reopen(w.keyStage())
	case Go:
		if len(r.chosen) > 0 {
			s.choose(w)
		}
	}
}

// choose stores what may go, and writes on.
func (s *writingStep) choose(w *Workflow) {
	var remove []ra.KeyObject
	for _, o := range s.room.objects {
		if slices.Contains(s.room.chosen, hex.EncodeToString(o.ID)) {
			remove = append(remove, write.NameOf(o))
		}
	}
	key := w.visit.job
	w.work("key", func(ctx context.Context) func() {
		err := w.cfg.Jobs.Choose(ctx, key, remove)
		return func() {
			if err != nil {
				s.room.fault = FaultOf(err)
				return
			}
			s.room = nil
			s.start(w)
		}
	})
}
