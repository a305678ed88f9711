package pkcs11

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"unicode"

	p11 "github.com/miekg/pkcs11"

	"keyhall/device/ukey"
	"keyhall/device/ukey/worker"
)

var _ worker.Driver = (*module)(nil)

// module is a vendor's library, loaded into this process: the worker's.
type module struct {
	options
	ctx   *p11.Ctx
	fresh bool // initialised, and not looked at since
}

func load(o options) (worker.Driver, error) {
	if _, err := os.Stat(o.Module); err != nil {
		return nil, &ukey.DeviceError{Call: "load module", Code: err.Error()}
	}
	ctx := p11.New(o.Module)
	if ctx == nil {
		return nil, &ukey.DeviceError{Call: "load module", Code: o.Module + " is not a PKCS#11 module of this machine's kind"}
	}
	if err := initialize(ctx); err != nil {
		return nil, err
	}
	return &module{options: o, ctx: ctx, fresh: true}, nil
}

func initialize(ctx *p11.Ctx) error {
	err := ctx.Initialize()
	for _, noLocks := range []p11.Error{p11.CKR_CANT_LOCK, p11.CKR_NEED_TO_CREATE_THREADS, p11.CKR_ARGUMENTS_BAD} {
		if errors.Is(err, noLocks) { // a worker calls from one thread alone
			err = ctx.Initialize(p11.InitializeWithFlags(0))
			break
		}
	}
	if errors.Is(err, p11.Error(p11.CKR_CRYPTOKI_ALREADY_INITIALIZED)) {
		return nil
	}
	return translate("C_Initialize", err)
}

// Close implements worker.Driver.
func (m *module) Close() {
	_ = m.ctx.Finalize()
	m.ctx.Destroy()
}

// refresh makes the module look anew at what is plugged in.
func (m *module) refresh() error {
	if m.Rescan != Reinitialize || m.fresh { // C_GetSlotList does it, or C_Initialize just did
		m.fresh = false
		return nil
	}
	err := m.ctx.Finalize()
	if errors.Is(err, p11.Error(p11.CKR_CRYPTOKI_NOT_INITIALIZED)) { // the last C_Initialize failed
		err = nil
	}
	if err != nil {
		return translate("C_Finalize", err)
	}
	return initialize(m.ctx)
}

// List implements worker.Driver.
func (m *module) List() ([]ukey.Info, error) {
	if err := m.refresh(); err != nil {
		return nil, err
	}
	return m.list()
}

// list returns the keys in the module's slots.
func (m *module) list() ([]ukey.Info, error) {
	slots, err := m.ctx.GetSlotList(true)
	if errors.Is(err, p11.Error(p11.CKR_CRYPTOKI_NOT_INITIALIZED)) && initialize(m.ctx) == nil { // its daemon was started anew
		slots, err = m.ctx.GetSlotList(true)
	}
	for tries := 1; tries < 5 && errors.Is(err, p11.Error(p11.CKR_BUFFER_TOO_SMALL)); tries++ {
		slots, err = m.ctx.GetSlotList(true) // a key was plugged in between the question and the answer
	}
	if err != nil {
		return nil, translate("C_GetSlotList", err)
	}
	infos := make([]ukey.Info, 0, len(slots))
	for _, slot := range slots {
		info, err := m.info(slot)
		if errors.Is(err, ukey.ErrDevice) { // a key that stumbles is not one that was pulled
			info, err = m.info(slot)
		}
		if err == nil {
			infos = append(infos, info)
		}
	}
	return infos, nil
}

// find returns the key. ErrRemoved, ErrTwin.
func (m *module) find(key ukey.Identity) (ukey.Info, error) {
	infos, err := m.list()
	if err != nil {
		return ukey.Info{}, err
	}
	return worker.Find(infos, key)
}

func (m *module) info(slot uint) (ukey.Info, error) {
	t, err := m.ctx.GetTokenInfo(slot)
	if err != nil {
		return ukey.Info{}, translate("C_GetTokenInfo", err)
	}
	return ukey.Info{
		Slot:         slot,
		Module:       m.Module,
		Manufacturer: clean(t.ManufacturerID),
		Model:        clean(t.Model),
		Serial:       clean(t.SerialNumber),
		Label:        clean(t.Label),
		Firmware:     fmt.Sprintf("%d.%d", t.FirmwareVersion.Major, t.FirmwareVersion.Minor),
		Initialized:  t.Flags&p11.CKF_TOKEN_INITIALIZED != 0,
		UserPINSet:   t.Flags&p11.CKF_USER_PIN_INITIALIZED != 0,
		UserPIN:      userPIN(t.Flags),
		AdminPIN:     adminPIN(t.Flags),
		UserLeft:     attemptsLeft(userPIN(t.Flags)),
		AdminLeft:    attemptsLeft(adminPIN(t.Flags)),
		PINPad:       t.Flags&p11.CKF_PROTECTED_AUTHENTICATION_PATH != 0,
		MinPIN:       int(t.MinPinLen),
		MaxPIN:       int(t.MaxPinLen),
		FreePublic:   memory(t.FreePublicMemory),
	}, nil
}

// clean makes text that can be shown, stored and compared of what a key says of itself. Vendors pad with blanks as the
// standard says, with zeros or with erased memory (0xFF), and leave control characters behind; none of that is part of a name.
func clean(s string) string {
	graphic := strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) && !blank(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, "?"))
	return strings.Join(strings.Fields(graphic), " ")
}

// blank tells of a character that counts as a letter or a mark and is drawn as nothing: fillers of Hangul, selectors of variants, the
// empty pattern of Braille; and of what stands for one that could not be read.
func blank(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || r == '\u2800' || r == unicode.ReplacementChar
}

func memory(n uint) int64 {
	if n > math.MaxInt64 { // CK_UNAVAILABLE_INFORMATION
		return -1
	}
	return int64(n)
}

func userPIN(flags uint) ukey.PINState {
	if flags&p11.CKF_USER_PIN_INITIALIZED == 0 {
		return ukey.PINUnset
	}
	return pinState(flags, p11.CKF_USER_PIN_LOCKED, p11.CKF_USER_PIN_TO_BE_CHANGED,
		p11.CKF_USER_PIN_FINAL_TRY, p11.CKF_USER_PIN_COUNT_LOW)
}

func adminPIN(flags uint) ukey.PINState {
	if flags&p11.CKF_TOKEN_INITIALIZED == 0 {
		return ukey.PINUnset
	}
	return pinState(flags, p11.CKF_SO_PIN_LOCKED, p11.CKF_SO_PIN_TO_BE_CHANGED,
		p11.CKF_SO_PIN_FINAL_TRY, p11.CKF_SO_PIN_COUNT_LOW)
}

// attemptsLeft is what the flags tell of the number.
func attemptsLeft(state ukey.PINState) int {
	switch state {
	case ukey.PINLocked:
		return 0
	case ukey.PINFinal:
		return 1
	}
	return -1
}

func pinState(flags, locked, change, final, low uint) ukey.PINState {
	switch {
	case flags&locked != 0:
		return ukey.PINLocked
	case flags&final != 0:
		return ukey.PINFinal
	case flags&low != 0:
		return ukey.PINLow
	case flags&change != 0:
		return ukey.PINToChange
	default:
		return ukey.PINOK
	}
}
