//go:build cgo

package local

import (
	"cmp"
	"context"
	"crypto"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/ThalesGroup/crypto11"
	"github.com/miekg/pkcs11"
)

// Tokens are tokens that several CAs share: one that fails is opened anew for all of them, which takes that nobody else has it open.
type Tokens struct {
	mu   sync.Mutex
	each map[Token]*token
}

// token is a token that is opened when it is wanted, and anew when its sessions or its login are gone, or it was away. The PIN is never
// tried again once it was wrong: the token would be locked.
type token struct {
	Token
	slots chan struct{} // one for each call under way; those that hang keep theirs
	mu    sync.RWMutex  // read: a call is under way; written: it is opened and closed
	open  *crypto11.Context
	users int
	pin   error // what the token said of the PIN
}

// sessions is how many signatures a token makes at once.
const sessions = 4

func (all *Tokens) token(t Token) *token {
	all.mu.Lock()
	defer all.mu.Unlock()
	t.KeyLabel = ""
	if all.each == nil {
		all.each = map[Token]*token{}
	}
	if all.each[t] == nil {
		all.each[t] = &token{Token: t, slots: make(chan struct{}, sessions)}
	}
	all.each[t].users++
	return all.each[t]
}

func (all *Tokens) open(ctx context.Context, t Token, algorithm string, mayCreate bool) (signer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	k := &tokenKey{token: all.token(t), label: cmp.Or(t.KeyLabel, "keyhall-ca")}
	err := k.token.do(time.Minute, func(c *crypto11.Context) error { // an RSA pair takes its time
		found, err := k.find(c)
		if err == nil && found == nil && mayCreate {
			found, err = k.generate(c, algorithm)
		}
		if err == nil && found == nil {
			err = fmt.Errorf("the token has no key pair labelled %q", k.label)
		}
		if err == nil {
			k.public = found.Public()
		}
		return err
	})
	if err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return k, nil
}

// do lets f work with the token, once more with the token opened anew where that failed. It returns at the deadline, whatever hangs.
func (t *token) do(deadline time.Duration, f func(c *crypto11.Context) error) error {
	late := time.NewTimer(deadline)
	defer late.Stop()
	select {
	case t.slots <- struct{}{}:
	case <-late.C:
		return errTokenAway
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-t.slots }()
		done <- t.attempt(f)
	}()
	select {
	case err := <-done:
		return err
	case <-late.C:
		return errTokenAway
	}
}

func (t *token) attempt(f func(c *crypto11.Context) error) error {
	failed, err := t.use(nil, f)
	if err != nil && failed != nil {
		_, err = t.use(failed, f)
	}
	return err
}

// use opens the token, anew if it is still open as bad, and calls f. It returns as what the token was open when that failed.
func (t *token) use(bad *crypto11.Context, f func(c *crypto11.Context) error) (*crypto11.Context, error) {
	if err := t.ready(bad); err != nil {
		return nil, err
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.open == nil {
		return nil, errTokenAway
	}
	return t.open, f(t.open)
}

func (t *token) ready(bad *crypto11.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open != nil && t.open == bad {
		t.close()
	}
	if t.open != nil || t.pin != nil {
		return t.pin
	}
	pin, err := t.readPIN()
	if err != nil {
		return err
	}
	t.open, err = crypto11.Configure(&crypto11.Config{Path: t.Module, TokenLabel: t.Label, Pin: pin, MaxSessions: sessions + 1})
	if err == nil {
		return nil
	}
	t.open, err = nil, fmt.Errorf("token %q of the CA: %w", t.Label, err)
	var said pkcs11.Error
	if errors.As(err, &said) && aboutPIN[said] {
		t.pin = err
	}
	return err
}

// aboutPIN are the answers after which the same PIN is not tried again.
var aboutPIN = map[pkcs11.Error]bool{
	pkcs11.CKR_PIN_INCORRECT: true, pkcs11.CKR_PIN_INVALID: true, pkcs11.CKR_PIN_LEN_RANGE: true, pkcs11.CKR_PIN_EXPIRED: true, pkcs11.CKR_PIN_LOCKED: true,
}

func (t *token) close() {
	// Its sessions are gone, or the program ends: what closing them says helps nobody.
	_ = t.open.Close()
	t.open = nil
}

// tokenKey is a key that never leaves its token.
type tokenKey struct {
	token  *token
	label  string
	public crypto.PublicKey
}

// find looks for the key pair by its label: nil when there is none.
func (k *tokenKey) find(c *crypto11.Context) (crypto.Signer, error) {
	pairs, err := c.FindKeyPairs(nil, []byte(k.label))
	switch {
	case err != nil:
		return nil, fmt.Errorf("look for the CA's key: %w", err)
	case len(pairs) > 1:
		return nil, fmt.Errorf("the token has %d key pairs labelled %q, want one", len(pairs), k.label)
	case len(pairs) == 0:
		return nil, nil
	}
	return pairs[0], nil
}

func (k *tokenKey) generate(c *crypto11.Context, algorithm string) (crypto.Signer, error) {
	public, err := crypto11.NewAttributeSetWithIDAndLabel([]byte(k.label), []byte(k.label))
	if err != nil {
		return nil, err
	}
	private := public.Copy()
	private.AddIfNotPresent([]*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true)})
	var pair crypto.Signer
	if algorithm == RSA3072 {
		private.AddIfNotPresent([]*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_DECRYPT, false)}) // it signs and does nothing else
		pair, err = c.GenerateRSAKeyPairWithAttributes(public, private, 3072)
	} else {
		pair, err = c.GenerateECDSAKeyPairWithAttributes(public, private, elliptic.P256())
	}
	if err != nil {
		return nil, fmt.Errorf("make the CA's key: %w", err)
	}
	return pair, nil
}

// Public implements crypto.Signer.
func (k *tokenKey) Public() crypto.PublicKey { return k.public }

// Sign implements crypto.Signer. The key is looked for each time: its handle is worth nothing after the token was away.
func (k *tokenKey) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	made := make(chan []byte, 2)
	err := k.token.do(cmp.Or(k.token.Deadline, 10*time.Second), func(c *crypto11.Context) error {
		key, err := k.find(c)
		if err == nil && key == nil {
			err = fmt.Errorf("the token has no key pair labelled %q any more", k.label)
		}
		if err != nil {
			return err
		}
		if public, ok := k.public.(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(key.Public()) {
			return fmt.Errorf("the key pair labelled %q in the token is another one than before", k.label)
		}
		signature, err := key.Sign(rand, digest, opts)
		if err == nil {
			made <- signature
		}
		return err
	})
	if err != nil {
		return nil, err // what a call that was given up makes later is nobody's
	}
	return <-made, nil
}

// Close closes the token when no key of it is in use any more. One that hangs is left to the end of the program.
func (k *tokenKey) Close() error {
	t := k.token
	if t == nil {
		return nil
	}
	k.token = nil
	if !t.mu.TryLock() {
		return nil
	}
	defer t.mu.Unlock()
	if t.users--; t.users == 0 && t.open != nil {
		t.close()
	}
	return nil
}
