package pkcs11

import (
	"bytes"
	"encoding/asn1"

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

func (s *session) writeCertificate(id []byte, label string, der []byte) error {
	if s.role == 0 {
		return ukey.ErrLogin
	}
	var fields certificateFields
	if rest, err := asn1.Unmarshal(der, &fields); err != nil || len(rest) > 0 {
		return &ukey.DeviceError{Call: "write certificate", Code: "not DER of an X.509 certificate"}
	}
	there, err := s.certificate(id)
	if err != nil {
		return err
	}
	if there != nil {
		if bytes.Equal(there, der) {
			return nil
		}
		return ukey.ErrExists
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

// certificate returns the certificate with this id, nil when there is none. What a cut-off write left of one is erased.
func (s *session) certificate(id []byte) ([]byte, error) {
	handles, err := s.findKind(ukey.KindCertificate, id)
	if err != nil {
		return nil, err
	}
	for _, o := range handles {
		if der := s.attribute(o, p11.CKA_VALUE); len(der) > 0 {
			return der, nil
		}
		if err := s.m.ctx.DestroyObject(s.handle, o); err != nil {
			return nil, translate("C_DestroyObject", err)
		}
	}
	return nil, nil
}
