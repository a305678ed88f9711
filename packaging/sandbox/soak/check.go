package soak

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"keyhall/backoffice/ra"
	"keyhall/device/ukey"
)

// check looks at a finished key with other eyes: what is on it, whose it is, which PINs open it, and what the order says.
func (k *key) check(ctx context.Context) error {
	checks := []struct {
		what string
		do   func(context.Context) error
	}{
		{"the order", k.checkUnit},
		{"the key", k.checkKey},
	}
	for _, c := range checks {
		if err := c.do(ctx); err != nil {
			return k.finding(k.order, k.index, fmt.Sprintf("%s: %v", c.what, err))
		}
	}
	return k.audit(ctx, k.order, k.index)
}

func (k *key) checkUnit(ctx context.Context) error {
	o, err := k.desk.Client.Order(ctx, k.desk.Session, k.order.ID)
	if err != nil {
		return err
	}
	if want := len(o.Units) - k.index; o.Remaining() != want {
		return fmt.Errorf("%d keys remain, want %d", o.Remaining(), want)
	}
	i := slices.IndexFunc(o.Units, func(u ra.Unit) bool { return u.OperationID == k.write.ID })
	if i < 0 || o.Units[i].State != ra.UnitDone || o.Units[i].UKeySerial != k.write.Key.Serial {
		return fmt.Errorf("no unit is done on key %s", k.write.Key.Serial)
	}
	return nil
}

func (k *key) checkKey(ctx context.Context) (err error) {
	token, err := k.keys.Open(ctx, ukey.Identity(k.write.Key))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, token.Close()) }()
	if err := token.Login(ctx, ukey.Customer, []byte(k.pin)); err != nil {
		return fmt.Errorf("the customer's PIN: %w", err)
	}
	objects, err := token.Objects(ctx)
	if err != nil {
		return err
	}
	if err := k.checkObjects(objects); err != nil {
		return err
	}
	if err := k.checkPair(ctx, token, objects); err != nil {
		return err
	}
	if err := token.Login(ctx, ukey.Administrator, []byte(k.adminPIN)); err != nil {
		return fmt.Errorf("the administrator PIN that was released last: %w", err)
	}
	return nil
}

func (k *key) id() []byte {
	id, _ := hex.DecodeString(strings.ReplaceAll(k.write.ID, "-", "")) // a UUID of ours
	return id
}

// checkObjects wants one pair and one certificate of this write, and nothing of another.
func (k *key) checkObjects(objects []ukey.Object) error {
	count := map[ukey.Kind]int{}
	for _, o := range objects {
		if !bytes.HasPrefix(o.ID, k.id()) {
			return fmt.Errorf("%s %x %q is not of this write", o.Kind, o.ID, o.Label)
		}
		if bytes.Equal(o.ID, k.id()) {
			count[o.Kind]++
		}
	}
	for _, kind := range []ukey.Kind{ukey.KindCertificate, ukey.KindPrivateKey, ukey.KindPublicKey} {
		if count[kind] != 1 {
			return fmt.Errorf("%d objects of kind %s, want one", count[kind], kind)
		}
	}
	return nil
}

// checkPair signs with the key and verifies with the certificate.
func (k *key) checkPair(ctx context.Context, token ukey.Token, objects []ukey.Object) error {
	i := slices.IndexFunc(objects, func(o ukey.Object) bool { return o.Kind == ukey.KindCertificate && bytes.Equal(o.ID, k.id()) })
	leaf, err := x509.ParseCertificate(objects[i].Value)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte(k.write.ID))
	way := ukey.RSASHA256
	if _, ec := leaf.PublicKey.(*ecdsa.PublicKey); ec {
		way = ukey.ECDSASHA256
	}
	signature, err := token.Sign(ctx, k.id(), way, digest[:])
	if err != nil {
		return err
	}
	switch public := leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature)
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(public, digest[:], signature) {
			return nil
		}
	}
	return errors.New("the key does not sign for its certificate")
}
