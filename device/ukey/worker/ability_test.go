package worker

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"keyhall/device/ukey"
)

// ableSession is of a key with a pad (the right PINs are typed) that imports pairs and wants its device key before it is set up.
type ableSession struct{ *scriptedSession }

func (s ableSession) LoginOnPad(role ukey.Role) error {
	pin := customerPIN
	if role == ukey.Administrator {
		pin = adminPIN
	}
	return s.Login(role, []byte(pin))
}

func (s ableSession) SetPINOnPad() error  { return s.SetPIN([]byte(customerPIN), []byte("24682468")) }
func (s ableSession) InitPINOnPad() error { return s.InitPIN([]byte(adminPIN), []byte(customerPIN)) }

func (s ableSession) DeviceChallenge() (ukey.DeviceChallenge, error) {
	return ukey.DeviceChallenge{Value: []byte{1, 2}, Algorithm: "xor-5a"}, nil
}

func (s ableSession) AuthenticateDevice(answer []byte) error {
	if !bytes.Equal(answer, []byte{0x5b, 0x58}) {
		return ukey.ErrDeviceKey
	}
	return nil
}

// ImportKey takes an envelope that is a SubjectPublicKeyInfo behind the id of the pair that opens it.
func (s ableSession) ImportKey(with []byte, asked ukey.Pair, envelope []byte) (spki []byte, err error) {
	err = s.change("import", ukey.Customer, func(k *scriptedKey) error {
		inside, opens := bytes.CutPrefix(envelope, with)
		switch {
		case k.value(ukey.KindPublicKey, with) == nil:
			return ukey.ErrNotFound
		case !opens:
			return ukey.ErrEnvelope
		}
		spki = inside
		k.Objects = append(k.Objects, ukey.Object{Kind: ukey.KindPublicKey, ID: asked.ID, Label: asked.Label, Usage: asked.Usage, Value: spki})
		return nil
	})
	return spki, err
}

// ableToken is what a token of a worker can do, whatever its key can.
type ableToken interface {
	ukey.Token
	ukey.PINPad
	ukey.DeviceAuthenticator
	ukey.KeyImporter
}

func TestAbilitiesCrossTheWire(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "able")
	token := loggedIn(t, rack.reader(t, nil), rack.identity("able")).(ableToken)
	ctx := t.Context()
	challenge, err := token.DeviceChallenge(ctx)
	if err != nil || !bytes.Equal(challenge.Value, []byte{1, 2}) || challenge.Algorithm != "xor-5a" {
		t.Errorf("challenge: got %+v, %v", challenge, err)
	}
	if err := token.AuthenticateDevice(ctx, []byte{1}); !errors.Is(err, ukey.ErrDeviceKey) {
		t.Errorf("wrong device key: got %v", err)
	}
	if err := token.AuthenticateDevice(ctx, []byte{0x5b, 0x58}); err != nil {
		t.Errorf("device key: %v", err)
	}
	spki, err := token.GenerateKey(ctx, ukey.Pair{ID: []byte("sign"), Label: "l", Algorithm: ukey.ECP256})
	if err != nil {
		t.Fatal(err)
	}
	p := ukey.Pair{ID: []byte("encrypt"), Label: "l", Algorithm: ukey.ECP256, Usage: ukey.UsageEncrypt}
	if _, err := token.ImportKey(ctx, []byte("sign"), p, []byte("garbage")); !errors.Is(err, ukey.ErrEnvelope) {
		t.Errorf("import of garbage: got %v, want ErrEnvelope", err)
	}
	got, err := token.ImportKey(ctx, []byte("sign"), p, append([]byte("sign"), spki...))
	if err != nil || !bytes.Equal(got, spki) {
		t.Errorf("import: %v, or another public key", err)
	}
	objects, err := token.Objects(ctx)
	if err != nil || len(objects) != 3 || objects[2].Usage != ukey.UsageEncrypt {
		t.Errorf("got %+v, %v, want three objects, the last to encrypt", objects, err)
	}
	for _, err := range []error{
		token.LoginOnPad(ctx, ukey.Administrator), token.InitPINOnPad(ctx), token.LoginOnPad(ctx, ukey.Customer), token.SetPINOnPad(ctx),
	} {
		if err != nil {
			t.Errorf("pad: %v", err)
		}
	}
}

func TestKeyThatLacksAnAbilitySaysSo(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	token := loggedIn(t, rack.reader(t, nil), rack.identity("1")).(ableToken)
	for name, call := range map[string]func(context.Context) error{
		"LoginOnPad":         func(ctx context.Context) error { return token.LoginOnPad(ctx, ukey.Customer) },
		"SetPINOnPad":        token.SetPINOnPad,
		"InitPINOnPad":       token.InitPINOnPad,
		"DeviceChallenge":    func(ctx context.Context) error { _, err := token.DeviceChallenge(ctx); return err },
		"AuthenticateDevice": func(ctx context.Context) error { return token.AuthenticateDevice(ctx, []byte{1}) },
		"ImportKey":          func(ctx context.Context) error { _, err := token.ImportKey(ctx, testID, ukey.Pair{}, nil); return err },
	} {
		if err := call(t.Context()); !errors.Is(err, ukey.ErrUnsupported) {
			t.Errorf("%s: got %v, want ErrUnsupported", name, err)
		}
	}
}

func TestAttemptsLeftAreTold(t *testing.T) {
	t.Parallel()
	rack := newRack(t, "1")
	r := rack.reader(t, nil)
	token := loggedIn(t, r, rack.identity("1"))
	for _, want := range []int{2, 1, 0} {
		var refused *ukey.PINError
		err := token.Login(t.Context(), ukey.Customer, []byte("00000000"))
		if !errors.As(err, &refused) || refused.Left != want {
			t.Errorf("got %v, want %d attempts left", err, want)
		}
		if info, err := token.Info(t.Context()); err != nil || info.UserLeft != want || info.AdminLeft != scriptedTries {
			t.Errorf("got %+v, %v, want %d attempts left", info, err, want)
		}
	}
}
