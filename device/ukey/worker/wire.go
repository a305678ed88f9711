package worker

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"keyhall/device/ukey"
)

// maxFrame bounds a message between the kiosk and its worker: a key holds some tens of kilobytes.
const maxFrame = 1 << 20

var errFrame = errors.New("malformed frame")

// maxPIN bounds a PIN, in bytes.
const maxPIN = 1 << 10

// request is one call of the kiosk to the worker. It may hold PINs: it is never logged or formatted. On the wire they follow
// the JSON as they are, because its encoder keeps the buffers that it worked in.
type request struct {
	Method    string         `json:"method"`
	Key       ukey.Identity  `json:"key,omitzero"`
	Role      ukey.Role      `json:"role,omitempty"`
	PIN       []byte         `json:"-"` // the one that opens: the old one, the administrator's, the answer to a challenge
	NewPIN    []byte         `json:"-"`
	Label     string         `json:"label,omitempty"`
	Tries     [2]int         `json:"tries,omitzero"` // administrator's, customer's
	ID        []byte         `json:"id,omitempty"`
	With      []byte         `json:"with,omitempty"`  // the id of another pair
	Value     []byte         `json:"value,omitempty"` // digest, ciphertext, certificate or envelope
	Way       string         `json:"way,omitempty"`   // of signing or decrypting
	Algorithm ukey.Algorithm `json:"algorithm,omitempty"`
	Usage     ukey.Usage     `json:"usage,omitempty"`
	Kind      ukey.Kind      `json:"kind,omitempty"`
}

// ofPair puts a pair into a request.
func (q request) ofPair(p ukey.Pair) request {
	q.ID, q.Label, q.Algorithm, q.Usage = p.ID, p.Label, p.Algorithm, p.Usage
	return q
}

func (q request) pair() ukey.Pair {
	return ukey.Pair{ID: q.ID, Label: q.Label, Algorithm: q.Algorithm, Usage: q.Usage}
}

func (q request) setup() ukey.Setup {
	return ukey.Setup{Label: q.Label, AdminPIN: q.PIN, CustomerPIN: q.NewPIN, AdminTries: q.Tries[0], CustomerTries: q.Tries[1]}
}

// response is the worker's answer; which fields are filled depends on the method.
type response struct {
	Infos   []ukey.Info          `json:"infos,omitempty"`
	Objects []ukey.Object        `json:"objects,omitempty"`
	Value   []byte               `json:"value,omitempty"` // signature, plain text, or a public key as SubjectPublicKeyInfo
	Device  ukey.DeviceChallenge `json:"device,omitzero"`
	Error   *wireError           `json:"error,omitempty"`
	Spent   time.Duration        `json:"spent,omitempty"` // in the driver
}

// wireError carries a typed error through the pipe.
type wireError struct {
	Name  string        `json:"name"` // a key of sentinels, or "device"
	Text  string        `json:"text"`
	Role  ukey.Role     `json:"role,omitempty"` // set: a *ukey.PINError
	State ukey.PINState `json:"state,omitempty"`
	Left  int           `json:"left,omitempty"`
	Call  string        `json:"call,omitempty"`
	Code  string        `json:"code,omitempty"`
}

// sentinels are the errors of package ukey by their name on the wire.
var sentinels = map[string]error{
	"removed": ukey.ErrRemoved, "twin": ukey.ErrTwin, "not-found": ukey.ErrNotFound, "exists": ukey.ErrExists,
	"not-blank": ukey.ErrNotBlank, "full": ukey.ErrFull, "read-only": ukey.ErrReadOnly,
	"unsupported": ukey.ErrUnsupported, "readable": ukey.ErrReadable, "login": ukey.ErrLogin,
	"device-key": ukey.ErrDeviceKey, "refused": ukey.ErrRefused, "envelope": ukey.ErrEnvelope,
	"pin-wrong": ukey.ErrPINWrong, "pin-locked": ukey.ErrPINLocked, "pin-length": ukey.ErrPINLength,
	"pin-invalid": ukey.ErrPINInvalid, "pin-unset": ukey.ErrPINUnset, "pin-change": ukey.ErrPINChange,
}

