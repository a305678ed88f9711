package ukeytest

import (
	"context"
	"slices"
	"sync"

	"keyhall/device/ukey"
)

// When says on which side of a call a fault strikes.
type When int

// Before: the key is not touched. After: the key has done it, and the caller does not hear of it.
const (
	Before When = iota + 1
	After
)

// Faults is a Reader whose calls, and those of its tokens, fail where a test wants. It is safe for concurrent use.
type Faults struct {
	reader ukey.Reader

	mu     sync.Mutex
	calls  []string
	faults []*fault
}

type fault struct {
	method string
	after  int // calls of the method still to let through
	when   When
	strike func() error
}

// NewFaults wraps a reader.
func NewFaults(reader ukey.Reader) *Faults { return &Faults{reader: reader} }

// FailAt makes the next call of a method (as ukey.Reader and ukey.Token name it) return err. The fault strikes once.
func (f *Faults) FailAt(method string, when When, err error) {
	f.StrikeAt(method, 1, when, func() error { return err })
}

// StrikeAt runs strike at the n-th call of a method from now, counted from 1, and makes the call return its error;
// nil lets the call go on. strike may panic, or pull the key, to die or be pulled at that very moment.
func (f *Faults) StrikeAt(method string, n int, when When, strike func() error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, &fault{method: method, after: n - 1, when: when, strike: strike})
}

// Calls returns the methods called so far, in order.
func (f *Faults) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// begin notes a call and returns the faults for its two sides; a side without one does nothing.
func (f *Faults) begin(method string) (before, after func() error) {
	before, after = nothing, nothing
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, method)
	f.faults = slices.DeleteFunc(f.faults, func(x *fault) bool {
		if x.method != method {
			return false
		}
		if x.after > 0 {
			x.after--
			return false
		}
		if x.when == Before {
			before = x.strike
		} else {
			after = x.strike
		}
		return true
	})
	return before, after
}

func nothing() error { return nil }

// do runs a call between its faults.
func do[T any](f *Faults, method string, call func() (T, error)) (T, error) {
	var zero T
	before, after := f.begin(method)
	if err := before(); err != nil {
		return zero, err
	}
	result, err := call()
	if struck := after(); struck != nil {
		return zero, struck
	}
	return result, err
}

func (f *Faults) do(method string, call func() error) error {
	_, err := do(f, method, func() (struct{}, error) { return struct{}{}, call() })
	return err
}

// List is ukey.Reader's.
func (f *Faults) List(ctx context.Context) ([]ukey.Info, error) {
	return do(f, "List", func() ([]ukey.Info, error) { return f.reader.List(ctx) })
}

// Hidden is ukey.Hiding's, where the reader is one.
func (f *Faults) Hidden() []ukey.Info {
	if h, ok := f.reader.(ukey.Hiding); ok {
		return h.Hidden()
	}
	return nil
}

// Open is ukey.Reader's.
func (f *Faults) Open(ctx context.Context, key ukey.Identity) (ukey.Token, error) {
	return do(f, "Open", func() (ukey.Token, error) {
		t, err := f.reader.Open(ctx, key)
		if err != nil {
			return nil, err
		}
		return &faulty{f: f, t: t}, nil
	})
}

var (
	_ ukey.Reader = (*Faults)(nil)
	_ ukey.Hiding = (*Faults)(nil)
	_ ukey.Token  = (*faulty)(nil)
	_ ukey.PINPad = (*faulty)(nil)
)

type faulty struct {
	f *Faults
	t ukey.Token
}

func (x *faulty) Info(ctx context.Context) (ukey.Info, error) {
	return do(x.f, "Info", func() (ukey.Info, error) { return x.t.Info(ctx) })
}

func (x *faulty) Blank(ctx context.Context) (bool, []ukey.Object, error) {
	var blank bool
	objects, err := do(x.f, "Blank", func() (objects []ukey.Object, err error) {
		blank, objects, err = x.t.Blank(ctx)
		return objects, err
	})
	return blank && err == nil, objects, err
}

