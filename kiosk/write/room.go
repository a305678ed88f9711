package write

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// Choose stores what the person chose to have erased to make room; Run erases it, and nothing else. What the write replaces is kept
// whatever was chosen: CodeInvalid (field "remove"), from Run.
func (x *Executor) Choose(ctx context.Context, j *Job, remove []ra.KeyObject) error {
	j.Write.Remove = remove
	return x.cfg.Journal.SaveWrite(ctx, j.Write)
}

// Removable lists what may be erased from the job's key to make room: the pairs and certificates that the write neither made nor replaces.
// pin is the holder's, which was right before. Errors as Run has them.
func (x *Executor) Removable(ctx context.Context, j *Job, pin []byte) ([]ukey.Object, error) {
	r := &run{Executor: x, job: j, pin: pin}
	defer r.end()
	var err error
	if r.id, err = operationKeyID(j.Write.ID); err != nil {
		return nil, err
	}
	if err := r.identify(ctx); err != nil {
		return nil, err
	}
	if err := r.askPIN(ctx); err != nil {
		return nil, err
	}
	objects, err := r.token.Objects(ctx)
	return slices.DeleteFunc(objects, func(o ukey.Object) bool {
		return o.Kind == ukey.KindData || o.Kind == ukey.KindOther || r.kept(o)
	}), err
}

// Removable is the Executor's, for a job in hand that does not run: CodeKeyBusy, CodeNotFound.
func (s *Jobs) Removable(ctx context.Context, key ukey.Identity, pin []byte) (objects []ukey.Object, err error) {
	err = s.meanwhile(key, func(j *Job) error {
		defer s.watcher.Hold(key)()
		objects, err = s.writer.Removable(ctx, j, pin)
		return err
	})
	return objects, err
}

// Choose is the Executor's, for a job in hand that does not run: CodeKeyBusy, CodeNotFound.
func (s *Jobs) Choose(ctx context.Context, key ukey.Identity, remove []ra.KeyObject) error {
	return s.meanwhile(key, func(j *Job) error { return s.writer.Choose(ctx, j, remove) })
}

// meanwhile does something with a job that does not run, and lets nobody start it meanwhile.
func (s *Jobs) meanwhile(key ukey.Identity, do func(*Job) error) error {
	s.mu.Lock()
	p := s.places[key]
	switch {
	case p == nil || p.job == nil:
		s.mu.Unlock()
		return ra.E(ra.CodeNotFound)
	case p.progress.Running:
		s.mu.Unlock()
		return busy(key)
	}
	p.progress.Running = true
	s.mu.Unlock()
	err := do(p.job)
	s.mu.Lock()
	defer s.mu.Unlock()
	p.progress.Running = false
	if p.left {
		s.giveUp(key, p)
	}
	return err
}

// room erases what was chosen, where it is still there and still what was chosen: CodeConflict (field "remove") where something else has
// taken its place.
func (r *run) room(ctx context.Context) error {
	chosen := r.job.Write.Remove
	if len(chosen) == 0 {
		return nil
	}
	objects, err := r.token.Objects(ctx)
	if err != nil {
		return err
	}
	for _, o := range objects {
		if !slices.ContainsFunc(chosen, func(c ra.KeyObject) bool { return samePlace(c, NameOf(o)) }) {
			continue
		}
		switch {
		case r.kept(o):
			return ra.E(ra.CodeInvalid).At("remove")
		case !slices.ContainsFunc(chosen, func(c ra.KeyObject) bool { return same(c, NameOf(o)) }):
			return ra.E(ra.CodeConflict).At("remove")
		}
	}
	for _, c := range chosen {
		if err := r.token.Delete(ctx, ukey.Kind(c.Kind), c.ID); err != nil && !errors.Is(err, ukey.ErrNotFound) {
			return err
		}
	}
	return nil
}

// kept tells what is never erased: what this write made, and what the register knows of, with its chain.
func (r *run) kept(o ukey.Object) bool {
	t := r.job.Write.Target
	return r.own(o) || t != nil && (bytes.Equal(o.ID, t.KeyID) || bytes.Equal(o.Value, t.Certificate) && o.Value != nil || chainOf(t.KeyID, o))
}

// chainOf tells the certificates above that of a pair, whose ids start with its.
func chainOf(pair []byte, o ukey.Object) bool {
	return len(pair) > 0 && o.Kind == ukey.KindCertificate && bytes.HasPrefix(o.ID, pair)
}

// samePlace tells whether erasing the one erases the other.
func samePlace(a, b ra.KeyObject) bool { return a.Kind == b.Kind && bytes.Equal(a.ID, b.ID) }

func same(a, b ra.KeyObject) bool {
	return samePlace(a, b) && a.Label == b.Label && bytes.Equal(a.Sum, b.Sum)
}

// relabel lets the pair and the certificate that were replaced look it, so that other programs choose the new ones. A key that
// refuses is noted: both stay of use there, under their old name.
func (r *run) relabel(ctx context.Context) error {
	t := r.job.Write.Target
	if t == nil || t.Label == "" || t.KeyID == nil {
		return nil
	}
	objects, err := r.token.Objects(ctx)
	if err != nil {
		return err
	}
	for _, o := range objects {
		if !bytes.Equal(o.ID, t.KeyID) || o.Label == t.Label {
			continue
		}
		err := ukey.ErrUnsupported
		if x, ok := r.token.(ukey.Relabeller); ok {
			err = x.Relabel(ctx, o.Kind, o.ID, t.Label)
		}
		if refusedLabel(err) {
			r.note("label kept: %s %s: %v", o.Kind, hex.EncodeToString(o.ID), err)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func refusedLabel(err error) bool {
	return errors.Is(err, ukey.ErrUnsupported) || errors.Is(err, ukey.ErrReadOnly) || errors.Is(err, ukey.ErrDevice)
}
