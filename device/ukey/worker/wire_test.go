package worker

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"keyhall/device/ukey"
)

func TestFramesCarryRequests(t *testing.T) {
	t.Parallel()
	want := request{Method: "login", Role: ukey.Customer, PIN: []byte("密码 \x00\""), ID: []byte{0, 255}}
	var pipe bytes.Buffer
	for range 2 {
		if err := writeRequest(&pipe, want); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		var got request
		if err := readRequest(&pipe, &got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.PIN, want.PIN) || len(got.NewPIN) != 0 || got.Role != want.Role || !bytes.Equal(got.ID, want.ID) {
			t.Error("got another request than was sent")
		}
	}
	if err := readRequest(&pipe, new(request)); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want EOF", err)
	}
}

func TestFramesAreBounded(t *testing.T) {
	t.Parallel()
	if err := writeRequest(io.Discard, request{Value: make([]byte, maxFrame)}); !errors.Is(err, errFrame) {
		t.Errorf("write: got %v, want errFrame", err)
	}
	for name, in := range map[string]string{
		"announces too much":  "\xff\xff\xff\xff",
		"cut short":           "\x00\x00\x00\x09{}",
		"not JSON":            "\x00\x00\x00\x06secret",
		"of another type":     "\x00\x00\x00\x0f{\"id\":[\"12345\"]}"[:19],
		"without its PINs":    "\x00\x00\x00\x02{}\x00\x00\x00\x04",
		"with a PIN cut off":  "\x00\x00\x00\x02{}\x00\x00\x00\x041234",
		"with a PIN too long": "\x00\x00\x00\x02{}\x00\x00\xff\xff1234",
	} {
		err := readRequest(strings.NewReader(in), new(request))
		if !errors.Is(err, errFrame) {
			t.Errorf("%s: got %v, want errFrame", name, err)
		}
		if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "1234") {
			t.Errorf("%s: the error quotes the frame: %v", name, err)
		}
	}
}

func FuzzReadFrame(f *testing.F) {
	var pipe bytes.Buffer
	if err := writeRequest(&pipe, request{Method: "login", ID: []byte{1}, PIN: []byte("1234")}); err != nil {
		f.Fatal(err)
	}
	f.Add(pipe.Bytes())
	f.Add([]byte("\x00\x00\x00\x02{}"))
	f.Add([]byte("\x00\x10\x00\x01"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var q request
		var a response
		if readRequest(bytes.NewReader(in), &q) == nil {
			again := new(request)
			var out bytes.Buffer
			if err := writeRequest(&out, q); err == nil {
				if err := readRequest(&out, again); err != nil || !bytes.Equal(again.PIN, q.PIN) {
					t.Errorf("a request that was read does not read back: %v", err)
				}
			}
		}
		if readFrame(bytes.NewReader(in), &a) == nil && a.Error != nil {
			if a.Error.err() == nil {
				t.Error("an error came out as none")
			}
		}
	})
}

func TestErrorsCrossTheWire(t *testing.T) {
	t.Parallel()
	for name, sentinel := range sentinels {
		got := toWire(fmt.Errorf("C_Call: %w", sentinel)).err()
		if !errors.Is(got, sentinel) {
			t.Errorf("%s: got %v", name, got)
		}
		if got.Error() != "C_Call: "+sentinel.Error() {
			t.Errorf("%s: got text %q", name, got)
		}
	}
	pin := toWire(&ukey.PINError{Role: ukey.Customer, State: ukey.PINFinal, Err: ukey.ErrPINWrong}).err()
	var gotPIN *ukey.PINError
	if !errors.As(pin, &gotPIN) || gotPIN.State != ukey.PINFinal || !errors.Is(pin, ukey.ErrPINWrong) {
		t.Errorf("PIN error: got %v", pin)
	}
	var device *ukey.DeviceError
	err := toWire(&ukey.DeviceError{Call: "C_Sign", Code: "CKR_GENERAL_ERROR"}).err()
	if !errors.As(err, &device) || device.Call != "C_Sign" || device.Code != "CKR_GENERAL_ERROR" {
		t.Errorf("device error: got %v", err)
	}
	if err := toWire(errors.New("odd")).err(); !errors.Is(err, ukey.ErrDevice) || !strings.Contains(err.Error(), "odd") {
		t.Errorf("other error: got %v", err)
	}
}
