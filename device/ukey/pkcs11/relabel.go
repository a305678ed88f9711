package pkcs11

import (
	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
)

// Relabel implements worker.Relabeller.
func (s *session) Relabel(kind ukey.Kind, id []byte, label string) error {
	handles, err := s.changeable(kind, id)
	if err != nil {
		return err
	}
	for _, o := range handles {
		err := s.m.ctx.SetAttributeValue(s.handle, o, []*p11.Attribute{p11.NewAttribute(p11.CKA_LABEL, label)})
		if err != nil {
			return translate("C_SetAttributeValue", err)
		}
	}
	return nil
}
