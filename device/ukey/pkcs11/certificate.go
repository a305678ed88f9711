package pkcs11

import (
	"bytes"
	"encoding/asn1"
	"slices"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
)

// certificateFields are the parts of a certificate that PKCS#11 wants beside it. They are read here and not with
// crypto/x509, which refuses certificates of SM2 keys.
type certificateFields struct {
	TBS struct {
		Version asn1.RawValue `asn1:"optional,explicit,tag:0"`
		Serial  asn1.RawValue
		Alg     asn1.RawValue
		Issuer  asn1.RawValue
		Period  asn1.RawValue
		Subject asn1.RawValue
	}
}

// WriteCertificate implements worker.Session.
func (s *session) WriteCertificate(id []byte, label string, der []byte) error {
	if s.role == 0 {
		return ukey.ErrLogin
	}
	var fields certificateFields
	if rest, err := asn1.Unmarshal(der, &fields); err != nil || len(rest) > 0 {
		return &ukey.DeviceError{Call: "write certificate", Code: "not DER of an X.509 certificate"}
	}
	there, cutOff, err := s.certificates(id)
	switch {
	case err != nil:
		return err
	case slices.ContainsFunc(there, func(c []byte) bool { return bytes.Equal(c, der) }):
		return nil
	case len(there) > 0:
		return ukey.ErrExists
	}
	if err := s.destroy(cutOff...); err != nil {
		return err
	}
	_, err = s.m.ctx.CreateObject(s.handle, []*p11.Attribute{
		p11.NewAttribute(p11.CKA_CLASS, p11.CKO_CERTIFICATE),
		p11.NewAttribute(p11.CKA_CERTIFICATE_TYPE, p11.CKC_X_509),
		p11.NewAttribute(p11.CKA_TOKEN, true),
		p11.NewAttribute(p11.CKA_PRIVATE, false),
		p11.NewAttribute(p11.CKA_SUBJECT, fields.TBS.Subject.FullBytes),
		p11.NewAttribute(p11.CKA_ISSUER, fields.TBS.Issuer.FullBytes),
		p11.NewAttribute(p11.CKA_SERIAL_NUMBER, fields.TBS.Serial.FullBytes),
		p11.NewAttribute(p11.CKA_ID, id),
		p11.NewAttribute(p11.CKA_LABEL, label),
		p11.NewAttribute(p11.CKA_VALUE, der),
	})
	return translate("C_CreateObject", err)
}

// certificates returns those with this id, and what writes that were cut off left of others: objects whose value was read
// and is empty.
func (s *session) certificates(id []byte) (there [][]byte, cutOff []p11.ObjectHandle, err error) {
	handles, err := s.findKind(ukey.KindCertificate, id)
	if err != nil {
		return nil, nil, err
	}
	for _, o := range handles {
		der, shown, err := s.attribute(o, p11.CKA_VALUE)
		switch {
		case err != nil:
			return nil, nil, err
		case !shown:
			return nil, nil, &ukey.DeviceError{Call: "C_GetAttributeValue", Code: "certificate does not show its value"}
		case len(der) == 0:
			cutOff = append(cutOff, o)
		default:
			there = append(there, der)
		}
	}
	return there, cutOff, nil
}
