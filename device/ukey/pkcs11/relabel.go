package pkcs11

import (
	"bytes"
	"context"
	"slices"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
)

var _ ukey.Relabeller = (*token)(nil)

func (t *token) Relabel(ctx context.Context, kind ukey.Kind, id []byte, label string) error {
	q := request{Method: "relabel", Kind: kind, ID: id, Label: label}
	_, err := t.call(ctx, q, func(objects []ukey.Object) bool {
		return !slices.ContainsFunc(objects, func(o ukey.Object) bool {
			return o.Kind == kind && bytes.Equal(o.ID, id) && o.Label != clean(label)
		})
	})
	return err
}

func (s *session) relabel(kind ukey.Kind, id []byte, label string) error {
	if s.role == 0 || kind == ukey.KindPrivateKey && s.role != ukey.Customer {
		return ukey.ErrLogin
	}
	handles, err := s.findKind(kind, id)
	if err != nil {
		return err
	}
	if len(handles) == 0 {
		return ukey.ErrNotFound
	}
	for _, o := range handles {
		err := s.m.ctx.SetAttributeValue(s.handle, o, []*p11.Attribute{p11.NewAttribute(p11.CKA_LABEL, label)})
		if err != nil {
			return translate("C_SetAttributeValue", err)
		}
	}
	return nil
}
