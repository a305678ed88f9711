package pkcs11

import (
	"cmp"
	"errors"
	"fmt"
	"unsafe"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
	"keyhall/device/ukey/worker"
)

var _ worker.Session = (*session)(nil)

// session is one open key.
type session struct {
	m       *module
	slot    uint
	key     ukey.Identity
	handle  p11.SessionHandle
	open    bool              // false for a key that was never initialised
	role    ukey.Role         // who is logged in; 0 is nobody
	expired ukey.Role         // whose PIN was right, but has to be changed first
	made    map[string][]byte // public keys of the pairs made here: some modules tell them only then
}

// Open implements worker.Driver.
func (m *module) Open(key ukey.Identity) (worker.Session, error) {
	if err := m.refresh(); err != nil {
		return nil, err
	}
	info, err := m.find(key)
	if err != nil {
		return nil, err
	}
	s := &session{m: m, slot: info.Slot, key: key, made: map[string][]byte{}}
	if info.Initialized {
		if err := s.start(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Close implements worker.Session.
func (s *session) Close() error {
	if !s.open {
		return nil
	}
	s.Logout()
	s.open = false
	return translate("C_CloseSession", s.m.ctx.CloseSession(s.handle))
}

// Initialized implements worker.Session.
func (s *session) Initialized() bool { return s.open }

// Info implements worker.Session.
func (s *session) Info() (ukey.Info, error) { return s.m.info(s.slot) }

func (s *session) start() error {
	err := s.openSession(p11.CKF_SERIAL_SESSION | p11.CKF_RW_SESSION)
	if errors.Is(err, ukey.ErrReadOnly) {
		err = s.openSession(p11.CKF_SERIAL_SESSION)
	}
	return err
}

// openSession tries once more where the key reports an error: most pass.
func (s *session) openSession(flags uint) error {
	handle, err := s.m.ctx.OpenSession(s.slot, flags)
	if errors.Is(translate("C_OpenSession", err), ukey.ErrDevice) {
		handle, err = s.m.ctx.OpenSession(s.slot, flags)
	}
	s.handle, s.open = handle, err == nil
	return translate("C_OpenSession", err)
}

// Present implements worker.Session.
func (s *session) Present() error {
	info, err := s.m.find(s.key)
	if errors.Is(err, ukey.ErrTwin) {
		return err
	}
	if err != nil || info.Slot != s.slot {
		return fmt.Errorf("key %s: %w", s.key, ukey.ErrRemoved)
	}
	return nil
}

// Initialize implements worker.Session. PKCS#11 has no way to choose how many wrong PINs lock a key.
func (s *session) Initialize(setup ukey.Setup) error {
	info, err := s.Info()
	if err != nil {
		return err
	}
	if info.Initialized {
		return ukey.ErrNotBlank
	}
	if err := s.m.ctx.InitToken(s.slot, asString(setup.AdminPIN), setup.Label); err != nil {
		return s.pinError(ukey.Administrator, translate("C_InitToken", err))
	}
	// A software key only gets its serial now.
	if info, err = s.Info(); err != nil {
		return err
	}
	s.key = info.Identity()
	if err := s.start(); err != nil || setup.CustomerPIN == nil {
		return err
	}
	defer s.Logout()
	if err := s.Login(ukey.Administrator, setup.AdminPIN); err != nil {
		return err
	}
	return s.InitPIN(setup.AdminPIN, setup.CustomerPIN)
}

// Login implements worker.Session.
func (s *session) Login(role ukey.Role, pin []byte) error {
	s.Logout()
	user := uint(p11.CKU_USER)
	if role == ukey.Administrator {
		user = p11.CKU_SO
	}
	err := translate("C_Login", s.m.ctx.Login(s.handle, user, asString(pin)))
	if err != nil {
		if errors.Is(err, ukey.ErrPINChange) {
			s.expired = role
		}
		return s.pinError(role, err)
	}
	s.role = role
	return nil
}

// Logout is also called to be sure; that nobody was logged in is no error.
func (s *session) Logout() {
	_ = s.m.ctx.Logout(s.handle)
	s.role, s.expired = 0, 0
}

// SetPIN implements worker.Session. Some modules let nobody in whose PIN has to be changed, but change it; then the new one opens the key.
func (s *session) SetPIN(old, pin []byte) error {
	role := cmp.Or(s.role, s.expired)
	if role == 0 {
		return ukey.ErrLogin
	}
	if err := translate("C_SetPIN", s.m.ctx.SetPIN(s.handle, asString(old), asString(pin))); err != nil {
		return s.pinError(role, err)
	}
	if s.role == 0 {
		return s.Login(role, pin)
	}
	return nil
}

// InitPIN implements worker.Session. PKCS#11 asks for the administrator's login alone.
func (s *session) InitPIN(_, pin []byte) error {
	if s.role != ukey.Administrator {
		return ukey.ErrLogin
	}
	return s.pinError(ukey.Customer, translate("C_InitPIN", s.m.ctx.InitPIN(s.handle, asString(pin))))
}

// asString shows a PIN to miekg/pkcs11, which takes strings, without making one: it could not be overwritten. The string
// lives as long as the call; the copy that the call makes in C is overwritten when it is freed (see worker).
func asString(pin []byte) string { return unsafe.String(unsafe.SliceData(pin), len(pin)) }

// pinError puts the state of the PIN beside an error about it; other errors pass.
func (s *session) pinError(role ukey.Role, err error) error {
	if err == nil || !isPINError(err) {
		return err
	}
	refused := &ukey.PINError{Role: role, State: ukey.PINUnknown, Left: -1, Err: err}
	if info, infoErr := s.Info(); infoErr == nil {
		refused.State, refused.Left = info.UserPIN, info.UserLeft
		if role == ukey.Administrator {
			refused.State, refused.Left = info.AdminPIN, info.AdminLeft
		}
	}
	return refused
}
