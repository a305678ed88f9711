package pkcs11

import (
	"bytes"
	"encoding/binary"
	"math"
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
	if err := s.m.ctx.FindObjectsInit(s.handle, template); err != nil {
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
	return slices.DeleteFunc(all, func(o p11.ObjectHandle) bool {
		object := s.object(o)
		return object.Kind != kind || !bytes.Equal(object.ID, id)
	}), err
}

// attribute reads one attribute; nil when the object does not have it.
func (s *session) attribute(o p11.ObjectHandle, kind uint) []byte {
	got, err := s.m.ctx.GetAttributeValue(s.handle, o, []*p11.Attribute{p11.NewAttribute(kind, nil)})
	if err != nil || len(got) == 0 {
		return nil
	}
	return got[0].Value
}

// number reads an attribute of type CK_ULONG. What is no such number gives CK_UNAVAILABLE_INFORMATION.
func (s *session) number(o p11.ObjectHandle, kind uint) uint {
	switch v := s.attribute(o, kind); len(v) {
	case 8:
		return uint(binary.NativeEndian.Uint64(v))
	case 4:
		return uint(binary.NativeEndian.Uint32(v))
	default:
		return math.MaxUint
	}
}

// objects returns all that is visible on the key, in a stable order.
func (s *session) objects() ([]ukey.Object, error) {
	handles, err := s.find()
	if err != nil {
		return nil, err
	}
	objects := make([]ukey.Object, 0, len(handles))
	for _, o := range handles {
		objects = append(objects, s.object(o))
	}
	slices.SortStableFunc(objects, func(a, b ukey.Object) int {
		if a.Kind != b.Kind {
			return slices.Index(kindOrder, a.Kind) - slices.Index(kindOrder, b.Kind)
		}
		return slices.Compare(a.ID, b.ID)
	})
	return objects, nil
}

func (s *session) object(o p11.ObjectHandle) ukey.Object {
	object := ukey.Object{
		Kind:  kindOf(s.number(o, p11.CKA_CLASS)),
		ID:    s.attribute(o, p11.CKA_ID),
		Label: clean(string(s.attribute(o, p11.CKA_LABEL))),
	}
	switch object.Kind {
	case ukey.KindCertificate:
		object.Value = s.attribute(o, p11.CKA_VALUE)
	case ukey.KindPublicKey:
		object.Value, _ = s.spki(o) // a key of a kind we do not know is shown without its value
	}
	return object
}

func kindOf(class uint) ukey.Kind {
	for kind, c := range classes {
		if c == class {
			return kind
		}
	}
	return ukey.KindOther
}

// delete erases the objects of one kind and id. ErrNotFound, ErrLogin.
func (s *session) delete(kind ukey.Kind, id []byte) error {
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
		if err := s.m.ctx.DestroyObject(s.handle, o); err != nil {
			return translate("C_DestroyObject", err)
		}
	}
	return nil
}
