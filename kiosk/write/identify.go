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
	"keyhall/kiosk/keys"
)

// identify opens the job's key and holds what shows on it against the record, before anything on it is changed: CodeKeyNone,
// CodeKeyWrong (args: expected, found), CodeKeyNotBlank.
func (r *run) identify(ctx context.Context) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	info, err := r.token.Info(ctx)
	if err != nil || !info.Initialized { // nothing can be on it
		r.info = info
		return err
	}
	r.info = info
	return r.compare(ctx)
}

// open opens the job's key: CodeKeyNone, CodeKeyWrong (args: expected, found).
func (r *run) open(ctx context.Context) error {
	r.close()
	key := ukey.Identity(r.job.Write.Key)
	token, err := r.cfg.Keys.Open(ctx, key)
	if err == nil {
		r.token = token
		return nil
	}
	if !errors.Is(err, ukey.ErrRemoved) {
		return err
	}
	infos, listErr := r.cfg.Keys.List(ctx)
	switch {
	case listErr != nil:
		return listErr
	case keys.Plugged(infos, key):
		return err // it came or went meanwhile
	}
	return keys.Missing(infos, key)
}

// compare refuses a key that is to be blank and is not, and finds on any other the pair that the register knows of.
func (r *run) compare(ctx context.Context) error {
	objects, err := r.token.Objects(ctx)
	if err != nil {
		return err
	}
	if t := r.job.Write.Target; t != nil {
		t.KeyID = pairOf(t.Certificate, objects)
		return nil
	}
	for _, o := range objects {
		foreign := o.Kind == ukey.KindCertificate || o.Kind == ukey.KindPrivateKey || o.Kind == ukey.KindPublicKey
		if foreign && !r.own(o) {
			return ra.E(ra.CodeKeyNotBlank, "serial", r.job.Write.Key.Serial)
		}
	}
	return nil
}

// pairOf is the id that a certificate, or else its public key, has on a key: kits of other makers chose ids of their own. nil where
// neither shows.
func pairOf(der []byte, objects []ukey.Object) []byte {
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	public := slices.IndexFunc(objects, func(o ukey.Object) bool {
		return o.Kind == ukey.KindPublicKey && len(o.ID) > 0 && bytes.Equal(o.Value, leaf.RawSubjectPublicKeyInfo)
	})
	if public >= 0 {
		return objects[public].ID
	}
	certificate := slices.IndexFunc(objects, func(o ukey.Object) bool {
		return o.Kind == ukey.KindCertificate && len(o.ID) > 0 && bytes.Equal(o.Value, der)
	})
	if certificate >= 0 {
		return objects[certificate].ID
	}
	return nil
}

// own tells the objects of this write: the pair and the certificate have its id, the chain's start with it.
func (r *run) own(o ukey.Object) bool { return bytes.HasPrefix(o.ID, r.id) }

// NameOf names an object of a key so that it can be chosen, and found again as what was chosen.
func NameOf(o ukey.Object) ra.KeyObject {
	n := ra.KeyObject{Kind: string(o.Kind), ID: o.ID, Label: o.Label}
	if o.Value != nil {
		sum := sha256.Sum256(o.Value)
		n.Sum = sum[:]
	}
	return n
}
