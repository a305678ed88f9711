package pkcs11

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>

// The beginning of CK_FUNCTION_LIST.
struct functions {
	unsigned char version[2];
	void *before[10]; // C_Initialize to C_InitToken
	unsigned long (*initPIN)(unsigned long, unsigned char *, unsigned long);
	unsigned long (*setPIN)(unsigned long, unsigned char *, unsigned long, unsigned char *, unsigned long);
};

// load finds the functions of a module that this process has loaded already.
static struct functions *load(const char *path) {
	void *module = dlopen(path, RTLD_LAZY);
	unsigned long (*get)(struct functions **) = module == NULL ? NULL : dlsym(module, "C_GetFunctionList");
	struct functions *f = NULL;
	return get == NULL || get(&f) != 0 ? NULL : f;
}

static unsigned long initPIN(struct functions *f, unsigned long session) { return f->initPIN(session, NULL, 0); }

static unsigned long setPIN(struct functions *f, unsigned long session) {
	return f->setPIN(session, NULL, 0, NULL, 0);
}
*/
import "C"

import (
	"fmt"
	"unsafe"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
	"keyhall/device/ukey/worker"
)

var _ worker.PINPad = (*session)(nil)

// The standard wants NULL_PTR for PINs that are typed on the key. miekg/pkcs11 gives it to C_Login alone; C_InitPIN and C_SetPIN
// are called here.

func (s *session) pad() error {
	info, err := s.Info()
	if err == nil && !info.PINPad {
		err = fmt.Errorf("PIN pad: %w", ukey.ErrUnsupported)
	}
	return err
}

func (s *session) functions() (*C.struct_functions, error) {
	if err := s.pad(); err != nil {
		return nil, err
	}
	path := C.CString(s.m.Module)
	defer C.free(unsafe.Pointer(path))
	f := C.load(path)
	if f == nil {
		return nil, &ukey.DeviceError{Call: "C_GetFunctionList", Code: "module does not give its functions again"}
	}
	return f, nil
}

// LoginOnPad implements worker.PINPad.
func (s *session) LoginOnPad(role ukey.Role) error {
	if err := s.pad(); err != nil {
		return err
	}
	return s.Login(role, nil)
}

// SetPINOnPad implements worker.PINPad.
func (s *session) SetPINOnPad() error {
	if s.role == 0 {
		return ukey.ErrLogin
	}
	f, err := s.functions()
	if err != nil {
		return err
	}
	return s.pinError(s.role, typed("C_SetPIN", C.setPIN(f, C.ulong(s.handle))))
}

// InitPINOnPad implements worker.PINPad.
func (s *session) InitPINOnPad() error {
	if s.role != ukey.Administrator {
		return ukey.ErrLogin
	}
	f, err := s.functions()
	if err != nil {
		return err
	}
	return s.pinError(ukey.Customer, typed("C_InitPIN", C.initPIN(f, C.ulong(s.handle))))
}

func typed(call string, rv C.ulong) error {
	if rv == p11.CKR_OK {
		return nil
	}
	return translate(call, p11.Error(rv))
}