func (x *faulty) Initialize(ctx context.Context, setup ukey.Setup) error {
	return x.f.do("Initialize", func() error { return x.t.Initialize(ctx, setup) })
}

func (x *faulty) Login(ctx context.Context, role ukey.Role, pin []byte) error {
	return x.f.do("Login", func() error { return x.t.Login(ctx, role, pin) })
}

func (x *faulty) Logout(ctx context.Context) error {
	return x.f.do("Logout", func() error { return x.t.Logout(ctx) })
}

func (x *faulty) SetPIN(ctx context.Context, old, pin []byte) error {
	return x.f.do("SetPIN", func() error { return x.t.SetPIN(ctx, old, pin) })
}

func (x *faulty) InitPIN(ctx context.Context, adminPIN, pin []byte) error {
	return x.f.do("InitPIN", func() error { return x.t.InitPIN(ctx, adminPIN, pin) })
}

func (x *faulty) GenerateKey(ctx context.Context, pair ukey.Pair) ([]byte, error) {
	return do(x.f, "GenerateKey", func() ([]byte, error) { return x.t.GenerateKey(ctx, pair) })
}

func (x *faulty) PublicKey(ctx context.Context, id []byte) ([]byte, error) {
	return do(x.f, "PublicKey", func() ([]byte, error) { return x.t.PublicKey(ctx, id) })
}

func (x *faulty) Sign(ctx context.Context, id []byte, way ukey.Signature, digest []byte) ([]byte, error) {
	return do(x.f, "Sign", func() ([]byte, error) { return x.t.Sign(ctx, id, way, digest) })
}

func (x *faulty) Decrypt(ctx context.Context, id []byte, way ukey.Decryption, ciphertext []byte) ([]byte, error) {
	return do(x.f, "Decrypt", func() ([]byte, error) { return x.t.Decrypt(ctx, id, way, ciphertext) })
}

func (x *faulty) WriteCertificate(ctx context.Context, id []byte, label string, der []byte) error {
	return x.f.do("WriteCertificate", func() error { return x.t.WriteCertificate(ctx, id, label, der) })
}

func (x *faulty) Certificates(ctx context.Context) ([]ukey.Object, error) {
	return do(x.f, "Certificates", func() ([]ukey.Object, error) { return x.t.Certificates(ctx) })
}

func (x *faulty) Objects(ctx context.Context) ([]ukey.Object, error) {
	return do(x.f, "Objects", func() ([]ukey.Object, error) { return x.t.Objects(ctx) })
}

func (x *faulty) Delete(ctx context.Context, kind ukey.Kind, id []byte) error {
	return x.f.do("Delete", func() error { return x.t.Delete(ctx, kind, id) })
}

// Relabel is ukey.Relabeller's, where the token is one.
func (x *faulty) Relabel(ctx context.Context, kind ukey.Kind, id []byte, label string) error {
	return x.f.do("Relabel", func() error {
		r, ok := x.t.(ukey.Relabeller)
		if !ok {
			return ukey.ErrUnsupported
		}
		return r.Relabel(ctx, kind, id, label)
	})
}

// onPad calls a token that is a ukey.PINPad.
func (x *faulty) onPad(method string, call func(ukey.PINPad) error) error {
	return x.f.do(method, func() error {
		pad, ok := x.t.(ukey.PINPad)
		if !ok {
			return ukey.ErrUnsupported
		}
		return call(pad)
	})
}

func (x *faulty) LoginOnPad(ctx context.Context, role ukey.Role) error {
	return x.onPad("LoginOnPad", func(p ukey.PINPad) error { return p.LoginOnPad(ctx, role) })
}

func (x *faulty) SetPINOnPad(ctx context.Context) error {
	return x.onPad("SetPINOnPad", func(p ukey.PINPad) error { return p.SetPINOnPad(ctx) })
}

func (x *faulty) InitPINOnPad(ctx context.Context) error {
	return x.onPad("InitPINOnPad", func(p ukey.PINPad) error { return p.InitPINOnPad(ctx) })
}

func (x *faulty) Close() error { return x.f.do("Close", x.t.Close) }
