package worker

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"

	"keyhall/device/ukey"
)

var _ ukey.Token = (*token)(nil)

// token is an open key. Once it was pulled, its twin was seen or its worker died it stays dead: the caller opens the key
// again and looks.
type token struct {
	r *Reader

	mu        sync.Mutex
	p         *process
	key       ukey.Identity
	sightings int // of twins, when it was opened
	dead      error
}

// seen is what a fresh look has to show for a write to count.
type seen func(objects []ukey.Object) bool

// call asks the worker, and then makes sure that the key was there all along: some drivers serve a pulled key from
// memory. With a check, a fresh look must also show what was written.
func (t *token) call(ctx context.Context, q request, check seen) (response, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dead == nil && t.twinSeen() {
		t.die(errTwin(t.key))
	}
	if t.dead != nil {
		return response{}, t.dead
	}
	bounded, cancel := t.r.cfg.bound(ctx, q.Method)
	defer cancel()
	answer, err := t.p.call(bounded, q)
	if broken(err) {
		t.dead = fmt.Errorf("%w during %s", ukey.ErrWorker, q.Method)
		t.r.report(q.Method, err)
	}
	if gone := t.confirm(ctx, err, check); gone != nil {
		err = gone
	}
	if errors.Is(err, ukey.ErrTwin) {
		t.r.twins.saw(t.key)
	} else if t.twinSeen() {
		err = errTwin(t.key)
	}
	if errors.Is(err, ukey.ErrRemoved) || errors.Is(err, ukey.ErrTwin) {
		t.die(err)
	}
	return answer, err
}

// twinSeen tells whether any look of the reader saw a second key of this identity since this one was opened.
func (t *token) twinSeen() bool { return t.r.twins.sightings(t.key) != t.sightings }

func (t *token) die(err error) {
	t.dead = err
	t.p.kill()
}

// confirm looks for the key with other eyes where the driver's own cannot be trusted.
func (t *token) confirm(ctx context.Context, outcome error, check seen) error {
	if !t.r.cfg.LookAgain || t.key.Serial == "" || errors.Is(outcome, ukey.ErrTimeout) || ctx.Err() != nil {
		return nil
	}
	objects, err := t.r.look(ctx, t.key)
	if err != nil {
		return err
	}
	if outcome == nil && check != nil && !check(objects) {
		return fmt.Errorf("key %s does not hold what was written: %w", t.key, ukey.ErrRemoved)
	}
	return nil
}

func (t *token) Info(ctx context.Context) (ukey.Info, error) {
	answer, err := t.call(ctx, request{Method: "info"}, nil)
	if err != nil || len(answer.Infos) == 0 {
		return ukey.Info{}, err
	}
	return answer.Infos[0], nil
}

func (t *token) Blank(ctx context.Context) (bool, []ukey.Object, error) {
	objects, err := t.Objects(ctx)
	return err == nil && len(objects) == 0, objects, err
}

// Initialize also learns the identity: a software key gets its serial only now.
func (t *token) Initialize(ctx context.Context, label string, adminPIN []byte) error {
	if _, err := t.call(ctx, request{Method: "initialize", Label: label, PIN: adminPIN}, nil); err != nil {
		return err
	}
	info, err := t.Info(ctx)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.key = info.Identity()
	t.sightings = t.r.twins.sightings(t.key)
	return nil
}

func (t *token) Login(ctx context.Context, role ukey.Role, pin []byte) error {
	_, err := t.call(ctx, request{Method: "login", Role: role, PIN: pin}, nil)
	return err
}

func (t *token) Logout(ctx context.Context) error {
	_, err := t.call(ctx, request{Method: "logout"}, nil)
	return err
}

func (t *token) SetPIN(ctx context.Context, old, pin []byte) error {
	_, err := t.call(ctx, request{Method: "setpin", PIN: old, NewPIN: pin}, nil)
	return err
}

func (t *token) InitPIN(ctx context.Context, pin []byte) error {
	_, err := t.call(ctx, request{Method: "initpin", NewPIN: pin}, nil)
	return err
}

func (t *token) GenerateKey(ctx context.Context, id []byte, label string, alg ukey.Algorithm) (crypto.PublicKey, error) {
	q := request{Method: "generate", ID: id, Label: label, Algorithm: alg}
	answer, err := t.call(ctx, q, func(objects []ukey.Object) bool {
		return slices.ContainsFunc(objects, func(o ukey.Object) bool {
			return o.Kind == ukey.KindPublicKey && bytes.Equal(o.ID, id)
		})
	})
	if err != nil {
		return nil, err
	}
	return x509.ParsePKIXPublicKey(answer.Value)
}

func (t *token) PublicKey(ctx context.Context, id []byte) (crypto.PublicKey, error) {
	answer, err := t.call(ctx, request{Method: "public", ID: id}, nil)
	if err != nil {
		return nil, err
	}
	return x509.ParsePKIXPublicKey(answer.Value)
}

func (t *token) Sign(ctx context.Context, id, digest []byte, hash crypto.Hash) ([]byte, error) {
	answer, err := t.call(ctx, request{Method: "sign", ID: id, Value: digest, Hash: hash}, nil)
	return answer.Value, err
}

func (t *token) WriteCertificate(ctx context.Context, id []byte, label string, der []byte) error {
	q := request{Method: "write", ID: id, Label: label, Value: der}
	_, err := t.call(ctx, q, func(objects []ukey.Object) bool {
		return slices.ContainsFunc(objects, func(o ukey.Object) bool {
			return o.Kind == ukey.KindCertificate && bytes.Equal(o.ID, id) && bytes.Equal(o.Value, der)
		})
	})
	return err
}

func (t *token) Certificates(ctx context.Context) ([]ukey.Object, error) {
	objects, err := t.Objects(ctx)
	return slices.DeleteFunc(objects, func(o ukey.Object) bool { return o.Kind != ukey.KindCertificate }), err
}

func (t *token) Objects(ctx context.Context) ([]ukey.Object, error) {
	answer, err := t.call(ctx, request{Method: "objects"}, nil)
	return answer.Objects, err
}

func (t *token) Delete(ctx context.Context, kind ukey.Kind, id []byte) error {
	q := request{Method: "delete", Kind: kind, ID: id}
	_, err := t.call(ctx, q, func(objects []ukey.Object) bool {
		return !slices.ContainsFunc(objects, func(o ukey.Object) bool {
			return o.Kind == kind && bytes.Equal(o.ID, id)
		})
	})
	return err
}

// Close lets the worker log out and waits for its end.
func (t *token) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dead == nil {
		t.dead = fmt.Errorf("closed: %w", ukey.ErrRemoved)
	}
	t.p.stop(t.r.cfg.Deadlines.Call)
	return nil
}
