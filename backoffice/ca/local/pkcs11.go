//go:build cgo

package local

import (
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strings"
	"sync"

	"github.com/miekg/pkcs11"
)

// tokenKey is a key that never leaves its token. One session serves one signature at a time.
type tokenKey struct {
	mu      sync.Mutex
	module  *pkcs11.Ctx
	session pkcs11.SessionHandle
	private pkcs11.ObjectHandle
	public  crypto.PublicKey
}

func openToken(ctx context.Context, t Token, algorithm string, mayCreate bool) (_ signer, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	pin, err := os.ReadFile(t.PINFile)
	if err != nil {
		return nil, fmt.Errorf("PIN of the CA's token: %w", err)
	}
	module := pkcs11.New(t.Module)
	if module == nil {
		return nil, fmt.Errorf("PKCS#11 module %s: cannot be loaded", t.Module)
	}
	if err := module.Initialize(); err != nil && !errors.Is(err, pkcs11.Error(pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED)) {
		return nil, fmt.Errorf("PKCS#11 module %s: %w", t.Module, err)
	}
	k := &tokenKey{module: module}
	defer func() {
		if err != nil {
			err = errors.Join(err, k.Close())
		}
	}()
	slot, err := findSlot(module, t.Label)
	if err != nil {
		return nil, err
	}
	if k.session, err = module.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION); err != nil {
		return nil, fmt.Errorf("token %q: %w", t.Label, err)
	}
	if err := module.Login(k.session, pkcs11.CKU_USER, strings.TrimSpace(string(pin))); err != nil {
		return nil, fmt.Errorf("token %q: log in: %w", t.Label, err)
	}
	return k, k.find(cmp.Or(t.KeyLabel, "keyhall-ca"), algorithm, mayCreate)
}

func findSlot(module *pkcs11.Ctx, label string) (uint, error) {
	slots, err := module.GetSlotList(true)
	if err != nil {
		return 0, fmt.Errorf("tokens: %w", err)
	}
	for _, slot := range slots {
		info, err := module.GetTokenInfo(slot)
		if err == nil && strings.TrimRight(info.Label, " \x00") == label {
			return slot, nil
		}
	}
	return 0, fmt.Errorf("token %q is not there", label)
}

// find looks for the key pair by its label and makes it when it may.
func (k *tokenKey) find(label, algorithm string, mayCreate bool) error {
	private, err := k.objects(pkcs11.CKO_PRIVATE_KEY, label)
	if err != nil {
		return err
	}
	if len(private) == 0 && mayCreate {
		if err := k.generate(label, algorithm); err != nil {
			return err
		}
		if private, err = k.objects(pkcs11.CKO_PRIVATE_KEY, label); err != nil {
			return err
		}
	}
	public, err := k.objects(pkcs11.CKO_PUBLIC_KEY, label)
	if err != nil {
		return err
	}
	if len(private) != 1 || len(public) != 1 {
		return fmt.Errorf("the token has %d private and %d public keys labelled %q, want one of each", len(private), len(public), label)
	}
	k.private = private[0]
	k.public, err = k.readPublic(public[0])
	return err
}

func (k *tokenKey) objects(class uint, label string) ([]pkcs11.ObjectHandle, error) {
	template := []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, class), pkcs11.NewAttribute(pkcs11.CKA_LABEL, label)}
	if err := k.module.FindObjectsInit(k.session, template); err != nil {
		return nil, fmt.Errorf("look for the CA's key: %w", err)
	}
	found, _, err := k.module.FindObjects(k.session, 2)
	if err := errors.Join(err, k.module.FindObjectsFinal(k.session)); err != nil {
		return nil, fmt.Errorf("look for the CA's key: %w", err)
	}
	return found, nil
}

// oidP256 is the curve's name, DER.
var oidP256 = []byte{0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07}

