package worker

import (
	"fmt"

	"keyhall/device/ukey"
)

// methods are the calls to an open key.
var methods = map[string]func(s Session, q request) (response, error){
	"info": func(s Session, _ request) (response, error) {
		info, err := s.Info()
		return response{Infos: []ukey.Info{info}}, err
	},
	"objects": func(s Session, _ request) (response, error) {
		objects, err := s.Objects()
		return response{Objects: objects}, err
	},
	"initialize": func(s Session, q request) (response, error) { return response{}, s.Initialize(q.setup()) },
	"login":      func(s Session, q request) (response, error) { return response{}, s.Login(q.Role, q.PIN) },
	"logout":     func(s Session, _ request) (response, error) { s.Logout(); return response{}, nil },
	"setpin":     func(s Session, q request) (response, error) { return response{}, s.SetPIN(q.PIN, q.NewPIN) },
	"initpin":    func(s Session, q request) (response, error) { return response{}, s.InitPIN(q.PIN, q.NewPIN) },
	"generate": func(s Session, q request) (response, error) {
		spki, err := s.GenerateKey(q.pair())
		return response{Value: spki}, err
	},
	"public": func(s Session, q request) (response, error) {
		spki, err := s.PublicKey(q.ID)
		return response{Value: spki}, err
	},
	"sign": func(s Session, q request) (response, error) {
		signature, err := s.Sign(q.ID, ukey.Signature(q.Way), q.Value)
		return response{Value: signature}, err
	},
	"decrypt": func(s Session, q request) (response, error) {
		plain, err := s.Decrypt(q.ID, ukey.Decryption(q.Way), q.Value)
		return response{Value: plain}, err
	},
	"write": func(s Session, q request) (response, error) {
		return response{}, s.WriteCertificate(q.ID, q.Label, q.Value)
	},
	"delete": func(s Session, q request) (response, error) { return response{}, s.Delete(q.Kind, q.ID) },

	"pad-login":   able(func(s PINPad, q request) (response, error) { return response{}, s.LoginOnPad(q.Role) }),
	"pad-setpin":  able(func(s PINPad, _ request) (response, error) { return response{}, s.SetPINOnPad() }),
	"pad-initpin": able(func(s PINPad, _ request) (response, error) { return response{}, s.InitPINOnPad() }),
	"challenge": able(func(s DeviceAuthenticator, _ request) (response, error) {
		challenge, err := s.DeviceChallenge()
		return response{Device: challenge}, err
	}),
	"authenticate": able(func(s DeviceAuthenticator, q request) (response, error) {
		return response{}, s.AuthenticateDevice(q.PIN)
	}),
	"relabel": able(func(s Relabeller, q request) (response, error) { return response{}, s.Relabel(q.Kind, q.ID, q.Label) }),
	"import": able(func(s KeyImporter, q request) (response, error) {
		spki, err := s.ImportKey(q.With, q.pair(), q.Value)
		return response{Value: spki}, err
	}),
}

// able is a call that only some sessions can do.
func able[S any](call func(s S, q request) (response, error)) func(s Session, q request) (response, error) {
	return func(s Session, q request) (response, error) {
		able, can := s.(S)
		if !can {
			return response{}, fmt.Errorf("%s: %w", q.Method, ukey.ErrUnsupported)
		}
		return call(able, q)
	}
}

// beforeInitialize are the calls to a key that was never initialised.
var beforeInitialize = []string{"info", "initialize", "challenge", "authenticate"}