// wiredError keeps the worker's words and the sentinel behind them.
type wiredError struct {
	text     string
	sentinel error
}

func (e *wiredError) Error() string { return e.text }
func (e *wiredError) Unwrap() error { return e.sentinel }

func toWire(err error) *wireError {
	w := &wireError{Name: "device", Text: err.Error()}
	for name, sentinel := range sentinels {
		if errors.Is(err, sentinel) {
			w.Name = name
		}
	}
	var pin *ukey.PINError
	if errors.As(err, &pin) {
		w.Role, w.State, w.Left, w.Text = pin.Role, pin.State, pin.Left, pin.Err.Error()
	}
	var device *ukey.DeviceError
	if errors.As(err, &device) {
		w.Call, w.Code = device.Call, device.Code
	}
	return w
}

func (w *wireError) err() error {
	sentinel, known := sentinels[w.Name]
	var err error = &wiredError{text: w.Text, sentinel: sentinel}
	if !known {
		err = &ukey.DeviceError{Call: cmp.Or(w.Call, "worker"), Code: cmp.Or(w.Code, w.Text)}
	}
	if w.Role != 0 {
		return &ukey.PINError{Role: w.Role, State: w.State, Left: w.Left, Err: err}
	}
	return err
}

// writeFrame writes v as JSON behind its length in four bytes, big-endian.
func writeFrame(w io.Writer, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(body) > maxFrame {
		return fmt.Errorf("%w: %d bytes", errFrame, len(body))
	}
	_, err = w.Write(appendPiece(nil, body))
	return err
}

// writeRequest writes a request and its PINs, and leaves no copy of them.
func writeRequest(w io.Writer, q request) error {
	body, err := json.Marshal(q)
	if err != nil {
		return err
	}
	if len(body) > maxFrame || len(q.PIN) > maxPIN || len(q.NewPIN) > maxPIN {
		return fmt.Errorf("%w: %d bytes, or a PIN too long", errFrame, len(body))
	}
	frame := make([]byte, 0, 3*4+len(body)+len(q.PIN)+len(q.NewPIN)) // never grown: that would leave a copy
	frame = appendPiece(appendPiece(appendPiece(frame, body), q.PIN), q.NewPIN)
	defer clear(frame)
	_, err = w.Write(frame)
	return err
}

func appendPiece(frame, piece []byte) []byte {
	return append(binary.BigEndian.AppendUint32(frame, uint32(len(piece))), piece...)
}

// forget overwrites the PINs.
func (q request) forget() {
	clear(q.PIN)
	clear(q.NewPIN)
}

// readFrame reads one frame into v. io.EOF when the stream ends between frames; errFrame for anything that is not one.
func readFrame(r io.Reader, v any) error {
	body, err := readPiece(r, maxFrame)
	if err != nil {
		return err
	}
	// The decoder's own words could quote what a module says.
	if json.Unmarshal(body, v) != nil {
		return fmt.Errorf("%w: not the JSON expected", errFrame)
	}
	return nil
}

// readRequest reads what writeRequest wrote. The PINs are the reader's to forget.
func readRequest(r io.Reader, q *request) error {
	if err := readFrame(r, q); err != nil {
		return err
	}
	for _, pin := range []*[]byte{&q.PIN, &q.NewPIN} {
		piece, err := readPiece(r, maxPIN)
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: cut short", errFrame)
		} else if err != nil {
			return err
		}
		if *pin = piece; len(piece) == 0 {
			*pin = nil // what was not given
		}
	}
	return nil
}

func readPiece(r io.Reader, most uint32) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > most {
		return nil, fmt.Errorf("%w: %d bytes announced", errFrame, n)
	}
	piece := make([]byte, n)
	if _, err := io.ReadFull(r, piece); err != nil {
		clear(piece)
		return nil, fmt.Errorf("%w: cut short", errFrame)
	}
	return piece, nil
}
