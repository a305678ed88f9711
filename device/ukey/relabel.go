package ukey

import "context"

// Relabeller is a Token whose objects may be given another label. Many keys refuse it, so that nobody may count on it.
type Relabeller interface {
	// Relabel gives the objects of this kind and id a label. ErrNotFound when there are none, ErrLogin; a key that refuses says
	// ErrReadOnly, ErrUnsupported, or a *DeviceError.
	Relabel(ctx context.Context, kind Kind, id []byte, label string) error
}
