package ukey

import (
	"errors"
	"fmt"
)

// What can go wrong with a key. Drivers translate their own errors into these in one place.
var (
	ErrRemoved     = errors.New("key is not plugged in")
	ErrTwin        = errors.New("two keys cannot be told apart, pull one")
	ErrNotFound    = errors.New("no such object on the key")
	ErrExists      = errors.New("another object has this id on the key")
	ErrNotBlank    = errors.New("key was initialised before")
	ErrFull        = errors.New("no room on the key")
	ErrReadOnly    = errors.New("key cannot be written")
	ErrUnsupported = errors.New("key cannot do this")
	ErrReadable    = errors.New("key does not keep its private key inside")
	ErrRefused     = errors.New("nobody confirmed on the key")
	ErrLogin       = errors.New("not logged in to the key in the role needed")

	ErrDeviceKey = errors.New("key was not shown its device key")
	ErrEnvelope  = errors.New("enveloped key pair does not open")

	ErrPINWrong   = errors.New("wrong PIN")
	ErrPINLocked  = errors.New("PIN is locked")
	ErrPINLength  = errors.New("PIN is too short or too long")
	ErrPINInvalid = errors.New("PIN is not one the key accepts")
	ErrPINUnset   = errors.New("PIN was never set")
	ErrPINChange  = errors.New("PIN has to be changed first")

	ErrTimeout = errors.New("key driver did not answer in time")
	ErrWorker  = errors.New("key driver died")
	ErrDevice  = errors.New("key reports an error")
)

// DeviceError is anything else that a key answered; it is ErrDevice.
type DeviceError struct {
	Call string // the driver's function, such as C_SignInit
	Code string // the driver's name of the code, such as CKR_DEVICE_ERROR
}

func (e *DeviceError) Error() string { return fmt.Sprintf("%v: %s: %s", ErrDevice, e.Call, e.Code) }

// Is makes errors.Is(err, ErrDevice) true.
func (e *DeviceError) Is(target error) bool { return target == ErrDevice }