func (k *tokenKey) generate(label, algorithm string) error {
	public := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true), pkcs11.NewAttribute(pkcs11.CKA_VERIFY, true),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, label), pkcs11.NewAttribute(pkcs11.CKA_ID, []byte(label)),
	}
	private := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true), pkcs11.NewAttribute(pkcs11.CKA_SIGN, true),
		pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true), pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true),
		pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, label), pkcs11.NewAttribute(pkcs11.CKA_ID, []byte(label)),
	}
	mechanism := pkcs11.NewMechanism(pkcs11.CKM_EC_KEY_PAIR_GEN, nil)
	if algorithm == RSA3072 {
		mechanism = pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_KEY_PAIR_GEN, nil)
		public = append(public, pkcs11.NewAttribute(pkcs11.CKA_MODULUS_BITS, 3072),
			pkcs11.NewAttribute(pkcs11.CKA_PUBLIC_EXPONENT, []byte{1, 0, 1}))
	} else {
		public = append(public, pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, oidP256))
	}
	if _, _, err := k.module.GenerateKeyPair(k.session, []*pkcs11.Mechanism{mechanism}, public, private); err != nil {
		return fmt.Errorf("make the CA's key: %w", err)
	}
	return nil
}

func (k *tokenKey) readPublic(object pkcs11.ObjectHandle) (crypto.PublicKey, error) {
	if a, err := k.module.GetAttributeValue(k.session, object, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_MODULUS, nil), pkcs11.NewAttribute(pkcs11.CKA_PUBLIC_EXPONENT, nil)}); err == nil {
		return &rsa.PublicKey{N: new(big.Int).SetBytes(a[0].Value), E: int(new(big.Int).SetBytes(a[1].Value).Int64())}, nil
	}
	a, err := k.module.GetAttributeValue(k.session, object, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_EC_POINT, nil)})
	if err != nil {
		return nil, fmt.Errorf("read the CA's public key: %w", err)
	}
	var point []byte
	if _, err := asn1.Unmarshal(a[0].Value, &point); err != nil {
		return nil, fmt.Errorf("read the CA's public key: %w", err)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, fmt.Errorf("read the CA's public key: %w", err)
	}
	return public, nil
}

// Public implements crypto.Signer.
func (k *tokenKey) Public() crypto.PublicKey { return k.public }

// digestInfo begins a PKCS#1 v1.5 signature over SHA-256.
var digestInfo = []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}

// Sign implements crypto.Signer for SHA-256, which is all that this CA uses.
func (k *tokenKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts.HashFunc() != crypto.SHA256 {
		return nil, fmt.Errorf("sign with %v: only SHA-256", opts.HashFunc())
	}
	if _, pss := opts.(*rsa.PSSOptions); pss {
		return nil, errors.New("sign with RSA-PSS: only PKCS#1 v1.5")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.public.(*rsa.PublicKey); ok {
		return k.sign(pkcs11.CKM_RSA_PKCS, append(digestInfo[:len(digestInfo):len(digestInfo)], digest...))
	}
	raw, err := k.sign(pkcs11.CKM_ECDSA, digest)
	if err != nil {
		return nil, err
	}
	half := len(raw) / 2
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:])})
}

func (k *tokenKey) sign(mechanism uint, data []byte) ([]byte, error) {
	if err := k.module.SignInit(k.session, []*pkcs11.Mechanism{pkcs11.NewMechanism(mechanism, nil)}, k.private); err != nil {
		return nil, fmt.Errorf("sign in the token: %w", err)
	}
	signature, err := k.module.Sign(k.session, data)
	if err != nil {
		return nil, fmt.Errorf("sign in the token: %w", err)
	}
	return signature, nil
}

// Close logs out and ends the session. The module stays loaded: another part of the program may use it.
func (k *tokenKey) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.session == 0 {
		return nil
	}
	err := errors.Join(k.module.Logout(k.session), k.module.CloseSession(k.session))
	k.session = 0
	return err
}
