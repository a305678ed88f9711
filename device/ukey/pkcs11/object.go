package pkcs11

import (
	"bytes"
	"errors"
	"slices"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
)

// classes are the PKCS#11 classes behind each kind; what has none is ukey.KindOther.
var classes = map[ukey.Kind]uint{
	ukey.KindCertificate: p11.CKO_CERTIFICATE,
	ukey.KindPrivateKey:  p11.CKO_PRIVATE_KEY,
	ukey.KindPublicKey:   p11.CKO_PUBLIC_KEY,
	ukey.KindData:        p11.CKO_DATA,
}

// kindOrder is the order in which objects are told: what people ask about first.
var kindOrder = []ukey.Kind{
	ukey.KindCertificate, ukey.KindPublicKey, ukey.KindPrivateKey, ukey.KindData, ukey.KindOther,
}

// find returns the handles of the objects on the key that match the template.
func (s *session) find(template ...*p11.Attribute) ([]p11.ObjectHandle, error) {
	template = append(template, p11.NewAttribute(p11.CKA_TOKEN, true))
	err := s.m.ctx.FindObjectsInit(s.handle, template)
	if errors.Is(err, p11.Error(p11.CKR_OPERATION_ACTIVE)) { // an earlier search ended in trouble
		_ = s.m.ctx.FindObjectsFinal(s.handle)
		err = s.m.ctx.FindObjectsInit(s.handle, template)
	}
	if err != nil {
		return nil, translate("C_FindObjectsInit", err)
	}
	defer func() { _ = s.m.ctx.FindObjectsFinal(s.handle) }()
	var all []p11.ObjectHandle
	for {
		some, _, err := s.m.ctx.FindObjects(s.handle, 64)
		if err != nil {
			return nil, translate("C_FindObjects", err)
		}
		if len(some) == 0 {
			return all, nil
		}
		all = append(all, some...)
	}
}

func (s *session) findKind(kind ukey.Kind, id []byte) ([]p11.ObjectHandle, error) {
	if class, ok := classes[kind]; ok && kind != ukey.KindData { // data objects have no CKA_ID
		return s.find(p11.NewAttribute(p11.CKA_CLASS, class), p11.NewAttribute(p11.CKA_ID, id))
	}
	all, err := s.find()
	if err != nil {
		return nil, err
	}
	var found []p11.ObjectHandle
	for _, o := range all {
		object, err := s.object(o)
		if err != nil {
			return nil, err
		}
		if object.Kind == kind && bytes.Equal(object.ID, id) {
			found = append(found, o)
		}
	}
	return found, nil
}

// Objects returns all that is visible on the key, in a stable order. An object that cannot be read is an error: who asks
// whether a key is blank must not be told less than there is.
func (s *session) Objects() ([]ukey.Object, error) {
	handles, err := s.find()
	if err != nil {
		return nil, err
	}
	objects := make([]ukey.Object, 0, len(handles))
	for _, o := range handles {
		object, err := s.object(o)
		if err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
	slices.SortStableFunc(objects, func(a, b ukey.Object) int {
		if a.Kind != b.Kind {
			return slices.Index(kindOrder, a.Kind) - slices.Index(kindOrder, b.Kind)
		}
		return slices.Compare(a.ID, b.ID)
	})
	return objects, nil
}

func (s *session) object(o p11.ObjectHandle) (ukey.Object, error) {
	class, err := s.number(o, p11.CKA_CLASS)
	if err != nil {
		return ukey.Object{}, err
	}
	object := ukey.Object{Kind: kindOf(class)}
	if object.ID, _, err = s.attribute(o, p11.CKA_ID); err != nil { // not every class has one
		return object, err
	}
	label, _, err := s.attribute(o, p11.CKA_LABEL)
	if err != nil {
		return object, err
	}
	object.Label = clean(string(label))
	if object.Usage, err = s.usage(o, object.Kind); err != nil {
		return object, err
	}
	object.Value, err = s.value(o, object.Kind)
	return object, err
}

// usages are the attributes that tell what a key is for.
var usages = map[ukey.Kind]map[uint]ukey.Usage{
	ukey.KindPrivateKey: {p11.CKA_SIGN: ukey.UsageSign, p11.CKA_DECRYPT: ukey.UsageEncrypt},
	ukey.KindPublicKey:  {p11.CKA_VERIFY: ukey.UsageSign, p11.CKA_ENCRYPT: ukey.UsageEncrypt},
}

func (s *session) usage(o p11.ObjectHandle, kind ukey.Kind) (usage ukey.Usage, err error) {
	for attribute, means := range usages[kind] {
		set, _, err := s.flag(o, attribute)
		if err != nil {
			return 0, err
		}
		if set {
			usage |= means
		}
	}
	return usage, nil
}

// value is what ukey.Object tells of an object of this kind; nil for what was cut off in the making or is not known to us.
func (s *session) value(o p11.ObjectHandle, kind ukey.Kind) ([]byte, error) {
	switch kind {
	case ukey.KindCertificate:
		der, _, err := s.attribute(o, p11.CKA_VALUE)
		return der, err
	case ukey.KindPublicKey:
		spki, err := s.spki(o)
		if errors.Is(err, errEmpty) || errors.Is(err, errUnshown) || errors.Is(err, errUnknownKey) {
			return nil, nil
		}
		return spki, err
	}
	return nil, nil
}

func kindOf(class uint) ukey.Kind {
	for kind, c := range classes {
		if c == class {
			return kind
		}
	}
	return ukey.KindOther
}

// changeable finds the objects of one kind and id for who may change them. ErrNotFound, ErrLogin.
func (s *session) changeable(kind ukey.Kind, id []byte) ([]p11.ObjectHandle, error) {
	if s.role == 0 || kind == ukey.KindPrivateKey && s.role != ukey.Customer {
		return nil, ukey.ErrLogin
	}
	handles, err := s.findKind(kind, id)
	if err == nil && len(handles) == 0 {
		err = ukey.ErrNotFound
	}
	return handles, err
}

// Delete erases the objects of one kind and id. ErrNotFound, ErrLogin.
func (s *session) Delete(kind ukey.Kind, id []byte) error {
	handles, err := s.changeable(kind, id)
	if err != nil {
		return err
	}
	return s.destroy(handles...)
}

func (s *session) destroy(handles ...p11.ObjectHandle) error {
	for _, o := range handles {
		if err := s.m.ctx.DestroyObject(s.handle, o); err != nil {
			return translate("C_DestroyObject", err)
		}
	}
	return nil
}
