package write

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// Showing is a key of which its holder wants to show that it is there.
type Showing struct {
	Key     ukey.Identity
	PIN     []byte // the holder's; it stays the caller's. A key with a pad has it typed there
	Last    bool   // make the last attempt at it, too: the person was told, and wants it
	Purpose ra.KeyPurpose
	KioskID string
	// Ask gets what is signed; certificates are those on the key, as ra.KeyAsked names them.
	Ask func(ctx context.Context, certificates [][]byte) (ra.KeyChallenge, error)
}

// String keeps the PIN out of logs.
func (s Showing) String() string { return "showing of " + s.Key.String() }

// GoString keeps it out of %#v.
func (s Showing) GoString() string { return s.String() }

// Show has a key that is plugged in sign, once its PIN opened it: for one purpose, at one kiosk, and nothing that is of use for anything
// else. No attempt at a PIN is made that the person did not ask for. Errors are those of Ask or the key's: CodeKeyNone, CodeKeyWrong,
// CodePINWrong (args: left, where the key tells), CodePINLast, CodePINLocked; CodeKeyDiffers where the certificate's pair is gone.
func (x *Executor) Show(ctx context.Context, s Showing) (ra.KeyAnswer, error) {
	r := &run{Executor: x, job: &Job{Write: ra.Write{Key: ra.KeyIdentity(s.Key)}, last: s.Last}, pin: s.PIN}
	defer r.end()
	if err := r.open(ctx); err != nil {
		return ra.KeyAnswer{}, err
	}
	var err error
	if r.info, err = r.token.Info(ctx); err != nil {
		return ra.KeyAnswer{}, err
	}
	if !r.info.Initialized || !r.info.UserPINSet {
		return ra.KeyAnswer{}, ra.E(ra.CodeKeyNoCertificate)
	}
	if err := r.logIn(ctx); err != nil {
		return ra.KeyAnswer{}, err
	}
	objects, err := r.token.Objects(ctx)
	if err != nil {
		return ra.KeyAnswer{}, err
	}
	return r.answer(ctx, s, objects)
}

// answer asks for what is signed and signs it with the pair of the certificate that the back office chose.
func (r *run) answer(ctx context.Context, s Showing, objects []ukey.Object) (ra.KeyAnswer, error) {
	none := ra.KeyAnswer{}
	var sums [][]byte
	for _, o := range objects {
		if sum := named(s.Purpose, o); sum != nil {
			sums = append(sums, sum)
		}
	}
	if len(sums) == 0 {
		return none, ra.E(ra.CodeKeyNoCertificate)
	}
	asked, err := s.Ask(ctx, sums)
	if err != nil {
		return none, err
	}
	i := slices.IndexFunc(objects, func(o ukey.Object) bool {
		sum := named(s.Purpose, o)
		return sum != nil && bytes.Equal(sum, asked.Certificate)
	})
	if i < 0 || len(asked.Nonce) != ra.KeyNonceBytes {
		return none, ra.E(ra.CodeOfficeError).Because(errors.New("a nonce of another length, or for a certificate that is not on the key"))
	}
	leaf, err := x509.ParseCertificate(objects[i].Value)
	if err != nil {
		return none, ra.E(ra.CodeOfficeError).Because(err)
	}
	pair := pairOf(objects[i].Value, objects)
	has, err := r.hasPair(ctx, pair)
	if err == nil && !has {
		err = ra.E(ra.CodeKeyDiffers, "serial", s.Key.Serial)
	}
	if err != nil {
		return none, err
	}
	signature, err := r.sign(ctx, pair, leaf, ra.LoginMessage(s.Purpose, s.KioskID, asked.Nonce))
	return ra.KeyAnswer{Nonce: asked.Nonce, Signature: signature}, err
}

// named is what the back office knows a certificate by, nil for what is none: by itself, or by its public key where that is what is bound.
func named(p ra.KeyPurpose, o ukey.Object) []byte {
	if o.Kind != ukey.KindCertificate || o.Value == nil {
		return nil
	}
	content := o.Value
	if p == ra.KeyPurposeStaff {
		c, err := x509.ParseCertificate(o.Value)
		if err != nil {
			return nil
		}
		if content, err = x509.MarshalPKIXPublicKey(c.PublicKey); err != nil {
			return nil
		}
	}
	sum := sha256.Sum256(content)
	return sum[:]
}

// Show is the Executor's. Nobody writes to the key, or looks at it, meanwhile: CodeKeyBusy.
func (s *Jobs) Show(ctx context.Context, x Showing) (ra.KeyAnswer, error) {
	p, err := s.take(ctx, x.Key, false)
	if err != nil {
		return ra.KeyAnswer{}, err
	}
	release := s.watcher.Hold(x.Key)
	answer, err := s.writer.Show(ctx, x)
	if errors.Is(err, ukey.ErrRemoved) {
		s.watcher.Removed(x.Key)
	}
	release()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.giveUp(x.Key, p)
	return answer, err
}
