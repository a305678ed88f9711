package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"keyhall/device/ukey"
)

var (
	_ ukey.Token               = (*token)(nil)
	_ ukey.PINPad              = (*token)(nil)
	_ ukey.DeviceAuthenticator = (*token)(nil)
	_ ukey.KeyImporter         = (*token)(nil)
	_ ukey.Relabeller          = (*token)(nil)
)

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
	answer, err := t.p.call(ctx, q, t.r.cfg.Deadlines.of(t.key.Model, q.Method))
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

// die gives the worker up; a call that nobody waited for ends first.
func (t *token) die(err error) {
	t.dead = err
	if t.p.idle() {
		t.p.kill()
	} else {
		t.r.release(t.p, t.key)
	}
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
func (t *token) Initialize(ctx context.Context, setup ukey.Setup) error {
	q := request{Method: "initialize", Label: setup.Label, PIN: setup.AdminPIN, NewPIN: setup.CustomerPIN,
		Tries: [2]int{setup.AdminTries, setup.CustomerTries}}
	if _, err := t.call(ctx, q, nil); err != nil {
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

// do is a call that answers nothing.
func (t *token) do(ctx context.Context, q request) error {
	_, err := t.call(ctx, q, nil)
	return err
}

func (t *token) Login(ctx context.Context, role ukey.Role, pin []byte) error {
	return t.do(ctx, request{Method: "login", Role: role, PIN: pin})
}

func (t *token) Logout(ctx context.Context) error { return t.do(ctx, request{Method: "logout"}) }

func (t *token) SetPIN(ctx context.Context, old, pin []byte) error {
	return t.do(ctx, request{Method: "setpin", PIN: old, NewPIN: pin})
}

func (t *token) InitPIN(ctx context.Context, adminPIN, pin []byte) error {
	return t.do(ctx, request{Method: "initpin", PIN: adminPIN, NewPIN: pin})
}

func (t *token) LoginOnPad(ctx context.Context, role ukey.Role) error {
	return t.do(ctx, request{Method: "pad-login", Role: role})
}

func (t *token) SetPINOnPad(ctx context.Context) error {
	return t.do(ctx, request{Method: "pad-setpin"})
}

func (t *token) InitPINOnPad(ctx context.Context) error {
	return t.do(ctx, request{Method: "pad-initpin"})
}

func (t *token) DeviceChallenge(ctx context.Context) (ukey.DeviceChallenge, error) {
	answer, err := t.call(ctx, request{Method: "challenge"}, nil)
	return answer.Device, err
}

func (t *token) AuthenticateDevice(ctx context.Context, answer []byte) error {
	return t.do(ctx, request{Method: "authenticate", PIN: answer})
}

func (t *token) GenerateKey(ctx context.Context, pair ukey.Pair) ([]byte, error) {
	answer, err := t.call(ctx, request{Method: "generate"}.ofPair(pair), sees(ukey.KindPublicKey, pair.ID))
	return answer.Value, err
}

func (t *token) ImportKey(ctx context.Context, with []byte, pair ukey.Pair, envelope []byte) ([]byte, error) {
	q := request{Method: "import", With: with, Value: envelope}.ofPair(pair)
	answer, err := t.call(ctx, q, sees(ukey.KindPublicKey, pair.ID))
	return answer.Value, err
}

func sees(kind ukey.Kind, id []byte) seen {
	return func(objects []ukey.Object) bool {
		return slices.ContainsFunc(objects, func(o ukey.Object) bool { return o.Kind == kind && bytes.Equal(o.ID, id) })
	}
}

func (t *token) PublicKey(ctx context.Context, id []byte) ([]byte, error) {
	answer, err := t.call(ctx, request{Method: "public", ID: id}, nil)
	return answer.Value, err
}

func (t *token) Sign(ctx context.Context, id []byte, way ukey.Signature, digest []byte) ([]byte, error) {
	answer, err := t.call(ctx, request{Method: "sign", ID: id, Way: string(way), Value: digest}, nil)
	return answer.Value, err
}

func (t *token) Decrypt(ctx context.Context, id []byte, way ukey.Decryption, ciphertext []byte) ([]byte, error) {
	answer, err := t.call(ctx, request{Method: "decrypt", ID: id, Way: string(way), Value: ciphertext}, nil)
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

func (t *token) Relabel(ctx context.Context, kind ukey.Kind, id []byte, label string) error {
	q := request{Method: "relabel", Kind: kind, ID: id, Label: label}
	_, err := t.call(ctx, q, func(objects []ukey.Object) bool {
		return !slices.ContainsFunc(objects, func(o ukey.Object) bool {
			return o.Kind == kind && bytes.Equal(o.ID, id) && o.Label != label
		})
	})
	return err
}

func (t *token) Delete(ctx context.Context, kind ukey.Kind, id []byte) error {
	q := request{Method: "delete", Kind: kind, ID: id}
	_, err := t.call(ctx, q, func(objects []ukey.Object) bool { return !sees(kind, id)(objects) })
	return err
}

// Close lets go of the key; the worker is kept for the next one. It does not wait for a call that nobody waits for.
func (t *token) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dead == nil {
		t.dead = fmt.Errorf("closed: %w", ukey.ErrRemoved)
		t.r.release(t.p, t.key)
	}
	return nil
}
